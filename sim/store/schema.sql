-- The results database, version 1. docs/schema.md says what every column means.
-- Times: `t_s` columns are seconds of simulated time since the end of the warm-up (negative in it).

CREATE TABLE run (
  id               INTEGER PRIMARY KEY CHECK (id = 1),
  name             TEXT NOT NULL,
  scenario_path    TEXT NOT NULL,
  scenario         TEXT NOT NULL,
  scenario_hash    TEXT NOT NULL,
  overrides        TEXT NOT NULL,
  seed             TEXT NOT NULL,
  replications     INTEGER NOT NULL,
  start_unix_s     INTEGER NOT NULL,
  utc_offset_min   INTEGER NOT NULL,
  warmup_s         REAL NOT NULL,
  duration_s       REAL NOT NULL,
  interval_s       REAL NOT NULL,
  complete         INTEGER NOT NULL DEFAULT 0 CHECK (complete IN (0, 1)),
  digest           TEXT
) STRICT;

-- What every name in the results is. Kept as data so that a run can be read without its scenario.
CREATE TABLE region (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
  zones INTEGER NOT NULL, latitude REAL, longitude REAL,
  under_test INTEGER NOT NULL CHECK (under_test IN (0, 1))
) STRICT;
CREATE TABLE service (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, instance_blob TEXT, instance_revision TEXT
) STRICT;
-- Resource personas beside the instances of services. kind: alternative (to the instance of the service `of`),
-- node (of the nodes `of`); rank: from 1, in order of preference.
CREATE TABLE resource (
  kind TEXT NOT NULL CHECK (kind IN ('alternative', 'node')), of TEXT NOT NULL, rank INTEGER NOT NULL,
  name TEXT NOT NULL, blob TEXT, revision TEXT,
  PRIMARY KEY (kind, of, rank)
) STRICT, WITHOUT ROWID;
CREATE TABLE persona (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, service INTEGER NOT NULL REFERENCES service,
  weight REAL NOT NULL, latency_objective_s REAL NOT NULL, attainment_objective REAL NOT NULL,
  rto_s REAL NOT NULL, rpo_s REAL NOT NULL, requests_30d REAL NOT NULL,
  document TEXT NOT NULL, document_hash TEXT NOT NULL,
  synthetic INTEGER NOT NULL CHECK (synthetic IN (0, 1)), blob TEXT, revision TEXT
) STRICT;
CREATE TABLE fault (
  id INTEGER PRIMARY KEY, kind TEXT NOT NULL, region INTEGER REFERENCES region,
  start_s REAL NOT NULL, end_s REAL NOT NULL, what TEXT NOT NULL
) STRICT;
CREATE TABLE metric (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, unit TEXT NOT NULL, better TEXT NOT NULL,
  summary TEXT NOT NULL, help TEXT NOT NULL
) STRICT;
-- Weights and thresholds that judge the run (docs/readiness.md).
CREATE TABLE setting (
  name TEXT PRIMARY KEY, value REAL NOT NULL
) STRICT, WITHOUT ROWID;

-- digest: of this replication's rows in series, kpi, histogram and timeline (store.h says how).
CREATE TABLE replication (
  id INTEGER PRIMARY KEY, fingerprint TEXT NOT NULL, requests INTEGER NOT NULL,
  events INTEGER NOT NULL, digest TEXT NOT NULL
) STRICT;

