#include "sim/kpi/histogram.h"

#include <string.h>

uint64_t ust_histogram_low(uint32_t bucket)
{
    uint32_t octave = bucket >> UST_HISTOGRAM_BITS;
    if (octave < 2)
        return bucket;
    uint32_t shift = octave - 1;
    return (uint64_t)(bucket - (shift << UST_HISTOGRAM_BITS)) << shift;
}

uint64_t ust_histogram_high(uint32_t bucket)
{
    uint32_t octave = bucket >> UST_HISTOGRAM_BITS;
    return ust_histogram_low(bucket) + (octave < 2 ? 1 : (uint64_t)1 << (octave - 1));
}

struct ust_histogram *ust_histogram_new(struct ust_arena *arena)
{
    return ust_arena_alloc(arena, struct ust_histogram, 1);
}

void ust_histogram_merge(struct ust_histogram *to, const struct ust_histogram *from)
{
    const uint32_t width = 1u << UST_HISTOGRAM_BLOCK_BITS;
    for (uint32_t block = 0; block < UST_HISTOGRAM_BLOCKS; block++) {
        if (!from->touched[block])
            continue;
        to->touched[block] = 1;
        for (uint32_t i = block * width; i < (block + 1) * width; i++)
            to->count[i] += from->count[i];
    }
}

void ust_histogram_clear(struct ust_histogram *histogram)
{
    const uint32_t width = 1u << UST_HISTOGRAM_BLOCK_BITS;
    for (uint32_t block = 0; block < UST_HISTOGRAM_BLOCKS; block++)
        if (histogram->touched[block])
            memset(&histogram->count[block * width], 0, width * sizeof histogram->count[0]);
    memset(histogram->touched, 0, sizeof histogram->touched);
}

uint64_t ust_histogram_total(const struct ust_histogram *histogram)
{
    const uint32_t width = 1u << UST_HISTOGRAM_BLOCK_BITS;
    uint64_t total = 0;
    for (uint32_t block = 0; block < UST_HISTOGRAM_BLOCKS; block++)
        for (uint32_t i = block * width; histogram->touched[block] && i < (block + 1) * width;
             i++)
            total += histogram->count[i];
    return total;
}

uint64_t ust_histogram_quantiles(const struct ust_histogram *histogram, const double *q,
                                 uint32_t n, double *out)
{
    const uint32_t width = 1u << UST_HISTOGRAM_BLOCK_BITS;
    uint64_t total = ust_histogram_total(histogram);
    uint32_t wanted = 0;
    for (uint32_t i = 0; i < n; i++)
        out[i] = -1;
    if (total == 0)
        return 0;
    uint64_t below = 0;
    for (uint32_t block = 0; block < UST_HISTOGRAM_BLOCKS && wanted < n; block++) {
        if (!histogram->touched[block])
            continue;
        const uint64_t *count = histogram->count + (size_t)block * width;
        uint64_t here = 0;
        for (uint32_t i = 0; i < width; i++)
            here += count[i];
        /* Rank ceil(q n), held between 1 and n; compared without rounding the product up. */
        if ((double)(below + here) < q[wanted] * (double)total) {
            below += here;
            continue;
        }
        for (uint32_t i = 0; i < width && wanted < n; i++) {
            below += count[i];
            while (count[i] > 0 && wanted < n && (double)below >= q[wanted] * (double)total) {
                double low = (double)ust_histogram_low(block * width + i);
                double high = (double)ust_histogram_high(block * width + i);
                out[wanted++] = low + (high - low - 1) / 2;
            }
        }
    }
    return total;
}

double ust_histogram_quantile(const struct ust_histogram *histogram, double q)
{
    double out;
    ust_histogram_quantiles(histogram, &q, 1, &out);
    return out;
}
