# Failover plans, from outside: mistakes, what the summary, the report and the results say, and the
# scenario that asks a person.

bats_require_minimum_version 1.5.0
load common

plan() {
    cat > plan.yaml <<'YAML'
understudy: 1
name: plan
duration: 20 min
replications: 2
personas: [{name: user, actions: {ask: {work: 10 ms}}}]
regions: {east: {role: primary}, west: {role: standby}}
services:
  web:
    instance: {name: box, launch: {boot: 90 s}}
    scaler: fixed
    pools: {east: 3, west: {instances: 1, max: 3}}
traffic: [{persona: user, arrivals: {kind: poisson, rate: 20 req/s}}]
routing:
  policy: {kind: failover_order, order: [east, west]}
  dns: {ttl: 30 s, stale_share: 0 %}
  health_check: {interval: 10 s, failures: 3, timeout: 4 s}
failover:
  from: east
  to: west
  steps:
    - {kind: detect}
    - {kind: scale_standby}
    - {kind: shift_traffic, over: 2 min}
    - {kind: watch, hold: 1 min}
    - {kind: fail_back, after: 1 min, over: 1 min}
faults: [{kind: region_loss, region: east, at: 4 min, duration: 8 min}]
YAML
}

@test "all mistakes of a plan are told at once, each with its place" {
    plan
    cat > bad.yaml <<'YAML'
extends: plan.yaml
failover:
  from: eest
  to: west
  at: 1 min
  steps:
    - {kind: detct}
    - {kind: scale_standby, instances: 9, services: [wep]}
    - {kind: scale_standby, name: more, instances: 9}
    - {kind: shift_traffic, ramp: [{at: 0 s, share: 40 %}]}
YAML
    run --separate-stderr understudy validate bad.yaml
    [ "$status" -eq 2 ]
    grep -q "^bad.yaml:3:9: error: unknown region 'eest'; did you mean 'east'?" <<< "$stderr"
    grep -q "^bad.yaml:5:3: error: 'at' has no meaning with 'on: loss'" <<< "$stderr"
    grep -q "^bad.yaml:7:14: error: unknown failover step 'detct'; did you mean 'detect'?" <<< "$stderr"
    grep -q "^bad.yaml:8:54: error: unknown service 'wep'; did you mean 'web'?" <<< "$stderr"
    grep -q "^bad.yaml:9:52: error: 'instances' is 9, but 'max' of service 'web' in 'west' is 3" <<< "$stderr"
    grep -q "^bad.yaml:10:53: error: the last point of a ramp is 100 %, this one is 40 %" <<< "$stderr"
    grep -q "^6 errors" <<< "$stderr"
}

@test "steps that need each other are refused by name, and a plan that moves nobody" {
    plan
    run --separate-stderr understudy validate plan.yaml \
        --set "failover.steps.detect.needs=[watch]"
    [ "$status" -eq 2 ]
    grep -q "'detect' needs 'watch', which needs 'shift_traffic', which needs 'scale_standby', which needs 'detect': none of them can begin" <<< "$stderr"
    run --separate-stderr understudy validate plan.yaml --set failover.steps.shift_traffic.users=sticky
    [ "$status" -eq 2 ]
    grep -q "'shift_traffic' moves nobody: no traffic is sticky there" <<< "$stderr"
}

@test "steps that could move the same users at the same time are refused" {
    plan
    run --separate-stderr understudy validate plan.yaml \
        --set "failover.steps.fail_back.needs=[detect]"
    [ "$status" -eq 2 ]
    grep -q "'fail_back' may move the same users at the same time as 'shift_traffic'; it has to need that" <<< "$stderr"
    understudy validate plan.yaml --set "failover.steps.fail_back.needs=[detect, watch]"
}

@test "traffic that no step shifts is warned of" {
    plan
    run --separate-stderr understudy validate plan.yaml \
        --set "failover.steps=[{kind: detect}, {kind: scale_standby}]"
    [ "$status" -eq 0 ]
    grep -q "no step shifts the traffic of 'user': it stays in 'east'" <<< "$stderr"
}

