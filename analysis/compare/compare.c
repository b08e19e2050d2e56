#include "analysis/compare/compare.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/family.h"
#include "analysis/stats/stats.h"

const char *const ust_change_names[] = {"worse", "better", "undecided", "the same", "-"};

static bool is_asked(const struct ust_compare *compare, const char *metric)
{
    for (size_t i = 0; i < compare->metrics_n; i++)
        if (strcmp(compare->metrics[i], metric) == 0)
            return true;
    return compare->metrics_n == 0;
}

/* The values of the replications that both have, behind each other: b's, then a's. */
static size_t match(const struct ust_results_key *a, const struct ust_results_key *b,
                    double *of_a, double *of_b)
{
    size_t n = 0;
    for (uint32_t i = 0, j = 0; i < a->n && j < b->n;) {
        if (a->replication[i] < b->replication[j]) {
            i++;
        } else if (a->replication[i] > b->replication[j]) {
            j++;
        } else {
            of_a[n] = a->value[i++];
            of_b[n++] = b->value[j++];
        }
    }
    return n;
}

/* Of "it is not worse": the half of the two-sided p-value that lies on the worse side. */
static double worse_p(const struct ust_difference *difference, enum ust_better better)
{
    double t = better == UST_LOWER ? difference->t : -difference->t;
    if (t < 0.0)
        return 1.0 - difference->p / 2.0;
    return t > 0.0 ? difference->p / 2.0 : difference->p; /* 0: no difference at all, p is 1 */
}

static bool compare_key(const struct ust_compare *compare, const struct ust_results_key *a,
                        const struct ust_results_key *b, double *room,
                        struct ust_compare_row *row)
{
    *row = (struct ust_compare_row){.key = a, .p = ust_nan(), .adjusted = ust_nan()};
    if (compare->paired) {
        double *of_a = room, *of_b = room + a->n;
        size_t n = match(a, b, of_a, of_b);
        if (n < 2)
            return false;
        row->a = ust_stats_mean(of_a, n);
        row->b = ust_stats_mean(of_b, n);
        row->difference = ust_stats_paired(of_b, of_a, n, 1.0 - compare->alpha);
    } else {
        if (a->n < 2 || b->n < 2)
            return false;
        row->a = ust_stats_mean(a->value, a->n);
        row->b = ust_stats_mean(b->value, b->n);
        row->difference =
            ust_stats_unpaired(b->value, b->n, a->value, a->n, 1.0 - compare->alpha);
    }
    if (a->better != UST_NEITHER && is_asked(compare, a->metric))
        row->p = compare->one_sided ? worse_p(&row->difference, a->better) : row->difference.p;
    return true;
}

static enum ust_change judge(const struct ust_compare *compare,
                             const struct ust_compare_row *row)
{
    double change = row->difference.mean.value;
    bool worse = row->key->better == UST_LOWER ? change > 0.0 : change < 0.0;
    if (isnan(row->p))
        return UST_CHANGE_UNTOLD;
    if (!(row->difference.p < 1.0))
        return UST_CHANGE_SAME;
    /* Asked only whether it is worse, an improvement is no finding that alpha stands for. */
    if (!(row->adjusted <= compare->alpha))
        return UST_CHANGE_UNDECIDED;
    if (!worse)
        return UST_CHANGE_BETTER;
    return fabs(change) > compare->tolerance * fabs(row->a) ? UST_CHANGE_WORSE
                                                            : UST_CHANGE_UNDECIDED;
}

/* (t of the corrected level + t of the power) standard errors, by the least corrected level
 * that Holm's procedure may ask for: a change of one row alone. */
static double detectable(const struct ust_compare *compare, const struct ust_compare_row *row)
{
    double t = row->difference.t, change = row->difference.mean.value;
    double half = row->difference.mean.high - change, freedom = row->difference.freedom;
    if (isnan(row->p) || !isfinite(t) || !(half > 0.0))
        return ust_nan();
    double error = half / gsl_cdf_tdist_Pinv(1.0 - compare->alpha / 2.0, freedom);
    double level = compare->alpha / compare->family_n / (compare->one_sided ? 1.0 : 2.0);
    double least = error * (gsl_cdf_tdist_Qinv(level, freedom) +
                            gsl_cdf_tdist_Pinv(compare->power, freedom));
    return least > compare->tolerance * fabs(row->a) ? least
                                                     : compare->tolerance * fabs(row->a);
}

/* ---- the family ---- */

static const struct ust_compare_row *row_of(const struct ust_compare *compare,
                                            const struct ust_results_key *like)
{
    const struct ust_results_key *key = ust_results_find(compare->a, like);
    for (uint32_t i = 0; key != NULL && i < compare->rows_n; i++)
        if (compare->rows[i].key == key)
            return &compare->rows[i];
    return NULL;
}

