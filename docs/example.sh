#!/bin/sh
# Makes the examples of the documentation again: what `understudy run` prints, and the pictures.
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

standby=$PWD/scenarios/21-how-much-standby.yaml
(
    cd "$work"
    "$program" sensitivity "$standby" -q -n 3 --method effects -o matters --vary "routing.dns.ttl=10..300 s" \
        --vary services.web.pools.west=3..6 --vary "traffic.0.arrivals.rate=20..30 req/s"
    "$program" plot matters/study.db --kind tornado --kpi readiness -o tornado.svg
    "$program" compare "$standby" "$standby" -n 10 --set services.web.pools.west=5 -q --chart compare.svg
)
cp "$work/compare.svg" "$work/tornado.svg" docs/img/

forgets=$PWD/scenarios/23-what-erlang-forgets.yaml
(
    cd "$work"
    "$program" size "$forgets" -q -o size.db
)
"$program" plot "$work/size.db" --kind size -o docs/img/size.svg
