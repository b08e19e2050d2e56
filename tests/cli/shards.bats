# run and sweep in shards, and what puts them together again.
load common

# $1: file, $2: replications; three units
designed_scenario() {
    small_scenario "$1" "${2:-5}" "5 req/s"
    cat >> "$1" <<'YAML'
design:
  matrix:
    services.web.pools.west.instances: [1, 2, 3]
YAML
}

study_dump() {
    sqlite3 "$1/study.db" "SELECT name, hash, seed, units, digest FROM study; SELECT * FROM unit;
        SELECT * FROM factor; SELECT * FROM level; SELECT * FROM result; SELECT * FROM estimate"
    for unit in "$1"/[0-9]*.db; do dump "$unit"; sqlite3 "$unit" "SELECT * FROM stopping"; done
}

# Shards of s.yaml as 1.db, 2.db, ...; $1: how many, further arguments go to run
run_shards() {
    local n=$1
    shift
    for i in $(seq "$n"); do understudy run s.yaml --shard "$i/$n" -o "$i.db" -q "$@"; done
}

@test "shards put together in any order are the run of one process" {
    small_scenario s.yaml 7 "5 req/s"
    understudy run s.yaml -o whole.db -q
    dump whole.db > whole.txt
    run_shards 3
    [ "$(sqlite3 2.db "SELECT group_concat(id) FROM replication")" = 2,5 ]
    understudy merge merged.db $(shuf -e 1.db 2.db 3.db) -q
    dump merged.db | cmp - whole.txt
    understudy merge again.db 3.db 1.db 2.db -q
    dump again.db | cmp - whole.txt
    # Page by page, but for facts of the machine.
    for db in merged whole; do
        sqlite3 $db.db "DELETE FROM machine; VACUUM"
    done
    [ "$(sqlite3 merged.db .dump | md5sum)" = "$(sqlite3 whole.db .dump | md5sum)" ]
    [ ! -e merged.db.merging ]
}

@test "more shards than replications: those without any say so and merge like the others" {
    small_scenario s.yaml 2 "5 req/s"
    understudy run s.yaml -o whole.db -q
    run understudy run s.yaml --shard 3/3
    [ "$status" -eq 0 ]
    [[ "$output" == *"shard 3 of 3   nothing of the study falls to it"* ]]
    [ -e small-3of3.db ]
    understudy run s.yaml --shard 1/3 -q
    understudy run s.yaml --shard 2/3 -q
    understudy merge merged.db small-?of3.db -q
    [ "$(digest merged.db)" = "$(digest whole.db)" ]
}

@test "a shard of a sweep is a part of every unit, and together they are the sweep" {
    designed_scenario s.yaml
    understudy sweep s.yaml -o whole -q
    study_dump whole > whole.txt
    for i in 2 1; do understudy sweep s.yaml --shard $i/2 -o part$i -q; done
    [ "$(sqlite3 part1/0001.db "SELECT group_concat(id) FROM replication")" = 1,3,5 ]
    [ "$(sqlite3 part1/0002.db "SELECT group_concat(id) FROM replication")" = 2,4 ]
    [ "$(sqlite3 part1/study.db "SELECT part, parts, complete FROM shard")" = "1|2|1" ]
    understudy merge merged part2 part1 -q
    study_dump merged | cmp - whole.txt
    [ -n "$(sqlite3 merged/study.db "SELECT digest FROM study")" ]
    [ ! -e merged.merging ]
}

@test "with until, whole units go to shards, and stop where one process stops" {
    designed_scenario s.yaml
    sed -i 's/^replications:.*/replications: {min: 3, max: 30, until: {metric: attainment, relative: 0.4 %}}/' s.yaml
    understudy sweep s.yaml -o whole -q
    study_dump whole > whole.txt
    for i in 3 1 2; do understudy sweep s.yaml --shard $i/3 -o part$i -q; done
    [ ! -e part1/0002.db ]
    understudy merge merged part1 part3 part2 -q
    study_dump merged | cmp - whole.txt
    understudy run s.yaml -o whole.db -q
    run_shards 2
    [ "$(sqlite3 2.db "SELECT count(*) FROM replication")" -eq 0 ]
    understudy merge merged.db 2.db 1.db -q
    dump merged.db > merged.txt
    dump whole.db | cmp - merged.txt
    [ "$(sqlite3 merged.db "SELECT * FROM stopping")" = "$(sqlite3 whole.db "SELECT * FROM stopping")" ]
}

