/* What each kind of field is called, how much room it takes, and how its values are written. */
#include <math.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/spec/parts.h"

struct kind_facts {
    const char *name, *example;
    const char *needs; /* in "'x' is 3 potatoes, needs ..." */
    size_t size;       /* of a scalar in the caller's struct */
    bool numeric;
};

static const struct kind_facts facts[UST_FIELD_KINDS] = {
    [UST_FIELD_BOOL] = {"true or false", "true", "true or false", sizeof(bool), false},
    [UST_FIELD_INT] = {"whole number", "3", "a whole number such as 3", sizeof(int64_t), true},
    [UST_FIELD_NUMBER] = {"number", "1.5", "a number such as 1.5", sizeof(double), true},
    [UST_FIELD_RATIO] = {"ratio", "60 %", "a ratio such as 60 % or 0.6", sizeof(double), true},
    [UST_FIELD_DURATION] = {"duration", "250 ms", "a duration such as 250 ms", sizeof(ust_time),
                            true},
    [UST_FIELD_BYTES] = {"bytes", "4 GiB", "bytes such as 4 GiB", sizeof(double), true},
    [UST_FIELD_BANDWIDTH] = {"bandwidth", "10 Gbit/s", "a bandwidth such as 10 Gbit/s",
                             sizeof(double), true},
    [UST_FIELD_RATE] = {"rate", "900 req/s", "a rate such as 900 req/s", sizeof(double), true},
    [UST_FIELD_IOPS] = {"I/O rate", "3000 IOPS", "an I/O rate such as 3000 IOPS",
                        sizeof(double), true},
    [UST_FIELD_MONEY] = {"money", "0.09 USD", "an amount such as 0.09 USD", sizeof(double),
                         true},
    [UST_FIELD_PRICE] = {"price", "0.17 USD/h", "a price such as 0.17 USD/h", sizeof(double),
                         true},
    [UST_FIELD_DISTANCE] = {"distance", "350 km", "a distance such as 350 km", sizeof(double),
                            true},
    [UST_FIELD_LEVEL] = {"level", "60 %", "a level such as 60 %, 50 req/s or 20",
                         sizeof(struct ust_level), false},
    [UST_FIELD_CLOCK] = {"time of day", "20:00", "a time of day such as \"20:00\"",
                         sizeof(int64_t), false},
    [UST_FIELD_INSTANT] = {"instant", "2026-11-27T16:00:00-05:00",
                           "an instant such as 2026-11-27T16:00:00-05:00",
                           sizeof(struct ust_instant), false},
    [UST_FIELD_TEXT] = {"text", "any text", "a text", sizeof(char *), false},
    [UST_FIELD_NAME] = {"name", "web", "a name of letters, digits, '-', '_', '.' and spaces",
                        sizeof(char *), false},
    [UST_FIELD_FILE] = {"file", "trace.csv", "the path of a file", sizeof(char *), false},
    [UST_FIELD_CHOICE] = {"choice", "one of the list", "one of the known words", sizeof(int),
                          false},
    [UST_FIELD_DIST] = {"distribution", "lognormal(mean 40 ms, cv 1.5)",
                        "a distribution such as lognormal(mean 40 ms, cv 1.5)",
                        sizeof(struct ust_dist), false},
    [UST_FIELD_PLACE] = {"value", "see its own page", "a value", sizeof(struct ust_node *),
                         false},
    [UST_FIELD_GROUP] = {"mapping", "{key: value}", "a mapping of keys and values", 0, false},
    [UST_FIELD_MAP] = {"map", "{name: {key: value}}", "a mapping from names", 0, false},
    [UST_FIELD_LIST] = {"list", "[a, b]", "a list; begin each element with '- '", 0, false},
    [UST_FIELD_SHARES] = {"shares", "{a: 70 %, b: 30 %}", "shares such as {a: 70 %, b: 30 %}",
                          0, false},
    [UST_FIELD_VARIANT] = {"kind", "{kind: name}", "a mapping with a 'kind'",
                           sizeof(struct ust_variant), false},
};

