# Which triggers keep a system down.
load common

storm() {
    understudy basin "$root/scenarios/05-retry-storm.yaml" -n 2 --set "duration=15 min" \
        --trigger faults.0.factor=1.2,3,5 --duration "faults.0.duration=15 s,60 s" --load 0.5,0.8 "$@"
}

@test "05-retry-storm: small triggers pass, large ones stay, and a short queue helps" {
    storm --with "short queue:services.api.instance.tuning.queue=4" --json -o b.db > b.json
    python3 - <<'PY'
import json
cells = {(c['mitigation'], c['load'], c['duration'], c['size']): c for c in json.load(open('b.json'))['cells']}
assert len(cells) == 24
assert cells['none', '0.5', '15 s', '1.2']['stuck'] == 0     # half the load, 20 % slower for 15 s
assert cells['none', '0.8', '60 s', '5']['stuck'] == 2
assert cells['none', '0.8', '60 s', '5']['sends'] > 3.5      # of four attempts
assert sum(c['stuck'] for k, c in cells.items() if k[0] == 'short queue') == 0
for (mitigation, load, duration, size), cell in cells.items():
    for larger in {'1.2': ['3', '5'], '3': ['5'], '5': []}[size]:
        assert cells[mitigation, load, duration, larger]['stuck'] >= cell['stuck'], (load, duration, size)
PY
    understudy plot b.db --kind basin -o b.svg
    understudy plot b.db
    cmp b.svg b-basin.svg
    cp b.db many.db # every mitigation has a row that can be read
    for name in a b c d e f; do
        sqlite3 many.db "INSERT INTO basin_cell SELECT asked, '$name', load, size, duration, load_value, size_value,
            duration_value, n, stuck, low, high, good, sends FROM basin_cell WHERE mitigation = 'none'"
    done
    understudy plot many.db --kind basin -o many.svg
    [ "$(grep -o -m 1 'height="[0-9]*"' many.svg | tr -dc 0-9)" -gt "$(grep -o -m 1 'height="[0-9]*"' b.svg | tr -dc 0-9)" ]
    grep -q 'short queue' b.svg
    understudy report b.db -o b.html
    python3 - <<'PY'
import re
page = open('b.html').read()
section = re.search(r'<section id="basin">(.*?)</section>', page, re.S).group(1)
assert '<a href="#basin">' in page
maps = re.findall(r'<table class="basin">.*?</table>', section, re.S)
assert len(maps) == 4 and section.index('as written') < section.index('short queue')
cells = [re.findall(r'<td [^>]*>([0-9.]+)</td>', m) for m in maps]   # longest first, sizes ascending
assert [len(c) for c in cells] == [6] * 4
assert cells[0][3] == '0' and cells[1][2] == '100' and set(cells[2] + cells[3]) == {'0'}, cells
PY
}

@test "a study of a basin goes on where it was stopped, alike on one thread and two" {
    storm -q -j 1 -o one.db
    storm -q -j 2 -o two.db
    sqlite3 two.db "DELETE FROM basin_cell WHERE size = 3"
    storm -q -j 2 -o two.db
    for db in one two; do
        sqlite3 $db.db "SELECT * FROM basin_cell ORDER BY mitigation, load, duration, size" > $db
    done
    test "$(wc -l < one)" -eq 12 && cmp one two
}

@test "a run that stays down says so, with what it was before and what it sends" {
    understudy run "$root/scenarios/05-retry-storm.yaml" -n 2 --set "duration=15 min" -o r.db 2> said
    grep -q 'no recovery by itself in 2 of 2 replications: 0 of 112 requests a second' said
    [ "$(sqlite3 r.db "SELECT count(*) FROM timeline_by_name WHERE event = 'metastable'")" -eq 2 ]
    [ "$(sqlite3 r.db "SELECT min(sends_after) > 3.9 AND max(sends_before) < 1.1 FROM stability")" -eq 1 ]
    understudy report r.db -o r.html
    grep -q 'no recovery by itself in 2 of 2' r.html
    [ "$(grep -c 'id="basin"' r.html)" -eq 0 ]
    understudy run "$root/scenarios/05-retry-storm.yaml" -n 2 --set "duration=15 min" -o s.db --json \
        --set personas.0.tolerance.retries=none > s.json
    python3 -c "import json; s = json.load(open('s.json'))['stability']; assert s['metastable'] == 0 and s['of'] == 2, s"
}

