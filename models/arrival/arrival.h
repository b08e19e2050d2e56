/* Arrivals: when users come. A kind turns its parameters into one of three plans, built once
 * before the run; one small generator then walks the plan, exact by construction.
 *
 *   rate      piecewise-linear intensity; next arrival by inversion of the cumulative rate
 *             (Cinlar 1975): one exponential draw each, no thinning, so draws stay in step
 *   counts    so many arrivals in each interval, at independent uniform instants in it
 *   instants  a recorded list, replayed
 *
 * Promise: instants never decrease, and each is rounded to a nanosecond once, from a real
 * offset within its segment or interval. A plan does not change while generators walk it.
 * Cost of a draw: a ziggurat exponential and, on a sloped segment, a square root and a
 * division; with counts, an exponential function. Memory: the plan; a generator has none of its
 * own.
 */
#ifndef UST_MODELS_ARRIVAL_H
#define UST_MODELS_ARRIVAL_H

#include "models/persona/persona.h"
#include "sim/base/detmath.h"
#include "sim/base/time.h"
#include "sim/rand/rng.h"
#include "sim/rand/variate.h"
#include "sim/spec/spec.h"

enum ust_arrival_plan_kind { UST_PLAN_RATE, UST_PLAN_COUNTS, UST_PLAN_INSTANTS };

/* A knot of the intensity: from `at` the rate runs straight from `rate` to `rate_end` at the
 * next knot's `at`. Jumps are allowed between knots, and knots at one instant. Times count from
 * the beginning of the run (warm-up included). */
struct ust_rate_knot {
    ust_time at;
    double rate, rate_end; /* arrivals per second */
};

/* The rate of each interval has a factor of its own. Intervals end at knots. */
struct ust_arrival_factors {
    ust_time interval, phase; /* phase: that the first one had run for when the run began */
    struct ust_dist law;      /* of mean 1 */
};

struct ust_arrival_plan {
    enum ust_arrival_plan_kind kind;
    const struct ust_rate_knot *knots; /* RATE: knots_n, the last one closes the plan */
    uint32_t knots_n;
    /* RATE with a geography in local time: at knot i, place p has share place_share[i *
     * places_n + p] of the rate; in between, the rates of places run straight too. So at a
     * share u of the way from knot i to knot i + 1 the shares are those of knot i with weight
     * rate[i] (1 - u) and those of knot i + 1 with weight rate_end[i] u. Where they jump, two
     * knots stand at one instant. NULL: shares are constant, as in the geography. */
    const double *place_share;
    uint32_t places_n;
    const struct ust_arrival_factors *factors; /* RATE: NULL: none */
    const uint64_t *counts;                    /* COUNTS: per interval from the beginning */
    ust_time interval;
    const ust_time *instants; /* INSTANTS: ascending, from 0 */
    uint64_t n;               /* of counts or instants */
    ust_time period; /* the plan starts over after so long, not before its last knot, interval
                        or instant; 0: it ends */
    double mean_30d; /* expected arrivals in 30 days as the plan would go on, for budgets */
};

/* What a kind may look at. */
struct ust_arrival_context {
    struct ust_spec *spec; /* arena and diag; trace files are read here */
    const struct ust_user_persona *persona;
    int64_t start_unix_ns; /* of the beginning, warm-up included */
    int offset_minutes;    /* of the scenario's `start` */
    ust_time warmup, end;  /* length of warm-up; of the whole run */
    bool sessions;         /* of them, and not of single requests, are the arrivals */
};

struct ust_arrival_type {
    struct ust_kind kind;
    enum ust_status (*plan)(const void *params, const struct ust_arrival_context *context,
                            const struct ust_node *node, struct ust_arrival_plan *out);
};

/* Kinds: poisson, diurnal, piecewise, trace, replay. ust_arrival_registry.kinds[i] points at
 * the `kind` of a ust_arrival_type. */
