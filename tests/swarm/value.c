/* Random values out of field tables. */
#include <math.h>
#include <string.h>

#include "models/failover/step.h"
#include "models/persona/persona.h"
#include "tests/swarm/swarm.h"

#define DEPTH_MAX    6
#define TOGETHER_MAX 4 /* sets of rows that go together, in one mapping */

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
    if (low <= 0)
        return low + (high - low) * unit(rng);
    return low * pow(high / low, unit(rng));
}

/* ... of a row with a key of its own. */
static double spread_key(struct ust_rng *rng, const struct swarm_names *names,
                         const struct ust_field *field, double from, double to)
{
    swarm_range(names, field->key, &from, &to);
    return spread(rng, field, from, to);
}

/* Seconds. What is done every nanosecond is allowed, and never ends. */
static double duration(struct ust_rng *rng, const struct swarm_names *names,
                       const struct ust_field *field)
{
    double value = spread_key(rng, names, field, 0.01, 200);
    bool nothing = field->low <= 0 && !(field->flags & UST_FIELD_LOW_OPEN);
    return value < 1e-3 && !(nothing && value <= 0) ? 1e-3 : value;
}

static double quantity(struct ust_rng *rng, const struct swarm_names *names,
                       enum ust_field_kind kind, const struct ust_field *field)
{
    switch (kind) {
    case UST_FIELD_DURATION:
        return duration(rng, names, field);
    case UST_FIELD_BYTES:
        return floor(spread_key(rng, names, field, 100, 1e7));
    case UST_FIELD_BANDWIDTH:
        return floor(spread_key(rng, names, field, 1e5, 1e10));
    case UST_FIELD_RATE:
        return spread_key(rng, names, field, 0.01, 100);
    case UST_FIELD_IOPS:
        return floor(spread_key(rng, names, field, 10, 1e5));
    case UST_FIELD_MONEY:
    case UST_FIELD_PRICE:
        return spread_key(rng, names, field, 0.001, 100);
    case UST_FIELD_DISTANCE:
        return spread_key(rng, names, field, 1, 20000);
    case UST_FIELD_RATIO:
        return spread_key(rng, names, field, 0.005, 1);
    default:
        return spread_key(rng, names, field, 0.1, 20);
    }
}

static void write_quantity(enum ust_field_kind kind, double value, struct ust_text *out)
{
    switch (kind) {
    case UST_FIELD_DURATION:
        ust_text_printf(out, "%.3g s", value);
        break;
    case UST_FIELD_BYTES:
        ust_text_printf(out, "%.0f B", value);
        break;
    case UST_FIELD_BANDWIDTH:
        ust_text_printf(out, "%.0f bit/s", value);
        break;
    case UST_FIELD_RATE:
        ust_text_printf(out, "%.4g /s", value);
        break;
    case UST_FIELD_IOPS:
        ust_text_printf(out, "%.0f IOPS", value);
        break;
    case UST_FIELD_MONEY:
        ust_text_printf(out, "%.4g USD", value);
        break;
    case UST_FIELD_PRICE:
        ust_text_printf(out, "%.4g USD/h", value);
        break;
    case UST_FIELD_DISTANCE:
        ust_text_printf(out, "%.0f km", value);
        break;
    case UST_FIELD_RATIO:
        ust_text_printf(out, "%.4g %%", 100 * value);
        break;
    default:
        ust_text_printf(out, "%.4g", value);
    }
}

static void add_level(struct ust_rng *rng, struct ust_text *out)
{
    static const char *const units[] = {" %", "", " req/s"};
    double value = 1 + 90 * unit(rng);
    ust_text_printf(out, "%.4g%s", value, units[below(rng, 3)]);
}

