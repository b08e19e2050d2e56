# The scenarios that ship: each is valid, says its question, runs, and gives the same results on one
# thread and on two. They run shortened here; what they say at full length is their own comment.

bats_require_minimum_version 1.5.0
load common

@test "every scenario opens with the schema and its question, and stands in the index" {
    for file in "$root"/scenarios/*.yaml; do
        sed -n 1p "$file" | grep -qF '# yaml-language-server: $schema=../docs/scenario.schema.json'
        sed -n 2p "$file" | grep -q '^# Question: .*?$\|^# Question: '
        grep -qF "($(basename "$file"))" "$root/scenarios/README.md"
        name=$(basename "$file" .yaml)
        grep -qx "name: $name" "$file"
    done
    [ "$(ls "$root"/scenarios/*.yaml | wc -l)" -ge 9 ]
}

@test "every scenario is valid, without a warning" {
    run --separate-stderr understudy validate "$root"/scenarios/*.yaml
    [ "$status" -eq 0 ]
    [ "$(grep -c ': valid$' <<< "$stderr")" -eq "$(ls "$root"/scenarios/*.yaml | wc -l)" ]
    ! grep -q 'warning\|error' <<< "$stderr"
}

@test "the index quotes each question" {
    for file in "$root"/scenarios/*.yaml; do
        question=$(sed -n '2s/^# Question: //p' "$file")
        grep -qiF "$question" "$root/scenarios/README.md"
    done
}

fingerprint() { # of the summary on stderr
    sed -n 's/.*fingerprint  *\([0-9a-f]\{16\}\).*/\1/p' "$1"
}

# $1 is the number of a scenario, further arguments shorten it.
runs_alike() {
    file=$(echo "$root"/scenarios/"$1"-*.yaml)
    shift
    understudy run "$file" -n 2 -j 1 -o one.db "$@" 2> one
    understudy run "$file" -n 2 -j 2 -o two.db "$@" 2> two
    grep -q '^  \(NOT READY\|UNDECIDED\|READY\)   ' one
    [ -n "$(fingerprint one)" ]
    [ "$(fingerprint one)" = "$(fingerprint two)" ]
}

@test "01-single-queue runs, alike on one thread and two" {
    runs_alike 01 --set "duration=1 h" --set "warmup=1 min"
}

@test "01-single-queue meets the means of the M/M/1 queue" {
    understudy run "$root"/scenarios/01-single-queue.yaml -n 8 --json > out.json 2> /dev/null
    python3 - <<'PY'
import json
mean = {e["metric"]: e["mean"] for e in json.load(open("out.json"))["estimates"] if e["service"]}
assert abs(mean["sojourn_mean"] - 0.5) < 0.02, mean["sojourn_mean"]  # 1 / (10 - 8) s
assert abs(mean["queue"] - 3.2) < 0.2, mean["queue"]                 # rho^2 / (1 - rho)
assert abs(mean["cpu"] - 0.8) < 0.005, mean["cpu"]
PY
}

@test "02-call-centre runs, alike on one thread and two" {
    runs_alike 02 --set "duration=1 h"
}

@test "03-power-of-two runs, alike on one thread and two" {
    runs_alike 03 --set "duration=20 s" --set "warmup=10 s"
}

@test "03-power-of-two: two choices wait less than one, and more than looking at all" {
    for kind in random power_of_two least_request; do
        understudy run "$root"/scenarios/03-power-of-two.yaml -n 2 -o $kind.db --json \
            --set services.web.balancer=$kind --set "duration=2 min" > $kind.json 2> /dev/null
    done
    python3 - <<'PY'
import json
def inside(kind):
    return [e["mean"] for e in json.load(open(kind + ".json"))["estimates"] if e["metric"] == "sojourn_mean"][0]
assert inside("least_request") < 0.13 < 0.24 < inside("power_of_two") < 0.29 < 0.7 < inside("random")
PY
}

@test "04-zone-loss runs, alike on one thread and two" {
    runs_alike 04 --set "duration=8 min" --set "warmup=1 min"
}

@test "04-zone-loss: half as much again carries on, just enough does not" {
    understudy run "$root"/scenarios/04-zone-loss.yaml -n 2 -o six.db --set "duration=20 min" 2> six
    understudy run "$root"/scenarios/04-zone-loss.yaml -n 2 -o three.db --set "duration=20 min" \
        --set services.api.pools.eu-west-1=3 2> three
    ! grep -q 'NOT READY' six
    grep -q 'NOT READY' three
}

@test "05-retry-storm stays down with retries, and recovers without" {
    runs_alike 05 --set "duration=20 min"
    grep -q 'NOT READY' one
    grep -q 'no recovery by itself (' one
    understudy run "$root"/scenarios/05-retry-storm.yaml -n 2 -o none.db --set "duration=20 min" \
        --set personas.0.tolerance.retries=none 2> none
    ! grep -q 'NOT READY\|no recovery' none
}

