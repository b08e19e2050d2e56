#!/bin/sh
# make keep CASE=S NAME=what-was-wrong: the case that `make swarm` found becomes a test, with its
# golden results, once what it found is mended. Needs sh and the built tests.
case=$1 name=$2 built=$3
found=tests/swarm/found/$case.yaml kept=tests/swarm/cases/$name.yaml golden=tests/golden/golden.txt

say() {
    echo "keep: $*" >&2
    exit 1
}

[ -n "$case" ] && [ -n "$name" ] || say "which, and under what name? make keep CASE=S NAME=what-was-wrong"
[ -f "$found" ] || say "there is no $found; make swarm CASE=$case makes it, if it still fails"
[ ! -e "$kept" ] || say "$kept is there already"
cp "$found" "$kept"
if ! "$built/tests/swarm/test_cases"; then
    rm "$kept"
    say "it still fails: mend what it found first"
fi
printf '\ncase %s\nrun 1 0 0 0 0 0\nrun 2 0 0 0 0 0\n' "$name" >> "$golden"
UPDATE_GOLDEN=1 "$built/tests/golden/test_golden" > /dev/null || say "$golden could not be made anew"
rm "$found"
echo "$kept and its lines in $golden: read both, say in its first line what was wrong, commit" >&2