const char *ust_field_kind_name(enum ust_field_kind kind)
{
    UST_ASSERT(kind < UST_FIELD_KINDS);
    return facts[kind].name;
}

const char *ust_field_example(enum ust_field_kind kind)
{
    UST_ASSERT(kind < UST_FIELD_KINDS);
    return facts[kind].example;
}

const char *ust_field_needs(enum ust_field_kind kind)
{
    return facts[kind].needs;
}

bool ust_field_numeric(enum ust_field_kind kind)
{
    return facts[kind].numeric;
}

size_t ust_field_size(enum ust_field_kind kind)
{
    UST_ASSERT(facts[kind].size > 0);
    return facts[kind].size;
}

double ust_field_scale(enum ust_field_kind kind)
{
    return kind == UST_FIELD_DURATION ? 1e9 : 1;
}

struct ust_field ust_field_plain(const char *key, enum ust_field_kind kind)
{
    /* Limits that hold nothing back, so that negative values pass too. */
    return (struct ust_field){.key = key, .kind = kind, .low = -HUGE_VAL, .high = HUGE_VAL};
}

const struct ust_field *ust_field_find(const struct ust_field *fields, const char *key)
{
    for (; fields != NULL && fields->key != NULL; fields++)
        if (strcmp(fields->key, key) == 0)
            return fields;
    return NULL;
}

const struct ust_field *ust_field_short(const struct ust_field *fields)
{
    for (const struct ust_field *field = fields; field != NULL && field->key != NULL; field++)
        if (field->flags & UST_FIELD_SHORT)
            return field;
    return ust_field_find(fields, "kind");
}

const struct ust_kind *ust_kind_find(const struct ust_registry *registry, const char *name)
{
    for (uint32_t i = 0; registry->kinds[i] != NULL; i++)
        if (strcmp(registry->kinds[i]->name, name) == 0)
            return registry->kinds[i];
    return NULL;
}

/* ---- ranges ---- */

/* Of what the numbers of a row's limits are. */
static enum ust_field_kind number_kind(const struct ust_field *field)
{
    switch (field->kind) {
    case UST_FIELD_DIST:
        return field->unit;
    case UST_FIELD_MAP:
    case UST_FIELD_LIST:
    case UST_FIELD_SHARES:
        return UST_FIELD_INT;
    default:
        return field->kind;
    }
}

static void limits(const struct ust_field *field, double *low, double *high)
{
    *low = field->low;
    *high = field->high;
    if (*low != 0 || *high != 0)
        return;
    enum ust_field_kind kind = number_kind(field);
    *low = ust_unit_needed(kind) || kind == UST_FIELD_RATIO ? 0 : -HUGE_VAL;
    *high = HUGE_VAL;
}

/* Whole numbers of a list are counted, others carry their unit. */
static void write_limit(const struct ust_field *field, double limit, struct ust_text *out)
{
    enum ust_field_kind kind = number_kind(field);
    ust_unit_write(kind, limit * ust_field_scale(kind), out);
}

bool ust_field_outside(const struct ust_field *field, double value, struct ust_text *why)
{
    double low, high;
    limits(field, &low, &high);
    double scale = ust_field_scale(number_kind(field));
    bool low_open = field->flags & UST_FIELD_LOW_OPEN;
    bool high_open = field->flags & UST_FIELD_HIGH_OPEN;
    bool below = low_open ? !(value > low * scale) : !(value >= low * scale);
    bool above = high_open ? !(value < high * scale) : !(value <= high * scale);
    if (!below && !above)
        return false;
    bool both = low > -HUGE_VAL && high < HUGE_VAL;
    if (both && !low_open && !high_open && low == high) {
        ust_text_add(why, "must be ");
        write_limit(field, low, why);
        return true;
    }
    if (both && !low_open && !high_open) {
        ust_text_add(why, "must lie between ");
        write_limit(field, low, why);
        ust_text_add(why, " and ");
        write_limit(field, high, why);
        return true;
    }
    ust_text_add(why, "must be ");
    if (low > -HUGE_VAL) {
        ust_text_add(why, low_open ? "above " : "at least ");
        write_limit(field, low, why);
    }
    if (high < HUGE_VAL) {
        ust_text_add(why, both ? " and " : "");
        ust_text_add(why, high_open ? "below " : "at most ");
        write_limit(field, high, why);
    }
    return true;
}

