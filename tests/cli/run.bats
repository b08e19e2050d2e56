#!/usr/bin/env bats
# understudy run: its options, and who may be refused.

bats_require_minimum_version 1.5.0
load common

json() { # json FILE EXPRESSION of the document d
    python3 -c "import json, sys; d = json.load(open('$1')); print($2)"
}

@test "the database is named after the scenario, or by -o" {
    small_scenario s.yaml 1
    understudy run s.yaml -q
    [ -f small.db ]
    understudy run s.yaml -q --set name=other
    [ -f other.db ]
    understudy run -q -o "a name with 'quotes' and ümlaut.db" s.yaml
    [ "$(digest "a name with 'quotes' and ümlaut.db")" = "$(digest small.db)" ]
}

@test "-n, -s and --set win over the file, and the database says so" {
    small_scenario s.yaml
    understudy run s.yaml -n 2 -s 18446744073709551615 --set "warmup=2 min" -o run.db -q
    [ "$(sqlite3 run.db 'SELECT count(*) FROM replication')" = 2 ]
    [ "$(sqlite3 run.db 'SELECT seed FROM run')" = 18446744073709551615 ]
    [ "$(sqlite3 run.db 'SELECT warmup_s FROM run')" = 120.0 ]
    [ "$(sqlite3 run.db 'SELECT overrides FROM run')" = "warmup=2 min" ]
}

@test "the seed matters and nothing else does: threads, name of the file, folder" {
    small_scenario s.yaml 3
    understudy run s.yaml -j 1 -o one.db -q
    mkdir elsewhere
    cp s.yaml elsewhere/copy.yaml
    (cd elsewhere && understudy run copy.yaml -j 2 -o ../two.db -q)
    understudy run s.yaml -j 1 -s 8 -o three.db -q
    [ "$(digest one.db)" = "$(digest two.db)" ]
    [ "$(digest one.db)" != "$(digest three.db)" ]
}

@test "environment and locale change nothing" {
    small_scenario s.yaml 1
    understudy run s.yaml -o one.db -q
    LC_ALL=de_DE.UTF-8 TZ=Asia/Kolkata LANG=tr_TR.UTF-8 HOME=/nowhere program=$program \
        "$program" run s.yaml -o two.db -q
    [ "$(digest one.db)" = "$(digest two.db)" ]
}

@test "quiet says nothing at all" {
    small_scenario s.yaml 1
    run --separate-stderr understudy run s.yaml -q
    [ "$status" -eq 0 ]
    [ -z "$output$stderr" ]
}

@test "--json is one document on stdout, with what the database says" {
    small_scenario s.yaml 2
    understudy run s.yaml --json > out.json 2> err.txt
    [ ! -s err.txt ]
    [ "$(json out.json "d['digest']")" = "$(digest small.db)" ]
    [ "$(json out.json "d['replications']")" = 2 ]
    [ "$(json out.json "d['seed']")" = 7 ]
    [ "$(json out.json "d['readiness']['verdict']")" = "$(sqlite3 small.db 'SELECT verdict FROM verdict')" ]
    [ "$(json out.json "d['requests']")" = "$(sqlite3 small.db 'SELECT sum(requests) FROM replication')" ]
}

@test "the summary is for people: on stderr, without colours or carriage returns in a pipe" {
    small_scenario s.yaml 2
    understudy run s.yaml > out.txt 2> err.txt
    [ ! -s out.txt ]
    grep -q 'west for the loss of east   readiness ' err.txt
    ! grep -q $'\033' err.txt
    ! grep -q $'\r' err.txt
}

@test "--only repeats one replication with the same fingerprint and stores nothing" {
    small_scenario s.yaml 3
    understudy run s.yaml -o run.db -q
    ls > before.txt
    run --separate-stderr understudy run s.yaml --only 2
    [ "$status" -eq 0 ]
    [[ "$output" == "replication 2: fingerprint $(sqlite3 run.db 'SELECT fingerprint FROM replication WHERE id = 2'), "* ]]
    [ ! -e small.db ]
}

@test "an override that is wrong is refused before anything is run" {
    small_scenario s.yaml
    for wrong in seeed=3 seed "warmup=3 GiB" "regions.nowhere.zones=x" "=3"; do
        run --separate-stderr understudy run s.yaml --set "$wrong"
        [ "$status" -eq 2 ] || { echo "$wrong"; false; }
        [[ "$stderr" == *"--set"*"error"* ]]
        [[ "$stderr" == *"nothing was run"* ]]
    done
    [ ! -e small.db ]
}

