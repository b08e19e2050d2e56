#include "models/world/replications.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "models/world/scenario.h"
#include "sim/base/limits.h"

const char *const ust_until_names[] = {"readiness", "p_ready",
#define UST_METRIC(id, unit, better, summary, per, help) #id,
#include "models/metric/metrics.def"
#undef UST_METRIC
                                       NULL};

static const struct ust_field until_fields[] = {
    {.key = "metric",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_until_spec, of),
     .choices = ust_until_names,
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_until_spec, metric_node) + 1,
     .help = "What is to be known well: readiness (in points), p_ready, or a metric."},
    {.key = "half_width",
     .kind = UST_FIELD_PLACE,
     .offset = offsetof(struct ust_until_spec, half_width_node),
     .help = "Stop when half of the confidence interval's width is at most this, in the "
             "metric's unit: `5 ms` of a latency, `0.5 %` of a share, `1` of readiness."},
    {.key = "relative",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_until_spec, relative),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN | UST_FIELD_HIGH_OPEN,
     .given = offsetof(struct ust_until_spec, relative_node) + 1,
     .help = "Instead of `half_width`: the true mean lies within this share of the one that is "
             "found (Law and Kelton's g / (1 + g) is held against half of the width)."},
    {.key = "persona",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_until_spec, persona),
     .given = offsetof(struct ust_until_spec, persona_node) + 1,
     .help = "Of a metric of users: whose; all together where absent."},
    {.key = "region",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_until_spec, region),
     .given = offsetof(struct ust_until_spec, region_node) + 1,
     .help = "Of a metric of pools: where; each of them must be narrow where absent."},
    {.key = "service",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_until_spec, service),
     .given = offsetof(struct ust_until_spec, service_node) + 1,
     .help = "Of a metric of pools: of which service; each where absent."},
    {.key = NULL},
};

const struct ust_field ust_replications_fields[] = {
    {.key = "max",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_replications_spec, max),
     .low = 1,
     .high = UST_REPLICATIONS_MAX,
     .fallback = "10",
     .flags = UST_FIELD_SHORT,
     .given = offsetof(struct ust_replications_spec, max_node) + 1,
     .help = "How many; with `until` at most so many. `replications: 20` is short for "
             "`replications: {max: 20}`."},
    {.key = "min",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_replications_spec, min),
     .low = 2,
     .high = UST_REPLICATIONS_MAX,
     .fallback = "20",
     .flags = UST_FIELD_UNWRITTEN,
     .given = offsetof(struct ust_replications_spec, min_node) + 1,
     .help = "With `until`: the first look is after so many. Fewer than 20 stop too early by "
             "luck too often."},
    {.key = "until",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_replications_spec, until),
     .fields = until_fields,
     .given = offsetof(struct ust_replications_spec, until_node) + 1,
     .help = "Replicate until this is known well enough. Looks lie a tenth apart and depend on "
             "numbers alone, so threads and interruptions change nothing."},
    {.key = NULL},
};

const char *ust_until_unit(const struct ust_until_spec *until)
{
    if (until->of == UST_UNTIL_READINESS)
        return "points";
    if (until->of == UST_UNTIL_P_READY)
        return "1";
    return ust_metrics[until->of - UST_UNTIL_METRIC].unit;
}

/* ---- what no row can know ---- */

void ust_until_quantity(struct ust_spec *spec, const struct ust_node *node, const char *key,
                        const char *unit, unsigned flags, double *out)
{
    struct ust_field field = {.key = key, .low = 0, .high = HUGE_VAL, .flags = flags};
    ust_time time = 0;
    if (strcmp(unit, "s") == 0) {
        field.kind = UST_FIELD_DURATION;
        field.high = UST_DURATION_MAX_S;
        if (ust_spec_scalar(spec, node, &field, &time) == UST_OK)
            *out = ust_time_seconds(time);
        return;
    }
    field.kind = strcmp(unit, "1") == 0     ? UST_FIELD_RATIO
                 : strcmp(unit, "B") == 0   ? UST_FIELD_BYTES
                 : strcmp(unit, "USD") == 0 ? UST_FIELD_MONEY
                                            : UST_FIELD_NUMBER;
    (void)ust_spec_scalar(spec, node, &field, out);
}

