#!/usr/bin/env bats
# understudy run --events: the requests of a replication as a recorder would have seen them.

bats_require_minimum_version 1.5.0
load common

# Two streams, a fault that fails some requests, and a load injected beside them.
two_streams() {
    cat > "$1" <<'YAML'
understudy: 1
name: heard
seed: 5
start: 2026-11-27T16:00:00-05:00
warmup: 20 s
duration: 2 min
replications: 3
personas:
  - name: reader
    geography: {New York: 50 %, Sydney: 50 %}
    devices: {mobile: 60 %, desktop: 40 %}
    session: {requests: geometric(mean 4), think: exponential(mean 5 s)}
    actions:
      browse: {share: 80 %, work: exponential(mean 20 ms), request: 1 KiB, response: 30 KiB, io: 2}
      search: {share: 20 %, work: 60 ms, response: 10 KiB}
    tolerance: {timeout: 500 ms, retries: {kind: backoff, attempts: 3, base: 50 ms}}
  - name: caller
    actions: {call: {work: 5 ms}}
    tolerance: {patience: exponential(mean 2 s)}
regions: {us-east-1: {zones: 1}}
services:
  web:
    instance: {name: box, tuning: {slots: 4, queue: 50}}
    pools: {us-east-1: 1}
traffic:
  - {persona: reader, mode: sessions, arrivals: {kind: poisson, rate: 3 /s}}
  - {persona: caller, arrivals: {kind: poisson, rate: 20 /s}}
faults:
  - {kind: error_burst, share: 50 %, at: 30 s, duration: 10 s}
  - {kind: slow_down, factor: 60, at: 60 s, duration: 15 s}
YAML
}

@test "events are those of replication 1, in order, with local times and what came of each" {
    two_streams heard.yaml
    run --separate-stderr understudy run heard.yaml --events events.ndjson
    [ "$status" -eq 0 ]
    [[ "$stderr" == *"  events   "*" in events.ndjson"* ]]
    python3 - <<'PY'
import collections, datetime, json, sqlite3
events = [json.loads(line) for line in open("events.ndjson")]
times = [datetime.datetime.fromisoformat(e["timestamp"][:26] + e["timestamp"][29:]) for e in events]
assert times == sorted(times)
assert times[0] >= datetime.datetime.fromisoformat("2026-11-27T15:59:40-05:00") # the warm-up is in
zones = collections.defaultdict(set)
for e in events:
    zones[e.get("region")].add(e["timestamp"][29:])
assert zones == {"New York": {"-05:00"}, "Sydney": {"+11:00"}, None: {"-05:00"}}, zones
assert len({e["id"] for e in events}) == len(events)
assert {e["status"] for e in events} == {200, 499, 500, 503, 504}, {e["status"] for e in events}
assert all((e["status"] == 200) == (e["outcome"] == "answered") for e in events)
sessions = collections.Counter(e["user_id"] for e in events if e["user_id"].startswith("reader/"))
assert 3.5 < sum(sessions.values()) / len(sessions) < 4.5
assert max(e.get("attempts", 1) for e in events) == 3
one = next(e for e in events if e["event_type"] == "browse")
assert one["resource_consumption"]["response_bytes"] == 30720
assert one["resource_consumption"]["request_bytes"] == 1024
assert one["device"] in ("mobile", "desktop") and one["service"] == "web"
PY
}

@test "a run that is listened to is the same run, and threads do not matter" {
    two_streams heard.yaml
    understudy run heard.yaml -q -o alone.db
    understudy run heard.yaml -q -o heard.db -j 3 --events three.ndjson
    understudy run heard.yaml -q -o other.db -j 1 --events one.ndjson.gz
    cmp <(zcat one.ndjson.gz) three.ndjson
    print='select replication, fingerprint from replication order by 1'
    [ "$(sqlite3 alone.db "$print")" = "$(sqlite3 heard.db "$print")" ]
    # Replications that are there already are not run again, but the first is heard again.
    understudy run heard.yaml -q -o alone.db --events again.ndjson.gz
    cmp one.ndjson.gz again.ndjson.gz
    understudy run heard.yaml --only 1 --events only.ndjson > only.txt
    cmp only.ndjson three.ndjson
    understudy run heard.yaml --only 2 --events second.ndjson > second.txt
    ! cmp -s second.ndjson three.ndjson
    grep -q "$(sqlite3 alone.db 'select fingerprint from replication where replication = 2')" second.txt
}

@test "the short cut of plain requests is left without a trace" {
    cat > plain.yaml <<'YAML'
understudy: 1
name: plain
duration: 200 s
replications: 1
personas: [{name: user, actions: {ask: {work: exponential(mean 1 s)}}}]
regions: {here: {zones: 1}}
services: {desk: {instance: {name: clerk, tuning: {slots: 1, queue: 5}}, pools: {here: 1}}}
traffic: [{persona: user, arrivals: {kind: poisson, rate: 2 /s}}]
YAML
    understudy run plain.yaml --only 1 > short.txt
    understudy run plain.yaml --only 1 --events plain.ndjson > long.txt
    cmp <(cut -d, -f1,2 short.txt) <(cut -d, -f1,2 long.txt)
    [ "$(grep -c '"status":503' plain.ndjson)" -gt 50 ]
    ! grep -q device plain.ndjson
}

@test "injected load is no user's and is left out" {
    two_streams heard.yaml
    cat >> heard.yaml <<'YAML'
injections:
  - {persona: caller, region: us-east-1, at: 20 s, duration: 30 s, rate: 50 /s}
YAML
    run understudy run heard.yaml --only 1 --events events.ndjson
    [ "$status" -eq 0 ]
    [[ "$output" == *"injected ones left out"* ]]
}

@test "a pool's row says which part of it was injected, where any was" {
    two_streams heard.yaml
    understudy run heard.yaml -o none.db -n 2 2> none
    grep -q "in us-east-1" none
    ! grep -q "of it injected" none
    cat >> heard.yaml <<'YAML'
injections:
  - {persona: caller, region: us-east-1, at: 20 s, duration: 30 s, rate: 50 /s}
YAML
    understudy run heard.yaml -o parts.db -n 2 2> summary
    [ "$(grep -c "of it injected" summary)" -eq 1 ]
    [ "$(sqlite3 parts.db "SELECT count(*) FROM kpi_by_name a JOIN kpi_by_name p ON p.replication = a.replication
        AND p.metric = 'offered' AND p.persona LIKE '% injected 1' AND p.region IS NULL
        WHERE a.metric = 'injected_arrivals' AND a.region = 'us-east-1' AND a.value >= p.value AND p.value > 1000")" -eq 2 ]
}

@test "where events cannot be written, that is said and nothing is half there" {
    two_streams heard.yaml
    run understudy run heard.yaml -o x.db --events /nowhere/events.ndjson
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot write '/nowhere/events.ndjson"* ]]
    run understudy run heard.yaml -o x.db --events /dev/full/x
    [ "$status" -eq 1 ]
    understudy run heard.yaml -o x.db -q --events events.ndjson
    [ "$(ls -A | grep -c "^events.ndjson")" -eq 1 ]
}
