# Scalers from the command line: several on a pool, what agents report, what the summary says of it.

bats_require_minimum_version 1.5.0
load common

# $1: the scaler, $2: further lines of the top level
scenario() {
    cat > s.yaml << YAML
understudy: 1
name: s
duration: 20 min
replications: 2
personas: [{name: user, actions: {ask: {work: 100 ms}}}]
regions: {here: {zones: 1}}
services:
  web:
    instance: {name: box, capacity: {vcpu: 1}}
    scaler: $1
    pools: {here: {instances: 4, min: 2, max: 20}}
traffic: [{persona: user, arrivals: {kind: poisson, rate: 30 req/s}}]
$2
YAML
}

@test "every kind of scaler is listed with its help" {
    understudy list scaler > list.txt
    for kind in fixed aws_target_tracking aws_step aws_simple aws_predictive k8s_hpa keda azure_autoscale gcp_autoscaler scheduled; do
        grep -qE "^  $kind +[A-Z]" list.txt || { echo "$kind"; false; }
    done
    grep -q 'Kubernetes 1.33' list.txt
}

@test "one scaler and a list of it are the same run" {
    scenario "{kind: k8s_hpa, target: 50 %}"
    understudy run s.yaml -o one.db -q
    scenario "[{kind: k8s_hpa, target: 50 %}]"
    understudy run s.yaml -o list.db -q
    q='SELECT group_concat(fingerprint) FROM replication'
    [ "$(sqlite3 one.db "$q")" = "$(sqlite3 list.db "$q")" ]
}

@test "the effective scenario of several scalers runs as the scenario itself does" {
    scenario "[{kind: gcp_autoscaler, target: 50 %}, {kind: scheduled, time_zone: Tokyo, actions: [{cron: '*/5 * * * *', min: 3}]}]" \
        "monitoring: {interval: 20 s, delay: exponential(mean 5 s), loss: 10 %}"
    understudy show s.yaml --resolved > resolved.yaml
    grep -q 'stabilization_period: 10 min' resolved.yaml
    grep -q 'stale_after: auto' resolved.yaml
    understudy run s.yaml -o a.db -q
    understudy run resolved.yaml -o b.db -q
    q='SELECT group_concat(fingerprint) FROM replication'
    [ "$(sqlite3 a.db "$q")" = "$(sqlite3 b.db "$q")" ]
}

@test "a mistake in a scaler of a list is shown at its place" {
    scenario "[{kind: k8s_hpa, target: 50 %}, {kind: aws_stepp, threshold: 1}]"
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    grep -qF "s.yaml:10:52: error: unknown scaler 'aws_stepp'; did you mean 'aws_step'?" <<< "$stderr"
    scenario "{kind: scheduled, time_zone: Londn, actions: [{at: '08:00', min: 3}]}"
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    grep -qF "unknown place 'Londn'; did you mean 'London'?" <<< "$stderr"
}

@test "a threshold without the unit of its metric is refused" {
    scenario "{kind: azure_autoscale, rules: [{operator: greater_than, threshold: 70, direction: increase}]}"
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    grep -qF "'threshold' is 70, but metric 'cpu' needs a ratio such as 60 %" <<< "$stderr"
}

