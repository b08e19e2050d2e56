#!/usr/bin/env bats
# Memory runs out: at any allocation, once or from there on. A message, exit 1, nothing lost.

bats_require_minimum_version 1.5.0
load common

# Builds the shim and makes `s.yaml`, and `whole.db`, an undisturbed run.
prepare() {
    ldd "$program" | grep -qE 'lib(asan|tsan)' && skip "the sanitizer has an allocator of its own"
    cc -shared -fPIC -O1 -o fail_malloc.so "$root/tests/cli/fail_malloc.c" || skip "no C compiler"
    small_scenario s.yaml 2 "2 req/s"
    "$program" run s.yaml -o whole.db -q
    FAIL_COUNT=$PWD/count LD_PRELOAD=$PWD/fail_malloc.so "$program" run s.yaml -o run.db -j 1 -q
    calls=$(cat count)
    [ "$calls" -gt 500 ]
    rm -f run.db*
}

# disturbed N ON: the run with its N-th allocation failing, then the same run with all memory.
disturbed() {
    rm -f run.db*
    code=0
    FAIL_AT=$1 FAIL_ON=$2 LD_PRELOAD=$PWD/fail_malloc.so \
        "$program" run s.yaml -o run.db -j 1 -q 2> err.txt || code=$?
    case $code in
    0) [ "$(digest run.db)" = "$(digest whole.db)" ] ;; # a library did without it
    1) grep -qE '^understudy: .*(out of memory|memory|allocate)' err.txt ;;
    *) false ;;
    esac || { echo "allocation $1 of $calls, on $2: exit $code"; cat err.txt; return 1; }
    understudy run s.yaml -o run.db -q 2> err.txt || { echo "allocation $1, on $2: cannot go on"; cat err.txt; return 1; }
    [ "$(digest run.db)" = "$(digest whole.db)" ] || { echo "allocation $1, on $2: other results"; return 1; }
    [ "$code" -eq 0 ] || failed=$((failed + 1))
}

@test "whichever allocation fails alone, it ends with a message and exit 1 and can be gone on with" {
    prepare
    failed=0
    # Each of the first, where the scenario is read, then with prime steps through the rest.
    for ((n = 1; n <= calls; n += n < 40 ? 1 : calls / 41 + 1)); do
        disturbed $n 0
    done
    [ $failed -gt 30 ]
}

@test "memory that ends and does not come back ends the run the same way" {
    prepare
    failed=0
    for ((n = 1; n <= calls; n += calls / 43 + 1)); do
        disturbed $n 1
    done
    [ $failed -gt 35 ]
}

@test "an address space that is too small ends with a message, not with a signal" {
    ldd "$program" | grep -qE 'lib(asan|tsan)' && skip "the sanitizer needs more address space than there is"
    small_scenario s.yaml 2 "2 req/s"
    for kib in 20000 40000 60000; do
        code=0
        (ulimit -v $kib; exec "$program" run s.yaml -o run.db -j 1 -q) 2> err.txt || code=$?
        [ $code -le 1 ] || [ $code -eq 127 ] || { echo "$kib KiB: exit $code"; cat err.txt; false; }
        [ $code -eq 0 ] || [ -s err.txt ]
    done
}

# told COMMAND...: at any allocation, the whole output or exit 1 and a message.
told() {
    FAIL_COUNT=$PWD/count LD_PRELOAD=$PWD/fail_malloc.so "$program" "$@" > whole.txt 2> /dev/null
    calls=$(cat count)
    failed=0
    for ((n = 1; n <= calls; n += n < 20 ? 1 : calls / 37 + 1)); do
        code=0
        FAIL_AT=$n FAIL_ON=$((n % 2)) LD_PRELOAD=$PWD/fail_malloc.so "$program" "$@" > out.txt 2> err.txt || code=$?
        case $code in
        0) cmp out.txt whole.txt ;;
        1) grep -q memory err.txt && failed=$((failed + 1)) ;;
        *) false ;;
        esac || { echo "$*: allocation $n of $calls: exit $code"; cat err.txt; return 1; }
    done
    [ $failed -gt 5 ]
}

@test "other commands give the whole of their output, or exit 1 and a message" {
    prepare
    told validate s.yaml
    told show --resolved s.yaml
    told schema scenario
    told schema --markdown user
    told readiness whole.db --json
}
