/* What a scenario asks of its own results, for CI: bounds on metrics.
 *
 *     checks:
 *       - {metric: latency_p99, persona: shopper, at_most: 800 ms}
 *       - {metric: readiness, at_least: 80, by: estimate}
 *
 * The language only says what is wanted; analysis holds the results against it, so a run is the
 * same whatever is asked of it, and may be held against other bounds later.
 */
#ifndef UST_MODELS_WORLD_CHECKS_H
#define UST_MODELS_WORLD_CHECKS_H

#include "sim/spec/spec.h"

enum ust_check_by { UST_CHECK_SAFE, UST_CHECK_ESTIMATE, UST_CHECK_LOWER, UST_CHECK_UPPER };

struct ust_check_spec {
    int of;                                 /* as ust_until_spec.of */
    const char *region, *service, *persona; /* NULL: all */
    int by;                                 /* enum ust_check_by */
    const struct ust_node *at_most_node, *at_least_node;
    double bound; /* in the metric's unit, s for times */
    bool least;   /* at least the bound; else at most */
    const struct ust_node *metric_node, *region_node, *service_node, *persona_node, *node;
};

extern const struct ust_field ust_check_fields[];
#define UST_CHECKS_MAX 1000 /* a list that people read */

struct ust_scenario;
/* What no row can know: bounds in the metric's unit, scopes, names. */
void ust_checks_check(struct ust_spec *spec, struct ust_scenario *scenario);

/* The `checks` of a stored scenario's tree, which need nothing else of it. */
enum ust_status ust_checks_read(struct ust_spec *spec, const struct ust_node *root,
                                struct ust_items *checks);

#endif