@test "a capacity that falls short is in the summary, and one that does not is not" {
    scenario fixed
    understudy run s.yaml -o well.db 2> well
    ! grep -qE 'service in region .*short' well
    understudy run s.yaml -o short.db --set "traffic.0.arrivals.rate=50 req/s" 2> short
    grep -qE 'service in region .*short' short
    # 5 vCPU asked for, 4 there
    share=$(sqlite3 short.db "SELECT (SELECT mean FROM estimate_by_name WHERE metric = 'shortfall') /
        (SELECT mean FROM estimate_by_name WHERE metric = 'work_offered')")
    python3 -c "assert abs($share - 0.2) < 0.01, $share"
}

@test "14-scalers-on-a-surge: the one without windows of minutes swings most, and blind all fall short" {
    file=$root/scenarios/14-scalers-on-a-surge.yaml
    understudy run "$file" -n 1 -j 1 -o one.db 2> one
    understudy run "$file" -n 1 -j 2 -o two.db -q
    q='SELECT group_concat(fingerprint) FROM replication'
    [ "$(sqlite3 one.db "$q")" = "$(sqlite3 two.db "$q")" ]
    grep -qE 'service in region .*short  flaps/h' one
    of="FROM kpi_by_name WHERE persona IS NULL AND metric ="
    flaps() { sqlite3 one.db "SELECT value $of 'flaps' AND service = '$1'"; }
    python3 -c "assert $(flaps hpa) > 2 * $(flaps azure) > 0"
    understudy run "$file" -n 1 -o blind.db -q --set "faults=[{kind: metric_blackout, at: 9 min, duration: 10 min}]"
    for service in tracking steps hpa keda azure google; do
        s="SELECT value $of 'shortfall' AND service = '$service'"
        python3 -c "assert $(sqlite3 blind.db "$s") > 1.5 * $(sqlite3 one.db "$s")"
    done
}

history() { # $1: load of the first hour of the day, $2: of all others
    echo 'time,load'
    for hour in $(seq 0 47); do
        load=$([ $((hour % 24)) -eq 0 ] && echo "$1" || echo "$2")
        date -u -d "@$((1767571200 - 48 * 3600 + hour * 3600))" "+%FT%TZ,$load" # before 2026-01-05
    done
}

@test "a forecast holds its hour against target tracking, which then takes the pool down" {
    history 5 3 > load.csv
    scenario "[{kind: aws_target_tracking, target: 50 %}, {kind: aws_predictive, target: 50 %, mode: forecast_and_scale, history: {file: load.csv}}]"
    understudy run s.yaml -n 1 -o s.db -q --set "duration=80 min" --set "warmup=0 s" --set "start=2026-01-05T00:00:00Z"
    events="SELECT event || ' ' || cast(value AS INTEGER) FROM timeline WHERE event GLOB"
    # 5 / 50 % = 10 at once, held for the hour; 3 / 50 % = 6 from then on, a tenth of the group at a time
    [ "$(sqlite3 s.db "$events 'scale*' AND t_s < 3600 ORDER BY sequence")" = "scale_out 10" ]
    # 16 points below before, so one goes with every point; the mean load is 3.0 (2.99 here)
    [ "$(sqlite3 s.db "$events 'scale*' AND t_s >= 3600 ORDER BY sequence" | paste -sd,)" = "scale_in 9,scale_in 8,scale_in 7" ]
    [ "$(sqlite3 s.db "$events 'capacity*' ORDER BY sequence" | paste -sd,)" = "capacity_needed 6,capacity_forecast 6" ]
    # without it, target tracking is there within the hour
    understudy run s.yaml -n 1 -o t.db -q --set "duration=80 min" --set "warmup=0 s" --set "start=2026-01-05T00:00:00Z" --set "services.web.scaler.1.mode=forecast_only" --set "services.web.pools.here.instances=10"
    [ "$(sqlite3 t.db "SELECT count(*) FROM timeline WHERE event = 'scale_in' AND t_s < 3600")" -ge 3 ]
}

@test "Azure and Google forecast from the same file, after seven days and three" {
    for hour in $(seq -168 -1); do # eight instances' worth from one to two, else three
        load=$([ $(((hour + 168) % 24)) -eq 1 ] && echo 8 || echo 3)
        echo "$((1767571200 + hour * 3600)),$load"
    done > body.csv
    { echo 'time,load'; cat body.csv; } > load.csv
    set -- -n 1 -q --set "duration=70 min" --set "warmup=0 s" --set "start=2026-01-05T00:00:00Z"
    rules="rules: [{operator: greater_than, threshold: 80 %, direction: increase}, {operator: less_than, threshold: 20 %, direction: decrease}]"
    scenario "{kind: azure_autoscale, $rules, predictive: {scale_mode: enabled, scale_look_ahead_time: 60 min, history: {file: load.csv}}}"
    understudy run s.yaml -o a.db "$@"
    # 8 / 4 is over 80 % until there are 10: one more every five minutes, from the first minute on
    [ "$(sqlite3 a.db "SELECT group_concat(cast(value AS INTEGER) || '@' || cast(t_s / 60 AS INTEGER)) FROM timeline WHERE event = 'scale_out'")" = "5@1,6@6,7@11,8@16,9@21,10@26" ]
    scenario "{kind: gcp_autoscaler, target: 80 %, initialization_period: 10 min, predictive: {method: optimize_availability, history: {file: load.csv}}}"
    understudy run s.yaml -o g.db "$@"
    [ "$(sqlite3 g.db "SELECT group_concat(cast(value AS INTEGER) || '@' || cast(t_s / 60 AS INTEGER)) FROM timeline WHERE detail = 'forecast'")" = "10@50" ]
    { echo 'time,load'; tail -n 160 body.csv; } > load.csv
    scenario "{kind: azure_autoscale, $rules, predictive: {scale_mode: enabled, history: {file: load.csv}}}"
    run --separate-stderr understudy validate s.yaml --set "start=2026-01-05T00:00:00Z"
    [ "$status" -eq 2 ]
    grep -qF "a forecast takes 168 hours of load, but there are 160 before the run" <<< "$stderr"
}

@test "a history without columns, without rows of its time, or of no time is refused" {
    history 5 3 > load.csv
    scenario "[{kind: aws_target_tracking, target: 50 %}, {kind: aws_predictive, target: 50 %, history: {file: load.csv}}]"
    run --separate-stderr understudy validate s.yaml --set "start=2027-01-05T00:00:00Z"
    [ "$status" -eq 2 ]
    grep -qF "has no row of the 336 hours before the run; 'from' says which instant of it the run's beginning is" <<< "$stderr"
    understudy validate s.yaml --set "start=2027-01-05T00:00:00Z" --set "services.web.scaler.1.history.from=2026-01-05T00:00:00Z"
    run --separate-stderr understudy validate s.yaml --set "services.web.scaler.1.history.column=lod"
    [ "$status" -eq 2 ]
    grep -qF "unknown column 'lod'; did you mean 'load'?" <<< "$stderr"
    sed -i 's/2026-01-03/26-0103/' load.csv
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    grep -qF "load.csv:2:1: error: '26-0103T00:00:00Z' is no time" <<< "$stderr"
    rm load.csv
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    grep -qF "load.csv" <<< "$stderr"
    scenario "[{kind: aws_predictive, target: 50 %}]"
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    grep -qF "a forecast takes 24 hours of load, but there are 0 before the run" <<< "$stderr"
    scenario "[{kind: aws_predictive, target: 50 %, mode: forecast_and_scale}, {kind: aws_predictive, target: 60 %, mode: forecast_and_scale}]"
    run --separate-stderr understudy validate s.yaml
    grep -qF "only one 'aws_predictive' of a pool may scale" <<< "$stderr"
}

@test "25-before-the-rush: five minutes ahead halve what is short, fifteen leave nothing" {
    understudy run "$root"/scenarios/25-before-the-rush.yaml -n 1 -o r.db -q --set "duration=80 min" --set "interval=60 s"
    short() { sqlite3 r.db "SELECT value FROM kpi_by_name WHERE persona IS NULL AND metric = 'shortfall' AND service = '$1'"; }
    python3 -c "assert $(short five) < 0.5 * $(short tracking), ($(short five), $(short tracking))"
    python3 -c "assert $(short fifteen) == 0"
}

@test "false alarms of the balancer replace instances of a vendor's group only where it asks the balancer" {
    scenario fixed "faults: [{kind: health_check_false_positives, share: 100 %, at: 5 min, duration: 2 min}]"
    replaced() {
        understudy run s.yaml -n 1 -o h.db --force -q --set "services.web.launching={policy: $1}"
        sqlite3 h.db "SELECT count(*) FROM timeline WHERE event = 'instance_ready'"
    }
    [ "$(replaced aws_auto_scaling)" -eq 0 ]
    [ "$(replaced '{kind: aws_auto_scaling, health_check_type: elb}')" -ge 4 ]
    [ "$(replaced azure_scale_set)" -eq 0 ]
    [ "$(replaced gcp_instance_group)" -eq 0 ]
    [ "$(replaced '{kind: gcp_instance_group, autohealing: true}')" -ge 4 ]
    # of age at five minutes, those of the beginning are replaced; their successors are too young
    [ "$(replaced '{kind: aws_auto_scaling, health_check_type: elb, health_check_grace_period: 300 s}')" -eq 4 ]
}
