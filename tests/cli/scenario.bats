#!/usr/bin/env bats
# The commands about scenarios: validate, show, list, schema, new.

bats_require_minimum_version 1.5.0
load common

# ---- validate ----

@test "a good scenario is valid, and nothing goes to stdout" {
    small_scenario s.yaml
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [ "$stderr" = "s.yaml: valid" ]
}

@test "all mistakes are reported together, in order, with place and caret" {
    small_scenario s.yaml
    sed -i -e 's/^seed: 7/seeed: 7/' -e 's/^warmup: 1 min/warmup: 1 GiB/' -e 's/region_loss/region_los/' s.yaml
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"s.yaml:4:1: error: unknown key 'seeed'; did you mean 'seed'?"* ]]
    [[ "$stderr" == *"    4 | seeed: 7"* ]]
    [[ "$stderr" == *"      | ^~~~~"* ]]
    [[ "$stderr" == *"s.yaml:5:9: error: "* ]]
    [[ "$stderr" == *"did you mean 'region_loss'?"* ]]
    [[ "$stderr" == *"3 errors; "* ]]
    lines=$(grep -oE '^s.yaml:[0-9]+' <<< "$stderr" | cut -d: -f2)
    [ "$lines" = "$(sort -n <<< "$lines")" ]
}

@test "a persona is checked alone, and is no scenario" {
    run --separate-stderr understudy validate "$root"/personas/*/*.yaml
    [ "$status" -eq 0 ]
    [ "$(grep -c ': valid$' <<< "$stderr")" -ge 14 ]
    sed -e 's/Chicago/Chicag/' -e 's/peak: /pek: /' "$root/personas/users/evening-shopper.yaml" > p.yaml
    run --separate-stderr understudy validate p.yaml
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"p.yaml:"*"error: unknown key 'pek'; did you mean 'peak'?"* ]]
    [[ "$stderr" == *"p.yaml:"*"error: unknown place 'Chicag'; did you mean 'Chicago'?"* ]]
    [[ "$stderr" == *"2 errors; the persona is invalid"* ]]
    for command in run show; do
        run --separate-stderr understudy $command "$root/personas/users/evening-shopper.yaml"
        [ "$status" -eq 2 ]
        [[ "$stderr" == *"evening-shopper.yaml: error: this is a persona, which a scenario names"* ]]
    done
}

@test "one bad file among good ones is exit 2, and the good ones are still named" {
    small_scenario s.yaml
    run --separate-stderr understudy validate s.yaml nothere.yaml s.yaml
    [ "$status" -eq 2 ]
    [ "$(grep -c '^s.yaml: valid$' <<< "$stderr")" -eq 2 ]
    [[ "$stderr" == *"'nothere.yaml' cannot be read: No such file or directory"* ]]
}

@test "what no single key can know is found: a fault after the end, a minimum over a maximum" {
    small_scenario s.yaml
    sed -i -e 's/at: 10 min/at: 10 h/' -e 's/east: {instances: 2}/east: {instances: 2, min: 5, max: 3}/' s.yaml
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"'at'"*"10 h"* ]]
    [[ "$stderr" == *"'min'"* ]]
}

@test "a dangling name is refused with the names that there are" {
    small_scenario s.yaml
    sed -i 's/persona: shopper, service/persona: shoper, service/' s.yaml
    run --separate-stderr understudy validate s.yaml
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"shoper"* ]]
    [[ "$stderr" == *"did you mean 'shopper'?"* ]]
}

@test "every scenario that ships is valid, without a warning" {
    run --separate-stderr understudy validate "$root"/scenarios/*.yaml
    [ "$status" -eq 0 ]
    [[ "$stderr" != *warning* ]]
}

# ---- show ----

@test "show applies --set, and what it prints is a scenario with the same result" {
    small_scenario s.yaml 1
    understudy show s.yaml --set seed=9 --set services.web.pools.west.instances=3 > shown.yaml
    grep -q '^seed: 9$' shown.yaml
    understudy run shown.yaml -o shown.db -q
    understudy run s.yaml --set seed=9 --set services.web.pools.west.instances=3 -o set.db -q
    [ "$(digest shown.db)" = "$(digest set.db)" ]
    [ "$(sqlite3 shown.db 'SELECT count(*) FROM replication')" = 1 ]
}

@test "show --resolved says where each value comes from, defaults included" {
    small_scenario s.yaml
    run --separate-stderr understudy show s.yaml --resolved --set seed=9
    [ "$status" -eq 0 ]
    grep -qE '^seed: 9 +# --set' <<< "$output"
    grep -qE '^warmup: 1 min +# s.yaml:5$' <<< "$output"
    [[ "$output" == *"# default"* ]]
}

@test "--set of a kind leaves the old kind's keys behind, and what show prints has none of them" {
    small_scenario s.yaml
    sed -i 's/^    pools:/    scaler: {kind: k8s_hpa, metric: cpu, target: 60 %, sync_period: 30 s}\n    pools:/' s.yaml
    understudy show s.yaml --set services.web.scaler.kind=fixed > fixed.yaml
    ! grep -qE 'target|metric|sync_period' fixed.yaml
    understudy validate fixed.yaml
    understudy show s.yaml --set services.web.scaler.kind=aws_target_tracking > aws.yaml
    grep -q 'target: 60 %' aws.yaml
    ! grep -q sync_period aws.yaml
    understudy validate aws.yaml
    # A fault stays where and when it was.
    understudy show s.yaml --set faults.0.kind=zone_loss --set "faults.0.zones=[1]" > zone.yaml
    grep -q 'at: 10 min' zone.yaml
    # Inside a persona of the scenario too.
    sed -i 's/^      tuning:/      policy: {scaler: {kind: k8s_hpa, target: 50 %}}\n      tuning:/' s.yaml
    understudy validate s.yaml --set services.web.instance.policy.scaler.kind=fixed
    run --separate-stderr understudy validate s.yaml --set services.web.scaler.kind=fixed \
        --set services.web.scaler.target=0.5
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"--set 2:21: error: unknown key 'target'"* ]]
}

# ---- list ----

@test "list knows each family, and a family shows its kinds" {
    run --separate-stderr understudy list
    [ "$status" -eq 0 ]
    for kind in poisson backoff power_of_two failover_order aws_target_tracking k8s_hpa \
        region_loss lognormal mobile; do
        grep -qE "^  $kind\b" <<< "$output" || { echo "$kind"; false; }
    done
    run --separate-stderr understudy list scaler
    [ "$status" -eq 0 ]
    grep -qE '^  k8s_hpa ' <<< "$output"
    ! grep -qE '^  region_loss' <<< "$output"
}

@test "list agrees with every kinds.def" {
    understudy list > list.txt
    for list in "$root"/models/*/kinds.def "$root"/sim/rand/kinds.def; do
        for kind in $(sed -n 's/^UST_[A-Z_]*KIND(\([a-z0-9_]*\).*/\1/p' "$list"); do
            grep -qE "^  $kind\b" list.txt || { echo "$kind of $list"; false; }
        done
    done
}

