/* Random values out of field tables. */
#include <math.h>
#include <string.h>

#include "tests/swarm/swarm.h"

#define DEPTH_MAX 5

static double unit(struct ust_rng *rng)
{
    return ust_rng_unit(rng);
}

static uint32_t below(struct ust_rng *rng, uint32_t n)
{
    return (uint32_t)(unit(rng) * n);
}

/* Most limits are far beyond what a short run is about: values lie between `low` and `high` of
 * the row, but mostly within `from` .. `to`; each decade is as likely as the next. */
static double spread(struct ust_rng *rng, const struct ust_field *field, double from, double to)
{
    bool bound = field->low < field->high || field->low > 0;
    double low = bound && field->low > from ? field->low : from;
    double high = bound && field->high > field->low && field->high < to ? field->high : to;
    if (high < low)
        high = low;
    if (unit(rng) < 0.05) /* the very end of what is allowed */
        return (field->flags & UST_FIELD_LOW_OPEN) || !bound ? low : fmax(field->low, 0);
    double value = low * pow(high / low, unit(rng));
    return value;
}

static bool add_name(struct ust_rng *rng, const struct swarm_names *names, const char *key,
                     struct ust_text *out)
{
    if (strcmp(key, "region") == 0 || strcmp(key, "other") == 0 ||
        strcmp(key, "regions") == 0 || strcmp(key, "order") == 0 || strcmp(key, "from") == 0 ||
        strcmp(key, "standby") == 0)
        ust_text_printf(out, "r%u", below(rng, names->regions));
    else if (strcmp(key, "service") == 0 || strcmp(key, "services") == 0)
        ust_text_printf(out, "s%u", below(rng, names->services));
    else if (strcmp(key, "persona") == 0)
        ust_text_printf(out, "u%u", below(rng, names->users));
    else if (strcmp(key, "zone") == 0 || strcmp(key, "zones") == 0)
        ust_text_printf(out, "%u", 1 + below(rng, names->zones));
    else
        return false;
    return true;
}

/* Seconds. What is done every nanosecond is allowed, and never ends. */
static double duration(struct ust_rng *rng, const struct ust_field *field)
{
    double value = spread(rng, field, 0.01, 200);
    bool nothing = field->low <= 0 && !(field->flags & UST_FIELD_LOW_OPEN);
    return value < 1e-3 && !(nothing && value <= 0) ? 1e-3 : value;
}

static void add_quantity(struct ust_rng *rng, enum ust_field_kind kind,
                         const struct ust_field *field, struct ust_text *out)
{
    switch (kind) {
    case UST_FIELD_DURATION:
        ust_text_printf(out, "%.3g s", duration(rng, field));
        break;
    case UST_FIELD_BYTES:
        ust_text_printf(out, "%.0f B", spread(rng, field, 100, 1e7));
        break;
    case UST_FIELD_BANDWIDTH:
        ust_text_printf(out, "%.0f bit/s", spread(rng, field, 1e5, 1e10));
        break;
    case UST_FIELD_RATE:
        ust_text_printf(out, "%.4g /s", spread(rng, field, 0.01, 100));
        break;
    case UST_FIELD_IOPS:
        ust_text_printf(out, "%.0f IOPS", spread(rng, field, 10, 1e5));
        break;
    case UST_FIELD_MONEY:
        ust_text_printf(out, "%.4g USD", spread(rng, field, 0.001, 100));
        break;
    case UST_FIELD_PRICE:
        ust_text_printf(out, "%.4g USD/h", spread(rng, field, 0.001, 100));
        break;
    case UST_FIELD_DISTANCE:
        ust_text_printf(out, "%.0f km", spread(rng, field, 1, 20000));
        break;
    case UST_FIELD_RATIO:
        ust_text_printf(out, "%.4g %%", 100 * spread(rng, field, 0.005, 1));
        break;
    case UST_FIELD_LEVEL:
        if (unit(rng) < 0.5)
            ust_text_printf(out, "%.4g %%", 5 + 90 * unit(rng));
        else
            ust_text_printf(out, "%.4g", 1 + 20 * unit(rng));
        break;
    default:
        ust_text_printf(out, "%.4g", spread(rng, field, 0.1, 20));
    }
}

static void add_distribution(struct ust_rng *rng, const struct ust_field *field,
                             struct ust_text *out)
{
    static const char *const shapes[] = {"exponential(mean ", "lognormal(cv 1.3, mean ",
                                         "deterministic(value ", "gamma(cv 0.6, mean ", ""};
    const char *shape = shapes[below(rng, 5)];
    ust_text_add(out, shape);
    add_quantity(rng, field->unit, field, out);
    if (*shape != '\0')
        ust_text_add(out, ")");
}