/* By its arguments' own table: those that it needs, else the first pair that is enough. */
static void add_distribution(struct ust_rng *rng, const struct swarm_names *names,
                             const struct ust_field *field, struct ust_text *out)
{
    static const char *const shapes[] = {"cv 1.3", "shape 0.7", "alpha 2.5", "k 3", ""};
    uint32_t n = 0;
    while (ust_dist_types[n] != NULL)
        n++;
    const struct ust_dist_type *type = ust_dist_types[below(rng, n)];
    double value = quantity(rng, names, field->unit, field);
    if (type->from_file) {
        ust_text_printf(out, "%s(file ../files/values.csv)", type->name);
    } else if (strcmp(type->name, "uniform") == 0) {
        ust_text_add(out, "uniform(low ");
        write_quantity(field->unit, value / 2, out);
        ust_text_add(out, ", high ");
        write_quantity(field->unit, value, out);
        ust_text_add(out, ")");
    } else if (unit(rng) < 0.15) {
        write_quantity(field->unit, value, out); /* short for deterministic */
    } else {
        ust_text_printf(out, "%s(%s ", type->name, type->args[0].name);
        write_quantity(field->unit, value, out);
        for (uint32_t a = 1; a < UST_DIST_ARGS_MAX && type->args[a].name != NULL; a++)
            for (uint32_t s = 0; *shapes[s] != '\0'; s++)
                if (strncmp(shapes[s], type->args[a].name, strlen(type->args[a].name)) == 0 &&
                    shapes[s][strlen(type->args[a].name)] == ' ') {
                    ust_text_printf(out, ", %s)", shapes[s]);
                    return;
                }
        ust_text_add(out, ")");
    }
}

static bool add_element(struct ust_rng *rng, struct swarm_names *names,
                        const struct ust_field *list, unsigned depth, struct ust_text *out)
{
    struct ust_field element = *list;
    if (list->fields != NULL)
        return swarm_mapping(rng, names, list->fields, NULL, depth + 1, out);
    element.kind = list->unit;
    element.low = element.high = 0;
    element.flags = UST_FIELD_REQUIRED;
    return swarm_value(rng, names, &element, depth + 1, out);
}

static bool add_list(struct ust_rng *rng, struct swarm_names *names,
                     const struct ust_field *field, unsigned depth, struct ust_text *out)
{
    uint32_t n = 1;
    if ((field->high > 1 || field->high <= field->low) && unit(rng) < 0.5)
        n += below(rng, 3);
    if (field->low > n)
        n = (uint32_t)field->low;
    if (field->low <= 0 && unit(rng) < 0.05)
        n = 0;
    ust_text_add(out, "[");
    for (uint32_t i = 0; i < n; i++) {
        ust_text_add(out, i > 0 ? ", " : "");
        if (!add_element(rng, names, field, depth, out))
            return false;
    }
    ust_text_add(out, "]");
    return true;
}

/* The steps of a plan come in the order of their kinds, which is that of a failover. */
static bool add_steps(struct ust_rng *rng, struct swarm_names *names,
                      const struct ust_field *field, unsigned depth, struct ust_text *out)
{
    const struct ust_kind *const *kind = field->registry->kinds;
    names->steps_n = 0;
    ust_text_add(out, "[");
    for (; *kind != NULL; kind++) {
        bool shifts = strcmp((*kind)->name, "shift_traffic") == 0;
        if (!shifts && unit(rng) < 0.4)
            continue;
        ust_text_add(out, names->steps_n > 0 ? ", " : "");
        if (!swarm_mapping(rng, names, (*kind)->fields, (*kind)->name, depth + 1, out))
            return false;
        names->steps[names->steps_n++] = (*kind)->name;
    }
    ust_text_add(out, "]");
    return true;
}

static bool shares_out(const struct ust_field *field)
{
    if (strcmp(field->key, "actions") == 0)
        return true;
    for (const struct ust_field *fields = field->fields; fields != NULL && fields->key != NULL;
         fields++)
        if (strcmp(fields->key, "share") == 0 && (fields->flags & UST_FIELD_SHORT))
            return true;
    return false;
}

/* Elements that share something out: a quarter and three quarters of it, or all. */
static bool add_map(struct ust_rng *rng, struct swarm_names *names,
                    const struct ust_field *field, unsigned depth, struct ust_text *out)
{
    uint32_t n = swarm_keys(rng, names, field->key);
    ust_text_add(out, "{");
    for (uint32_t i = 0; i < n; i++) {
        ust_text_add(out, i > 0 ? ", " : "");
        swarm_key(rng, names, field->key, i, out);
        ust_text_add(out, ": ");
        names->share = !shares_out(field) ? 0 : n == 1 ? 1 : i == 0 ? 0.25 : 0.75;
        if (!swarm_mapping(rng, names, field->fields, NULL, depth + 1, out))
            return false;
    }
    ust_text_add(out, "}");
    return true;
}

