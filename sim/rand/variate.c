/* The edges of the ziggurat's layers, where a point may lie above the density, and its tails.
 *
 *   f |#                 Layer 0, at the bottom, is the rectangle up to `tail` plus all that
 * lies
 *     |###..             beyond it; layers above it end at ever smaller abscissae. '.' is where
 *     |######...         this file decides.
 *     |##########....~~~~
 *     +--------------|-- tail
 */
#include "sim/rand/variate.h"

const struct ust_layer ust_exponential_layers[256] = {
#define UST_EXPONENTIAL_LAYER(width, inside, height) {width, inside},
#include "sim/rand/ziggurat.inc"
#undef UST_EXPONENTIAL_LAYER
};

const struct ust_layer ust_normal_layers[256] = {
#define UST_NORMAL_LAYER(width, inside, height) {width, inside},
#include "sim/rand/ziggurat.inc"
#undef UST_NORMAL_LAYER
};

/* The density where layer i begins, from below; layer i lies between height[i] and
 * height[i + 1]. */
static const double exponential_height[257] = {
#define UST_EXPONENTIAL_LAYER(width, inside, height) height,
#include "sim/rand/ziggurat.inc"
#undef UST_EXPONENTIAL_LAYER
    1};

static const double normal_height[257] = {
#define UST_NORMAL_LAYER(width, inside, height) height,
#include "sim/rand/ziggurat.inc"
#undef UST_NORMAL_LAYER
    1};

static const double exponential_tail =
#define UST_EXPONENTIAL_TAIL(x) x
#include "sim/rand/ziggurat.inc"
#undef UST_EXPONENTIAL_TAIL
    ;

static const double normal_tail =
#define UST_NORMAL_TAIL(x) x
#include "sim/rand/ziggurat.inc"
#undef UST_NORMAL_TAIL
    ;

/* A height drawn uniformly within layer i. */
static double within(const double *height, unsigned i, struct ust_rng *rng)
{
    return height[i] + (height[i + 1] - height[i]) * ust_rng_unit(rng);
}

double ust_exponential_slow(struct ust_rng *rng, uint64_t bits)
{
    double beyond = 0;
    for (;;) {
        unsigned i = bits & 255;
        uint64_t along = bits >> 11;
        double x = ust_double_of_int((int64_t)along) * ust_exponential_layers[i].width;
        if (along < ust_exponential_layers[i].inside)
            return beyond + x;
        if (i == 0) /* the tail of an exponential is an exponential again */
            beyond += exponential_tail;
        else if (within(exponential_height, i, rng) < ust_exp(-x))
            return beyond + x;
        bits = ust_rng_u64(rng);
    }
}

/* |x| beyond the last layer, by Marsaglia's method (1964). */
static double beyond_normal_tail(struct ust_rng *rng)
{
    double x, y;
    do {
        x = ust_exponential(rng) / normal_tail;
        y = ust_exponential(rng);
    } while (y + y < x * x);
    return normal_tail + x;
}

double ust_normal_slow(struct ust_rng *rng, uint64_t bits)
{
    for (;;) {
        unsigned i = bits & 255;
        uint64_t along = bits >> 11;
        double x = ust_double_of_int((int64_t)along) * ust_normal_layers[i].width;
        if (along < ust_normal_layers[i].inside)
            return ust_normal_sign(x, bits);
        if (i == 0)
            return ust_normal_sign(beyond_normal_tail(rng), bits);
        if (within(normal_height, i, rng) < ust_exp(-0.5 * x * x))
            return ust_normal_sign(x, bits);
        bits = ust_rng_u64(rng);
    }
}

struct ust_gamma_shape ust_gamma_prepare(double shape)
{
    double shifted = shape - 1.0 / 3;
    return (struct ust_gamma_shape){shifted, 1 / ust_sqrt(9 * shifted)};
}

double ust_gamma(struct ust_rng *rng, double shifted, double spread)
{
    for (;;) {
        double x = ust_normal(rng);
        double root = 1 + spread * x;
        if (root <= 0)
            continue;
        double cube = root * root * root, x2 = x * x, u = ust_rng_open(rng);
        /* A bound from below, so that logarithms are rare. */
        if (u < 1 - 0.0331 * x2 * x2)
            return shifted * cube;
        if (ust_log(u) < 0.5 * x2 + shifted * (1 - cube + ust_log(cube)))
            return shifted * cube;
    }
}
