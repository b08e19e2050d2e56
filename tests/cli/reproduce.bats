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
