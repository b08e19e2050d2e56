#!/usr/bin/env bats
# The validation that users can run.

bats_require_minimum_version 1.5.0
load common

json() { # json FILE EXPRESSION of the document d
    python3 -c "import json,sys; d=json.load(open(sys.argv[1])); print(eval(sys.argv[2]))" "$1" "$2"
}

@test "verify holds the program against theory, tells every row, and leaves nothing behind" {
    tmp=$(mktemp -d -p "$([ -w /dev/shm ] && echo /dev/shm || echo .)")
    TMPDIR=$tmp understudy verify --quick --json -o report.html > out.json
    [ -z "$(ls "$tmp")" ]
    rmdir "$tmp"
    python3 - << 'PYTHON'
import json
d = json.load(open("out.json"))
assert d["quick"] and d["failed"] == 0 and d["rows_n"] == len(d["rows"]) >= 100
rows = {(r["law"], r["parameters"], r["quantity"]): r for r in d["rows"]}
# References by hand: Erlang C of 10 servers at 8 (Kleinrock), M/D/1 at 0.8, Erlang B(10, 8).
assert abs(rows["M/M/c, Erlang C", "c 10, load 8", "P(wait)"]["reference"] - 0.409180150796) < 1e-11
assert abs(rows["M/D/1", "load 0.8, 1 s", "mean wait"]["reference"] - 2.0) < 1e-12
assert abs(rows["M/M/c/K", "c 1, K 10, load 0.9", "mean time"]["reference"] - 4.64660067212) < 1e-9
b = [r for r in d["rows"] if r["law"].startswith("M/G/c/c") and r["quantity"] == "share blocked"]
assert abs(b[0]["reference"] - 0.121661064253) < 1e-11
for r in d["rows"]:
    if r["kind"] == "law":
        assert r["low"] <= r["estimate"] <= r["high"] and r["low"] < r["high"], r
        assert r["p"] <= r["adjusted"] <= 1
    if r["kind"] == "exact":
        assert r["estimate"] == r["reference"], r
assert {r["kind"] for r in d["rows"]} == {"law", "exact", "share"}
assert 0.85 < d["covered_95"] <= 1
PYTHON
    grep -q "<h2>Calibration</h2>" report.html
    [ "$(grep -c '<tr><td>' report.html)" -eq "$(json out.json "d['rows_n']")" ]
    python3 -c "import xml.dom.minidom, re; s = open('report.html').read(); xml.dom.minidom.parseString(re.search(r'<svg.*?</svg>', s, re.S).group(0))"
}

@test "verify takes no operands, and says where it cannot work" {
    run understudy verify scenario.yaml
    [ "$status" -eq 2 ]
    run --separate-stderr env TMPDIR=/nowhere "$program" verify --quick
    [ "$status" -eq 1 ]
    [[ "$stderr" == *"cannot make a folder in '/nowhere'"* ]]
}
