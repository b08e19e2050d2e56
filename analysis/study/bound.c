#include "analysis/study/bound.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/readiness/readiness.h"
#include "analysis/stats/ratio.h"
#include "analysis/study/height.h"
#include "analysis/study/trial.h"
#include "models/metric/metric.h"
#include "sim/base/time.h"

/* ---- a metric's value, in and out ---- */

static enum ust_field_kind kind_of(const struct ust_metric_facts *metric)
{
    return strcmp(metric->unit, "s") == 0     ? UST_FIELD_DURATION
           : strcmp(metric->unit, "1") == 0   ? UST_FIELD_RATIO
           : strcmp(metric->unit, "B") == 0   ? UST_FIELD_BYTES
           : strcmp(metric->unit, "USD") == 0 ? UST_FIELD_MONEY
                                              : UST_FIELD_NUMBER;
}

static void add_value(const struct ust_metric_facts *metric, double value, struct ust_text *out)
{
    char text[UST_TIME_TEXT_MAX];
    if (isnan(value))
        ust_text_add(out, "nothing");
    else if (strcmp(metric->unit, "s") == 0)
        ust_text_add(out, ust_time_text(ust_time_from_seconds(value), text));
    else if (strcmp(metric->unit, "1") == 0)
        ust_text_printf(out, "%.4g %%", 100.0 * value);
    else
        ust_text_printf(out, "%.6g %s", value, metric->unit);
}

static enum ust_status find_metric(const char *name, int *metric)
{
    const char *known[UST_METRICS];
    for (int m = 0; m < UST_METRICS; m++) {
        known[m] = ust_metrics[m].name;
        if (ust_text_equal(name, known[m])) {
            *metric = m;
            return UST_OK;
        }
    }
    const char *near = ust_text_nearest(name, known, UST_METRICS);
    fprintf(stderr, "understudy: --bound: unknown metric '%s'%s%s%s\n", name,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return UST_INVALID;
}

enum ust_status ust_bound_parse(const char *text, struct ust_bound *bound)
{
    size_t length = strcspn(text, "<> ");
    const char *value = text + length + strspn(text + length, " ");
    size_t sign = value[0] == '<' || value[0] == '>' ? 1 + (value[1] == '=') : 0;
    if (length == 0 || sign == 0) {
        fprintf(stderr,
                "understudy: --bound: '%s' must be METRIC<=VALUE, as in latency_p99<=800ms\n",
                text);
        return UST_INVALID;
    }
    struct ust_text name = {0};
    ust_text_add_n(&name, text, length);
    enum ust_status status = find_metric(ust_text_string(&name), &bound->metric);
    ust_text_free(&name);
    UST_TRY(status);
    const struct ust_metric_facts *metric = &ust_metrics[bound->metric];
    bound->least = value[0] == '>';
    if (metric->better == (bound->least ? UST_LOWER : UST_HIGHER)) {
        fprintf(stderr, "understudy: --bound: of '%s', %s\n", metric->name,
                bound->least ? "less is better: the bound is '<='"
                             : "more is better: the bound is '>='");
        return UST_INVALID;
    }
    bound->kind = UST_BOUND_METRIC;
    return ust_trial_quantity("--bound", value + sign, kind_of(metric), &bound->value);
}

void ust_bound_text(const struct ust_bound *bound, struct ust_text *out)
{
    char window[UST_TIME_TEXT_MAX];
    if (bound->kind == UST_BOUND_READINESS) {
        ust_text_add(out, "the verdict READY");
    } else if (bound->kind == UST_BOUND_ATTAINMENT) {
        ust_text_printf(out, "every persona's attainment, in windows of %s",
                        ust_time_text(ust_time_from_seconds(bound->window_s), window));
    } else {
        const struct ust_metric_facts *metric = &ust_metrics[bound->metric];
        ust_text_printf(out, "%s %s ", metric->name, bound->least ? ">=" : "<=");
        add_value(metric, bound->value, out);
    }
}

/* ---- attainment ---- */

struct windows {
    bool injected;
    uint32_t replications, personas, n; /* n: windows */
    double interval_s;
    uint32_t per;         /* intervals of a window */
    double *good, *known; /* [persona][window][replication] */
    double *goal;         /* [persona] */
};

/* Rows are summed by SQLite: far fewer come over than there are intervals. */
#define WINDOWS_SQL                                                                            \
    "WITH p AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS rank FROM persona"           \
    " WHERE synthetic <= ?3),"                                                                 \
    " r AS (SELECT id, row_number() OVER (ORDER BY id) - 1 AS rank FROM replication)"          \
    " SELECT p.rank, min(s.interval / ?1, ?2), r.rank,"                                        \
    " sum(CASE m.name WHEN 'good' THEN s.value END),"                                          \
    " sum(CASE m.name WHEN 'offered' THEN s.value WHEN 'overdue' THEN s.value"                 \
    "  WHEN 'in_flight' THEN -s.value END)"                                                    \
    " FROM metric m CROSS JOIN key k ON k.metric = m.id AND k.region = 0 AND k.service = 0"    \
    " CROSS JOIN p ON p.id = k.persona CROSS JOIN r"                                           \
    " CROSS JOIN series s ON s.replication = r.id AND s.key = k.id"                            \
    " WHERE m.name IN ('good', 'offered', 'overdue', 'in_flight') GROUP BY 1, 2, 3"

static enum ust_status prepare(struct ust_store *store, const char *sql, sqlite3_stmt **row)
{
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, row, NULL) == SQLITE_OK)
        return UST_OK;
    return ust_store_failed(store, "cannot read the results");
}

