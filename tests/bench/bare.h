/* Bare yardsticks: the same models as the tightest loop that C allows, with no engine, the same
 * random bits and the same histogram. They say what the machine could do at best, so that the
 * simulator's speed can be given as a ratio. Each returns the mean time in system, so that
 * nothing is optimised away and the law can be checked. */
#ifndef UST_BENCH_BARE_H
#define UST_BENCH_BARE_H

#include <stdint.h>

/* M/M/1 and M/M/c, mean service 1 s, first come first served. */
double ust_bare_mm1(double rho, uint64_t customers);
double ust_bare_mmc(unsigned c, double rho, uint64_t customers);

/* The four-region model of tests/bench/four-regions.yaml without its fault. */
double ust_bare_regions(uint64_t customers);

#endif
