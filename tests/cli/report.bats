#!/usr/bin/env bats
# understudy report and plot: pictures of runs that are stored.

bats_require_minimum_version 1.5.0
load common

@test "a report says the verdict, needs nothing from outside and is the same twice" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q
    run --separate-stderr understudy report run.db
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [[ "$stderr" == *"run.html"* ]]
    verdict=$(sqlite3 run.db "SELECT verdict FROM verdict")
    grep -q "<title>$verdict" run.html
    grep -q "capacity caught up" run.html
    python3 "$root/tests/unit/plots/page.py" run.html
    understudy report -o again.html run.db
    cmp run.html again.html
}

@test "the same run made twice, on one and on two threads, has the same report" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q -j 1
    understudy report run.db -o one.html
    rm run.db
    understudy run s.yaml -o run.db -q -j 2
    understudy report run.db -o two.html
    cmp one.html two.html
}

@test "the report's moments are those that readiness prints" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q
    understudy report run.db
    detected=$(understudy readiness run.db 2>&1 | sed -n 's/.* detected  *\(+[0-9]* s\).*/\1/p')
    [ -n "$detected" ]
    grep -q "detected.*<b>$detected</b>" run.html
}

@test "injected load is not judged, so it has no row among the components" {
    small_scenario s.yaml 1
    echo "injections: [{persona: shopper, region: west, at: 0 s, duration: 5 min, rate: 5 req/s}]" >> s.yaml
    understudy run s.yaml -o run.db -q
    understudy report run.db
    injected=$(sqlite3 run.db "SELECT name FROM persona WHERE synthetic = 1")
    grep -qF "$injected" run.html
    sed -n '/<table class="matrix">/,/<\/table>/p' run.html > matrix
    grep -q '<th scope="row"><bdi>shopper</bdi></th>' matrix
    ! grep -qF "$injected" matrix
}

@test "a report of what is no run of ours, or to where none can be written, is refused" {
    echo nonsense > x.db
    run understudy report x.db
    [ "$status" -eq 1 ]
    [ ! -e x.html ]
    run understudy report missing.db
    [ "$status" -eq 1 ]
    small_scenario s.yaml 1
    understudy run s.yaml -o run.db -q
    run understudy report run.db -o no/such/folder.html
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot write 'no/such/folder.html': No such file or directory"* ]]
    run understudy report run.db --replication 9
    [ "$status" -eq 2 ]
    [[ "$output" == *"has no replication 9"* ]]
    run understudy report
    [ "$status" -eq 2 ]
}

@test "a full disk leaves no half chart" {
    command -v gnuplot > /dev/null || skip "no gnuplot here"
    small_scenario s.yaml 1
    understudy run s.yaml -o run.db -q
    for blocks in 0 8; do
        run bash -c "ulimit -f $blocks; trap '' XFSZ; '$program' plot run.db --kind timeline -o chart.svg"
        [ "$status" -eq 1 ]
        [[ "$output" == *"cannot write 'chart.svg': File too large"* || $blocks -eq 0 ]]
        [ -z "$(ls chart* 2> /dev/null)" ]
    done
    understudy plot run.db --kind timeline -o chart.svg
}

@test "a full disk leaves no half report" {
    small_scenario s.yaml 1
    understudy run s.yaml -o run.db -q
    run bash -c "ulimit -f 20; trap '' XFSZ; '$program' report run.db -o page.html"
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot write 'page.html': File too large"* ]]
    [ ! -e page.html ]
    [ -z "$(ls page.html.* 2>/dev/null)" ]
}

@test "every kind of chart is drawn of a real run" {
    small_scenario s.yaml 2
    understudy run s.yaml -o run.db -q
    for kind in timeline waterfall capacity latency latency-cdf utilisation; do
        understudy plot run.db --kind $kind -o $kind.svg
        python3 -c "import sys, xml.dom.minidom as m; m.parse(sys.argv[1])" $kind.svg
    done
    understudy plot run.db --kind waterfall
    cmp waterfall.svg run-waterfall.svg
    run understudy plot run.db --kind waterfal
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'waterfall'?"* ]]
}

@test "a name in a scenario stays a name in its pictures" {
    small_scenario s.yaml 1
    understudy run s.yaml -o run.db -q
    sqlite3 run.db "UPDATE persona SET name = '</script><script>alert(1)</script>'"
    understudy report run.db
    ! grep -q "<script>alert" run.html
    python3 "$root/tests/unit/plots/page.py" run.html
}

@test "on paper, every chart of the report has its picture" {
    command -v chromium >/dev/null || skip "no chromium"
    small_scenario s.yaml 2
    understudy run s.yaml -q
    understudy report small.db -o r.html
    HOME=$PWD timeout 60 chromium --headless --no-sandbox --disable-gpu --print-to-pdf=r.pdf \
        "file://$PWD/r.html" >/dev/null 2>&1 || skip "chromium does not run here"
    charts=$(grep -o 'data-chart=' r.html | wc -l)
    [ "$charts" -ge 8 ]
    [ "$(grep -ac '/Subtype */Image' r.pdf)" -ge "$charts" ]
}

@test "a timeline of less than one request per second has fractions at its ticks" {
    printf '%s\n' 'understudy: 1' 'name: slow' 'duration: 1 h' 'replications: 1' \
        'personas: [{persona: 1, kind: user, name: user, week: {mean: 6 /min}, actions: {ask: {work: 10 ms}}}]' \
        'regions: {here: {zones: 1}}' \
        'services: {desk: {instance: {name: box, tuning: {slots: 1, queue: 9}}, pools: {here: 1}}}' \
        'traffic: [{persona: user, arrivals: {kind: poisson, rate: 6 /min}}]' > slow.yaml
    understudy run slow.yaml -q
    understudy plot slow.db -o slow.svg
    grep -q '>0\.[0-9]*</' slow.svg
    ! grep -q '>-*0\.[0-9]*\(00000\|99999\)' slow.svg
}