static enum ust_status size_windows(struct ust_store *store, double window_s,
                                    struct windows *windows)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(store,
                    "SELECT duration_s, interval_s,"
                    " (SELECT count(*) FROM persona WHERE synthetic <= ?1),"
                    " (SELECT count(*) FROM replication) FROM run",
                    &row));
    sqlite3_bind_int(row, 1, windows->injected);
    if (sqlite3_step(row) == SQLITE_ROW) {
        double duration = sqlite3_column_double(row, 0);
        windows->interval_s = sqlite3_column_double(row, 1);
        windows->per = (uint32_t)fmax(1.0, floor(window_s / windows->interval_s + 1e-9));
        double whole = floor(duration / (windows->per * windows->interval_s) + 1e-9);
        windows->n = whole < 1.0 ? 1 : (uint32_t)whole;
        windows->personas = (uint32_t)sqlite3_column_int(row, 2);
        windows->replications = (uint32_t)sqlite3_column_int(row, 3);
    }
    sqlite3_finalize(row);
    return UST_OK;
}

static enum ust_status read_windows(struct ust_store *store, struct windows *windows)
{
    sqlite3_stmt *row = NULL;
    size_t all = (size_t)windows->personas * windows->n * windows->replications;
    windows->good = ust_malloc((all + 1) * sizeof *windows->good);
    windows->known = ust_malloc((all + 1) * sizeof *windows->known);
    windows->goal = ust_malloc((windows->personas + 1) * sizeof *windows->goal);
    memset(windows->good, 0, all * sizeof *windows->good);
    memset(windows->known, 0, all * sizeof *windows->known);
    UST_TRY(prepare(store,
                    "SELECT attainment_objective FROM persona WHERE synthetic <= ?1"
                    " ORDER BY id",
                    &row));
    sqlite3_bind_int(row, 1, windows->injected);
    for (uint32_t p = 0; sqlite3_step(row) == SQLITE_ROW; p++)
        windows->goal[p] = sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    UST_TRY(prepare(store, WINDOWS_SQL, &row));
    sqlite3_bind_int64(row, 1, windows->per);
    sqlite3_bind_int64(row, 2, windows->n - 1);
    sqlite3_bind_int(row, 3, windows->injected);
    while (sqlite3_step(row) == SQLITE_ROW) {
        size_t at = ((size_t)sqlite3_column_int64(row, 0) * windows->n +
                     (size_t)sqlite3_column_int64(row, 1)) *
                        windows->replications +
                    (size_t)sqlite3_column_int64(row, 2);
        windows->good[at] = sqlite3_column_double(row, 3);
        windows->known[at] = sqlite3_column_double(row, 4);
    }
    sqlite3_finalize(row);
    return UST_OK;
}

static void take_least(struct ust_interval *least, struct ust_interval one, bool *first)
{
    if (*first)
        *least = one;
    *first = false;
    least->value = fmin(least->value, one.value); /* fmin leaves NAN out */
    least->low = fmin(least->low, one.low);
    least->high = fmin(least->high, one.high);
}

