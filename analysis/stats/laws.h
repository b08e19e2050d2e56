/* What theory says, in numbers: closed forms of queues, and the exact course of chains.
 *
 * Time is counted in mean services, rates are per mean service, unless said otherwise.
 */
#ifndef UST_ANALYSIS_STATS_LAWS_H
#define UST_ANALYSIS_STATS_LAWS_H

#include <stdint.h>

/* Erlang's B and C for c servers and a load of a (Erlang 1917; by the recursion over servers).
 */
double ust_law_erlang_b(unsigned c, double a);
double ust_law_erlang_c(unsigned c, double a);
/* M/M/c: mean wait C / (c - a); the time in system that a share `tail` of customers exceeds. */
double ust_law_wait(unsigned c, double a);
double ust_law_sojourn_quantile(unsigned c, double a, double share);
/* M/G/1: mean wait rho (1 + cv^2) / (2 (1 - rho)) (Pollaczek 1930, Khinchine 1932). */
double ust_law_pollaczek(double rho, double cv2);

/* A birth-death chain: arrivals at `rate`, c servers, patience of rate theta while waiting, at
 * most `places` that wait; states 0 .. states - 1. */
#define UST_LAW_STATES 1024
struct ust_law_chain {
    double rate, theta;
    unsigned c, places, states;
};
struct ust_law_moments {
    double mean, waiting; /* numbers in system and in queue */
    double wait_share;    /* of those who enter */
    double lost;          /* share of arrivals that is turned away */
};
/* p[states]: the steady state, by detailed balance. */
void ust_law_steady(const struct ust_law_chain *chain, double *p);
/* p becomes the distribution t later (uniformisation). */
void ust_law_run(const struct ust_law_chain *chain, double *p, double t);
struct ust_law_moments ust_law_moments(const struct ust_law_chain *chain, const double *p);
/* Runs for t and returns the mean number over that time (Simpson's rule on 40 steps). */
double ust_law_mean_over(const struct ust_law_chain *chain, double *p, double t);

/* Share of clients that a changed DNS answer has reached after t: caches of `ttl` in random
 * phase, and a share that keeps the answer for an exponential time beyond it. */
double ust_law_moved(double ttl, double stale_share, double stale_mean, double t);

#endif
