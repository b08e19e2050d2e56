#include "sim/rand/special.h"

#include "sim/base/detmath.h"

double ust_log_gamma(double a)
{
    /* Stirling's series is good far from 0; Gamma(a + 1) = a Gamma(a) leads there. */
    double product = 1;
    for (; a < 20; a += 1)
        product *= a;
    double b = 1 / a, b2 = b * b;
    double series = b * (1.0 / 12 - b2 * (1.0 / 360 - b2 * (1.0 / 1260 - b2 * (1.0 / 1680))));
    const double half_log_two_pi = 0x1.d67f1c864beb5p-1;
    return (a - 0.5) * ust_log(a) - a + half_log_two_pi + series - ust_log(product);
}

/* P(a, x) by its power series, for x below a + 1. */
static double gamma_series(double a, double x)
{
    double term = 1 / a, sum = term;
    for (double n = a + 1; term > sum * 1e-17; n += 1) {
        term *= x / n;
        sum += term;
    }
    return sum;
}

/* 1 - P(a, x) by its continued fraction (evaluated forwards, after Lentz), for x above a + 1.
 */
static double gamma_fraction(double a, double x)
{
    double b = x + 1 - a, c = 1e300, d = 1 / b, value = d;
    for (double i = 1; i < 1e6; i += 1) {
        double numerator = -i * (i - a);
        b += 2;
        d = 1 / (numerator * d + b);
        c = b + numerator / c;
        double change = d * c;
        value *= change;
        if (change - 1 < 1e-16 && change - 1 > -1e-16)
            break;
    }
    return value;
}

double ust_gamma_ratio(double a, double x)
{
    if (x <= 0)
        return 0;
    double factor = ust_exp(a * ust_log(x) - x - ust_log_gamma(a));
    return x < a + 1 ? factor * gamma_series(a, x) : 1 - factor * gamma_fraction(a, x);
}

double ust_normal_cdf(double x)
{
    double half = x * x / 2;
    if (half < 1.5) {
        double inner = 0.5 * ust_gamma_ratio(0.5, half);
        return x < 0 ? 0.5 - inner : 0.5 + inner;
    }
    /* The far side directly, so that small tails keep their digits. */
    double factor = ust_exp(-half) * ust_sqrt(half) * 0x1.20dd750429b6dp-1; /* 1/sqrt(pi) */
    double tail = 0.5 * factor * gamma_fraction(0.5, half);
    return x < 0 ? tail : 1 - tail;
}