static bool add_list(struct ust_rng *rng, const struct swarm_names *names,
                     const struct ust_field *field, unsigned depth, struct ust_text *out)
{
    struct ust_field element = *field;
    element.kind = field->unit;
    element.low = element.high = 0;
    element.flags = UST_FIELD_REQUIRED;
    uint32_t n = 1 + (field->high > 1 || field->high <= field->low ? below(rng, 3) : 0);
    if (field->low > n)
        n = (uint32_t)field->low;
    ust_text_add(out, "[");
    for (uint32_t i = 0; i < n; i++) {
        ust_text_add(out, i > 0 ? ", " : "");
        bool made = field->fields != NULL
                        ? swarm_mapping(rng, names, field->fields, NULL, depth + 1, out)
                        : swarm_value(rng, names, &element, depth + 1, out);
        if (!made)
            return false;
    }
    ust_text_add(out, "]");
    return true;
}

/* Keys are regions where the row is about them, else names of its own. */
static bool add_map(struct ust_rng *rng, const struct swarm_names *names,
                    const struct ust_field *field, unsigned depth, struct ust_text *out)
{
    bool regions = strcmp(field->key, "regions") == 0 || strcmp(field->key, "capacity") == 0;
    uint32_t n = regions ? 1 + below(rng, names->regions) : 1;
    ust_text_add(out, "{");
    for (uint32_t i = 0; i < n; i++) {
        ust_text_printf(out, "%s%s%u: ", i > 0 ? ", " : "", regions ? "r" : "x", i);
        if (!swarm_mapping(rng, names, field->fields, NULL, depth + 1, out))
            return false;
    }
    ust_text_add(out, "}");
    return true;
}

static bool add_variant(struct ust_rng *rng, const struct swarm_names *names,
                        const struct ust_registry *registry, unsigned depth,
                        struct ust_text *out)
{
    uint32_t n = 0;
    while (registry->kinds[n] != NULL)
        n++;
    const struct ust_kind *kind = registry->kinds[below(rng, n)];
    return swarm_mapping(rng, names, kind->fields, kind->name, depth + 1, out);
}

bool swarm_value(struct ust_rng *rng, const struct swarm_names *names,
                 const struct ust_field *field, unsigned depth, struct ust_text *out)
{
    if (field->word != NULL && unit(rng) < 0.15) {
        ust_text_add(out, field->word);
        return true;
    }
    switch (field->kind) {
    case UST_FIELD_BOOL:
        ust_text_add(out, unit(rng) < 0.5 ? "true" : "false");
        return true;
    case UST_FIELD_INT:
        ust_text_printf(out, "%.0f", ceil(spread(rng, field, 1, 30)));
        return true;
    case UST_FIELD_CLOCK:
        ust_text_printf(out, "\"%02u:%02u\"", below(rng, 24), below(rng, 60));
        return true;
    case UST_FIELD_CHOICE: {
        uint32_t n = 0;
        while (field->choices[n] != NULL)
            n++;
        ust_text_add(out, field->choices[below(rng, n)]);
        return true;
    }
    case UST_FIELD_DIST:
        add_distribution(rng, field, out);
        return true;
    case UST_FIELD_NAME:
        return add_name(rng, names, field->key, out);
    case UST_FIELD_GROUP:
        return swarm_mapping(rng, names, field->fields, NULL, depth + 1, out);
    case UST_FIELD_MAP:
        return add_map(rng, names, field, depth, out);
    case UST_FIELD_LIST:
        return add_list(rng, names, field, depth, out);
    case UST_FIELD_VARIANT:
        return add_variant(rng, names, field->registry, depth, out);
    case UST_FIELD_INSTANT:
    case UST_FIELD_TEXT:
    case UST_FIELD_FILE:
    case UST_FIELD_PLACE:
    case UST_FIELD_SHARES:
    case UST_FIELD_KINDS:
        return false;
    default:
        add_quantity(rng, field->kind, field, out);
        return true;
    }
}

bool swarm_mapping(struct ust_rng *rng, const struct swarm_names *names,
                   const struct ust_field *fields, const char *kind, unsigned depth,
                   struct ust_text *out)
{
    if (depth > DEPTH_MAX)
        return false;
    const char *comma = "";
    ust_text_add(out, "{");
    if (kind != NULL) {
        ust_text_printf(out, "kind: %s", kind);
        comma = ", ";
    }
    for (const struct ust_field *field = fields; field != NULL && field->key != NULL; field++) {
        bool required = field->flags & UST_FIELD_REQUIRED;
        if (!required && unit(rng) > 0.35)
            continue;
        struct ust_text value = {0};
        bool made = swarm_value(rng, names, field, depth, &value);
        if (made)
            ust_text_printf(out, "%s%s: %s", comma, field->key, ust_text_string(&value));
        ust_text_free(&value);
        if (made)
            comma = ", ";
        else if (required)
            return false;
    }
    ust_text_add(out, "}");
    return true;
}
