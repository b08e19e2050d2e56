#include "models/world/checks.h"

#include <string.h>

#include "models/world/scenario.h"

static const char *const by_names[] = {"safe", "estimate", "lower", "upper", NULL};

#define AT(member) offsetof(struct ust_check_spec, member)

const struct ust_field ust_check_fields[] = {
    {.key = "metric",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(of),
     .choices = ust_until_names,
     .flags = UST_FIELD_REQUIRED,
     .given = AT(metric_node) + 1,
     .help = "Of what: readiness (in points), p_ready, or a metric."},
    {.key = "at_most",
     .kind = UST_FIELD_PLACE,
     .offset = AT(at_most_node),
     .help = "The bound, in the metric's unit: `800 ms` of a latency, `2 %` of a share."},
    {.key = "at_least",
     .kind = UST_FIELD_PLACE,
     .offset = AT(at_least_node),
     .help = "The bound from below, instead of `at_most`."},
    {.key = "by",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(by),
     .choices = by_names,
     .fallback = "safe",
     .help =
         "What is held against the bound: the `estimate`, or the `lower` or `upper` end of its "
         "confidence interval. `safe` is the end that makes passing harder, so that chance "
         "alone seldom passes a check; the other end fails only what is surely broken."},
    {.key = "persona",
     .kind = UST_FIELD_NAME,
     .offset = AT(persona),
     .given = AT(persona_node) + 1,
     .help = "Of a metric of users: whose; all together where absent."},
    {.key = "region",
     .kind = UST_FIELD_NAME,
     .offset = AT(region),
     .given = AT(region_node) + 1,
     .help = "Of a metric of pools: where; each of them is checked where absent."},
    {.key = "service",
     .kind = UST_FIELD_NAME,
     .offset = AT(service),
     .given = AT(service_node) + 1,
     .help = "Of a metric of pools: of which service; each where absent."},
    {.key = NULL},
};

static bool metric_is_good(const struct ust_check_spec *check)
{
    const struct ust_node *metric = check->metric_node;
    return metric != NULL && metric->kind == UST_NODE_SCALAR &&
           strcmp(metric->text, ust_until_names[check->of]) == 0;
}

static void complete(struct ust_spec *spec, struct ust_check_spec *check)
{
    const struct ust_node *most = check->at_most_node, *least = check->at_least_node;
    if (!metric_is_good(check))
        return; /* there is a message about it already */
    if ((most == NULL) == (least == NULL)) {
        (void)ust_diag_error(spec->diag, check->metric_node->place, "a check of '%s' needs %s",
                             ust_until_names[check->of],
                             most == NULL ? "an 'at_most' or an 'at_least'"
                                          : "'at_most' or 'at_least', not both");
        return;
    }
    check->least = least != NULL;
    check->node = least != NULL ? least : most;
    const struct ust_until_spec of = {.of = check->of};
    ust_until_quantity(spec, check->node, check->least ? "at_least" : "at_most",
                       ust_until_unit(&of), 0, &check->bound);
}

void ust_checks_check(struct ust_spec *spec, struct ust_scenario *scenario)
{
    struct ust_check_spec *check = scenario->checks.at;
    for (uint32_t i = 0; i < scenario->checks.n; i++) {
        complete(spec, &check[i]);
        if (!metric_is_good(&check[i]))
            continue;
        const struct ust_until_spec scope = {.of = check[i].of,
                                             .region = check[i].region,
                                             .service = check[i].service,
                                             .persona = check[i].persona,
                                             .region_node = check[i].region_node,
                                             .service_node = check[i].service_node,
                                             .persona_node = check[i].persona_node};
        ust_until_check_scope(spec, scenario, &scope);
    }
}

struct checks {
    struct ust_items items;
};

enum ust_status ust_checks_read(struct ust_spec *spec, const struct ust_node *root,
                                struct ust_items *checks)
{
    static const struct ust_field fields[] = {{.key = "checks",
                                               .kind = UST_FIELD_LIST,
                                               .offset = offsetof(struct checks, items),
                                               .fields = ust_check_fields,
                                               .size = sizeof(struct ust_check_spec),
                                               .high = UST_CHECKS_MAX,
                                               .help = ""},
                                              {.key = NULL}};
    const struct ust_node *node = ust_node_get(root, "checks");
    *checks = (struct ust_items){0};
    if (node == NULL)
        return UST_OK;
    struct ust_node alone = *node, map = *root;
    alone.next = NULL;
    map.first = map.last = &alone;
    map.children = 1;
    struct checks read = {{0}};
    UST_TRY(ust_spec_decode(spec, &map, fields, &read));
    struct ust_check_spec *check = read.items.at;
    for (uint32_t i = 0; i < read.items.n; i++)
        complete(spec, &check[i]);
    *checks = read.items;
    return ust_diag_status(spec->diag);
}
