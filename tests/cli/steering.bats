# Steering from outside: what a user writes, what a mistake says, what the timeline tells.

bats_require_minimum_version 1.5.0
load common

scenario() { # lines of the service, lines of routing, faults
    cat > it.yaml <<YAML
understudy: 1
name: it
duration: 5 min
replications: 2
personas:
  - {name: user, actions: {ask: {work: 5 ms}}}
regions: {a: {zones: 3}, b: {zones: 2}}
services:
  s:
    instance: {name: box, tuning: {slots: 4}}
$1
    pools: {a: 6, b: 6}
traffic:
  - {persona: user, arrivals: {kind: poisson, rate: 50 /s}}
routing:
$2
faults: [$3]
YAML
}

order='  policy: {kind: failover_order, order: [a, b]}'

@test "every mistake in steering is told at once, at its place" {
    scenario '    balancer: {kind: zone_aware, entry: [50 %, 30 %]}
    slow_start: 1 min
    panic_threshold: 140 %
    outlier_detection: {base_ejection_tim: 30 s, interval: 0 s}' \
        '  policy: {kind: anycast, regions: [a, c]}
  dns: {ttl: 60 s}
  health_check: {checkers: 0, quorum: 100 %}'
    run --separate-stderr understudy validate it.yaml
    [ "$status" -eq 2 ]
    for message in \
        "it.yaml:11:41: error: the shares of 'entry' add up to 80 %, must be 100 %" \
        "it.yaml:13:22: error: 'panic_threshold' is 140 %, must lie between 0 % and 100 %" \
        "it.yaml:14:25: error: unknown key 'base_ejection_tim'; did you mean 'base_ejection_time'?" \
        "it.yaml:14:60: error: 'interval' is 0 s, must lie between 1 ms and 1 d" \
        "it.yaml:21:28: error: 'checkers' is 0" \
        "it.yaml:21:39: error: 'quorum' is 100 %"; do
        grep -qF "$message" <<< "$stderr" || { echo "not told: $message"; echo "$stderr"; false; }
    done
}

@test "what single keys cannot know is told too" {
    scenario '    balancer: {kind: locality_weighted, weights: [1, 2, 3], within: least_request}
    slow_start: {window: 1 min}' \
        '  policy: {kind: global_accelerator, groups: {a: 50 %, c: 100 %}}
  dns: {ttl: 60 s}'
    run --separate-stderr understudy validate it.yaml
    [ "$status" -eq 2 ]
    for message in \
        "'slow_start' needs a balancer that goes by weight, 'locality_weighted' does not; weighted_round_robin, weighted_least_request and weighted do" \
        "'locality_weighted' speaks of 3 zones, but 'b' has 2" \
        "unknown region 'c'" \
        "'dns' has no meaning with 'global_accelerator', whose users keep one address"; do
        grep -qF "$message" <<< "$stderr" || { echo "not told: $message"; echo "$stderr"; false; }
    done
    [ "$(grep -c ': error: ' <<< "$stderr")" -eq 4 ]
}

@test "slow start within a zone is allowed where the balancer there goes by weight" {
    scenario '    balancer: {kind: locality_weighted, within: weighted_round_robin}
    slow_start: {window: 1 min}' "$order"
    run --separate-stderr understudy validate it.yaml
    [ "$status" -eq 0 ]
}

@test "every balancer runs through the loss of a zone, alike on one thread and two" {
    kinds=0
    for kind in $(understudy list balancers | awk 'NR > 1 {print $1}'); do
        kinds=$((kinds + 1))
        scenario "    balancer: $kind
    health_check: {interval: 5 s, timeout: 1 s}" "$order" "{kind: zone_loss, region: a, zones: [1], at: 1 min, duration: 2 min}"
        rm -f one.db two.db
        understudy run it.yaml -j 1 -o one.db 2> one
        understudy run it.yaml -j 2 -o two.db 2> two
        diff <(grep -o 'fingerprint *[0-9a-f]*' one) <(grep -o 'fingerprint *[0-9a-f]*' two)
        [ "$(sqlite3 one.db 'SELECT count(*) FROM timeline WHERE event = "instance_unhealthy"')" -eq 4 ]
    done
    [ "$kinds" -ge 9 ]
}

@test "every policy carries users over a lost region" {
    for policy in "$order" '  policy: {kind: weighted, weights: {a: 100 %, b: 0 %}}' '  policy: nearest' \
        '  policy: anycast' '  policy: global_accelerator' \
        '  policy: {kind: priority, levels: [{regions: {a: 1}}, {regions: {b: 1}}]}'; do
        scenario '    health_check: {interval: 5 s, timeout: 1 s}' "$policy" \
            "{kind: region_loss, region: a, at: 1 min}"
        rm -f it.db
        understudy run it.yaml -o it.db -q
        late='SELECT sum(value) FROM series_by_name WHERE metric = "arrivals" AND region = "b" AND t_s >= 270'
        [ "$(sqlite3 it.db "$late" | cut -d. -f1)" -gt 2500 ] # 30 s, 50 a second, two replications, but for a late tail
    done
}

@test "the timeline tells of panic, ejections and their ends" {
    scenario '    panic_threshold: 50 %
    outlier_detection: {successful_active_health_check_uneject_host: false}
    health_check: {interval: 5 s, timeout: 1 s}' "$order" \
        '{kind: capacity_loss, region: a, share: 67 %, of: instances, at: 30 s, duration: 1 min},
         {kind: gray_failure, region: b, at: 30 s, duration: 1 min, hosts: 17 %, errors: 100 %}'
    understudy run it.yaml -o it.db -q --set "routing.policy={kind: weighted, weights: {a: 50 %, b: 50 %}}"
    for event in panic_start panic_end ejected unejected; do
        [ "$(sqlite3 it.db "SELECT count(*) FROM timeline WHERE event = '$event'")" -ge 2 ]
    done
    [ "$(sqlite3 it.db "SELECT DISTINCT detail FROM timeline WHERE event = 'ejected' AND region = 2")" = "consecutive errors" ]
}

@test "a region is lost with one of its services, or with as many as its check needs" {
    scenario '    health_check: {interval: 5 s, timeout: 1 s}' "$order
  health_check: {interval: 5 s, timeout: 1 s}" '{kind: capacity_loss, region: a, service: s, share: 100 %, of: instances, at: 1 min}'
    sed -i 's/^traffic:/  other:\n    instance: {name: box, tuning: {slots: 4}}\n    pools: {a: 2, b: 2}\ntraffic:\n  - {persona: user, service: other, arrivals: {kind: poisson, rate: 1 \/s}}/
        s/{persona: user, arrivals/{persona: user, service: s, arrivals/' it.yaml
    understudy run it.yaml -o all.db -q
    understudy run it.yaml -o one.db -q --set routing.health_check.needs=1
    [ "$(sqlite3 all.db 'SELECT count(*) FROM timeline WHERE event = "detected"')" -eq 2 ]
    [ "$(sqlite3 one.db 'SELECT count(*) FROM timeline WHERE event = "detected"')" -eq 0 ]
}
