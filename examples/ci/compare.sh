#!/usr/bin/env bash
# compare.sh BASELINE NEW [ARGUMENT...]: compares two saved runs in a pipeline.
#
# The comparison goes to the job summary as Markdown and to the folder `comparison/` as a page with charts; the exit code is that of
# `meshdelta compare`. ARGUMENT... are passed on to it, for example `--gate gates.toml --fail-on regression`.
# Without a folder BASELINE there is nothing to compare yet: that is said, and is no failure.
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: compare.sh BASELINE NEW [ARGUMENT...]" >&2
  exit 2
fi
baseline=$1 new=$2
shift 2
meshdelta=${MESHDELTA:-meshdelta}
# The summary is written to descriptor 3, opened once: where there is none it is what stdout is, be that a file that must not be cut off.
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then exec 3>>"$GITHUB_STEP_SUMMARY"; else exec 3>&1; fi

if [ ! -e "$baseline" ]; then
  echo "There is no baseline run yet, so nothing was compared." >&3
  exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
code=0
"$meshdelta" compare "$baseline" "$new" --format markdown --output comparison "$@" \
  > "$work/comparison.md" 2> "$work/messages" || code=$?
cat "$work/messages" >&2

# A refused comparison has no Markdown; the reason is then what the summary says.
if [ -s "$work/comparison.md" ]; then
  cat "$work/comparison.md" >&3
else
  printf '## The runs were not compared\n\n```text\n%s\n```\n' "$(cat "$work/messages")" >&3
fi

case $code in
  0) ;;
  3) echo "::error title=Mesh cost::$(grep -m1 '^gate failed' "$work/messages")" ;;
  4) echo "::warning title=Mesh cost::$(grep -m1 -E '^gate (inconclusive|undecided)' "$work/messages")" ;;
  5) echo "::error title=Mesh cost::the data are invalid, or the runs did not measure the same thing" ;;
  *) echo "::error title=Mesh cost::the comparison ended with exit code $code" ;;
esac
exit "$code"
