#!/bin/sh
# Runs test programs and bats files, as many at once as there are processors, shows their closing
# lines as they end, and adds them up.
#   tests/run.sh PROGRAM... [-- BATS_FILE...]
# A program is a cmocka runner; it finds the built binary in $UNDERSTUDY.

# One of them: tests/run.sh --one FILE. Its counts go to $TALLY, its lines out in one piece.
one() {
    log=$(mktemp)
    case $1 in
    *.bats)
        bats --tap "$1" >"$log" 2>&1
        code=$?
        ok=$(grep '^ok' "$log" | grep -vc '# skip')
        bad=$(grep -c '^not ok' "$log")
        skip=$(grep -c '^ok .*# skip' "$log")
        line="$ok ok, $bad not ok, $skip skipped"
        skipped=$(grep '# skip' "$log")
        trouble=$([ "$code" -eq 0 ] || grep -v '^ok' "$log" | tail -60)
        ;;
    *)
        "$1" >"$log" 2>&1
        code=$?
        ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$log" | awk '{s += $1} END {print s + 0}')
        bad=$(sed -n 's/^ *\([0-9]*\) FAILED TEST(S).*/\1/p' "$log" | awk '{s += $1} END {print s + 0}')
        skip=$(sed -n 's/^\[  SKIPPED \] \([0-9]*\) test.*/\1/p' "$log" | awk '{s += $1} END {print s + 0}')
        line=$([ "$code" -eq 0 ] && grep '^\[  PASSED' "$log" | tail -1 || echo "exit $code")
        skipped=$(grep '^\[  SKIPPED \] [a-z]' "$log" | sort -u)
        trouble=$([ "$code" -eq 0 ] || grep -v '^\[ RUN\|^\[       OK' "$log" | tail -40)
        ;;
    esac
    rm -f "$log"
    [ "$code" -eq 0 ] || [ "$bad" -gt 0 ] || bad=1
    exec 9>>"$TALLY"
    flock 9
    printf '%-44s %s\n' "$(basename "$1")" "$line"
    [ -z "$skipped$trouble" ] || printf '%s\n' "$skipped" "$trouble" | grep .
    echo "$ok $bad $skip" >&9
}

if [ "$1" = --one ]; then
    one "$2"
    exit 0
fi

TALLY=$(mktemp)
export TALLY
trap 'rm -f "$TALLY"' EXIT
# The command line first: it holds what takes longest.
for file; do
    case $file in --) ;; *.bats) echo "1 $file" ;; *) echo "2 $file" ;; esac
done | sort -s -k1,1 | cut -c3- | xargs -P "$(nproc)" -n 1 "$0" --one
awk '{ok += $1; bad += $2; skip += $3}
     END {print ok + 0 " passed, " bad + 0 " failed, " skip + 0 " skipped"; exit bad > 0 || ok == 0}' "$TALLY"
