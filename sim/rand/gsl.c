#include "sim/rand/gsl.h"

static void set(void *state, unsigned long seed)
{
    *(struct ust_rng *)state = ust_rng_derive(seed, 0, "gsl");
}

static unsigned long get(void *state)
{
    return ust_rng_u64(state);
}

static double get_double(void *state)
{
    return ust_rng_unit(state);
}

const gsl_rng_type ust_rng_gsl_type = {
    .name = "pcg64_dxsm",
    .max = UINT64_MAX,
    .min = 0,
    .size = sizeof(struct ust_rng),
    .set = set,
    .get = get,
    .get_double = get_double,
};

gsl_rng ust_rng_gsl(struct ust_rng *rng)
{
    return (gsl_rng){.type = &ust_rng_gsl_type, .state = rng};
}
