/* A view of one of our streams as a GSL generator: it draws from the stream it views.
 *
 * GSL's samplers call libm, so nothing below analysis may sample with them; here they are the
 * oracle of our own samplers' tests.
 */
#ifndef UST_RAND_GSL_H
#define UST_RAND_GSL_H

#include <gsl/gsl_rng.h>

#include "sim/rand/rng.h"

/* Words are 64 bits on [0, 2^64 - 1]; doubles are ust_rng_unit. gsl_rng_alloc works as well:
 * its seeds are hashed. */
extern const gsl_rng_type ust_rng_gsl_type;

/* Lives as long as `rng`; must not be passed to gsl_rng_free. */
gsl_rng ust_rng_gsl(struct ust_rng *rng);

#endif
