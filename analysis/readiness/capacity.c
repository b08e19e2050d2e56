/* Demand against capacity: what was missing, what is left over, and since when it is enough.
 *
 * Demand scatters where it is work of random size at random times; capacity does not. A demand
 * above the capacity counts as a shortage where chance does not explain it (noise.c), so that a
 * healthy run has none, and a shortage counts in full. Pools cannot help each other. */
#include <math.h>
#include <stdlib.h>

#include "analysis/readiness/internal.h"
#include "analysis/stats/stats.h"

/* One pool as it is looked at. */
struct look {
    const struct ust_readiness_pool *pool;
    const struct ust_readiness_span *span;
    double utilisation; /* that counts as capacity */
    double dispersion;
    double bucket_slack, interval_slack; /* standard errors of what chance explains */
};

static struct look look_at(const struct ust_readiness_settings *settings,
                           const struct ust_readiness_trajectory *t,
                           const struct ust_readiness_span *span, uint32_t pool)
{
    return (struct look){.pool = &t->pool[pool],
                         .span = span,
                         .utilisation = settings->target_utilisation,
                         .dispersion =
                             ust_readiness_dispersion(t->pool[pool].work, t->intervals),
                         .bucket_slack = settings->slack,
                         .interval_slack = ust_readiness_slack(settings, span->bucket)};
}

/* Of [from, to), in CPU seconds a second. */
static double demand(struct look look, uint32_t from, uint32_t to)
{
    double work = ust_readiness_sum(look.pool->work, from, to);
    return from < to ? work / ((to - from) * look.span->interval_s) : 0.0;
}

/* The standard error of such a demand by chance. */
static double noise(struct look look, uint32_t from, uint32_t to)
{
    double work = ust_readiness_sum(look.pool->work, from, to);
    return from < to ? sqrt(look.dispersion * work) / ((to - from) * look.span->interval_s)
                     : 0.0;
}

static double supply(struct look look, uint32_t from, uint32_t to)
{
    double sum = ust_readiness_sum(look.pool->capacity, from, to);
    return from < to ? look.utilisation * sum / (to - from) : 0.0;
}

static uint32_t bucket_end(const struct ust_readiness_span *span, uint32_t from)
{
    return span->end - from < span->bucket ? span->end : from + span->bucket;
}

/* ---- shortfall ---- */

struct shortage {
    double missing, asked;
};

static void add_shortage(struct look look, double seconds, struct shortage *out)
{
    const struct ust_readiness_span *span = look.span;
    for (uint32_t i = span->first; i < span->end; i++) {
        double left = seconds - (i - span->first) * span->interval_s;
        double part = fmin(1.0, left / span->interval_s);
        if (part <= 0.0)
            break;
        uint32_t from = i - (i - span->first) % span->bucket, to = bucket_end(span, from);
        double d = demand(look, i, i + 1), k = supply(look, i, i + 1);
        out->asked += part * d;
        /* Short and steep shows in the interval, long and shallow in the bucket. */
        if (d - k > look.interval_slack * noise(look, i, i + 1) ||
            demand(look, from, to) - k > look.bucket_slack * noise(look, from, to))
            out->missing += part * fmax(0.0, d - k);
    }
}

double ust_readiness_shortfall(const struct ust_readiness_settings *settings,
                               const struct ust_readiness_trajectory *t,
                               const struct ust_readiness_span *span, double seconds)
{
    struct shortage all = {0.0, 0.0};
    for (uint32_t k = 0; k < t->pools; k++)
        if (t->pool[k].under_test)
            add_shortage(look_at(settings, t, span, k), seconds, &all);
    return all.asked > 0.0 ? all.missing / all.asked : 0.0;
}

/* ---- headroom ---- */

/* The largest demand that chance alone does not make: of the buckets of [from, end), and of all
 * of them together. */