/* A half-width as its metric's unit would be written. */
static void decode_half_width(struct ust_spec *spec, struct ust_until_spec *until)
{
    ust_until_quantity(spec, until->half_width_node, "half_width", ust_until_unit(until),
                       UST_FIELD_LOW_OPEN, &until->half_width);
}

static void check_goal(struct ust_spec *spec, const struct ust_replications_spec *it,
                       struct ust_until_spec *until)
{
    if (until->half_width_node != NULL && until->relative_node != NULL)
        (void)ust_diag_error(spec->diag, until->relative_node->key_place,
                             "'half_width' or 'relative', not both");
    else if (until->half_width_node == NULL && until->relative_node == NULL)
        (void)ust_diag_error(spec->diag, it->until_node->place,
                             "'until' needs a 'half_width' or a 'relative'");
    else if (until->half_width_node != NULL)
        decode_half_width(spec, until);
}

static void check_name(struct ust_spec *spec, const char *what, const char *name,
                       const struct ust_node *node, const char *const *known, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (name == NULL || known[i][0] == '\0' || strcmp(known[i], name) == 0)
            return;
    if (name != NULL)
        (void)ust_spec_unknown(spec, node->place, what, name, known, n);
}

static void refuse_scope(struct ust_spec *spec, const struct ust_node *node, int of,
                         const char *why)
{
    if (node != NULL)
        (void)ust_diag_error(spec->diag, node->key_place, "'%s' has no '%s': it is kept %s",
                             ust_until_names[of], node->key, why);
}

void ust_until_check_scope(struct ust_spec *spec, const struct ust_scenario *scenario,
                           const struct ust_until_spec *until)
{
    bool whole = until->of < UST_UNTIL_METRIC;
    enum ust_metric_scope scope =
        whole ? UST_PER_PERSONA : ust_metrics[until->of - UST_UNTIL_METRIC].scope;
    const char *why = whole                      ? "for the run as a whole"
                      : scope == UST_PER_PERSONA ? "by persona"
                                                 : "by region and service";
    if (whole || scope == UST_PER_POOL)
        refuse_scope(spec, until->persona_node, until->of, why);
    if (whole || scope == UST_PER_PERSONA) {
        refuse_scope(spec, until->region_node, until->of, why);
        refuse_scope(spec, until->service_node, until->of, why);
    }
    check_name(spec, "persona", until->persona, until->persona_node,
               (const char *const *)scenario->user_names, scenario->personas.n);
    check_name(spec, "region", until->region, until->region_node,
               (const char *const *)scenario->region_names, scenario->regions.n);
    check_name(spec, "service", until->service, until->service_node,
               (const char *const *)scenario->service_names, scenario->services.n);
}

void ust_replications_check(struct ust_spec *spec, struct ust_scenario *scenario)
{
    struct ust_replications_spec *it = &scenario->replications;
    if (it->min_node == NULL && it->min > it->max)
        it->min = it->max;
    if (it->until_node == NULL) {
        if (it->min_node != NULL)
            (void)ust_diag_error(spec->diag, it->min_node->key_place,
                                 "'min' says nothing without 'until'");
        return;
    }
    if (it->until_node->kind != UST_NODE_MAP)
        return;
    if (it->max_node == NULL)
        (void)ust_diag_error(spec->diag, it->until_node->key_place,
                             "'until' needs a 'max': it may never be reached");
    else if (it->min > it->max)
        (void)ust_diag_error(spec->diag, it->min_node->place,
                             "'min' is %" PRId64 ", over 'max', %" PRId64, it->min, it->max);
    const struct ust_until_spec *until = &it->until;
    const struct ust_node *metric = until->metric_node;
    if (metric == NULL || metric->kind != UST_NODE_SCALAR ||
        strcmp(metric->text, ust_until_names[until->of]) != 0)
        return; /* there is a message about it already */
    check_goal(spec, it, &it->until);
    ust_until_check_scope(spec, scenario, &it->until);
}
