#include "analysis/cluster/kernel.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

typedef double v4 __attribute__((vector_size(32)));
typedef int64_t i4 __attribute__((vector_size(32)));

#define INLINE static inline __attribute__((always_inline))

struct ust_packed ust_packed_new(struct ust_arena *arena, uint32_t k, uint32_t d)
{
    struct ust_packed packed = {.k = k, .d = d, .groups = (k + UST_LANES - 1) / UST_LANES};
    packed.at = ust_arena_alloc(arena, double, (size_t)packed.groups *d *UST_LANES);
    return packed;
}

void ust_packed_set(struct ust_packed *packed, const double *centres)
{
    for (uint32_t c = 0; c < packed->groups * UST_LANES; c++)
        for (uint32_t j = 0; j < packed->d; j++)
            packed->at[((size_t)(c / UST_LANES) * packed->d + j) * UST_LANES + c % UST_LANES] =
                c < packed->k ? centres[(size_t)c * packed->d + j] : (double)INFINITY;
}

/* Macros and pointers, because how vectors are passed depends on the processor. */
#define choose(mask, yes, no) ((v4)(((mask) & (i4)(yes)) | (~(mask) & (i4)(no))))

INLINE void group_distance2(const v4 *group, const double *x, uint32_t d, v4 *out)
{
    v4 sum = {0.0, 0.0, 0.0, 0.0};
    for (uint32_t j = 0; j < d; j++) {
        v4 gap = x[j] - group[j];
        sum += gap * gap;
    }
    *out = sum;
}

/* Two lanes compare what they have found; each keeps the outcome. No branches: which of two
 * centres is nearer is what no processor can predict. */
#define meet(best, second, index, other_best, other_second, other_index)                       \
    do {                                                                                       \
        v4 b_ = other_best, s_ = other_second;                                                 \
        i4 i_ = other_index;                                                                   \
        i4 first_ = (b_ < *(best)) | ((b_ == *(best)) & (i_ < *(index)));                      \
        v4 worse_ = choose(first_, *(best), b_);                                               \
        v4 next_ = choose(s_ < *(second), s_, *(second));                                      \
        *(second) = choose(worse_ < next_, worse_, next_);                                     \
        *(best) = choose(first_, b_, *(best));                                                 \
        *(index) = (first_ & i_) | (~first_ & *(index));                                       \
    } while (0)

INLINE void nearest_of(const struct ust_packed *packed, const double *x, uint32_t d,
                       struct ust_nearest *out)
{
    const v4 *group = (const v4 *)(const void *)packed->at;
    const double inf = (double)INFINITY;
    v4 second = {inf, inf, inf, inf};
    v4 best;
    group_distance2(group, x, d, &best);
    i4 at = {0, 0, 0, 0};
    for (uint32_t g = 1; g < packed->groups; g++) {
        v4 sum;
        group_distance2(group + (size_t)g * d, x, d, &sum);
        i4 nearer = sum < best;
        v4 worse = choose(nearer, best, sum);
        second = choose(worse < second, worse, second);
        best = choose(nearer, sum, best);
        at = (nearer & (int64_t)g) | (~nearer & at);
    }
    i4 index = at * UST_LANES + (i4){0, 1, 2, 3};
    meet(&best, &second, &index, __builtin_shufflevector(best, best, 1, 0, 3, 2),
         __builtin_shufflevector(second, second, 1, 0, 3, 2),
         __builtin_shufflevector(index, index, 1, 0, 3, 2));
    meet(&best, &second, &index, __builtin_shufflevector(best, best, 2, 3, 0, 1),
         __builtin_shufflevector(second, second, 2, 3, 0, 1),
         __builtin_shufflevector(index, index, 2, 3, 0, 1));
    out->best = best[0];
    out->second = second[0];
    out->index = (uint32_t)index[0];
}

INLINE void nearest_all(const struct ust_packed *packed, const double *x, const uint32_t *which,
                        size_t n, uint32_t d, struct ust_nearest *out)
{
    if (which == NULL) {
        for (size_t i = 0; i < n; i++)
            nearest_of(packed, x + i * d, d, &out[i]);
    } else {
        for (size_t i = 0; i < n; i++)
            nearest_of(packed, x + (size_t)which[i] * d, d, &out[i]);
    }
}

/* A known number of features lets the compiler unroll; others take the same steps in a loop. */
INLINE void nearest_by_width(const struct ust_packed *packed, const double *x,
                             const uint32_t *which, size_t n, struct ust_nearest *out)
{
    switch (packed->d) {
    case 2:
        nearest_all(packed, x, which, n, 2, out);
        break;
    case 4:
        nearest_all(packed, x, which, n, 4, out);
        break;
    case 8:
        nearest_all(packed, x, which, n, 8, out);
        break;
    default:
        nearest_all(packed, x, which, n, packed->d, out);
    }
}

INLINE void potential_all(const struct ust_packed *packed, const double *x, const double *near2,
                          size_t n, double *sums)
{
    const v4 *group = (const v4 *)(const void *)packed->at;
    uint32_t d = packed->d;
    for (uint32_t g = 0; g < packed->groups; g++) {
        v4 total = {0.0, 0.0, 0.0, 0.0};
        for (size_t i = 0; i < n; i++) {
            v4 sum;
            group_distance2(group + (size_t)g * d, x + i * d, d, &sum);
            v4 now = near2[i] - (v4){0.0, 0.0, 0.0, 0.0};
            total += choose(sum < now, sum, now);
        }
        memcpy(sums + (size_t)g * UST_LANES, &total, sizeof total);
    }
}

/* The same bodies, compiled twice. */
#ifdef __x86_64__
__attribute__((target("avx2"))) static void nearest_avx2(const struct ust_packed *packed,
                                                         const double *x, const uint32_t *which,
                                                         size_t n, struct ust_nearest *out)
{
    nearest_by_width(packed, x, which, n, out);
}

__attribute__((target("avx2"))) static void potential_avx2(const struct ust_packed *packed,
                                                           const double *x, const double *near2,
                                                           size_t n, double *sums)
{
    potential_all(packed, x, near2, n, sums);
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") != 0;
}
#else
#define nearest_avx2   nearest_by_width
#define potential_avx2 potential_all
static bool has_avx2(void)
{
    return false;
}
#endif

void ust_kernel_nearest(const struct ust_packed *packed, const double *x, const uint32_t *which,
                        size_t n, struct ust_nearest *out)
{
    if (has_avx2())
        nearest_avx2(packed, x, which, n, out);
    else
        nearest_by_width(packed, x, which, n, out);
}

void ust_kernel_potential(const struct ust_packed *packed, const double *x, const double *near2,
                          size_t n, double *sums)
{
    if (has_avx2())
        potential_avx2(packed, x, near2, n, sums);
    else
        potential_all(packed, x, near2, n, sums);
}
