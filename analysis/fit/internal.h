/* Values as all files of this folder see them: sorted, and put together where they are equal.
 */
#ifndef UST_FIT_INTERNAL_H
#define UST_FIT_INTERNAL_H

#include "analysis/fit/fit.h"

struct ust_fit_data {
    double *x;     /* ascending; with a step distinct, and `count` says how many of each */
    double *count; /* NULL: one each */
    double *cut;   /* how many were cut off at this value; NULL: none */
    size_t cells, n;
    double step, least, beyond;
    double mean, log_mean, low, high, variance;
    bool zeros; /* some are 0, so that there are no logarithms */
};

/* Borrow nothing; free with ust_fit_data_free. */
void ust_fit_data_make(const double *x, size_t n, const struct ust_fit_options *options,
                       struct ust_fit_data *out);
void ust_fit_data_free(struct ust_fit_data *data);

/* Bounds of the cell of a rounded value. */
double ust_fit_cell_low(const struct ust_fit_data *data, double x);
double ust_fit_cell_high(const struct ust_fit_data *data, double x);

/* Does recording play a part, so that closed forms are only a beginning? */
bool ust_fit_data_blurred(const struct ust_fit_data *data);

/* laws.c: maximum likelihood of values as they are. False: impossible. `dist` is prepared. */
bool ust_fit_exact(enum ust_fit_law law, const struct ust_fit_data *data, struct ust_dist *out);
uint32_t ust_fit_parameters(enum ust_fit_law law);
double ust_fit_log_density(enum ust_fit_law law, const struct ust_dist *dist, double x);
/* A law of its arguments, in the order of its kind; NAN: not given. False: they make none. */
bool ust_fit_make(enum ust_fit_law law, const double *arg, struct ust_dist *out);

/* blurred.c: log likelihood by the recording; and its maximum, from a first guess. */
double ust_fit_log_likelihood(enum ust_fit_law law, const struct ust_dist *dist,
                              const struct ust_fit_data *data);
bool ust_fit_climb(enum ust_fit_law law, const struct ust_fit_data *data,
                   struct ust_dist *dist);

bool ust_fit_one(enum ust_fit_law law, const struct ust_fit_data *data, struct ust_fitted *out);

/* goodness.c */
double ust_fit_data_distance(const struct ust_dist *dist, const struct ust_fit_data *data);
void ust_fit_bootstrap(const struct ust_fitted *fitted, const double *x, size_t n,
                       const struct ust_fit_options *options, struct ust_fit *out);

#endif
