#include "analysis/stats/laws.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/arena.h"

double ust_law_erlang_b(unsigned c, double a)
{
    double inverse = 1.0; /* 1/B(k) = 1 + k/a 1/B(k-1): no overflow, no cancellation */
    for (unsigned k = 1; k <= c; k++)
        inverse = 1.0 + inverse * k / a;
    return 1.0 / inverse;
}

double ust_law_erlang_c(unsigned c, double a)
{
    double b = ust_law_erlang_b(c, a);
    return b / (1.0 - a / c * (1.0 - b));
}

double ust_law_wait(unsigned c, double a)
{
    return ust_law_erlang_c(c, a) / (c - a);
}

/* P(T > t) = e^-t + C (e^-t - e^-(c-a)t) / (c - a - 1), and its limit where c - a = 1. */
static double sojourn_tail(unsigned c, double a, double t)
{
    double wait = ust_law_erlang_c(c, a), gap = c - a - 1.0;
    if (fabs(gap) < 1e-9)
        return exp(-t) * (1.0 + wait * t);
    return exp(-t) + wait * (exp(-t) - exp(-(c - a) * t)) / gap;
}

double ust_law_sojourn_quantile(unsigned c, double a, double share)
{
    double low = 0.0, high = 1.0;
    while (sojourn_tail(c, a, high) > 1.0 - share)
        high *= 2.0;
    for (int i = 0; i < 100; i++) {
        double middle = (low + high) / 2.0;
        if (sojourn_tail(c, a, middle) > 1.0 - share)
            low = middle;
        else
            high = middle;
    }
    return low;
}

double ust_law_pollaczek(double rho, double cv2)
{
    return rho * (1.0 + cv2) / (2.0 * (1.0 - rho));
}

/* ---- chains ---- */

static unsigned waiting(const struct ust_law_chain *chain, unsigned n)
{
    return n > chain->c ? n - chain->c : 0;
}

static bool full(const struct ust_law_chain *chain, unsigned n)
{
    return n >= chain->c && waiting(chain, n) >= chain->places;
}

static double up(const struct ust_law_chain *chain, unsigned n)
{
    return full(chain, n) || n + 1 >= chain->states ? 0.0 : chain->rate;
}

static double down(const struct ust_law_chain *chain, unsigned n)
{
    return (n < chain->c ? n : chain->c) + chain->theta * waiting(chain, n);
}

void ust_law_steady(const struct ust_law_chain *chain, double *p)
{
    /* Logarithms of the products of rates: nothing overflows wherever the mode lies. */
    double most = 0.0, sum = 0.0;
    p[0] = 0.0;
    for (unsigned n = 1; n < chain->states; n++) {
        double rate = up(chain, n - 1);
        p[n] = rate > 0.0 ? p[n - 1] + log(rate / down(chain, n)) : -HUGE_VAL;
        most = fmax(most, p[n]);
    }
    for (unsigned n = 0; n < chain->states; n++)
        sum += p[n] = exp(p[n] - most);
    for (unsigned n = 0; n < chain->states; n++)
        p[n] /= sum;
}

static void step(const struct ust_law_chain *chain, double rate, const double *now,
                 double *next)
{
    for (unsigned n = 0; n < chain->states; n++) {
        next[n] = now[n] * (1.0 - (up(chain, n) + down(chain, n)) / rate);
        if (n > 0)
            next[n] += now[n - 1] * up(chain, n - 1) / rate;
        if (n + 1 < chain->states)
            next[n] += now[n + 1] * down(chain, n + 1) / rate;
    }
}

void ust_law_run(const struct ust_law_chain *chain, double *p, double t)
{
    size_t size = chain->states * sizeof(double);
    double *now = ust_malloc(size), *next = ust_malloc(size), *sum = ust_malloc(size);
    double rate = 0.0;
    for (unsigned n = 0; n < chain->states; n++)
        rate = fmax(rate, up(chain, n) + down(chain, n));
    /* Steps of at most 30 expected jumps: 130 terms leave less than 1e-30. */
    unsigned steps = (unsigned)(rate * t / 30.0) + 1;
    double mean = rate * t / steps;
    for (unsigned i = 0; i < steps; i++) {
        double weight = exp(-mean);
        memcpy(now, p, size);
        memset(sum, 0, size);
        for (unsigned k = 0; k < 130; k++) {
            for (unsigned n = 0; n < chain->states; n++)
                sum[n] += weight * now[n];
            weight *= mean / (k + 1.0);
            step(chain, rate, now, next);
            memcpy(now, next, size);
        }
        memcpy(p, sum, size);
    }
    free(now);
    free(next);
    free(sum);
}

struct ust_law_moments ust_law_moments(const struct ust_law_chain *chain, const double *p)
{
    struct ust_law_moments m = {0};
    for (unsigned n = 0; n < chain->states; n++) {
        m.mean += n * p[n];
        m.waiting += waiting(chain, n) * p[n];
        m.lost += full(chain, n) ? p[n] : 0.0;
        m.wait_share += n >= chain->c && !full(chain, n) ? p[n] : 0.0;
    }
    m.wait_share /= 1.0 - m.lost;
    return m;
}

double ust_law_mean_over(const struct ust_law_chain *chain, double *p, double t)
{
    const int steps = 40;
    double sum = ust_law_moments(chain, p).mean;
    for (int i = 1; i <= steps; i++) {
        ust_law_run(chain, p, t / steps);
        sum += ust_law_moments(chain, p).mean * (i == steps ? 1.0 : i % 2 ? 4.0 : 2.0);
    }
    return sum / (3.0 * steps);
}

double ust_law_moved(double ttl, double stale_share, double stale_mean, double t)
{
    return (1.0 - stale_share) * fmin(1.0, t / ttl) +
           stale_share * (1.0 - exp(-t / stale_mean));
}