@test "summary, report and results tell each step of a plan" {
    plan
    understudy run plan.yaml -o plan.db 2> summary
    grep -q "the plan to leave east   when each step begins after the fault" summary
    [ "$(grep -cE '^    (detect|scale_standby|shift_traffic|watch|fail_back) +\+' summary)" -eq 5 ]
    grep -qE 'scale_standby .* 1m30s ' summary
    understudy report plan.db -o plan.html
    grep -q 'id="plan"' plan.html
    grep -q '>shift_traffic<' plan.html
    took="SELECT round(end_s - begin_s, 6) FROM failover_step WHERE step = 'shift_traffic' AND run = 1"
    [ "$(sqlite3 plan.db "$took" | sort -u)" = 120.0 ]
    [ "$(sqlite3 plan.db "SELECT count(*) FROM failover_step WHERE end_s IS NULL")" -eq 0 ]
}

@test "a planned evacuation, with nothing broken, fails no request and is told from its own beginning" {
    plan
    understudy run plan.yaml -o game.db --set "faults=[]" --set failover.on=time --set "failover.at=3 min" 2> summary
    grep -q "when each step begins after its beginning" summary
    [ "$(sqlite3 game.db "SELECT sum(value) FROM kpi_by_name WHERE metric = 'failed'")" = 0.0 ]
    [ "$(sqlite3 game.db "SELECT count(*) FROM timeline WHERE event = 'failback_end'")" -eq 2 ]
    understudy report game.db -o game.html
    grep -q 'id="plan"' game.html
}

@test "20-automatic-or-approved: a person costs the time that he takes, and sees a false alarm" {
    short=(-n 2 -q --set "duration=24 min" --set "readiness.horizon=20 min" --set "faults.0.at=3 min"
        --set "traffic.0.arrivals.rate=1 sessions/s" --set "traffic.1.arrivals.rate=10 req/s")
    alarm=(--set "faults.region_loss.kind=health_check_false_positives" --set "faults.0.duration=2 min"
        --set "faults.0.of=region" --set "faults.0.share=100 %")
    machine=(--set failover.steps.decide.by=automatic)
    understudy run "$root/scenarios/20-automatic-or-approved.yaml" "${short[@]}" -o person.db
    understudy run "$root/scenarios/20-automatic-or-approved.yaml" "${short[@]}" "${machine[@]}" -o machine.db
    understudy run "$root/scenarios/20-automatic-or-approved.yaml" "${short[@]}" "${alarm[@]}" -o alarm.db
    understudy run "$root/scenarios/20-automatic-or-approved.yaml" "${short[@]}" "${alarm[@]}" "${machine[@]}" -o moved.db
    decided="SELECT sum(end_s - begin_s) FROM failover_step WHERE step = 'decide'"
    [ "$(sqlite3 machine.db "$decided")" = 0.0 ]
    [ "$(sqlite3 person.db "$decided" | cut -d. -f1)" -gt 60 ]
    # the same users, the same machines: what comes after the decision is as much later
    later="SELECT max(begin_s) - (SELECT end_s FROM failover_step WHERE step = 'decide' AND replication = 1)
           FROM failover_step WHERE step = 'promote_data' AND replication = 1"
    [ "$(sqlite3 person.db "$later")" = "$(sqlite3 machine.db "$later")" ]
    [ "$(sqlite3 alarm.db "SELECT count(*) FROM timeline WHERE event = 'failover_called_off'")" -eq 2 ]
    [ "$(sqlite3 alarm.db "SELECT count(*) FROM timeline WHERE event = 'shift'")" -eq 0 ]
    [ "$(sqlite3 moved.db "SELECT count(*) > 0 FROM timeline WHERE event = 'shift'")" -eq 1 ]
}