static void add_shares(struct ust_rng *rng, const struct swarm_names *names,
                       const struct ust_field *field, struct ust_text *out)
{
    uint32_t n = swarm_keys(rng, names, field->key);
    ust_text_add(out, "{");
    for (uint32_t i = 0; i < n; i++) {
        ust_text_add(out, i > 0 ? ", " : "");
        swarm_key(rng, names, field->key, i, out);
        ust_text_printf(out, ": %g %%", n == 1 ? 100.0 : i == 0 ? 20.0 : 80.0 / (n - 1));
    }
    ust_text_add(out, "}");
}

static bool add_variant(struct ust_rng *rng, struct swarm_names *names,
                        const struct ust_registry *registry, unsigned depth,
                        struct ust_text *out)
{
    uint32_t n = 0;
    while (registry->kinds[n] != NULL)
        n++;
    const struct ust_kind *kind = registry->kinds[below(rng, n)];
    for (uint32_t i = 0; i < n; i++)
        if (registry->kinds[i] == names->first) {
            kind = names->first;
            names->first = NULL;
        }
    return swarm_mapping(rng, names, kind->fields, kind->name, depth + 1, out);
}

/* Another machine: what counts of one is how large it is, what it costs, how it starts. */
static bool add_machine(struct ust_rng *rng, struct swarm_names *names,
                        const struct ust_field *field, unsigned depth, struct ust_text *out)
{
    const struct ust_field *row = ust_resource_persona_fields;
    if (strcmp(field->key, "instances") != 0 && strcmp(field->key, "alternatives") != 0)
        return false;
    ust_text_printf(out, "{name: m%u, price: %.2f USD/h, capacity: {", names->personas++,
                    0.1 + 3 * unit(rng));
    if (strcmp(field->key, "instances") == 0)
        ust_text_printf(out, "vcpu: %u, memory: %u GiB}", 4u << below(rng, 5),
                        16u << below(rng, 4));
    else
        ust_text_printf(out, "speed: %.2f}", 0.5 + unit(rng));
    while (row->key != NULL && strcmp(row->key, "launch") != 0)
        row++;
    if (row->key != NULL && unit(rng) < 0.6) {
        ust_text_add(out, ", launch: ");
        if (!swarm_mapping(rng, names, row->fields, NULL, depth + 1, out))
            return false;
    }
    ust_text_add(out, "}");
    return true;
}

static bool add_group(struct ust_rng *rng, struct swarm_names *names,
                      const struct ust_field *field, unsigned depth, struct ust_text *out)
{
    const char *outer = names->within;
    names->within = field->key;
    bool whole = swarm_mapping(rng, names, field->fields, NULL, depth + 1, out);
    names->within = outer;
    return whole;
}

static bool add_word(struct ust_rng *rng, const struct swarm_names *names,
                     const struct ust_field *field, struct ust_text *out)
{
    switch (field->kind) {
    case UST_FIELD_NAME:
        return swarm_name(rng, names, field->key, out);
    case UST_FIELD_TEXT:
        return swarm_text(rng, names, field->key, out);
    case UST_FIELD_FILE:
        return swarm_file(names, field->key, out);
    case UST_FIELD_BOOL:
        ust_text_add(out, unit(rng) < 0.5 ? "true" : "false");
        return true;
    case UST_FIELD_CLOCK:
        ust_text_printf(out, "\"%02u:%02u\"", below(rng, 24), below(rng, 60));
        return true;
    case UST_FIELD_INSTANT: /* around the default beginning of a run */
        ust_text_printf(out, "2026-01-05T00:%02u:%02uZ", below(rng, 10), below(rng, 60));
        return true;
    case UST_FIELD_CHOICE: {
        uint32_t n = 0;
        while (field->choices[n] != NULL)
            n++;
        /* A recording of minutes that is played in microseconds is more than anybody serves. */
        bool instants = strcmp(field->key, "unit") == 0;
        ust_text_add(out, instants ? "s" : field->choices[below(rng, n)]);
        return true;
    }
    default:
        return false;
    }
}

