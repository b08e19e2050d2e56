#include "plots/loss.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "analysis/stats/stats.h"

/* A loss that would print as 0.0 points is not worth a line. */
#define LEAST_POINTS 0.05

const struct ust_component_words ust_component_words[UST_COMPONENTS] = {
    [UST_SLO] = {"Error budget", "share of the month's error budget that the incident leaves"},
    [UST_RTO] = {"Recovery time", "time to be back within the objective, against the RTO"},
    [UST_CAP] = {"Capacity", "work of the recovery window that capacity could carry"},
    [UST_HEAD] = {"Headroom", "spare capacity after the recovery, against what is required"},
    [UST_RPO] = {"Data loss", "replication lag at the fault, against the RPO"},
    [UST_STAB] = {"Stability", "no overload that outlives its cause"},
};

/* One persona's rows of `readiness`, column-wise. */
enum fact {
    OFFERED,
    GOOD,
    BURN,
    RECOVERY,
    SHORTFALL,
    HEADROOM,
    WINDOW,
    METASTABLE,
    READY,
    FACTS
};
struct rows {
    double *s[UST_COMPONENTS], *fact[FACTS];
    uint32_t n;
};

static enum ust_status read_rows(const struct ust_plot_run *run, uint32_t persona,
                                 struct rows *rows)
{
    struct sqlite3_stmt *s;
    bool row;
    enum ust_status status;
    for (int k = 0; k < UST_COMPONENTS; k++)
        rows->s[k] = ust_arena_alloc(run->arena, double, run->replications_n + 1);
    for (int f = 0; f < FACTS; f++)
        rows->fact[f] = ust_arena_alloc(run->arena, double, run->replications_n + 1);
    rows->n = 0;
    /* What is not finite is stored as NULL: never recovered, no demand left. */
    UST_TRY(ust_plot_prepare(run,
                             "SELECT s1, s2, s3, s4, s5, s6, offered, good,"
                             " coalesce(budget_burn, 9e999), coalesce(recovery_s, 9e999),"
                             " shortfall, coalesce(headroom, 9e999), loss_window_s, metastable,"
                             " ready FROM readiness WHERE persona = ?1 ORDER BY replication",
                             &s));
    sqlite3_bind_int64(s, 1, persona);
    while ((status = ust_plot_next(run, s, &row)) == UST_OK && row &&
           rows->n < run->replications_n) {
        for (int k = 0; k < UST_COMPONENTS; k++)
            rows->s[k][rows->n] = sqlite3_column_double(s, k);
        for (int f = 0; f < FACTS; f++)
            rows->fact[f][rows->n] = sqlite3_column_double(s, UST_COMPONENTS + f);
        rows->n++;
    }
    sqlite3_finalize(s);
    return status;
}

/* From the components and not from the stored score, so that points and score agree to the last
 * digit of the components. */
static double score_of(const double component[UST_COMPONENTS],
                       const double weight[UST_COMPONENTS])
{
    double sum = 0;
    for (int k = 0; k < UST_COMPONENTS; k++) {
        if (weight[k] <= 0)
            continue;
        if (component[k] <= 0)
            return 0;
        sum += weight[k] * log(component[k]);
    }
    return exp(sum);
}

static struct ust_readiness_score component_score(const struct rows *rows, uint32_t i)
{
    struct ust_readiness_score score = {0};
    for (int k = 0; k < UST_COMPONENTS; k++)
        score.component[k] = rows->s[k][i];
    return score;
}

