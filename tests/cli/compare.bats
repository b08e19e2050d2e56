#!/usr/bin/env bats
# understudy compare: two runs side by side.

bats_require_minimum_version 1.5.0
load common

two_runs() {
    small_scenario s.yaml 6
    understudy run s.yaml -o a.db -q
    understudy run s.yaml -o b.db -q --set services.web.pools.west.instances=1
}

@test "a smaller standby is worse in latency, and only --check makes that an exit code" {
    two_runs
    run --separate-stderr understudy compare a.db b.db
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    grep -Eq 'latency_mean +shopper .* worse$' <<< "$stderr"
    [[ "$stderr" == *"; 6 pairs of replications that met the same users"* ]]
    run understudy compare a.db b.db --check -q
    [ "$status" -eq 4 ]
    [ -z "$output" ]
    run understudy compare b.db a.db --check -q
    [ "$status" -eq 0 ]
}

@test "the difference is the mean of the pairs' differences, as SQL finds it" {
    two_runs
    understudy compare a.db b.db --json > c.json
    sql=$(sqlite3 a.db "ATTACH 'b.db' AS other; SELECT avg(o.value - k.value) FROM kpi_by_name k
        JOIN other.kpi_by_name o USING (replication, metric) WHERE metric = 'latency_mean'
        AND k.persona IS NULL AND o.persona IS NULL AND k.region IS NULL AND o.region IS NULL")
    python3 - "$sql" << 'PY'
import json, sys
rows = json.load(open("c.json"))["rows"]
row, = [r for r in rows if r["metric"] == "latency_mean" and r["persona"] is None and r["region"] is None]
assert abs(row["difference"] - float(sys.argv[1])) < 1e-9 * row["difference"], row
assert row["low"] < row["difference"] < row["high"] and row["outcome"] == "worse" and row["n"] == 6
assert row["p_holm"] >= row["p"]
assert all(r["outcome"] is None for r in rows if r["better"] == "neither")
PY
}

@test "a run is the same as itself in everything" {
    two_runs
    understudy compare a.db a.db --json --check | python3 -c '
import json, sys
c = json.load(sys.stdin)
assert c["worse"] == c["better"] == c["undecided"] == 0 and c["same"] == c["family"] > 20'
}

@test "the only persona is counted once, and what is said of all is what is said of it" {
    two_runs
    understudy compare a.db b.db --json > c.json
    python3 - << 'PY'
import json
c = json.load(open("c.json"))
judged = [r for r in c["rows"] if r["outcome"] is not None]
again = [r for r in judged if r["same_as_persona"] is not None]
assert c["family"] == len(judged) - len(again) and len(again) > 10, c["family"]
for r in again:
    own, = [o for o in judged if o["metric"] == r["metric"] and o["persona"] == "shopper" and o["region"] is None]
    assert r["same_as_persona"] == "shopper" and r["persona"] is None
    assert all(r[k] == own[k] for k in ("a", "b", "p", "p_holm", "outcome"))
PY
    run understudy compare a.db b.db --all
    [ "$(grep -c '^  latency_p99 ' <<< "$output")" -eq 3 ] # of the persona, and in each region
}

@test "runs of other seeds are not paired" {
    two_runs
    understudy run s.yaml -o c.db -q -s 8
    run understudy compare a.db c.db
    [ "$status" -eq 0 ]
    [[ "$output" == *"seeds differ (7, 8), so nothing is paired"* ]]
}

@test "scenarios are run with one seed and as many replications, and their databases stay" {
    small_scenario s.yaml 3
    run understudy compare s.yaml s.yaml --set services.web.pools.west.instances=1 --check -m latency_mean
    [ "$status" -eq 4 ]
    [ "$(sqlite3 small.db 'SELECT count(*) FROM replication')" = 3 ]
    [ "$(sqlite3 small-b.db 'SELECT overrides FROM run')" = services.web.pools.west.instances=1 ]
    small_scenario other.yaml 9
    understudy run s.yaml -q -o a.db -s 44
    understudy compare a.db other.yaml -q -f
    [ "$(sqlite3 small.db 'SELECT seed, count(*) FROM run, replication')" = "44|3" ]
}

@test "Markdown holds what changed and nothing of what did not" {
    two_runs
    understudy compare a.db b.db -q --markdown m.md
    grep -q '^| latency\\_mean | shopper | .* | worse |$' m.md
    ! grep -q 'undecided |$' m.md
}

@test "a family of nothing is refused" {
    two_runs
    run understudy compare a.db b.db --metric latency_p98
    [ "$status" -eq 2 ]
    [[ "$output" == *"did you mean 'latency_p9"* ]]
    run understudy compare a.db b.db --metric offered
    [ "$status" -eq 2 ]
    run understudy compare a.db none.db
    [ "$status" -eq 1 ]
}

@test "a chart of the differences has its colours by what is better" {
    two_runs
    run --separate-stderr understudy compare a.db b.db -q --chart d.svg
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    grep -q "latency_mean, shopper" d.svg
    grep -q ">worse<" d.svg
    [ "$(head -c 5 d.svg)" = "<?xml" ]
    cp d.svg first.svg
    understudy compare a.db b.db -q --chart d.svg
    cmp d.svg first.svg
    understudy compare a.db b.db -q --chart d.png --width 480
    [ "$(head -c 4 d.png | tail -c 3)" = "PNG" ]
    run understudy compare a.db a.db -q --chart same.svg
    [ "$status" -eq 1 ]
    [[ "$output" == *"no difference to draw"* ]]
    [ ! -e same.svg ]
}

@test "a chart's ending is checked before anything runs, with all else" {
    small_scenario s.yaml
    run understudy compare s.yaml s.yaml --chart d.jpg --metric latnecy_p99
    [ "$status" -eq 2 ]
    [[ "$output" == *"'d.jpg' must end in .svg, .png or .pdf"* ]]
    [[ "$output" == *"did you mean 'latency_p99'?"* ]]
    [ ! -e small.db ]
}

@test "the shape of latency is compared by exchanging replications" {
    two_runs
    run understudy compare a.db b.db
    [[ "$output" == *"shape of latency, shopper: differs; up to "* ]]
    understudy compare a.db b.db --json > c.json
    gap=$(python3 -c 'import json; s, = json.load(open("c.json"))["shapes"]; assert s["outcome"] == "differs" and s["p"] == 1 / 32 and abs(abs(s["below_b"] - s["below_a"]) - s["gap"]) < 1e-9; print(s["below_a"], s["at_s"])')
    read -r below at <<< "$gap"
    # As SQL finds it.
    [ "$(sqlite3 a.db "SELECT abs($below - 1.0 * sum(count * (high_s <= $at + 1e-12)) / sum(count)) < 1e-9 FROM histogram")" -eq 1 ]
    run understudy compare a.db a.db
    [[ "$output" == *"shape of latency, shopper: the same"* ]]
}

@test "two different scenarios are paired where a persona is in both, and not where none is" {
    small_scenario a.yaml 6
    sed 's/name: small$/name: other/; s/mean 50 ms/mean 60 ms/' a.yaml > b.yaml
    run understudy compare a.yaml b.yaml
    [ "$status" -eq 0 ]
    [[ "$output" == *"B  "*"(other)"*"6 pairs of replications that met the same users"* ]]
    [ -e small.db ] && [ -e other.db ]
    sed 's/shopper/buyer/; s/name: small$/name: third/' a.yaml > c.yaml
    run understudy compare small.db c.yaml
    [ "$status" -eq 0 ]
    [[ "$output" == *"no persona in common, so nothing is paired: Welch's t"* ]]
}
