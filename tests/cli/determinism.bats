#!/usr/bin/env bats
# The same question has the same answer: whatever the threads, the processor, the compiler, and
# whoever else is in the scenario.

bats_require_minimum_version 1.5.0
load common

# $1: an option of understudy run, and so on. Prints what was run and what it came to.
digest() {
    understudy run "$@" -o digest.db -f -q >&2
    sqlite3 digest.db "SELECT digest FROM run WHERE complete; SELECT fingerprint FROM replication"
}

# Two short scenarios, chosen to use what there is: laws with logarithms and powers, distances,
# caches, retries, patience, launches.
short_digests() {
    digest "$root/scenarios/08-region-loss-at-peak.yaml" -n 1 --set "warmup=1 min" \
        --set "duration=6 min" --set "faults.0.at=1 min" --set "faults.0.duration=4 min"
    digest "$root/scenarios/11-sessions.yaml" -n 1 --set "warmup=10 min" --set "duration=12 min"
}

# In a folder of its own, built where it was not yet; $1 the folder, further arguments make's.
# The make that may have started us must not pass its own wishes on.
same_from_build() {
    local folder=$1
    shift
    (cd "$root" && env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u MODE -u CC -u OPT -u CFLAGS \
        make -s -j2 "$@" build) > build.txt 2>&1 || { cat build.txt; return 1; }
    ordinary=$(short_digests)
    [ "$(wc -l <<< "$ordinary")" -eq 4 ]
    program=$root/build/$folder/understudy
    [ "$ordinary" = "$(short_digests)" ]
}

@test "one thread and four write the same results" {
    small_scenario s.yaml 8
    [ -n "$(digest s.yaml -j1)" ]
    dump digest.db > one.txt
    digest s.yaml -j4
    [ "$(sqlite3 digest.db "SELECT value FROM machine WHERE name = 'threads'")" = 4 ]
    dump digest.db > four.txt
    cmp one.txt four.txt
}

@test "the same run twice writes the same results, another seed writes others" {
    small_scenario s.yaml
    first=$(digest s.yaml)
    [ "$first" = "$(digest s.yaml)" ]
    [ "$first" != "$(digest s.yaml -s 8)" ]
}

@test "a processor without fused multiply-add and AVX2 comes to the same bits" {
    ordinary=$(short_digests)
    [ "$(wc -l <<< "$ordinary")" -eq 4 ]
    export GLIBC_TUNABLES=glibc.cpu.hwcaps=-FMA,-FMA4,-AVX2,-AVX2_Usable,-FMA_Usable
    [ "$ordinary" = "$(short_digests)" ]
}

@test "clang comes to the same bits" {
    command -v clang > /dev/null || skip "clang is not installed"
    same_from_build release-clang CC=clang
}

@test "gcc without optimisation comes to the same bits" {
    command -v gcc > /dev/null || skip "gcc is not installed"
    same_from_build release-gcc-O0 CC=gcc OPT=-O0
}

@test "gcc with all optimisation comes to the same bits" {
    command -v gcc > /dev/null || skip "gcc is not installed"
    same_from_build release-gcc-O3 CC=gcc OPT=-O3
}

# A persona more, written before all others, calls the service $1; "other" is made for it.
with_newcomer() {
    awk -v service="$1" '
        {print}
        /^personas:/ {
            print "  - {persona: 1, kind: user, name: newcomer,"
            print "     actions: {call: {work: exponential(mean 20 ms)}},"
            print "     tolerance: {latency: 1 s, timeout: 2 s}, source: {how: assumed, note: for tests}}"
        }
        /^services:/ && service == "other" {
            print "  other:"
            print "    instance: {persona: 1, kind: resource, name: tiny, tuning: {slots: 1, queue: 9}}"
            print "    pools: {east: 4, west: 1}"
        }
        /^traffic:/ {
            print "  - {persona: newcomer, service: " service ", arrivals: {kind: poisson, rate: 30 req/s}}"
        }' s.yaml
}

# What the database says of the shoppers, and of their service, by name.
of_shoppers() {
    sqlite3 "$1" "SELECT replication, metric, region, service, persona, interval, value
        FROM series_by_name WHERE $2 ORDER BY 1, 2, 3, 4, 5, 6;
        SELECT replication, metric, region, service, persona, value
        FROM kpi_by_name WHERE $2 ORDER BY 1, 2, 3, 4, 5"
}

@test "an unrelated persona changes nothing for the others" {
    small_scenario s.yaml 2 "60 req/s"
    with_newcomer other > more.yaml
    understudy run s.yaml -o s.db -q
    understudy run more.yaml -o more.db -q
    offered="SELECT sum(value) > 0 FROM kpi_by_name WHERE metric = 'offered' AND persona ="
    [ "$(sqlite3 more.db "$offered 'newcomer'")" = 1 ]
    of_shoppers s.db "persona = 'shopper' OR service = 'web'" > s.txt
    of_shoppers more.db "persona = 'shopper' OR service = 'web'" > more.txt
    grep -q '^2|attempts|||shopper|' s.txt
    cmp s.txt more.txt
}

@test "a persona who shares the service changes what it answers, not who comes" {
    small_scenario s.yaml 2 "60 req/s"
    with_newcomer web > more.yaml
    understudy run s.yaml -o s.db -q
    understudy run more.yaml -o more.db -q
    of_shoppers s.db "persona = 'shopper' AND metric = 'offered'" > s.txt
    of_shoppers more.db "persona = 'shopper' AND metric = 'offered'" > more.txt
    [ "$(wc -l < s.txt)" -gt 100 ]
    cmp s.txt more.txt
    run of_shoppers s.db "persona = 'shopper' AND metric = 'latency_mean'"
    [ "$output" != "$(of_shoppers more.db "persona = 'shopper' AND metric = 'latency_mean'")" ]
}

# Peak memory in KiB of a run of $1 seconds in 100 intervals, a thousand requests a second.
peak() {
    /usr/bin/time -f %M -o peak.txt "$program" run "$root/scenarios/01-single-queue.yaml" \
        -o peak.db -f -q -n 1 -j1 --set "traffic.0.arrivals.rate=1000 req/s" \
        --set "personas.0.actions.call.work=exponential(mean 800 us)" \
        --set "warmup=10 s" --set "duration=$1 s" --set "interval=$(($1 / 100)) s" >&2
    [ "$(sqlite3 peak.db "SELECT requests / 1000 / $1 FROM replication")" -ge 1 ]
    tail -1 peak.txt
}

@test "memory stays flat within 5 % from a hundred thousand requests to ten million" {
    ! grep -q '__[at]san_init' "$program" || skip "a sanitizer keeps what was freed"
    few=$(peak 100)
    many=$(peak 10000)
    echo "few $few KiB, many $many KiB"
    [ $((many * 100)) -le $((few * 105)) ]
}
