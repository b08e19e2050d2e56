-- A classification, version 1: which persona each session was given, and the mix over time.
CREATE TABLE classification (
  id INTEGER PRIMARY KEY CHECK (id = 1), model_path TEXT NOT NULL, gap_s REAL NOT NULL,
  level REAL NOT NULL, gate TEXT NOT NULL, window_s REAL, moved REAL NOT NULL, shifted REAL NOT NULL,
  significance REAL NOT NULL, lines INTEGER NOT NULL, events INTEGER NOT NULL,
  malformed INTEGER NOT NULL, programs INTEGER NOT NULL, copies INTEGER NOT NULL,
  first_unix_s REAL, last_unix_s REAL, sessions INTEGER NOT NULL, none INTEGER NOT NULL,
  complete INTEGER NOT NULL CHECK (complete IN (0, 1)), version TEXT NOT NULL
) STRICT;
CREATE TABLE persona (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, learned_sessions INTEGER NOT NULL,
  learned_share REAL NOT NULL, confidence REAL NOT NULL, age_s REAL, gate REAL NOT NULL,
  gate_from TEXT NOT NULL, sessions INTEGER NOT NULL
) STRICT;
CREATE TABLE feature (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL, action INTEGER NOT NULL CHECK (action IN (0, 1)),
  silent INTEGER NOT NULL
) STRICT;
CREATE TABLE input (id INTEGER PRIMARY KEY, path TEXT NOT NULL) STRICT;
CREATE TABLE label (id INTEGER PRIMARY KEY, name TEXT NOT NULL, persona INTEGER) STRICT;
-- persona is NULL for a session of none.
CREATE TABLE session (
  id INTEGER PRIMARY KEY, input INTEGER NOT NULL, line INTEGER NOT NULL, begin_unix_s REAL,
  seconds REAL NOT NULL, events INTEGER NOT NULL, persona INTEGER, likeliest INTEGER NOT NULL,
  probability REAL NOT NULL, nearest INTEGER NOT NULL, distance REAL NOT NULL, p REAL NOT NULL,
  label INTEGER
) STRICT;
CREATE TABLE reason (
  session INTEGER NOT NULL, rank INTEGER NOT NULL, feature INTEGER NOT NULL, value REAL NOT NULL,
  low REAL, high REAL, expected REAL, deviations REAL NOT NULL, says TEXT NOT NULL,
  PRIMARY KEY (session, rank)
) STRICT, WITHOUT ROWID;
CREATE TABLE event (
  input INTEGER NOT NULL, line INTEGER NOT NULL, at_unix_s REAL, session INTEGER NOT NULL
) STRICT;
CREATE TABLE mix_window (
  id INTEGER PRIMARY KEY, begin_unix_s REAL NOT NULL, end_unix_s REAL NOT NULL,
  sessions INTEGER NOT NULL, psi REAL NOT NULL, chi2 REAL, freedom INTEGER, p REAL, adjusted_p REAL,
  state TEXT NOT NULL
) STRICT;
-- persona 0: of none.
CREATE TABLE mix (
  window INTEGER NOT NULL REFERENCES mix_window, persona INTEGER NOT NULL, sessions INTEGER NOT NULL,
  share REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, learned REAL NOT NULL,
  PRIMARY KEY (window, persona)
) STRICT, WITHOUT ROWID;
CREATE VIEW session_by_name AS
  SELECT s.id AS session, i.path AS file, s.line, datetime(s.begin_unix_s, 'unixepoch') AS begin,
         s.seconds, s.events, p.name AS persona, l.name AS likeliest, s.probability, s.distance, s.p,
         t.name AS label
  FROM session s JOIN input i ON i.id = s.input LEFT JOIN persona p ON p.id = s.persona
       JOIN persona l ON l.id = s.likeliest LEFT JOIN label t ON t.id = s.label;
CREATE VIEW stranger_by_name AS
  SELECT s.id AS session, i.path AS file, s.line, datetime(s.begin_unix_s, 'unixepoch') AS begin,
         s.events, n.name AS nearest, s.distance / n.gate AS gates_away,
         (SELECT group_concat(says, '; ') FROM reason r WHERE r.session = s.id) AS why
  FROM session s JOIN input i ON i.id = s.input JOIN persona n ON n.id = s.nearest
  WHERE s.persona IS NULL;
CREATE VIEW mix_by_name AS
  SELECT w.id AS window, datetime(w.begin_unix_s, 'unixepoch') AS begin,
         coalesce(p.name, 'none') AS persona, m.sessions, m.share, m.low, m.high, m.learned, w.psi,
         w.adjusted_p, w.state
  FROM mix m JOIN mix_window w ON w.id = m.window LEFT JOIN persona p ON p.id = m.persona;
