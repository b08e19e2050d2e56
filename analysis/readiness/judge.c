/* From scores to a verdict: means, intervals, the gate, and who lost what. */
#include "analysis/readiness/internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/mean.h"
#include "sim/rand/rng.h"

/* Below this many replications, or where a score of 0 occurs, the bootstrap has a say. */
#define FEW 20

const char *ust_verdict_name(enum ust_verdict verdict)
{
    static const char *const names[] = {"NOT READY", "UNDECIDED", "READY"};
    return names[verdict];
}

enum ust_verdict ust_readiness_decide(const struct ust_readiness_settings *settings,
                                      struct ust_readiness_bound readiness,
                                      struct ust_readiness_bound p_ready)
{
    if (p_ready.high < settings->ready_p)
        return UST_NOT_READY;
    if (p_ready.low >= settings->ready_p && readiness.low >= settings->ready_score)
        return UST_READY;
    return UST_UNDECIDED;
}

static struct ust_readiness_bound bound_mean(const struct ust_stratum *strata, uint32_t n,
                                             double confidence, bool skewed, uint64_t seed,
                                             const char **method)
{
    for (uint32_t i = 0; i < n; i++)
        skewed = skewed || strata[i].n < FEW;
    struct ust_rng rng = ust_rng_derive(seed, 0, "analysis/readiness/bootstrap");
    struct ust_interval mean =
        ust_stats_mean_interval(strata, n, confidence, skewed, &rng, method);
    struct ust_readiness_bound out = {mean.value, mean.low, mean.high};
    if (!isnan(out.low)) {
        out.low = fmax(0.0, out.low);
        out.high = fmin(100.0, out.high);
    }
    return out;
}

static struct ust_readiness_bound bound_share(const struct ust_readiness_result *result)
{
    uint64_t ready = 0;
    for (uint32_t i = 0; i < result->n; i++)
        ready += result->ready[i];
    struct ust_interval w = ust_stats_wilson(ready, result->n, result->settings.confidence);
    return (struct ust_readiness_bound){w.value, w.low, w.high};
}

/* ---- over replications ---- */

static double median(const double *values, uint32_t n)
{
    return ust_stats_quantile(values, n, 0.5);
}

static void sum_persona(const struct ust_readiness_result *result, uint32_t p,
                        struct ust_readiness_persona *out)
{
    double offered = 0.0, good = 0.0, n = result->n;
    out->worst = 100.0;
    for (uint32_t i = 0; i < result->n; i++) {
        const struct ust_readiness_kpi *kpi = &result->kpi[i * result->personas_n + p];
        const struct ust_readiness_score *score = &result->score[i * result->personas_n + p];
        double share[UST_COMPONENTS],
            lost = 100.0 * out->objective.weight * (1.0 - score->score);
        ust_readiness_shares(&result->settings, score, share);
        for (int k = 0; k < UST_COMPONENTS; k++) {
            out->component[k] += score->component[k] / n;
            out->share[k] += share[k] * lost / n;
        }
        out->points += lost / n;
        out->score += 100.0 * score->score / n;
        out->worst = fmin(out->worst, 100.0 * score->score);
        out->budget_burn += kpi->budget_burn / n;
        out->metastable += kpi->metastable;
        out->ready += score->ready;
        offered += kpi->offered;
        good += kpi->good;
    }
    for (int k = 0; k < UST_COMPONENTS; k++)
        out->share[k] = out->points > 0.0 ? out->share[k] / out->points : 0.0;
    out->offered = offered / n;
    out->attainment = offered > 0.0 ? good / offered : 1.0;
}

static void middle_persona(const struct ust_readiness_result *result, uint32_t p,
                           double *scratch, struct ust_readiness_persona *out)
{
#define MEDIAN(member)                                                                         \
    do {                                                                                       \
        for (uint32_t i = 0; i < result->n; i++)                                               \
            scratch[i] = result->kpi[i * result->personas_n + p].member;                       \
        out->member = median(scratch, result->n);                                              \
    } while (0)
    MEDIAN(recovery_s);
    MEDIAN(shortfall);
    MEDIAN(headroom);
    MEDIAN(static_share);
    MEDIAN(loss_window_s);
#undef MEDIAN
}

/* A component's own measure in a replication; the gate's verdict on it. */
static double measured(const struct ust_readiness_kpi *kpi, enum ust_component k)
{
    const double values[UST_COMPONENTS] = {kpi->budget_burn,   kpi->recovery_s,
                                           kpi->shortfall,     kpi->headroom,
                                           kpi->loss_window_s, kpi->metastable};
    return values[k];
}

