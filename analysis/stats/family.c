#include "analysis/stats/family.h"

#include <math.h>
#include <stdlib.h>

#include "sim/base/arena.h"

struct check {
    double p;
    size_t index;
};

static int by_p(const void *a, const void *b)
{
    const struct check *x = a, *y = b;
    if (x->p < y->p || x->p > y->p)
        return x->p < y->p ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

void ust_stats_holm(const double *p, size_t n, double *adjusted)
{
    struct check *check = ust_malloc((n + 1) * sizeof *check);
    size_t known = 0;
    for (size_t i = 0; i < n; i++) {
        adjusted[i] = p[i];
        if (!isnan(p[i]))
            check[known++] = (struct check){p[i], i};
    }
    qsort(check, known, sizeof *check, by_p);
    double most = 0.0;
    for (size_t i = 0; i < known; i++) {
        most = fmax(most, fmin(1.0, check[i].p * (double)(known - i)));
        adjusted[check[i].index] = most;
    }
    free(check);
}
