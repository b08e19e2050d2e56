#include "sim/base/sort.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"

int ust_ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double *ust_sorted(const double *values, size_t n)
{
    double *copy = ust_malloc((n + 1) * sizeof *copy);
    memcpy(copy, values, n * sizeof *copy);
    qsort(copy, n, sizeof *copy, ust_ascending);
    return copy;
}