bool swarm_value(struct ust_rng *rng, struct swarm_names *names, const struct ust_field *field,
                 unsigned depth, struct ust_text *out)
{
    if (field->word != NULL && unit(rng) < 0.15) {
        ust_text_add(out, field->word);
        return true;
    }
    if (swarm_ask(rng, names, field, out))
        return true;
    switch (field->kind) {
    case UST_FIELD_BOOL:
    case UST_FIELD_CLOCK:
    case UST_FIELD_INSTANT:
    case UST_FIELD_CHOICE:
    case UST_FIELD_NAME:
    case UST_FIELD_TEXT:
    case UST_FIELD_FILE:
        return add_word(rng, names, field, out);
    case UST_FIELD_INT:
        ust_text_printf(out, "%.0f", ceil(spread_key(rng, names, field, 1, 30)));
        return true;
    case UST_FIELD_LEVEL:
        add_level(rng, out);
        return true;
    case UST_FIELD_DIST:
        add_distribution(rng, names, field, out);
        return true;
    case UST_FIELD_GROUP:
        return add_group(rng, names, field, depth, out);
    case UST_FIELD_MAP:
        return add_map(rng, names, field, depth, out);
    case UST_FIELD_LIST:
        return field->registry == &ust_step_registry ? add_steps(rng, names, field, depth, out)
                                                     : add_list(rng, names, field, depth, out);
    case UST_FIELD_VARIANT:
        return add_variant(rng, names, field->registry, depth, out);
    case UST_FIELD_SHARES:
        add_shares(rng, names, field, out);
        return true;
    case UST_FIELD_PLACE:
        return add_machine(rng, names, field, depth, out);
    case UST_FIELD_KINDS:
        return false;
    default:
        write_quantity(field->kind, quantity(rng, names, field->kind, field), out);
        return true;
    }
}

/* One row of a mapping; false: it is missing, and must not be. */
static bool add_row(struct ust_rng *rng, struct swarm_names *names,
                    const struct ust_field *field, unsigned depth, double share,
                    const char **comma, struct ust_text *out)
{
    bool required = swarm_needed(names, field), made;
    bool shared = share > 0 && strcmp(field->key, "share") == 0;
    if (!required && !shared && unit(rng) > names->dense)
        return true;
    struct ust_text value = {0};
    if (shared)
        ust_text_printf(&value, "%g %%", 100 * share);
    made = shared || swarm_value(rng, names, field, depth, &value);
    if (made) {
        ust_text_printf(out, "%s%s: %s", *comma, field->key, ust_text_string(&value));
        *comma = ", ";
    }
    ust_text_free(&value);
    return made || !required;
}

/* Of those that go together the first one writes all of them. */
static bool add_together(const struct swarm_names *names, const struct ust_field *field,
                         const void **last, const char **comma, struct ust_text *out)
{
    const char *text = "";
    const void *rows = swarm_together(names, field->key, &text);
    if (rows == NULL)
        return false;
    for (int i = 0; i < TOGETHER_MAX && last[i] != rows; i++)
        if (last[i] == NULL) {
            last[i] = rows;
            if (*text != '\0') {
                ust_text_printf(out, "%s%s", *comma, text);
                *comma = ", ";
            }
            break;
        }
    return true;
}

bool swarm_mapping(struct ust_rng *rng, struct swarm_names *names,
                   const struct ust_field *fields, const char *kind, unsigned depth,
                   struct ust_text *out)
{
    if (depth > DEPTH_MAX)
        return false;
    const char *comma = "", *outer = names->kind;
    const void *together[TOGETHER_MAX] = {NULL};
    double share = names->share;
    uint32_t way = names->way;
    bool whole = true;
    names->share = 0;
    ust_text_add(out, "{");
    if (kind != NULL) {
        ust_text_printf(out, "kind: %s", kind);
        comma = ", ";
        names->kind = kind;
        names->way = below(rng, 1000);
    }
    for (; whole && fields != NULL && fields->key != NULL; fields++)
        if (!add_together(names, fields, together, &comma, out))
            whole = add_row(rng, names, fields, depth, share, &comma, out);
    names->kind = outer;
    names->way = way;
    ust_text_add(out, "}");
    return whole;
}
