#!/usr/bin/env bats
# understudy classify: sessions to personas, or to none.

bats_require_minimum_version 1.5.0
load common

# Users who buy quickly (3 of 5) and who read slowly, one session each; $1 the file, $2 the first
# second, $3 how many users.
two_kinds() {
    awk -v begin="$2" -v users="$3" 'BEGIN {
        srand(users)
        for (u = 0; u < users; u++) {
            quick = u % 5 < 3
            n = quick ? 12 + int(14 * rand()) : 4 + int(5 * rand())
            at = begin + 100 * u
            for (i = 0; i < n; i++) {
                printf "{\"user_id\": \"u%d-%d\", \"timestamp\": %.3f, \"event_type\": \"%s\", \"label\": \"%s\", " \
                       "\"network_bytes\": %d}\n", begin, u, at, quick && rand() < 0.7 ? "buy" : "read",
                       quick ? "buyer" : "reader", (quick ? 900 : 20000) * (0.5 + rand())
                at += (quick ? 2 : 90) * (0.3 + 1.4 * rand())
            }
        }
    }' > "$1"
}

# 40 that read a page a second, for minutes.
scrapers() {
    awk -v begin="$1" 'BEGIN {
        for (u = 0; u < 40; u++)
            for (i = 0; i < 200 + 10 * u; i++)
                printf "{\"user_id\": \"s%d\", \"timestamp\": %d, \"event_type\": \"read\", \"label\": \"scraper\", " \
                       "\"network_bytes\": 20000}\n", u, begin + 2000 * u + i
    }'
}

learn() {
    two_kinds learn.ndjson 1795176000 1500
    understudy profile learn.ndjson -k 2 --model model.json 2> profile.txt
}

@test "each session gets its persona, strangers get none, with reasons" {
    learn
    two_kinds new.ndjson 1796176000 200
    scrapers 1796176000 >> new.ndjson
    run --separate-stderr understudy classify new.ndjson --personas model.json
    [ "$status" -eq 0 ]
    echo "$output" > rows.ndjson
    [[ "$stderr" == *"sessions   240 by a gap of 30 m"* ]]
    [[ "$stderr" == *"of none    4"* ]]
    python3 - <<'PY'
import json
rows = [json.loads(line) for line in open("rows.ndjson")]
lines = [json.loads(line) for line in open("new.ndjson")]
assert len(rows) == 240 and sorted(r["session"] for r in rows) == list(range(1, 241))
kind = {"buyer": "1", "reader": "2", "scraper": None}
right = sum(r["persona"] == kind[r["label"]] for r in rows)
assert right >= 232, right
for r in rows:
    assert r["file"] == "new.ndjson" and lines[r["line"] - 1]["label"] == r["label"]
    assert 0 < r["probability"] <= 1 and 0 < r["p"] <= 1 and r["distance"] >= 0
    assert ("why" in r) == (r["persona"] is None)
    if r["label"] == "scraper":
        says = {w["feature"]: w["says"] for w in r["why"]}
        assert r["persona"] is None and says["requests"].startswith("requests %d, where 9 of 10 sessions of '" % r["events"]), r
assert "user" not in open("rows.ndjson").read() and "u1796" not in open("rows.ndjson").read()
PY
}

@test "labels give precision, recall, false alarms and the confusion" {
    learn
    two_kinds new.ndjson 1796176000 1000
    scrapers 1796176000 >> new.ndjson
    understudy classify new.ndjson --personas model.json --labels --same buyer=1 --same reader=2 --json > out.json
    python3 - <<'PY'
import json
it = json.load(open("out.json"))["against_labels"]
assert it["sessions"] == 1040 and it["known"]
none = it["scores"][2]
assert none["persona"] is None and none["sessions"] == 40 and none["recall"]["value"] >= 0.9
assert it["false_alarms"]["value"] <= 0.02, it
assert it["scores"][0]["recall"]["value"] > 0.95 and it["scores"][1]["precision"]["value"] > 0.95
assert {r["label"]: r["means"] for r in it["labels"]} == {"buyer": "1", "reader": "2", "scraper": None}
PY
    run understudy classify new.ndjson --personas model.json --labels --sessions /dev/null
    [ "$status" -eq 0 ]
    [[ "$output" == *"no label is a persona's name"* ]]
    run understudy classify new.ndjson --personas model.json --labels --same buyer=1 --sessions /dev/null
    [[ "$output" == *"false alarms"* ]]
    [[ "$output" == *"scraper          none "* ]]
}