-- A series key is a metric at a scope; 0 in region, service or persona means "all".
CREATE TABLE key (
  id INTEGER PRIMARY KEY, metric INTEGER NOT NULL REFERENCES metric,
  region INTEGER NOT NULL, service INTEGER NOT NULL, persona INTEGER NOT NULL,
  UNIQUE (metric, region, service, persona)
) STRICT;
CREATE TABLE series (
  replication INTEGER NOT NULL REFERENCES replication, key INTEGER NOT NULL REFERENCES key,
  interval INTEGER NOT NULL, value REAL,
  PRIMARY KEY (replication, key, interval)
) STRICT, WITHOUT ROWID;
CREATE TABLE kpi (
  replication INTEGER NOT NULL REFERENCES replication, key INTEGER NOT NULL REFERENCES key,
  value REAL,
  PRIMARY KEY (replication, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE histogram (
  replication INTEGER NOT NULL REFERENCES replication, region INTEGER NOT NULL,
  persona INTEGER NOT NULL REFERENCES persona, low_s REAL NOT NULL, high_s REAL NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (replication, region, persona, low_s)
) STRICT, WITHOUT ROWID;
CREATE TABLE timeline (
  replication INTEGER NOT NULL REFERENCES replication, sequence INTEGER NOT NULL,
  t_s REAL NOT NULL, event TEXT NOT NULL, region INTEGER, service INTEGER, persona INTEGER,
  value REAL, detail TEXT,
  PRIMARY KEY (replication, sequence)
) STRICT, WITHOUT ROWID;

-- Judgement, rewritten by analysis.
CREATE TABLE estimate (
  key INTEGER PRIMARY KEY REFERENCES key, n INTEGER NOT NULL, mean REAL, low REAL, high REAL,
  confidence REAL NOT NULL, method TEXT NOT NULL
) STRICT;
-- A row per replication and persona; persona 0 holds the replication's whole score, R_i.
CREATE TABLE readiness (
  replication INTEGER NOT NULL REFERENCES replication, persona INTEGER NOT NULL,
  offered REAL, good REAL, attainment REAL, budget_burn REAL, recovery_s REAL, shortfall REAL,
  headroom REAL, loss_window_s REAL, metastable INTEGER, static_share REAL,
  s1 REAL, s2 REAL, s3 REAL, s4 REAL, s5 REAL, s6 REAL, score REAL NOT NULL, ready INTEGER NOT NULL,
  PRIMARY KEY (replication, persona)
) STRICT, WITHOUT ROWID;
CREATE TABLE verdict (
  id INTEGER PRIMARY KEY CHECK (id = 1), verdict TEXT NOT NULL, region TEXT NOT NULL,
  lost TEXT NOT NULL, n INTEGER NOT NULL, readiness REAL, low REAL, high REAL,
  p_ready REAL, p_low REAL, p_high REAL, weakest_persona TEXT, percentile5 REAL, method TEXT NOT NULL
) STRICT;
-- Before the first fault and after the last: does it come back by itself? A row per replication.
CREATE TABLE stability (
  replication INTEGER PRIMARY KEY REFERENCES replication, from_s REAL NOT NULL, demand REAL,
  good_before REAL, good_after REAL, sends_before REAL, sends_after REAL,
  metastable INTEGER CHECK (metastable IN (0, 1))
) STRICT;
-- Why a run with `until` ended where it did.
CREATE TABLE stopping (
  id INTEGER PRIMARY KEY CHECK (id = 1), metric TEXT NOT NULL, unit TEXT NOT NULL, region TEXT,
  service TEXT, persona TEXT, half_width_goal REAL, relative REAL, most INTEGER NOT NULL,
  n INTEGER NOT NULL, half_width REAL, allowed REAL, reached INTEGER NOT NULL CHECK (reached IN (0, 1))
) STRICT;

-- Studies: the same scenario with something changed. What is asked names the study.
CREATE TABLE limit_point (
  asked TEXT NOT NULL, factor REAL NOT NULL, margin REAL, low REAL, high REAL, what TEXT NOT NULL,
  PRIMARY KEY (asked, factor)
) STRICT, WITHOUT ROWID;
CREATE TABLE limit_load (
  asked TEXT NOT NULL, factor REAL NOT NULL, persona INTEGER NOT NULL, region INTEGER NOT NULL,
  service INTEGER NOT NULL, rate REAL, cpu REAL, busy_slots REAL, instances REAL,
  PRIMARY KEY (asked, factor, persona, region, service)
) STRICT, WITHOUT ROWID;

-- basin: the plane of each mitigation; a cell is a load, a size and a duration of the trigger.
CREATE TABLE basin_cell (
  asked TEXT NOT NULL, mitigation TEXT NOT NULL, load INTEGER NOT NULL, size INTEGER NOT NULL,
  duration INTEGER NOT NULL, load_value TEXT NOT NULL, size_value TEXT NOT NULL,
  duration_value TEXT NOT NULL, n INTEGER NOT NULL, stuck INTEGER NOT NULL, low REAL, high REAL,
  good REAL, sends REAL,
  PRIMARY KEY (asked, mitigation, load, size, duration)
) STRICT;

-- Where a file holds a part of a run only; no row in a whole one. complete: all of the part is there.
CREATE TABLE shard (
  id INTEGER PRIMARY KEY CHECK (id = 1), part INTEGER NOT NULL, parts INTEGER NOT NULL,
  complete INTEGER NOT NULL CHECK (complete IN (0, 1))
) STRICT;
-- Who is writing: a row while somebody is, and after one who was killed.
CREATE TABLE lease (
  id INTEGER PRIMARY KEY CHECK (id = 1), host TEXT NOT NULL, machine TEXT NOT NULL,
  process INTEGER NOT NULL, started TEXT NOT NULL, since_unix_s INTEGER NOT NULL,
  renewed_unix_s INTEGER NOT NULL
) STRICT;

-- size: candidates, what was set for each, and what came of their replications. attempt 0: the
-- curve; 1, 2, ...: held against other seeds.
CREATE TABLE size_point (
  asked TEXT NOT NULL, candidate TEXT NOT NULL, attempt INTEGER NOT NULL, n INTEGER NOT NULL,
  ready INTEGER NOT NULL, verdict TEXT NOT NULL, confidence REAL NOT NULL, readiness REAL, low REAL,
  high REAL, p_ready REAL, p_low REAL, p_high REAL, cost_hour REAL, cost REAL, sends REAL,
  why TEXT NOT NULL,
  PRIMARY KEY (asked, candidate, attempt)
) STRICT;
CREATE TABLE size_value (
  asked TEXT NOT NULL, candidate TEXT NOT NULL, number INTEGER NOT NULL, path TEXT NOT NULL,
  label TEXT NOT NULL, value REAL NOT NULL,
  PRIMARY KEY (asked, candidate, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE size_replication (
  asked TEXT NOT NULL, candidate TEXT NOT NULL, attempt INTEGER NOT NULL,
  replication INTEGER NOT NULL, ready INTEGER NOT NULL CHECK (ready IN (0, 1)), score REAL NOT NULL,
  PRIMARY KEY (asked, candidate, attempt, replication)
) STRICT, WITHOUT ROWID;
-- what: 'answer', and the formulas; candidate NULL: none, or outside the ranges.
CREATE TABLE size_answer (
  asked TEXT NOT NULL, what TEXT NOT NULL, candidate TEXT, value REAL, note TEXT NOT NULL,
  PRIMARY KEY (asked, what)
) STRICT;

-- Facts of the machine: outside the digest.
CREATE TABLE machine (
  name TEXT PRIMARY KEY, value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The same with names instead of numbers. CROSS JOIN fixes the order, so that a query for one
-- metric seeks its rows in each replication instead of reading them all.
CREATE VIEW series_by_name AS
  SELECT s.replication, m.name AS metric, m.unit, r.name AS region, v.name AS service,
         p.name AS persona, s.interval,
         s.interval * (SELECT interval_s FROM run) AS t_s, s.value
  FROM metric m CROSS JOIN key k ON k.metric = m.id CROSS JOIN replication n
       CROSS JOIN series s ON s.replication = n.id AND s.key = k.id
       LEFT JOIN region r ON r.id = k.region LEFT JOIN service v ON v.id = k.service
       LEFT JOIN persona p ON p.id = k.persona;
CREATE VIEW kpi_by_name AS
  SELECT s.replication, m.name AS metric, m.unit, r.name AS region, v.name AS service,
         p.name AS persona, s.value
  FROM metric m CROSS JOIN key k ON k.metric = m.id CROSS JOIN replication n
       CROSS JOIN kpi s ON s.replication = n.id AND s.key = k.id
       LEFT JOIN region r ON r.id = k.region LEFT JOIN service v ON v.id = k.service
       LEFT JOIN persona p ON p.id = k.persona;
CREATE VIEW histogram_by_name AS
  SELECT h.replication, r.name AS region, p.name AS persona, h.low_s, h.high_s, h.count
  FROM histogram h LEFT JOIN region r ON r.id = h.region
       LEFT JOIN persona p ON p.id = h.persona;
CREATE VIEW timeline_by_name AS
  SELECT t.replication, t.sequence, t.t_s, t.event, r.name AS region, v.name AS service,
         p.name AS persona, t.value, t.detail
  FROM timeline t LEFT JOIN region r ON r.id = t.region LEFT JOIN service v ON v.id = t.service
       LEFT JOIN persona p ON p.id = t.persona
  UNION ALL
  SELECT a.replication, 1000000000, a.from_s, 'metastable', NULL, NULL, NULL,
         a.good_after / a.demand, 'share answered well; judged, not recorded'
  FROM stability a WHERE a.metastable = 1;
CREATE VIEW estimate_by_name AS
  SELECT m.name AS metric, m.unit, m.better, r.name AS region, v.name AS service,
         p.name AS persona, e.n, e.mean, e.low, e.high, e.confidence, e.method
  FROM estimate e JOIN key k ON k.id = e.key JOIN metric m ON m.id = k.metric
       LEFT JOIN region r ON r.id = k.region LEFT JOIN service v ON v.id = k.service
       LEFT JOIN persona p ON p.id = k.persona;
CREATE VIEW readiness_by_name AS
  SELECT a.replication, p.name AS persona, a.attainment, a.budget_burn, a.recovery_s,
         a.shortfall, a.headroom, a.loss_window_s, a.metastable, a.static_share,
         a.s1 AS slo, a.s2 AS rto, a.s3 AS cap, a.s4 AS head, a.s5 AS rpo, a.s6 AS stab,
         a.score, a.ready
  FROM readiness a LEFT JOIN persona p ON p.id = a.persona;
-- What a failover plan did: each time that a step began, since when all that it needs was over, and
-- when it ended (NULL: not within the run). run: 1 for its first time in the replication. late: its
-- limit passed; stopped: the plan ended while it ran. data_loss_s, writes_lost: what the promotions that it
-- asked data tiers for have cost (NULL: none).
CREATE VIEW failover_step AS
  WITH step AS (
    SELECT b.replication, b.sequence, b.region, b.detail, b.t_s,
           row_number() OVER (PARTITION BY b.replication, b.detail ORDER BY b.sequence) AS run,
           ifnull(lead(b.sequence) OVER (PARTITION BY b.replication, b.detail ORDER BY b.sequence),
                  9e18) AS until
    FROM timeline b WHERE b.event = 'step_begin')
  SELECT s.replication, s.sequence, r.name AS region, s.detail AS step, s.run, s.t_s AS begin_s,
         min(CASE WHEN e.event IN ('step_end', 'step_stopped') THEN e.t_s END) AS end_s,
         max(e.event IS 'step_limit') AS late, max(e.event IS 'step_stopped') AS stopped,
         max(CASE WHEN e.event = 'step_data_loss' THEN e.value END) AS data_loss_s,
         sum(CASE WHEN e.event = 'step_writes_lost' THEN e.value END) AS writes_lost
  FROM step s LEFT JOIN timeline e ON e.replication = s.replication AND e.detail = s.detail
         AND e.sequence > s.sequence AND e.sequence < s.until
         AND e.event IN ('step_end', 'step_stopped', 'step_limit', 'step_data_loss',
                         'step_writes_lost')
       LEFT JOIN region r ON r.id = s.region
  GROUP BY s.replication, s.sequence;
-- The way back: each return of users to a region that had been lost, with all requests that were sent
-- for the first time meanwhile, by persona and (persona NULL) together. end_s NULL: not over.
CREATE VIEW failback AS
  WITH shift AS (
    SELECT s.replication, s.region, s.t_s AS begin_s,
           (SELECT min(e.t_s) FROM timeline e WHERE e.replication = s.replication
              AND e.region = s.region AND e.event = 'failback_end' AND e.t_s >= s.t_s) AS end_s
    FROM timeline s WHERE s.event = 'failback_start')
  SELECT f.replication, r.name AS region, p.name AS persona, f.begin_s, f.end_s,
         sum(CASE WHEN m.name = 'offered' THEN v.value END) AS offered,
         sum(CASE WHEN m.name = 'good' THEN v.value END) AS good,
         sum(CASE WHEN m.name = 'good' THEN v.value END) /
           sum(CASE WHEN m.name = 'offered' THEN v.value END) AS attainment
  FROM shift f CROSS JOIN metric m CROSS JOIN key k ON k.metric = m.id AND k.region = 0 AND k.service = 0
       CROSS JOIN series v ON v.replication = f.replication AND v.key = k.id
         AND (v.interval + 1) * (SELECT interval_s FROM run) > f.begin_s
         AND v.interval * (SELECT interval_s FROM run) < ifnull(f.end_s, (SELECT duration_s FROM run))
       LEFT JOIN region r ON r.id = f.region LEFT JOIN persona p ON p.id = k.persona
  WHERE m.name IN ('offered', 'good')
  GROUP BY f.replication, f.region, f.begin_s, k.persona;