@test "06-autoscaler-step runs with either autoscaler, alike on one thread and two" {
    runs_alike 06 --set "duration=16 min"
    understudy run "$root"/scenarios/06-autoscaler-step.yaml -n 1 -o k8s.db -q --set "duration=16 min" \
        --set services.api.scaler.kind=k8s_hpa
    first='SELECT min(t_s) - 600 FROM timeline WHERE event = "scale_out" AND t_s > 600'
    aws=$(sqlite3 one.db "$first") k8s=$(sqlite3 k8s.db "$first")
    [ "${aws%.*}" -ge 180 ] # three points of a minute
    [ "${k8s%.*}" -le 30 ]  # a sync period or two
}

@test "07-slow-region runs, alike on one thread and two" {
    runs_alike 07 --set "duration=8 min" --set "warmup=1 min"
}

@test "08-region-loss-at-peak is detected as its health check says, alike on one thread and two" {
    runs_alike 08 --set "duration=36 min" --set "warmup=5 min"
    grep -q 'NOT READY   us-west-2 for the loss of us-east-1' one
    late='SELECT count(*) FROM timeline WHERE event = "detected" AND t_s - 1800 NOT BETWEEN 24 AND 34'
    [ "$(sqlite3 one.db "$late")" -eq 0 ]
    [ "$(sqlite3 one.db 'SELECT count(*) FROM timeline WHERE event = "detected"')" -eq 2 ]
}

@test "09-four-regions runs, alike on one thread and two" {
    runs_alike 09 --set "duration=23 min" --set "warmup=1 min"
}

@test "10-trace-replay offers what its trace counts" {
    runs_alike 10 --set "duration=1 h" --set "warmup=0 s"
    # rows of 08:00 to 08:55, five times over, in each of two replications
    want=$(awk -F, '$1 >= "08:00" && $1 < "09:00" {n += $2} END {print 10 * n}' "$root"/scenarios/sample-trace.csv)
    [ "$(sqlite3 one.db 'SELECT sum(requests) FROM replication')" -eq "$want" ]
}

@test "10-trace-replay takes a public web trace and calls to a bank" {
    data=${UNDERSTUDY_DATA:-$root/../shared/data}
    [ -f "$data/nasa-http/nasa_per_minute_july.csv.gz" ] || skip "no public traces under $data"
    understudy run "$root"/scenarios/10-trace-replay.yaml -n 1 -o nasa.db -q \
        --set "traffic.0.arrivals.file=$data/nasa-http/nasa_per_minute_july.csv.gz" \
        --set traffic.0.arrivals.column=requests --set traffic.0.arrivals.time=timestamp_edt \
        --set "traffic.0.arrivals.interval=1 min" --set traffic.0.arrivals.scale=1
    understudy run "$root"/scenarios/10-trace-replay.yaml -n 1 -o calls.db -q \
        --set "traffic.0.arrivals.file=$data/calls/calls_5min.csv.gz" \
        --set traffic.0.arrivals.column=calls --set "traffic.0.arrivals.from=0 s" --set traffic.0.arrivals.scale=1
    want=$(zcat "$data/nasa-http/nasa_per_minute_july.csv.gz" |
        awk -F, '$1 >= "1995-07-01T08:00" && $1 < "1995-07-01T20:00" {n += $2} END {print n}')
    [ "$(sqlite3 nasa.db 'SELECT requests FROM replication')" -eq "$want" ]
    want=$(zcat "$data/calls/calls_5min.csv.gz" | awk -F, 'NR > 1 && NR <= 145 {n += $2} END {print n}')
    [ "$(sqlite3 calls.db 'SELECT requests FROM replication')" -eq "$want" ]
}

@test "11-sessions runs, alike on one thread and two" {
    runs_alike 11 --set "duration=20 min" --set "warmup=10 min"
}

