/* What a scenario asks of its own run: checks, how often it is repeated, a design. Their values
 * have the unit of a metric that another row names, or are paths, so no table makes them up. */
#include <string.h>

#include "models/world/scenario.h"
#include "tests/swarm/swarm.h"

static uint32_t below(struct ust_rng *rng, uint32_t n)
{
    return (uint32_t)(ust_rng_unit(rng) * n);
}

/* ---- of metrics ---- */

static void add_bound(struct ust_rng *rng, const char *unit, struct ust_text *out)
{
    double value = 0.01 + 100 * ust_rng_unit(rng) * ust_rng_unit(rng);
    if (strcmp(unit, "s") == 0)
        ust_text_printf(out, "%.3g ms", 10 * value);
    else if (strcmp(unit, "1") == 0)
        ust_text_printf(out, "%.3g %%", value);
    else if (strcmp(unit, "B") == 0)
        ust_text_printf(out, "%.0f KiB", 100 * value);
    else if (strcmp(unit, "USD") == 0)
        ust_text_printf(out, "%.3g USD", value);
    else
        ust_text_printf(out, "%.3g", value);
}

/* "metric: cpu"; returns its unit. */
static const char *add_metric(struct ust_rng *rng, struct ust_text *out)
{
    uint32_t n = 0;
    while (ust_until_names[n] != NULL)
        n++;
    const struct ust_until_spec of = {.of = (int)below(rng, n)};
    ust_text_printf(out, "metric: %s", ust_until_names[of.of]);
    return ust_until_unit(&of);
}

/* Whose or where, which is wrong for every other metric. */
static void add_scope(struct ust_rng *rng, const struct swarm_names *names,
                      struct ust_text *out)
{
    uint32_t which = below(rng, 6);
    if (which == 0)
        ust_text_printf(out, ", persona: u%u", below(rng, names->users));
    if (which == 1 || which == 2)
        ust_text_printf(out, ", region: r%u", below(rng, names->regions));
    if (which == 2 || which == 3)
        ust_text_printf(out, ", service: s%u", below(rng, names->services));
}

static void add_checks(struct ust_rng *rng, const struct swarm_names *names,
                       struct ust_text *out)
{
    static const char *const by[] = {"", ", by: safe", ", by: estimate", ", by: lower",
                                     ", by: upper"};
    uint32_t n = 1 + below(rng, 3);
    ust_text_add(out, "[");
    for (uint32_t i = 0; i < n; i++) {
        ust_text_add(out, i > 0 ? ", {" : "{");
        const char *unit = add_metric(rng, out);
        ust_text_add(out, below(rng, 2) == 0 ? ", at_most: " : ", at_least: ");
        add_bound(rng, unit, out);
        add_scope(rng, names, out);
        ust_text_printf(out, "%s}", by[below(rng, 5)]);
    }
    ust_text_add(out, "]");
}

static void add_replications(struct ust_rng *rng, const struct swarm_names *names,
                             struct ust_text *out)
{
    uint32_t max = 2 + below(rng, 3);
    ust_text_printf(out, "{max: %u", max);
    if (below(rng, 4) == 0) {
        ust_text_add(out, "}");
        return;
    }
    if (below(rng, 4) > 0)
        ust_text_printf(out, ", min: %u", 2 + below(rng, max - 1));
    ust_text_add(out, ", until: {");
    const char *unit = add_metric(rng, out);
    if (below(rng, 2) == 0) {
        ust_text_printf(out, ", relative: %u %%", 5 + below(rng, 90));
    } else {
        ust_text_add(out, ", half_width: ");
        add_bound(rng, unit, out);
    }
    add_scope(rng, names, out);
    ust_text_add(out, "}}");
}

/* ---- designs ---- */

static void add_ranges(struct ust_rng *rng, const struct swarm_names *names,
                       struct ust_text *out)
{
    ust_text_printf(out, "ranges: {services.s%u.pools.r%u.max: 12..20, warmup: 5..50 s}",
                    below(rng, names->services), below(rng, names->regions));
}

/* The maxima of the base are below 12. */
static void add_points(struct ust_rng *rng, const struct swarm_names *names,
                       struct ust_text *out)
{
    uint32_t service = below(rng, names->services), region = below(rng, names->regions);
    bool filters = below(rng, 2) == 0;
    if (filters || below(rng, 2) == 0)
        ust_text_printf(out, "matrix: {services.s%u.pools.r%u.max: [12, 13, 15]}, ", service,
                        region);
    if (filters)
        ust_text_printf(out,
                        "where: services.s%u.pools.r%u.max > 12, exclude: "
                        "[{services.s%u.pools.r%u.max: 15}], include: [{interval: 20 s}], ",
                        service, region, service, region);
    if (below(rng, 2) == 0) {
        ust_text_printf(out, "random: {method: %s, n: %u, ",
                        below(rng, 2) == 0 ? "sobol" : "latin_hypercube", 1 + below(rng, 3));
        add_ranges(rng, names, out);
        ust_text_add(out, "}, ");
    }
    ust_text_add(out, "zip: {interval: [10 s, 15 s], description: [one, two]}");
}

static void add_design(struct ust_rng *rng, const struct swarm_names *names,
                       struct ust_text *out)
{
    static const char *const methods[] = {"method: morris, n: 4, ", "method: sobol, n: 8, ",
                                          "method: effects, ", ""};
    ust_text_add(out, "{");
    if (below(rng, 3) == 0) {
        ust_text_printf(out, "sensitivity: {%s", methods[below(rng, 4)]);
        add_ranges(rng, names, out);
        ust_text_add(out, "}");
    } else {
        add_points(rng, names, out);
    }
    ust_text_add(out, "}");
}

bool swarm_ask(struct ust_rng *rng, const struct swarm_names *names,
               const struct ust_field *field, struct ust_text *out)
{
    if (field->fields == ust_check_fields)
        add_checks(rng, names, out);
    else if (field->fields == ust_replications_fields)
        add_replications(rng, names, out);
    else if (field->fields == ust_design_fields)
        add_design(rng, names, out);
    else
        return false;
    return true;
}
