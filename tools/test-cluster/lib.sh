# shellcheck shell=bash disable=SC2034
# What `up`, `down`, `enter` and `node` share.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/meshdelta/test-cluster

# What these build, they build with the Go that is here, and fetch no other.
export GOTOOLCHAIN=local

# Addresses for documentation (RFC 5737): they lead nowhere, should a packet ever leave the node's network namespace.
node_address=198.51.100.200
pod_range=198.51.100.0/25
service_range=203.0.113.0/24
dns_address=$node_address
node_name=meshdelta-test
context=meshdelta-test

fail() { echo "test-cluster: $1" >&2; [ $# -lt 2 ] || echo "hint: $2" >&2; exit 1; }

# Runs a command and says how long it took.
step() { # NAME COMMAND...
  local name=$1 started=$SECONDS
  shift
  echo "== test-cluster: $name" >&2
  "$@"
  echo "== test-cluster: $name: done in $((SECONDS - started)) s" >&2
}

# Runs a command until it succeeds; at the end of its time, or when it became `hopeless`, it fails with what the command
# said last.
wait_until() { # WHAT SECONDS COMMAND...
  local what=$1 deadline=$((SECONDS + $2)) said
  shift 2
  until said=$("$@" 2>&1); do
    if [ $SECONDS -ge $deadline ] || hopeless; then fail "waited in vain for $what; the last answer was: $said"; fi
    sleep 0.5
  done
}
hopeless() { false; }

# Says that a folder in the cache is in use, and removes the others of its kind that nobody has used for a week.
in_use() { # FOLDER, called NAME-KEY
  local name=${1##*/}
  touch "$1"
  find "$cache" -mindepth 1 -maxdepth 1 -regex ".*/${name%-*}-[0-9a-f]+\(\.partial\)?" -mtime +7 -exec rm -rf {} +
}

# The folder of a cluster, absolute; the default is the project's own.
cluster_folder() { realpath --canonicalize-missing "${1:-$here/../../target/test-cluster}"; }

# A cluster's cgroup has its name from the folder, so that several can run side by side.
cgroup_name() { echo "meshdelta-test-$(printf %s "$1" | sha256sum | cut -c1-8)"; }

cgroup_hierarchies() { awk '$3 == "cgroup" || $3 == "cgroup2" { print $2 }' /proc/mounts; }

# Prints the process (as this machine counts) that is the first one of the cluster's node; fails when none runs.
# The command line is looked at because the number may have been given to something else.
node_process() { # FOLDER
  local process
  process=$(cat "$1/node.pid" 2>/dev/null) || return 1
  tr '\0' '\n' <"/proc/$process/cmdline" 2>/dev/null | grep -qxF "$1" || return 1
  echo "$process"
}

# Runs a command in the node's namespaces.
in_node() { # FOLDER COMMAND...
  local process
  process=$(node_process "$1") || fail "no cluster runs in $1" "tools/test-cluster/up $1"
  shift
  nsenter --target "$process" --mount --uts --ipc --net --pid -- "$@"
}
