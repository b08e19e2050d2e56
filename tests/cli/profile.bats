#!/usr/bin/env bats
# understudy profile: from files of events to personas.

bats_require_minimum_version 1.5.0
load common

# 60 users who buy quickly and 40 who read slowly, each one session; $1 is the file.
two_kinds() {
    awk 'BEGIN {
        for (u = 0; u < 100; u++) {
            n = u < 60 ? 20 + u % 5 : 5 + u % 3
            for (i = 0; i < n; i++)
                printf "{\"user_id\": \"user-%d\", \"timestamp\": %d, \"event_type\": \"%s\", " \
                       "\"resource_consumption\": {\"network_bytes\": %d}}\n", u,
                       1795176000 + 10 * u + i * (u < 60 ? 2 : 90) + (i * u) % 2,
                       u < 60 && i % 4 ? "buy" : "read", (u < 60 ? 900 : 20000) + 13 * (u + i)
        }
    }' > "$1"
}

@test "two kinds of users are two personas, and how sure that is is said" {
    two_kinds events.ndjson
    run --separate-stderr understudy profile events.ndjson
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [[ "$stderr" == *"read       1,559 lines, 1,559 events"* ]]
    [[ "$stderr" == *"sessions   100 by a gap of 30 m"* ]]
    [[ "$stderr" == *"personas   2: kinds of sessions say 2; silhouette says 2, gap 2, BIC "* ]]
    [[ "$stderr" == *"  1                60  60.0 %"* ]]
    [[ "$stderr" == *"  2                40  40.0 %"* ]]
}

@test "JSON holds the personas and the evidence, and does not depend on threads" {
    two_kinds events.ndjson
    understudy profile events.ndjson --json > one.json
    understudy profile events.ndjson --json -j 3 > three.json
    cmp one.json three.json
    python3 - <<'PY'
import json
it = json.load(open("one.json"))
assert it["choice"]["k"] == 2
assert len(it["choice"]["evidence"]) == 10
first = it["personas"][0]
assert first["sessions"] == 60
assert 0.70 < first["middle"]["buy"] < 0.76, first
parts = first["confidence"]
product = parts["size"] * parts["stability"] * parts["separation"] * parts["age"]
assert abs(parts["value"] - product) < 1e-9
assert abs(parts["size"] - 60 / 90) < 1e-9
assert {f["name"] for f in it["features"]} == {"requests", "think", "bytes", "buy", "read"}
PY
}

@test "sessions are written with their personas, and no user is named" {
    two_kinds events.ndjson
    understudy profile events.ndjson -k 2 --sessions sessions.csv 2> /dev/null
    [ "$(wc -l < sessions.csv)" -eq 101 ]
    [ "$(head -1 sessions.csv)" = "session,begin,seconds,events,persona,requests,think,bytes,read,buy" ]
    [ "$(cut -d, -f5 sessions.csv | grep -c '^1$')" -eq 60 ]
    ! grep -q user- sessions.csv
    understudy profile events.ndjson -k 2 --sessions - 2> /dev/null | cmp - sessions.csv
}

@test "the model is written whole" {
    two_kinds events.ndjson
    understudy profile events.ndjson -k 2 --model model.json 2> /dev/null
    python3 - <<'PY'
import json
it = json.load(open("model.json"))
assert it["understudy_model"] == 1 and it["gap_s"] == 1800
assert 0.5 <= it["temperature"] <= 8
d = len(it["features"])
assert [f["how"] for f in it["features"]] == ["log"] * 3 + ["together"] * 2
assert [p["sessions"] for p in it["personas"]] == [60, 40]
for p in it["personas"]:
    assert len(p["mean"]) == d and [len(r) for r in p["covariance"]] == [d] * d
PY
    run understudy profile events.ndjson -k 2 --model /nowhere/model.json
    [ "$status" -eq 1 ]
}

