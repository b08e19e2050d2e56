/* A histogram of non-negative 64-bit integers (latencies in ns): log-linear buckets, integer
 * counts.
 *
 * Values below 2^7 have a bucket each; above, every power of two is cut into 128 equal buckets,
 * so a bucket's middle is within 1/256 (0.4 %) of every value in it. Recording is O(1) and
 * touches two words; merging adds counts and is exact, whatever the order.
 */
#ifndef UST_KPI_HISTOGRAM_H
#define UST_KPI_HISTOGRAM_H

#include <stdint.h>

#include "sim/base/arena.h"

#define UST_HISTOGRAM_BITS       7
#define UST_HISTOGRAM_BUCKETS    ((64 - UST_HISTOGRAM_BITS + 1) << UST_HISTOGRAM_BITS)
#define UST_HISTOGRAM_BLOCK_BITS 6 /* buckets to a block of the `touched` map */
#define UST_HISTOGRAM_BLOCKS     (UST_HISTOGRAM_BUCKETS >> UST_HISTOGRAM_BLOCK_BITS)
#define UST_HISTOGRAM_ERROR      (1.0 / 256)

struct ust_histogram {
    uint64_t count[UST_HISTOGRAM_BUCKETS];
    uint8_t
        touched[UST_HISTOGRAM_BLOCKS]; /* which blocks hold anything: merging skips the rest */
};

static inline uint32_t ust_histogram_bucket(uint64_t value)
{
    const uint64_t small = (2u << UST_HISTOGRAM_BITS) - 1;
    uint32_t shift = 63 - UST_HISTOGRAM_BITS - (uint32_t)__builtin_clzll(value | small);
    return (shift << UST_HISTOGRAM_BITS) + (uint32_t)(value >> shift);
}

static inline void ust_histogram_record(struct ust_histogram *histogram, uint64_t value)
{
    uint32_t bucket = ust_histogram_bucket(value);
    histogram->count[bucket]++;
    histogram->touched[bucket >> UST_HISTOGRAM_BLOCK_BITS] = 1;
}

/* The values of a bucket: low <= value < high. */
uint64_t ust_histogram_low(uint32_t bucket);
uint64_t ust_histogram_high(uint32_t bucket);

struct ust_histogram *ust_histogram_new(struct ust_arena *arena);

/* Adds `from` to `to`; `clear` empties `from`. */
void ust_histogram_merge(struct ust_histogram *to, const struct ust_histogram *from);
void ust_histogram_clear(struct ust_histogram *histogram);

uint64_t ust_histogram_total(const struct ust_histogram *histogram);

/* The q-quantile (nearest rank, 0 < q <= 1) as the middle of its bucket; -1 when empty. */
double ust_histogram_quantile(const struct ust_histogram *histogram, double q);

/* Several quantiles in one pass; q ascending. Returns the total. */
uint64_t ust_histogram_quantiles(const struct ust_histogram *histogram, const double *q,
                                 uint32_t n, double *out);

#endif