extern const struct ust_registry ust_arrival_registry;

/* Multiplies a plan; a message at `node` where it cannot be. The n-th user of a rate stays the
 * same one. */
enum ust_status ust_arrival_scale(struct ust_arrival_plan *plan, double factor,
                                  struct ust_spec *spec, const struct ust_node *node);

/* The generator: one per traffic stream and replication.
 *
 * On a segment it keeps the mass (expected arrivals) that has gone by since the knot; the next
 * arrival is where the mass has grown by one exponential draw. What is left of the draw at the
 * segment's end goes on into the next, which is exact because the exponential has no memory. */
struct ust_arrivals {
    const struct ust_arrival_plan *plan;
    uint64_t index; /* of the segment, interval or instant that the last arrival belongs to */
    ust_time from;  /* where that segment or interval begins */
    ust_time cycle; /* where the plan last started over */
    double length;  /* of the segment or interval, ns */
    double mass, mass_end; /* RATE: gone by; of the whole segment */
    double scale;          /* RATE: ns per unit of mass on a level segment; 0: no such */
    double rate, slope;    /* RATE: at the knot, per ns; its change, per ns^2 */
    double cycle_mass;     /* RATE: of the whole plan, where it starts over */
    double left;           /* COUNTS: from the last arrival to the interval's end, ns */
    uint64_t count;        /* COUNTS: arrivals still to come in this interval */
    /* RATE with factors: their stream, and the one that holds */
    struct ust_rng *varies;
    ust_time varied; /* the interval that it is of, from 1 */
    double factor;
};

/* `varies`: the stream of the plan's factors, which outlives the generator; may be NULL where
 * it has none. */
void ust_arrivals_start(struct ust_arrivals *arrivals, const struct ust_arrival_plan *plan,
                        struct ust_rng *varies);

/* What ust_arrivals_next does off its fast path. */
ust_time ust_arrivals_cross(struct ust_arrivals *arrivals);
ust_time ust_arrivals_listed(struct ust_arrivals *arrivals, struct ust_rng *rng);

/* From the knot to where the mass has grown to `mass`; the form without cancellation, for
 * slopes of both signs and down to a rate of nothing. */
static inline double ust_arrivals_invert(const struct ust_arrivals *arrivals, double mass)
{
    double square = arrivals->rate * arrivals->rate + 2.0 * arrivals->slope * mass;
    double twice_mean_rate = arrivals->rate + ust_sqrt(square > 0.0 ? square : 0.0);
    double offset = twice_mean_rate > 0.0 ? 2.0 * mass / twice_mean_rate : 0.0;
    return offset < arrivals->length ? offset : arrivals->length;
}

/* Where the rate is not level. */
static inline ust_time ust_arrivals_sloped(struct ust_arrivals *arrivals, struct ust_rng *rng)
{
    if (__builtin_expect(arrivals->plan->kind != UST_PLAN_RATE, 0))
        return ust_arrivals_listed(arrivals, rng);
    double mass = arrivals->mass + ust_exponential(rng);
    arrivals->mass = mass;
    if (__builtin_expect(mass >= arrivals->mass_end, 0))
        return ust_arrivals_cross(arrivals);
    return arrivals->from + ust_time_round(ust_arrivals_invert(arrivals, mass));
}

/* The next arrival (never before the last one), or UST_NEVER when the plan has ended. */
__attribute__((always_inline)) static inline ust_time
ust_arrivals_next(struct ust_arrivals *arrivals, struct ust_rng *rng)
{
    double scale = arrivals->scale;
    if (!(scale > 0.0))
        return ust_arrivals_sloped(arrivals, rng);
    double mass = arrivals->mass + ust_exponential(rng);
    arrivals->mass = mass;
    if (__builtin_expect(mass >= arrivals->mass_end, 0))
        return ust_arrivals_cross(arrivals);
    return arrivals->from + ust_time_round(mass * scale);
}

#endif