@test "standard input, gzip, CSV and an access log are all read" {
    two_kinds events.ndjson
    understudy profile events.ndjson -k 2 --json > plain.json
    gzip -k events.ndjson
    understudy profile events.ndjson.gz -k 2 --json > gzip.json
    understudy profile - -k 2 --json < events.ndjson > input.json
    cmp plain.json gzip.json
    cmp plain.json input.json
    python3 - <<'PY'
import json
with open("events.csv", "w") as out:
    out.write("when;who;what;size\n")
    for line in open("events.ndjson"):
        e = json.loads(line)
        out.write("%s;%s;%s;%d\n" % (e["timestamp"], e["user_id"], e["event_type"],
                                     e["resource_consumption"]["network_bytes"]))
PY
    understudy profile events.csv -k 2 --json \
        --columns timestamp=when,user_id=who,event_type=what,network_bytes=size > csv.json
    python3 - <<'PY'
import json
assert json.load(open("plain.json"))["personas"] == json.load(open("csv.json"))["personas"]
PY
    for i in $(seq 20); do
        echo "192.0.2.$i - - [20/Nov/2026:12:00:$((i + 10)) +0000] \"GET /$i HTTP/1.1\" 200 $((i * 10))"
    done > access.log
    run understudy profile access.log -k 2
    [ "$status" -eq 0 ]
    [[ "$output" == *"20 lines, 20 events"* ]]
    [[ "$output" != *192.0.2* ]]
}

@test "malformed lines are shown with their places, and too many end it" {
    two_kinds events.ndjson
    { echo "not json"; cat events.ndjson; echo '{"user_id": "x"}'; } > dirty.ndjson
    run understudy profile dirty.ndjson -k 2 --format ndjson
    [ "$status" -eq 0 ]
    [[ "$output" == *"dirty.ndjson:1: not JSON"* ]]
    [[ "$output" == *"dirty.ndjson:1561: no time"* ]]
    [[ "$output" == *"· 2 malformed"* ]]
    run understudy profile dirty.ndjson -k 2 --format ndjson --max-errors 1
    [ "$status" -eq 2 ]
    [[ "$output" == *"dirty.ndjson:1: not JSON"* ]]
    [[ "$output" == *"more than 1 malformed lines"* ]]
    run understudy profile dirty.ndjson -k 2 --format ndjson --max-errors 2
    [ "$status" -eq 0 ]
}

@test "what cannot be profiled is said" {
    : > empty.ndjson
    run understudy profile empty.ndjson
    [ "$status" -eq 2 ]
    [[ "$output" == *"no personas: there are no events"* ]]
    echo '{"user_id": 1, "timestamp": 1795176000}' > one.ndjson
    run understudy profile one.ndjson
    [ "$status" -eq 2 ]
    [[ "$output" == *"no personas: all sessions are alike"* ]]
    run understudy profile nowhere.ndjson
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot open 'nowhere.ndjson': No such file or directory"* ]]
    printf 'a,b\n1,2\n' > strange.csv
    run understudy profile strange.csv
    [ "$status" -eq 2 ]
    [[ "$output" == *"no column has the name of a field; map columns with --columns"* ]]
    two_kinds events.ndjson
    run understudy profile events.ndjson -k 101
    [ "$status" -eq 2 ]
    [[ "$output" == *"there are fewer distinct points than clusters"* ]]
    run understudy profile events.ndjson -k 2 --sessions /nowhere/x.csv
    [ "$status" -eq 1 ]
}

@test "settings are checked like a scenario" {
    two_kinds events.ndjson
    run understudy profile events.ndjson --gap 3 --set zone=east --set 'features=[think, thinks]'
    [ "$status" -eq 2 ]
    [[ "$output" == *"'gap'"*"unit"* ]]
    run understudy profile events.ndjson --set zone=east --set 'features=[think, thinks]'
    [ "$status" -eq 2 ]
    [[ "$output" == *"'zone' is 'east', must be like +02:00, -0500 or Z"* ]]
    [[ "$output" == *"unknown feature 'thinks'; did you mean 'think'?"* ]]
    [[ "$output" == *"2 errors; nothing was read"* ]]
    cat > how.yaml <<'YAML'
gap: 80 s
features: [requests, errors, work]
half_life: 10 d
as_of: 2026-12-10T12:45:00Z
YAML
    run understudy profile events.ndjson --settings how.yaml -k 2
    [ "$status" -eq 0 ]
    [[ "$output" == *"by a gap of 1m20s"* ]]
    [[ "$output" != *"think "* ]]
    [[ "$output" == *"0.25 "* ]] # two half-lives old
}

