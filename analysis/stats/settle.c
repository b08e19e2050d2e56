#include "analysis/stats/settle.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "analysis/stats/batch.h"
#include "analysis/stats/family.h"
#include "analysis/stats/paired.h"
#include "sim/base/time.h"

/* Below this the two halves are too small to choose in one and to test in the other. */
#define HALVES_LEAST 6
#define P_LEAST      0.05
/* Cuts that the same values could have asked for. */
#define CHANCES 50

const char *const ust_settled_names[] = {"suffices", "cannot tell", "too short"};

/* ---- reading ---- */

static enum ust_status read_run(struct ust_store *store, struct ust_settle *out)
{
    sqlite3_stmt *row = NULL;
    sqlite3_prepare_v2(ust_store_sqlite(store),
                       "SELECT warmup_s, interval_s, min(duration_s,"
                       " coalesce((SELECT min(start_s) FROM fault), duration_s)),"
                       " (SELECT count(*) FROM replication) FROM run",
                       -1, &row, NULL);
    if (sqlite3_step(row) != SQLITE_ROW) {
        sqlite3_finalize(row);
        return ust_store_failed(store, "cannot read the run");
    }
    out->warmup_s = sqlite3_column_double(row, 0);
    out->interval_s = sqlite3_column_double(row, 1);
    out->until_s = fmax(0.0, sqlite3_column_double(row, 2));
    out->replications = (uint32_t)sqlite3_column_int64(row, 3);
    out->intervals = (uint32_t)floor(out->until_s / out->interval_s + 1e-9);
    sqlite3_finalize(row);
    return UST_OK;
}

/* values[replications * intervals]; false where an interval is empty. */
static bool read_values(struct ust_store *store, int64_t key, const struct ust_settle *settle,
                        double *values)
{
    sqlite3_stmt *row = NULL;
    sqlite3_prepare_v2(ust_store_sqlite(store),
                       "SELECT s.value FROM replication n CROSS JOIN series s"
                       " ON s.replication = n.id AND s.key = ?1 AND s.interval < ?2"
                       " ORDER BY n.id, s.interval",
                       -1, &row, NULL);
    sqlite3_bind_int64(row, 1, key);
    sqlite3_bind_int64(row, 2, settle->intervals);
    size_t all = (size_t)settle->replications * settle->intervals, n = 0;
    bool whole = true;
    while (n < all && sqlite3_step(row) == SQLITE_ROW) {
        whole = whole && sqlite3_column_type(row, 0) != SQLITE_NULL;
        values[n++] = sqlite3_column_double(row, 0);
    }
    sqlite3_finalize(row);
    return whole && n == all;
}

/* ---- judging ---- */

#define STRETCHES 20
#define P_COURSE  0.001

/* Mean over every `step`-th replication from `first`. */
static void average(const double *values, const struct ust_settle *settle, uint32_t first,
                    uint32_t step, double *mean)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < settle->intervals; i++)
        mean[i] = 0.0;
    for (uint32_t r = first; r < settle->replications; r += step, count++)
        for (uint32_t i = 0; i < settle->intervals; i++)
            mean[i] += values[(size_t)r * settle->intervals + i];
    for (uint32_t i = 0; i < settle->intervals; i++)
        mean[i] /= count;
}

/* Of one averaged series: what is cut against the rest, whose batch means say how much a mean
 * of so many strays. */
static double test_rest(const double *mean, size_t n, size_t cut)
{
    if (cut == 0)
        return 1.0;
    size_t left = n - cut;
    struct ust_batches rest = ust_stats_batch_means(mean + cut, left, 0.95);
    if (!rest.independent || !(rest.variance > 0.0))
        return ust_nan();
    double one = rest.variance * (double)rest.size; /* n Var(mean of n) */
    double error = sqrt(one / (double)cut + one / (double)left);
    double shift = ust_stats_mean(mean, cut) - ust_stats_mean(mean + cut, left);
    double p = 2.0 * gsl_cdf_tdist_Q(fabs(shift) / error, (double)(rest.n - 1));
    return fmin(1.0, CHANCES * p);
}

/* The cut that the first half of replications asks for, tested on the second. */
static double test_halves(const double *values, const struct ust_settle *settle)
{
    double *mean = ust_malloc((settle->intervals + 1) * sizeof *mean), p = 1.0;
    double *cut = ust_malloc(settle->replications * sizeof *cut);
    double *rest = ust_malloc(settle->replications * sizeof *rest);
    average(values, settle, 0, 2, mean);
    size_t at = ust_stats_mser(mean, settle->intervals, UST_MSER_BATCH).cut, n = 0;
    for (uint32_t r = 1; r < settle->replications && at > 0; r += 2, n++) {
        const double *mine = values + (size_t)r * settle->intervals;
        cut[n] = ust_stats_mean(mine, at);
        rest[n] = ust_stats_mean(mine + at, settle->intervals - at);
    }
    if (at > 0)
        p = ust_stats_paired(cut, rest, n, 0.95).p;
    free(mean);
    free(cut);
    free(rest);
    return p;
}