static void name_window(struct ust_store *store, const struct windows *windows, uint32_t p,
                        uint32_t w, double attained, struct ust_text *what)
{
    sqlite3_stmt *row = NULL;
    char from[UST_TIME_TEXT_MAX], to[UST_TIME_TEXT_MAX];
    double length = windows->per * windows->interval_s;
    ust_text_clear(what);
    if (prepare(store,
                "SELECT name FROM persona WHERE synthetic <= ?2 ORDER BY id LIMIT 1 OFFSET ?1",
                &row) != UST_OK)
        return;
    sqlite3_bind_int(row, 2, windows->injected);
    sqlite3_bind_int64(row, 1, p);
    if (sqlite3_step(row) == SQLITE_ROW)
        ust_text_printf(what, "%s: attainment %.4g %% against %.4g %%",
                        (const char *)sqlite3_column_text(row, 0), 100.0 * attained,
                        100.0 * windows->goal[p]);
    if (windows->n > 1)
        ust_text_printf(what, ", from %s to %s",
                        ust_time_text(ust_time_from_seconds(w * length), from),
                        ust_time_text(ust_time_from_seconds((w + 1) * length), to));
    sqlite3_finalize(row);
}

/* Whether any of a window's time is judged. */
static bool is_judged(const struct ust_bound *bound, const struct windows *windows, uint32_t w)
{
    double length = windows->per * windows->interval_s;
    bool last = w + 1 == windows->n; /* takes in what is left over */
    return bound->until_s <= 0.0 ||
           (w * length < bound->until_s && (last || (w + 1) * length > bound->from_s));
}

static uint32_t windows_judged(const struct ust_bound *bound, const struct windows *windows)
{
    uint32_t n = 0;
    for (uint32_t w = 0; w < windows->n; w++)
        n += is_judged(bound, windows, w);
    return n;
}

static enum ust_status attainment(const struct ust_bound *bound, struct ust_store *store,
                                  struct ust_interval *margin, struct ust_text *what)
{
    struct windows windows = {.injected = bound->injected};
    UST_TRY(size_windows(store, bound->window_s, &windows));
    enum ust_status status = read_windows(store, &windows);
    uint32_t tests = windows.n * windows.personas;
    uint32_t judged = windows_judged(bound, &windows) * windows.personas;
    double each = 1.0 - (1.0 - bound->confidence) / (judged > 0 ? judged : 1);
    bool first = true;
    *margin = (struct ust_interval){1.0, 1.0, 1.0}; /* nothing is missed */
    ust_text_clear(what);
    ust_text_add(what, "nobody came");
    for (uint32_t i = 0; status == UST_OK && i < tests; i++) {
        size_t at = (size_t)i * windows.replications;
        struct ust_interval one =
            ust_stats_ratio(&windows.good[at], &windows.known[at], windows.replications, each);
        double goal = windows.goal[i / windows.n], attained = one.value;
        if (isnan(attained) || !is_judged(bound, &windows, i % windows.n))
            continue;
        one = (struct ust_interval){one.value - goal, one.low - goal, one.high - goal};
        if (first || one.value < margin->value)
            name_window(store, &windows, i / windows.n, i % windows.n, attained, what);
        take_least(margin, one, &first);
    }
    free(windows.good);
    free(windows.known);
    free(windows.goal);
    return status;
}

/* ---- a metric ---- */

/* ... and how many came to it. */
#define KEYS_SQL                                                                               \
    "SELECT k.id, coalesce(p.name, v.name || ' in ' || r.name), k.persona, (SELECT"            \
    "  coalesce(sum(c.value), 0) FROM key o JOIN metric came ON came.id = o.metric AND"        \
    "  came.name IN ('offered', 'arrivals') JOIN kpi c ON c.key = o.id WHERE"                  \
    "  o.persona = k.persona AND o.region = k.region AND o.service = k.service)"               \
    " FROM key k"                                                                              \
    " JOIN metric m ON m.id = k.metric LEFT JOIN region r ON r.id = k.region"                  \
    " LEFT JOIN service v ON v.id = k.service LEFT JOIN persona p ON p.id = k.persona"         \
    " WHERE m.name = ?1 AND ((k.persona > 0 AND k.region = 0) OR"                              \
    "  (k.persona = 0 AND k.region > 0 AND k.service > 0)) ORDER BY k.id"

static struct ust_interval left(const struct ust_bound *bound, struct ust_interval value)
{
    double scale = bound->value > 0.0 ? bound->value : 1.0;
    if (isnan(value.value)) /* nobody was answered */
        return (struct ust_interval){-ust_infinity(), -ust_infinity(), -ust_infinity()};
    if (bound->least)
        return (struct ust_interval){(value.value - bound->value) / scale,
                                     (value.low - bound->value) / scale,
                                     (value.high - bound->value) / scale};
    return (struct ust_interval){(bound->value - value.value) / scale,
                                 (bound->value - value.high) / scale,
                                 (bound->value - value.low) / scale};
}

