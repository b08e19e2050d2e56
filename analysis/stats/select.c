#include "analysis/stats/select.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "sim/base/arena.h"
#include "sim/base/assert.h"

struct ust_kn {
    struct ust_kn_plan plan;
    struct ust_arena *arena;
    double h2;
    uint32_t rounds, left;
    double *sum;      /* k, signed so that more is better */
    bool *in;         /* k */
    double *first;    /* k x n0, of the first stage */
    double *variance; /* k x k, of differences */
};

double ust_kn_eta(uint32_t candidates, uint32_t first_stage, double alpha)
{
    return (pow(2.0 * alpha / (candidates - 1.0), -2.0 / (first_stage - 1.0)) - 1.0) / 2.0;
}

struct ust_kn *ust_kn_new(const struct ust_kn_plan *plan)
{
    UST_ASSERT(plan->candidates >= 2);
    UST_ASSERT(plan->first_stage >= 2);
    UST_ASSERT(plan->zone > 0.0);
    struct ust_arena *arena = ust_arena_new();
    struct ust_kn *kn = ust_arena_alloc(arena, struct ust_kn, 1);
    size_t k = plan->candidates;
    *kn = (struct ust_kn){.plan = *plan, .arena = arena, .left = plan->candidates};
    kn->h2 = 2.0 * ust_kn_eta(plan->candidates, plan->first_stage, plan->alpha) *
             (plan->first_stage - 1.0);
    kn->sum = ust_arena_alloc(arena, double, k);
    kn->in = ust_arena_alloc(arena, bool, k);
    kn->first = ust_arena_alloc(arena, double, k * plan->first_stage);
    kn->variance = ust_arena_alloc(arena, double, k *k);
    for (size_t i = 0; i < k; i++)
        kn->in[i] = true;
    return kn;
}

void ust_kn_free(struct ust_kn *kn)
{
    if (kn != NULL)
        ust_arena_free(kn->arena);
}

static void end_first_stage(struct ust_kn *kn)
{
    uint32_t k = kn->plan.candidates, n = kn->plan.first_stage;
    double *difference = ust_malloc(n * sizeof *difference);
    for (uint32_t i = 0; i < k; i++)
        for (uint32_t l = 0; l < k; l++) {
            for (uint32_t j = 0; j < n; j++)
                difference[j] = kn->first[i * n + j] - kn->first[l * n + j];
            kn->variance[i * k + l] = ust_stats_variance(difference, n);
        }
    free(difference);
}

/* Is i clearly behind somebody who was there when the round began? */
static bool behind(const struct ust_kn *kn, const bool *there, uint32_t i)
{
    double r = kn->rounds, d = kn->plan.zone;
    for (uint32_t l = 0; l < kn->plan.candidates; l++) {
        if (l == i || !there[l])
            continue;
        double s2 = kn->variance[i * kn->plan.candidates + l];
        double reach = fmax(0.0, d / (2.0 * r) * (kn->h2 * s2 / (d * d) - r));
        if (kn->sum[i] / r < kn->sum[l] / r - reach)
            return true;
    }
    return false;
}

/* More rounds than any pair asks for: what is left is as good as equal. */
static bool exhausted(const struct ust_kn *kn)
{
    double most = 0.0;
    for (uint32_t i = 0; i < kn->plan.candidates; i++)
        for (uint32_t l = 0; l < kn->plan.candidates; l++)
            if (kn->in[i] && kn->in[l])
                most = fmax(most, kn->variance[i * kn->plan.candidates + l]);
    return kn->rounds > floor(kn->h2 * most / (kn->plan.zone * kn->plan.zone));
}

static void drop(struct ust_kn *kn)
{
    uint32_t k = kn->plan.candidates;
    bool *there = ust_malloc(k * sizeof *there);
    memcpy(there, kn->in, k * sizeof *there);
    for (uint32_t i = 0; i < k; i++)
        if (there[i] && behind(kn, there, i)) {
            kn->in[i] = false;
            kn->left--;
        }
    free(there);
    if (kn->left > 1 && exhausted(kn)) {
        uint32_t best = ust_kn_best(kn);
        for (uint32_t i = 0; i < k; i++)
            kn->in[i] = i == best;
        kn->left = 1;
    }
}

uint32_t ust_kn_round(struct ust_kn *kn, const double *values)
{
    if (kn->left == 1)
        return 1;
    uint32_t n = kn->plan.first_stage;
    for (uint32_t i = 0; i < kn->plan.candidates; i++) {
        if (!kn->in[i])
            continue;
        double value = kn->plan.least ? -values[i] : values[i];
        kn->sum[i] += value;
        if (kn->rounds < n)
            kn->first[i * n + kn->rounds] = value;
    }
    if (++kn->rounds == n)
        end_first_stage(kn);
    if (kn->rounds >= n)
        drop(kn);
    return kn->left;
}

bool ust_kn_is_left(const struct ust_kn *kn, uint32_t candidate)
{
    UST_ASSERT(candidate < kn->plan.candidates);
    return kn->in[candidate];
}

uint32_t ust_kn_best(const struct ust_kn *kn)
{
    uint32_t best = 0;
    for (uint32_t i = 1; i < kn->plan.candidates; i++)
        if (kn->in[i] && (!kn->in[best] || kn->sum[i] > kn->sum[best]))
            best = i;
    return best;
}

uint32_t ust_kn_rounds(const struct ust_kn *kn)
{
    return kn->rounds;
}
