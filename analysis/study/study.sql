-- The index of a study, version 1: what its units are and what came of each. Everything in `result`
-- and `estimate` is taken from the units' own databases and can be made again from them.
CREATE TABLE study (
  id INTEGER PRIMARY KEY CHECK (id = 1), name TEXT NOT NULL, scenario_path TEXT NOT NULL,
  scenario TEXT NOT NULL, hash TEXT NOT NULL, overrides TEXT NOT NULL, seed TEXT NOT NULL,
  units INTEGER NOT NULL, random INTEGER NOT NULL CHECK (random IN (0, 1)), digest TEXT
) STRICT;
CREATE TABLE unit (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, file TEXT NOT NULL UNIQUE, scenario_hash TEXT NOT NULL,
  overrides TEXT NOT NULL, replications INTEGER NOT NULL
) STRICT;
CREATE TABLE factor (
  id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, label TEXT NOT NULL
) STRICT;
-- number: in base units (s, B, 1/s, shares), NULL where the value is none.
CREATE TABLE level (
  unit INTEGER NOT NULL REFERENCES unit, factor INTEGER NOT NULL REFERENCES factor,
  value TEXT NOT NULL, number REAL,
  PRIMARY KEY (unit, factor)
) STRICT, WITHOUT ROWID;
CREATE TABLE result (
  unit INTEGER PRIMARY KEY REFERENCES unit, replications INTEGER NOT NULL, requests INTEGER NOT NULL,
  digest TEXT NOT NULL, verdict TEXT NOT NULL, readiness REAL, low REAL, high REAL, p_ready REAL,
  p_low REAL, p_high REAL, weakest_persona TEXT
) STRICT;
CREATE TABLE estimate (
  unit INTEGER NOT NULL REFERENCES unit, metric TEXT NOT NULL, unit_of TEXT NOT NULL, region TEXT,
  service TEXT, persona TEXT, n INTEGER NOT NULL, mean REAL, low REAL, high REAL,
  confidence REAL NOT NULL, method TEXT NOT NULL
) STRICT;
CREATE INDEX estimate_of_unit ON estimate (unit, metric);
CREATE TABLE lease (
  id INTEGER PRIMARY KEY CHECK (id = 1), host TEXT NOT NULL, machine TEXT NOT NULL,
  process INTEGER NOT NULL, started TEXT NOT NULL, since_unix_s INTEGER NOT NULL,
  renewed_unix_s INTEGER NOT NULL
) STRICT;
-- Where the folder holds a part of the study only; no row in a whole one.
CREATE TABLE shard (
  id INTEGER PRIMARY KEY CHECK (id = 1), part INTEGER NOT NULL, parts INTEGER NOT NULL,
  complete INTEGER NOT NULL CHECK (complete IN (0, 1))
) STRICT;
-- sensitivity: the ranges that were asked about, and what each does to an answer (a metric). noise: the
-- share of the variance between units that is left to chance; NULL with one replication.
CREATE TABLE sensitivity_plan (
  id INTEGER PRIMARY KEY CHECK (id = 1), method TEXT NOT NULL, n INTEGER NOT NULL
) STRICT;
CREATE TABLE sensitivity_range (
  factor INTEGER PRIMARY KEY REFERENCES factor, low TEXT NOT NULL, high TEXT NOT NULL,
  low_number REAL NOT NULL, high_number REAL NOT NULL
) STRICT;
CREATE TABLE sensitivity_answer (
  answer TEXT PRIMARY KEY, unit_of TEXT NOT NULL, better TEXT NOT NULL, replications INTEGER NOT NULL,
  mean REAL NOT NULL, deviation REAL NOT NULL, noise REAL, confidence REAL NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE sensitivity_index (
  answer TEXT NOT NULL REFERENCES sensitivity_answer, factor INTEGER NOT NULL REFERENCES factor,
  measure TEXT NOT NULL, value REAL, low REAL, high REAL,
  PRIMARY KEY (answer, factor, measure)
) STRICT, WITHOUT ROWID;
-- best: which unit is the best in an answer. kn: chosen stage by stage, with an indifference zone; mcb: of
-- units that had run. possible: units that may still be it. out_after: the round in which a unit dropped
-- out. ahead: of the best of the others, how much better; behind: < 0.
CREATE TABLE selection (
  answer TEXT PRIMARY KEY, method TEXT NOT NULL CHECK (method IN ('kn', 'mcb')), unit_of TEXT NOT NULL,
  better TEXT NOT NULL, confidence REAL NOT NULL, indifference REAL, best INTEGER NOT NULL REFERENCES unit,
  rounds INTEGER NOT NULL, possible INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE selection_unit (
  answer TEXT NOT NULL REFERENCES selection, unit INTEGER NOT NULL REFERENCES unit, replications INTEGER NOT NULL,
  mean REAL, out_after INTEGER, ahead REAL, low REAL, high REAL,
  PRIMARY KEY (answer, unit)
) STRICT, WITHOUT ROWID;
CREATE VIEW selection_by_name AS
  SELECT s.answer, s.method, s.unit_of, u.id AS number, u.name AS unit, u.id = s.best AS best, v.replications,
         v.mean, v.out_after, v.ahead, v.low, v.high
  FROM selection s JOIN selection_unit v ON v.answer = s.answer JOIN unit u ON u.id = v.unit;
CREATE VIEW sensitivity AS
  SELECT i.answer, a.unit_of, f.path, f.label, r.low AS from_value, r.high AS to_value, i.measure,
         i.value, i.low, i.high
  FROM sensitivity_index i JOIN sensitivity_answer a ON a.answer = i.answer
       JOIN factor f ON f.id = i.factor JOIN sensitivity_range r ON r.factor = i.factor;
CREATE VIEW result_by_name AS
  SELECT u.id AS number, u.name AS unit, u.file, r.verdict, r.readiness, r.low, r.high, r.p_ready,
         r.p_low, r.p_high, r.replications, r.digest
  FROM unit u LEFT JOIN result r ON r.unit = u.id;
CREATE VIEW estimate_by_name AS
  SELECT u.id AS number, u.name AS unit, e.metric, e.unit_of, e.region, e.service, e.persona, e.n,
         e.mean, e.low, e.high, e.confidence, e.method
  FROM estimate e JOIN unit u ON u.id = e.unit;
CREATE VIEW level_by_name AS
  SELECT l.unit AS number, f.path, f.label, l.value, l.number AS value_number
  FROM level l JOIN factor f ON f.id = l.factor;
