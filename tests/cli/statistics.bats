# Intervals, how many replications, warm-up.

bats_require_minimum_version 1.5.0
load common

json() { # json FILE EXPRESSION of the document d
    python3 -c "import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))" "$1" "$2"
}

# One server, no fault; $1: file, $2: replications, $3: rate, $4: warm-up.
queue() {
    cat > "$1" <<YAML
understudy: 1
name: queue
seed: 7
warmup: ${4:-500 s}
duration: 6000 s
interval: 50 s
replications: $2
personas:
  - name: user
    actions: {ask: {work: exponential(mean 1 s)}}
regions: {here: {zones: 1}}
services:
  s:
    instance: {name: box, tuning: {slots: 1, queue: unlimited}}
    pools: {here: 1}
traffic:
  - {persona: user, arrivals: {kind: poisson, rate: ${3:-0.5 /s}}}
YAML
}

stopping() {
    sqlite3 "$1" "SELECT n, most, reached FROM stopping"
}

# ---- until ----

@test "until stops at the first look that is narrow enough, and says so" {
    queue s.yaml "{min: 10, max: 200, until: {metric: latency_mean, half_width: 25 ms}}"
    understudy run s.yaml -o run.db 2> err.txt
    n=$(sqlite3 run.db 'SELECT count(*) FROM replication')
    [ "$(stopping run.db)" = "$n|200|1" ]
    [ "$(sqlite3 run.db 'SELECT replications, complete FROM run')" = "$n|1" ]
    grep -q "stopped after $n of at most 200 replications: latency_mean is known to ±2[0-9.]* ms; wanted ±25 ms" err.txt
    understudy report run.db -o run.html
    grep -q "<p>How many: stopped after $n of at most 200 replications: latency_mean is known to" run.html
    # The interval is that of the table, and one look earlier it was still too wide.
    [ "$(sqlite3 run.db "SELECT max(high - mean, mean - low) <= 0.025 FROM estimate_by_name
        WHERE metric = 'latency_mean' AND persona IS NULL AND region IS NULL")" = 1 ]
    before=$((n > 20 ? n - n / 11 : n - 1))
    understudy run s.yaml -o fewer.db -n $before -q
    [ "$(sqlite3 fewer.db "SELECT max(high - mean, mean - low) > 0.025 FROM estimate_by_name
        WHERE metric = 'latency_mean' AND persona IS NULL AND region IS NULL")" = 1 ]
}

@test "where until stops does not depend on threads or on being killed" {
    queue s.yaml "{min: 8, max: 100, until: {metric: wait_mean, relative: 8 %}}" 0.7/s
    understudy run s.yaml -o one.db -j 1 -q
    understudy run s.yaml -o two.db -j 2 -q
    dump one.db > one.txt
    dump two.db > two.txt
    cmp one.txt two.txt
    n=$(sqlite3 one.db 'SELECT count(*) FROM replication')
    [ "$n" -lt 100 ]
    RANDOM=4
    for kill in 1 2 3 4 5; do
        "$program" run s.yaml -o killed.db -j 2 -q &
        victim=$!
        sleep 0.$(printf %03d $((RANDOM % 150)))
        kill -KILL $victim 2> /dev/null || true
        wait $victim || true
    done
    understudy run s.yaml -o killed.db -q
    dump killed.db > killed.txt
    cmp one.txt killed.txt
    # Again: it is there already. And it may still be made longer.
    understudy run s.yaml -o killed.db -q
    dump killed.db > killed.txt
    cmp one.txt killed.txt
    understudy run s.yaml -o killed.db -n $((n + 3)) -q
    [ "$(sqlite3 killed.db 'SELECT count(*), (SELECT count(*) FROM stopping) FROM replication')" = "$((n + 3))|0" ]
}

@test "a maximum that does not suffice is said, on stderr and in JSON" {
    queue s.yaml "{min: 3, max: 5, until: {metric: cpu, region: here, half_width: 0.01 %}}"
    understudy run s.yaml -o run.db 2> err.txt
    grep -q "5 replications were not enough: cpu in here is known to ±.* %; wanted ±0.01 %" err.txt
    [ "$(stopping run.db)" = "5|5|0" ]
    understudy run s.yaml -o run.db --json > out.json
    [ "$(json out.json "d['stopping']['reached']")" = False ]
    [ "$(json out.json "d['stopping']['replications']")" = 5 ]
}

@test "readiness and P(ready) can be waited for" {
    small_scenario s.yaml "{min: 3, max: 30, until: {metric: readiness, half_width: 1}}"
    understudy run s.yaml -o run.db -q
    [ "$(sqlite3 run.db 'SELECT reached, n < 30 FROM stopping')" = "1|1" ]
    [ "$(sqlite3 run.db 'SELECT max(high - readiness, readiness - low) <= 1 FROM verdict')" = 1 ]
    queue s.yaml "{min: 2, max: 100, until: {metric: p_ready, half_width: 10 %}}"
    understudy run s.yaml -o queue.db -q
    # All are ready: Wilson's lower bound is n / (n + z^2), whose distance to 1 is 10 % at 35;
    # the looks from 20 on are 20, 22, 24, 26, 28, 30, 33, 36.
    [ "$(stopping queue.db)" = "36|100|1" ]
}