/* The component's own measure, and how well users were served, where it bore part of a loss. */
static void cost_component(const struct rows *rows,
                           const struct ust_readiness_settings *settings, int k,
                           double *scratch, struct ust_persona_score *out)
{
    static const enum fact measure[UST_COMPONENTS] = {
        [UST_SLO] = BURN,      [UST_RTO] = RECOVERY, [UST_CAP] = SHORTFALL,
        [UST_HEAD] = HEADROOM, [UST_RPO] = WINDOW,   [UST_STAB] = METASTABLE};
    struct ust_readiness_cost *cost = &out->cost[k];
    double offered = 0, good = 0, share[UST_COMPONENTS];
    for (uint32_t i = 0; i < rows->n; i++) {
        struct ust_readiness_score score = component_score(rows, i);
        ust_readiness_shares(settings, &score, share);
        if (!(share[k] > 0))
            continue;
        scratch[cost->n++] = rows->fact[measure[k]][i];
        offered += rows->fact[OFFERED][i];
        good += rows->fact[GOOD][i];
    }
    cost->median = cost->n > 0 ? ust_stats_quantile(scratch, cost->n, 0.5) : (double)NAN;
    out->attainment[k] = offered > 0 ? good / offered : 1;
}

static void score_persona(const struct rows *rows, double weight_of_persona,
                          const struct ust_readiness_settings *settings,
                          struct ust_persona_score *out)
{
    double weight[UST_COMPONENTS], share[UST_COMPONENTS];
    double *scratch = ust_malloc((rows->n + 1) * sizeof *scratch);
    ust_readiness_weights(settings, weight);
    for (uint32_t i = 0; i < rows->n; i++) {
        struct ust_readiness_score score = component_score(rows, i);
        score.score = score_of(score.component, weight);
        ust_readiness_shares(settings, &score, share);
        out->score += score.score / rows->n;
        for (int k = 0; k < UST_COMPONENTS; k++)
            out->points[k] += 100 * weight_of_persona * (1 - score.score) * share[k] / rows->n;
    }
    out->ready = ust_stats_mean(rows->fact[READY], rows->n);
    for (int k = 0; k < UST_COMPONENTS; k++) {
        out->s[k] = ust_stats_quantile(rows->s[k], rows->n, 0.5);
        cost_component(rows, settings, k, scratch, out);
    }
    free(scratch);
}

static int larger_first(const void *a, const void *b)
{
    const struct ust_loss *x = a, *y = b;
    if (x->points != y->points)
        return x->points > y->points ? -1 : 1;
    if (x->persona != y->persona)
        return x->persona < y->persona ? -1 : 1;
    return x->component < y->component ? -1 : x->component > y->component ? 1 : 0;
}

static void list_losses(const struct ust_plot_run *run, struct ust_why *why)
{
    for (uint32_t p = 0; p < run->personas_n; p++) {
        double own = 0;
        for (int k = 0; k < UST_COMPONENTS; k++)
            own += why->persona[p].points[k];
        why->lost_points += own;
        for (int k = 0; k < UST_COMPONENTS; k++)
            if (why->persona[p].points[k] >= LEAST_POINTS)
                why->loss[why->losses_n++] = (struct ust_loss){p, k, why->persona[p].points[k],
                                                               why->persona[p].points[k] / own};
    }
    qsort(why->loss, why->losses_n, sizeof(*why->loss), larger_first);
}

enum ust_status ust_plot_why(const struct ust_plot_run *run,
                             const struct ust_readiness_settings *settings, struct ust_why *why)
{
    struct rows rows;
    *why = (struct ust_why){0};
    why->persona = ust_arena_alloc(run->arena, struct ust_persona_score, run->personas_n + 1);
    why->loss = ust_arena_alloc(run->arena, struct ust_loss,
                                (size_t)run->personas_n * UST_COMPONENTS + 1);
    for (uint32_t p = 0; p < run->personas_n; p++) {
        UST_TRY(read_rows(run, run->personas[p].id, &rows));
        if (rows.n > 0)
            score_persona(&rows, run->personas[p].weight, settings, &why->persona[p]);
        why->persona[p].n = rows.n;
        why->replications = rows.n > why->replications ? rows.n : why->replications;
    }
    list_losses(run, why);
    return UST_OK;
}
