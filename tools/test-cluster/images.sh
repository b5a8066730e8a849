# shellcheck shell=bash
# How `images` and `images-istio` fill and pack images, once for each state of the `ingredients` that they name. Both are
# called with the folder of the cluster, and say in $programs and $tools where the programs are.
umask 022
set_name=$(basename "$0")
key=$({
  cat "$0" "$here"/{images.sh,pack-image.py,versions}
  sha256sum "${ingredients[@]}" | cut -d' ' -f1
} | sha256sum | cut -c1-16)
folder=$cache/$set_name-$key
ln -sfn "$folder" "$1/$set_name"
exec 9>"$cache/images.lock"
flock 9
if [ -d "$folder" ]; then
  in_use "$folder"
  exit 0
fi
folder=$folder.partial
rm -rf "$folder"
mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

finish() {
  mv "$folder" "${folder%.partial}"
  in_use "${folder%.partial}"
}

# Copies a program, and the libraries that it is linked with, each to its own path.
add() { # PROGRAM AS
  local library
  install -D -m 755 "$(realpath "$1")" "$work/root$2"
  { ldd "$1" 2>/dev/null || true; } | sed -n 's|^[^/]*\(/[^ ]*\) (0x.*|\1|p' | while read -r library; do
    install -D -m 755 "$(realpath "$library")" "$work/root$library"
  done
}

add_base() {
  mkdir -p "$work/root"/{etc,tmp,home}
  chmod 1777 "$work/root/tmp"
  printf 'root:x:0:0::/:/bin/sh\nnonroot:x:65532:65532::/home:/bin/sh\n' >"$work/root/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' >"$work/root/etc/group"
  echo 'hosts: files dns' >"$work/root/etc/nsswitch.conf"
}

add_shell() {
  local applet
  add "$(command -v busybox)" /bin/busybox
  for applet in $(busybox --list | grep -vx busybox); do ln -sfn busybox "$work/root/bin/$applet"; done
}

pack() { # NAME:VERSION ENTRYPOINT...
  local image=$1
  shift
  python3 "$here/pack-image.py" "$work/root" "$work/image.tar" "$image_registry/$image" "$@"
  mv "$work/image.tar" "$folder/${image%%:*}.tar"
  rm -r "$work/root"
}
