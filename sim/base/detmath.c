/* The parts of detmath that are rare or slow: ends of ranges, pow, and trigonometry.
 *
 * Where one double is not enough, a number is the unevaluated sum of two (high, low); sums and
 * products keep their rounding error by Knuth's and Dekker's exact transformations. Series are
 * Taylor's, whose coefficients need no source but themselves.
 */
#include "sim/base/detmath.h"

#include <stdbool.h>

const struct ust_exp_cell ust_exp_table[128] = {
#define UST_EXP_CELL(power, rest) {power, rest},
#include "sim/base/detmath.inc"
#undef UST_EXP_CELL
};

const struct ust_log_cell ust_log_table[128] = {
#define UST_LOG_CELL(reciprocal, high, low) {reciprocal, high, low},
#include "sim/base/detmath.inc"
#undef UST_LOG_CELL
};

#define INFINITE (__builtin_inf())
#define NOT_ONE  (__builtin_nan("")) /* a number */

struct pair {
    double high, low;
};

/* a + b exactly. */
static struct pair sum(double a, double b)
{
    double s = a + b;
    double b_part = s - a;
    return (struct pair){s, (a - (s - b_part)) + (b - b_part)};
}

/* a * b exactly, for products and factors below 2^990 and results above 2^-960. */
static struct pair product(double a, double b)
{
    const double splitter = 0x1p27 + 1;
    double a_high = a * splitter, b_high = b * splitter;
    a_high -= a_high - a;
    b_high -= b_high - b;
    double a_low = a - a_high, b_low = b - b_high;
    double p = a * b;
    double error = ((a_high * b_high - p) + a_high * b_low + a_low * b_high) + a_low * b_low;
    return (struct pair){p, error};
}

/* power * (1 + rest) * 2^(scale / 128), for scales past the range of a double's exponent: one
 * factor is held back, so that the last multiplication alone overflows or becomes subnormal. */
static double scale_rare(const struct ust_exp_cell *cell, int64_t exponent, double rest)
{
    double held = exponent > 0 ? 0x1p+64 : 0x1p-64;
    exponent -= exponent > 0 ? 64 : -64;
    double power =
        ust_double_of_bits(ust_double_bits(cell->power) + ((uint64_t)exponent << 52));
    return (power + power * (cell->rest + rest)) * held;
}

double ust_exp_rare(double x)
{
    if (x != x)
        return x;
    if (x > 709.8)
        return INFINITE;
    if (x < -745.2)
        return 0;
    uint64_t k;
    double r = ust_exp_reduce(x, &k);
    int64_t exponent = (int64_t)(k << 13) >> 20; /* the shift's own bits fall off the top */
    return scale_rare(&ust_exp_table[k & 127], exponent, ust_exp_series(r));
}

double ust_log_rare(double x)
{
    if (x != x || x == INFINITE)
        return x;
    if (x == 0)
        return -INFINITE;
    if (x < 0)
        return NOT_ONE;
    return ust_log_bits(ust_double_bits(x * 0x1p54), -54, 0);
}

double ust_log1p(double x)
{
    if (x != x || x == INFINITE)
        return x;
    if (x <= -1)
        return x == -1 ? -INFINITE : NOT_ONE;
    if (x < 0x1p-7 && x > -0x1p-7) {
        /* The sum of the series' tail is small beside x, so its rounding does not show. */
        return x + ust_log_series(x);
    }
    struct pair u = sum(x, 1);
    return ust_log_bits(ust_double_bits(u.high), 0, u.low / u.high);
}

