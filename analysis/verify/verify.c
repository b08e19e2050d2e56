#include "analysis/verify/verify.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>

#include "analysis/stats/family.h"

static const char *keep(struct ust_verify *verify, const char *text)
{
    return text == NULL ? "" : ust_arena_text(verify->arena, text);
}

void ust_verify_add(struct ust_verify *verify, const struct ust_verify_row *row)
{
    if (verify->n == verify->capacity) {
        verify->capacity = 2 * verify->capacity + 64;
        verify->rows = ust_realloc(verify->rows, verify->capacity * sizeof *verify->rows);
    }
    struct ust_verify_row *own = &verify->rows[verify->n++];
    *own = *row;
    own->section = keep(verify, row->section);
    own->law = keep(verify, row->law);
    own->source = keep(verify, row->source);
    own->parameters = keep(verify, row->parameters);
    own->quantity = keep(verify, row->quantity);
}

void ust_verify_add_share(struct ust_verify *verify, struct ust_verify_row row,
                          uint64_t successes, uint64_t n)
{
    row.kind = UST_VERIFY_SHARE;
    row.reference = ust_nan();
    row.n = n;
    row.estimate = ust_stats_clopper_pearson(successes, n, 0.95);
    /* How likely so few are at the lower end of the promise, so many at the upper: the worse.
     */
    double few = gsl_cdf_binomial_P((unsigned)successes, row.least, (unsigned)n);
    double many = successes == 0
                      ? 1.0
                      : gsl_cdf_binomial_Q((unsigned)successes - 1, row.most, (unsigned)n);
    row.p = fmin(1.0, 2.0 * fmin(row.least > 0.0 ? few : 1.0, row.most < 1.0 ? many : 1.0));
    ust_verify_add(verify, &row);
}

static bool close_enough(const struct ust_verify_row *row)
{
    return row->kind != UST_VERIFY_LAW ||
           fabs(row->estimate.value - row->reference) <= row->allowed * fabs(row->reference);
}

void ust_verify_conclude(struct ust_verify *verify)
{
    double *p = ust_arena_alloc(verify->arena, double, verify->n + 1);
    double *adjusted = ust_arena_alloc(verify->arena, double, verify->n + 1);
    for (uint32_t i = 0; i < verify->n; i++)
        p[i] = verify->rows[i].p;
    ust_stats_holm(p, verify->n, adjusted);
    verify->failed = 0;
    for (uint32_t i = 0; i < verify->n; i++) {
        struct ust_verify_row *row = &verify->rows[i];
        row->adjusted = adjusted[i];
        if (row->kind != UST_VERIFY_EXACT)
            row->passed = row->adjusted > UST_VERIFY_FAMILY && close_enough(row);
        verify->failed += !row->passed;
    }
}

double ust_verify_covered(const struct ust_verify *verify, double confidence)
{
    uint32_t laws = 0, covered = 0;
    for (uint32_t i = 0; i < verify->n; i++) {
        const struct ust_verify_row *row = &verify->rows[i];
        if (row->kind != UST_VERIFY_LAW || row->resolution > 0.0)
            continue;
        laws++;
        covered += row->p >= 1.0 - confidence;
    }
    return laws > 0 ? (double)covered / laws : ust_nan();
}
