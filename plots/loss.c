#include "plots/loss.h"

#include <math.h>
#include <sqlite3.h>
#include <stdlib.h>

#include "plots/band.h"

/* A loss that would print as 0.0 points is not worth a line. */
#define LEAST_POINTS 0.05

const struct ust_component ust_components[UST_COMPONENTS] = {
    {"s1", "Error budget", "share of the month's error budget that the incident leaves",
     "weight_slo", 0.30},
    {"s2", "Recovery time", "time to be back within the objective, against the RTO",
     "weight_rto", 0.25},
    {"s3", "Capacity", "work of the recovery window that capacity could carry", "weight_cap",
     0.15},
    {"s4", "Headroom", "spare capacity after the recovery, against what is required",
     "weight_head", 0.10},
    {"s5", "Data loss", "replication lag at the fault, against the RPO", "weight_rpo", 0.10},
    {"s6", "Stability", "no overload that outlives its cause", "weight_stab", 0.10},
};

/* One persona's rows of `readiness`, column-wise. */
enum { ATTAINMENT, BURN, RECOVERY, SHORTFALL, HEADROOM, WINDOW, METASTABLE, READY, FACTS };
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
    UST_TRY(ust_plot_prepare(run,
                             "SELECT s1, s2, s3, s4, s5, s6, attainment, budget_burn,"
                             " coalesce(recovery_s, 9e999), shortfall, headroom, loss_window_s,"
                             " metastable, ready FROM readiness WHERE persona = ?1"
                             " ORDER BY replication",
                             &s));
    sqlite3_bind_int64(s, 1, persona);
    while ((status = ust_plot_next(run, s, &row)) == UST_OK && row &&
           rows->n < run->replications_n) {
        for (int k = 0; k < UST_COMPONENTS; k++)
            rows->s[k][rows->n] = ust_plot_number(s, k);
        for (int f = 0; f < FACTS; f++)
            rows->fact[f][rows->n] = ust_plot_number(s, UST_COMPONENTS + f);
        rows->n++;
    }
    sqlite3_finalize(s);
    return status;
}

/* Splits one replication's loss of a persona among its components. */
static double split(const double s[UST_COMPONENTS], const double weight[UST_COMPONENTS],
                    double share[UST_COMPONENTS])
{
    double sum = 0;
    int zeros = 0;
    for (int k = 0; k < UST_COMPONENTS; k++) {
        zeros += weight[k] > 0 && s[k] <= 0;
        sum += weight[k] > 0 && s[k] > 0 ? weight[k] * log(s[k]) : 0;
    }
    for (int k = 0; k < UST_COMPONENTS; k++) {
        if (weight[k] <= 0)
            share[k] = 0;
        else if (zeros > 0)
            share[k] = s[k] <= 0 ? 1.0 / zeros : 0;
        else
            share[k] = sum < 0 ? weight[k] * log(s[k]) / sum : 0;
    }
    return zeros > 0 ? 0 : exp(sum);
}

static double mean(const double *value, uint32_t n)
{
    double sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += value[i];
    return n > 0 ? sum / n : (double)NAN;
}

static void score_persona(const struct rows *rows, double weight_of_persona,
                          const double weight[UST_COMPONENTS], struct ust_persona_score *out)
{
    for (uint32_t i = 0; i < rows->n; i++) {
        double s[UST_COMPONENTS], share[UST_COMPONENTS];
        for (int k = 0; k < UST_COMPONENTS; k++)
            s[k] = isnan(rows->s[k][i]) ? 1 : rows->s[k][i];
        double score = split(s, weight, share);
        out->score += score / rows->n;
        for (int k = 0; k < UST_COMPONENTS; k++)
            out->points[k] += 100 * weight_of_persona * (1 - score) * share[k] / rows->n;
    }
    out->metastable = mean(rows->fact[METASTABLE], rows->n);
    out->ready = mean(rows->fact[READY], rows->n);
    for (int k = 0; k < UST_COMPONENTS; k++)
        out->s[k] = ust_plot_quantile(rows->s[k], rows->n, 0.5);
    out->attainment = ust_plot_quantile(rows->fact[ATTAINMENT], rows->n, 0.5);
    out->budget_burn = ust_plot_quantile(rows->fact[BURN], rows->n, 0.5);
    out->recovery_s = ust_plot_quantile(rows->fact[RECOVERY], rows->n, 0.5);
    out->shortfall = ust_plot_quantile(rows->fact[SHORTFALL], rows->n, 0.5);
    out->headroom = ust_plot_quantile(rows->fact[HEADROOM], rows->n, 0.5);
    out->loss_window_s = ust_plot_quantile(rows->fact[WINDOW], rows->n, 0.5);
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

enum ust_status ust_plot_why(const struct ust_plot_run *run, struct ust_why *why)
{
    double weight[UST_COMPONENTS];
    struct rows rows;
    *why = (struct ust_why){0};
    why->persona = ust_arena_alloc(run->arena, struct ust_persona_score, run->personas_n + 1);
    why->loss = ust_arena_alloc(run->arena, struct ust_loss,
                                (size_t)run->personas_n * UST_COMPONENTS + 1);
    for (int k = 0; k < UST_COMPONENTS; k++)
        weight[k] = ust_plot_setting(run, ust_components[k].setting, ust_components[k].weight);
    for (uint32_t p = 0; p < run->personas_n; p++) {
        why->persona[p].persona = run->personas[p].id;
        UST_TRY(read_rows(run, run->personas[p].id, &rows));
        if (rows.n > 0)
            score_persona(&rows, run->personas[p].weight, weight, &why->persona[p]);
        why->replications = rows.n > why->replications ? rows.n : why->replications;
    }
    list_losses(run, why);
    return UST_OK;
}