@test "the database holds the same, with the mix over time" {
    learn
    two_kinds new.ndjson 1796176000 200
    scrapers 1796176000 >> new.ndjson
    understudy classify new.ndjson --personas model.json --sessions rows.ndjson 2> /dev/null
    understudy classify new.ndjson --personas model.json -o c.db --events events.ndjson --window '1 h' 2> /dev/null > out.txt
    [ ! -s out.txt ]
    [ "$(sqlite3 c.db 'SELECT count(*), sum(persona IS NULL) FROM session')" = "240|$(grep -c '"persona":null' rows.ndjson)" ]
    [ "$(sqlite3 c.db 'SELECT count(*) FROM event')" -eq "$(wc -l < new.ndjson)" ]
    [ "$(wc -l < events.ndjson)" -eq "$(wc -l < new.ndjson)" ]
    [ "$(sqlite3 c.db 'PRAGMA application_id')" -eq $((0x55535443)) ]
    [ "$(sqlite3 c.db 'SELECT sum(sessions) FROM mix_window')" -eq 240 ]
    [ "$(sqlite3 c.db 'SELECT count(*) FROM mix_window WHERE (end_unix_s - begin_unix_s) <> 3600 OR begin_unix_s % 3600 <> 0')" -eq 0 ]
    [ "$(sqlite3 c.db 'SELECT count(*) FROM mix WHERE NOT (low <= share AND share <= high)')" -eq 0 ]
    [ "$(sqlite3 c.db 'SELECT count(*) FROM stranger_by_name WHERE gates_away <= 1 OR why IS NULL')" -eq 0 ]
    [ "$(sqlite3 c.db "SELECT count(*) FROM event e JOIN session s ON s.id = e.session WHERE s.line > e.line")" -eq 0 ]
    # Again replaces it; what is no classification stays.
    understudy classify new.ndjson --personas model.json -o c.db 2> /dev/null
    [ "$(sqlite3 c.db 'SELECT count(*) FROM event')" -eq 0 ]
    echo mine > mine.db
    run understudy classify new.ndjson --personas model.json -o mine.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"mine.db: is no classification of understudy; it was left untouched"* ]]
    [ "$(cat mine.db)" = mine ]
    [ -z "$(ls -- *.part 2> /dev/null)" ]
}

@test "a mix that changes is said to have shifted, one that does not is steady" {
    learn
    two_kinds steady.ndjson 1796176000 1500
    run understudy classify steady.ndjson --personas model.json --sessions /dev/null
    [ "$status" -eq 0 ]
    [[ "$output" == *"steady"* ]]
    [[ "$output" != *"shifted"$'\n'*"2026"* ]]
    two_kinds new.ndjson 1796176000 1500
    grep '"reader"' new.ndjson > readers.ndjson
    understudy classify readers.ndjson --personas model.json --json > out.json
    python3 - <<'PY'
import json
it = json.load(open("out.json"))
assert it["all"]["state"] == "shifted" and it["all"]["psi"] > 0.25 and it["all"]["p"] < 1e-6
assert {w["state"] for w in it["windows"]} <= {"shifted", "few"}
assert it["windows"][0]["begin"].endswith("+00:00")
PY
}

@test "a pipe gets each session as soon as it is over" {
    learn
    mkfifo pipe
    understudy classify - --personas model.json < pipe > rows.ndjson 2> said.txt &
    exec 9> pipe
    echo '{"user_id": "a", "timestamp": 1796176000, "event_type": "buy", "network_bytes": 900}' >&9
    echo '{"user_id": "b", "timestamp": 1796186000, "event_type": "buy", "network_bytes": 900}' >&9
    for _ in $(seq 100); do
        [ -s rows.ndjson ] && break
        sleep 0.1
    done
    [ "$(wc -l < rows.ndjson)" -eq 1 ] # and the pipe is still open
    grep -q '"session":1,.*"line":1,.*"events":1,' rows.ndjson
    exec 9>&-
    wait $!
    [ "$(wc -l < rows.ndjson)" -eq 2 ]
}

