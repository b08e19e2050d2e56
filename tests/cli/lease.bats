# One writer at a time: who else wants to write is told who does, and a writer that was killed leaves
# nothing that keeps the next one out.
load common

teardown() {
    for process in $leftover; do kill -KILL "$process" 2> /dev/null || true; done
}

designed_scenario() {
    small_scenario "$1" "${2:-2}" "10 req/s"
    cat >> "$1" <<'YAML'
design:
  matrix: {services.web.pools.west.instances: [1, 2]}
YAML
}

ask() {
    sqlite3 -cmd ".timeout 5000" "$@"
}

# Starts a command and waits until it has the lease of $1.
start_writing() {
    local db=$1
    shift
    "$program" "$@" -q 2> writer.txt &
    writer=$!
    leftover=$writer
    for _ in $(seq 3000); do
        [ "$(ask "$db" "SELECT process FROM lease" 2> /dev/null)" = "$writer" ] && return
        sleep 0.01
    done
    return 1
}

@test "a second run into the same file is told who writes it and since when, and touches nothing" {
    small_scenario s.yaml 200 "200 req/s"
    start_writing x.db run s.yaml -o x.db -j 1
    for force in "" --force; do
        # shellcheck disable=SC2086
        run understudy run s.yaml -o x.db $force
        [ "$status" -eq 1 ]
        [[ "$output" == *"x.db: process $writer on $(hostname) has been writing this since 2"*" UTC"* ]] || { echo "$output"; false; }
    done
    kill -0 "$writer"
    [ "$(ask x.db "SELECT process FROM lease")" = "$writer" ]
}

@test "a second sweep into the same folder is told who writes it, also with --force" {
    designed_scenario s.yaml 200
    start_writing study/study.db sweep s.yaml -o study -j 1
    for more in "" "--force --seed 9"; do
        # shellcheck disable=SC2086
        run understudy sweep s.yaml -o study $more
        [ "$status" -eq 1 ]
        [[ "$output" == *"study/study.db: process $writer on $(hostname) has been writing this since"* ]]
    done
    kill -0 "$writer"
}

@test "the lease of a killed writer is taken over at once, and the run ends as if undisturbed" {
    small_scenario s.yaml 30 "30 req/s"
    understudy run s.yaml -o whole.db -q
    start_writing x.db run s.yaml -o x.db -j 1
    kill -KILL "$writer"
    wait "$writer" || true
    [ "$(ask x.db "SELECT process FROM lease")" = "$writer" ]
    before=$(date +%s)
    understudy run s.yaml -o x.db -q
    [ $(($(date +%s) - before)) -le 10 ]
    dump whole.db > whole.txt
    dump x.db | cmp - whole.txt
    [ "$(ask x.db "SELECT count(*) FROM lease")" -eq 0 ]
}

@test "a killed sweep is gone on with at once, to the same study" {
    designed_scenario s.yaml 20
    understudy sweep s.yaml -o whole -q
    start_writing study/study.db sweep s.yaml -o study -j 1
    kill -KILL "$writer"
    wait "$writer" || true
    understudy sweep s.yaml -o study -q
    [ "$(ask study/study.db "SELECT digest FROM study")" = "$(ask whole/study.db "SELECT digest FROM study")" ]
    [ "$(ask study/study.db "SELECT count(*) FROM lease")" -eq 0 ]
}

@test "a process number that was handed out again is not taken for the writer" {
    small_scenario s.yaml 2 "5 req/s"
    understudy run s.yaml -o x.db -q -n 1
    start_writing y.db run s.yaml -o y.db -n 2000 -j 1
    # Our own number, but another beginning.
    machine=$(ask y.db "SELECT machine FROM lease")
    kill -KILL "$writer"
    ask x.db "INSERT INTO lease VALUES (1, '$(hostname)', '$machine', $$, '1', unixepoch(), unixepoch())"
    understudy run s.yaml -o x.db -q
    [ "$(ask x.db "SELECT count(*) FROM replication")" -eq 2 ]
}

@test "a writer on another machine is believed while it is heard of" {
    small_scenario s.yaml 2 "5 req/s"
    understudy run s.yaml -o x.db -q -n 1
    ask x.db "INSERT INTO lease VALUES (1, 'far', 'boot', 7, '1', 1700000000, unixepoch() - 20)"
    run understudy run s.yaml -o x.db -q
    [ "$status" -eq 1 ]
    [[ "$output" =~ "process 7 on far has been writing this since 2023-11-14 22:13:20 UTC; if it is gone, its lease ends in "(3[0-9]|40)" s" ]] || { echo "$output"; false; }
    # Another boot of a machine of the same name may be another machine.
    ask x.db "UPDATE lease SET host = '$(hostname)'"
    run understudy run s.yaml -o x.db -q
    [ "$status" -eq 1 ]
    [ "$(ask x.db "SELECT count(*) FROM replication")" -eq 1 ]
}