static void judge(const double *values, const struct ust_settle *settle,
                  struct ust_settle_series *series)
{
    uint32_t n = settle->intervals;
    series->mean = ust_arena_alloc(settle->arena, double, n + 1);
    average(values, settle, 0, 1, series->mean);
    series->mser = ust_stats_mser(series->mean, n, UST_MSER_BATCH);
    size_t cut = series->mser.cut;
    series->cut_s = (double)cut * settle->interval_s;
    if (cut > 0)
        series->shift =
            ust_stats_mean(series->mean, cut) / ust_stats_mean(series->mean + cut, n - cut) - 1;
    series->p = settle->replications < HALVES_LEAST ? test_rest(series->mean, n, cut)
                                                    : test_halves(values, settle);
}

/* Does the profile of `values` return from one half of the replications to the other? */
static bool has_a_course(const double *values, const struct ust_settle *settle)
{
    if (settle->replications < HALVES_LEAST || settle->intervals < STRETCHES)
        return false;
    size_t size = settle->intervals / STRETCHES;
    double *mean = ust_malloc((settle->intervals + 1) * sizeof *mean);
    double profile[2][STRETCHES];
    for (uint32_t half = 0; half < 2; half++) {
        average(values, settle, half, 2, mean);
        for (size_t i = 0; i < STRETCHES; i++)
            profile[half][i] = ust_stats_mean(mean + i * size, size);
    }
    free(mean);
    if (!(ust_stats_variance(profile[0], STRETCHES) > 0.0) ||
        !(ust_stats_variance(profile[1], STRETCHES) > 0.0))
        return false;
    double r = gsl_stats_correlation(profile[0], 1, profile[1], 1, STRETCHES);
    return gsl_cdf_ugaussian_Q(atanh(fmin(r, 0.999999)) * sqrt(STRETCHES - 3.0)) < P_COURSE;
}

static enum ust_settled settled(const struct ust_settle *settle,
                                const struct ust_settle_series *series)
{
    if (series->mser.cut == 0 || series->p >= P_LEAST)
        return UST_SETTLE_ENOUGH;
    return settle->replications < HALVES_LEAST ? UST_SETTLE_UNSURE : UST_SETTLE_SHORT;
}

/* Holm over all series, then the verdict on each. */
static void conclude(struct ust_settle *settle)
{
    double *p = ust_arena_alloc(settle->arena, double, settle->n + 1);
    double *adjusted = ust_arena_alloc(settle->arena, double, settle->n + 1), more = 0.0;
    bool by_half = true;
    for (uint32_t i = 0; i < settle->n; i++)
        p[i] = settle->series[i].p;
    ust_stats_holm(p, settle->n, adjusted);
    settle->settled = settle->n > 0 ? UST_SETTLE_ENOUGH : UST_SETTLE_UNSURE;
    for (uint32_t i = 0; i < settle->n; i++) {
        struct ust_settle_series *series = &settle->series[i];
        series->p = adjusted[i];
        series->settled = settled(settle, series);
        if (series->settled > settle->settled)
            settle->settled = series->settled;
        if (series->settled == UST_SETTLE_ENOUGH)
            continue;
        by_half = by_half && series->mser.settled;
        more = fmax(more, series->cut_s);
    }
    if (settle->demand_changes)
        settle->settled = UST_SETTLE_UNSURE;
    settle->needed_s = by_half ? settle->warmup_s + more : ust_nan();
}

/* ---- all ---- */

static const char *copy(struct ust_settle *settle, sqlite3_stmt *row, int column)
{
    const unsigned char *text = sqlite3_column_text(row, column);
    return text == NULL ? NULL : ust_arena_text(settle->arena, (const char *)text);
}

static bool all_zero(const double *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (values[i] < 0.0 || values[i] > 0.0)
            return false;
    return true;
}

static void read_series(struct ust_store *store, sqlite3_stmt *row, double *values,
                        struct ust_settle *out)
{
    size_t all = (size_t)out->replications * out->intervals;
    if (!read_values(store, sqlite3_column_int64(row, 0), out, values) || all_zero(values, all))
        return;
    struct ust_settle_series *series = &out->series[out->n++];
    *series = (struct ust_settle_series){.metric = copy(out, row, 1),
                                         .unit = copy(out, row, 2),
                                         .region = copy(out, row, 3),
                                         .service = copy(out, row, 4),
                                         .persona = copy(out, row, 5)};
    judge(values, out, series);
}