@test "a mixture and dense spots find the same two, and a stranger lies alone" {
    two_kinds events.ndjson
    for i in $(seq 300); do
        echo "{\"user_id\": \"scraper\", \"timestamp\": $((1795180000 + i)).5, \"event_type\": \"buy\", \"network_bytes\": 900000}"
    done >> events.ndjson
    run understudy profile events.ndjson --set method=mixture -k 3
    [ "$status" -eq 0 ]
    [[ "$output" == *"  1                60  59.4 %"* ]]
    run understudy profile events.ndjson --set method=dbscan --set radius=1
    [ "$status" -eq 0 ]
    [[ "$output" == *"  1                60  59.4 %"* ]]
    [[ "$output" == *"  2                40  39.6 %"* ]]
    [[ "$output" == *"1 session lies alone and belongs to none"* ]]
    understudy profile events.ndjson --set method=dbscan --set radius=1 --sessions - 2> /dev/null |
        grep -q '^[0-9]*,[^,]*,299,300,,'
}

@test "mini-batches find the same two in a stream of which few sessions are kept" {
    awk 'BEGIN {
        srand(1)
        for (u = 0; u < 6000; u++) {
            quick = u % 3 > 0
            n = quick ? 10 + int(6 * rand()) : 3 + int(2 * rand())
            at = 1795176000 + 40 * u
            for (i = 0; i < n; i++) {
                printf "u%d,%.3f,%s\n", u, at, quick && rand() < 0.7 ? "buy" : "read"
                at += (quick ? 2 : 90) * (0.5 + rand())
            }
        }
    }' > stream.csv
    columns=user_id=1,timestamp=2,event_type=3
    understudy profile stream.csv --columns $columns -k 2 --json > all.json
    understudy profile stream.csv --columns $columns -k 2 --json --set method=minibatch \
        --set sessions_max=500 --set first=1000 --model mini.json > mini.json.out
    understudy profile stream.csv --columns $columns -k 2 --json --set method=minibatch \
        --set sessions_max=500 --set first=1000 -j 3 | cmp - mini.json.out
    python3 - <<'PY'
import json
whole, mini = json.load(open("all.json")), json.load(open("mini.json.out"))
assert mini["read"]["sessions"] == 6000 and mini["read"]["sessions_kept"] == 500
for a, b in zip(whole["personas"], mini["personas"]):
    assert abs(a["share"] - b["share"]) < 0.08
    for feature in ("requests", "buy"):
        assert abs(a["middle"][feature] - b["middle"][feature]) < 0.1 * (1 + a["middle"][feature])
assert json.load(open("mini.json"))["evidence"]["method"] == "minibatch"
PY
    # Fewer sessions than decide: the first are all.
    run understudy profile stream.csv --columns $columns --set method=minibatch --set first=100000
    [ "$status" -eq 0 ]
    [[ "$output" == *"personas   "*": kinds of sessions say "* ]]
    run understudy profile stream.csv --columns $columns --set method=minibatch --set fading='100 %'
    [ "$status" -eq 2 ]
    echo '{"user_id": 1, "timestamp": 1795176000}' > one.ndjson
    run understudy profile one.ndjson --set method=minibatch
    [ "$status" -eq 2 ]
    [[ "$output" == *"all sessions are alike"* ]]
}