double ust_expm1(double x)
{
    if (x != x || x == 0)
        return x; /* -0 too */
    if (x > 709.8)
        return INFINITE;
    if (x < -40)
        return -1;
    if (x < 0.35 && x > -0.35) {
        double tail = 1.0 / 6227020800; /* 1 / 13! */
        static const double inverse_factorial[] = {
            1.0 / 479001600, 1.0 / 39916800, 1.0 / 3628800, 1.0 / 362880, 1.0 / 40320,
            1.0 / 5040,      1.0 / 720,      1.0 / 120,     1.0 / 24,     1.0 / 6};
        for (int i = 0; i < 10; i++)
            tail = inverse_factorial[i] + x * tail;
        double x2 = x * x;
        return x + (0.5 * x2 + x * x2 * tail);
    }
    uint64_t k;
    double r = ust_exp_reduce(x, &k);
    int64_t exponent = (int64_t)(k << 13) >> 20;
    const struct ust_exp_cell *cell = &ust_exp_table[k & 127];
    double rest = ust_exp_series(r) + cell->rest;
    if (exponent > 60)
        return x < 708 ? ust_exp(x) : ust_exp_rare(x);
    double power = ust_double_of_bits(ust_double_bits(cell->power) + (k >> 7 << 52));
    struct pair less = sum(power, -1);
    return less.high + (less.low + power * rest);
}

/* log x to about 68 bits, for x positive and normal. */
static struct pair log_pair(uint64_t bits, double shift)
{
    uint64_t offset = bits - 0x3fe6000000000000u;
    const struct ust_log_cell *cell = &ust_log_table[offset >> 45 & 127];
    double exponent = (double)((int64_t)offset >> 52) + shift;
    bits -= offset & 0xfff0000000000000u;
    double z = ust_double_of_bits(bits);
    double z_high = ust_double_of_bits(bits & 0xfffffffff8000000u);
    struct pair r = sum(z_high * cell->reciprocal - 1.0, (z - z_high) * cell->reciprocal);
    struct pair square = product(r.high, r.high);

    /* log(1 + r) - r + r^2/2, relative to r^3 */
    double tail = 1.0 / 11;
    for (int n = 10; n >= 3; n--)
        tail = (n & 1 ? 1.0 : -1.0) / n + tail * r.high;
    if (r.high == 0)
        square = (struct pair){0, 0}; /* no exact error below the normal range */

    struct pair a = sum(exponent * UST_LN2_HIGH + cell->high, r.high);
    struct pair b = sum(a.high, -0.5 * square.high);
    double low = (a.low + b.low) + (r.low - 0.5 * square.low - r.high * r.low);
    low += exponent * UST_LN2_LOW + cell->low + square.high * r.high * tail;
    return sum(b.high, low);
}

/* e^(high + low), |low| far below high's last bit's neighbours. */
static double exp_pair(double high, double low)
{
    if (high > 709.8)
        return INFINITE;
    if (high < -745.2)
        return 0;
    uint64_t k;
    double r = ust_exp_reduce(high, &k) + low;
    int64_t exponent = (int64_t)(k << 13) >> 20;
    return scale_rare(&ust_exp_table[k & 127], exponent, ust_exp_series(r));
}

double ust_pow(double x, double y)
{
    if (y == 0 || x == 1)
        return 1;
    if (x != x || y != y)
        return x + y;
    if (x < 0)
        return NOT_ONE;
    if (x == 0 || x == INFINITE)
        return (x == 0) == (y > 0) ? 0 : INFINITE;
    bool grows = (x > 1) == (y > 0);
    if (y > 0x1p64 || y < -0x1p64) /* |log x| is at least 2^-53 */
        return grows ? INFINITE : 0;
    if (y < 0x1p-65 && y > -0x1p-65)
        return 1;

    uint64_t bits = ust_double_bits(x);
    double shift = 0;
    if (bits < 0x0010000000000000u) {
        bits = ust_double_bits(x * 0x1p54);
        shift = -54;
    }
    struct pair log = log_pair(bits, shift);
    struct pair power = product(log.high, y);
    return exp_pair(power.high, power.low + log.low * y);
}

/* pi/2 in four parts; the first three have 33 bits, so that their products with any count of
 * quarter turns below 2^20 are exact. */
static const double half_pi[] = {0x1.921fb544p+0, 0x1.0b4611a6p-34, 0x1.3198a2ep-69,
                                 0x1.b839a252049c1p-104};

