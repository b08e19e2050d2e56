# How much load a system carries.
load common

# M/M/10 of 10 requests a second each: 2 % wait and work longer than 500 ms at 88.0744 requests a
# second (Erlang C and the law of the time in system; Kleinrock I, 3.5).
queue() {
    cat > "$1" <<YAML
understudy: 1
name: mm10
seed: 3
warmup: 2 min
duration: 30 min
replications: 8
personas:
  - name: user
    actions: {ask: {work: exponential(mean 100 ms)}}
    tolerance: {latency: 500 ms, errors: 2 %}
regions: {here: {zones: 1}}
services:
  s:
    instance: {name: box, capacity: {vcpu: 10}, tuning: {slots: 10, queue: unlimited}}
    pools: {here: 1}
traffic:
  - {persona: user, arrivals: {kind: poisson, rate: 50 /s}}
YAML
}

of() { # a path into JSON
    python3 -c "import json, sys; print(json.load(open('$1'))$2)"
}

@test "the largest load of M/M/10 is that of Erlang's formula, within its interval" {
    queue q.yaml
    understudy limit q.yaml --window "30 min" --json > out.json
    python3 - <<'PY'
import json
user = json.load(open('out.json'))['personas'][0]
assert user['low'] <= 88.0744 <= user['high'], user
assert abs(user['rate'] / 88.0744 - 1) < 0.02, user   # tolerance of the search, and noise
assert user['high'] / user['low'] < 1.05, user
pool = json.load(open('out.json'))['pools'][0]
assert abs(pool['cpu'] - user['rate'] / 100) < 0.01, pool
PY
}

@test "the number of threads changes no bit of a limit, and a second run tries nothing again" {
    queue q.yaml
    understudy limit q.yaml -n 3 --tolerance "5 %" -q -j 1 -o one.db
    understudy limit q.yaml -n 3 --tolerance "5 %" -q -j 2 -o two.db
    for table in limit_point limit_load; do
        sqlite3 one.db "SELECT * FROM $table" > one
        sqlite3 two.db "SELECT * FROM $table" > two
        test -s one && cmp one two
    done
    before=$(sqlite3 one.db "SELECT count(*) FROM limit_point")
    understudy limit q.yaml -n 3 --tolerance "5 %" -q -o one.db
    [ "$(sqlite3 one.db "SELECT count(*) FROM limit_point")" = "$before" ]
    understudy limit q.yaml -n 3 --tolerance "2 %" -q -o one.db
    [ "$(sqlite3 one.db "SELECT count(*) FROM limit_point")" -gt "$before" ]
}

@test "a bound on a metric is met at the limit and broken above it" {
    queue q.yaml
    understudy limit q.yaml -n 3 --bound "cpu<=70%" --json > out.json
    python3 - <<'PY'
import json
out = json.load(open('out.json'))
assert 0.68 < out['pools'][0]['cpu'] <= 0.70, out['pools']
assert out['breaks_first'].startswith('s in here: cpu 7'), out['breaks_first']
PY
}

@test "a bound is written in its metric's unit" {
    queue q.yaml # at 0.36 USD/h for half an hour
    understudy limit q.yaml -n 2 --tolerance "50 %" --set "services.s.instance.price=0.36 USD/h" -q --bound "cost<=0.2 USD" --most 2
    run understudy limit q.yaml -n 2 --tolerance "50 %" --set "services.s.instance.price=0.36 USD/h" -q -f --bound "cost<=0.1 USD"
    [ "$status" -eq 3 ]
    run understudy limit q.yaml -n 2 -q -f --bound "cost<=0.1 EUR"
    [ "$status" -eq 2 ]
}

@test "the traffic of one persona is raised, and the others stay" {
    queue q.yaml
    understudy limit q.yaml -n 2 --tolerance "20 %" --persona user --json > out.json \
        --set 'personas.1={name: other, actions: {ask: {work: 100 ms}}}' \
        --set 'traffic.1={persona: other, arrivals: {kind: poisson, rate: 5 /s}}'
    python3 - <<'PY'
import json
user, other = json.load(open('out.json'))['personas']
assert user['rate'] > 1.3 * user['as_written'], user
assert other['rate'] == other['as_written'], other
PY
}

@test "a load that nothing carries, and one that is needed, end with 3" {
    queue q.yaml
    run understudy limit q.yaml -n 2 --tolerance "20 %" --bound "latency_p50<=1ms" -q -f
    [ "$status" -eq 3 ]
    small_scenario lost.yaml 2
    run understudy limit lost.yaml --tolerance "20 %"
    [ "$status" -eq 3 ] && [[ "$output" == *"nothing holds"*"windows with a fault in them may break at any load"* ]]
    run understudy limit q.yaml -n 4 --tolerance "10 %" --need 1.3 -q
    [ "$status" -eq 0 ]
    run understudy limit q.yaml -n 4 --tolerance "10 %" --need 3 -q
    [ "$status" -eq 3 ]
}

@test "mistakes in what is asked are told, and nothing is run" {
    queue q.yaml
    for mistake in "--bound latency_p98<=1s" "--bound attainment<=99%" "--bound latency_p99>=1s" "--bound cpu" \
        "--bound cpu<=3s" "--window 3" "--tolerance 0" "--persona usr" "-n 1" "--readiness --bound cpu<=1"; do
        # shellcheck disable=SC2086
        run understudy limit q.yaml -q -o wrong.db $mistake
        [ "$status" -eq 2 ] || { echo "$mistake: $status $output"; false; }
    done
    run understudy limit q.yaml --bound "latency_p98<=1s"
    [[ "$output" == *"did you mean 'latency_p95'"* || "$output" == *"did you mean 'latency_p99'"* ]]
}

