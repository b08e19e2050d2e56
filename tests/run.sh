#!/bin/sh
# Runs test programs and bats files, shows their closing lines, and adds them up.
#   tests/run.sh PROGRAM... [-- BATS_FILE...]
# A program is a cmocka runner; it finds the built binary in $UNDERSTUDY.
passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

add() { # name, passed, failed, skipped
    passed=$((passed + $2)) failed=$((failed + $3)) skipped=$((skipped + $4))
}

while [ $# -gt 0 ] && [ "$1" != -- ]; do
    "$1" >"$log" 2>&1
    code=$?
    ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | awk '{s += $1} END {print s + 0}')
    bad=$(sed -n 's/^ *\([0-9]*\) FAILED TEST(S).*/\1/p' "$log" | awk '{s += $1} END {print s + 0}')
    skip=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test.*/\1/p' "$log" | awk '{s += $1} END {print s + 0}')
    if [ $code -ne 0 ]; then
        [ "$bad" -gt 0 ] || bad=1
        printf '%-44s exit %s\n' "$(basename "$1")" $code
        grep -v '^\[ RUN\|^\[       OK' "$log" | tail -40
    else
        printf '%-44s %s\n' "$(basename "$1")" "$(grep '^\[  PASSED' "$log" | tail -1)"
        grep '^\[  SKIPPED \] [a-z]' "$log" | sort -u
    fi
    add "$1" "$ok" "$bad" "$skip"
    shift
done
[ $# -gt 0 ] && shift

for file in "$@"; do
    bats --tap "$file" >"$log" 2>&1
    code=$?
    ok=$(grep '^ok' "$log" | grep -vc '# skip')
    bad=$(grep -c '^not ok' "$log")
    skip=$(grep -c '^ok .*# skip' "$log")
    [ $code -ne 0 ] && [ "$bad" -eq 0 ] && bad=1
    printf '%-44s %s ok, %s not ok, %s skipped\n' "$(basename "$file")" "$ok" "$bad" "$skip"
    grep '# skip' "$log"
    [ "$bad" -gt 0 ] && grep -v '^ok' "$log" | tail -60
    add "$file" "$ok" "$bad" "$skip"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed -eq 0 ] && [ $passed -gt 0 ]
