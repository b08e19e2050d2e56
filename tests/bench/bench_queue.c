/* What an event costs: our queue, its rivals, and the engine around it.
 *
 * The hold model: the earliest of n pending events happens and is scheduled again, some random
 * time later. Nanoseconds a hold, median of several runs, all structures with the same keys and
 * the same draws; the draw is part of every figure and shown by itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/core/engine.h"
#include "sim/rand/rng.h"
#include "sim/rand/variate.h"
#include "tests/bench/rivals.h"

#define RUNS 5

/* The thread's own time: what else the machine does disturbs it less. */
static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- increments ---- */

enum law { UNIFORM, EXPONENTIAL, BIMODAL };

static const char *const law_names[] = {
    "uniform increments",
    "exponential increments",
    "bimodal increments: 15 of 16 short, the others a thousand times as long",
};

static inline ust_time gap(struct ust_rng *rng, enum law law)
{
    if (law == EXPONENTIAL)
        return ust_time_round(ust_exponential(rng) * 5e8);
    uint64_t bits = ust_rng_u64(rng);
    if (law == UNIFORM)
        return (ust_time)(bits >> 34);
    return (ust_time)(bits >> ((bits & 15) != 0 ? 40 : 30));
}

/* ---- the queue and its rivals ---- */

enum structure { DRAW, OURS, OURS_TREE, OURS_WHEEL, HEAP4, HEAP2, PAIRING, STRUCTURES };

static const char *const structure_names[STRUCTURES] = {
    "draw", "queue", "all tree", "all wheel", "4-ary", "binary", "pairing",
};

struct rival {
    struct ust_rng rng;
    uint64_t birth;
    struct ust_queue ours;
    struct heap heap;
    struct pairing pairing;
};

static inline ust_event_key new_key(struct rival *rival, enum law law, ust_event_key old)
{
    uint64_t at = (uint64_t)(old >> 65) + (uint64_t)gap(&rival->rng, law);
    return (ust_event_key)at << 65 | (++rival->birth << UST_SLOT_BITS) |
           ((uint32_t)old & UST_SLOT_MASK);
}

static void add(struct rival *rival, enum structure structure, ust_event_key key)
{
    if (structure == HEAP4 || structure == HEAP2)
        heap_add(&rival->heap, key);
    else if (structure == PAIRING)
        pairing_add(&rival->pairing, key);
    else if (structure != DRAW)
        ust_queue_push(&rival->ours, key, 0);
}

/* Returns the last key, so that no compiler can leave the work out. */
static ust_event_key hold(struct rival *rival, enum structure structure, enum law law,
                          uint64_t n)
{
    ust_event_key least = 0;
    switch (structure) {
    case DRAW:
        while (n-- > 0)
            least = new_key(rival, law, least);
        break;
    case HEAP4:
        for (; n-- > 0; heap4_replace(&rival->heap, new_key(rival, law, least)))
            least = rival->heap.keys[0];
        break;
    case HEAP2:
        for (; n-- > 0; heap2_replace(&rival->heap, new_key(rival, law, least)))
            least = rival->heap.keys[0];
        break;
    case PAIRING:
        for (; n-- > 0; pairing_replace(&rival->pairing, new_key(rival, law, least)))
            least = rival->pairing.root->key;
        break;
    default:
        for (; n-- > 0; ours_replace(&rival->ours, least, new_key(rival, law, least)))
            least = ours_least(&rival->ours);
    }
    return least;
}

static double hold_ns(enum structure structure, enum law law, uint32_t pending, uint64_t holds)
{
    if (structure == PAIRING && pending > 100000)
        return 0; /* microseconds, and the whole bench would wait for them */
    struct rival *rival = calloc(1, sizeof *rival);
    rival->rng = (struct ust_rng){12345, 67891};
    uint32_t near_max = structure == OURS_TREE    ? UINT32_MAX
                        : structure == OURS_WHEEL ? 0
                                                  : UST_NEAR_MAX;
    ours_new(&rival->ours, pending, near_max);
    heap_new(&rival->heap, pending, structure == HEAP2 ? 2 : 4);
    pairing_new(&rival->pairing, pending);
    for (uint32_t slot = 0; slot < pending; slot++)
        add(rival, structure, new_key(rival, law, slot));
    /* Twice round, so that the keys lie as they will. */
    ust_event_key last = hold(rival, structure, law, 2 * (uint64_t)pending);
    double run[RUNS];
    for (int i = 0; i < RUNS; i++) {
        double start = seconds();
        last ^= hold(rival, structure, law, holds);
        run[i] = (seconds() - start) / (double)holds * 1e9;
    }
    ust_queue_free(&rival->ours);
    heap_free(&rival->heap);
    pairing_free(&rival->pairing);
    free(rival);
    qsort(run, RUNS, sizeof run[0], by_value);
    return last == 0 ? 0 : run[RUNS / 2];
}

/* ---- through the engine ---- */

struct user {
    struct ust_engine engine;
    struct ust_rng rng;
    enum law law;
    uint32_t handler, cancelling, lining, sourcing, line;
    uint32_t sources[64];
    uint64_t left;
};

