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
};

struct ust_route_type {
    struct ust_kind kind;
    /* Region names among the parameters become numbers; called once, before the first answer,
     * with messages to spec->diag. */
    enum ust_status (*bind)(struct ust_spec *spec, void *params,
                            const char *const *region_names, uint32_t regions_n);
    /* Fills share[0..regions_n): not negative, adding up to 1 but for rounding. */
    void (*answer)(const void *params, const struct ust_route_view *view, double *share);
};

/* Kinds: failover_order {order}, nearest {regions}, weighted {weights: {region: share}}. */
extern const struct ust_registry ust_route_registry;

static inline const struct ust_route_type *ust_route_of(const struct ust_kind *kind)
{
    return (const struct ust_route_type *)kind;
}

/* The share of clients whose cached DNS answer is at most `age` old:
 *   moved(age) = (1 - stale_share) min(1, age / ttl) + stale_share (1 - exp(-age / stale_mean))
 * (Flavel, Mani, Maltz, LANMAN 2014, two-parameter fit). Never falls with age, reaches
 * exactly 1. ttl 0: no cache, always 1. */
struct ust_dns {
    ust_time ttl;
    double stale_share;
    ust_time stale_mean;
};
double ust_dns_moved(const struct ust_dns *dns, ust_time age);

#endif
