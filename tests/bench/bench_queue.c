/* The hold model (pop the earliest, push it again later) on the engine's heap, as the engine runs
 * it, at several numbers of pending events; nanoseconds a hold, median of several runs. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sim/core/engine.h"
#include "sim/rand/rng.h"

struct hold {
    struct ust_engine engine;
    struct ust_rng rng;
    uint32_t handler;
    uint64_t left;
};

static ust_time gap(struct hold *hold)
{
    return (ust_time)(ust_rng_u64(&hold->rng) >> 34); /* uniform, mean about half a second */
}

static void again(void *context, uint64_t argument)
{
    struct hold *hold = context;
    if (--hold->left == 0)
        ust_engine_stop(&hold->engine);
    ust_schedule(&hold->engine, ust_now(&hold->engine) + gap(hold), UST_LANE_SERVICE,
                 hold->handler, argument);
}

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double hold_ns(uint32_t pending, uint64_t holds)
{
    struct hold hold = {.rng = {12345, 67891}};
    ust_engine_init(&hold.engine);
    hold.handler = ust_engine_handler(&hold.engine, again, &hold);
    for (uint32_t i = 0; i < pending; i++)
        ust_schedule(&hold.engine, gap(&hold), UST_LANE_SERVICE, hold.handler, i);
    hold.left = pending; /* once round, so that the keys are mixed */
    ust_engine_run(&hold.engine);
    double run[5];
    for (int i = 0; i < 5; i++) {
        hold.left = holds;
        double start = seconds();
        ust_engine_run(&hold.engine);
        run[i] = (seconds() - start) / (double)holds * 1e9;
    }
    ust_engine_free(&hold.engine);
    qsort(run, 5, sizeof run[0], by_value);
    return run[2];
}

int main(void)
{
    printf("hold model, heap of the engine\n");
    for (uint32_t pending = 10; pending <= 1000000; pending *= 10)
        printf("  %8u pending  %6.1f ns a hold\n", pending, hold_ns(pending, 3000000));
    return 0;
}
