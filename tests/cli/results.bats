#!/usr/bin/env bats
# The results database, as the program makes it.

bats_require_minimum_version 1.5.0
load common

# Tables that other commands fill, each tested with its own.
studies="limit_|basin|size|shard|lease|resource"

@test "every example query of the schema's page runs on a real run" {
    small_scenario s.yaml "{min: 3, max: 4, until: {metric: readiness, half_width: 1}}"
    understudy run s.yaml -o run.db -q
    awk '/^```sql/ {n++; inside=1; next} /^```/ {inside=0} inside {print > ("query-" n ".sql")}' \
        "$root/docs/schema.md"
    [ "$(ls query-*.sql | wc -l)" -eq $((3 * $(grep -c '^CREATE TABLE' "$root/sim/store/schema.sql"))) ]
    for q in query-*.sql; do
        sqlite3 -bail run.db < "$q" > out.txt || { cat "$q"; false; }
        # What nothing is missing from, or never short of capacity, has nothing to show.
        grep -qE "AS missing|c.value AS capacity|$studies" "$q" || [ -s out.txt ] || { cat "$q"; false; }
    done
}

@test "a run holds a row in every table and its references hold" {
    small_scenario s.yaml "{min: 4, max: 4, until: {metric: readiness, half_width: 1}}"
    understudy run s.yaml -o run.db -q
    for table in $(sqlite3 run.db "SELECT name FROM sqlite_schema WHERE type = 'table'"); do
        [[ "$table" =~ ^($studies) ]] || [ "$(sqlite3 run.db "SELECT count(*) > 0 FROM $table")" = 1 ] || { echo "$table"; false; }
    done
    [ -z "$(sqlite3 run.db 'PRAGMA foreign_key_check')" ]
    [ "$(sqlite3 run.db 'PRAGMA integrity_check')" = ok ]
    [ "$(sqlite3 run.db 'PRAGMA application_id')" = $((0x55535459)) ]
    [ "$(sqlite3 run.db 'SELECT count(*) FROM replication')" = 4 ]
}

@test "the number of threads and a killed start change nothing in the content" {
    small_scenario s.yaml
    understudy run s.yaml -o one.db -j1 -q
    understudy run s.yaml -o two.db -j2 -q
    dump one.db > one.txt
    dump two.db > two.txt
    cmp one.txt two.txt
}

@test "a run that is killed again and again ends as an undisturbed one" {
    small_scenario s.yaml 12 "40 req/s"
    understudy run s.yaml -o whole.db -j1 -q
    kills=0
    for pause in 0.01 0.03 0.06 0.02 0.09 0.05 0.12 0.04 0.15; do
        "$program" run s.yaml -o run.db -j2 -q &
        child=$!
        sleep "$pause"
        kill -KILL "$child" 2> /dev/null && kills=$((kills + 1))
        wait "$child" || true
    done
    [ "$kills" -ge 3 ]
    understudy run s.yaml -o run.db -j2 -q
    dump whole.db > whole.txt
    dump run.db > run.txt
    cmp whole.txt run.txt
}

@test "a run may be asked for more replications and equals one that had them from the start" {
    small_scenario s.yaml
    understudy run s.yaml -o long.db -n 4 -q
    understudy run s.yaml -o run.db -n 2 -q
    understudy run s.yaml -o run.db -n 4 -q
    dump long.db > long.txt
    dump run.db > run.txt
    cmp long.txt run.txt
}

@test "another run is refused with what differs and stays as it is" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -n 1 -q
    cp run.db before.db
    run understudy run s.yaml -o run.db -n 1 -q --seed 8
    [ "$status" -eq 1 ]
    [[ "$output" == *"run.db: holds another run: "*"seed 7 there, 8 here"*"-o"*"--force"* ]]
    cmp run.db before.db
    run understudy run s.yaml -o run.db -n 1 --seed 8 --force
    [[ "$output" == *" run.db "* && "$output" != *"/run.db"* ]] # as it was typed
    [ "$(sqlite3 run.db 'SELECT seed FROM run')" = 8 ]
}

@test "a scenario that says the same in other words is the same run; one changed number is not" {
    small_scenario s.yaml
    printf 'n\n1\n2\n3\n4\n5\n6\n7\n8\n' > rows.csv
    trace="{kind: trace, file: rows.csv, interval: 10 min, scale: 100, repeat: true}"
    sed -i "s/arrivals: {kind: poisson.*}}/arrivals: $trace}/" s.yaml
    understudy run s.yaml -o whole.db -n 3 -q
    understudy run s.yaml -o run.db -n 1 -q
    # Comments, blanks, units, the order of keys, a default, a table's comment, an override that moved.
    sed -i -e '1i # edited' -e 's/duration: 75 min/duration:   1h15m # why/' -e 's/interval: 10 min,/interval: 600 s, as: counts,/' \
        -e 's/{kind: trace, file: rows.csv,/{file: rows.csv, kind: trace,/' -e 's/replications: 4/replications: 3/' s.yaml
    sed -i '1i # edited' rows.csv
    understudy run s.yaml -o run.db -q --set "warmup=60 s"
    dump whole.db > whole.txt
    dump run.db > run.txt
    cmp whole.txt run.txt
    sed -i 's/^8$/9/' rows.csv
    run understudy run s.yaml -o run.db -q
    [ "$status" -eq 1 ]
    [[ "$output" == *"run.db: holds another run: content of the scenario "*" there, "*" here"* ]]
}