/* x = quarters * pi/2 + r, |r| <= pi/4 and a little */
static struct pair reduce_turn(double x, int64_t *quarters)
{
    const double shift = 0x1.8p52;
    double count = (x * 0x1.45f306dc9c883p-1 + shift) - shift;
    *quarters = (int64_t)count;
    struct pair r = {x, 0};
    for (int i = 0; i < 4; i++) {
        struct pair next = sum(r.high, -count * half_pi[i]);
        r = sum(next.high, next.low + r.low);
    }
    return r;
}

static double sin_near_zero(struct pair r)
{
    double x2 = r.high * r.high;
    double tail = 1.0 / 355687428096000; /* 1 / 17! */
    tail = -1.0 / 1307674368000 + x2 * tail;
    tail = 1.0 / 6227020800 + x2 * tail;
    tail = -1.0 / 39916800 + x2 * tail;
    tail = 1.0 / 362880 + x2 * tail;
    tail = -1.0 / 5040 + x2 * tail;
    tail = 1.0 / 120 + x2 * tail;
    tail = -1.0 / 6 + x2 * tail;
    return r.high + (r.low * (1 - 0.5 * x2) + r.high * x2 * tail);
}

static double cos_near_zero(struct pair r)
{
    double x2 = r.high * r.high;
    double tail = 1.0 / 20922789888000; /* 1 / 16! */
    tail = -1.0 / 87178291200 + x2 * tail;
    tail = 1.0 / 479001600 + x2 * tail;
    tail = -1.0 / 3628800 + x2 * tail;
    tail = 1.0 / 40320 + x2 * tail;
    tail = -1.0 / 720 + x2 * tail;
    tail = 1.0 / 24 + x2 * tail;
    struct pair first = sum(1, -0.5 * x2);
    return first.high + (first.low + (x2 * x2 * tail - r.high * r.low));
}

/* The sine of x + ahead quarter turns. */
static double turn(double x, int64_t ahead)
{
    if (!(x <= 0x1p20 && x >= -0x1p20))
        return NOT_ONE;
    int64_t quarters;
    struct pair r = reduce_turn(x, &quarters);
    quarters += ahead;
    double value = quarters & 1 ? cos_near_zero(r) : sin_near_zero(r);
    return quarters & 2 ? -value : value;
}

double ust_sin(double x)
{
    return x == 0 ? x : turn(x, 0);
}

double ust_cos(double x)
{
    return turn(x, 1);
}

/* (asin x - x) / x^3 as a polynomial in t = x^2, for t up to 1/4, the lowest power first. */
static const double asin_terms[] = {
#define UST_ASIN_TERM(c) c,
#include "sim/base/detmath.inc"
#undef UST_ASIN_TERM
};

static double asin_tail(double t)
{
    double tail = 0;
    for (int i = sizeof asin_terms / sizeof asin_terms[0] - 1; i >= 0; i--)
        tail = asin_terms[i] + t * tail;
    return t * tail;
}

double ust_asin(double x)
{
    double size = x < 0 ? -x : x;
    if (!(size <= 1))
        return NOT_ONE;
    if (size <= 0.5)
        return x + x * asin_tail(x * x);
    /* asin x = pi/2 - 2 asin sqrt((1 - x) / 2): near 1 a pair keeps the root's lost digits. */
    double t = (1 - size) / 2, root = ust_sqrt(t);
    struct pair square = product(root, root);
    double root_low = t > 0 ? ((t - square.high) - square.low) / (2 * root) : 0;
    struct pair high = sum(0x1.921fb54442d18p+0, -2 * root);
    double low = 0x1.1a62633145c07p-54 - 2 * root_low - 2 * root * asin_tail(t);
    double angle = high.high + (high.low + low);
    return x < 0 ? -angle : angle;
}

double ust_floor(double x)
{
    if (!(x < 0x1p52 && x > -0x1p52) || x == 0)
        return x; /* whole already, or NaN */
    double whole = (double)(int64_t)x;
    return whole > x ? whole - 1 : whole;
}

double ust_ceil(double x)
{
    return -ust_floor(-x);
}
