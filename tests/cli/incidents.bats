# The incidents that ship: valid, sourced, indexed, and they say what their comments say. Shortened where
# the story allows it.

bats_require_minimum_version 1.5.0
load common

folder() {
    echo "$root/scenarios/incidents"
}

@test "every incident opens with the schema and its question, cites a source and stands in the index" {
    for file in "$(folder)"/*.yaml; do
        sed -n 1p "$file" | grep -qF '# yaml-language-server: $schema=../../docs/scenario.schema.json'
        question=$(sed -n '2s/^# Question: //p' "$file")
        [ -n "$question" ]
        grep -qiF "$question" "$(folder)/README.md"
        grep -qF "($(basename "$file"))" "$(folder)/README.md"
        grep -qx "name: $(basename "$file" .yaml)" "$file"
        grep -qE 'message/[0-9]+|Netflix Technology Blog|evacuation-50-min' "$file"
    done
}

@test "every incident is valid, without a warning" {
    run --separate-stderr understudy validate "$(folder)"/*.yaml
    [ "$status" -eq 0 ]
    [ "$(grep -c ': valid$' <<< "$stderr")" -eq "$(ls "$(folder)"/*.yaml | wc -l)" ]
    ! grep -q 'warning\|error' <<< "$stderr"
}

@test "October 2025: nothing is launched for 491 minutes while more is wanted" {
    understudy run "$(folder)/2025-10-us-east-1.yaml" -n 1 -o one.db -q --set "duration=12 h" \
        --set "readiness.horizon=11 h"
    # from 02:25 to 10:36 PDT, counted from 23:38
    ready="SELECT count(*) FROM timeline WHERE event = 'instance_ready' AND t_s BETWEEN (167 + 3) * 60 AND 658 * 60"
    refused="SELECT count(*) FROM timeline WHERE event = 'launch_refused' AND t_s BETWEEN 167 * 60 AND 658 * 60"
    [ "$(sqlite3 one.db "$ready")" -eq 0 ]
    [ "$(sqlite3 one.db "$refused")" -gt 0 ]
}

@test "June 2012: four machines and no launches are not enough, nine are" {
    understudy run "$(folder)/2012-06-zone-power-loss.yaml" -n 2 -o six.db --set "duration=2 h" \
        --set "readiness.horizon=90 min" 2> six
    understudy run "$(folder)/2012-06-zone-power-loss.yaml" -n 2 -o nine.db --set "duration=2 h" \
        --set "readiness.horizon=90 min" --set "services.api.pools.us-east-1={instances: 9, min: 9, max: 12}" 2> nine
    grep -q 'NOT READY' six
    ! grep -q 'NOT READY' nine
    # launches come back with the control plane, 66 minutes later
    first="SELECT min(t_s) FROM timeline WHERE event = 'instance_ready' AND t_s > 1800 + 180"
    [ "$(sqlite3 six.db "$first" | cut -d. -f1)" -ge $((1800 + 66 * 60)) ]
}

@test "an evacuation of 10 minutes is over 40 minutes before one of 50" {
    for minutes in 10 50; do
        understudy run "$(folder)/evacuation-$minutes-min.yaml" -n 2 -o $minutes.db -q \
            --set "traffic.0.arrivals.mean=15 req/s" --set "interval=5 min"
    done
    moved="SELECT avg(t_s) FROM timeline WHERE event = 'moved_90'"
    apart=$(($(sqlite3 50.db "$moved" | cut -d. -f1) - $(sqlite3 10.db "$moved" | cut -d. -f1)))
    [ "$apart" -ge $((33 * 60)) ] && [ "$apart" -le $((42 * 60)) ]
    # the second shift: a stable time of 5 minutes, a ramp of 10, and then the caches
    shift="SELECT count(*) FROM timeline s JOIN timeline e USING (replication, region)
           WHERE s.event = 'failback_start' AND e.event = 'failback_end' AND e.t_s - s.t_s >= 570"
    [ "$(sqlite3 50.db "$shift")" -eq 2 ]
}

@test "a list of incidents is cleaned, and validate, run and report say what was dropped" {
    cat > outages.csv <<'CSV'
what,start,end,scope
power,2026-11-27T20:05:00Z,2026-11-27T20:15:00Z,us-east-1a
power again,2026-11-27T20:10:00Z,2026-11-27T20:20:00Z,us-east-1/1
network,2026-11-27T20:30:00Z,2026-11-27T20:29:00Z,us-east-1
still open,2026-11-27T20:30:00Z,,us-east-1
elsewhere,2026-11-27T20:30:00Z,2026-11-27T20:40:00Z,us-east-9
CSV
    cat > mine.yaml <<'YAML'
understudy: 1
name: mine
start: 2026-11-27T20:00:00Z
duration: 1 h
personas: [{name: user, actions: {ask: {work: 10 ms}}}]
regions: {us-east-1: {zones: 3}}
services: {web: {instance: {name: box}, pools: {us-east-1: 3}}}
traffic: [{persona: user, arrivals: {kind: poisson, rate: 5 req/s}}]
faults: [{kind: incident_file, file: outages.csv}]
YAML
    said='outages.csv: 1 incident of 5 rows; dropped: 1 of unknown scope, 1 without an end, 1 that end before they begin; 1 merged with another of their scope'
    run --separate-stderr understudy validate mine.yaml
    [ "$status" -eq 0 ]
    grep -qF "warning: $said" <<< "$stderr"
    grep -qF "the first unknown scope is 'us-east-9'" <<< "$stderr"
    understudy run mine.yaml -n 1 -o mine.db 2> out
    grep -qF "warning: $said" out
    [ "$(sqlite3 mine.db "SELECT t_s, event, value FROM timeline WHERE event LIKE 'fault%'" | tr '\n' ' ')" = \
        "300.0|fault_start|1.0 1200.0|fault_end|1.0 " ]
    understudy report mine.db -o mine.html 2> /dev/null
    grep -qF "$said" mine.html
}

@test "a fault that would do nothing is refused, with the reason" {
    understudy new mine.yaml 2> /dev/null
    run --separate-stderr understudy validate mine.yaml \
        --set "faults.0={kind: metric_blackout, at: 5 min, duration: 5 min}" --set services.web.scaler=fixed
    [ "$status" -eq 2 ]
    grep -qF "'metric_blackout' would do nothing: no pool in its scope scales" <<< "$stderr"
    run --separate-stderr understudy validate mine.yaml --set "faults.0.returns=cold"
    [ "$status" -eq 2 ]
    grep -qF "to come back cold with" <<< "$stderr"
}
