/* The standard variates that every sampler is built from: exponential and normal by ziggurat.
 *
 * 256 layers of equal area cover the density (Marsaglia and Tsang 2000). One word of the stream
 * chooses the layer by its low 8 bits and the abscissa by its high 53, so that the two are
 * independent and the abscissa has no coarse grid (Doornik 2005). Nearly always (98.9 %) the
 * abscissa lies where the whole layer is under the density, and that is all: about 2.7 ns. The
 * tables are constants (ziggurat.inc) that a test recomputes with MPFR.
 */
#ifndef UST_RAND_VARIATE_H
#define UST_RAND_VARIATE_H

#include "sim/base/detmath.h"
#include "sim/rand/rng.h"

/* An abscissa is the word's high 53 bits times `width`; below `inside` no test is needed. */
struct ust_layer {
    double width;
    uint64_t inside;
};
extern const struct ust_layer ust_exponential_layers[256];
extern const struct ust_layer ust_normal_layers[256];

double ust_exponential_slow(struct ust_rng *rng, uint64_t bits); /* the rare layers' edges */
double ust_normal_slow(struct ust_rng *rng, uint64_t bits);

/* Mean 1. */
static inline double ust_exponential(struct ust_rng *rng)
{
    uint64_t bits = ust_rng_u64(rng);
    const struct ust_layer *layer = &ust_exponential_layers[bits & 255];
    uint64_t along = bits >> 11;
    if (__builtin_expect(along >= layer->inside, 0))
        return ust_exponential_slow(rng, bits);
    return ust_double_of_int((int64_t)along) * layer->width;
}

/* The sign of a normal is bit 8 of its word. */
static inline double ust_normal_sign(double x, uint64_t bits)
{
    return ust_double_of_bits(ust_double_bits(x) ^ (bits & 256) << 55);
}

/* Mean 0, standard deviation 1. */
static inline double ust_normal(struct ust_rng *rng)
{
    uint64_t bits = ust_rng_u64(rng);
    const struct ust_layer *layer = &ust_normal_layers[bits & 255];
    uint64_t along = bits >> 11;
    if (__builtin_expect(along >= layer->inside, 0))
        return ust_normal_slow(rng, bits);
    return ust_normal_sign(ust_double_of_int((int64_t)along) * layer->width, bits);
}

/* Gamma of scale 1 and shape at least 1 (Marsaglia and Tsang 2000), prepared once per shape. */
struct ust_gamma_shape {
    double shifted, spread;
};
struct ust_gamma_shape ust_gamma_prepare(double shape);
double ust_gamma(struct ust_rng *rng, double shifted, double spread);

#endif
