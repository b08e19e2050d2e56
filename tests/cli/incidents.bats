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