@test "a stop of a pipe that says nothing ends with what there was" {
    learn
    mkfifo pipe
    "$program" classify - --personas model.json -o c.db < pipe 2> said.txt &
    pid=$!
    exec 9> pipe
    echo '{"user_id": "a", "timestamp": 1796176000, "event_type": "buy", "network_bytes": 900}' >&9
    sleep 1
    kill -TERM $pid
    status=0
    wait $pid || status=$?
    exec 9>&-
    [ "$status" -eq 5 ]
    grep -q 'stopped before the end of the events' said.txt
    [ "$(sqlite3 c.db 'SELECT sessions, complete FROM classification')" = "1|0" ]
}

@test "files, gzip, CSV and standard input say the same" {
    learn
    two_kinds new.ndjson 1796176000 50
    understudy classify new.ndjson --personas model.json 2> /dev/null | sed 's/"file":"[^"]*",//' > plain
    gzip -k new.ndjson
    understudy classify new.ndjson.gz --personas model.json 2> /dev/null | sed 's/"file":"[^"]*",//' | cmp - plain
    understudy classify - --personas model.json < new.ndjson 2> /dev/null | sed 's/"file":"[^"]*",//' | cmp - plain
    python3 - <<'PY'
import json
with open("new.csv", "w") as out:
    out.write("who;when;what;size;kind\n")
    for line in open("new.ndjson"):
        e = json.loads(line)
        out.write("%s;%.3f;%s;%d;%s\n" % (e["user_id"], e["timestamp"], e["event_type"], e["network_bytes"], e["label"]))
PY
    understudy classify new.csv --personas model.json --columns user_id=who,timestamp=when,event_type=what,network_bytes=size,label=kind > csv 2> /dev/null
    python3 - <<'PY'
import json
def told(path):
    return [(r["session"], r["events"], r["persona"], r["label"]) for r in map(json.loads, open(path))]
assert told("csv") == told("plain")
PY
}

@test "what is wrong is said, all of it, before anything is read" {
    learn
    run understudy classify learn.ndjson
    [ "$status" -eq 2 ]
    [[ "$output" == *"--personas is needed"* ]]
    run understudy classify learn.ndjson --personas nowhere.json
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot open 'nowhere.json'"* ]]
    run understudy classify learn.ndjson --personas learn.ndjson
    [ "$status" -eq 2 ]
    [[ "$output" == *"learn.ndjson:"*"not a model"* ]]
    echo '{}' > none.json
    run understudy classify learn.ndjson --personas none.json
    [ "$status" -eq 2 ]
    [[ "$output" == *"'none.json' is no model: it is no model of this version"* ]]
    sed 's/"temperature": *[0-9.e-]*/"temperature": 0/' model.json > cold.json
    run understudy classify learn.ndjson --personas cold.json
    [ "$status" -eq 2 ]
    [[ "$output" == *"'cold.json' is no model: 'temperature' is not above 0"* ]]
    run understudy classify learn.ndjson --personas model.json --level 2 --window 3 --set gap='20 min' --set gte=held_out --same x
    [ "$status" -eq 2 ]
    [[ "$output" == *"'level'"* ]]
    [[ "$output" == *"'window'"*"unit"* ]]
    [[ "$output" == *"unknown key 'gte'; did you mean 'gate'?"* ]]
    [[ "$output" == *"--same 'x' is not LABEL=PERSONA"* ]]
    [[ "$output" == *"--same says nothing without --labels"* ]]
    run understudy classify learn.ndjson --personas model.json --set gap='20 min'
    [ "$status" -eq 2 ]
    [[ "$output" == *"'gap' is 20 m, but the model's sessions were cut by 30 m"* ]]
    : > empty.ndjson
    run understudy classify empty.ndjson --personas model.json
    [ "$status" -eq 2 ]
    [[ "$output" == *"nothing to classify: there are no events"* ]]
    run understudy classify learn.ndjson --personas model.json --sessions /nowhere/x
    [ "$status" -eq 1 ]
    { echo junk; cat learn.ndjson; echo more junk; } > dirty.ndjson
    run understudy classify dirty.ndjson --format ndjson --personas model.json --max-errors 1 --sessions /dev/null
    [ "$status" -eq 2 ]
    [[ "$output" == *"dirty.ndjson:1: not JSON"*"more than 1 malformed lines"* ]]
    run understudy classify dirty.ndjson --format ndjson --personas model.json --sessions /dev/null
    [ "$status" -eq 0 ]
    [[ "$output" == *"· 2 malformed"* ]]
}

