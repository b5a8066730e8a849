#!/usr/bin/env python3
"""pack-image.py ROOT ARCHIVE NAME [ENTRYPOINT...]: packs a folder as an OCI image archive (image-spec 1.0, one layer).

The same files give the same digests: times and owners are not taken over.
"""

import hashlib
import io
import json
import os
import stat
import sys
import tarfile

OCI = "application/vnd.oci.image"


def entry(name: str, mode: int, size: int = 0, kind: bytes = tarfile.REGTYPE) -> tarfile.TarInfo:
    """A tar entry of root's, of the time zero."""
    info = tarfile.TarInfo(name)
    info.mode, info.size, info.type = mode, size, kind
    return info


def layer(root: str) -> bytes:
    """The folder as a tar, in the order of the names."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for folder, folders, files in os.walk(root):
            folders.sort()
            for name in sorted(folders + files):
                path = os.path.join(folder, name)
                member = os.path.relpath(path, root)
                status = os.lstat(path)
                mode = stat.S_IMODE(status.st_mode)
                if stat.S_ISLNK(status.st_mode):
                    info = entry(member, 0o777, kind=tarfile.SYMTYPE)
                    info.linkname = os.readlink(path)
                    tar.addfile(info)
                elif stat.S_ISDIR(status.st_mode):
                    tar.addfile(entry(member, mode, kind=tarfile.DIRTYPE))
                else:
                    with open(path, "rb") as file:
                        tar.addfile(entry(member, mode, status.st_size), file)
    return buffer.getvalue()


def main() -> None:
    root, archive, name, *entrypoint = sys.argv[1:]
    blobs: dict[str, bytes] = {}

    def blob(content: bytes, media_type: str) -> dict:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"mediaType": media_type, "digest": f"sha256:{digest}", "size": len(content)}

    files = blob(layer(root), f"{OCI}.layer.v1.tar")
    config = {
        "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine],
        "os": "linux",
        "config": {"Entrypoint": entrypoint, "Env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"], "User": "65532:65532"},
        "rootfs": {"type": "layers", "diff_ids": [files["digest"]]},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": f"{OCI}.manifest.v1+json",
        "config": blob(json.dumps(config).encode(), f"{OCI}.config.v1+json"),
        "layers": [files],
    }
    top = blob(json.dumps(manifest).encode(), f"{OCI}.manifest.v1+json")
    top["annotations"] = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": name}
    index = {"schemaVersion": 2, "mediaType": f"{OCI}.index.v1+json", "manifests": [top]}
    blobs["index.json"] = json.dumps(index).encode()
    blobs["oci-layout"] = b'{"imageLayoutVersion":"1.0.0"}'
    with tarfile.open(archive, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for path, content in sorted(blobs.items()):
            tar.addfile(entry(path, 0o644, len(content)), io.BytesIO(content))


if __name__ == "__main__":
    main()