static enum ust_status read_demand(struct ust_store *store, double *values,
                                   struct ust_settle *out)
{
    sqlite3_stmt *row = NULL;
    sqlite3_prepare_v2(ust_store_sqlite(store),
                       "SELECT k.id FROM key k JOIN metric m ON m.id = k.metric WHERE"
                       " m.name = 'offered' AND k.region = 0 AND k.service = 0 AND"
                       " k.persona = 0",
                       -1, &row, NULL);
    if (sqlite3_step(row) == SQLITE_ROW)
        out->demand_changes = read_values(store, sqlite3_column_int64(row, 0), out, values) &&
                              has_a_course(values, out);
    sqlite3_finalize(row);
    return UST_OK;
}

#define KEYS_SQL                                                                               \
    "SELECT k.id, m.name, m.unit, r.name, v.name, p.name, count(*) OVER ()"                    \
    " FROM key k JOIN metric m ON m.id = k.metric LEFT JOIN region r ON r.id = k.region"       \
    " LEFT JOIN service v ON v.id = k.service LEFT JOIN persona p ON p.id = k.persona"         \
    " WHERE CASE WHEN ?1 IS NULL THEN m.name IN ('in_system', 'instances')"                    \
    "  ELSE m.name = ?1 END ORDER BY k.id"

enum ust_status ust_settle_read(struct ust_store *store, const char *metric,
                                struct ust_settle *out)
{
    *out = (struct ust_settle){.arena = ust_arena_new()};
    enum ust_status status = read_run(store, out);
    sqlite3_stmt *row = NULL;
    if (status == UST_OK &&
        sqlite3_prepare_v2(ust_store_sqlite(store), KEYS_SQL, -1, &row, NULL) != SQLITE_OK)
        status = ust_store_failed(store, "cannot read the keys");
    size_t all = (size_t)out->replications * out->intervals;
    double *values = ust_malloc((all + 1) * sizeof *values);
    sqlite3_bind_text(row, 1, metric, -1, SQLITE_STATIC);
    /* Too few intervals for MSER-5 to say anything: no series. */
    while (status == UST_OK && out->intervals >= 4 * UST_MSER_BATCH &&
           sqlite3_step(row) == SQLITE_ROW) {
        if (out->series == NULL)
            out->series = ust_arena_alloc(out->arena, struct ust_settle_series,
                                          (size_t)sqlite3_column_int64(row, 6));
        read_series(store, row, values, out);
    }
    sqlite3_finalize(row);
    if (status == UST_OK)
        status = read_demand(store, values, out);
    free(values);
    if (status == UST_OK)
        conclude(out);
    else
        ust_settle_free(out);
    return status;
}

void ust_settle_free(struct ust_settle *settle)
{
    ust_arena_free(settle->arena);
    *settle = (struct ust_settle){0};
}

const char *ust_settle_scope(const struct ust_settle_series *series, struct ust_text *out)
{
    ust_text_clear(out);
    if (series->service != NULL)
        ust_text_add(out, series->service);
    else
        ust_text_add(out, series->persona != NULL ? series->persona : "all users");
    if (series->region != NULL)
        ust_text_printf(out, " in %s", series->region);
    return ust_text_string(out);
}

void ust_settle_verdict(const struct ust_settle *settle, struct ust_text *out)
{
    char text[UST_TIME_TEXT_MAX];
    if (settle->n == 0)
        ust_text_printf(out,
                        "nothing can be told: MSER-5 needs %d intervals before the first "
                        "fault, and series without gaps",
                        4 * UST_MSER_BATCH);
    else if (settle->settled == UST_SETTLE_ENOUGH)
        ust_text_add(out, "the warm-up suffices");
    else if (settle->demand_changes)
        ust_text_add(out,
                     "demand itself changes over the run, so nothing needs to be level, and "
                     "nothing can be told");
    else if (settle->settled == UST_SETTLE_UNSURE)
        ust_text_printf(out,
                        "cannot tell from so few replications whether the warm-up "
                        "suffices: %d are enough",
                        HALVES_LEAST);
    else if (isnan(settle->needed_s))
        ust_text_add(out, "the run has not settled by half of its time: let it run longer, or "
                          "look for what drifts (the course of a day, a scaler, overload)");
    else
        ust_text_printf(out, "the warm-up is too short: %s would do",
                        ust_time_text(ust_time_from_seconds(settle->needed_s), text));
}