void ust_field_range(const struct ust_field *field, struct ust_text *out)
{
    double low, high;
    if (field->low == 0 && field->high == 0)
        return;
    limits(field, &low, &high);
    bool low_open = field->flags & UST_FIELD_LOW_OPEN;
    bool high_open = field->flags & UST_FIELD_HIGH_OPEN;
    if (low > -HUGE_VAL && high < HUGE_VAL && !low_open && !high_open) {
        write_limit(field, low, out);
        ust_text_add(out, " to ");
        write_limit(field, high, out);
        return;
    }
    if (low > -HUGE_VAL) {
        ust_text_add(out, low_open ? "above " : "at least ");
        write_limit(field, low, out);
    }
    if (high < HUGE_VAL) {
        ust_text_add(out, low > -HUGE_VAL ? ", " : "");
        ust_text_add(out, high_open ? "below " : "at most ");
        write_limit(field, high, out);
    }
}

/* ---- writing ---- */

/* A number of the caller's struct in base units, durations in nanoseconds. */
static double number_at(enum ust_field_kind kind, const void *at)
{
    if (kind == UST_FIELD_INT || kind == UST_FIELD_DURATION)
        return (double)*(const int64_t *)at;
    return *(const double *)at;
}

static void write_clock(int64_t seconds, struct ust_text *out)
{
    ust_text_printf(out, "%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60));
    if (seconds % 60 != 0)
        ust_text_printf(out, ":%02d", (int)(seconds % 60));
}

static bool is_word(const struct ust_field *field, const void *at)
{
    if (field->word == NULL)
        return false;
    if (field->kind == UST_FIELD_DURATION && field->word_value == HUGE_VAL)
        return *(const ust_time *)at == UST_NEVER;
    return number_at(field->kind, at) == field->word_value * ust_field_scale(field->kind);
}

void ust_field_write(const struct ust_field *field, const void *at, struct ust_text *out)
{
    switch (field->kind) {
    case UST_FIELD_BOOL:
        ust_text_add(out, *(const bool *)at ? "true" : "false");
        return;
    case UST_FIELD_CLOCK:
        write_clock(*(const int64_t *)at, out);
        return;
    case UST_FIELD_INSTANT:
        ust_instant_write(at, out);
        return;
    case UST_FIELD_LEVEL: {
        const struct ust_level *level = at;
        ust_unit_write(level->unit, level->value, out);
        return;
    }
    case UST_FIELD_TEXT:
    case UST_FIELD_NAME:
    case UST_FIELD_FILE:
        if (*(const char *const *)at != NULL)
            ust_text_add(out, *(const char *const *)at);
        return;
    case UST_FIELD_CHOICE:
        ust_text_add(out, field->choices[*(const int *)at]);
        return;
    case UST_FIELD_DIST:
        ust_dist_write(at, field->unit, out);
        return;
    default:
        break;
    }
    if (!facts[field->kind].numeric)
        ust_text_printf(out, "(%s)", facts[field->kind].name);
    else if (is_word(field, at))
        ust_text_add(out, field->word);
    else if (field->kind == UST_FIELD_INT)
        ust_text_printf(out, "%lld", (long long)*(const int64_t *)at);
    else
        ust_unit_write(field->kind, number_at(field->kind, at), out);
}
