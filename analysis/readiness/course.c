/* What one replication's course says about each persona and about the capacity.
 *
 *         onset                                  onset + horizon
 *   ────────┼──────────────┬───────────────────────────┼──────▶ intervals of the series
 *           │◀─ RTO window ─▶ capacity shortfall        │
 *           │ attainment in buckets: T_p    │◀─ head ──▶│ headroom, stability
 *
 * The onset is rounded down to the start of its interval; buckets are whole intervals from
 * there. An undefined value of a series counts as 0. */
#include "analysis/readiness/readiness.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/stats/stats.h"
#include "sim/base/arena.h"

/* What is judged, in intervals. */
struct span {
    uint32_t first, end; /* onset, end of the horizon */
    uint32_t last;       /* end of the series */
    uint32_t bucket;     /* intervals of a bucket */
    double interval_s;
};

static uint32_t intervals_of(double seconds, double interval_s)
{
    double n = ceil(seconds / interval_s - 1e-9);
    return n < 1.0 ? 1 : n > 1e9 ? 1000000000u : (uint32_t)n;
}

static struct span span_of(const struct ust_readiness_settings *settings,
                           const struct ust_readiness_trajectory *t)
{
    struct span span = {.last = t->intervals, .end = t->intervals, .interval_s = t->interval_s};
    span.bucket = intervals_of(settings->bucket_s, t->interval_s);
    if (!t->fault)
        return span;
    double first = floor(fmax(0.0, t->onset_s) / t->interval_s + 1e-9);
    span.first = first < t->intervals ? (uint32_t)first : t->intervals;
    uint32_t horizon = intervals_of(settings->horizon_s, t->interval_s);
    if (t->intervals - span.first > horizon)
        span.end = span.first + horizon;
    return span;
}

double ust_readiness_horizon(const struct ust_readiness_settings *settings,
                             const struct ust_readiness_trajectory *trajectory)
{
    struct span span = span_of(settings, trajectory);
    return (span.end - span.first) * trajectory->interval_s;
}

static double at(const double *values, uint32_t i)
{
    return values && !isnan(values[i]) ? values[i] : 0.0;
}

static double sum(const double *values, uint32_t from, uint32_t to)
{
    double total = 0.0;
    for (uint32_t i = from; i < to; i++)
        total += at(values, i);
    return total;
}

/* Offers whose fate is known: what was still under way when the run ended says nothing. */
static double decided(const struct ust_readiness_trajectory *t, uint32_t p, uint32_t from,
                      uint32_t to)
{
    return sum(t->offered[p], from, to) - (t->undecided ? sum(t->undecided[p], from, to) : 0.0);
}

/* ---- users ---- */

/* Consecutive buckets, merged forward until they hold enough offers. */
struct group {
    uint32_t from, to;
    double offered, good;
};

static uint32_t groups_of(const struct ust_readiness_settings *settings,
                          const struct ust_readiness_trajectory *t, uint32_t p,
                          const struct span *span, struct group *group)
{
    uint32_t n = 0;
    struct group open = {.from = span->first};
    for (uint32_t i = span->first; i < span->last; i += span->bucket) {
        open.to = span->last - i < span->bucket ? span->last : i + span->bucket;
        open.offered += decided(t, p, i, open.to);
        open.good += sum(t->good[p], i, open.to);
        if (open.offered < settings->bucket_offers)
            continue;
        group[n++] = open;
        open = (struct group){.from = open.to};
    }
    if (open.from == span->last)
        return n;
    /* Too few at the end to say anything alone. */
    if (n == 0)
        group[n++] = (struct group){.from = span->first};
    group[n - 1].to = span->last;
    group[n - 1].offered += open.offered;
    group[n - 1].good += open.good;
    return n;
}

/* With one-sided slack for sampling noise: a healthy bucket shall not delay "recovered". */
static bool attained(const struct ust_readiness_settings *settings, double objective,
                     double offered, double good)
{
    if (!(offered > 0.0))
        return true;
    double noise = sqrt(objective * (1.0 - objective) / offered);
    return good / offered >= objective - settings->slack * noise - 1e-12;
}

/* Objectives hold from group g on for the holding time; `covered`: the series reaches so far.
 */
