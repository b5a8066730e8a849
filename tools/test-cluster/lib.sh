# shellcheck shell=bash disable=SC2034
# What `up`, `down`, `enter` and `node` share.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/meshdelta/test-cluster

# Addresses for documentation (RFC 5737): they lead nowhere, should a packet ever leave the node's network namespace.
node_address=198.51.100.200
pod_range=198.51.100.0/25
service_range=203.0.113.0/24
dns_address=$node_address
node_name=meshdelta-test
context=meshdelta-test

fail() { echo "test-cluster: $1" >&2; [ $# -lt 2 ] || echo "hint: $2" >&2; exit 1; }

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
