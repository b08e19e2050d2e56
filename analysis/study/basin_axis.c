/* What a study of a basin varies, as typed. */
#include <stdlib.h>
#include <string.h>

#include "analysis/study/basin.h"

static enum ust_status wrong(const char *option, const char *text, const char *why)
{
    fprintf(stderr, "understudy: %s: '%s': %s\n", option, text, why);
    return UST_INVALID;
}

static enum ust_status add(struct ust_basin_axis *axis, const char *option, const char *value)
{
    if (axis->n == UST_BASIN_VALUES_MAX)
        return wrong(option, value, "too many values");
    axis->value[axis->n++] = value;
    return UST_OK;
}

/* "1.5..6/4", "30 s..120 s/4", "10..60 s": the unit is that of B. */
static enum ust_status add_range(struct ust_arena *arena, const char *option, const char *text,
                                 struct ust_basin_axis *axis)
{
    char *unit_a, *unit_b;
    const char *dots = strstr(text, "..");
    /* by itself, or the first dot of 1..3 would be taken for that of "1." */
    const char *first = ust_arena_printf(arena, "%.*s", (int)(dots - text), text);
    double a = strtod(first, &unit_a), b = strtod(dots + 2, &unit_b);
    const char *slash = strrchr(unit_b, '/');
    uint32_t n = 5;
    size_t length = slash != NULL ? (size_t)(slash - unit_b) : strlen(unit_b);
    if (slash != NULL && slash[1] >= '1' && slash[1] <= '9')
        n = (uint32_t)strtoul(slash + 1, NULL, 10);
    else
        length = strlen(unit_b); /* "req/s" */
    if (unit_a == first || unit_b == dots + 2 || !(a < b))
        return wrong(option, text, "a range is A..B/N, with A below B");
    size_t length_a = strlen(unit_a);
    if (length_a > 0 && (length_a != length || strncmp(unit_a, unit_b, length) != 0))
        return wrong(option, text, "both ends must have the same unit");
    if (n < 2 || n > UST_BASIN_VALUES_MAX)
        return wrong(option, text, "between 2 and 64 values, as in 1.5..6/4");
    const char *unit = ust_arena_printf(arena, "%.*s", (int)length, unit_b);
    for (uint32_t i = 0; i < n; i++)
        UST_TRY(add(axis, option,
                    ust_arena_printf(arena, "%.6g%s", a + (b - a) * i / (n - 1), unit)));
    return UST_OK;
}

/* What a value comes to in its base unit, as 90 s are less than 2 min; where it has none of
 * these units, the number. */
static double size_of(const char *value, double number)
{
    static const enum ust_field_kind kinds[] = {UST_FIELD_DURATION, UST_FIELD_BYTES,
                                                UST_FIELD_RATE, UST_FIELD_BANDWIDTH,
                                                UST_FIELD_RATIO};
    double size;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (ust_trial_quantity(NULL, value, kinds[i], &size) == UST_OK)
            return size;
    return number;
}

static enum ust_status add_list(struct ust_arena *arena, const char *option, const char *text,
                                struct ust_basin_axis *axis)
{
    double before = 0.0;
    for (const char *at = text; at != NULL;) {
        const char *comma = strchr(at, ',');
        size_t length = comma != NULL ? (size_t)(comma - at) : strlen(at);
        char *end;
        double number = strtod(at, &end);
        if (end == at)
            return wrong(option, text, "values are numbers with their unit, as in 2,3,5");
        const char *value = ust_arena_printf(arena, "%.*s", (int)length, at);
        number = size_of(value, number);
        if (axis->n > 0 && number <= before)
            return wrong(option, text, "values must ascend");
        before = number;
        UST_TRY(add(axis, option, value));
        at = comma != NULL ? comma + 1 : NULL;
    }
    return UST_OK;
}

enum ust_status ust_basin_axis_parse(struct ust_arena *arena, const char *option,
                                     const char *text, bool bare, struct ust_basin_axis *axis)
{
    const char *equals = strchr(text, '='), *values = text;
    *axis = (struct ust_basin_axis){.n = 0};
    if (!bare) {
        if (equals == NULL || equals == text)
            return wrong(option, text, "must be PATH=A..B/N or PATH=A,B,C");
        axis->path = ust_arena_printf(arena, "%.*s", (int)(equals - text), text);
        values = equals + 1;
    }
    if (strstr(values, "..") != NULL)
        return add_range(arena, option, values, axis);
    return add_list(arena, option, values, axis);
}

enum ust_status ust_basin_mitigations(struct ust_basin *basin, const struct ust_texts *with)
{
    basin->mitigation = ust_arena_alloc(basin->arena, struct ust_mitigation, with->n + 1);
    basin->mitigation[0].name = "none";
    basin->mitigations = 1;
    for (size_t i = 0; i < with->n; i++) {
        const char *text = with->at[i], *colon = strchr(text, ':');
        if (colon == NULL || colon == text || strchr(colon, '=') == NULL)
            return wrong("--with", text, "must be NAME:PATH=VALUE");
        const char *name = ust_arena_printf(basin->arena, "%.*s", (int)(colon - text), text);
        uint32_t m = 1;
        while (m < basin->mitigations && strcmp(basin->mitigation[m].name, name) != 0)
            m++;
        if (strcmp(name, "none") == 0)
            return wrong("--with", text, "'none' is the scenario as written");
        struct ust_mitigation *one = &basin->mitigation[m];
        if (m == basin->mitigations) {
            basin->mitigations++;
            *one = (struct ust_mitigation){
                name, ust_arena_alloc(basin->arena, const char *, with->n), 0};
        }
        one->sets[one->n++] = colon + 1;
    }
    return UST_OK;
}
