/* Routes: which region answers a user, given what is known of the regions' health.
 *
 * A kind answers with a share for every region; the client's draw then picks one, so one user
 * with one draw meets the same region in two runs that know the same. Health is a bit mask of
 * regions believed healthy. With none of its regions healthy a kind fails open: it answers as
 * if all were.
 */
#ifndef UST_MODELS_ROUTE_H
#define UST_MODELS_ROUTE_H

#include "sim/spec/spec.h"

struct ust_route_view {
    uint32_t regions_n;
    uint64_t healthy;                /* bit r: region r believed healthy */
    const double *rtt_ms;            /* [region], from this place */
    const char *const *region_names; /* for parameters that name regions */
    /* [region], for kinds that count: instances that are up, and how many of these are believed
     * healthy, of the service that has the smallest share there; no pool: 0 of 0 */
    const uint32_t *up, *well;
};

/* How users follow a new answer: the share of them that has it when it is `age` old,
 *   moved(age) = (1 - stale_share) min(1, t / ttl) + stale_share (1 - exp(-t / stale_mean))
 * with t = age - delay, 0 before that. Of DNS caches (Flavel, Mani, Maltz, LANMAN 2014,
 * two-parameter fit) and, with other numbers, of routers and of edge sites. Never falls with
 * age, reaches exactly 1. ttl 0: nobody keeps the old answer longer than `delay`. */
struct ust_dns {
    ust_time ttl;
    double stale_share;
    ust_time stale_mean;
    ust_time delay; /* until the new answer is given at all */
};
double ust_dns_moved(const struct ust_dns *dns, ust_time age);

/* The integral of `moved` over ages from 0 to `age`, in nanoseconds. */
double ust_dns_moved_area(const struct ust_dns *dns, ust_time age);

/* From this age on everybody has moved: after so many mean lives of the slow tail the share
 * that is left, exp(-64), is below the grain of a draw. */
ust_time ust_dns_horizon(const struct ust_dns *dns);

struct ust_route_type {
    struct ust_kind kind;
    /* Region names among the parameters become numbers; called once, before the first answer,
     * with messages to spec->diag. */
    enum ust_status (*bind)(struct ust_spec *spec, void *params,
                            const char *const *region_names, uint32_t regions_n);
    /* Fills share[0..regions_n): not negative, adding up to 1 but for rounding. */
    void (*answer)(const void *params, const struct ust_route_view *view, double *share);
    /* How users follow, once a region is lost or found again. NULL: they resolve a name, as the
     * scenario's `dns` says. */
    const struct ust_dns *(*follow)(const void *params, bool lost);
    /* Does it look at `up` and `well`, so that it has to be asked when these change? */
    bool counts;
    /* Of a kind that counts: regions whose balancers are to send to all instances, healthy or
     * not. NULL: the balancers decide by themselves. */
    uint64_t (*panic)(const void *params, const struct ust_route_view *view);
    /* Is every connection of a user routed by itself? NULL: a user stays where he is. */
    bool (*by_connection)(const void *params);
};

/* Kinds: failover_order {order}, nearest {regions}, weighted {weights: {region: share}},
 * anycast, global_accelerator, priority. */
extern const struct ust_registry ust_route_registry;

static inline const struct ust_route_type *ust_route_of(const struct ust_kind *kind)
{
    return (const struct ust_route_type *)kind;
}

#endif
