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
    for kind in fixed aws_target_tracking aws_step aws_simple k8s_hpa keda azure_autoscale gcp_autoscaler scheduled; do
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
