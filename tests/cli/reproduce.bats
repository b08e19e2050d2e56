#!/usr/bin/env bats
# What a database holds is enough to run it again.

bats_require_minimum_version 1.5.0
load common

@test "a stored run comes out the same, wherever its personas' files are now" {
    mkdir there
    cp -r "$root/personas" personas
    cp "$root/scenarios/rtt-aws.csv" there/
    sed 's/^replications:.*/replications: 2/; s/^duration:.*/duration: 10 min/' \
        "$root/scenarios/06-autoscaler-step.yaml" > there/s.yaml
    understudy run there/s.yaml -o run.db -q --seed 77 --set services.api.pools.us-east-1.min=3
    rm -r personas
    run understudy reproduce run.db
    [ "$status" -eq 0 ]
    [[ "$output" == *"run.db: the same, byte for byte: 2 replications of 06-autoscaler-step"* ]]
}

# Defaults are stored with the scenario, but for those that what is written beside them rules out.
@test "whatever defaults a scenario leaves in peace, it comes out the same, and so does what show prints" {
    cat > s.yaml <<'YAML'
understudy: 1
name: s
duration: 5 min
replications: 1
regions: {a: {role: primary}, b: {role: standby}, c: {}}
personas:
  - {name: u, actions: {ask: {work: 20 ms}}, week: {hours: "$hours"}}
services:
  web:
    instance: {name: i, tuning: {slots: 4}}
    scaler: {kind: k8s_hpa, metrics: [{metric: cpu, target: 60 %}]}
    health_check: {interval: 1 s}
    calls: [{service: db, work: 1 ms, writes: 50 %}]
    pools: {a: {instances: 3, min: 1, max: 6}, b: {instances: 3, min: 1, max: 6}}
  db:
    instance: {name: i, tuning: {slots: 4}}
    scaler: {kind: gcp_autoscaler, signals: [{metric: cpu, target: 60 %}]}
    data: {primary: a, replicas: [b]}
    pools: {a: {instances: 3, min: 1, max: 6}, b: {instances: 3, min: 1, max: 6}}
traffic: [{persona: u, service: web, arrivals: {kind: poisson, rate: 20 /s}}]
routing: {policy: {kind: failover_order, order: [a, b]}, health_check: {interval: 2 s}, failback: {when: never}}
failover:
  from: a
  to: b
  steps:
    - {kind: scale_standby, instances: 5}
    - {kind: promote_data}
    - {kind: shift_traffic, ramp: [{at: 0 s, share: 20 %}, {at: 20 s, share: 100 %}]}
    - {kind: watch, hold: 5 s}
    - {kind: fail_back}
faults:
  - {kind: partition, region: a, other: b, at: 30 s, duration: 10 s}
  - {kind: partition, region: a, at: 2 min, duration: 1 min}
YAML
    sed -i "s/\"\$hours\"/[$(seq -s ', ' 1 24)]/" s.yaml
    understudy run s.yaml -o run.db -q
    understudy reproduce run.db
    for how in "" --resolved; do
        understudy show s.yaml $how > shown.yaml
        rm -f shown.db
        understudy run shown.yaml -o shown.db -q
        [ "$(sqlite3 run.db 'SELECT fingerprint, digest FROM replication')" = \
          "$(sqlite3 shown.db 'SELECT fingerprint, digest FROM replication')" ]
    done
}

@test "a digest that differs ends with 3 and says where" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q
    sqlite3 run.db "UPDATE replication SET digest = '0123456789abcdef' WHERE id = 2"
    run -3 understudy reproduce run.db -q
    [[ "$output" == *"run.db: 1 of 4 replications came out differently"* ]]
    [[ "$output" == *"replication 2: stored 0123456789abcdef/"* ]]
    [[ "$output" == *"the same version made it"* ]]
    sqlite3 run.db "UPDATE machine SET value = '0.0.9' WHERE name = 'understudy'"
    run -3 understudy reproduce run.db -q
    [[ "$output" == *"it was made by version 0.0.9"* ]]
}

@test "a part of a run is compared as far as it goes, for programs too" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q
    sqlite3 run.db "PRAGMA foreign_keys = 0; DELETE FROM replication WHERE id IN (1, 4)"
    run --separate-stderr understudy reproduce run.db --json -j2
    [ "$status" -eq 0 ]
    [ "$(echo "$output" | python3 -c 'import json,sys; d=json.load(sys.stdin); print(d["same"], d["replications"])')" = "True 2" ]
}

@test "a table that is gone is asked for by name" {
    cp "$root/scenarios/10-trace-replay.yaml" s.yaml
    cp "$root/scenarios/sample-trace.csv" .
    sed -i "s|\.\./personas|$root/personas|" s.yaml
    understudy run s.yaml -o run.db -q -n 1
    rm sample-trace.csv
    mkdir own
    TMPDIR=$PWD/own run -2 understudy reproduce run.db -q
    [[ "$output" == *"sample-trace.csv"* ]]
    [[ "$output" == *"the stored scenario cannot be run"* ]]
    [ -z "$(ls -A own)" ]
}

@test "what is no run is refused" {
    run -2 understudy reproduce
    echo "no database" > x.db
    run -1 understudy reproduce x.db
    [[ "$output" == *"x.db"* ]]
}