@test "names of actions are whole in every table" {
    awk 'BEGIN { for (u = 0; u < 60; u++) for (i = 0; i < 4 + 9 * (u % 2); i++)
        print u "," 1795176000 + 60 * u + 3 * i "," \
              (u % 2 ? "compare products of several shops" : "vergleiche Größen") "," \
              (u % 2 ? "of those who compare much" : "other") }' > long.csv
    columns=user_id=1,timestamp=2,event_type=3
    run understudy profile long.csv --columns $columns -k 2 --model model.json
    [ "$status" -eq 0 ]
    [[ "$output" == *"  compare products of several shops "* ]]
    [[ "$output" == *"in the middle:"*" compare products of several shops"* ]]
    run understudy classify long.csv --columns $columns,label=4 --personas model.json \
        --labels --same "of those who compare much=1" --sessions none.ndjson
    [ "$status" -eq 0 ]
    [[ "$output" == *"of those who compare much 1 "* ]]
}

# A row a session: 60 shoppers who look at many products and 40 who read at length.
table_of_sessions() {
    awk 'BEGIN {
        print "Pages;Pages Duration;Info;Info_Duration;Kind"
        for (i = 0; i < 100; i++)
            if (i % 5 < 3) print 20 + i % 7 ";" (20 + i % 7) * (3 + i % 4) ";0;0;buyer"
            else print "2;10;" 3 + i % 3 ";" (3 + i % 3) * (50 + i % 9) ";reader"
    }' > "$1"
}

