#!/usr/bin/env bats
# understudy profile -o: traffic becomes personas that the simulator reads.

bats_require_minimum_version 1.5.0
load common

# 300 users who buy quickly and 200 who read slowly, by UTC over nine hours; $1 is the file,
# further arguments shift what they do.
two_kinds() {
    awk -v shift="${2:-0}" 'BEGIN {
        srand(4)
        for (u = 0; u < 500; u++) {
            quick = u < 300
            n = quick ? 8 + int(9 * rand()) : 2 + int(5 * rand())
            at = 1795176000 + 32400 * rand()
            for (i = 0; i < n; i++) {
                work = (quick ? 20 : 60) * -log(1 - rand())
                printf "{\"user_id\": \"user-%d\", \"timestamp\": \"%s\", \"event_type\": \"%s\", " \
                       "\"region\": \"%s\", \"device\": \"%s\", \"status\": %d, \"latency_ms\": %.3f, " \
                       "\"resource_consumption\": {\"cpu_ms\": %.4f, \"response_bytes\": %d}}\n", u,
                       stamp(at), quick && i % 4 ? "buy now" : "read", u % 3 ? "London" : "moon base",
                       quick ? "mobile" : u % 5 ? "desktop" : "kiosk", 200, work + 5, work,
                       quick ? 900 : 20000 + int(9000 * rand())
                at += work / 1000 + (quick ? 4 : 60 + shift) * -log(1 - rand())
            }
        }
    }
    function stamp(at,   day) {
        day = int(at) % 86400
        return sprintf("2026-11-%02dT%02d:%02d:%09.6fZ", 20 + int((at - 1795132800) / 86400), day / 3600,
                       day % 3600 / 60, day % 60 + at - int(at))
    }' > "$1"
}

