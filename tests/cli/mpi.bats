# understudy-mpi: run and sweep on the ranks of an MPI job; skipped where Open MPI is not there.
load common

setup() {
    root=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
    program=${UNDERSTUDY:-$root/build/release-gcc/understudy}
    cd "$BATS_TEST_TMPDIR" || return 1
    command -v mpirun > /dev/null && [ -x "$program-mpi" ] || skip "no Open MPI here"
    # Open MPI's own: more ranks than processors, as root, and leaks that are not ours.
    export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
    export OMPI_MCA_btl_vader_single_copy_mechanism=none TMPDIR=/tmp ASAN_OPTIONS=detect_leaks=0
}

teardown() {
    for process in $leftover; do kill -KILL "$process" 2> /dev/null || true; done
}

on_ranks() {
    local n=$1
    shift
    mpirun --oversubscribe --allow-run-as-root -n "$n" "$program-mpi" "$@"
}

study_dump() {
    sqlite3 "$1/study.db" "SELECT name, hash, seed, units, digest FROM study; SELECT * FROM unit;
        SELECT * FROM level; SELECT * FROM result; SELECT * FROM estimate"
    for unit in "$1"/[0-9]*.db; do dump "$unit"; done
}

# Waits until $1 replications are in $2.
await_replications() {
    for _ in $(seq 3000); do
        [ "$(sqlite3 "$2" "SELECT count(*) FROM replication" 2> /dev/null || echo 0)" -ge "$1" ] && return
        sleep 0.01
    done
    return 1
}

await_end() {
    for _ in $(seq 600); do kill -0 "$1" 2> /dev/null || return 0; sleep 0.05; done
    return 1
}

@test "a run on three ranks holds what one thread's does" {
    small_scenario s.yaml 8 "10 req/s"
    understudy run s.yaml -o one.db -q -j 1
    dump one.db > one.txt
    on_ranks 3 run s.yaml -o three.db -q
    dump three.db | cmp - one.txt
    [ "$(sqlite3 three.db "SELECT value FROM machine WHERE name = 'threads'")" -eq 2 ]
    for db in one three; do sqlite3 $db.db "DELETE FROM machine; VACUUM"; done
    cmp <(sqlite3 one.db .dump) <(sqlite3 three.db .dump)
}

@test "a sweep on three ranks holds what one thread's does, also with until" {
    small_scenario s.yaml 3 "10 req/s"
    cat >> s.yaml <<'YAML'
design:
  matrix: {services.web.pools.west.instances: [1, 2, 3]}
YAML
    understudy sweep s.yaml -o one -q -j 1
    study_dump one > one.txt
    on_ranks 3 sweep s.yaml -o three -q
    study_dump three | cmp - one.txt
    sed -i 's/^replications:.*/replications: {min: 3, max: 30, until: {metric: attainment, relative: 0.4 %}}/' s.yaml
    understudy sweep s.yaml -o one -q -j 1 --force
    study_dump one > one.txt
    on_ranks 3 sweep s.yaml -o three -q --force
    study_dump three | cmp - one.txt
}

@test "a shard runs on ranks like any run, and so do overrides and a seed" {
    small_scenario s.yaml 6 "10 req/s"
    understudy run s.yaml -o whole.db -q -s 3 --set "routing.dns.ttl=30 s"
    for i in 1 2; do on_ranks 3 run s.yaml --shard $i/2 -o $i.db -q -s 3 --set "routing.dns.ttl=30 s"; done
    understudy merge merged.db 1.db 2.db -q
    [ "$(digest merged.db)" = "$(digest whole.db)" ]
}

@test "with one rank, threads do the work" {
    small_scenario s.yaml 3 "10 req/s"
    understudy run s.yaml -o one.db -q
    on_ranks 1 run s.yaml -o alone.db -q -j 2
    [ "$(digest alone.db)" = "$(digest one.db)" ]
}

