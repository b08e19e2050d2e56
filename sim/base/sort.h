/* Numbers in order. */
#ifndef UST_BASE_SORT_H
#define UST_BASE_SORT_H

#include <stddef.h>

/* For qsort: doubles, the least first. None may be a NAN. */
int ust_ascending(const void *a, const void *b);

/* A sorted copy of n numbers; free() it. */
double *ust_sorted(const double *values, size_t n);

#endif
