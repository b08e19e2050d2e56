# understudy best: which unit of a design is the best?
bats_require_minimum_version 1.5.0
load common

# Three sizes of the standby, of which the largest answers soonest and the smallest is cheapest.
designed_scenario() {
    small_scenario s.yaml 2 "10 req/s"
    printf 'design: {matrix: {services.web.pools.west.instances: [1, 2, 3]}}\n' >> s.yaml
}

@test "the best unit is picked with its probability, and what lost is told" {
    designed_scenario
    run understudy best s.yaml --kpi latency_p95 --indifference "5 ms" -n 8 -o out
    [ "$status" -eq 0 ]
    [[ "$output" == *"unit 3 (west.instances=3) is the best in latency_p95 with probability >= 95 %, where it leads by 5 ms"* ]]
    [[ "$output" == *"west.instances=1"*"out after 8"* ]]
    understudy best s.yaml --kpi latency_p95 --indifference "5 ms" -n 8 -o out --json > best.json
    python3 - << 'PY'
import json
best = json.load(open("best.json"))
assert best["best"] == 3 and best["decided"] and best["possible"] == 1
assert best["indifference"] == 0.005 and best["confidence"] == 0.95
means = [u["mean"] for u in best["units"]]
assert means[2] == min(means)
assert best["units"][0]["out_after"] is not None and best["units"][2]["out_after"] is None
PY
    [ "$(sqlite3 out/study.db "SELECT method, best, possible FROM selection")" = "kn|3|1" ]
    # The mean is that of the replications that counted.
    [ "$(sqlite3 out/study.db "SELECT count(*) FROM selection_unit WHERE out_after = replications")" -eq 2 ]
}

@test "a choice that was interrupted ends as one that was not, with any number of threads" {
    designed_scenario
    ask=(--kpi latency_mean --indifference "1 ms" -n 4 --most 10 -q)
    understudy best s.yaml "${ask[@]}" -o one -j 1
    understudy best s.yaml "${ask[@]}" -o two -j 3
    sqlite3 one/study.db "SELECT * FROM selection; SELECT * FROM selection_unit; SELECT digest FROM study; SELECT replications FROM unit" > one.txt
    sqlite3 two/study.db "SELECT * FROM selection; SELECT * FROM selection_unit; SELECT digest FROM study; SELECT replications FROM unit" | cmp - one.txt
    # As if killed in a stage: one unit is gone, another one not judged.
    rm two/0003.db
    sqlite3 two/study.db "DELETE FROM result WHERE unit IN (2, 3); DELETE FROM selection_unit; DELETE FROM selection"
    understudy best s.yaml "${ask[@]}" -o two -j 2
    sqlite3 two/study.db "SELECT * FROM selection; SELECT * FROM selection_unit; SELECT digest FROM study; SELECT replications FROM unit" | cmp - one.txt
}

@test "what cannot be told apart stays undecided at the most, and is said to be" {
    designed_scenario
    run understudy best s.yaml --kpi latency_p95 --indifference "1 us" -n 3 --most 4 -o out
    [ "$status" -eq 0 ]
    [[ "$output" == *"has the best latency_p95 so far, but "*" units are left after 4 rounds: nothing is decided at 95 %"* ]]
}

@test "units that have run are compared with the best of the others" {
    designed_scenario
    understudy sweep s.yaml -n 6 -o swept -q --set "services.web.instance.price=1 USD/h"
    run understudy best swept --kpi latency_p95
    [ "$status" -eq 0 ]
    [[ "$output" == *"1  west.instances=1 "*" is not"* ]]
    [[ "$output" == *"unit 3 (west.instances=3) has the best latency_p95, but 2 units may be the best"* ]]
    run understudy best swept --kpi cost
    [[ "$output" == *"unit 1 (west.instances=1) is the best in cost: no other one can be"* ]]
    understudy best swept --kpi cost --json > cost.json
    python3 - << 'PY'
import json
best = json.load(open("cost.json"))
assert best["best"] == 1 and best["better"] == "lower"
by = {u["number"]: u for u in best["units"]}
assert by[1]["low"] == 0 and by[1]["ahead"] > 0 and by[3]["high"] == 0 and by[3]["ahead"] < by[2]["ahead"] < 0
PY
    understudy plot swept/study.db --kind best --kpi latency_p95 -o best.svg
    understudy plot swept/study.db --kpi latency_p95
    cmp best.svg swept/study-best.svg
    grep -q "is not the best" best.svg
    run understudy plot swept/study.db --kind best --kpi costs
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'cost'?"* ]]
}

@test "mistakes of a choice are told and nothing is run" {
    designed_scenario
    run understudy best s.yaml --kpi latency_p95
    [ "$status" -eq 2 ]
    [[ "$output" == *"--indifference is needed"* ]]
    run understudy best s.yaml --kpi latency_p95 --indifference 5
    [ "$status" -eq 2 ]
    [[ "$output" == *"--indifference:15: error: 'indifference' is 5, needs a unit such as 250 ms"* ]]
    run understudy best s.yaml --kpi offered --indifference 5
    [ "$status" -eq 2 ]
    [[ "$output" == *"neither better when it is higher nor when it is lower"* ]]
    run understudy best s.yaml --kpi latency_p9 --indifference "5 ms"
    [ "$status" -eq 2 ]
    [[ "$output" == *"unknown metric 'latency_p9'; did you mean 'latency_p95'?"* ]]
    run understudy best s.yaml --indifference 1 -n 20 --most 10
    [ "$status" -eq 2 ]
    [[ "$output" == *"--most is less than the first stage"* ]]
    small_scenario plain.yaml
    run understudy best plain.yaml --indifference 1
    [ "$status" -eq 2 ]
    [[ "$output" == *"has no 'design'"* ]]
    [ ! -e small.study ]
    understudy sweep s.yaml -n 2 -o swept -q
    run understudy best swept --indifference 1
    [ "$status" -eq 2 ]
    run understudy plot swept/study.db --kind best
    [ "$status" -eq 1 ]
    [[ "$output" == *"compares no units with the best"* ]]
}