@test "a shard goes on where it ended, and grows" {
    small_scenario s.yaml 6 "5 req/s"
    understudy run s.yaml -o whole.db -q
    run_shards 2 -n 3
    before=$(sqlite3 1.db "SELECT fingerprint FROM replication WHERE id = 1")
    run_shards 2
    [ "$(sqlite3 1.db "SELECT group_concat(id) FROM replication")" = 1,3,5 ]
    [ "$(sqlite3 1.db "SELECT fingerprint FROM replication WHERE id = 1")" = "$before" ]
    understudy merge merged.db 1.db 2.db -q
    [ "$(digest merged.db)" = "$(digest whole.db)" ]
}

@test "who judges refuses a shard and says what to do" {
    small_scenario s.yaml 4 "5 req/s"
    run_shards 2
    for command in readiness report plot warmup "export --format csv"; do
        # shellcheck disable=SC2086
        run understudy ${command%% *} 1.db
        [ "$status" -eq 1 ] || { echo "$command: $status $output"; false; }
        [[ "$output" == *"1.db: is shard 1 of 2"*"understudy merge OUT SHARD..."* ]]
    done
    run understudy run s.yaml -o 1.db -q
    [ "$status" -eq 1 ]
    [[ "$output" == *"shard 1/2 there, all of it here"* ]]
    run understudy run s.yaml --shard 2/2 -o 1.db -q
    [ "$status" -eq 1 ]
    [[ "$output" == *"shard 1/2 there, 2/2 here"* ]]
}

@test "shards that are no parts of one whole are refused with the reason" {
    small_scenario s.yaml 4 "5 req/s"
    run_shards 2
    understudy run s.yaml --shard 2/2 -o seed.db -q -s 8
    understudy run s.yaml --shard 2/2 -o set.db -q --set routing.dns.ttl="30 s"
    understudy run s.yaml --shard 2/3 -o parts.db -q
    understudy run s.yaml --shard 2/2 -o more.db -q -n 6
    understudy run s.yaml -o whole.db -q
    cp 2.db version.db
    sqlite3 version.db "UPDATE machine SET value = '0.0.9' WHERE name = 'understudy'"
    refused() {
        run understudy merge out.db 1.db "$1"
        [ "$status" -eq 1 ] || return 1
        [[ "$output" == *"$2"* ]] || { echo "$output"; return 1; }
        [ ! -e out.db ]
    }
    refused seed.db "1.db and seed.db are no parts of one whole: seed 7 there, 8 here"
    refused set.db "the content of the scenario, its personas or its settings differ"
    refused parts.db "number of shards 2 there, 3 here"
    refused more.db "number of replications 4 there, 6 here"
    refused version.db "version of understudy"
    refused whole.db "whole.db: is no shard"
    mkdir folder
    run understudy merge out.db 1.db folder
    [ "$status" -eq 2 ]
    echo junk > junk.db
    run understudy merge out.db 1.db junk.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"junk.db: is not a results database"* ]]
    cp 2.db newer.db
    sqlite3 newer.db "PRAGMA user_version = 99"
    refused newer.db "is of version 99"
}

@test "missing shards are named, and shards that are not at their end" {
    small_scenario s.yaml 8 "5 req/s"
    run_shards 7
    run understudy merge out.db 2.db 6.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"of 7 shards these are missing: 1, 3 to 5, 7;"* ]]
    sqlite3 3.db "UPDATE shard SET complete = 0"
    run understudy merge out.db ?.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"3.db: shard 3 of 7 is not at its end"* ]]
    [ ! -e out.db ]
}

@test "the same shard twice counts once where it is the same, and is refused where it differs" {
    small_scenario s.yaml 4 "5 req/s"
    understudy run s.yaml -o whole.db -q
    run_shards 2
    cp 2.db copy.db
    understudy merge out.db copy.db 1.db 2.db -q
    [ "$(digest out.db)" = "$(digest whole.db)" ]
    sqlite3 copy.db "UPDATE replication SET digest = '0123456789abcdef' WHERE id = 2"
    run understudy merge other.db copy.db 1.db 2.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"copy.db and 2.db are both shard 2 of 2, and what they hold differs"* ]]
}

@test "a shard whose rows were changed is found out" {
    small_scenario s.yaml 4 "5 req/s"
    run_shards 2
    sqlite3 2.db "UPDATE kpi SET value = value + 1 WHERE replication = 4 AND value > 0"
    run understudy merge out.db 1.db 2.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"2.db: replication 4 is damaged"* ]]
    [ ! -e out.db ] && [ ! -e out.db.merging ]
}