@test "a folder is a model and the personas that it knows" {
    learn
    mkdir folder
    run understudy classify learn.ndjson --personas folder
    [ "$status" -eq 2 ]
    [[ "$output" == *"'folder' has no profile.json"* ]]
    cp model.json folder/profile.json
    touch folder/1.yaml
    run understudy classify learn.ndjson --personas folder
    [ "$status" -eq 2 ]
    [[ "$output" == *"knows the persona '2', but 'folder' has no 2.yaml: it was renamed or deleted"* ]]
    mkdir folder/users
    mv folder/1.yaml folder/users
    touch folder/users/2.yaml folder/users/guest.yaml
    run understudy classify learn.ndjson --personas folder --sessions /dev/null
    [ "$status" -eq 0 ]
    [[ "$output" == *"not of it, so no session can be theirs: guest"* ]]
}

@test "a recording without what the model compares is not judged in silence" {
    learn
    sed 's/, "network_bytes": [0-9]*//' learn.ndjson > bare.ndjson
    run understudy classify bare.ndjson --personas model.json --sessions /dev/null
    [ "$status" -eq 0 ]
    [[ "$output" == *"100 % of the sessions do not say 'bytes', which the model knows: they got its median"* ]]
}

@test "actions that the model does not know are said, and a name in another spelling is known" {
    two_kinds learn.ndjson 1795176000 600
    sed 's/"event_type": "buy"/"event_type": "buy now"/' learn.ndjson > spaced.ndjson
    understudy profile spaced.ndjson -k 2 --model model.json 2> /dev/null
    two_kinds new.ndjson 1796176000 60
    sed 's/"event_type": "buy"/"event_type": "buy now"/' new.ndjson > same.ndjson
    sed 's/"event_type": "buy"/"event_type": "buy-now"/' new.ndjson > other.ndjson
    understudy classify same.ndjson --personas model.json 2> said.txt | sed 's/"file":"[^"]*",//' > same
    understudy classify other.ndjson --personas model.json 2> /dev/null | sed 's/"file":"[^"]*",//' | cmp - same
    ! grep -q 'does not know' said.txt
    sed 's/"event_type": "buy"/"event_type": "purchase"/' new.ndjson > strange.ndjson
    run understudy classify strange.ndjson --personas model.json --sessions /dev/null
    [ "$status" -eq 0 ]
    [[ "$output" == *"% of the events are of actions that the model does not know, like 'purchase'"* ]]
}