@test "12-dns-or-anycast: one address is left sooner than a name, and connections outlive the fault" {
    runs_alike 12 --set "duration=34 min"
    understudy run "$root"/scenarios/12-dns-or-anycast.yaml -n 2 -o any.db -q --set "duration=34 min" \
        --set routing.policy=anycast --set routing.dns=~
    understudy run "$root"/scenarios/12-dns-or-anycast.yaml -n 2 -o ga.db -q --set "duration=34 min" \
        --set routing.policy=global_accelerator --set routing.dns=~
    after='SELECT max(b.t_s - a.t_s) FROM timeline a JOIN timeline b USING (replication)
        WHERE a.event = "detected" AND b.event = "moved_90"'
    dns=$(sqlite3 one.db "$after") any=$(sqlite3 any.db "$after") ga=$(sqlite3 ga.db "$after")
    [ "${dns%.*}" -eq 60 ] # the TTL
    [ "${ga%.*}" -eq 27 ]  # 90 % of 30 s
    [ "${any%.*}" -ge 25 ] && [ "${any%.*}" -le 35 ]
    # Five minutes after the region is back, the partner's old connections still lead away from it.
    understudy run "$root"/scenarios/12-dns-or-anycast.yaml -n 2 -o new.db -q --set "duration=34 min" \
        --set routing.policy=global_accelerator --set routing.dns=~ --set personas.1.connection=~
    west='SELECT sum(value) FROM series_by_name
        WHERE metric = "arrivals" AND region = "us-west-2" AND t_s BETWEEN 1500 AND 1560'
    kept=$(sqlite3 ga.db "$west") new=$(sqlite3 new.db "$west")
    [ "${kept%.*}" -gt "$((${new%.*} * 11 / 10))" ]
    run --separate-stderr understudy run "$root"/scenarios/12-dns-or-anycast.yaml -n 1 \
        --set routing.policy=global_accelerator
    [ "$status" -eq 2 ]
    grep -qF "'dns' has no meaning with 'global_accelerator', whose users keep one address" <<< "$stderr"
}

@test "the starter scenario is valid, and runs" {
    understudy new mine.yaml 2> /dev/null
    run --separate-stderr understudy validate mine.yaml
    [ "$status" -eq 0 ]
    [ "$stderr" = "mine.yaml: valid" ]
    understudy run mine.yaml -n 2 --set "duration=12 min" 2> out
    grep -q 'us-west-2 for the loss of us-east-1' out
    [ -f first-scenario.db ]
}

@test "no line of the summary is wider than the terminal says, down to 60 columns" {
    understudy new mine.yaml 2> /dev/null
    understudy run mine.yaml -n 2 -q -o mine.db --set "duration=12 min"
    for columns in 60 80 100 120; do
        COLUMNS=$columns understudy run mine.yaml -n 2 -o mine.db --set "duration=12 min" 2> out
        python3 - $columns <<'PY'
import sys
wide = max((len(l.rstrip("\n")), l) for l in open("out", encoding="utf-8"))
assert wide[0] <= int(sys.argv[1]), wide
PY
    done
}

@test "the summary has no colour in a pipe" {
    understudy new mine.yaml 2> /dev/null
    understudy run mine.yaml -n 1 --set "duration=12 min" 2> out
    ! grep -q $'\033' out
}

@test "13-no-capacity-left: launches are refused where others flee too, and machines held warm are not" {
    runs_alike 13 --set "duration=32 min"
    refused='SELECT count(*) FROM timeline WHERE event = "launch_refused"'
    [ "$(sqlite3 one.db "$refused")" -gt 0 ]
    understudy run "$root"/scenarios/13-no-capacity-left.yaml -n 2 -q -o alone.db \
        --set "duration=32 min" --set "capacity.us-west-2.others.share=0 %"
    [ "$(sqlite3 alone.db "$refused")" -eq 0 ]
}

@test "15-pods-and-nodes: who waits for a node is 3 to 4 minutes later, with room kept he is not" {
    runs_alike 15 --set "duration=12 min"
    ready='SELECT min(t_s) - 300 FROM timeline WHERE event = "node_ready" AND t_s > 300'
    wait=$(sqlite3 one.db "$ready")
    [ "${wait%.*}" -ge 195 ] && [ "${wait%.*}" -le 300 ]
    good() { sqlite3 "$1" "SELECT avg(value) > 0.9 FROM kpi_by_name WHERE metric = 'attainment' AND persona IS NULL"; }
    [ "$(good one.db)" -eq 0 ]
    understudy run "$root"/scenarios/15-pods-and-nodes.yaml -n 2 -q -o room.db --set "duration=12 min" \
        --set "nodes.workers.overprovisioning={pods: 4, vcpu: 2}"
    [ "$(good room.db)" -eq 1 ]
}

@test "30: too small a standby is never READY, a slow DNS misses the objective" {
    understudy sweep "$root"/scenarios/21-how-much-standby.yaml -o study -q -n 6
    verdict() {
        sqlite3 study/study.db "SELECT verdict FROM result_by_name WHERE unit = '$1'"
    }
    [ "$(sqlite3 study/study.db "SELECT count(*) FROM result")" -eq 9 ]
    [ "$(verdict 'pools.west=3, dns.ttl=10 s')" = "NOT READY" ]
    [ "$(verdict 'pools.west=6, dns.ttl=300 s')" = "NOT READY" ]
    [ "$(verdict 'pools.west=4, dns.ttl=10 s')" = UNDECIDED ] # six replications do not decide
}