@test "mistakes in the axes are told, and nothing is run" {
    for mistake in "--load 1" "--trigger faults.0.factor" "--trigger faults.0.factor=5..2/3" \
        "--trigger faults.0.factor=3,2" "--trigger faults.0.factor=a,b" \
        "--trigger faults.0.factor=1..2/99" "--trigger faults.0.duration=10s..20min/3" \
        "--trigger faults.0.factor=2 --with queue" "--trigger faults.0.nothing=2"; do
        # shellcheck disable=SC2086
        run understudy basin "$root/scenarios/05-retry-storm.yaml" -n 2 --set "duration=10 min" -q -f -o wrong.db $mistake
        [ "$status" -eq 2 ] || { echo "$mistake: $status $output"; false; }
    done
    run understudy basin "$root/scenarios/01-single-queue.yaml" -q --trigger seed=1,2 -o none.db -n 2 --set "duration=31 min"
    [ "$status" -eq 2 ]
    [[ "$output" == *"no faults"* ]]
}

@test "ranges begin at whole numbers, and lists may change their unit on the way" {
    understudy basin "$root/scenarios/05-retry-storm.yaml" -n 2 --set "duration=15 min" --load 0.5 \
        --trigger faults.0.factor=2..4/2 --duration "faults.0.duration=30 s,1 min" --json -o b.db > b.json
    python3 - <<'PY'
import json
cells = [(c['duration'], c['size']) for c in json.load(open('b.json'))['cells']]
assert cells == [('30 s', '2'), ('30 s', '4'), ('1 min', '2'), ('1 min', '4')], cells
PY
}

@test "a mistake in a size, a duration or a mitigation is found before anything runs" {
    for mistake in "faults.0.factor=2,0.5" "faults.0.faktor=2" "faults.7.factor=2"; do
        run understudy basin "$root/scenarios/05-retry-storm.yaml" -n 2 -o wrong.db --trigger "$mistake"
        [ "$status" -eq 2 ] && [[ "$output" == *"nothing was run"* ]] && [ ! -e wrong.db ]
    done
    run understudy basin "$root/scenarios/05-retry-storm.yaml" -n 2 -o wrong.db --trigger faults.0.factor=2 \
        --duration "faults.0.duration=1 min,2"
    [ "$status" -eq 2 ] && [[ "$output" == *"nothing was run"* ]] && [ ! -e wrong.db ]
    run understudy basin "$root/scenarios/05-retry-storm.yaml" -n 2 -o wrong.db --trigger faults.0.factor=2 \
        --with "more:services.api.pools.nowhere=3"
    [ "$status" -eq 2 ] && [[ "$output" == *"nothing was run"* ]] && [ ! -e wrong.db ]
}

@test "nobody is said to recover from a trigger that is not over in time" {
    # the fault begins at 2 min and m is told of the last 5 of 15: a trigger may last for 8
    run understudy basin "$root/scenarios/05-retry-storm.yaml" -n 2 --set "duration=15 min" -q -o b.db \
        --set "faults.0.at=2 min" --trigger faults.0.factor=1.2 --duration "faults.0.duration=8 min"
    [ "$status" -eq 0 ]
    run understudy basin "$root/scenarios/05-retry-storm.yaml" -n 2 --set "duration=15 min" -q -f -o b.db \
        --set "faults.0.at=2 min" --trigger faults.0.factor=1.2 --duration "faults.0.duration=1 min,481 s"
    [ "$status" -eq 2 ]
    [[ "$output" == *"or nothing can be told"* ]]
    [ "$(sqlite3 b.db "SELECT count(*) FROM basin_cell")" -eq 0 ]
    understudy run "$root/scenarios/05-retry-storm.yaml" -n 2 --set "duration=15 min" -o r.db -q \
        --set "faults.0.at=2 min" --set "faults.0.duration=endless"
    [ "$(sqlite3 r.db "SELECT count(*), count(metastable) FROM stability")" = "2|0" ]
}

@test "a map of one row is drawn: triggers without a duration" {
    understudy basin "$root/scenarios/05-retry-storm.yaml" -n 2 --set "duration=12 min" -q -o b.db \
        --trigger faults.0.factor=1.1,5
    [ "$(sqlite3 b.db "SELECT group_concat(stuck) FROM basin_cell ORDER BY size")" = "0,2" ]
    understudy plot b.db --kind basin -o b.svg
    grep -qi 'rgb(163, *52, *30)\|#a3341e' b.svg # who stays down
    grep -q 'size of the trigger, faults.0.factor' b.svg
}