@test "simulated users are known again by what was learned from others of their kind" {
    cat > two.yaml <<'YAML'
understudy: 1
name: two
start: 2026-11-20T12:00:00Z
duration: 4 h
personas:
  - name: buyer
    session: {requests: geometric(mean 14), think: lognormal(mean 6 s, cv 1.2)}
    actions:
      look: {share: 60 %, work: exponential(mean 20 ms), response: lognormal(mean 20 KiB, cv 0.8)}
      buy: {share: 40 %, work: exponential(mean 60 ms), response: 4 KiB}
  - name: reader
    session: {requests: geometric(mean 4), think: lognormal(mean 60 s, cv 1)}
    actions:
      look: {share: 97 %, work: exponential(mean 20 ms), response: lognormal(mean 90 KiB, cv 0.8)}
      search: {share: 3 %, work: exponential(mean 60 ms), response: 4 KiB}
regions: {eu-west-2: {zones: 1}}
services: {web: {instance: {name: box, tuning: {slots: 8, queue: 100}}, pools: {eu-west-2: 2}}}
traffic:
  - {persona: buyer, mode: sessions, arrivals: {kind: poisson, rate: 3 /min}}
  - {persona: reader, mode: sessions, arrivals: {kind: poisson, rate: 3 /min}}
YAML
    understudy run two.yaml -n 1 -q --seed 1 --events one.ndjson.gz -o one.db
    understudy run two.yaml -n 1 -q --seed 2 --events two.ndjson.gz -o two.db
    understudy profile one.ndjson.gz -k 2 -o made 2> /dev/null
    buyer=$(basename made/buy*.yaml .yaml)
    reader=$(basename made/look*.yaml .yaml)
    understudy classify two.ndjson.gz -p made --labels --same "buyer=$buyer" --same "reader=$reader" --json > out.json
    python3 - <<'PY'
import json
it = json.load(open("out.json"))
told = it["against_labels"]
assert told["sessions"] > 1200 and told["false_alarms"]["value"] <= 0.03, told
assert all(s["recall"]["value"] >= 0.85 and s["precision"]["value"] >= 0.85 for s in told["scores"][:2]), told
assert it["all"]["state"] == "steady" and it["unknown_actions"] < 0.02
PY
}

@test "an old model is trusted less" {
    two_kinds learn.ndjson 1795176000 300
    understudy profile learn.ndjson -k 2 --model model.json --set half_life='10 d' 2> /dev/null
    two_kinds new.ndjson $((1795176000 + 20 * 86400)) 100
    understudy classify new.ndjson --personas model.json --json > out.json
    python3 - <<'PY'
import json
model, it = json.load(open("model.json")), json.load(open("out.json"))
for was, now in zip(model["personas"], it["personas"]):
    halves = now["age_s"] / 864000
    assert 1.9 < halves < 2.1
    assert abs(now["confidence"] - was["confidence"] * 2 ** -halves) < 1e-9
PY
}

@test "every setting, table and column is described" {
    for key in level gate window moved shifted significance sessions_least patience; do
        grep -q "^| \`$key\` " "$root/docs/classify.md"
    done
    learn
    understudy classify learn.ndjson --personas model.json -o c.db 2> /dev/null
    for table in $(sqlite3 c.db "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite%'"); do
        grep -q "\`$table\`" "$root/docs/classify.md" || { echo "$table"; false; }
        case $table in *_by_name) continue ;; esac
        for column in $(sqlite3 c.db "SELECT name FROM pragma_table_info('$table')"); do
            grep -q "\`$column\`" "$root/docs/classify.md" || { echo "$table.$column"; false; }
        done
    done
}

# Real sessions of a shop as events: pages of three kinds, spread over the time that each kind took.
shop_sessions() {
    awk -F';' 'NR > 1 {
        n["administrative"] = $1; d["administrative"] = $2; n["informational"] = $3
        d["informational"] = $4; n["product"] = $5; d["product"] = $6
        at = 1795176000 + 7.1 * NR
        for (k in n)
            for (i = 0; i < n[k]; i++) {
                printf "s%d,%.3f,%s,known\n", NR, at, k
                at += d[k] / n[k] < 1700 ? d[k] / n[k] : 1700
            }
    }' "$1"
}