@test "an unknown family names the near one" {
    run --separate-stderr understudy list scalars
    [ "$status" -eq 2 ]
    [ -z "$output" ]
    [[ "$stderr" == *"did you mean 'scaler'?"* ]]
}

@test "a family may be asked for in the plural" {
    for family in arrival retry balancer scaler fault distribution place device metric; do
        plural=${family/%retry/retrie}s
        [ "$(understudy list $plural)" = "$(understudy list $family)" ]
    done
    run understudy list retrys
    [ "$status" -eq 2 ]
}

@test "every 'understudy list X' that a message or a page says is a command that works" {
    cd "$root"
    grep -rhoE 'understudy list [a-z]+' sim models analysis plots docs README.md scenarios personas \
        | sort -u > "$BATS_TEST_TMPDIR/hints.txt"
    [ "$(wc -l < "$BATS_TEST_TMPDIR/hints.txt")" -ge 3 ]
    while read -r _ _ family; do
        understudy list "$family" > "$BATS_TEST_TMPDIR/list.txt" || { echo "$family"; false; }
        # Its own name, not a plural that only the command line forgives.
        grep -q "^$family: " "$BATS_TEST_TMPDIR/list.txt" || { echo "$family"; false; }
    done < "$BATS_TEST_TMPDIR/hints.txt"
}

# ---- schema ----

