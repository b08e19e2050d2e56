/* The standard variates that every sampler is built from: exponential and normal by ziggurat.
 *
 * 256 layers, 53-bit abscissae; about 2.7 ns each. The tables are constants (ziggurat.inc) that
 * a test recomputes with MPFR.
 */
#ifndef UST_RAND_VARIATE_H
#define UST_RAND_VARIATE_H

#include "sim/rand/rng.h"

double ust_exponential_slow(struct ust_rng *rng, uint64_t bits); /* the rare layers' edges */
double ust_normal_slow(struct ust_rng *rng, uint64_t bits);

/* Inline fast paths follow in this header: ust_exponential(rng), mean 1; ust_normal(rng). */

#endif
