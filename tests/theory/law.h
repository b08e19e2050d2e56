/* Closed forms, each from one line of theory, and the exact course of birth-death chains. */
#ifndef UST_TESTS_THEORY_LAW_H
#define UST_TESTS_THEORY_LAW_H

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Erlang B by its recursion over servers; Erlang C from it. `a` is the offered load. */
static inline double law_erlang_b(unsigned c, double a)
{
    double b = 1;
    for (unsigned k = 1; k <= c; k++)
        b = a * b / (k + a * b);
    return b;
}

static inline double law_erlang_c(unsigned c, double a)
{
    double b = law_erlang_b(c, a);
    return b / (1 - a / c * (1 - b));
}

/* M/M/c with service rate 1: mean wait, and the time in system that a share `tail` exceeds. */
static inline double law_wait(unsigned c, double a)
{
    return law_erlang_c(c, a) / (c - a);
}

/* P(T > t) = e^-t + C (e^-t - e^-(c-a)t) / (c - a - 1), with its limit where c - a = 1. */
static inline double law_sojourn_tail(unsigned c, double a, double t)
{
    double wait = law_erlang_c(c, a), gap = c - a - 1;
    if (fabs(gap) < 1e-9)
        return exp(-t) * (1 + wait * t);
    return exp(-t) + wait * (exp(-t) - exp(-(c - a) * t)) / gap;
}

static inline double law_sojourn_quantile(unsigned c, double a, double q)
{
    double low = 0, high = 1;
    while (law_sojourn_tail(c, a, high) > 1 - q)
        high *= 2;
    for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2;
        if (law_sojourn_tail(c, a, middle) > 1 - q)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Pollaczek and Khinchine: mean wait of M/G/1 with mean service 1 and squared variation cv2. */
static inline double law_pk(double rho, double cv2)
{
    return rho * (1 + cv2) / (2 * (1 - rho));
}

/* The limit of the supermarket model with mean service 1: sum of rho^((d^i - d)/(d - 1)). */
static inline double law_choices(double rho, double d)
{
    double sum = 0;
    for (int i = 1; i < 60; i++) {
        double exponent = d == 1 ? i - 1 : (pow(d, i) - d) / (d - 1);
        double term = pow(rho, exponent);
        sum += term;
        if (term < 1e-15)
            break;
    }
    return d == 1 ? 1 / (1 - rho) : sum;
}

/* ---- birth-death chains ---- */

#define LAW_STATES 1024

/* Arrivals `lambda`, `c` servers of rate 1, patience of rate theta while waiting, and at most
 * `places` that wait: who comes when so many wait is lost. */
struct law_chain {
    double lambda, theta;
    unsigned c, places, states; /* states 0 .. states-1 */
};

static inline unsigned law_waiting(const struct law_chain *chain, unsigned n)
{
    return n > chain->c ? n - chain->c : 0;
}

static inline double law_up(const struct law_chain *chain, unsigned n)
{
    bool full = n >= chain->c && law_waiting(chain, n) >= chain->places;
    return full || n + 1 >= chain->states ? 0 : chain->lambda;
}

static inline double law_down(const struct law_chain *chain, unsigned n)
{
    unsigned busy = n < chain->c ? n : chain->c;
    return busy + chain->theta * law_waiting(chain, n);
}

static inline void law_normalise(double *p, unsigned n)
{
    double sum = 0;
    for (unsigned i = 0; i < n; i++)
        sum += p[i];
    for (unsigned i = 0; i < n; i++)
        p[i] /= sum;
}

/* Detailed balance, from the mode outward so that nothing overflows. */
static inline void law_steady(const struct law_chain *chain, double *p)
{
    unsigned mode = 0;
    while (mode + 1 < chain->states && law_up(chain, mode) > law_down(chain, mode + 1))
        mode++;
    memset(p, 0, chain->states * sizeof *p);
    p[mode] = 1;
    for (unsigned n = mode; n + 1 < chain->states; n++)
        p[n + 1] = p[n] * law_up(chain, n) / law_down(chain, n + 1);
    for (unsigned n = mode; n > 0; n--)
        p[n - 1] = p[n] * law_down(chain, n) / law_up(chain, n - 1);
    law_normalise(p, chain->states);
}

/* p becomes the distribution `t` later, by uniformisation in steps short enough that the
 * Poisson weights start above the smallest double. */
static inline void law_run(const struct law_chain *chain, double *p, double t)
{
    double rate = 0, now[LAW_STATES], next[LAW_STATES], sum[LAW_STATES];
    for (unsigned n = 0; n < chain->states; n++)
        rate = fmax(rate, law_up(chain, n) + law_down(chain, n));
    unsigned steps = (unsigned)(rate * t / 100) + 1;
    double mean = rate * t / steps;
    for (unsigned step = 0; step < steps; step++) {
        double weight = exp(-mean);
        memcpy(now, p, chain->states * sizeof *p);
        memset(sum, 0, sizeof sum);
        for (unsigned k = 0; k < 400; k++) {
            for (unsigned n = 0; n < chain->states; n++)
                sum[n] += weight * now[n];
            weight *= mean / (k + 1);
            for (unsigned n = 0; n < chain->states; n++) {
                double up = law_up(chain, n), down = law_down(chain, n);
                next[n] = now[n] * (1 - (up + down) / rate);
                if (n > 0)
                    next[n] += now[n - 1] * law_up(chain, n - 1) / rate;
                if (n + 1 < chain->states)
                    next[n] += now[n + 1] * law_down(chain, n + 1) / rate;
            }
            memcpy(now, next, chain->states * sizeof *p);
        }
        memcpy(p, sum, chain->states * sizeof *p);
    }
}

struct law_moments {
    double mean, sd, kurtosis; /* excess */
    double waiting;            /* mean number */
    double wait_share;         /* P(an arrival that enters waits) */
    double lost;               /* P(an arrival is turned away) */
};

static inline struct law_moments law_moments(const struct law_chain *chain, const double *p)
{
    struct law_moments m = {0};
    double second = 0, fourth = 0;
    for (unsigned n = 0; n < chain->states; n++) {
        m.mean += n * p[n];
        m.waiting += law_waiting(chain, n) * p[n];
        bool full = n >= chain->c && law_waiting(chain, n) >= chain->places;
        m.lost += full ? p[n] : 0;
        m.wait_share += n >= chain->c && !full ? p[n] : 0;
    }
    for (unsigned n = 0; n < chain->states; n++) {
        double d = n - m.mean;
        second += d * d * p[n];
        fourth += d * d * d * d * p[n];
    }
    m.wait_share /= 1 - m.lost;
    m.sd = sqrt(second);
    m.kurtosis = fourth / (second * second) - 3;
    return m;
}

#endif