@test "a newer schema is refused and left as it is, even with --force" {
    small_scenario s.yaml 1
    understudy run s.yaml -q
    sqlite3 small.db 'PRAGMA user_version = 99'
    cp small.db before.db
    for extra in "-q" "--force"; do
        run --separate-stderr understudy run s.yaml $extra
        [ "$status" -eq 1 ]
        [[ "$stderr" == *"small.db: is of version 99, this understudy knows version "* ]]
    done
    run understudy readiness small.db
    [ "$status" -eq 1 ]
    run understudy report small.db
    [ "$status" -eq 1 ]
    cmp small.db before.db
}

@test "another program's database is refused and left as it is, even with --force" {
    small_scenario s.yaml 1
    sqlite3 small.db "CREATE TABLE mine (x); INSERT INTO mine VALUES (1); PRAGMA application_id = 7"
    cp small.db before.db
    for extra in "-q" "--force"; do
        run --separate-stderr understudy run s.yaml $extra
        [ "$status" -eq 1 ]
        [[ "$stderr" == *"small.db"* ]]
    done
    cmp small.db before.db
}

@test "a folder that may not be written is named, exit 1" {
    small_scenario s.yaml 1
    mkdir locked
    chmod 755 .
    chmod 555 locked
    if [ "$(id -u)" -eq 0 ]; then
        # Permissions do not bind root; somebody else has to try.
        setpriv --reuid=65534 --clear-groups test -x "$program" -a -r s.yaml || skip "nobody else can run it here"
        run setpriv --reuid=65534 --clear-groups "$program" run s.yaml -q -o locked/run.db
    else
        run understudy run s.yaml -q -o locked/run.db
    fi
    [ "$status" -eq 1 ]
    [ "$output" = "understudy: cannot write 'locked/run.db': Permission denied" ]
    [ -z "$(ls locked)" ]
}

@test "a full disk ends with a message and exit 1; with room again the same command ends well" {
    small_scenario s.yaml 6
    understudy run s.yaml -o whole.db -q
    for blocks in 1 20 60 200 400; do
        rm -f run.db*
        code=0
        (trap '' XFSZ; ulimit -f $blocks; exec "$program" run s.yaml -o run.db -q) 2> err.txt || code=$?
        [ $code -eq 1 ] || { echo "$blocks blocks: $code"; cat err.txt; false; }
        grep -q '^understudy: .*run.db' err.txt
        understudy run s.yaml -o run.db -q
        [ "$(digest run.db)" = "$(digest whole.db)" ]
    done
}

# ---- interrupted ----

@test "SIGINT ends with 5, keeps whole replications, and the same command ends as if undisturbed" {
    small_scenario s.yaml 12 "200 req/s"
    understudy run s.yaml -o whole.db -q
    # bats' shells ignore SIGINT in the background; python starts the program with it as it should be.
    python3 - "$program" << 'PYTHON'
import signal, subprocess, sys, time, sqlite3
signal.signal(signal.SIGINT, signal.default_int_handler)
run = subprocess.Popen([sys.argv[1], "run", "s.yaml", "-o", "run.db", "-j", "1"], stderr=subprocess.PIPE)
end = time.time() + 60
while time.time() < end:
    try:
        if sqlite3.connect("file:run.db?mode=ro", uri=True).execute("SELECT count(*) FROM replication").fetchone()[0] >= 2:
            break
    except sqlite3.Error:
        pass
    time.sleep(0.01)
run.send_signal(signal.SIGINT)
text = run.communicate()[1].decode()
assert run.returncode == 5, (run.returncode, text)
assert "stopped; the replications that ended are in run.db" in text, text
PYTHON
    done=$(sqlite3 run.db 'SELECT count(*) FROM replication')
    [ "$done" -ge 2 ]
    [ "$done" -lt 12 ]
    [ "$(sqlite3 run.db 'SELECT complete FROM run')" = 0 ]
    understudy run s.yaml -o run.db -q
    [ "$(digest run.db)" = "$(digest whole.db)" ]
}

@test "killed at random moments, on one thread and on two, it ends as an undisturbed one" {
    small_scenario s.yaml 10 "100 req/s"
    understudy run s.yaml -o whole.db -q
    RANDOM=20261120
    for threads in 1 2; do
        rm -f run.db*
        for kill in 1 2 3 4 5 6; do
            "$program" run s.yaml -o run.db -j $threads -q &
            victim=$!
            sleep 0.$(printf %03d $((RANDOM % 400)))
            kill -KILL $victim 2> /dev/null || true
            wait $victim || true
        done
        understudy run s.yaml -o run.db -j $threads -q
        dump run.db > run.txt
        dump whole.db > whole.txt
        cmp run.txt whole.txt
    done
}