@test "foreign files keep every byte, even with --force" {
    small_scenario s.yaml
    echo "my thesis" > thesis.db
    sqlite3 other.db "CREATE TABLE t(x)"
    understudy run s.yaml -o newer.db -n 1 -q
    sqlite3 newer.db "PRAGMA user_version = 2"
    mkdir folder.db
    for file in thesis other newer; do
        cp $file.db $file.copy
        run understudy run s.yaml -o $file.db -n 1 -q --force
        [ "$status" -eq 1 ]
        [[ "$output" == *"$file.db: is "*"untouched"* ]]
        cmp $file.db $file.copy
        run understudy readiness $file.db
        [ "$status" -eq 1 ]
        cmp $file.db $file.copy
    done
    run understudy run s.yaml -o folder.db -n 1 -q
    [ "$status" -eq 1 ]
    [[ "$output" == *"folder.db"* ]]
}

@test "a file of another build, and one that is no run's, are told for what they are" {
    small_scenario s.yaml 1
    understudy run s.yaml -o run.db -q
    printf 'design: {matrix: {routing.dns.ttl: [10 s, 60 s]}}\n' >> s.yaml
    understudy sweep s.yaml -o swept -q
    run understudy readiness swept/study.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"swept/study.db: is the index of a study, not a run; its runs are beside it"* ]]
    cp -r swept newer
    sqlite3 newer/study.db "PRAGMA user_version = 2"
    run understudy sweep s.yaml -o newer -q
    [ "$status" -eq 1 ]
    [[ "$output" == *"is of version 2, this understudy knows version 1 (a newer understudy wrote it)"* ]]
    sqlite3 swept/study.db "ALTER TABLE result RENAME TO outcome"
    run understudy sweep s.yaml -o swept -q
    [ "$status" -eq 1 ]
    [[ "$output" == *"swept/study.db: another build of understudy wrote it"*"(no such table: "* ]]
    understudy run s.yaml -o other.db -q
    sqlite3 other.db "ALTER TABLE estimate RENAME TO interval"
    run understudy report other.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"other.db: another build of understudy wrote it"*"(no such table: "* ]]
}

@test "a full disk ends with 1 and a message, and what was stored can be gone on with" {
    small_scenario s.yaml
    understudy run s.yaml -o whole.db -q
    understudy run s.yaml -o run.db -n 1 -q
    blocks=$(($(stat -c %s run.db) / 1024 + 8))
    run bash -c "ulimit -f $blocks; exec '$program' run s.yaml -o run.db -q"
    [ "$status" -eq 1 ]
    [[ "$output" == *"run.db: cannot store replication 2: "* ]]
    understudy run s.yaml -o run.db -q
    dump whole.db > whole.txt
    dump run.db > run.txt
    cmp whole.txt run.txt
}

@test "a folder that does not exist is named" {
    small_scenario s.yaml
    run understudy run s.yaml -o nowhere/run.db -q
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot write 'nowhere/run.db': No such file or directory"* ]]
}

@test "two writers of one file: the second is refused, the first ends well" {
    small_scenario s.yaml 40 "100 req/s"
    "$program" run s.yaml -o run.db -j1 -q &
    first=$!
    while [ ! -s run.db ]; do sleep 0.01; done
    run understudy run s.yaml -o run.db -j1 -q
    if kill -0 "$first" 2> /dev/null; then
        [ "$status" -eq 1 ]
        [[ "$output" == *"another understudy is writing this file"* || "$output" == *"process $first on "*" has been writing this since "* ]]
    fi
    wait "$first"
    [ "$(sqlite3 run.db 'SELECT complete FROM run')" = 1 ]
}

@test "a run remembers its question and all that was in force, and that can be run again" {
    small_scenario s.yaml 1
    mkdir parts
    cat > parts/box.yaml <<YAML
persona: 1
kind: resource
name: box
capacity: {vcpu: 2, memory: 4 GiB}
tuning: {slots: 2, queue: 50}
source: {how: assumed, note: for tests}
YAML
    understudy run s.yaml -o run.db -q --set services.web.instance=parts/box.yaml \
        --set routing.dns.ttl="30 s"
    sqlite3 run.db "SELECT scenario FROM run" > stored.yaml
    [ "$(head -1 stored.yaml)" = "# Question: does west carry the users of east?" ]
    grep -q "^ *ttl: 30 s" stored.yaml     # overridden
    grep -q "^ *slack: 1.645" stored.yaml  # a default
    grep -q "^ *vcpu: 2$" stored.yaml      # of a file that the scenario names
    sqlite3 run.db "SELECT document FROM persona" | grep -q "^weight: 1"
    understudy run stored.yaml -o again.db -q
    [ "$(sqlite3 run.db 'SELECT fingerprint FROM replication')" = \
        "$(sqlite3 again.db 'SELECT fingerprint FROM replication')" ]
    understudy report run.db -o report.html
    grep -q '<p class="asked">.*does west carry the users of east?' report.html
}
