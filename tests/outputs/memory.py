"""Runs a command, and fails when it took more memory than allowed.

    python3 memory.py MEBIBYTES COMMAND...

What counts is the most that was resident at once (`ru_maxrss`), which does not depend on how busy the machine is.
"""

import resource
import subprocess
import sys

KIBIBYTES_IN_MEBIBYTE = 1024

allowed, command = float(sys.argv[1]), sys.argv[2:]
code = subprocess.run(command, check=False).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / KIBIBYTES_IN_MEBIBYTE
said = f"memory: {used:.0f} MiB of {allowed:.0f} allowed"
print(said, file=sys.stderr)
sys.exit(code or (f"error: {said}" if used > allowed else 0))
