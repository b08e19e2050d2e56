#include "plots/band.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "sim/base/assert.h"
#include "sim/base/sort.h"
#include "sim/base/text.h"

/* A run's keys that together make one scope. */
struct parts {
    uint32_t *key, *weight_key; /* weight_key 0: weight 1 */
    uint32_t n;
};

struct candidate {
    uint32_t key, region, service, persona, finer;
};

/* Which scopes a key adds to those that were asked for, as bits; the fewest bits is the
 * coarsest keeping of the metric. */
static uint32_t finer_bits(const struct candidate *c, struct ust_plot_scope scope)
{
    return (scope.region == 0 && c->region != 0 ? 1u : 0u) |
           (scope.service == 0 && c->service != 0 ? 2u : 0u) |
           (scope.persona == 0 && c->persona != 0 ? 4u : 0u);
}

static enum ust_status read_candidates(const struct ust_plot_run *run, const char *metric,
                                       struct ust_plot_scope scope, struct candidate **out,
                                       uint32_t *n)
{
    struct sqlite3_stmt *s;
    bool row;
    UST_TRY(ust_plot_prepare(run,
                             "SELECT k.id, k.region, k.service, k.persona FROM key k"
                             " JOIN metric m ON m.id = k.metric WHERE m.name = ?1"
                             " AND (?2 = 0 OR k.region = ?2) AND (?3 = 0 OR k.service = ?3)"
                             " AND (?4 = 0 OR k.persona = ?4) ORDER BY k.id",
                             &s));
    sqlite3_bind_text(s, 1, metric, -1, SQLITE_STATIC);
    sqlite3_bind_int64(s, 2, scope.region);
    sqlite3_bind_int64(s, 3, scope.service);
    sqlite3_bind_int64(s, 4, scope.persona);
    uint32_t capacity = 0;
    *out = NULL;
    *n = 0;
    enum ust_status status;
    while ((status = ust_plot_next(run, s, &row)) == UST_OK && row) {
        if (*n == capacity) {
            capacity = capacity == 0 ? 16 : 2 * capacity;
            *out = ust_realloc(*out, capacity * sizeof(**out));
        }
        struct candidate *c = &(*out)[(*n)++];
        c->key = (uint32_t)sqlite3_column_int64(s, 0);
        c->region = (uint32_t)sqlite3_column_int64(s, 1);
        c->service = (uint32_t)sqlite3_column_int64(s, 2);
        c->persona = (uint32_t)sqlite3_column_int64(s, 3);
        c->finer = finer_bits(c, scope);
    }
    sqlite3_finalize(s);
    return status;
}

static bool is_ratio(const char *metric)
{
    static const char *const ratios[] = {"busy_slots", "cpu",     "injected_cpu",
                                         "memory",     "network", "storage"};
    for (size_t i = 0; i < sizeof(ratios) / sizeof(ratios[0]); i++)
        if (ust_text_equal(metric, ratios[i]))
            return true;
    return false;
}

static enum ust_status capacity_key(const struct ust_plot_run *run, const struct candidate *c,
                                    uint32_t *key)
{
    struct sqlite3_stmt *s;
    bool row;
    UST_TRY(ust_plot_prepare(run,
                             "SELECT k.id FROM key k JOIN metric m ON m.id = k.metric"
                             " WHERE m.name = 'capacity' AND k.region = ?1 AND k.service = ?2"
                             " AND k.persona = 0",
                             &s));
    sqlite3_bind_int64(s, 1, c->region);
    sqlite3_bind_int64(s, 2, c->service);
    enum ust_status status = ust_plot_next(run, s, &row);
    *key = status == UST_OK && row ? (uint32_t)sqlite3_column_int64(s, 0) : 0;
    sqlite3_finalize(s);
    return status;
}