static bool barred(const struct ust_readiness_result *result,
                   const struct ust_readiness_objective *objective,
                   const struct ust_readiness_kpi *kpi, enum ust_component k)
{
    const bool misses[UST_COMPONENTS] = {[UST_SLO] = kpi->budget_burn > result->settings.u_star,
                                         [UST_RTO] = kpi->recovery_s > objective->rto_s,
                                         [UST_RPO] = kpi->loss_window_s > objective->rpo_s,
                                         [UST_STAB] = kpi->metastable};
    return misses[k];
}

/* Medians over all replications hide what few of them lose; so each component speaks of those
 * in which it cost something. */
static void cost_persona(const struct ust_readiness_result *result, uint32_t p, double *scratch,
                         struct ust_readiness_persona *out)
{
    for (int k = 0; k < UST_COMPONENTS; k++) {
        struct ust_readiness_cost *cost = &out->cost[k];
        double offered = 0.0, good = 0.0;
        for (uint32_t i = 0; i < result->n; i++) {
            const struct ust_readiness_kpi *kpi = &result->kpi[i * result->personas_n + p];
            double share[UST_COMPONENTS];
            ust_readiness_shares(&result->settings, &result->score[i * result->personas_n + p],
                                 share);
            out->gate[k] += barred(result, &out->objective, kpi, (enum ust_component)k);
            if (!(share[k] > 0.0))
                continue;
            scratch[cost->n++] = measured(kpi, (enum ust_component)k);
            offered += kpi->offered;
            good += kpi->good;
        }
        cost->median = cost->n > 0 ? median(scratch, cost->n) : ust_nan();
        if (k == UST_RTO)
            out->missed_attainment = offered > 0.0 ? good / offered : 1.0;
    }
}

static void sum_personas(struct ust_readiness_result *out, const struct ust_readiness_run *run)
{
    struct ust_readiness_persona *personas =
        ust_arena_alloc(out->arena, struct ust_readiness_persona, out->personas_n);
    double *scratch = ust_arena_alloc(out->arena, double, out->n);
    out->weakest = 0;
    for (uint32_t p = 0; p < out->personas_n; p++) {
        personas[p].id = run->persona_ids[p];
        personas[p].objective = run->objectives[p];
        sum_persona(out, p, &personas[p]);
        middle_persona(out, p, scratch, &personas[p]);
        cost_persona(out, p, scratch, &personas[p]);
        if (personas[p].score < personas[out->weakest].score)
            out->weakest = p;
    }
    out->personas = personas;
}

/* Weights add up to 1 from here on; without any, all personas count alike. */
static void scale_weights(struct ust_readiness_run *run)
{
    double sum = 0.0;
    for (uint32_t p = 0; p < run->personas; p++)
        sum += run->objectives[p].weight;
    for (uint32_t p = 0; p < run->personas; p++)
        run->objectives[p].weight =
            sum > 0.0 ? run->objectives[p].weight / sum : 1.0 / run->personas;
}

/* Arrays of n values that judge_replications fills. */
struct columns {
    double *scores, *moment[UST_MOMENTS];
    bool *ready;
    struct ust_readiness_kpi *kpi;
    struct ust_readiness_score *score;
};

static void judge_replication(struct ust_readiness_run *run, struct ust_readiness_result *out,
                              struct columns *columns, uint32_t i)
{
    struct ust_readiness_kpi *kpi = columns->kpi + (size_t)i * run->personas;
    struct ust_readiness_score *score = columns->score + (size_t)i * run->personas;
    ust_readiness_measure(&run->settings, run->objectives, &run->course, kpi);
    double met = 0.0, total = 0.0;
    bool ready = true;
    for (uint32_t p = 0; p < run->personas; p++) {
        score[p] = ust_readiness_score(&run->settings, &run->objectives[p], &kpi[p]);
        total += run->objectives[p].weight * score[p].score;
        met = fmax(met, kpi[p].recovery_s);
        ready = ready && score[p].ready;
        out->zero = out->zero || !(score[p].score > 0.0);
    }
    columns->scores[i] = fmin(100.0, 100.0 * total);
    columns->ready[i] = ready;
    for (int m = 0; m < UST_CAUGHT_UP; m++)
        columns->moment[m][i] = run->moment[m];
    columns->moment[UST_CAUGHT_UP][i] = ust_readiness_caught_up(&run->settings, &run->course);
    columns->moment[UST_OBJECTIVES_MET][i] = met;
}

static void sum_moments(struct ust_readiness_result *out, const struct columns *columns)
{
    for (int m = 0; m < UST_MOMENTS; m++) {
        struct ust_readiness_moment *moment = &out->moments[m];
        struct ust_interval middle = ust_stats_quantile_interval(columns->moment[m], out->n,
                                                                 0.5, out->settings.confidence);
        moment->median = middle.value;
        moment->low = middle.low;
        moment->high = middle.high;
        for (uint32_t i = 0; i < out->n; i++)
            moment->n += !isinf(columns->moment[m][i]);
        for (uint32_t i = 0; i < out->n; i++)
            moment->none += !(columns->moment[m][i] > 0.0);
        /* What the models never report (no failover, say) is not part of this run. */
        moment->known = out->fault && (moment->n > 0 || m >= UST_CAUGHT_UP);
    }
}