static bool holds_from(const struct group *group, uint32_t n, const bool *ok, uint32_t g,
                       uint32_t hold, const struct span *span, bool *covered)
{
    uint64_t until = (uint64_t)group[g].from + hold;
    *covered = until <= span->last;
    for (uint32_t i = g; i < n && group[i].from < until; i++)
        if (!ok[i])
            return false;
    return true;
}

static double recovery(const struct ust_readiness_settings *settings, double objective,
                       const struct ust_readiness_trajectory *t, uint32_t p,
                       const struct span *span)
{
    uint32_t most = (span->last - span->first) / span->bucket + 2;
    struct group *group = ust_malloc(most * sizeof *group);
    bool *ok = ust_malloc(most * sizeof *ok);
    uint32_t n = groups_of(settings, t, p, span, group), missed = 0;
    for (uint32_t g = 0; g < n; g++) {
        ok[g] = attained(settings, objective, group[g].offered, group[g].good);
        missed += !ok[g];
    }
    uint32_t hold = intervals_of(settings->hold_s, t->interval_s);
    double seconds = missed == 0 ? 0.0 : ust_infinity();
    for (uint32_t g = 0; g < n && missed > 0 && group[g].from < span->end; g++) {
        bool covered;
        if (holds_from(group, n, ok, g, hold, span, &covered) && covered) {
            seconds = (group[g].from - span->first) * t->interval_s;
            break;
        }
    }
    free(ok);
    free(group);
    return seconds;
}

/* ---- capacity ---- */

static double demand(const struct ust_readiness_pool *pool, const struct span *span,
                     uint32_t from, uint32_t to)
{
    return from < to ? sum(pool->work, from, to) / ((to - from) * span->interval_s) : 0.0;
}

static double supply(const struct ust_readiness_pool *pool, double utilisation, uint32_t from,
                     uint32_t to)
{
    return from < to ? utilisation * sum(pool->capacity, from, to) / (to - from) : 0.0;
}

/* Share of the work of the first `seconds` that found no capacity; pools cannot help each
 * other. */
static double shortfall(const struct ust_readiness_settings *settings,
                        const struct ust_readiness_trajectory *t, const struct span *span,
                        double seconds)
{
    double missing = 0.0, asked = 0.0;
    for (uint32_t k = 0; k < t->pools; k++) {
        const struct ust_readiness_pool *pool = &t->pool[k];
        for (uint32_t i = span->first; pool->under_test && i < span->end; i++) {
            double left = seconds - (i - span->first) * t->interval_s;
            double part = fmin(1.0, left / t->interval_s);
            if (part <= 0.0)
                break;
            double d = demand(pool, span, i, i + 1);
            double gap = d - supply(pool, settings->target_utilisation, i, i + 1);
            missing += part * fmax(0.0, gap);
            asked += part * d;
        }
    }
    return asked > 0.0 ? missing / asked : 0.0;
}

/* Of the tightest pool, in buckets: a single interval's peak would mostly be noise. */
static double headroom(const struct ust_readiness_settings *settings,
                       const struct ust_readiness_trajectory *t, const struct span *span)
{
    double least = ust_infinity();
    uint32_t window = intervals_of(settings->head_window_s, t->interval_s);
    uint32_t length = span->end - span->first;
    uint32_t from = window < length ? span->end - window : span->first;
    for (uint32_t k = 0; k < t->pools; k++) {
        const struct ust_readiness_pool *pool = &t->pool[k];
        double peak = 0.0, end = 0.0;
        for (uint32_t i = from; pool->under_test && i < span->end; i += span->bucket) {
            uint32_t to = span->end - i < span->bucket ? span->end : i + span->bucket;
            peak = fmax(peak, demand(pool, span, i, to));
            end = supply(pool, settings->target_utilisation, i, to);
        }
        if (peak > 0.0)
            least = fmin(least, (end - peak) / peak);
    }
    return least;
}

/* Capacity in service just before the onset against the demand that will come once all of it
 * has shifted: that of the pools under test and of those that the fault takes away. */
