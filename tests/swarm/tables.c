/* What must hold of the tables of any run: every number is one, parts add up to what they are
 * parts of, and what is less by its meaning is less.
 *
 * Laws are queries: whatever rows they return break them, and say how. A new table or column
 * takes part in the first two as soon as it is there. */
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "tests/swarm/swarm.h"

#define SHOWN 3 /* of all that breaks one law */

/* ---- laws ---- */

/* By name, because the query planner knows nothing of a database that was just written. */
static const char tables[] =
    "CREATE TEMP TABLE k (name, n, region, service, persona, value, summary,\n"
    "  PRIMARY KEY (name, n, region, service, persona)) WITHOUT ROWID;\n"
    "INSERT INTO k SELECT m.name, v.replication, c.region, c.service, c.persona, v.value,\n"
    "  m.summary FROM kpi v JOIN key c ON c.id = v.key JOIN metric m ON m.id = c.metric;\n"
    "CREATE TEMP TABLE s (name, n, region, service, persona, i, value, summary,\n"
    "  PRIMARY KEY (name, n, region, service, persona, i)) WITHOUT ROWID;\n"
    "INSERT INTO s SELECT m.name, v.replication, c.region, c.service, c.persona, v.interval,\n"
    "  v.value, m.summary FROM series v JOIN key c ON c.id = v.key JOIN metric m ON\n"
    "  m.id = c.metric;\n"
    "CREATE TEMP VIEW pool AS SELECT n, region, service,\n"
    "  max(value) FILTER (WHERE name = 'in_system') AS l,\n"
    "  max(value) FILTER (WHERE name = 'sojourn_mean') AS w,\n"
    "  max(value) FILTER (WHERE name = 'arrivals') AS arrivals,\n"
    "  max(value) FILTER (WHERE name = 'refused') AS refused,\n"
    "  max(value) FILTER (WHERE name = 'completions') AS completions\n"
    "  FROM k WHERE service > 0 GROUP BY n, region, service;\n";

struct law {
    const char *says;
    const char *query;
    bool drained; /* only where all are gone at the end */
};

/* a metric is at most another one of the same scope */
#define AT_MOST(less, more)                                                                    \
    {                                                                                          \
        less " is at most " more,                                                              \
            "SELECT a.n, a.i, a.region, a.service, a.persona, a.value, b.value FROM s a JOIN " \
            "s b USING (n, i, region, service, persona) WHERE a.name = '" less                 \
            "' AND b.name = '" more "' AND a.value > b.value * (1 + 1e-9) + 1e-9",             \
            false                                                                              \
    }

static const struct law laws[] = {
    {"the sum of a run is that of its intervals",
     "SELECT a.n, a.name, a.region, a.service, a.persona, a.value, t.total FROM k a JOIN "
     "(SELECT n, name, region, service, persona, sum(value) AS total FROM s GROUP BY n, name, "
     "region, service, persona) t USING (n, name, region, service, persona) WHERE a.summary = "
     "'sum' AND abs(a.value - t.total) > 1e-9 * abs(t.total) + 1e-6",
     false},
    /* ... but for those of two: who has waited, and who has begun; and who has ended */
    {"a mean lies among those of the intervals",
     "SELECT a.n, a.name, a.region, a.service, a.persona, a.value, t.least, t.most FROM k a "
     "JOIN (SELECT n, name, region, service, persona, min(value) AS least, max(value) AS most "
     "FROM s GROUP BY n, name, region, service, persona) t USING (n, name, region, service, "
     "persona) WHERE a.summary = 'mean' AND a.name NOT LIKE '%sojourn_mean' AND a.name NOT "
     "LIKE "
     "'%wait_mean' AND (a.value < t.least - "
     "1e-9 * abs(t.least) - 1e-9 OR "
     "a.value > t.most + 1e-9 * abs(t.most) + 1e-9)",
     false},
    {"all users are those of all personas",
     "SELECT a.n, a.i, a.name, a.value, t.total FROM s a JOIN (SELECT n, i, name, sum(value) "
     "AS "
     "total FROM s WHERE region = 0 AND persona IN (SELECT id FROM persona WHERE synthetic = "
     "0) "
     "GROUP BY n, i, name) t USING (n, i, name) WHERE a.region = 0 AND a.service = 0 AND "
     "a.persona = 0 AND a.summary = 'sum' AND a.value <> t.total",
     false},
    {"answers are those of all regions",
     "SELECT a.n, a.persona, a.value, t.total FROM k a JOIN (SELECT n, persona, sum(value) AS "
     "total FROM k WHERE name = 'answered' AND region > 0 GROUP BY n, persona) t USING (n, "
     "persona) WHERE a.name = 'answered' AND a.region = 0 AND a.persona > 0 AND a.value <> "
     "t.total",
     true},
    {"the histogram counts every answer",
     "SELECT a.n, a.region, a.persona, a.value, t.total FROM k a JOIN (SELECT replication AS "
     "n, "
     "region, persona, sum(count) AS total FROM histogram GROUP BY 1, 2, 3) t USING (n, "
     "region, "
     "persona) WHERE a.name = 'answered' AND a.value <> t.total",
     false},
    AT_MOST("latency_p50", "latency_p95"),
    AT_MOST("latency_p95", "latency_p99"),
    AT_MOST("good", "answered"),
    AT_MOST("answered", "offered"),
    AT_MOST("overdue", "in_flight"),
    AT_MOST("queue", "in_system"),
    AT_MOST("wait_mean", "sojourn_mean"),
    AT_MOST("hedges", "attempts"),
    {"what injected load does is a part of all",
     "SELECT a.n, a.i, a.region, a.service, a.name, a.value, b.value FROM s a JOIN s b ON b.n "
     "= "
     "a.n AND b.i = a.i AND b.region = a.region AND b.service = a.service AND b.persona = "
     "a.persona AND a.name = 'injected_' || b.name WHERE a.name NOT LIKE '%_mean' AND a.name "
     "NOT "
     "IN ('injected_wait_share', 'injected_hit_ratio') AND a.value > b.value * (1 + 1e-9) + "
     "1e-6",
     false},
    {"Little: who is there is who came, times how long they stayed",
     "SELECT n, region, service, l * duration_s, w * completions FROM pool, run WHERE warmup_s "
     "= "
     "0 AND refused = 0 AND arrivals = completions AND abs(l * duration_s - w * completions) > "
     "1e-6 "
     "* "
     "l * duration_s + 1e-6",
     true},
    {"a histogram's bars do not overlap",
     "SELECT * FROM (SELECT *, lead(low_s) OVER (PARTITION BY replication, region, persona "
     "ORDER "
     "BY low_s) AS next_s FROM histogram) WHERE high_s > next_s * (1 + 1e-12) OR high_s < "
     "low_s",
     false},
    {"the timeline is in order",
     "SELECT a.*, b.t_s FROM timeline a JOIN timeline b ON b.replication = a.replication AND "
     "b.sequence = a.sequence + 1 WHERE b.t_s < a.t_s",
     false},
    {"nothing happens after the end",
     "SELECT timeline.* FROM timeline, run WHERE t_s > duration_s OR t_s < -warmup_s", false},
    {"intervals hold their means",
     "SELECT key, n, low, mean, high FROM estimate WHERE low > mean + 1e-9 * abs(mean) OR high "
     "< "
     "mean - 1e-9 * abs(mean)",
     false},
    {"a verdict's intervals hold its values",
     "SELECT * FROM verdict WHERE low > readiness + 1e-9 OR high < readiness - 1e-9 OR p_low > "
     "p_ready OR p_high < p_ready",
     false},
    {"scores and shares lie within their bounds",
     "SELECT * FROM readiness WHERE NOT score BETWEEN 0 AND 100 OR NOT ifnull(attainment, 0) "
     "BETWEEN 0 AND 1 OR NOT ifnull(shortfall, 0) BETWEEN 0 AND 1 OR good > offered",
     false},
    {"every request that was measured is one of the run's",
     "SELECT r.id, r.requests, k.value FROM replication r JOIN k ON k.n = r.id WHERE k.name = "
     "'offered' AND k.region = 0 AND k.persona = 0 AND k.value > r.requests",
     false},
};

