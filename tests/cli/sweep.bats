# understudy plan, sweep: a scenario's design.
load common

# $1: file, $2: replications; four units
designed_scenario() {
    small_scenario "$1" "${2:-2}" "10 req/s"
    cat >> "$1" <<'YAML'
design:
  matrix:
    services.web.pools.west.instances: [1, 2]
    routing.dns.ttl: [10 s, 60 s]
YAML
}

# All that a study says, unit by unit.
study_dump() {
    sqlite3 "$1/study.db" "SELECT name, hash, seed, units, digest FROM study; SELECT * FROM unit;
        SELECT * FROM level; SELECT * FROM result; SELECT * FROM estimate"
    for unit in "$1"/[0-9]*.db; do dump "$unit"; done
}

@test "plan lists units with names and hashes and runs none" {
    designed_scenario s.yaml
    run understudy plan s.yaml --no-estimate
    [ "$status" -eq 0 ]
    [[ "$output" == *"1  west.instances=1, dns.ttl=10 s"* ]]
    [[ "$output" == *"4  west.instances=2, dns.ttl=60 s"* ]]
    [[ "$output" == *"4 units, 8 replications, seed 7"* ]]
    [[ "$output" != *estimate* ]]
    [ ! -e small.study ]
}

@test "plan says that its time is an estimate, and tells it to programs" {
    designed_scenario s.yaml
    run understudy plan s.yaml -j 1
    [[ "$output" == *"estimate: "*" with 1 thread on this machine"* ]]
    understudy plan s.yaml --json | python3 -c '
import json, sys
plan = json.load(sys.stdin)
assert len(plan["units"]) == 4 and plan["replications"] == 8
assert plan["units"][1]["set"] == ["services.web.pools.west.instances=1", "routing.dns.ttl=60 s"]
it = plan["estimate"]
assert 0 < it["storing_seconds"] < it["replication_seconds"] < 60 and it["units_timed"] == 4
assert it["seconds"] > 7.99 * it["storing_seconds"]'
    [[ "$output" == *" to simulate, "*" to store)"* ]]
    [ "$(ls -A)" = s.yaml ]
}

@test "a mistake in a design points at its line, once, with the unit" {
    designed_scenario s.yaml
    sed -i 's/\[1, 2\]/[1, many]/; s/\[10 s, 60 s\]/[10 s, 60]/' s.yaml
    run understudy plan s.yaml
    [ "$status" -eq 2 ]
    [[ "$output" == *"s.yaml:42:44: error: 'instances' is 'many'"* ]]
    [[ "$output" == *"s.yaml:43:29: error: 'ttl'"* ]]
    [[ "$output" == *"in unit 3: west.instances=many"* ]]
    [[ "$output" == *"2 errors; nothing was run"* ]]
}

@test "a design cannot vary the seed, which would change nothing" {
    small_scenario s.yaml
    printf 'design: {zip: {routing.dns.ttl: [10 s, 60 s], seed: [1, 2]}}\n' >> s.yaml
    run understudy plan s.yaml
    [ "$status" -eq 2 ]
    [[ "$output" == *"'seed' is one for all units"* ]]
}

@test "a scenario without a design is neither planned nor swept" {
    small_scenario s.yaml
    run understudy sweep s.yaml
    [ "$status" -eq 2 ]
    [[ "$output" == *"has no 'design'"* ]]
    [ ! -e small.study ]
}

@test "a sweep holds the same, whatever the number of threads" {
    designed_scenario s.yaml
    understudy sweep s.yaml -o one -j 1 -q
    understudy sweep s.yaml -o two -j 2 -q
    understudy sweep s.yaml -o many -j 7 -q
    study_dump one > one.txt
    study_dump two | cmp - one.txt
    study_dump many | cmp - one.txt
    [ "$(sqlite3 one/study.db "SELECT count(*) FROM result")" -eq 4 ]
    [ -n "$(digest one/study.db 2> /dev/null || sqlite3 one/study.db "SELECT digest FROM study")" ]
}

@test "a unit is the run that its settings make" {
    designed_scenario s.yaml
    understudy sweep s.yaml -o study -q
    understudy run s.yaml --set services.web.pools.west.instances=2 --set "routing.dns.ttl=10 s" \
        -o alone.db -q
    [ "$(digest alone.db)" = "$(digest study/0003.db)" ]
    dump alone.db > alone.txt
    dump study/0003.db | cmp - alone.txt
}

