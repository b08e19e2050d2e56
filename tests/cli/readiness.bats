#!/usr/bin/env bats
# understudy readiness: judging runs that are stored.

bats_require_minimum_version 1.5.0
load common

@test "a standby that is large enough loses little, and why is said" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q
    run --separate-stderr understudy readiness run.db
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [[ "$stderr" == *"west for the loss of east   readiness "* ]]
    [[ "$stderr" == *"    detected            +"* ]]
    [[ "$stderr" == *"why: shopper loses "* ]]
    [[ "$stderr" == *"shopper   100 %"*"4/4"* ]]
}

@test "judging again with other standards stores nothing" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q
    sqlite3 run.db "SELECT * FROM verdict" > before.txt
    run understudy readiness run.db --set ready_p=10% --set "horizon=20 min" --set burn_limit=100%
    [ "$status" -eq 0 ]
    [[ "$output" == *"READY   west"* ]]
    sqlite3 run.db "SELECT * FROM verdict" > after.txt
    cmp before.txt after.txt
}

@test "judging again by the stored standards changes nothing" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q
    dump run.db > before.txt
    understudy readiness run.db 2> /dev/null
    dump run.db > after.txt
    cmp before.txt after.txt
}

@test "standards of the scenario are stored and used" {
    small_scenario s.yaml
    printf 'readiness: {horizon: 30 min, weight_rto: 50 %%}\n' >> s.yaml
    understudy run s.yaml -o run.db -q
    [ "$(sqlite3 run.db "SELECT value FROM setting WHERE name = 'horizon_s'")" = 1800.0 ]
    run --separate-stderr understudy readiness run.db --json
    [ "$(echo "$output" | python3 -c 'import json,sys; r=json.load(sys.stdin)["runs"][0]; print(r["horizon_s"], r["settings"]["weight_rto"])')" = "1800.0 0.5" ]
}

@test "--check exits with 3 unless READY" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q
    run understudy readiness run.db --check
    [ "$status" -eq 3 ]
    run understudy readiness run.db --check --set ready_p=10% --set ready_score=10
    [ "$status" -eq 0 ]
}

@test "JSON is one document on stdout, with the numbers of the database" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q
    understudy readiness run.db --json > out.json 2> err.txt
    [ ! -s err.txt ]
    python3 - << 'PYTHON'
import json, sqlite3
out = json.load(open("out.json"))
row = sqlite3.connect("run.db").execute("SELECT verdict, readiness, low, high, p_ready, p_low, p_high, n FROM verdict").fetchone()
run = out["runs"][0]
assert out["verdict"] == run["verdict"] == row[0]
for name, i in (("readiness", 1), ("p_ready", 4)):
    for k, key in enumerate(("value", "low", "high")):
        assert abs(run[name][key] - row[i + k]) < 1e-9, (name, key)
assert run["replications"] == row[7]
lost = sum(p["points_lost"] for p in run["personas"])
assert abs(100 - lost - run["readiness"]["value"]) < 1e-9
for p in run["personas"]:
    assert abs(sum(p["points_lost_by"].values()) - p["points_lost"]) < 1e-9
PYTHON
}

@test "several runs are judged together, by weight" {
    small_scenario s.yaml 4 "36 req/s"
    understudy run s.yaml -o a.db -q
    understudy run s.yaml -o b.db -q --set "services.web.pools.west.instances=1"
    run understudy readiness a.db b.db --weights 3,1
    [ "$status" -eq 0 ]
    [[ "$output" == *"all 2 runs   "*"worst b.db"* ]]
    run understudy readiness a.db b.db --weights 3
    [ "$status" -eq 2 ]
    [[ "$output" == *"'--weights' is '3', must be 2 numbers"* ]]
}

@test "an unknown standard is refused with the near one" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q -n 1
    run understudy readiness run.db --set redy_p=99%
    [ "$status" -eq 2 ]
    [[ "$output" == *"unknown key 'redy_p'; did you mean 'ready_p'?"* ]]
    run understudy readiness run.db --set ready_p=2
    [ "$status" -eq 2 ]
    [[ "$output" == *"must lie between 0 % and 100 %"* ]]
}

@test "a file that cannot be written is judged all the same" {
    small_scenario s.yaml
    understudy run s.yaml -o run.db -q
    chmod 444 run.db
    run understudy readiness run.db
    [ "$status" -eq 0 ]
    [[ "$output" == *"west for the loss of east"* ]]
}

@test "no file, no run: exit 1 and the reason" {
    run understudy readiness nope.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot open 'nope.db': No such file or directory"* ]]
    : > empty.db
    run understudy readiness empty.db
    [ "$status" -eq 1 ]
    [[ "$output" == *"empty.db: is empty"* ]]
    run understudy readiness
    [ "$status" -eq 2 ]
}

@test "UNDECIDED names a command that decides, and it can be pasted" {
    small_scenario s.yaml 4 "5 req/s"
    understudy run s.yaml -o "the run.db" --seed 8 --set routing.dns.ttl="15 s" 2> first.txt
    grep -q "^  UNDECIDED" first.txt
    [ "$(sed -n 's/^    understudy run //p' first.txt)" = \
        "s.yaml -o 'the run.db' --replications 73 --seed 8 --set 'routing.dns.ttl=15 s'" ]
    understudy readiness "the run.db" 2> again.txt
    [ "$(grep '^    understudy run ' again.txt)" = "$(grep '^    understudy run ' first.txt)" ]
    understudy report "the run.db" -o report.html
    grep -q "<code>understudy run s.yaml -o &#39;the run.db&#39; --replications 73" report.html
    understudy run s.yaml -o "the run.db" --seed 8 --set routing.dns.ttl="15 s" --json -q \
        | grep -q '"replications": 73,'
    eval "$(sed -n 's/^    understudy/"$program"/p' first.txt)" 2> second.txt
    grep -q "^  READY" second.txt
    [ "$(grep -c "undecided" second.txt)" -eq 0 ]
}

@test "several runs that leave it open name a command for each" {
    small_scenario s.yaml 4 "5 req/s"
    understudy run s.yaml -o a.db -q
    understudy run s.yaml -o b.db -q --seed 8
    run -0 --separate-stderr understudy readiness a.db b.db --weights 1,3
    grep -q "^all 2 runs   UNDECIDED" <<< "$stderr"
    sed -n '/^all 2 runs/,$p' <<< "$stderr" > whole.txt
    [ "$(grep -c '^  understudy run s.yaml' whole.txt)" -eq 2 ]
    sed -n 's/^  understudy/"$program"/p' whole.txt > commands.sh
    program=$program bash commands.sh 2> decided.txt
    grep -q "^all 2 runs   READY" decided.txt
}