/* ---- every column ---- */

/* Columns of signed values: places on earth, clocks that begin before the run, interval bounds
 * of what cannot be below 0, and what is told of an event. */
static const char columns[] =
    "SELECT m.name, p.name, p.name IN ('latitude', 'longitude', 'utc_offset_min', 't_s', "
    "'start_s', 'from_s', 'low', 'headroom') OR (m.name = 'timeline' AND p.name = 'value') "
    "FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' AND p.type "
    "IN "
    "('REAL', 'INTEGER')";

/* ---- looking ---- */

static void tell_row(sqlite3_stmt *row, struct ust_text *finding)
{
    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const char *text = (const char *)sqlite3_column_text(row, i);
        ust_text_printf(finding, " %s=%s", sqlite3_column_name(row, i),
                        text != NULL ? text : "NULL");
    }
    ust_text_add(finding, "\n");
}

static void must_be_empty(sqlite3 *db, const char *says, const char *query,
                          struct ust_text *finding)
{
    sqlite3_stmt *rows = NULL;
    if (sqlite3_prepare_v2(db, query, -1, &rows, NULL) != SQLITE_OK) {
        ust_text_printf(finding, "%s: %s\n", says, sqlite3_errmsg(db));
        return;
    }
    for (int shown = 0; shown < SHOWN && sqlite3_step(rows) == SQLITE_ROW; shown++) {
        ust_text_printf(finding, "%s, but:", says);
        tell_row(rows, finding);
    }
    sqlite3_finalize(rows);
}

static void check_columns(sqlite3 *db, struct ust_text *finding)
{
    sqlite3_stmt *rows = NULL;
    char query[500], says[200];
    if (sqlite3_prepare_v2(db, columns, -1, &rows, NULL) != SQLITE_OK) {
        ust_text_printf(finding, "columns: %s\n", sqlite3_errmsg(db));
        return;
    }
    while (sqlite3_step(rows) == SQLITE_ROW) {
        const char *table = (const char *)sqlite3_column_text(rows, 0);
        const char *column = (const char *)sqlite3_column_text(rows, 1);
        bool is_signed = sqlite3_column_int(rows, 2) != 0;
        snprintf(says, sizeof says, "%s.%s is finite%s", table, column,
                 is_signed ? "" : " and not negative");
        snprintf(query, sizeof query,
                 "SELECT * FROM \"%s\" WHERE abs(\"%s\") > 1e300 OR (%d AND \"%s\" < -1e-9)",
                 table, column, !is_signed, column);
        must_be_empty(db, says, query, finding);
    }
    sqlite3_finalize(rows);
}

void swarm_tables(const char *path, bool drains, struct ust_text *finding)
{
    sqlite3 *db = NULL;
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK ||
        sqlite3_exec(db, tables, NULL, NULL, NULL) != SQLITE_OK) {
        ust_text_printf(finding, "the tables cannot be read: %s\n", sqlite3_errmsg(db));
    } else {
        check_columns(db, finding);
        for (size_t i = 0; i < sizeof laws / sizeof laws[0]; i++)
            if (drains || !laws[i].drained)
                must_be_empty(db, laws[i].says, laws[i].query, finding);
    }
    sqlite3_close(db);
}
