/* Elementary functions whose every bit is the same on every processor and compiler.
 *
 * libm may choose another code path where the processor has FMA, and its last bit then differs;
 * one such bit can swap two events. These use only + - * / and sqrt in a fixed order, compiled
 * without contraction, and stay within 1 ulp of the exact value over the stated range (tests
 * hold them against MPFR).
 *
 * Exponential and logarithm are on the path of every request, so their common case is inline:
 * a table of 128 cells brings the argument near 0, where a short series is enough.
 */
#ifndef UST_BASE_DETMATH_H
#define UST_BASE_DETMATH_H

#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline double ust_exp(double x); /* overflows to +inf, underflows to 0 */
static inline double ust_log(double x); /* x > 0, subnormals too; log(0) = -inf, x < 0 is NaN */
double ust_log1p(double x);             /* x > -1; log1p(-1) = -inf */
double ust_expm1(double x);
double ust_pow(double x, double y);      /* x >= 0; 1 ulp while the result is normal */
static inline double ust_sqrt(double x); /* correctly rounded: IEEE 754 fixes it */
double ust_sin(double x);                /* |x| <= 2^20, beyond that NaN */
double ust_cos(double x);
double ust_asin(double x); /* -1..1; great circles need it */
double ust_floor(double x);
double ust_ceil(double x);

static inline uint64_t ust_double_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static inline double ust_double_of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* As a cast, but never waiting for the register that it writes to: the instruction keeps that
 * register's other half, and where the compiler (clang 14) does not clear it first, each sample
 * waits for the one before, three times slower. */
static inline double ust_double_of_int(int64_t n)
{
#if defined __clang__ && defined __x86_64__
    double x;
    __asm__("xorps %0, %0\n\tcvtsi2sdq %1, %0" : "=x"(x) : "r"(n));
    return x;
#else
    return (double)n;
#endif
}

/* 2^(i/128) as a double, and what its rounding left out, relative to it. */
struct ust_exp_cell {
    double power, rest;
};
/* For the i-th of 128 cells of [0.6875, 1.375): a short reciprocal of its middle (so short that
 * its product with half a mantissa is exact), and minus its logarithm in two parts. */
struct ust_log_cell {
    double reciprocal, high, low;
};
extern const struct ust_exp_cell ust_exp_table[128];
extern const struct ust_log_cell ust_log_table[128];
double ust_exp_rare(double x); /* results near or beyond the ends of the normal range */
double ust_log_rare(double x); /* subnormal, 0, negative, infinite, NaN */

/* ln 2 in two parts: the first is a multiple of 2^-42, so that its products with exponents are
 * exact, and so are their sums with `high` of the table. */
#define UST_LN2_HIGH 0x1.62e42fefa38p-1
#define UST_LN2_LOW  0x1.ef35793c7673p-45

/* x = k ln2/128 + r with |r| <= ln2/256; then e^x = 2^(k/128) e^r. */
static inline double ust_exp_reduce(double x, uint64_t *k)
{
    const double shift = 0x1.8p52; /* adding it rounds to an integer, in the low bits */
    double shifted = x * 0x1.71547652b82fep7 + shift;
    double count = shifted - shift;
    *k = ust_double_bits(shifted);
    return (x - count * 0x1.62e42fef8p-8) - count * 0x1.1cf79abc9e3b4p-43;
}

/* e^r - 1 for |r| <= ln2/256 */
static inline double ust_exp_series(double r)
{
    double r2 = r * r;
    return r + r2 * ((0.5 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120)));
}

static inline double ust_exp(double x)
{
    /* The sign is shifted out; NaN compares as larger than any number here. */
    if (__builtin_expect(ust_double_bits(x) << 1 >= 0x810c400000000000u, 0)) /* |x| >= 708 */
        return ust_exp_rare(x);
    uint64_t k;
    double r = ust_exp_reduce(x, &k);
    const struct ust_exp_cell *cell = &ust_exp_table[k & 127];
    double power = ust_double_of_bits(ust_double_bits(cell->power) + (k >> 7 << 52));
    return power + power * (cell->rest + ust_exp_series(r));
}

/* log(1 + r) - r for |r| <= 2^-7 */
static inline double ust_log_series(double r)
{
    double r2 = r * r;
    double first = -0.5 + r * (1.0 / 3);
    double second = -0.25 + r * 0.2;
    double third = -1.0 / 6 + r * (1.0 / 7) - r2 * 0.125;
    return r2 * (first + r2 * (second + r2 * third));
}

/* log(2^shift * value of bits) + extra, for bits of a positive normal number and a tiny extra
 */
static inline double ust_log_bits(uint64_t bits, double shift, double extra)
{
    uint64_t offset = bits - 0x3fe6000000000000u; /* 0.6875: 1 is where two cells meet */
    const struct ust_log_cell *cell = &ust_log_table[offset >> 45 & 127];
    double exponent = ust_double_of_int((int64_t)offset >> 52) + shift;
    bits -= offset & 0xfff0000000000000u;
    double z = ust_double_of_bits(bits);
    double z_high = ust_double_of_bits(bits & 0xfffffffff8000000u);
    /* Both products are exact; so is all but the last addition. */
    double r = (z_high * cell->reciprocal - 1.0) + (z - z_high) * cell->reciprocal;
    double high = exponent * UST_LN2_HIGH + cell->high;
    double low = exponent * UST_LN2_LOW + cell->low;
    double sum = high + r;
    return sum + (((high - sum) + r) + low + extra + ust_log_series(r));
}

static inline double ust_log(double x)
{
    uint64_t bits = ust_double_bits(x);
    if (__builtin_expect(bits - 0x0010000000000000u >= 0x7fe0000000000000u, 0))
        return ust_log_rare(x);
    return ust_log_bits(bits, 0, 0);
}

static inline double ust_sqrt(double x)
{
    /* The instruction itself: a call into libm would set errno and cost a branch. */
#ifdef __SSE2__
    __m128d v = _mm_set_sd(x);
    return _mm_cvtsd_f64(_mm_sqrt_sd(v, v));
#else
    return __builtin_sqrt(x);
#endif
}

#endif