static inline void count(struct user *user)
{
    if (--user->left == 0)
        ust_engine_stop(&user->engine);
}

static void again(void *context, uint64_t argument)
{
    struct user *user = context;
    count(user);
    ust_schedule(&user->engine, ust_now(&user->engine) + gap(&user->rng, user->law),
                 UST_LANE_SERVICE, user->handler, argument);
}

/* A timeout of half a minute that never happens, as one single event ... */
static void with_timeout(void *context, uint64_t argument)
{
    struct user *user = context;
    count(user);
    ust_time now = ust_now(&user->engine);
    ust_schedule(&user->engine, now + gap(&user->rng, user->law), UST_LANE_SERVICE,
                 user->cancelling, argument);
    ust_cancel(&user->engine, ust_schedule(&user->engine, now + 30 * UST_S, UST_LANE_CLIENT,
                                           user->handler, argument));
}

/* ... and as one of a line. */
static void with_line(void *context, uint64_t argument)
{
    struct user *user = context;
    count(user);
    ust_schedule(&user->engine, ust_now(&user->engine) + gap(&user->rng, user->law),
                 UST_LANE_SERVICE, user->lining, argument);
    ust_line_cancel(&user->engine, user->line,
                    ust_line_start(&user->engine, user->line, (uint32_t)argument));
}

static void source(void *context, uint64_t argument)
{
    struct user *user = context;
    count(user);
    ust_source_arm(&user->engine, user->sources[argument],
                   ust_now(&user->engine) + gap(&user->rng, user->law));
}

enum use { HOLD, TIMEOUT, LINE, SOURCE };

static double engine_ns(enum use use, enum law law, uint32_t pending, uint64_t holds)
{
    struct user *user = calloc(1, sizeof *user);
    struct ust_engine *engine = &user->engine;
    user->rng = (struct ust_rng){12345, 67891};
    user->law = law;
    ust_engine_init(engine);
    user->handler = ust_engine_handler(engine, again, user);
    user->cancelling = ust_engine_handler(engine, with_timeout, user);
    user->lining = ust_engine_handler(engine, with_line, user);
    user->sourcing = ust_engine_handler(engine, source, user);
    if (use == LINE)
        user->line = ust_line_new(engine, 30 * UST_S, UST_LANE_CLIENT, user->handler);
    for (uint32_t i = 0; i < pending; i++) {
        if (use == SOURCE) {
            user->sources[i] = ust_source_new(engine, UST_LANE_ARRIVAL, user->sourcing, i);
            ust_source_arm(engine, user->sources[i], gap(&user->rng, law));
        } else {
            const uint32_t handlers[] = {user->handler, user->cancelling, user->lining};
            ust_schedule(engine, gap(&user->rng, law), UST_LANE_SERVICE, handlers[use], i);
        }
    }
    user->left = 2 * (uint64_t)pending + 1000;
    ust_engine_run(engine);
    double run[RUNS];
    for (int i = 0; i < RUNS; i++) {
        user->left = holds;
        double start = seconds();
        ust_engine_run(engine);
        run[i] = (seconds() - start) / (double)holds * 1e9;
    }
    ust_engine_free(engine);
    free(user);
    qsort(run, RUNS, sizeof run[0], by_value);
    return run[RUNS / 2];
}

static const uint32_t sizes[] = {1, 10, 64, 300, 1000, 2000, 10000, 100000, 1000000};

static void print_law(enum law law)
{
    printf("\n%s, ns a hold\n   pending   engine", law_names[law]);
    for (int s = 0; s < STRUCTURES; s++)
        printf(" %9s", structure_names[s]);
    printf("\n");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint64_t holds = sizes[i] > 100000 ? 400000 : 200000;
        printf("  %8u %8.1f", sizes[i], engine_ns(HOLD, law, sizes[i], holds));
        for (int s = 0; s < STRUCTURES; s++) {
            printf(" %9.1f", hold_ns((enum structure)s, law, sizes[i], holds));
            fflush(stdout);
        }
        printf("\n");
    }
}

int main(void)
{
    printf("the queue of events; median of %d runs\n"
           "  engine: the whole event, handler called; queue: without engine, as built;\n"
           "  all tree, all wheel: its parts alone; 4-ary, binary, pairing: other heaps (0: "
           "left out)\n",
           RUNS);
    for (enum law law = UNIFORM; law <= BIMODAL; law++)
        print_law(law);

    printf("\na timeout of 30 s started and cancelled by each event, ns an event\n"
           "   pending   without  single    line\n");
    for (uint32_t pending = 10; pending <= 100000; pending *= 100)
        printf("  %8u %8.1f %8.1f %8.1f\n", pending,
               engine_ns(HOLD, EXPONENTIAL, pending, 200000),
               engine_ns(TIMEOUT, EXPONENTIAL, pending, 200000),
               engine_ns(LINE, EXPONENTIAL, pending, 200000));

    printf("\nevents of sources, ns an event\n   sources\n");
    for (uint32_t pending = 1; pending <= 64; pending *= 4)
        printf("  %8u %8.1f\n", pending, engine_ns(SOURCE, EXPONENTIAL, pending, 200000));
    return 0;
}
