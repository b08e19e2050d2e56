#!/usr/bin/env bats
# What the pages of the scenario language say, held to the program.

bats_require_minimum_version 1.5.0
load common

# ---- faults ----

# $1 instances of 10 slots for 15 requests a second of 1 s; all of them die for two minutes.
dying() {
    cat <<YAML
understudy: 1
name: dying
duration: 20 min
replications: 1
personas: [{name: c, actions: {a: {work: exponential(mean 1 s)}}}]
regions: {r: {zones: 1}}
services:
  s:
    instance: {name: i, tuning: {slots: 20, queue: 10000}}
    health_check: {interval: 0 s} # nobody takes the dead out of rotation
    pools: {r: $1}
traffic: [{persona: c, arrivals: {kind: poisson, rate: 15 req/s}}]
faults:
  - {kind: capacity_loss, share: ${2:-100 %}, of: ${3:-instances}, at: 10 min, duration: 2 min}
YAML
}

failed() { # failed SCENARIO WAY
    understudy run "$1" -q -f -o run.db --set "faults.0.in_flight=$2"
    sqlite3 run.db "SELECT CAST(value AS INTEGER) FROM kpi_by_name WHERE metric = 'failed'
        AND region IS NULL AND service IS NULL AND persona IS NULL"
}

@test "in_flight: the only instance keeps its attempts, the last of several that died does not" {
    dying 1 > one.yaml
    dying 2 > two.yaml
    one=$(failed one.yaml fail)
    two=$(failed two.yaml fail)
    [ "$one" -gt 1000 ] # those who come meanwhile fail in any case
    for way in requeue_head requeue_tail resume; do
        kept=$((one - $(failed one.yaml $way)))
        [ "$kept" -ge 5 ]
        [ "$kept" -le 30 ] # 15 are there on average
        [ "$(failed two.yaml $way)" -eq "$two" ]
    done
}

@test "in_flight is also for those who lose their slots" {
    dying 1 "90 %" slots > slots.yaml
    lost=$(failed slots.yaml fail)
    [ "$lost" -ge 5 ]
    [ "$lost" -le 18 ] # 15 in service on average, two of them go on
    [ "$(failed slots.yaml resume)" -eq 0 ]
}

# ---- tables ----

@test "a matrix of round trips without any pair of the scenario is warned of, one with a pair is not" {
    small_scenario s.yaml 1
    sed -i -e 's/^    name: shopper/    name: shopper\n    geography: {London: 100 %}/' \
        -e 's/^services:/network: {rtt: rtt.csv}\nservices:/' \
        -e 's/role: primary/role: primary, place: us-east-1/' -e 's/role: standby/role: standby, place: us-west-2/' s.yaml
    printf 'from,to,ms\nMars,Venus,5\n' > rtt.csv
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 0 ]
    [[ "$stderr" == *"warning: 'rtt.csv' has no round trip between a place of the personas and a region"* ]]
    printf 'us-east-1,London,80\n' >> rtt.csv
    run --separate-stderr understudy validate s.yaml
    [ "$stderr" = "s.yaml: valid" ]
}

@test "what is wrong in a table is told in words that a terminal survives" {
    small_scenario s.yaml 1
    trace() { understudy validate s.yaml --set "traffic.0.arrivals={kind: trace, file: t.csv, interval: 10 min, column: '$1'}"; }
    printf 'caf\351 \033[31m,x\n1,2\n' > t.csv
    run --separate-stderr trace count
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"= known: caf? ?[31m, x"* ]]
    printf 'x\n1\n2\n' | gzip | head -c 24 > t.csv
    run --separate-stderr trace x
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"'t.csv' cannot be read: unexpected end of file"* ]]
    printf -- '-1\n2\n' > t.csv
    run --separate-stderr understudy validate s.yaml --set "personas.0.actions.browse.work=empirical(t.csv)"
    [[ "$stderr" == *"t.csv:1:1: error: 'work' is -1 s, must be at least 0 s"* ]]
}

# ---- assignments ----

@test "a path of --set goes on into a short form" {
    dying 4 > short.yaml
    understudy show short.yaml --resolved --set services.s.pools.r.max=9 \
        --set services.s.balancer=zone_aware --set services.s.balancer.within=random \
        --set personas.c.actions.a.share="100 %" --set replications.max=7 > resolved
    grep -q 'instances: 4  *# short.yaml' resolved
    grep -q 'max: 9  *# --set 1' resolved
    grep -q 'kind: zone_aware  *# --set 2' resolved
    grep -q 'max: 7  *# --set 5' resolved
}

# ---- mistakes ----

@test "a duplicate key and a wrong assignment are told with all other mistakes, in the order of the file" {
    cat > bad.yaml <<YAML
understudy: 1
name: bad
duration: 1 h
duration: 2 h
seed: x
personas: [{name: c, geography: {Londn: 100 %}, actions: {a: {work: 3 parsec}}}]
regions: {r: {zones: 1}}
services: {s: {instance: {name: i, tuning: {slots: 1}}, pools: {r: 1, q: 2}}}
traffic: [{persona: d, arrivals: {kind: poisson, rate: 1 req/s}}]
YAML
    run -2 --separate-stderr understudy validate bad.yaml --set warmup=
    [ "$(grep -c 'error:' <<< "$stderr")" -eq 7 ]
    grep 'error:' <<< "$stderr" | sed 's/: error.*//' > places
    printf 'bad.yaml:%s\n' 4:1 5:7 6:34 6:69 8:71 9:21 > expected
    echo "--set 1:8" >> expected
    diff places expected
}