# A person approves, a limit passes, and the plan is aborted.
stopped_plan() {
    cat > "$1" <<'YAML'
understudy: 1
name: stopped
duration: 30 min
replications: 3
regions:
  a: {role: primary, latitude: 1, longitude: 1}
  b: {role: standby, latitude: 40, longitude: 40}
personas:
  - name: u
    actions: {ask: {work: exponential(mean 20 ms)}}
services:
  web:
    instance: {name: i, tuning: {slots: 2}}
    pools: {a: 3, b: 3}
traffic:
  - {persona: u, arrivals: {kind: poisson, rate: 10 /s}}
routing:
  policy: {kind: failover_order, order: [a, b]}
failover:
  from: a
  to: b
  steps:
    - {kind: promote_data, approval: 4 min, duration: 2 min}
    - {kind: shift_traffic, over: 5 min, limit: 3 min, on_limit: page, page: 1 min}
    - {kind: watch, bound: 5 %, hold: 5 min, limit: 2 min, on_limit: abort}
faults: [{kind: region_loss, region: a, at: 2 min, duration: 20 min}]
YAML
}

@test "approvals, limits and steps that were stopped are seen in the summary, the report and the chart" {
    stopped_plan s.yaml
    understudy run s.yaml -o s.db 2> said
    grep -q 'promote_data .* 6 m .*░.*█  approved after 4 m' said
    grep -q 'shift_traffic .*limit passed in 3' said
    grep -q 'watch .* stopped .*✕  limit passed in 3  stopped in 3' said
    # Nobody keeps an old answer: half have moved in the instant of the shift that sends them.
    [ "$(sqlite3 s.db "SELECT count(*) FROM timeline m JOIN timeline s ON s.replication = m.replication AND s.t_s = m.t_s
        WHERE m.event = 'moved_50' AND s.event = 'shift' AND s.value >= 0.5")" -eq 3 ]
    understudy report s.db -o s.html
    python3 - <<'PY'
import re
plan = re.search(r'<table class="waterfall" id="plan">.*?</table>', open('s.html').read(), re.S).group(0)
rows = {re.search(r'<bdi>(.*?)</bdi>', r).group(1): r for r in re.findall(r'<tr><th scope="row">.*?</tr>', plan, re.S)}
assert list(rows) == ['promote_data', 'shift_traffic', 'watch'], rows.keys()
assert 'class="wait"' in rows['promote_data'] and 'approved after 4 m' in rows['promote_data']
assert 'class="limit"' in rows['shift_traffic'] and 'class="wait"' not in rows['shift_traffic']
assert 'step stopped' in rows['watch'] and 'stopped</td>' in rows['watch']
waits = re.search(r'class="wait" style="left:([\d.]+)%;width:([\d.]+)%', rows['promote_data'])
step = re.search(r'class="step" style="left:([\d.]+)%;width:([\d.]+)%', rows['promote_data'])
assert abs(float(waits.group(2)) / float(step.group(2)) - 4 / 2) < 0.01, (waits.groups(), step.groups())
PY
    understudy plot s.db --kind waterfall -o s.svg
    for text in promote_data shift_traffic watch 'the plan to leave a' stopped 'waits for an approval' 'its limit passes'; do
        grep -q "$text" s.svg
    done
}

@test "a plan without a fault has a waterfall of its own" {
    stopped_plan s.yaml
    understudy run s.yaml -o s.db -q --set faults=[] --set failover.on=time --set "failover.at=2 min"
    understudy plot s.db --kind waterfall -o s.svg
    grep -q "after the plan's beginning" s.svg || grep -q 'after the plan&#39;s beginning' s.svg
    [ "$(grep -c 'objectives met' s.svg)" -eq 0 ]
    understudy run s.yaml -o t.db -q --set faults=[] --set 'failover=~'
    run understudy plot t.db --kind waterfall -o t.svg
    [ "$status" -eq 1 ]
    [[ "$output" == *"holds no fault and no plan"* ]]
}
