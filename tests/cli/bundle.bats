#!/usr/bin/env bats
# A bundle is enough for somebody else to read, check and repeat a run.

bats_require_minimum_version 1.5.0
load common

# A scenario in a folder of its own: a persona beside it with samples, round trips, a trace.
study() {
    mkdir -p there/personas
    printf '10 ms\n20 ms\n30 ms\n' > there/personas/times.csv
    cat > there/personas/payer.yaml <<YAML
persona: 1
kind: user
name: payer
actions:
  pay: {work: empirical(times.csv)}
source: {how: assumed, note: for tests}
YAML
    cp "$root/scenarios/10-trace-replay.yaml" there/base.yaml
    cp "$root/scenarios/sample-trace.csv" there/times.csv
    sed -i "s|\.\./personas|$root/personas|; s|sample-trace.csv|times.csv|" there/base.yaml
    cat > there/s.yaml <<YAML
# Question: does it hold?
extends: base.yaml
replications: 2
personas: [personas/payer.yaml]
traffic:
  - persona: payer
    arrivals: {kind: trace, file: times.csv, column: requests, interval: 5 min, repeat: true}
YAML
}

@test "what was unpacked runs again to the same digest, whatever became of the files" {
    study
    understudy run there/s.yaml -o run.db -q --seed 77
    understudy bundle run.db
    rm -r there
    mkdir elsewhere
    python3 -m zipfile -e run.zip elsewhere
    cd elsewhere
    [ -f tables/times.csv ]
    [ -f tables/2-times.csv ] # two tables of one name stay two
    understudy reproduce run.db
    understudy validate scenario.yaml
    understudy run scenario.yaml -o again.db -q --seed 77
    [ "$(sqlite3 again.db 'SELECT digest, scenario_hash FROM run')" = \
        "$(sqlite3 run.db 'SELECT digest, scenario_hash FROM run')" ]
    grep -q "Question: does it hold?" scenario.yaml
}

@test "a persona that stood in the scenario without a source runs from there" {
    small_scenario s.yaml 2
    sed -i '/source: {how/d; /^  - persona: 1$/d; s/^    kind: user$/  - weight: 2/' s.yaml
    understudy run s.yaml -o run.db -q
    understudy bundle run.db
    mkdir x
    python3 -m zipfile -e run.zip x
    cd x
    understudy run scenario.yaml -o again.db -q
    [ "$(sqlite3 again.db 'SELECT digest, scenario_hash FROM run')" = \
        "$(sqlite3 run.db 'SELECT digest, scenario_hash FROM run')" ]
}

@test "the metadata is RO-Crate and names what is there, no more and no less" {
    small_scenario s.yaml 2
    understudy run s.yaml -o run.db -q --set faults.0.at="11 min"
    understudy bundle run.db -o x.zip --license CC-BY-4.0
    mkdir x
    python3 -m zipfile -e x.zip x
    python3 - <<'PY'
import json, os
crate = json.load(open("x/ro-crate-metadata.json"))
assert crate["@context"] == "https://w3id.org/ro/crate/1.1/context"
of = {entity["@id"]: entity for entity in crate["@graph"]}
assert of["ro-crate-metadata.json"]["about"] == {"@id": "./"}
root = of["./"]
assert root["@type"] == "Dataset" and root["license"] == "CC-BY-4.0"
assert root["name"] == "small" and root["datePublished"].endswith("Z")
there = {os.path.relpath(os.path.join(folder, name), "x")
         for folder, _, names in os.walk("x") for name in names}
named = {part["@id"] for part in root["hasPart"]}
assert named | {"ro-crate-metadata.json"} == there, (named, there)
for name in named:
    assert of[name]["@type"] == "File"
    assert int(of[name]["contentSize"]) == os.path.getsize("x/" + name), name
run = of["#run"]
assert run["result"][0] == {"@id": "run.db"} and of[run["instrument"]["@id"]]["name"] == "understudy"
assert all(part["@id"] in of for part in run["object"])
facts = {fact["name"]: fact["value"] for fact in run["additionalProperty"]}
assert facts["seed"] == "7" and facts["replications"] == "2"
assert facts["overrides"] == "faults.0.at=11 min"
PY
}

@test "the same database gives the same bytes, and its report names no other file" {
    small_scenario s.yaml 2
    understudy run s.yaml -o run.db -q
    mkdir own
    TMPDIR=$PWD/own understudy bundle run.db -o a.zip
    TMPDIR=$PWD/own understudy bundle run.db -o b.zip
    cmp a.zip b.zip
    python3 -m zipfile -e a.zip a
    [ "$(grep -c "own/understudy-" a/report.html)" -eq 0 ]
    [ -z "$(ls -A own)" ]
}

@test "what cannot be bundled is said, and nothing is written" {
    study
    understudy run there/s.yaml -o run.db -q
    echo "11 ms" >> there/personas/times.csv
    run -1 understudy bundle run.db
    [[ "$output" == *"tables that it names have changed since the run"* ]]
    rm there/personas/times.csv
    run -2 understudy bundle run.db
    [[ "$output" == *"times.csv"* ]]
    [ ! -e run.zip ]
    small_scenario s.yaml 2
    understudy run s.yaml -o small.db -q
    run -1 understudy bundle small.db -o no/such/folder.zip
    [[ "$output" == *"cannot write 'no/such/folder.zip'"* ]]
    run -2 understudy bundle small.db -o -
    [[ "$output" == *"name a file"* ]]
    run -1 understudy bundle none.db
}