@test "recorded instants cannot be multiplied, and the scenario says where" {
    queue q.yaml
    sed -i 's#arrivals: .*#arrivals: {kind: replay, file: a.csv, repeat: true}}#' q.yaml
    printf '0\n0.5\n1.1\n2\n' > a.csv
    run understudy limit q.yaml -n 2 -q
    [ "$status" -eq 2 ]
    [[ "$output" == *"recorded instants cannot be multiplied"* ]]
}

@test "what is injected is raised alone, and its requests have to meet the objective" {
    queue q.yaml
    sed -i 's#rate: 50 /s#rate: 20 /s#' q.yaml
    echo 'injections: [{persona: user, region: here, at: 0 s, duration: 30 min, rate: 30 req/s}]' >> q.yaml
    understudy limit q.yaml -n 3 --injected --window "30 min" --tolerance "2 %" --json > out.json
    python3 - <<'PY'
import json
users, injected = json.load(open('out.json'))['personas']
assert users['rate'] == users['as_written'] < 25, users
assert abs((users['rate'] + injected['rate']) / 88.07 - 1) < 0.03, injected
PY
}

injected() { # a standby with a slot for each of 10, to which nobody but the injection comes
    queue "$1"
    sed -i 's#regions: .*#regions: {here: {zones: 1}, there: {zones: 1, role: standby}}#; s#pools: .*#pools: {here: 1, there: 1}#' "$1"
    cat >> "$1" <<YAML
interval: 10 s
routing: {policy: {kind: failover_order, order: [here, there]}}
injections: [{persona: user, region: there, at: 5 min, duration: 10 min, rate: 40 req/s, ramp_up: 3 min, ramp_down: 2 min${2:-}}]
YAML
}

@test "what is injected is told, and its pool judged, by its height and not by the whole run" {
    injected q.yaml
    understudy limit q.yaml -n 4 --injected --tolerance "2 %" --bound "cpu<=70%" --json > out.json
    python3 - <<'PY'
import json
out = json.load(open('out.json'))
users, load = out['personas']
here, there = out['pools']
assert abs(load['as_written'] / 40 - 1) < 0.02, load      # the plateau, not 40 * 7.5 / 30
assert load['low'] <= 70 <= load['high'] and abs(load['rate'] / 70 - 1) < 0.03, load
assert 0.67 < there['cpu'] <= 0.70 and abs(there['rate'] / load['rate'] - 1) < 1e-9, there
assert abs(users['rate'] / 50 - 1) < 0.02 and abs(here['cpu'] - 0.5) < 0.02, out
PY
}

@test "a load at which the injection is aborted was not carried" {
    injected q.yaml ', abort: {cpu: 60 %, intervals: 2}'
    understudy limit q.yaml -n 4 --injected --tolerance "2 %" --json > out.json
    python3 - <<'PY'
import json
out = json.load(open('out.json'))
load = out['personas'][1]
assert out['breaks_first'].startswith('injected load was aborted in '), out['breaks_first']
assert 45 < load['rate'] < 61 and load['low'] <= load['rate'] <= load['high'] < 70, load # 60 is what breaks the rule on average
PY
}

@test "a pool to which nobody comes breaks no bound on waits" {
    injected q.yaml
    sed -i '/^injections/d' q.yaml
    understudy limit q.yaml -n 2 --tolerance "20 %" --bound "wait_mean<=50ms" --json > out.json
    python3 -c "import json; assert 1 < json.load(open('out.json'))['factor'] < 2, 'M/M/10'"
}

@test "a persona or an injection that is not there is told before anything runs" {
    queue q.yaml
    for mistake in "--persona usr" "--injected"; do
        # shellcheck disable=SC2086
        run understudy limit q.yaml -o wrong.db $mistake
        [ "$status" -eq 2 ] && [ ! -e wrong.db ]
    done
}

@test "a run says which injection was aborted, when and why; a rule without a bound is refused" {
    injected q.yaml ', abort: {cpu: 60 %, latency_p99: 1 h}'
    sed -i 's#rate: 40 req/s#rate: 80 req/s#' q.yaml
    understudy run q.yaml -n 3 -o r.db 2> said
    grep -Eq 'user injected 1 was aborted in 3 of 3 replications, after 2m[0-9]+s \(median\), by cpu' said
    understudy report r.db -o r.html
    grep -q 'user injected 1 was aborted in 3 of 3' r.html
    run understudy run q.yaml -n 3 -o none.db --set 'injections.0.abort={of: users}'
    [ "$status" -eq 2 ] && [[ "$output" == *"'abort' has no bound"* ]] && [ ! -e none.db ]
}

@test "a fault after the injection breaks no bound on what is injected" {
    injected q.yaml
    echo 'faults: [{kind: region_loss, region: here, at: 20 min, duration: 5 min}]' >> q.yaml
    understudy limit q.yaml -n 3 --injected --tolerance "5 %" --most 4 --json > out.json
    python3 - <<'PY'
import json
load = json.load(open('out.json'))['personas'][1]
assert 75 < load['rate'] < 95, load # Erlang's formula has 88, for a plateau without ramps
PY
    run understudy limit q.yaml -f -n 2 --tolerance "50 %" # users, in all windows
    [ "$status" -eq 3 ]
}