@test "a table of sessions is read as the sessions that it counts" {
    table_of_sessions table.csv
    columns="requests:page=Pages,seconds:page=Pages Duration,requests:info=Info,seconds:info=Info_Duration"
    run --separate-stderr understudy profile table.csv --columns "$columns" -k 2 --set span='10 d' \
        --sessions rows.csv -o made
    [ "$status" -eq 0 ]
    [[ "$stderr" == *" events · 100 sessions without a time, spread evenly"* ]]
    [[ "$stderr" != *"window"* ]]
    [[ "$stderr" == *"  1                60  60.0 %"* ]]
    # The first row: 20 pages of 3 s. The fourth: two pages of 5 s, then three of information.
    [ "$(sed -n 2p rows.csv | cut -d, -f3,4,6,7)" = "57,20,20,3" ]
    [ "$(sed -n 5p rows.csv | cut -d, -f4,6,8,9)" = "5,5,0.4,0.6" ]
    # 60 in ten days; nobody knows at which hours, or how long ago.
    persona=$(grep -l '^  sessions: 60$' made/*.yaml)
    grep -q '^  mean: 0.2[45][0-9]* /h   # of sessions' "$persona"
    grep -q '^  peak_to_trough: 1   # the recording has no times, and its span is assumed' "$persona"
    ! grep -q 'window:' "$persona"
    understudy validate "$persona"
    ! grep -q first_ns made/profile.json
    understudy report made
    ! grep -q "When its sessions begin" made.html
    # Whose a session is and when it began, where the table says it: two of one user stay two.
    printf 'who,when,n,t\na,2026-11-20T12:00:00Z,3,10\na,2026-11-20T12:00:20Z,4,9\nb,2026-11-20T12:00:21Z,2,9000\n' > timed.csv
    understudy profile timed.csv --columns user_id=who,timestamp=when,requests=n,seconds=t -k 1 \
        --sessions - 2> /dev/null | cut -d, -f2-4 > timed.txt
    printf '%s\n' begin,seconds,events 2026-11-20T12:00:00+00:00,10,3 2026-11-20T12:00:20+00:00,9,4 \
        2026-11-20T12:00:21+00:00,1800,2 | cmp - timed.txt
    # The same columns tell the sessions again.
    run understudy classify table.csv --columns "$columns,label=Kind" -p made/profile.json \
        --labels --same buyer="$(basename "$persona" .yaml)" --sessions none.ndjson
    [ "$status" -eq 0 ]
    [[ "$output" == *"100 sessions without a time"* ]]
    # Means of laws say their unit; work that no row says has none.
    understudy profile table.csv --columns "$columns" -k 2 --set span='10 d' -o again --json > again.json
    python3 - << 'END'
import json
personas = {p["sessions"]: p for p in json.load(open("again.json"))["personas"]}
assert 3 < personas[60]["think"]["mean_s"] < 6 and 20 <= personas[60]["requests"]["mean"] <= 26
work = next(iter(personas[60]["actions"].values()))["work"]
assert work["assumed"] and work["values"] == 0 and "mean_s" not in work, work
END
    # They are one window, and no dates are told that nobody knows.
    [[ "$output" != *"19"[67][0-9]-* ]]
    [[ "$output" == *"  all "*"100 "* ]]
    understudy classify table.csv --columns "$columns" -p made/profile.json --json -o dateless.db \
        --events events.ndjson --sessions all.ndjson > dateless.json
    ! grep -E '19(69|7[0-9])-' dateless.json all.ndjson events.ndjson rows.csv
    python3 - << 'END'
import json
found = json.load(open("dateless.json"))
assert found["windows"] == [] and found["window_s"] is None and found["all"]["sessions"] == 100
assert "begin" not in found["all"] and "first" not in found["read"]
assert json.loads(open("all.ndjson").readline())["begin"] is None
END
    [ "$(sqlite3 dateless.db 'SELECT (SELECT count(*) FROM session WHERE begin_unix_s IS NULL),
        (SELECT count(*) FROM mix_window), (SELECT count(*) FROM event WHERE at_unix_s > 0),
        first_unix_s IS NULL FROM classification')" = "100|0|0|1" ]
    understudy report dateless.db
    ! grep -E '19(69|7[0-9])-' dateless.html
    ! grep -q '#mix' dateless.html
    grep -q 'nobody knows when it was' dateless.html
}

@test "a table of sessions with mistakes is refused, or its rows are" {
    table_of_sessions table.csv
    run understudy profile table.csv --columns requests:page=Pages
    [ "$status" -eq 2 ]
    [[ "$output" == *"needs 'seconds' for each 'requests'"* ]]
    run understudy profile table.csv --columns seconds=2
    [ "$status" -eq 2 ]
    [[ "$output" == *"needs 'requests' for each 'seconds'"* ]]
    run understudy profile table.csv --columns requests=Pages,requests=Info,seconds=2
    [ "$status" -eq 2 ]
    [[ "$output" == *"'requests' stands in two columns"* ]]
    printf '0;0;0;0;x\n2.5;1;0;0;x\n-1;1;0;0;x\n1;-1;0;0;x\n1e9;1;0;0;x\n1;1;many;0;x\n' >> table.csv
    run understudy profile table.csv -k 2 \
        --columns "requests:page=Pages,seconds:page=2,requests:info=Info,seconds:info=4"
    [ "$status" -eq 0 ]
    [[ "$output" == *"table.csv:102: a session without requests"* ]]
    [[ "$output" == *"table.csv:103: a number of requests is not 0 to 1,000,000"* ]]
    [[ "$output" == *"table.csv:105: seconds are negative"* ]]
    [[ "$output" == *"6 malformed"* ]]
}

@test "the shopping sessions are read as they are" {
    sessions=${UNDERSTUDY_DATA:-$root/../shared/data}/sessions/online_shoppers_intention.csv
    [ -r "$sessions" ] || skip "no $sessions"
    understudy profile "$sessions" -k 5 --set samples=5 --set span='365 d' -o shop --json --columns \
        requests:administrative=Administrative,seconds:administrative=Administrative_Duration,requests:informational=Informational,seconds:informational=Informational_Duration,requests:product=ProductRelated,seconds:product=ProductRelated_Duration > shop.json
    # 12,330 rows, six of them without a single page.
    python3 - <<'PY'
import json
read = json.load(open("shop.json"))["read"]
assert read["sessions"] == read["without_time"] == 12324 and read["malformed"] == 6, read
PY
    understudy validate shop/product*.yaml
}

@test "every setting is described" {
    for key in format columns times zone copies bots bot_patterns gap span sessions_max features scale \
        method radius points_min first fading personas personas_max samples half_life as_of work; do
        grep -q "^| \`$key\` " "$root/docs/profile.md"
    done
}
