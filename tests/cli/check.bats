#!/usr/bin/env bats
# understudy check: what CI asks of a run.

bats_require_minimum_version 1.5.0
load common

checked_scenario() { # file, bound of latency_p99
    small_scenario "$1" 5
    cat >> "$1" <<YAML
checks:
  - {metric: latency_p99, persona: shopper, at_most: $2}
  - {metric: readiness, at_least: 50, by: estimate}
  - {metric: cpu, region: west, at_most: 90 %, by: lower}
YAML
}

@test "bounds that hold exit with 0, a bound that breaks with 3, in all that CI reads" {
    checked_scenario s.yaml "900 ms"
    run --separate-stderr understudy check s.yaml
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    [[ "$stderr" == *"small.db: 0 of 3 failed"* ]]
    checked_scenario s.yaml "90 ms"
    run --separate-stderr env GITHUB_STEP_SUMMARY=summary.md "$program" check s.yaml --github \
        --junit j.xml --markdown m.md --sarif s.sarif
    [ "$status" -eq 3 ]
    [[ "$output" == "::error file=s.yaml,line=41,col=54,title=latency_p99 of shopper at most 90 ms::the 95 %25 interval's upper end is "* ]]
    cmp m.md summary.md
    grep -q '^| ❌ failed | latency\\_p99 of shopper at most 90 ms |' m.md
    python3 - << 'PY'
import json, xml.etree.ElementTree as tree
root = tree.parse("j.xml").getroot()
suite, = root
assert suite.get("tests") == "3" and suite.get("failures") == "1"
assert [c.find("failure") is not None for c in root.iter("testcase")] == [True, False, False]
sarif = json.load(open("s.sarif"))
assert sarif["version"] == "2.1.0" and sarif["runs"][0]["results"] == []
PY
}

@test "the bound is held against the end that it names" {
    checked_scenario s.yaml "900 ms"
    understudy check s.yaml -q
    read -r mean low high <<< "$(sqlite3 -separator ' ' small.db "SELECT mean, low, high FROM estimate_by_name
        WHERE metric = 'latency_p99' AND persona IS NULL AND region IS NULL")"
    between() { python3 -c "print(f'{($1 + $2) / 2 * 1e3:.9f} ms')"; }
    check_by() { # by, bound
        small_scenario b.yaml 5
        printf 'checks: [{metric: latency_p99, at_most: %s, by: %s}]\n' "$2" "$1" >> b.yaml
        understudy check b.yaml -q -o small.db
    }
    check_by lower "$(between $low $mean)"
    run check_by estimate "$(between $low $mean)"; [ "$status" -eq 3 ]
    check_by estimate "$(between $mean $high)"
    run check_by safe "$(between $mean $high)"; [ "$status" -eq 3 ]
    run check_by upper "$(between $mean $high)"; [ "$status" -eq 3 ]
}

@test "a stored run is held against the checks that it was stored with" {
    checked_scenario s.yaml "90 ms"
    understudy run s.yaml -q -o run.db
    rm s.yaml
    run understudy check run.db --json
    [ "$status" -eq 3 ]
    python3 -c '
import json, sys
c = json.load(sys.stdin)
assert c["failed_checks"] == 1 and [f["failed"] for f in c["findings"]] == [True, False, False]' <<< "$output"
}

@test "a worse run than the baseline exits with 4, a broken bound with 3 all the same" {
    small_scenario s.yaml 5
    understudy run s.yaml -q -o base.db -s 99
    run --separate-stderr understudy check s.yaml -b base.db
    [ "$status" -eq 0 ]
    [[ "$stderr" == *"against base.db"* ]]
    [ "$(sqlite3 small.db 'SELECT seed FROM run')" = 99 ]
    run understudy check s.yaml -b base.db -o new.db --set services.web.pools.west.instances=1 --junit j.xml
    [ "$status" -eq 4 ]
    [[ "$output" == *"WORSE   latency_p99 of shopper no worse than the baseline's"* ]]
    grep -q '<testsuite .* name="regressions"' j.xml
    run understudy check new.db -b base.db --tolerance 100
    [ "$status" -eq 0 ]
    run understudy check base.db -b new.db
    [ "$status" -eq 0 ]
    checked_scenario c.yaml "90 ms"
    run understudy check c.yaml -b base.db -o new2.db --set services.web.pools.west.instances=1
    [ "$status" -eq 3 ]
}