static bool same_name(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

/* The row of the only persona that has the same numbers, or NULL. */
static const struct ust_compare_row *original(const struct ust_compare *compare,
                                              const struct ust_results_key *key)
{
    const struct ust_results *a = compare->a, *b = compare->b;
    struct ust_results_key its = {.metric = key->metric, .persona = key->persona};
    if (key->service != NULL)
        return NULL;
    if (key->persona == NULL && key->region == NULL &&
        same_name(a->only_persona, b->only_persona))
        its.persona = a->only_persona;
    else if (key->persona == NULL || key->region == NULL ||
             !same_name(a->only_region, b->only_region))
        return NULL;
    return row_of(compare, &its);
}

static void find_repeats(struct ust_compare *compare)
{
    for (uint32_t i = 0; i < compare->rows_n; i++) {
        struct ust_compare_row *row = &compare->rows[i];
        row->same_as = original(compare, row->key);
        compare->own_n += row->same_as == NULL;
    }
}

static void judge_family(struct ust_compare *compare, struct ust_arena *arena)
{
    double *p = ust_arena_alloc(arena, double, compare->rows_n + 1);
    double *adjusted = ust_arena_alloc(arena, double, compare->rows_n + 1);
    for (uint32_t i = 0; i < compare->rows_n; i++) {
        const struct ust_compare_row *row = &compare->rows[i];
        p[i] = row->same_as == NULL ? row->p : ust_nan();
        compare->family_n += !isnan(p[i]);
    }
    ust_stats_holm(p, compare->rows_n, adjusted);
    for (uint32_t i = 0; i < compare->rows_n; i++) {
        struct ust_compare_row *row = &compare->rows[i];
        size_t own = row->same_as != NULL ? (size_t)(row->same_as - compare->rows) : i;
        row->adjusted = adjusted[own];
        row->detectable = detectable(compare, row);
        row->outcome = judge(compare, row);
        compare->count[row->outcome] += row->same_as == NULL;
    }
}

static uint32_t missing(const struct ust_results *from, const struct ust_results *in)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < from->keys_n; i++)
        n += ust_results_find(in, &from->keys[i]) == NULL;
    return n;
}

static uint32_t most_values(const struct ust_results *results)
{
    uint32_t most = 0;
    for (uint32_t i = 0; i < results->keys_n; i++)
        most = results->keys[i].n > most ? results->keys[i].n : most;
    return most;
}

/* A stream is named by its persona, so only those of one name are the same users. */
static bool share_users(const struct ust_results *a, const struct ust_results *b)
{
    for (uint32_t i = 0; i < a->keys_n; i++)
        if (a->keys[i].persona != NULL && ust_results_find(b, &a->keys[i]) != NULL)
            return true;
    return false;
}

void ust_compare_make(struct ust_compare *compare, struct ust_arena *arena)
{
    const struct ust_results *a = compare->a, *b = compare->b;
    compare->same_seed = a->seed == b->seed;
    compare->paired = compare->same_seed && share_users(a, b);
    compare->rows = ust_arena_alloc(arena, struct ust_compare_row, a->keys_n + 1);
    double *room = ust_arena_alloc(arena, double, 2 * (size_t)most_values(a) + 1);
    for (uint32_t i = 0; i < a->keys_n; i++) {
        const struct ust_results_key *other = ust_results_find(b, &a->keys[i]);
        if (other == NULL ||
            !compare_key(compare, &a->keys[i], other, room, &compare->rows[compare->rows_n]))
            continue;
        if (compare->paired && compare->rows[compare->rows_n].difference.n > compare->pairs)
            compare->pairs = (uint32_t)compare->rows[compare->rows_n].difference.n;
        compare->rows_n++;
    }
    compare->only_a = missing(a, b);
    compare->only_b = missing(b, a);
    find_repeats(compare);
    judge_family(compare, arena);
}

static int by_outcome(const void *left, const void *right)
{
    const struct ust_compare_row *a = *(const struct ust_compare_row *const *)left;
    const struct ust_compare_row *b = *(const struct ust_compare_row *const *)right;
    if (a->outcome != b->outcome)
        return a->outcome < b->outcome ? -1 : 1;
    if (a->difference.p < b->difference.p || a->difference.p > b->difference.p)
        return a->difference.p < b->difference.p ? -1 : 1;
    return a < b ? -1 : a > b; /* rows of one array, in the order of A's keys */
}

const struct ust_compare_row **ust_compare_order(const struct ust_compare *compare,
                                                 struct ust_arena *arena)
{
    const struct ust_compare_row **order =
        ust_arena_alloc(arena, const struct ust_compare_row *, compare->own_n + 1);
    uint32_t n = 0;
    for (uint32_t i = 0; i < compare->rows_n; i++)
        if (compare->rows[i].same_as == NULL)
            order[n++] = &compare->rows[i];
    qsort(order, n, sizeof *order, by_outcome);
    return order;
}