@test "the schemas are JSON, name their draft, and allow no unknown key" {
    for document in scenario user resource; do
        understudy schema $document > schema.json
        python3 - << 'PYTHON'
import json
schema = json.load(open("schema.json"))
assert "json-schema.org" in schema["$schema"]
document = schema if "properties" in schema else schema["$defs"]["document"]
assert document["additionalProperties"] is False
assert "name" in document["properties"]
PYTHON
    done
    [ "$(understudy schema)" = "$(understudy schema scenario)" ]
}

@test "an unknown schema is refused" {
    run --separate-stderr understudy schema region
    [ "$status" -eq 2 ]
    [[ "$stderr" == *"known: scenario, user, resource"* ]]
}

# ---- new ----

@test "the starter is valid, and never overwrites unless told" {
    understudy new first.yaml
    run --separate-stderr understudy validate first.yaml
    [ "$status" -eq 0 ]
    echo mine > first.yaml
    run --separate-stderr understudy new first.yaml
    [ "$status" -eq 2 ]
    [ "$(cat first.yaml)" = mine ]
    [[ "$stderr" == *"--force overwrites it"* ]]
    understudy new --force first.yaml
    understudy new > stdout.yaml
    cmp first.yaml stdout.yaml
    head -1 first.yaml | grep -q '^# yaml-language-server: \$schema='
}

@test "a starter that cannot be written is exit 1 with the reason" {
    run --separate-stderr understudy new gone/first.yaml
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"cannot write 'gone/first.yaml': No such file or directory"* ]]
}

@test "a starter that finds no room leaves no half of it, so that the next try succeeds" {
    run bash -c "ulimit -f 1; trap '' XFSZ; '$program' new first.yaml"
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot write 'first.yaml': File too large"* ]]
    [ ! -e first.yaml ]
    understudy new first.yaml
}

@test "a message quotes no character that a terminal would obey" {
    small_scenario s.yaml
    # An escape as a byte, as a C1 control in UTF-8, and bytes that are no UTF-8.
    for bad in '\033[31m' '\302\233' '\233' '\377'; do
        { cat s.yaml; printf "seeed: 1 # é $bad\n"; } > bad.yaml
        run --separate-stderr understudy validate bad.yaml
        [ "$status" -eq 2 ]
        [[ "$stderr" == *"seeed: 1 # é"*"?"* ]]
        ! LC_ALL=C grep -qP '\x1b|\xc2\x9b|\xff|(^|[^\xc3\xc2])\x9b' <<< "$stderr"
    done
}

@test "every scenario and persona that is shipped, and the starter, are valid by the JSON Schema" {
    /usr/bin/python3 -c "import jsonschema, yaml" 2>/dev/null || skip "no python3-jsonschema"
    for kind in scenario user resource; do understudy schema $kind > $kind.json; done
    understudy new starter.yaml
    cat > judge.py <<'PYTHON'
import json, re, sys, yaml
from jsonschema import Draft202012Validator as Validator

class Loader(yaml.SafeLoader):  # scalars as in YAML 1.2, and as editors take them
    yaml_implicit_resolvers = {}

for tag, regex, first in (("int", r"^[-+]?[0-9]+$", "-+0123456789"),
                          ("float", r"^[-+]?[0-9]*\.[0-9]+$", "-+0123456789."),
                          ("bool", r"^(true|false)$", "tf"),
                          ("null", r"^(~|null|)$", ["~", "n", ""])):
    Loader.add_implicit_resolver("tag:yaml.org,2002:" + tag, re.compile(regex), list(first))

bad = 0
for path in sys.argv[1:]:
    with open(path) as file:
        document = yaml.load(file, Loader)
    kind = document["kind"] if "persona" in document else "scenario"
    with open(kind + ".json") as file:
        schema = json.load(file)
    Validator.check_schema(schema)
    for error in Validator(schema).iter_errors(document):
        print(path, list(error.absolute_path), error.message[:200])
        bad += 1
sys.exit(1 if bad else 0)
PYTHON
    /usr/bin/python3 judge.py starter.yaml "$root"/scenarios/*.yaml "$root"/scenarios/incidents/*.yaml \
        "$root"/personas/*/*.yaml
    # It looks into personas that stand in the scenario, too.
    sed 's/latency: 800 ms/latency: 800/' starter.yaml > unit.yaml
    run ! /usr/bin/python3 judge.py unit.yaml
    sed 's/vcpu: 4/vpcu: 4/' starter.yaml > key.yaml
    run ! /usr/bin/python3 judge.py key.yaml
}