static enum ust_status judge_replications(struct ust_store *store,
                                          struct ust_readiness_run *run,
                                          struct ust_readiness_result *out)
{
    struct columns columns;
    size_t cells = (size_t)run->n * run->personas;
    columns.scores = ust_arena_alloc(run->arena, double, run->n);
    columns.ready = ust_arena_alloc(run->arena, bool, run->n);
    columns.kpi = ust_arena_alloc(run->arena, struct ust_readiness_kpi, cells);
    columns.score = ust_arena_alloc(run->arena, struct ust_readiness_score, cells);
    for (int m = 0; m < UST_MOMENTS; m++)
        columns.moment[m] = ust_arena_alloc(run->arena, double, run->n);
    for (uint32_t i = 0; i < run->n; i++) {
        UST_TRY(ust_readiness_load_replication(store, run, run->ids[i]));
        judge_replication(run, out, &columns, i);
    }
    out->scores = columns.scores;
    out->ready = columns.ready;
    out->kpi = columns.kpi;
    out->score = columns.score;
    sum_moments(out, &columns);
    return UST_OK;
}

static enum ust_status compute(struct ust_store *store,
                               const struct ust_readiness_settings *use,
                               struct ust_readiness_result *out)
{
    struct ust_readiness_run run = {.arena = out->arena};
    UST_TRY(ust_readiness_load(store, &run));
    if (use)
        run.settings = *use;
    scale_weights(&run);
    out->settings = run.settings;
    out->region = run.region;
    out->lost = run.lost;
    out->seed = run.seed;
    out->origin = run.origin;
    out->fault = run.course.fault;
    out->onset_s = run.course.fault ? run.course.onset_s : 0.0;
    out->horizon_s = ust_readiness_horizon(&run.settings, &run.course);
    out->n = run.n;
    out->ids = run.ids;
    out->personas_n = run.personas;
    UST_TRY(judge_replications(store, &run, out));
    sum_personas(out, &run);

    struct ust_stratum all = {.weight = 1.0, .values = out->scores, .n = out->n};
    out->readiness =
        bound_mean(&all, 1, out->settings.confidence, out->zero, out->seed, &out->method);
    out->p_ready = bound_share(out);
    out->percentile5 = ust_stats_quantile(out->scores, out->n, 0.05);
    out->verdict = ust_readiness_decide(&out->settings, out->readiness, out->p_ready);
    return UST_OK;
}

enum ust_status ust_readiness_compute(struct ust_store *store,
                                      const struct ust_readiness_settings *use,
                                      struct ust_readiness_result *out)
{
    *out = (struct ust_readiness_result){.arena = ust_arena_new()};
    enum ust_status status = compute(store, use, out);
    if (status != UST_OK)
        ust_readiness_free(out);
    return status;
}

void ust_readiness_free(struct ust_readiness_result *result)
{
    ust_arena_free(result->arena);
    *result = (struct ust_readiness_result){0};
}

/* ---- several runs ---- */

void ust_readiness_combine(const struct ust_readiness_result *results, const double *weights,
                           uint32_t n, struct ust_readiness_whole *out)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_stratum *strata = ust_arena_alloc(arena, struct ust_stratum, n);
    struct ust_interval *shares = ust_arena_alloc(arena, struct ust_interval, n);
    double *scaled = ust_arena_alloc(arena, double, n), sum = 0.0;
    bool zero = false;
    *out = (struct ust_readiness_whole){.percentile5 = 100.0};
    for (uint32_t i = 0; i < n; i++)
        sum += weights ? weights[i] : 1.0;
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_readiness_result *r = &results[i];
        scaled[i] = (weights ? weights[i] : 1.0) / sum;
        strata[i] = (struct ust_stratum){scaled[i], r->scores, r->n};
        shares[i] = (struct ust_interval){r->p_ready.value, r->p_ready.low, r->p_ready.high};
        zero = zero || r->zero;
        out->n += r->n;
        if (r->readiness.value < results[out->worst].readiness.value)
            out->worst = i;
    }
    const struct ust_readiness_settings *settings = &results[0].settings;
    out->readiness =
        bound_mean(strata, n, settings->confidence, zero, results[0].seed, &out->method);
    struct ust_interval p = ust_stats_stratified_share(scaled, shares, n);
    out->p_ready = (struct ust_readiness_bound){p.value, p.low, p.high};
    out->verdict = ust_readiness_decide(settings, out->readiness, out->p_ready);
    out->percentile5 = ust_stats_weighted_quantile(strata, n, 0.05);
    ust_arena_free(arena);
}
