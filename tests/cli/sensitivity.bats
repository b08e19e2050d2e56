# understudy sensitivity: which parameter moves the answers most?
bats_require_minimum_version 1.5.0
load common

ranges=(--vary "routing.dns.ttl=10..120 s" --vary "services.web.pools.west.instances=1..3")

@test "main effects are told as a table, and to programs, with intervals" {
    small_scenario s.yaml 3 "10 req/s"
    run understudy sensitivity s.yaml "${ranges[@]}" --method effects -o out --kpi attainment --kpi cost
    [ "$status" -eq 0 ]
    [[ "$output" == *"main effects between the ends of the ranges · 4 units · up to 3 replications"* ]]
    [[ "$output" == *"dns.ttl"*"10 s .. 120 s"* ]]
    understudy sensitivity out --json --kpi attainment --kpi cost > out.json
    python3 - << 'PY'
import json
study = json.load(open("out.json"))
assert study["method"] == "effects" and study["units"] == 4
attainment, cost = study["answers"]
by = {p["path"]: p for p in attainment["parameters"]}
ttl = by["routing.dns.ttl"]["effect"]
assert ttl["value"] < 0 and ttl["low"] <= ttl["value"] <= ttl["high"]      # later is worse
by = {p["path"]: p for p in cost["parameters"]}
assert by["routing.dns.ttl"]["effect"]["value"] == 0                       # and costs nothing
PY
}

@test "a killed study goes on, and what it holds does not depend on threads" {
    small_scenario s.yaml 2 "10 req/s"
    understudy sensitivity s.yaml "${ranges[@]}" --points 3 -o one -j 1 -q
    understudy sensitivity s.yaml "${ranges[@]}" --points 3 -o two -j 3 -q
    rm two/0005.db
    sqlite3 two/study.db "DELETE FROM result WHERE unit = 5"
    understudy sensitivity s.yaml "${ranges[@]}" --points 3 -o two -j 2 -q
    sqlite3 one/study.db "SELECT * FROM sensitivity; SELECT digest FROM study" > one.txt
    sqlite3 two/study.db "SELECT * FROM sensitivity; SELECT digest FROM study" | cmp - one.txt
    [ "$(sqlite3 one/study.db "SELECT count(*) FROM sensitivity WHERE measure = 'mu_star'")" -eq 8 ]
}

@test "the ranges may stand in the scenario, whose units plan lists" {
    small_scenario s.yaml 2 "10 req/s"
    cat >> s.yaml << 'YAML'
design:
  sensitivity: {method: sobol, n: 8, ranges: {routing.dns.ttl: 10..120 s}}
YAML
    run understudy plan s.yaml --no-estimate
    [[ "$output" == *"24 units, 48 replications"* ]]
    understudy sensitivity s.yaml -q
    [ "$(sqlite3 small.sensitivity/study.db "SELECT method, n FROM sensitivity_plan")" = "sobol|8" ]
    # So few points are told, each time.
    run understudy plan s.yaml --no-estimate
    [[ "$output" == *"warning: 8 base points"* ]]
    run understudy plan s.yaml --no-estimate --set design.sensitivity.n=64
    [[ "$output" != *"base points"* ]]
    # Another metric of the same study: nothing runs.
    run understudy sensitivity small.sensitivity --kpi latency_p95
    [ "$status" -eq 0 ]
    [[ "$output" == *"latency_p95: mean"* ]]
    [[ "$output" != *"replications  "* ]]
}

@test "an answer that nothing moves has no shares, and says so" {
    small_scenario s.yaml 2 "10 req/s"
    run understudy sensitivity s.yaml --vary "routing.dns.ttl=10..120 s" --method sobol --points 8 --kpi cost -o out
    [ "$status" -eq 0 ]
    [[ "$output" == *"cost: mean 0 USD, deviation between units 0 USD; no parameter moves it"* ]]
    [[ "$output" =~ "10 s .. 120 s"\ +"-"\ +"-" ]]
    [[ "$output" != *nan* ]]
}

@test "mistakes are told at once, with what was meant" {
    small_scenario s.yaml
    run understudy sensitivity s.yaml --vary "routing.dns.tl=10..20 s" --vary "services.web.pools.wets.instances=1..2"
    [ "$status" -eq 2 ]
    [[ "$output" == *"unknown key 'tl'"* ]]
    [[ "$output" == *"unknown region 'wets'; did you mean 'west'?"* ]]
    [[ "$output" == *"2 errors; nothing was run"* ]]
    run understudy sensitivity s.yaml --vary "routing.dns.ttl=20..10 s" --vary "seed=1.x"
    [ "$status" -eq 2 ]
    [[ "$output" == *"--vary 'seed=1.x' needs a path and a range"* ]]
    run understudy sensitivity s.yaml --vary "routing.dns.ttl=20..10 s"
    [ "$status" -eq 2 ]
    [[ "$output" == *"a range must rise, got 20 to 10 s"* ]]
    run understudy sensitivity s.yaml "${ranges[@]}" --kpi cots --kpi latency_p98
    [ "$status" -eq 2 ]
    [[ "$output" == *"'cots'; did you mean 'cost'?"*"'latency_p98'"* ]]
    # All of them together, before anything runs.
    run understudy sensitivity s.yaml --vary "routing.dns.tl=10..20 s" --kpi cots
    [ "$status" -eq 2 ]
    [[ "$output" == *"'cots'; did you mean 'cost'?"*"unknown key 'tl'"* ]]
    run understudy sensitivity s.yaml "${ranges[@]}" --kpi cpu@wset --kpi cpu@west/wbe
    [ "$status" -eq 2 ]
    [[ "$output" == *"unknown region 'wset'; did you mean 'west'?"*"unknown service 'wbe'; did you mean 'web'?"* ]]
    run understudy sensitivity s.yaml "${ranges[@]}" --method moris
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'morris'?"* ]]
    run understudy sensitivity s.yaml "${ranges[@]}" --method effects --points 4
    [ "$status" -eq 2 ]
    [[ "$output" == *"'n' says nothing to 'effects'"* ]]
    run understudy sensitivity s.yaml "${ranges[@]}" --method sobol --points 2
    [ "$status" -eq 2 ]
    [[ "$output" == *"'sobol' needs 8 base points or more, got 2"* ]]
    run understudy sensitivity s.yaml
    [ "$status" -eq 2 ]
    [ ! -e small.sensitivity ]
}

