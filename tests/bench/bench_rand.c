/* Nanoseconds per draw: the median of several runs, each over the same stream. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/base/detmath.h"
#include "sim/rand/dist.h"
#include "sim/rand/variate.h"

#define DRAWS 4000000
#define RUNS  9

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The sum is printed, so that no draw can be optimised away. */
#define BENCH(label, setup, draw)                                                              \
    do {                                                                                       \
        double ns[RUNS], total = 0;                                                            \
        for (int run = 0; run < RUNS; run++) {                                                 \
            struct ust_rng rng = ust_rng_derive(1, (uint32_t)run, label);                      \
            setup;                                                                             \
            double start = now_s();                                                            \
            for (int i = 0; i < DRAWS; i++)                                                    \
                total += (draw);                                                               \
            ns[run] = (now_s() - start) * 1e9 / DRAWS;                                         \
        }                                                                                      \
        qsort(ns, RUNS, sizeof ns[0], compare);                                                \
        printf("%-34s %7.2f ns   (mean %.6g)\n", label, ns[RUNS / 2],                          \
               total / ((double)RUNS * DRAWS));                                                \
    } while (0)

static void bench_kind(const char *name, double a, double b)
{
    const struct ust_dist_type *type = ust_dist_find(name);
    if (type == NULL)
        return;
    struct ust_dist dist = {.type = type};
    for (int i = 0; i < UST_DIST_ARGS_MAX; i++)
        dist.arg[i] = type->args[i].fallback;
    dist.arg[0] = a;
    if (type->args[1].name)
        dist.arg[1] = b;
    if (type->prepare(&dist))
        return;
    BENCH(type->name, (void)0, ust_dist_sample(&dist, &rng));
}

int main(void)
{
    BENCH("64 bits", (void)0, (double)(ust_rng_u64(&rng) >> 63));
    BENCH("unit", (void)0, ust_rng_unit(&rng));
    BENCH("exponential, inline", (void)0, ust_exponential(&rng));
    BENCH("normal, inline", (void)0, ust_normal(&rng));
    BENCH("exp, inline (unit - 0.5) * 20", (void)0, ust_exp((ust_rng_unit(&rng) - 0.5) * 20));
    BENCH("log, inline, unit * 50", (void)0, ust_log(ust_rng_open(&rng) * 50));
    BENCH("lognormal, inline", (void)0, ust_exp(1.5 * ust_normal(&rng)));
    puts("through struct ust_dist:");
    bench_kind("deterministic", 1, 0);
    bench_kind("uniform", 1, 2);
    bench_kind("exponential", 1, 0);
    bench_kind("lognormal", 1, 1.5);
    bench_kind("gamma", 1, 0.7);
    bench_kind("gamma", 1, 1.5);
    bench_kind("erlang", 1, 3);
    bench_kind("weibull", 1, 1.7);
    bench_kind("pareto", 1, 2.5);
    bench_kind("hyperexponential", 1, 2);
    bench_kind("geometric", 14, 0);
    return 0;
}
