/* The special functions that the exact laws need: for preparing parameters and for cumulative
 * functions, not for sampling. Built on detmath alone, relative error a few 1e-14. */
#ifndef UST_RAND_SPECIAL_H
#define UST_RAND_SPECIAL_H

double ust_log_gamma(double a);             /* log Gamma(a), a > 0 */
double ust_gamma_ratio(double a, double x); /* P(a, x), the gamma law's cumulative function */
double ust_normal_cdf(double x);

#endif