@test "units meet the same users" {
    designed_scenario s.yaml
    understudy sweep s.yaml -o study -q
    offered() {
        sqlite3 "study/$1.db" "SELECT replication, value FROM kpi_by_name WHERE metric = 'offered'
            AND region IS NULL AND persona IS NULL"
    }
    [ "$(offered 0001)" = "$(offered 0004)" ]
}

@test "a sweep that was killed goes on where it ended" {
    designed_scenario s.yaml 12
    understudy sweep s.yaml -o whole -j 2 -q
    "$program" sweep s.yaml -o killed -j 2 -q &
    victim=$!
    for _ in $(seq 500); do
        [ "$(sqlite3 killed/0001.db "SELECT count(*) FROM replication" 2> /dev/null)" -ge 2 ] \
            2> /dev/null && break
        sleep 0.01
    done
    kill -KILL "$victim"
    wait "$victim" || true
    run understudy sweep s.yaml -o killed -j 2
    [ "$status" -eq 0 ]
    [[ "$output" == *"replications from before"* ]]
    study_dump whole > whole.txt
    study_dump killed | cmp - whole.txt
}

@test "a folder of another study is refused, and replaced with --force" {
    designed_scenario s.yaml 1
    understudy sweep s.yaml -o study -q
    run understudy sweep s.yaml -o study -q --seed 8
    [ "$status" -eq 1 ]
    [[ "$output" == *"holds another study"* ]]
    understudy sweep s.yaml -o study -q --seed 8 --force
    [ "$(sqlite3 study/study.db "SELECT seed FROM study")" = 8 ]
    [ "$(sqlite3 study/0001.db "SELECT seed FROM run")" = 8 ]
}

@test "a sweep may grow" {
    designed_scenario s.yaml
    understudy sweep s.yaml -o grown -q -n 1
    understudy sweep s.yaml -o grown -q -n 3
    understudy sweep s.yaml -o whole -q -n 3
    study_dump whole > whole.txt
    study_dump grown | cmp - whole.txt
}

@test "the table shows the metrics that were asked for, and the JSON all levels" {
    designed_scenario s.yaml 1
    run understudy sweep s.yaml -o study --kpi instances@west --kpi latency_p50
    [[ "$output" == *"instances@west"*"latency_p50"* ]]
    understudy sweep s.yaml -o study --json --kpi instances@west | python3 -c '
import json, sys
study = json.load(sys.stdin)
units = study["units"]
assert [u["values"]["routing.dns.ttl"] for u in units] == ["10 s", "60 s", "10 s", "60 s"]
assert [round(u["kpis"]["instances@west"], 9) for u in units] == [1, 1, 2, 2]
assert study["digest"] and all(u["verdict"] for u in units)'
    run understudy sweep s.yaml -o study --kpi latncy_p99
    [ "$status" -eq 2 ]
    [[ "$output" == *"unknown metric 'latncy_p99'; did you mean 'latency_p99'?"* ]]
}

@test "with until, a unit has as many replications as it needs, whatever the threads" {
    designed_scenario s.yaml
    sed -i 's/^replications:.*/replications: {min: 3, max: 30, until: {metric: attainment, relative: 0.4 %}}/' s.yaml
    understudy sweep s.yaml -o one -j 1 -q
    understudy sweep s.yaml -o two -j 3 -q
    study_dump one > one.txt
    study_dump two | cmp - one.txt
    [ "$(sqlite3 one/study.db "SELECT max(replications) FROM result")" -lt 30 ]
}

@test "plan -o tells what is left of a sweep, and of a shard" {
    designed_scenario s.yaml 4
    understudy sweep s.yaml -n 3 -o study -q
    run understudy plan s.yaml -o study --no-estimate
    [ "$status" -eq 0 ]
    [[ "$output" == *"replications  there"* ]]
    [[ "$output" == *"4 units, 16 replications, seed 7"*"4 of them are left"* ]]
    understudy sweep s.yaml -o study -q
    understudy plan s.yaml -o study --json | python3 -c '
import json, sys
plan = json.load(sys.stdin)
assert plan["left"] == 0 and plan["estimate"] is None
assert all(u["there"] == 4 for u in plan["units"])'
    run understudy plan s.yaml --shard 2/3 -o none --no-estimate
    [[ "$output" == *"4 units, 5 replications"*"5 of them are left"* ]] || { echo "$output"; false; }
    run understudy plan s.yaml --seed 9 -o study
    [ "$status" -eq 1 ]
    [[ "$output" == *"study: holds another study"* ]]
    run understudy plan s.yaml --shard 1/2 -o study
    [ "$status" -eq 1 ]
}
