/* Envoy's priority levels: how much of the traffic each of them gets, and which are in panic.
 *
 *   health(P) = min(100, overprovisioning * 100 * healthy / hosts)      in whole per cents
 *   total = min(100, sum of health)
 *   load(P) = min(what is left of 100, health(P) * 100 / total)         in whole per cents
 *
 * What rounding leaves goes to the first level with any health. While total is below 100, a
 * level with a smaller share of healthy hosts than the panic threshold is in panic, and its
 * traffic goes to all of its hosts. With all levels in panic, load goes by numbers of hosts.
 * (Envoy's "Priority levels" and "Panic threshold", and where its page differs from its code,
 * the code: two rows of the latter's table contradict the algorithm of the former.)
 */
#ifndef UST_MODELS_ROUTE_LEVELS_H
#define UST_MODELS_ROUTE_LEVELS_H

#include <stdbool.h>
#include <stdint.h>

struct ust_priority_level {
    uint32_t hosts, healthy;
    /* filled in */
    uint32_t health, load; /* whole per cents; the loads add up to 100 */
    bool panic;
};

/* `overprovisioning` as a ratio, 1.4; `panic_threshold` as a ratio, 0: no panic. At least one
 * level. */
void ust_priority_load(struct ust_priority_level *level, uint32_t n, double overprovisioning,
                       double panic_threshold);

#endif