static enum ust_status find_parts(const struct ust_plot_run *run, const char *metric,
                                  struct ust_plot_scope scope, struct parts *parts)
{
    struct candidate *all = NULL;
    uint32_t n = 0, coarsest = 8;
    enum ust_status status = read_candidates(run, metric, scope, &all, &n);
    for (uint32_t i = 0; i < n; i++)
        if (__builtin_popcount(all[i].finer) < __builtin_popcount(coarsest) || coarsest == 8)
            coarsest = all[i].finer;
    parts->n = 0;
    parts->key = ust_arena_alloc(run->arena, uint32_t, n + 1);
    parts->weight_key = ust_arena_alloc(run->arena, uint32_t, n + 1);
    for (uint32_t i = 0; i < n && status == UST_OK; i++) {
        if (all[i].finer != coarsest)
            continue;
        parts->key[parts->n] = all[i].key;
        if (is_ratio(metric) && coarsest != 0)
            status = capacity_key(run, &all[i], &parts->weight_key[parts->n]);
        parts->n++;
    }
    free(all);
    return status;
}

struct ust_plot_window ust_plot_whole(const struct ust_plot_run *run, uint32_t points_max)
{
    UST_ASSERT(points_max > 0);
    return (struct ust_plot_window){0, run->duration_s, run->duration_s / points_max};
}

/* Sums of one replication, interval by interval. */
struct intervals {
    int64_t first;
    uint32_t n;
    double *sum, *weight;
};

static enum ust_status read_part(const struct ust_plot_run *run, struct sqlite3_stmt *s,
                                 uint32_t replication, uint32_t key, uint32_t weight_key,
                                 struct intervals *into)
{
    bool row;
    enum ust_status status;
    sqlite3_reset(s);
    sqlite3_bind_int64(s, 1, replication);
    sqlite3_bind_int64(s, 2, key);
    sqlite3_bind_int64(s, 3, weight_key);
    sqlite3_bind_int64(s, 4, into->first);
    sqlite3_bind_int64(s, 5, into->first + into->n - 1);
    while ((status = ust_plot_next(run, s, &row)) == UST_OK && row) {
        uint32_t i = (uint32_t)(sqlite3_column_int64(s, 0) - into->first);
        double value = ust_plot_number(s, 1);
        double weight = weight_key == 0 ? 1 : ust_plot_number(s, 2);
        if (isnan(value) || isnan(weight) || weight <= 0)
            continue;
        into->sum[i] += value * weight;
        into->weight[i] += weight;
    }
    return status;
}

/* `averaged`: parts are a mean by weight, not a sum. */
static double fold(const struct intervals *all, uint32_t from, uint32_t to, bool averaged,
                   enum ust_plot_fold how, double interval_s)
{
    double total = 0, largest = -HUGE_VAL;
    uint32_t n = 0;
    for (uint32_t i = from; i < to && i < all->n; i++) {
        if (all->weight[i] <= 0)
            continue;
        double value = averaged ? all->sum[i] / all->weight[i] : all->sum[i];
        total += value;
        largest = value > largest ? value : largest;
        n++;
    }
    if (n == 0)
        return (double)NAN;
    switch (how) {
    case UST_PLOT_RATE:
        return total / (n * interval_s);
    case UST_PLOT_SUM:
        return total;
    case UST_PLOT_MEAN:
        return total / n;
    default:
        return largest;
    }
}

static void shape(const struct ust_plot_run *run, struct ust_plot_window window,
                  struct ust_plot_series *series, struct intervals *intervals, uint32_t *per)
{
    double dt = run->interval_s;
    *per = (uint32_t)ceil(window.step_s / dt - 1e-9);
    *per = *per < 1 ? 1 : *per;
    intervals->first = (int64_t)floor(window.from_s / dt + 1e-9);
    int64_t end = (int64_t)ceil(window.to_s / dt - 1e-9);
    intervals->n = end > intervals->first ? (uint32_t)(end - intervals->first) : 0;
    series->start_s = (double)intervals->first * dt;
    series->step_s = *per * dt;
    series->points = (intervals->n + *per - 1) / *per;
    series->replications = run->replications_n;
    size_t cells = (size_t)series->points * series->replications;
    series->value = ust_malloc((cells + 1) * sizeof(double));
}