# Scrapers, floods and broken clients in that shop, 100 of each.
shop_strangers() {
    awk 'function spread() { return exp(0.7 * sqrt(-2 * log(1 - rand())) * cos(6.2831853 * rand())) }
    BEGIN {
        srand(7)
        for (u = 0; u < 100; u++) {
            n = 800 * spread(); pause = 0.5 * spread(); at = 1795186000 + 60 * u
            for (i = 0; i < n; i++) { printf "sc%d,%.3f,product,scraper\n", u, at; at += pause * (0.9 + 0.2 * rand()) }
            n = 3000 * spread(); at = 1795186000 + 60 * u
            for (i = 0; i < n; i++) { printf "fl%d,%.3f,%s,flood\n", u, at, rand() < 0.9 ? "product" : "administrative"; at -= 0.02 * log(1 - rand()) }
            n = 20 + 200 * spread(); at = 1795186000 + 60 * u
            for (i = 0; i < n; i++) { printf "br%d,%.3f,administrative,broken\n", u, at; at += 1 + 0.05 * rand() }
        }
    }'
}

@test "real sessions of a shop are left alone, and strangers among them found" {
    sessions=${UNDERSTUDY_DATA:-$root/../shared/data}/sessions/online_shoppers_intention.csv
    [ -r "$sessions" ] || skip "no $sessions"
    shop_sessions "$sessions" > all.csv
    awk -F, '{ print > ((substr($1, 2) % 3) ? "learn.csv" : "held.csv") }' all.csv
    shop_strangers >> held.csv
    columns=user_id=1,timestamp=2,event_type=3
    understudy profile learn.csv --columns $columns -k 6 --model shop.json --set samples=5 2> /dev/null
    understudy classify held.csv --columns $columns,label=4 -p shop.json --labels --same known=1 --json > out.json
    understudy report shop.json 2> /dev/null
    [ "$(grep -c '<article' shop.html)" -eq 6 ]
    python3 - <<'PY'
import json
it = json.load(open("out.json"))["against_labels"]
assert it["sessions"] > 4300
assert it["false_alarms"]["low"] <= 0.01 and it["false_alarms"]["value"] <= 0.02, it["false_alarms"]
assert it["scores"][-1]["recall"]["value"] >= 0.9 and it["scores"][-1]["sessions"] == 300, it["scores"][-1]
PY
}

@test "a real access log keeps the promise where a law of distances does not" {
    log=${UNDERSTUDY_DATA:-$root/../shared/data}/apache-access-log/apache_combined_10000.log.gz
    [ -r "$log" ] || skip "no $log"
    zcat "$log" | head -7000 > learn.log
    zcat "$log" | tail -3000 > later.log
    understudy profile learn.log -k 6 --model log.json --set samples=5 2> /dev/null
    understudy classify later.log -p log.json --json > held.json
    understudy classify later.log -p log.json --json --set gate=chi_square > law.json
    python3 - <<'PY'
import json
none = {}
for gate in ("held", "law"):
    it = json.load(open(gate + ".json"))
    assert it["read"]["sessions"] > 500
    none[gate] = it["personas"][-1]["sessions"] / it["read"]["sessions"]
assert none["held"] <= 0.02, none
assert none["law"] > 2 * none["held"], none
PY
}

@test "personas whose names begin alike are told apart in both tables" {
    awk 'BEGIN { for (u = 1; u <= 300; u++) for (i = 0; i < (u % 3 ? 4 : 20); i++)
        print u "," 1795176000 + 60 * u + i * (u % 3 ? 45 : 3) + u * i % 7 "," (i % 4 ? "browse" : "search") }' > clicks.csv
    columns=user_id=1,timestamp=2,event_type=3
    understudy profile clicks.csv --columns $columns -k 2 -o learned > /dev/null
    i=0
    for file in learned/*.yaml; do
        i=$((i + 1)) old=$(basename "$file" .yaml) new=shopper-at-the-evening-$i
        sed "s/^name: .*/name: $new/" "$file" > "learned/$new.yaml"
        rm "$file"
        sed -i "s/\"$old\"/\"$new\"/" learned/profile.json
    done
    run understudy classify clicks.csv --columns $columns --personas learned --sessions sessions.ndjson
    [ "$status" -eq 0 ]
    [[ "$output" == *$'\n  shopper-at-the-evening-1 '* ]]
    [[ "$output" == *$'\n  shopper-at-the-evening-2 '* ]]
    [[ "$output" =~ "  sessions  shopper-at-the-evening-"[12]"  shopper-at-the-evening-"[12]"      none  " ]]
}