# A scenario with all personas of a folder; $1: the file, $2: the folder.
scenario_of() {
    {
        printf 'understudy: 1\nname: learned\nstart: 2026-11-20T12:00:00Z\nduration: 30 min\nreplications: 2\npersonas:\n'
        for file in "$2"/*.yaml; do echo "  - $file"; done
        printf 'regions: {eu-west-2: {zones: 1}}\nservices: {web: {instance: {name: box, tuning: {slots: 8, queue: 100}}, pools: {eu-west-2: 2}}}\ntraffic:\n'
        for file in "$2"/*.yaml; do
            mode=requests
            ! grep -q '^session:' "$file" || mode=sessions
            echo "  - {persona: $(basename "$file" .yaml), mode: $mode, arrivals: diurnal}"
        done
    } > "$1"
}

@test "two kinds of users become two files that a scenario runs on" {
    two_kinds events.ndjson
    run --separate-stderr understudy profile events.ndjson -k 2 -o made
    [ "$status" -eq 0 ]
    [[ "$stderr" == *"2 personas in made"* ]]
    [ "$(cd made && ls *.yaml | tr '\n' ' ')" = "buy-now-mobile.yaml read-desktop.yaml " ]
    grep -Eq "^  think: exponential\(mean (3.[89]|4.[01])" made/buy-now-mobile.yaml
    understudy validate made/buy-now-mobile.yaml
    understudy validate made/read-desktop.yaml

    grep -q '^    work: exponential(mean 2[01].* ms)   # KS 0.0' made/buy-now-mobile.yaml
    grep -q '^    response: 900 B   # in all of ' made/buy-now-mobile.yaml
    grep -q '^  London: 100 %' made/read-desktop.yaml
    grep -q '^geography:   # and 33.* % at places that no catalogue has' made/read-desktop.yaml
    grep -q '^  kiosk: {share: 20.* %, access: 0 s, bandwidth: unlimited}   # unknown' made/read-desktop.yaml
    grep -q '^  files: \["events.ndjson"\]$' made/read-desktop.yaml
    grep -q '^  sessions: 200$' made/read-desktop.yaml
    ! grep -rq 'user-' made
    [ "$(python3 -c 'import json; print([p["name"] for p in json.load(open("made/profile.json"))["personas"]])')" = \
        "['buy-now-mobile', 'read-desktop']" ]
    scenario_of run.yaml made
    understudy run run.yaml -q
    # 300 sessions of 12 requests in nine hours: some 200 requests in half an hour.
    [ "$(sqlite3 learned.db "select count(*) from replication")" -eq 2 ]
}

@test "no bit depends on threads, and JSON has the laws" {
    two_kinds events.ndjson
    understudy profile events.ndjson -k 2 -o one -j 1 --json > one.json
    understudy profile events.ndjson -k 2 -o three -j 3 --json > three.json
    diff -r one three
    cmp <(sed 's|"one/|"|' one.json) <(sed 's|"three/|"|' three.json)
    python3 - <<'PY'
import json
first = json.load(open("one.json"))["personas"][0]
assert first["name"] == "buy-now-mobile"
assert abs(first["week"]["mean_per_s"] - 300 / 32400) < 0.1 * 300 / 32400, first["week"]
assert first["think"]["law"].startswith("exponential(mean "), first["think"]
assert first["think"]["fits"] and first["think"]["p"] > 0.01
assert first["actions"]["buy-now"]["work"]["nearest"] == "exponential"
assert abs(first["actions"]["buy-now"]["share"] - 0.72) < 0.04
assert first["devices"] == {"mobile": 1.0}
PY
}

@test "a persona that is found again keeps its name" {
    two_kinds events.ndjson
    understudy profile events.ndjson -k 2 -o made 2> /dev/null
    mv made/read-desktop.yaml made/slow-readers.yaml
    sed -i 's/^name: .*/name: slow-readers/' made/slow-readers.yaml
    sed -i 's/"read-desktop"/"slow-readers"/' made/profile.json
    two_kinds later.ndjson 20
    understudy profile later.ndjson -k 2 -o made 2> /dev/null
    [ "$(cd made && ls *.yaml | tr '\n' ' ')" = "buy-now-mobile.yaml slow-readers.yaml " ]
    grep -q '^  think: .*(mean [78]' made/slow-readers.yaml
    grep -q '^  files: \["later.ndjson"\]$' made/slow-readers.yaml
}

@test "what a person wrote is not replaced unasked" {
    two_kinds events.ndjson
    mkdir made
    understudy persona show partner-api --library "$root/personas" | sed 's/^name: .*/name: read-desktop/' > made/read-desktop.yaml
    cp made/read-desktop.yaml before.yaml
    run understudy profile events.ndjson -k 2 -o made
    [ "$status" -eq 1 ]
    [[ "$output" == *"'made/read-desktop.yaml' is there already and was not made of traffic; --force replaces it"* ]]
    cmp before.yaml made/read-desktop.yaml
    [ "$(ls -A made)" = read-desktop.yaml ]
    understudy profile events.ndjson -k 2 -o made --force 2> /dev/null
    ! cmp -s before.yaml made/read-desktop.yaml
    run understudy profile events.ndjson -k 2 -o /proc/nowhere
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot make '/proc/nowhere'"* ]]
}

@test "a library gets a commit for each, tables and all" {
    two_kinds events.ndjson
    # Answers of two sizes have no law.
    sed -i 's/"response_bytes": 2[0-4]/"response_bytes": 9/' events.ndjson
    git init -q -b main lib
    mkdir lib/users
    run understudy profile events.ndjson -k 2 -o lib --author "Ann <ann@example.org>"
    [ "$status" -eq 0 ]
    [ -z "$(git -C lib status --short)" ]
    git -C lib log --format='%an %s' > log.txt
    grep -qx 'Ann personas: create buy-now-mobile from traffic' log.txt
    grep -qx 'Ann personas: what tells those of traffic apart' log.txt
    git -C lib show --stat --format= "HEAD~1" | grep -q 'users/read-desktop.read-response.csv'
    understudy persona list --library lib | grep -q buy-now-mobile
    # The same again changes nothing.
    understudy profile events.ndjson -k 2 -o lib --author "Ann <ann@example.org>" 2> /dev/null
    [ "$(git -C lib log --format=%s | wc -l)" -eq 3 ]
}

@test "timeouts, repetitions and users who leave are seen" {
    awk 'BEGIN {
        srand(9)
        for (u = 0; u < 600; u++) {
            at = 1795176000 + 30 * u
            for (i = 0; i < 10; i++) {
                # One of five answers does not come within 3 s, is waited for again 0.2 s later,
                # three times in all; patience is exponential with mean 9 s over all answers.
                for (sends = 1; sends <= 3; sends++) {
                    late = rand() < 0.2
                    took = late ? 3 : 0.1 - 0.4 * log(1 - rand())
                    if (took > 3) { took = 3; late = 1 }
                    patience = -9 * log(1 - rand())
                    status = patience < took ? 499 : late ? 504 : 200
                    took = patience < took ? patience : took
                    printf "%d,%.3f,%s,%d,%.3f\n", u, at, i % 2 ? "ask" : "look", status, 1000 * took
                    at += took + 0.2
                    if (status != 504) break
                }
                if (status == 499) break
                at += -20 * log(1 - rand())
            }
        }
    }' > impatient.csv
    understudy profile impatient.csv -k 1 -o made --columns user_id=1,timestamp=2,event_type=3,status=4,latency=5 2> /dev/null
    file=$(echo made/*.yaml)
    grep -q '^  timeout: 3 s ' "$file"
    grep -Eq '^  retries: {kind: backoff, attempts: 3, jitter: none, base: 200 ms}   # (9[0-9]|100) %' "$file"
    grep -Eq '^  patience: exponential\(mean (8\.[2-9]|9\.[0-8])[0-9]* s\)' "$file"
    grep -q '^  requests: 10   # in all of ' "$file"
    understudy validate "$file"
}

@test "shopping sessions and an access log become personas that run" {
    data=${UNDERSTUDY_DATA:-$root/../shared/data}
    [ -d "$data/sessions" ] || skip "no data in $data"
    understudy profile "$data/sessions/taobao_userbehavior_43users.csv" -o shop \
        --columns user_id=1,event_type=4,timestamp=5 2> shop.txt
    understudy profile "$data/apache-access-log/apache_combined_10000.log.gz" -k 4 -o site 2> site.txt
    for folder in shop site; do
        for file in $folder/*.yaml; do understudy validate "$file"; done
        scenario_of $folder.yaml $folder
        sed -i "s/^name: .*/name: $folder/; s/^duration: .*/duration: 6 h/" $folder.yaml
        understudy run $folder.yaml -q
    done
    # Who the users are stays in the recordings.
    ! grep -rqE '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+' site
    # 721 sessions in nine days, by five kinds.
    [ "$(grep -h '^  sessions:' shop/*.yaml | awk '{n += $2} END {print n}')" -ge 700 ]
}