static enum ust_status value_of(const struct ust_bound *bound, struct ust_store *store,
                                int64_t key, bool pool, double confidence,
                                struct ust_interval *value)
{
    if (pool && bound->height != NULL && ust_metrics[bound->metric].summary == UST_MEAN)
        return ust_height_mean(bound->height, store, key, confidence, value);
    return ust_stats_estimate_key(store, key, confidence, value);
}

static void tell_metric(const struct ust_bound *bound, const char *whose, double value,
                        struct ust_text *what)
{
    const struct ust_metric_facts *metric = &ust_metrics[bound->metric];
    ust_text_clear(what);
    ust_text_printf(what, "%s: %s ", whose, metric->name);
    add_value(metric, value, what);
    ust_text_add(what, " against ");
    add_value(metric, bound->value, what);
}

static uint32_t count(sqlite3_stmt *row)
{
    uint32_t n = 0;
    while (sqlite3_step(row) == SQLITE_ROW)
        n++;
    sqlite3_reset(row);
    return n;
}

static enum ust_status of_metric(const struct ust_bound *bound, struct ust_store *store,
                                 struct ust_interval *margin, struct ust_text *what)
{
    sqlite3_stmt *row = NULL;
    UST_TRY(prepare(store, KEYS_SQL, &row));
    sqlite3_bind_text(row, 1, ust_metrics[bound->metric].name, -1, SQLITE_STATIC);
    uint32_t n = count(row);
    enum ust_status status = UST_OK;
    bool first = true;
    double each = 1.0 - (1.0 - bound->confidence) / (n > 0 ? n : 1);
    ust_text_clear(what);
    ust_text_add(what, "nobody came");
    *margin = (struct ust_interval){1.0, 1.0, 1.0};
    while (status == UST_OK && sqlite3_step(row) == SQLITE_ROW) {
        struct ust_interval value;
        status = value_of(bound, store, sqlite3_column_int64(row, 0),
                          sqlite3_column_int64(row, 2) == 0, each, &value);
        if (status != UST_OK || (isnan(value.value) && sqlite3_column_double(row, 3) <= 0.0))
            continue;
        struct ust_interval one = left(bound, value);
        if (first || one.value < margin->value)
            tell_metric(bound, (const char *)sqlite3_column_text(row, 1), value.value, what);
        take_least(margin, one, &first);
    }
    sqlite3_finalize(row);
    return status;
}

/* ---- what is injected ---- */

/* An injection that its own rule stops did not break the bound because it was gone. */
static enum ust_status take_aborts(const struct ust_bound *bound, struct ust_store *store,
                                   struct ust_interval *margin, struct ust_text *what)
{
    struct ust_interval one;
    uint32_t aborted, of;
    bool first = false;
    UST_TRY(ust_height_margin(bound->height, store, bound->confidence, &one, &aborted, &of));
    if (aborted == 0)
        return UST_OK;
    if (one.value < 0.0 && margin->value >= 0.0) {
        ust_text_clear(what);
        ust_text_printf(what, "injected load was aborted in %u of %u replications", aborted,
                        of);
    }
    take_least(margin, one, &first);
    return UST_OK;
}

/* ---- the verdict ---- */

static enum ust_status of_readiness(struct ust_store *store, struct ust_interval *margin,
                                    struct ust_text *what)
{
    struct ust_readiness_result result;
    UST_TRY(ust_readiness_compute(store, NULL, &result));
    double p = result.settings.ready_p, score = result.settings.ready_score;
    const struct ust_readiness_bound *a = &result.p_ready, *b = &result.readiness;
    *margin = (struct ust_interval){fmin(a->value - p, (b->value - score) / 100.0),
                                    fmin(a->low - p, (b->low - score) / 100.0),
                                    /* READY asks P(ready) for its lower end; only its upper one
                                       makes NOT READY */
                                    fmin(a->high - p, (b->high - score) / 100.0)};
    ust_text_clear(what);
    ust_readiness_line(&result, what);
    ust_readiness_free(&result);
    return UST_OK;
}

enum ust_status ust_bound_margin(const struct ust_bound *bound, struct ust_store *store,
                                 struct ust_interval *margin, struct ust_text *what)
{
    enum ust_status status =
        bound->kind == UST_BOUND_READINESS ? of_readiness(store, margin, what)
        : bound->kind == UST_BOUND_METRIC  ? of_metric(bound, store, margin, what)
                                           : attainment(bound, store, margin, what);
    return status == UST_OK && bound->height != NULL ? take_aborts(bound, store, margin, what)
                                                     : status;
}
