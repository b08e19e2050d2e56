/* Points that tell which ranges matter: Morris' trajectories, Saltelli's sets, and the corners
 * of a folded-over Hadamard matrix. */
#include <stdlib.h>
#include <string.h>

#include "models/world/design.h"
#include "sim/base/assert.h"
#include "sim/rand/rng.h"

const char *const ust_screen_methods[] = {"morris", "sobol", "effects", NULL};

/* Morris' grid: with an even number of levels p and a step of p / (2 (p - 1)) every level is
 * met as often as any other. */
#define LEVELS 4
#define STEP   (LEVELS / (2.0 * (LEVELS - 1)))

uint32_t ust_screen_default_n(enum ust_screen_method method)
{
    return method == UST_SCREEN_MORRIS ? 10 : method == UST_SCREEN_SOBOL ? 64 : 0;
}

/* Columns of the smallest Hadamard matrix of Sylvester's kind that has enough of them. */
static uint32_t hadamard(uint32_t dimensions)
{
    uint32_t order = 1;
    while (order < dimensions)
        order *= 2;
    return order;
}

uint64_t ust_screen_points_n(enum ust_screen_method method, uint32_t n, uint32_t dimensions)
{
    if (method == UST_SCREEN_MORRIS)
        return (uint64_t)n * (dimensions + 1);
    if (method == UST_SCREEN_SOBOL)
        return (uint64_t)n * (dimensions + 2);
    return 2 * (uint64_t)hadamard(dimensions);
}

/* ---- morris ---- */

static void shuffle(struct ust_rng *rng, uint32_t *order, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        order[i] = i;
    for (uint32_t i = n; i-- > 1;) {
        uint32_t j = ust_rng_below(rng, i + 1), other = order[j];
        order[j] = order[i];
        order[i] = other;
    }
}

/* From a corner of the grid's lower half each range goes up, or from its mirror image down. */
static void trajectories(uint64_t seed, uint32_t n, uint32_t dimensions, double *point)
{
    struct ust_rng rng = ust_rng_derive(seed, 0, "design/sensitivity");
    uint32_t *order = ust_malloc(dimensions * sizeof *order);
    double *to = ust_malloc(dimensions * sizeof *to);
    for (uint32_t t = 0; t < n; t++) {
        for (uint32_t d = 0; d < dimensions; d++) {
            double low = (double)ust_rng_below(&rng, LEVELS / 2) / (LEVELS - 1);
            bool up = ust_rng_below(&rng, 2) == 1;
            point[d] = up ? low : low + STEP;
            to[d] = up ? low + STEP : low;
        }
        shuffle(&rng, order, dimensions);
        for (uint32_t s = 0; s < dimensions; s++, point += dimensions) {
            memcpy(point + dimensions, point, dimensions * sizeof *point);
            point[dimensions + order[s]] = to[order[s]];
        }
        point += dimensions;
    }
    free(to);
    free(order);
}

/* ---- sobol ---- */

static void radial(uint64_t seed, uint32_t n, uint32_t dimensions, const char *const *names,
                   double *point)
{
    double *both = ust_malloc((size_t)n * 2 * dimensions * sizeof *both);
    ust_design_points(UST_SOBOL, seed, n, 2 * dimensions, names, both);
    for (uint32_t i = 0; i < n; i++) {
        const double *a = &both[(size_t)i * 2 * dimensions], *b = a + dimensions;
        memcpy(point, a, dimensions * sizeof *point);
        point += dimensions;
        for (uint32_t d = 0; d < dimensions; d++, point += dimensions) {
            memcpy(point, a, dimensions * sizeof *point);
            point[d] = b[d];
        }
        memcpy(point, b, dimensions * sizeof *point);
        point += dimensions;
    }
    free(both);
}

/* ---- effects ---- */

static bool odd_bits(uint32_t value)
{
    bool odd = false;
    for (; value > 0; value &= value - 1)
        odd = !odd;
    return odd;
}

/* Row i, column d of Sylvester's matrix is minus where i and d share an odd number of bits. */
static void corners(uint32_t dimensions, double *point)
{
    uint32_t order = hadamard(dimensions);
    for (uint32_t i = 0; i < 2 * order; i++)
        for (uint32_t d = 0; d < dimensions; d++)
            *point++ = odd_bits(i % order & d) == (i < order) ? 1.0 : 0.0;
}

void ust_screen_points(enum ust_screen_method method, uint64_t seed, uint32_t n,
                       uint32_t dimensions, const char *const *names, double *point)
{
    UST_ASSERT(dimensions > 0);
    if (method == UST_SCREEN_MORRIS)
        trajectories(seed, n, dimensions, point);
    else if (method == UST_SCREEN_SOBOL)
        radial(seed, n, dimensions, names, point);
    else
        corners(dimensions, point);
}