@test "a design asks one question: nothing stands beside sensitivity" {
    small_scenario s.yaml
    cat >> s.yaml << 'YAML'
design:
  matrix: {routing.dns.stale_share: [0 %, 2 %]}
  sensitivity: {ranges: {routing.dns.ttl: 10..120 s}}
YAML
    run understudy plan s.yaml
    [ "$status" -eq 2 ]
    [[ "$output" == *"'matrix' cannot stand beside 'sensitivity'"* ]]
}

@test "a folder that is no study of sensitivity is refused" {
    small_scenario s.yaml 2 "10 req/s"
    printf 'design: {matrix: {routing.dns.ttl: [10 s, 60 s]}}\n' >> s.yaml
    understudy sweep s.yaml -o swept -q
    run understudy sensitivity swept
    [ "$status" -eq 1 ]
    [[ "$output" == *"is the study of no sensitivity"* ]]
    mkdir empty
    run understudy sensitivity empty
    [ "$status" -eq 1 ]
    run understudy sensitivity swept -n 3
    [ "$status" -eq 2 ]
    run understudy sensitivity s.yaml "${ranges[@]}" -o swept -q
    [ "$status" -eq 1 ]
    [[ "$output" == *"holds another study"* ]]
}

@test "a tornado, a scatter and a report are drawn of a study, the same bytes each time" {
    small_scenario s.yaml 2 "10 req/s"
    understudy sensitivity s.yaml "${ranges[@]}" --points 3 -o m -q
    understudy sensitivity s.yaml "${ranges[@]}" --method effects -o e -q --kpi readiness --kpi cost
    understudy plot m/study.db
    [ "$(head -c 5 m/study-tornado.svg)" = "<?xml" ]
    grep -q "dns.ttl, 10 s .. 120 s" m/study-tornado.svg
    understudy plot m/study.db -o again.svg
    cmp again.svg m/study-tornado.svg
    understudy plot m/study.db --kind morris --kpi cost -o scatter.png --width 500
    [ "$(head -c 4 scatter.png | tail -c 3)" = "PNG" ]
    understudy plot e/study.db --kind tornado -o e.svg
    grep -q "at the high end" e.svg
    understudy report m/study.db -o m.html
    grep -q "What matters" m.html
    [ "$(grep -c '<tr><th scope="row">' m.html)" -eq 8 ]
    understudy report m/study.db -o again.html
    cmp m.html again.html
    run understudy plot e/study.db --kind morris
    [ "$status" -eq 1 ]
    [[ "$output" == *"holds no elementary effects"* ]]
    run understudy plot e/study.db --kpi cots
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'cost'?"* ]]
    run understudy plot e/study.db --kind tornaod
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'tornado'?"* ]]
    run understudy plot e/0001.db --kind tornado
    [ "$status" -eq 2 ]
    [[ "$output" == *"give it the study.db"* ]]
    run understudy plot e/none.db --kind tornado
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot open 'e/none.db': No such file"* ]]
    run understudy plot e/0001.db --kind timeline --kpi cost
    [ "$status" -eq 2 ]
    run understudy report e/study.db --replication 2
    [ "$status" -eq 2 ]
}

@test "a study that asked for no sensitivity has a report, and no tornado" {
    small_scenario s.yaml 2 "10 req/s"
    printf 'design: {matrix: {routing.dns.ttl: [10 s, 60 s]}}\n' >> s.yaml
    understudy sweep s.yaml -o swept -q
    understudy report swept/study.db -o swept.html
    [ "$(grep -c '<code>000[12].db' swept.html)" -eq 2 ]
    run understudy plot swept/study.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"asks for no sensitivity"* ]]
}

@test "names in a study's pictures are text" {
    small_scenario s.yaml 2 "10 req/s"
    understudy sensitivity s.yaml --vary "routing.dns.ttl=10..20 s" --method effects -o x -q --kpi cost
    # Somebody else's database may hold anything.
    sqlite3 x/study.db "UPDATE study SET name = '<b>it''s %s'; UPDATE factor SET label = 'a''; exit; \"<i>%d'"
    understudy plot x/study.db -o x.svg
    understudy report x/study.db -o x.html
    run ! grep -Eq '<b>it|<i>%d' x.html x.svg
    grep -q '&lt;b&gt;it' x.html
    grep -q '&lt;i>%d' x.svg
}