@test "a killed worker ends the job, and a new one goes on to the same result" {
    small_scenario s.yaml 40 "60 req/s"
    understudy run s.yaml -o whole.db -q
    mpirun --oversubscribe --allow-run-as-root -n 3 "$program-mpi" run s.yaml -o x.db -q 2> killed.txt &
    job=$!
    leftover=$job
    await_replications 3 x.db
    writer=$(sqlite3 -cmd ".timeout 5000" x.db "SELECT process FROM lease")
    worker=$(pgrep -P "$(ps -o ppid= -p "$writer" | tr -d ' ')" | grep -vx "$writer" | head -1)
    kill -KILL "$worker"
    code=0
    wait $job || code=$?
    [ "$code" -ne 0 ]
    await_end "$writer"
    [ "$(sqlite3 x.db "SELECT count(*) FROM replication")" -ge 3 ]
    [ "$(sqlite3 x.db "SELECT complete FROM run")" -eq 0 ]
    run on_ranks 3 run s.yaml -o x.db
    [ "$status" -eq 0 ] || { cat killed.txt; echo "$output"; false; }
    [[ "$output" == *"replications from before"* ]]
    dump whole.db > whole.txt
    dump x.db | cmp - whole.txt
}

@test "a killed mpirun takes its ranks along, and a new one goes on to the same result" {
    small_scenario s.yaml 40 "60 req/s"
    understudy run s.yaml -o whole.db -q
    mpirun --oversubscribe --allow-run-as-root -n 3 "$program-mpi" run s.yaml -o x.db -q 2> killed.txt &
    job=$!
    leftover=$job
    await_replications 2 x.db
    writer=$(sqlite3 -cmd ".timeout 5000" x.db "SELECT process FROM lease")
    kill -KILL $job
    wait $job || true
    # Ranks notice that nobody is there any more.
    await_end "$writer"
    on_ranks 3 run s.yaml -o x.db -q
    dump whole.db > whole.txt
    dump x.db | cmp - whole.txt
}

@test "rank 0 waits without burning a processor" {
    small_scenario s.yaml 200 "1500 req/s"
    mpirun --oversubscribe --allow-run-as-root -n 3 "$program-mpi" run s.yaml -o x.db -q 2> said.txt &
    job=$!
    leftover=$job
    for _ in $(seq 3000); do
        writer=$(sqlite3 x.db "SELECT process FROM lease" 2> /dev/null) && [ -n "$writer" ] && break
        sleep 0.01
    done
    [ -n "$writer" ] || { echo "nobody writes after 30 s"; cat said.txt; false; }
    ticks() { sed 's/.*) //' "/proc/$1/stat" | awk '{print $12 + $13}'; }
    sleep 0.2
    before=$(ticks "$writer")
    sleep 1
    after=$(ticks "$writer")
    kill -TERM "$writer"
    code=0
    wait $job || code=$?
    [ "$code" -eq 5 ] || { cat said.txt; false; }
    # Hundredths of a second in one second; polling takes one or two.
    echo "ticks: $((after - before))"
    [ $((after - before)) -le 15 ]
}

@test "a rank that finds another scenario, or none, is named, and nothing of it is kept" {
    small_scenario s.yaml 4 "5 req/s"
    mkdir other none
    sed 's/ttl: 20 s/ttl: 30 s/' s.yaml > other/s.yaml
    run mpirun --oversubscribe --allow-run-as-root -n 1 "$program-mpi" run s.yaml -o x.db -q : \
        -n 1 -wdir "$PWD/other" "$program-mpi" run s.yaml
    [ "$status" -eq 1 ]
    [[ "$output" == *"rank 1 on "*"s.yaml: is not the scenario that rank 0 has read"* ]] || { echo "$output"; false; }
    run mpirun --oversubscribe --allow-run-as-root -n 1 "$program-mpi" run s.yaml -o x.db -q : \
        -n 1 -wdir "$PWD/none" "$program-mpi" run s.yaml
    [ "$status" -eq 1 ]
    [[ "$output" == *"rank 1 on "*"s.yaml"*"No such file"* ]] || { echo "$output"; false; }
    [ "$(sqlite3 x.db "SELECT count(*) FROM replication")" -eq 0 ]
}

@test "wrong usage and a wrong scenario end every rank with 2" {
    small_scenario s.yaml
    run on_ranks 3 run s.yaml --bogus
    [ "$status" -eq 2 ]
    sed -i 's/^seed: 7/seed: many/' s.yaml
    run on_ranks 3 run s.yaml
    [ "$status" -eq 2 ]
    run on_ranks 2 frobnicate
    [ "$status" -eq 2 ]
}
