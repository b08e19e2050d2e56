/* How often a scenario is repeated: so many times, or until an interval is narrow enough.
 *
 *     replications: 20
 *     replications: {min: 20, max: 400, until: {metric: readiness, half_width: 1}}
 *
 * The language only says what is wanted; who runs the scenario judges it, in the order of
 * replications' numbers (run.h: `enough`), because a model knows nothing of statistics.
 */
#ifndef UST_MODELS_WORLD_REPLICATIONS_H
#define UST_MODELS_WORLD_REPLICATIONS_H

#include "models/metric/metric.h"
#include "sim/spec/spec.h"

/* The first words of `until.metric`; a metric's number follows behind them. */
enum ust_until_of { UST_UNTIL_READINESS, UST_UNTIL_P_READY, UST_UNTIL_METRIC };

struct ust_until_spec {
    int of; /* enum ust_until_of, or UST_UNTIL_METRIC + enum ust_metric */
    const char *region, *service, *persona; /* NULL: all */
    const struct ust_node *half_width_node;
    double half_width; /* in the metric's unit, s for times; 0: relative */
    double relative;
    const struct ust_node *metric_node, *relative_node, *region_node, *service_node,
        *persona_node;
};

struct ust_replications_spec {
    int64_t min, max;
    struct ust_until_spec until;
    const struct ust_node *min_node, *max_node, *until_node; /* until: NULL where absent */
};

extern const struct ust_field ust_replications_fields[];
extern const char *const ust_until_names[]; /* "readiness", "p_ready", every metric */

/* "s", "1", ... of what is held narrow; readiness counts in points. */
const char *ust_until_unit(const struct ust_until_spec *until);

/* A value as the unit would be written in a scenario; messages go to spec->diag. flags: of
 * struct ust_field. */
void ust_until_quantity(struct ust_spec *spec, const struct ust_node *node, const char *key,
                        const char *unit, unsigned flags, double *out);

struct ust_scenario;

/* Scopes that the metric has not, names that the scenario has not. */
void ust_until_check_scope(struct ust_spec *spec, const struct ust_scenario *scenario,
                           const struct ust_until_spec *until);

/* What no row can know: which scope a metric has, and what half_width is in its unit. Sets
 * `min` where it was left to its default and would lie over `max`. */
void ust_replications_check(struct ust_spec *spec, struct ust_scenario *scenario);

#endif
