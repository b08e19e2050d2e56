/* How tests hold samples against laws.
 *
 * Seeds are fixed, so a test here passes always or never; its threshold says how surprising the
 * fixed draw may be. All use the same level, one in 10^4: of the few hundred checks hardly one
 * should meet it by chance, and a sampler that is wrong by one part in a hundred does, at
 * these sizes, by far.
 */
#ifndef UST_TESTS_UNIT_LAW_H
#define UST_TESTS_UNIT_LAW_H

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <gsl/gsl_cdf.h>

#define LAW_LEVEL 1e-4
/* sqrt(n) D stays below this but for one sample in 10^4: 2 exp(-2 x^2) = 10^-4 (Kolmogorov). */
#define LAW_KOLMOGOROV 2.2252
/* A standard normal leaves +- this once in 10^4. */
#define LAW_NORMAL 3.8906

typedef double law_cdf(const void *law, double x);

static inline int law_order(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* Kolmogorov and Smirnov's distance between n samples (which it sorts) and a continuous law. */
static inline double law_distance(double *sample, size_t n, law_cdf *cdf, const void *law)
{
    double distance = 0;
    qsort(sample, n, sizeof *sample, law_order);
    for (size_t i = 0; i < n; i++) {
        double p = cdf(law, sample[i]);
        distance = fmax(distance, p - (double)i / (double)n);
        distance = fmax(distance, (double)(i + 1) / (double)n - p);
    }
    return distance;
}

static inline void law_check(const char *what, double *sample, size_t n, law_cdf *cdf,
                             const void *law)
{
    double scaled = sqrt((double)n) * law_distance(sample, n, cdf, law);
    if (!(scaled < LAW_KOLMOGOROV))
        fail_msg("%s: sqrt(n) D = %.3f, allowed %.3f", what, scaled, LAW_KOLMOGOROV);
}

/* The same between two samples of n each (which it sorts). */
static inline void law_check_two(const char *what, double *a, double *b, size_t n)
{
    double distance = 0;
    qsort(a, n, sizeof *a, law_order);
    qsort(b, n, sizeof *b, law_order);
    for (size_t i = 0, j = 0; i < n && j < n;) {
        double x = fmin(a[i], b[j]);
        while (i < n && a[i] <= x)
            i++;
        while (j < n && b[j] <= x)
            j++;
        distance = fmax(distance, fabs((double)i - (double)j) / (double)n);
    }
    double scaled = sqrt((double)n / 2) * distance;
    if (!(scaled < LAW_KOLMOGOROV))
        fail_msg("%s: sqrt(n/2) D = %.3f, allowed %.3f", what, scaled, LAW_KOLMOGOROV);
}

/* Pearson's chi-square of counts against expected ones, cells of few (below 10) put together
 * with their right neighbours; both tails count, since counts that fit too well are wrong too.
 */
static inline void law_check_counts(const char *what, const double *count,
                                    const double *expected, size_t cells)
{
    double square = 0, seen = 0, due = 0, spare = 0, last_due = 1;
    double degrees = -1;
    for (size_t i = 0; i < cells; i++) {
        seen += count[i];
        due += expected[i];
        if (due >= 10) {
            spare = seen - due;
            last_due = due;
            square += spare * spare / due;
            degrees++;
            seen = due = 0;
        }
    }
    if (due > 0) { /* what is left joins the last full cell */
        square -= spare * spare / last_due;
        spare += seen - due;
        square += spare * spare / (last_due + due);
    }
    assert_true(degrees >= 1);
    double high = gsl_cdf_chisq_Q(square, degrees), low = gsl_cdf_chisq_P(square, degrees);
    if (!(high > LAW_LEVEL / 2 && low > LAW_LEVEL / 2))
        fail_msg("%s: chi-square %.2f of %g degrees, probability %.2g above, %.2g below", what,
                 square, degrees, high, low);
}

/* A mean of n draws against its expectation. */
static inline void law_check_mean(const char *what, double mean, double expected,
                                  double deviation, size_t n)
{
    double z = (mean - expected) / (deviation / sqrt((double)n));
    if (!(fabs(z) < LAW_NORMAL))
        fail_msg("%s: mean %.8g against %.8g, z = %.2f, allowed %.2f", what, mean, expected, z,
                 LAW_NORMAL);
}

#endif