@test "--partial makes an unfinished run or sweep that goes on" {
    designed_scenario s.yaml
    understudy run s.yaml -o whole.db -q
    understudy sweep s.yaml -o whole -q
    run_shards 3
    run understudy merge --partial part.db 3.db 1.db
    [ "$status" -eq 0 ]
    [[ "$output" == *"3 replications are there, 2 are missing"*"understudy run SCENARIO -o part.db"* ]]
    run understudy run s.yaml -o part.db
    [[ "$output" == *"3 replications from before"* ]]
    [ "$(digest part.db)" = "$(digest whole.db)" ]
    understudy sweep s.yaml --shard 2/3 -o two -q
    understudy merge --partial part two -q
    understudy sweep s.yaml -o part -q
    study_dump part > part.txt
    study_dump whole | cmp - part.txt
}

@test "a merge overwrites nothing that is not of understudy, and a run only with --force" {
    small_scenario s.yaml 2 "5 req/s"
    run_shards 2
    echo precious > out.db
    sqlite3 foreign.db "CREATE TABLE t (x)"
    for out in out.db foreign.db; do
        before=$(md5sum < $out)
        run understudy merge --force $out 1.db 2.db
        [ "$status" -eq 1 ]
        [ "$(md5sum < $out)" = "$before" ]
    done
    understudy run s.yaml -o other.db -q -n 1
    run understudy merge other.db 1.db 2.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"other.db: is there already"* ]]
    understudy merge --force other.db 1.db 2.db -q
    [ "$(sqlite3 other.db "SELECT replications FROM run")" -eq 2 ]
    run understudy merge --force 1.db 1.db 2.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"is a shard and what is to be made of them"* ]]
}

@test "a folder is replaced as a whole or left alone" {
    designed_scenario s.yaml 2
    understudy sweep s.yaml --shard 1/1 -o part -q
    understudy sweep s.yaml -o there -q -n 1
    run understudy merge there part
    [ "$status" -eq 1 ]
    echo precious > there/notes.txt
    run understudy merge --force there part
    [ "$status" -eq 1 ]
    [[ "$output" == *"there: holds 'notes.txt', which is of no study"* ]]
    [ "$(sqlite3 there/study.db "SELECT max(replications) FROM unit")" -eq 1 ]
    rm there/notes.txt
    understudy merge --force there/ part -q
    [ "$(sqlite3 there/study.db "SELECT max(replications) FROM unit")" -eq 2 ]
    [ ! -e there.replaced ] && [ ! -e there.merging ]
}

@test "a merge that was killed leaves nothing under the name, and the next one ends well" {
    small_scenario s.yaml 40 "20 req/s"
    understudy run s.yaml -o whole.db -q
    run_shards 2
    "$program" merge out.db 1.db 2.db -q &
    victim=$!
    for _ in $(seq 500); do
        [ -e out.db.merging ] && break
        sleep 0.005
    done
    kill -KILL "$victim"
    wait "$victim" || true
    [ ! -e out.db ] || [ "$(digest out.db)" = "$(digest whole.db)" ]
    rm -f out.db
    understudy merge out.db 1.db 2.db -q
    [ "$(digest out.db)" = "$(digest whole.db)" ]
    [ ! -e out.db.merging ]
}

@test "a wrong --shard is told apart" {
    small_scenario s.yaml
    for wrong in 0/4 5/4 2 a/b 1/0 1/99999 /3 3/ -1/2; do
        run understudy run s.yaml --shard=$wrong
        [ "$status" -eq 2 ] || { echo "$wrong: $output"; false; }
        [[ "$output" == *"--shard '$wrong'"* ]]
    done
    [ ! -e small.db ]
}

@test "sensitivity in shards says the same once they are put together" {
    small_scenario s.yaml 2 "5 req/s"
    ranges=(--vary "routing.dns.ttl=10..120 s" --vary "services.web.pools.west.instances=1..3")
    understudy sensitivity s.yaml "${ranges[@]}" --points 2 -o whole -q --kpi attainment
    for i in 2 1; do understudy sensitivity s.yaml "${ranges[@]}" --points 2 --shard $i/2 -q; done
    run understudy sensitivity small-1of2.sensitivity
    [ "$status" -eq 1 ]
    [[ "$output" == *"is shard 1 of 2"* ]]
    understudy merge merged small-?of2.sensitivity -q
    understudy sensitivity merged -q --kpi attainment
    what="SELECT * FROM sensitivity; SELECT digest FROM study"
    [ -n "$(sqlite3 whole/study.db "$what")" ]
    [ "$(sqlite3 merged/study.db "$what")" = "$(sqlite3 whole/study.db "$what")" ]
}

@test "all that a plan writes is taken over by a merge" {
    tables=$(grep -oE 'INSERT INTO [a-z]+' "$root/sim/store/plan.c" | awk '{print $3}' | sort -u)
    [ "$(wc -w <<< "$tables")" -ge 9 ]
    for table in $tables; do
        grep -q "INSERT INTO $table SELECT" "$root/sim/store/copy.c" || { echo "$table"; false; }
    done
}