static double peak_demand(const struct ust_readiness_settings *settings, struct look look,
                          uint32_t from)
{
    const struct ust_readiness_span *span = look.span;
    double most =
        demand(look, from, span->end) - settings->slack * noise(look, from, span->end);
    /* The largest of several is larger by chance alone. */
    double slack =
        ust_readiness_slack(settings, ceil((double)(span->end - from) / span->bucket));
    for (uint32_t i = from; i < span->end; i = bucket_end(span, i)) {
        uint32_t to = bucket_end(span, i);
        most = fmax(most, demand(look, i, to) - slack * noise(look, i, to));
    }
    return most;
}

double ust_readiness_headroom(const struct ust_readiness_settings *settings,
                              const struct ust_readiness_trajectory *t,
                              const struct ust_readiness_span *span)
{
    double least = ust_infinity();
    double window = fmax(1.0, ceil(settings->head_window_s / t->interval_s - 1e-9));
    uint32_t length = span->end - span->first;
    uint32_t from = window < length ? span->end - (uint32_t)window : span->first;
    if (from >= span->end)
        return least;
    uint32_t last = from + (span->end - 1 - from) / span->bucket * span->bucket;
    for (uint32_t k = 0; k < t->pools; k++) {
        if (!t->pool[k].under_test)
            continue;
        struct look look = look_at(settings, t, span, k);
        double peak = peak_demand(settings, look, from);
        double end = supply(look, last, span->end);
        if (peak > 0.0)
            least = fmin(least, (end - peak) / peak);
    }
    return least;
}

/* ---- static share ---- */

/* Capacity in service just before the onset against the demand that will come once all of it
 * has shifted: that of the pools under test and of those that the fault takes away. */
double ust_readiness_static_share(const struct ust_readiness_settings *settings,
                                  const struct ust_readiness_trajectory *t,
                                  const struct ust_readiness_span *span)
{
    double least = 1.0;
    double hold = fmax(1.0, ceil(settings->hold_s / t->interval_s - 1e-9));
    uint32_t to = span->first > 0 ? span->first : (t->intervals > 0 ? 1 : 0);
    uint32_t from = to > hold ? to - (uint32_t)hold : 0;
    for (uint32_t k = 0; k < t->pools; k++) {
        if (!t->pool[k].under_test)
            continue;
        double d = 0.0, c = 0.0;
        for (uint32_t j = 0; j < t->pools; j++) {
            const struct ust_readiness_pool *pool = &t->pool[j];
            struct look look = {
                .pool = pool, .span = span, .utilisation = settings->target_utilisation};
            if (pool->service != t->pool[k].service || !(pool->under_test || pool->shifts))
                continue;
            d += demand(look, from, to);
            if (pool->under_test && to > 0)
                c += supply(look, to - 1, to);
        }
        if (d > 0.0)
            least = fmin(least, c / d);
    }
    return least;
}

/* ---- enough ---- */

static bool enough(struct look look, uint32_t from, uint32_t to)
{
    double d = demand(look, from, to), chance = look.bucket_slack * noise(look, from, to);
    return supply(look, from, to) >= d * (1.0 - 1e-12) - chance;
}

bool ust_readiness_covered(const struct ust_readiness_settings *settings,
                           const struct ust_readiness_trajectory *t,
                           const struct ust_readiness_span *span, uint32_t from, uint32_t to)
{
    for (uint32_t k = 0; k < t->pools; k++) {
        struct look look = look_at(settings, t, span, k);
        for (uint32_t i = from; i < to; i = bucket_end(span, i))
            if (!enough(look, i, bucket_end(span, i)))
                return false;
    }
    return true;
}

double ust_readiness_caught_up(const struct ust_readiness_settings *settings,
                               const struct ust_readiness_trajectory *t)
{
    struct ust_readiness_span span = ust_readiness_span_of(settings, t);
    uint32_t since = span.first;
    for (uint32_t k = 0; k < t->pools; k++) {
        if (!t->pool[k].under_test)
            continue;
        struct look look = look_at(settings, t, &span, k);
        for (uint32_t i = span.first; i < span.end; i = bucket_end(&span, i))
            if (!enough(look, i, bucket_end(&span, i)) && since < bucket_end(&span, i))
                since = bucket_end(&span, i);
    }
    return since < span.end || since == span.first ? (since - span.first) * t->interval_s
                                                   : ust_infinity();
}
