#!/usr/bin/env bats
# understudy export: results for other programs.

bats_require_minimum_version 1.5.0
load common

@test "CSV of every table has the database's rows, and its numbers to the last bit" {
    small_scenario s.yaml 2
    understudy run s.yaml -q -o run.db
    understudy export run.db -o kpi.csv
    for table in series histogram timeline estimate readiness; do
        understudy export run.db --table $table > $table.csv
        understudy export run.db --table $table --format jsonl > $table.jsonl
        python3 - $table << 'PY'
import csv, json, sqlite3, sys
table = sys.argv[1]
rows = list(csv.DictReader(open(table + ".csv")))
lines = [json.loads(l) for l in open(table + ".jsonl")]
where = " WHERE value IS NOT NULL" if table == "series" else ""
n, = sqlite3.connect("run.db").execute("SELECT count(*) FROM %s_by_name%s" % (table, where)).fetchone()
assert len(rows) == len(lines) == n > 0, (table, len(rows), len(lines), n)
assert list(rows[0]) == list(lines[0])
assert all(r["run"] == "small" and r["seed"] == "7" for r in rows)
PY
    done
    python3 - << 'PY'
import csv, sqlite3
scope = ["metric", "region", "service", "persona"]
got = {tuple([int(r["replication"])] + [r[c] for c in scope]): float(r["value"]) for r in csv.DictReader(open("kpi.csv"))}
want = {(r[0], r[1], r[2] or "", r[3] or "", r[4] or ""): r[5] for r in sqlite3.connect("run.db").execute(
    "SELECT replication, metric, region, service, persona, value FROM kpi_by_name WHERE value IS NOT NULL")}
assert got == want and len(got) > 50
PY
}

@test "OpenMetrics stands at simulated time, which begins at the scenario's start" {
    small_scenario s.yaml 2
    sed -i 's/^seed: 7/seed: 7\nstart: 2026-03-02T18:00:00Z/' s.yaml
    understudy run s.yaml -q -o run.db
    understudy export run.db --format openmetrics > run.om
    [ "$(tail -n 1 run.om)" = "# EOF" ]
    [ "$(grep -c '^# TYPE understudy_latency_p99 gauge' run.om)" = 1 ]
    # 1 min of warm-up before the first interval
    python3 - << 'PY'
import sqlite3
from datetime import datetime, timezone
step, = sqlite3.connect("run.db").execute("SELECT interval_s FROM run").fetchone()
first = min(float(l.split()[-1]) for l in open("run.om") if l.startswith("understudy_offered{"))
assert first == datetime(2026, 3, 2, 18, 1, tzinfo=timezone.utc).timestamp() + step, first
PY
}

@test "promtool makes blocks of it" {
    command -v promtool > /dev/null || skip "no promtool (Debian: prometheus)"
    small_scenario s.yaml 2
    understudy run s.yaml -q -o run.db
    understudy export run.db --format openmetrics -o run.om
    promtool tsdb create-blocks-from openmetrics run.om blocks > log.txt 2>&1 || { cat log.txt; false; }
    [ -n "$(ls blocks)" ]
    samples=$(grep -vc '^#' run.om)
    [ "$(promtool tsdb list blocks | awk 'NR > 1 {n += $5} END {print n}')" -eq "$samples" ]
}

@test "what cannot be exported is said" {
    small_scenario s.yaml 2
    understudy run s.yaml -q -o run.db
    run understudy export run.db --table kpis
    [ "$status" -eq 2 ]
    run understudy export run.db --format openmetrics --table kpi
    [ "$status" -eq 2 ]
    run understudy export none.db
    [ "$status" -eq 1 ]
    run understudy export run.db -o /dev/full
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot write '/dev/full'"* ]]
    run understudy export run.db -o no/such/folder.csv
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot write 'no/such/folder.csv'"* ]]
}

@test "an output named - is the standard output, of every command that writes a file" {
    small_scenario s.yaml 2
    understudy run s.yaml -q -o run.db
    understudy export run.db > plain.csv
    understudy export run.db -o - | cmp - plain.csv
    understudy report run.db -o page.html
    understudy report run.db -o - | cmp - page.html
    understudy new > first.yaml
    understudy new - | cmp - first.yaml
    [ ! -e ./- ]
}