@test "mistakes in until are told together, with places" {
    queue s.yaml "{min: 30, max: 20, until: {metric: latency_p99, region: here, half_width: 5 %, persona: usr}}"
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"s.yaml:7:21: error: 'min' is 30, over 'max', 20"* ]]
    [[ "$stderr" == *"'latency_p99' has no 'region': it is kept by persona"* ]]
    [[ "$stderr" == *"'half_width' is 5 %, needs a duration"* ]]
    [[ "$stderr" == *"unknown persona 'usr'; did you mean 'user'?"* ]]
    queue s.yaml "{until: {metric: readiness}}"
    run --separate-stderr understudy validate s.yaml
    [[ "$stderr" == *"'until' needs a 'max'"* ]]
    [[ "$stderr" == *"'until' needs a 'half_width' or a 'relative'"* ]]
    queue s.yaml "{min: 4}"
    run --separate-stderr understudy validate s.yaml
    [[ "$stderr" == *"'min' says nothing without 'until'"* ]]
    queue s.yaml "{max: 9, until: {metric: latency_p9, half_width: 5 %}}"
    run --separate-stderr understudy validate s.yaml
    [[ "$stderr" == *"unknown metric 'latency_p9'; did you mean 'latency_p"* ]]
    [[ "$stderr" == *"1 error;"* ]]
}

# ---- intervals ----

@test "attainment is all that was good over all whose fate is known" {
    small_scenario s.yaml 5
    understudy run s.yaml -o run.db -q
    [ "$(sqlite3 run.db "WITH k AS (SELECT metric, sum(value) AS v FROM kpi_by_name
          WHERE persona = 'shopper' AND region IS NULL GROUP BY metric)
        SELECT abs(e.mean - g.v / (o.v - f.v + d.v)) < 1e-12, e.method, e.low < e.mean, e.mean < e.high
        FROM estimate_by_name e, k g, k o, k f, k d WHERE g.metric = 'good' AND o.metric = 'offered'
          AND f.metric = 'in_flight' AND d.metric = 'overdue'
          AND e.metric = 'attainment' AND e.persona = 'shopper' AND e.region IS NULL")" = "1|jackknife|1|1" ]
}

@test "one long calm run has intervals by batch means, a short or broken one has none" {
    queue s.yaml 1 0.5/s
    understudy run s.yaml -o run.db -q
    # M/M/1 at 0.5: two seconds inside; about 3000 customers and an asymptotic variance of some
    # 30 s^2 make a half-width of 0.2 s.
    [ "$(sqlite3 run.db "SELECT low < 2, high > 2, high - low > 0.2, high - low < 0.8
        FROM estimate_by_name WHERE method = 'batch' AND metric = 'sojourn_mean'")" = "1|1|1|1" ]
    understudy run s.yaml -o short.db --set 'duration=2000 s' -q
    [ "$(sqlite3 short.db "SELECT count(*) FROM estimate WHERE low IS NOT NULL AND high > low")" = 0 ]
    small_scenario s.yaml 1
    understudy run s.yaml -o broken.db -q
    [ "$(sqlite3 broken.db "SELECT count(*) FROM estimate WHERE method = 'batch'")" = 0 ]
}

# ---- warm-up ----

@test "a queue that began empty is said to need a warm-up, and one that had it is not" {
    queue cold.yaml 20 0.9/s "0 s"
    understudy run cold.yaml -o cold.db --set 'duration=2000 s' --set 'interval=10 s' 2> err.txt
    grep -q "the warm-up is too short: .* would do (understudy warmup cold.db)" err.txt
    run --separate-stderr understudy warmup cold.db
    [ "$status" -eq 3 ]
    [[ "$stderr" == *"in_system "*"s in here "*"too short"* ]]
    [[ "$stderr" == *"instances "*"s in here "*"suffices"* ]]
    run --separate-stderr understudy warmup cold.db --json
    [ "$status" -eq 3 ]
    needed=$(python3 -c "import json,sys; d=json.loads(sys.argv[1]); assert d['warmup'] == 'too short'; print(int(d['needed_s']))" "$output")
    [ "$needed" -ge 50 ]
    understudy run cold.yaml -o warm.db --set 'duration=2000 s' --set 'interval=10 s' --set 'warmup=2000 s' 2> err.txt
    ! grep -q "warm-up is too short" err.txt
    understudy warmup warm.db 2> err.txt
    grep -q "the warm-up suffices" err.txt
}

@test "demand with a course of its own is not taken for a warm-up" {
    queue s.yaml 12 0.5/s "0 s"
    understudy run s.yaml -o run.db -q --set 'traffic.0.arrivals={kind: piecewise, shape: linear, points: [{at: 0 s, rate: 0.1 /s}, {at: 6000 s, rate: 0.8 /s}]}'
    understudy warmup run.db 2> err.txt
    grep -q "demand itself changes over the run" err.txt
}

@test "few replications: MSER-5 alone is not believed, and a metric can be chosen" {
    queue s.yaml 1
    understudy run s.yaml -o run.db -q
    # Seed 7 has a busy spell at the beginning.
    understudy warmup run.db -m queue 2> err.txt
    grep -q "^  queue .*cannot tell" err.txt
    grep -q "cannot tell from so few replications whether the warm-up suffices: 6 are enough" err.txt
    run --separate-stderr understudy warmup run.db -m queu
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"unknown metric 'queu'; did you mean 'queue'?"* ]]
    understudy run s.yaml -o short.db -q --set 'interval=1000 s'
    understudy warmup short.db 2> err.txt
    grep -q "nothing can be told: MSER-5 needs 20 intervals" err.txt
}

@test "the Welch plot and the report show how a run settles" {
    queue s.yaml 6 0.9/s "0 s"
    understudy run s.yaml -o run.db -q
    understudy plot run.db --kind welch -o welch.svg
    grep -q "settling of here" welch.svg
    understudy report run.db -o run.html
    grep -q "<h3>Warm-up</h3>" run.html
    grep -q "What MSER-5 would leave out" run.html
}
