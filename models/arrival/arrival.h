/* Arrivals: when users come. A kind turns its parameters into one of three plans, built once
 * before the run; one small generator then walks the plan, exact by construction.
 *
 *   rate      piecewise-linear intensity; next arrival by inversion of the cumulative rate
 *             (Cinlar 1975): one exponential draw each, no thinning, so draws stay in step
 *   counts    so many arrivals in each interval, at independent uniform instants in it
 *   instants  a recorded list, replayed
 *
 * Cost of a draw: one ziggurat exponential and, on a sloped segment, one square root.
 */
#ifndef UST_MODELS_ARRIVAL_H
#define UST_MODELS_ARRIVAL_H

#include "models/persona/persona.h"
#include "sim/rand/rng.h"
#include "sim/spec/spec.h"

enum ust_arrival_plan_kind { UST_PLAN_RATE, UST_PLAN_COUNTS, UST_PLAN_INSTANTS };

/* A knot of the intensity: from `at` the rate runs straight to `rate_end` at the next knot's
 * `at`. Jumps are allowed between knots. Times count from the beginning of the run (warm-up
 * included). */
struct ust_rate_knot {
    ust_time at;
    double rate, rate_end; /* arrivals per second */
};

struct ust_arrival_plan {
    enum ust_arrival_plan_kind kind;
    const struct ust_rate_knot *knots; /* RATE: knots_n, the last one closes the plan */
    uint32_t knots_n;
    /* RATE with a geography in local time: at knot i, place p has share place_share[i *
     * places_n + p] of the rate; between knots the rates of places run straight too. NULL:
     * shares are constant, as in the geography. */
    const double *place_share;
    uint32_t places_n;
    const uint64_t *counts; /* COUNTS: per interval from the beginning */
    ust_time interval;
    const ust_time *instants; /* INSTANTS: ascending */
    uint64_t n;               /* of counts or instants */
    double mean_30d; /* expected arrivals in 30 days as the plan would go on, for budgets */
};

/* What a kind may look at. */
struct ust_arrival_context {
    struct ust_spec *spec; /* arena and diag; trace files are read here */
    const struct ust_user_persona *persona;
    int64_t start_unix_ns; /* of the beginning, warm-up included */
    int offset_minutes;    /* of the scenario's `start` */
    ust_time warmup, end;  /* length of warm-up; of the whole run */
};

struct ust_arrival_type {
    struct ust_kind kind;
    enum ust_status (*plan)(const void *params, const struct ust_arrival_context *context,
                            const struct ust_node *node, struct ust_arrival_plan *out);
};

/* ust_arrival_registry.kinds[i] points at the `kind` of a ust_arrival_type. */
extern const struct ust_registry ust_arrival_registry;

/* The generator: one per traffic stream and replication. */
struct ust_arrivals {
    const struct ust_arrival_plan *plan;
    uint64_t index;   /* of the segment, interval or instant */
    double offset_ns; /* RATE: of the last arrival, from the segment's knot */
    ust_time *sorted; /* COUNTS: instants of this interval, sorted; owned by the arena */
    uint64_t sorted_n, sorted_next;
};

void ust_arrivals_start(struct ust_arrivals *arrivals, const struct ust_arrival_plan *plan,
                        struct ust_arena *arena);

/* The next arrival (never before the last one), or UST_NEVER when the plan has ended. */
ust_time ust_arrivals_next(struct ust_arrivals *arrivals, struct ust_rng *rng);

#endif