@test "mistakes of the scenario exit with 2 and stand in SARIF and annotations" {
    checked_scenario s.yaml "9 GiB"
    printf '  - {metric: cpu, persona: shopper, at_most: 1 %%}\n  - {metric: latncy_p99, at_most: 1 s}\n  - {metric: cpu}\n' >> s.yaml
    run --separate-stderr understudy check s.yaml --sarif s.sarif --github
    [ "$status" -eq 2 ]
    [ "$(grep -c '^::error file=s.yaml,line=4' <<< "$output")" -eq 4 ]
    [[ "$stderr" == *"did you mean 'latency_p99'"* ]]
    python3 - << 'PY'
import json
results = json.load(open("s.sarif"))["runs"][0]["results"]
assert len(results) == 4
where = results[0]["locations"][0]["physicalLocation"]
assert where["artifactLocation"]["uri"] == "s.yaml" and where["region"]["startLine"] == 41
PY
}

@test "SARIF names a file by a reference that can be read back" {
    checked_scenario "a b#1.yaml" "9 GiB"
    run understudy check "a b#1.yaml" --sarif s.sarif
    [ "$status" -eq 2 ]
    grep -q '"uri": "a%20b%231.yaml"' s.sarif
}

@test "what could not be run is an error in JUnit and Markdown, not an absent or an old file" {
    checked_scenario s.yaml "9 GiB"
    printf '  - {metric: latncy_p99, at_most: 1 s}\n' >> s.yaml
    echo "<testsuites tests='1' errors='0'/>" > j.xml
    run env GITHUB_STEP_SUMMARY=summary.md "$program" check s.yaml --github --junit j.xml --markdown m.md
    [ "$status" -eq 2 ]
    python3 - << 'PY'
import xml.etree.ElementTree as tree
root = tree.parse("j.xml").getroot()
suite, = root
assert suite.get("tests") == suite.get("errors") == "2" and suite.get("failures") == "0"
first, second = root.iter("testcase")
assert first.get("name") == "s.yaml:41:54" and first.find("error").text.startswith("s.yaml:41:54: ")
assert "latncy_p99" in second.find("error").get("message")
PY
    grep -q 's.yaml: 2 mistakes; nothing was run' m.md
    [ "$(grep -c '^| 4[14]:' m.md)" -eq 2 ]
    cmp m.md summary.md
    checked_scenario s.yaml "900 ms"
    run understudy check s.yaml -b none.db --junit j.xml --markdown m.md
    [ "$status" -eq 1 ]
    grep -q 'message="it could not be run' j.xml
    grep -q 'could not be run' m.md
}

@test "nothing to check is a mistake, not a pass" {
    small_scenario s.yaml
    run understudy check s.yaml
    [ "$status" -eq 2 ]
    [[ "$output" == *"nothing to check"* ]]
    run understudy check none.db
    [ "$status" -eq 1 ]
}

@test "other checks are no other run: it goes on" {
    checked_scenario s.yaml "900 ms"
    understudy check s.yaml -q
    before=$(sqlite3 small.db 'SELECT digest FROM run')
    checked_scenario s.yaml "800 ms"
    understudy check s.yaml -q
    [ "$(sqlite3 small.db 'SELECT digest FROM run')" = "$before" ]
}

@test "a pool to which nobody comes passes a bound on each pool's waits, and fails one on its own" {
    small_scenario s.yaml 2
    understudy check s.yaml --set "faults=[]" --set "duration=10 min" --json \
        --set "checks=[{metric: wait_mean, at_most: 1 s}]" > c.json
    python3 - <<'PY'
import json
east, west = json.load(open('c.json'))['findings']
assert not east['failed'] and east['value'] > 0, east
assert not west['failed'] and west['value'] is None and west['text'] == 'nobody came to it', west
PY
    run understudy check s.yaml -f --set "faults=[]" --set "duration=10 min" --set "checks=[{metric: wait_mean, region: west, at_most: 1 s}]"
    [ "$status" -eq 3 ]
    [[ "$output" == *"the run has no value of it"* ]]
}
