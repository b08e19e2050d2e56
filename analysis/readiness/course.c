/* What one replication's course says about each persona and about the capacity.
 *
 *         onset                                  onset + horizon
 *   ────────┼──────────────┬───────────────────────────┼──────▶ intervals of the series
 *           │◀─ RTO window ─▶ capacity shortfall        │
 *           │ attainment in buckets: T_p    │◀─ head ──▶│ headroom, stability
 *
 * The onset is rounded down to the start of its interval; buckets are whole intervals from
 * there. An undefined value of a series counts as 0. */
#include "analysis/readiness/internal.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/stats/stats.h"
#include "sim/base/arena.h"

static uint32_t intervals_of(double seconds, double interval_s)
{
    double n = ceil(seconds / interval_s - 1e-9);
    return n < 1.0 ? 1 : n > 1e9 ? 1000000000u : (uint32_t)n;
}

struct ust_readiness_span ust_readiness_span_of(const struct ust_readiness_settings *settings,
                                                const struct ust_readiness_trajectory *t)
{
    struct ust_readiness_span span = {
        .last = t->intervals, .end = t->intervals, .interval_s = t->interval_s};
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
    struct ust_readiness_span span = ust_readiness_span_of(settings, trajectory);
    return (span.end - span.first) * trajectory->interval_s;
}

static double at(const double *values, uint32_t i)
{
    return values && !isnan(values[i]) ? values[i] : 0.0;
}

double ust_readiness_sum(const double *values, uint32_t from, uint32_t to)
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
    return ust_readiness_sum(t->offered[p], from, to) -
           (t->undecided ? ust_readiness_sum(t->undecided[p], from, to) : 0.0);
}

/* ---- users ---- */

/* Consecutive buckets, merged forward until they hold enough offers. */
struct group {
    uint32_t from, to;
    double offered, good;
};

static uint32_t groups_of(const struct ust_readiness_settings *settings,
                          const struct ust_readiness_trajectory *t, uint32_t p,
                          const struct ust_readiness_span *span, struct group *group)
{
    uint32_t n = 0;
    struct group open = {.from = span->first};
    for (uint32_t i = span->first; i < span->last; i += span->bucket) {
        open.to = span->last - i < span->bucket ? span->last : i + span->bucket;
        open.offered += decided(t, p, i, open.to);
        open.good += ust_readiness_sum(t->good[p], i, open.to);
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
                       uint32_t hold, const struct ust_readiness_span *span, bool *covered)
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
                       const struct ust_readiness_span *span)
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

/* ---- stability ---- */

/* Whether the last stretch of the judged time, as long as `hold`, has no trigger left in it. */
static bool stability_known(const struct ust_readiness_settings *settings,
                            const struct ust_readiness_trajectory *t,
                            const struct ust_readiness_span *span)
{
    uint32_t hold = intervals_of(settings->hold_s, t->interval_s);
    return t->fault && span->end - span->first >= hold &&
           (span->end - hold) * t->interval_s >= t->all_over_s - 1e-9;
}

/* Triggers gone, capacity there, and still no goodput, for the holding time up to the end. */
static bool metastable(const struct ust_readiness_settings *settings,
                       const struct ust_readiness_trajectory *t,
                       const struct ust_readiness_span *span)
{
    if (!stability_known(settings, t, span))
        return false;
    uint32_t from = span->end - intervals_of(settings->hold_s, t->interval_s);
    for (uint32_t i = from; i < span->end; i += span->bucket) {
        uint32_t to = span->end - i < span->bucket ? span->end : i + span->bucket;
        double offered = 0.0, good = 0.0;
        for (uint32_t p = 0; p < t->personas; p++) {
            offered += decided(t, p, i, to);
            good += ust_readiness_sum(t->good[p], i, to);
        }
        if (good >= settings->goodput * offered)
            return false;
    }
    return ust_readiness_covered(settings, t, span, from, span->end);
}

void ust_readiness_measure(const struct ust_readiness_settings *settings,
                           const struct ust_readiness_objective *objectives,
                           const struct ust_readiness_trajectory *trajectory,
                           struct ust_readiness_kpi *kpi)
{
    const struct ust_readiness_trajectory *t = trajectory;
    struct ust_readiness_span span = ust_readiness_span_of(settings, t);
    double horizon_s = (span.end - span.first) * t->interval_s;
    double head = ust_readiness_headroom(settings, t, &span);
    double phi = ust_readiness_static_share(settings, t, &span);
    bool known = stability_known(settings, t, &span);
    bool unstable = metastable(settings, t, &span);
    for (uint32_t p = 0; p < t->personas; p++) {
        const struct ust_readiness_objective *o = &objectives[p];
        struct ust_readiness_kpi *out = &kpi[p];
        *out = (struct ust_readiness_kpi){.headroom = head,
                                          .static_share = phi,
                                          .metastable = unstable,
                                          .stability_known = known,
                                          .loss_window_s = t->loss_window_s[p]};
        out->offered = decided(t, p, span.first, span.end);
        out->good = ust_readiness_sum(t->good[p], span.first, span.end);
        out->attainment = out->offered > 0.0 ? out->good / out->offered : 1.0;
        out->budget_burn =
            ust_readiness_burn(settings, o, out->attainment, out->offered, horizon_s);
        out->shortfall =
            ust_readiness_shortfall(settings, t, &span, t->fault ? o->rto_s : horizon_s);
        if (t->fault)
            out->recovery_s = recovery(settings, o->attainment, t, p, &span);
        else if (!attained(settings, o->attainment, out->offered, out->good))
            out->recovery_s = ust_infinity();
    }
}
