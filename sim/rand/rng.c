#include "sim/rand/rng.h"

/* Each word of the generator is a chain of mixes over all of seed, replication and name, with a
 * start of its own, so that no two words of any two streams are related. The name goes in last:
 * it is hashed by bytes, from a start that the two numbers have already scrambled. */
static uint64_t word(uint64_t start, uint64_t seed, uint32_t replication, const char *name)
{
    uint64_t mixed = ust_mix64(start ^ ust_mix64(seed + start));
    mixed = ust_mix64(mixed + ust_mix64((uint64_t)replication + ~start));
    return ust_mix64(ust_hash_text(mixed, name) + start);
}

struct ust_rng ust_rng_derive(uint64_t seed, uint32_t replication, const char *name)
{
    /* The starts are the first 256 bits of pi's fraction: any four distinct numbers would do.
     */
    uint64_t a = word(0x243f6a8885a308d3u, seed, replication, name);
    uint64_t b = word(0x13198a2e03707344u, seed, replication, name);
    uint64_t c = word(0xa4093822299f31d0u, seed, replication, name);
    uint64_t d = word(0x082efa98ec4e6c89u, seed, replication, name);
    return (struct ust_rng){.state = (ust_u128)a << 64 | b,
                            .increment = (ust_u128)c << 64 | d | 1};
}

struct ust_rng ust_rng_pcg(ust_u128 seed, ust_u128 stream)
{
    struct ust_rng rng = {.increment = stream << 1 | 1};
    rng.state = (seed + rng.increment) * UST_RNG_MULTIPLIER + rng.increment;
    return rng;
}

void ust_rng_advance(struct ust_rng *rng, ust_u128 steps)
{
    /* One step is an affine map; squaring it doubles the steps (Brown 1994). */
    ust_u128 factor = UST_RNG_MULTIPLIER, offset = rng->increment;
    for (; steps; steps >>= 1) {
        if (steps & 1)
            rng->state = rng->state * factor + offset;
        offset *= factor + 1;
        factor *= factor;
    }
}
