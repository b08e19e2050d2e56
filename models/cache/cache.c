/* All kinds of cache, in the order of kinds.def, and the popularity of objects. */
#include "models/cache/cache.h"

#define UST_KIND(name) extern const struct ust_cache_type ust_cache_##name;
#include "models/cache/kinds.def"
#undef UST_KIND

static const struct ust_kind *const kinds[] = {
#define UST_KIND(name) &ust_cache_##name.kind,
#include "models/cache/kinds.def"
#undef UST_KIND
    NULL,
};

const struct ust_registry ust_cache_registry = {
    .family = "cache",
    .help = "What a cache in front of a call holds, and how it fills again once it is empty.",
    .kinds = kinds,
};

/* ---- popularity ---- */

/* (e^x - 1) / x and log(1 + x) / x, which have no hole at 0. */
static double growth(double x)
{
    return x > -1e-8 && x < 1e-8 ? 1 + x / 2 : ust_expm1(x) / x;
}

static double shrinking(double x)
{
    return x > -1e-8 && x < 1e-8 ? 1 - x / 2 : ust_log1p(x) / x;
}

/* The integral of x^-s from 1, and its inverse. */
static double area(double x, double s)
{
    double log = ust_log(x);
    return log * growth((1 - s) * log);
}

static double unarea(double y, double s)
{
    double t = y * (1 - s);
    return ust_exp(y * shrinking(t > -1 ? t : -1 + 0x1p-53));
}

static double mass(double k, double s)
{
    return ust_exp(-s * ust_log(k));
}

uint32_t ust_cache_zipf(uint32_t n, double s, struct ust_rng *rng)
{
    double low = area(1.5, s) - 1, high = area((double)n + 0.5, s);
    double accept = 2 - unarea(area(2.5, s) - mass(2, s), s);
    for (;;) {
        double u = high + ust_rng_open(rng) * (low - high);
        double x = unarea(u, s), k = ust_floor(x + 0.5);
        k = k < 1 ? 1 : k > (double)n ? (double)n : k;
        if (k - x <= accept || u >= area(k + 0.5, s) - mass(k, s))
            return (uint32_t)k;
    }
}
