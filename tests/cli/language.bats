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