enum ust_status ust_plot_series_load(const struct ust_plot_run *run, const char *metric,
                                     struct ust_plot_scope scope, struct ust_plot_window window,
                                     enum ust_plot_fold how, struct ust_plot_series *series)
{
    struct parts parts;
    struct intervals all;
    struct sqlite3_stmt *s;
    uint32_t per;
    UST_TRY(find_parts(run, metric, scope, &parts));
    series->value = NULL;
    UST_TRY(ust_plot_prepare(
        run,
        "SELECT s.interval, s.value, w.value FROM series s LEFT JOIN series w"
        " ON w.replication = s.replication AND w.key = ?3 AND w.interval = s.interval"
        " WHERE s.replication = ?1 AND s.key = ?2 AND s.interval BETWEEN ?4 AND ?5",
        &s));
    shape(run, window, series, &all, &per);
    bool averaged = is_ratio(metric) && parts.n > 1;
    enum ust_status status = UST_OK;
    all.sum = ust_malloc((all.n + 1) * sizeof(double));
    all.weight = ust_malloc((all.n + 1) * sizeof(double));
    for (uint32_t r = 0; r < series->replications && status == UST_OK; r++) {
        for (uint32_t i = 0; i < all.n; i++)
            all.sum[i] = all.weight[i] = 0;
        for (uint32_t p = 0; p < parts.n && status == UST_OK; p++)
            status = read_part(run, s, run->replication[r], parts.key[p],
                               averaged ? parts.weight_key[p] : 0, &all);
        for (uint32_t i = 0; i < series->points; i++)
            series->value[(size_t)r * series->points + i] =
                fold(&all, i * per, (i + 1) * per, averaged, how, run->interval_s);
    }
    free(all.sum);
    free(all.weight);
    sqlite3_finalize(s);
    if (status != UST_OK)
        ust_plot_series_free(series);
    return status;
}

static size_t cells(const struct ust_plot_series *series)
{
    return (size_t)series->points * series->replications;
}

void ust_plot_series_free(struct ust_plot_series *series)
{
    free(series->value);
    series->value = NULL;
}

void ust_plot_series_scale(struct ust_plot_series *series, double factor)
{
    for (size_t i = 0; i < cells(series); i++)
        series->value[i] *= factor;
}

void ust_plot_series_divide(struct ust_plot_series *series, const struct ust_plot_series *by)
{
    UST_ASSERT(cells(series) == cells(by));
    for (size_t i = 0; i < cells(series); i++)
        series->value[i] = by->value[i] > 0 ? series->value[i] / by->value[i] : (double)NAN;
}

void ust_plot_series_add(struct ust_plot_series *series, const struct ust_plot_series *more)
{
    UST_ASSERT(cells(series) == cells(more));
    for (size_t i = 0; i < cells(series); i++)
        series->value[i] += more->value[i];
}

double ust_plot_quantile(double *value, uint32_t n, double p)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < n; i++)
        if (!isnan(value[i]))
            value[kept++] = value[i];
    if (kept == 0)
        return (double)NAN;
    qsort(value, kept, sizeof(*value), ust_ascending);
    double place = p * (kept - 1);
    uint32_t below = (uint32_t)place;
    uint32_t above = below + 1 < kept ? below + 1 : below;
    double share = place - below;
    /* Not interpolated where it would multiply infinity by zero. */
    if (share <= 0 || value[below] == value[above])
        return value[below];
    return value[below] + share * (value[above] - value[below]);
}

struct ust_plot_band ust_plot_band(const struct ust_plot_run *run,
                                   const struct ust_plot_series *series)
{
    struct ust_plot_band band = {.start_s = series->start_s,
                                 .step_s = series->step_s,
                                 .points = series->points,
                                 .empty = true};
    band.low = ust_arena_alloc(run->arena, double, series->points + 1);
    band.mid = ust_arena_alloc(run->arena, double, series->points + 1);
    band.high = ust_arena_alloc(run->arena, double, series->points + 1);
    double *column = ust_malloc((series->replications + 1) * sizeof(double));
    for (uint32_t i = 0; i < series->points; i++) {
        uint32_t n = 0;
        for (uint32_t r = 0; r < series->replications; r++) {
            double value = series->value[(size_t)r * series->points + i];
            if (!isnan(value))
                column[n++] = value;
        }
        band.low[i] = ust_plot_quantile(column, n, 0.05);
        band.mid[i] = ust_plot_quantile(column, n, 0.5);
        band.high[i] = ust_plot_quantile(column, n, 0.95);
        band.empty &= n == 0;
    }
    free(column);
    return band;
}
