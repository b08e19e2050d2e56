#!/bin/sh
# Makes the example of README.md again: what `understudy run` prints, and the picture.
#   docs/example.sh [PROGRAM]      default: build/release-gcc/understudy
set -eu
cd "$(dirname "$0")/.."
program=$PWD/${1:-build/release-gcc/understudy}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(
    cd "$work"
    "$program" new first.yaml
    "$program" run first.yaml
) > "$work/said.txt" 2>&1
sed -n '/^first-scenario  /,$p' "$work/said.txt" | sed 's/ *$//' > "$work/summary.txt"
test -s "$work/summary.txt"
"$program" plot "$work/first-scenario.db" --kind timeline -o docs/img/region-loss.svg
awk -v summary="$work/summary.txt" '
    /^first-scenario  / {
        while ((getline line < summary) > 0)
            print line
        skip = 1
    }
    /^```/ { skip = 0 }
    !skip' README.md > "$work/README.md"
cat "$work/README.md" > README.md