static double static_share(const struct ust_readiness_settings *settings,
                           const struct ust_readiness_trajectory *t, const struct span *span)
{
    double least = 1.0;
    uint32_t hold = intervals_of(settings->hold_s, t->interval_s);
    uint32_t to = span->first > 0 ? span->first : (t->intervals > 0 ? 1 : 0);
    uint32_t from = to > hold ? to - hold : 0;
    for (uint32_t k = 0; k < t->pools; k++) {
        if (!t->pool[k].under_test)
            continue;
        double d = 0.0, c = 0.0;
        for (uint32_t j = 0; j < t->pools; j++) {
            const struct ust_readiness_pool *pool = &t->pool[j];
            if (pool->service != t->pool[k].service || !(pool->under_test || pool->shifts))
                continue;
            d += demand(pool, span, from, to);
            if (pool->under_test && to > 0)
                c += supply(pool, settings->target_utilisation, to - 1, to);
        }
        if (d > 0.0)
            least = fmin(least, c / d);
    }
    return least;
}

static bool covers(const struct ust_readiness_settings *settings,
                   const struct ust_readiness_trajectory *t, const struct span *span,
                   bool all_regions, uint32_t from, uint32_t to)
{
    for (uint32_t k = 0; k < t->pools; k++) {
        const struct ust_readiness_pool *pool = &t->pool[k];
        if ((all_regions || pool->under_test) &&
            supply(pool, settings->target_utilisation, from, to) <
                demand(pool, span, from, to) * (1.0 - 1e-12))
            return false;
    }
    return true;
}

/* Triggers gone, capacity there, and still no goodput, for the holding time up to the end. */
static bool metastable(const struct ust_readiness_settings *settings,
                       const struct ust_readiness_trajectory *t, const struct span *span)
{
    uint32_t hold = intervals_of(settings->hold_s, t->interval_s);
    if (!t->fault || span->end - span->first < hold)
        return false;
    uint32_t from = span->end - hold;
    if (from * t->interval_s < t->all_over_s - 1e-9)
        return false;
    for (uint32_t i = from; i < span->end; i += span->bucket) {
        uint32_t to = span->end - i < span->bucket ? span->end : i + span->bucket;
        double offered = 0.0, good = 0.0;
        for (uint32_t p = 0; p < t->personas; p++) {
            offered += decided(t, p, i, to);
            good += sum(t->good[p], i, to);
        }
        if (!covers(settings, t, span, true, i, to) || good >= settings->goodput * offered)
            return false;
    }
    return true;
}

double ust_readiness_caught_up(const struct ust_readiness_settings *settings,
                               const struct ust_readiness_trajectory *trajectory)
{
    struct span span = span_of(settings, trajectory);
    double seconds = 0.0;
    for (uint32_t i = span.first; i < span.end; i += span.bucket) {
        uint32_t to = span.end - i < span.bucket ? span.end : i + span.bucket;
        if (!covers(settings, trajectory, &span, false, i, to))
            seconds =
                to < span.end ? (to - span.first) * trajectory->interval_s : ust_infinity();
    }
    return seconds;
}

void ust_readiness_measure(const struct ust_readiness_settings *settings,
                           const struct ust_readiness_objective *objectives,
                           const struct ust_readiness_trajectory *trajectory,
                           struct ust_readiness_kpi *kpi)
{
    const struct ust_readiness_trajectory *t = trajectory;
    struct span span = span_of(settings, t);
    double horizon_s = (span.end - span.first) * t->interval_s;
    double head = headroom(settings, t, &span), phi = static_share(settings, t, &span);
    bool unstable = metastable(settings, t, &span);
    for (uint32_t p = 0; p < t->personas; p++) {
        const struct ust_readiness_objective *o = &objectives[p];
        struct ust_readiness_kpi *out = &kpi[p];
        *out = (struct ust_readiness_kpi){.headroom = head,
                                          .static_share = phi,
                                          .metastable = unstable,
                                          .loss_window_s = t->loss_window_s[p]};
        out->offered = decided(t, p, span.first, span.end);
        out->good = sum(t->good[p], span.first, span.end);
        out->attainment = out->offered > 0.0 ? out->good / out->offered : 1.0;
        out->budget_burn =
            ust_readiness_burn(settings, o, out->attainment, out->offered, horizon_s);
        out->shortfall = shortfall(settings, t, &span, t->fault ? o->rto_s : horizon_s);
        if (t->fault)
            out->recovery_s = recovery(settings, o->attainment, t, p, &span);
        else if (!attained(settings, o->attainment, out->offered, out->good))
            out->recovery_s = ust_infinity();
    }
}
