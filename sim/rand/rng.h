/* A random stream is named by what it serves and derived from seed, replication and that name.
 *
 * One purpose, one stream: adding an entity leaves the draws of all others alone, and two
 * scenarios that name the same thing share its draws (common random numbers).
 * The bits are PCG64 DXSM, cheap-multiplier variant (O'Neill; NumPy's PCG64DXSM), which returns
 * the state before the step. State and increment are hashed from the name, so that streams
 * differ in both. Cost: about 2 ns a word, 32 bytes a stream.
 */
#ifndef UST_RAND_RNG_H
#define UST_RAND_RNG_H

#include <stdint.h>

#include "sim/base/detmath.h"
#include "sim/base/hash.h"

__extension__ typedef unsigned __int128 ust_u128;

struct ust_rng {
    ust_u128 state;
    ust_u128 increment; /* odd */
};

/* name: a path such as "traffic/web/evening-shopper/gap". */
struct ust_rng ust_rng_derive(uint64_t seed, uint32_t replication, const char *name);

/* The generator as pcg-cpp and NumPy seed it, for known-answer tests. */
struct ust_rng ust_rng_pcg(ust_u128 seed, ust_u128 stream);

void ust_rng_advance(struct ust_rng *rng, ust_u128 steps);

#define UST_RNG_MULTIPLIER 0xda942042e4dd58b5u

static inline uint64_t ust_rng_u64(struct ust_rng *rng)
{
    ust_u128 state = rng->state;
    rng->state = state * UST_RNG_MULTIPLIER + rng->increment;
    uint64_t high = (uint64_t)(state >> 64);
    uint64_t low = (uint64_t)state | 1;
    high ^= high >> 32;
    high *= UST_RNG_MULTIPLIER;
    high ^= high >> 48;
    return high * low;
}

/* Uniform on [0, 1), 53 bits. */
static inline double ust_rng_unit(struct ust_rng *rng)
{
    return ust_double_of_int((int64_t)(ust_rng_u64(rng) >> 11)) * 0x1p-53;
}

/* Uniform on the open interval (0, 1): midpoints of 2^52 cells; fit for a logarithm. (Those of
 * 2^53 cells would need 54 bits, and the last one would round to 1.) */
static inline double ust_rng_open(struct ust_rng *rng)
{
    return (ust_double_of_int((int64_t)(ust_rng_u64(rng) >> 12)) + 0.5) * 0x1p-52;
}

/* An index below n (n >= 1) from one word; the bias, n / 2^64, is far below any test's reach.
 */
static inline uint32_t ust_rng_below(struct ust_rng *rng, uint32_t n)
{
    return (uint32_t)(((ust_u128)ust_rng_u64(rng) * n) >> 64);
}

#endif
