#include "analysis/study/vary.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "analysis/study/vary_parts.h"
#include "sim/base/limits.h"
#include "sim/spec/values.h"

/* ---- values ---- */

double ust_vary_value(const struct ust_vary *vary, uint32_t level)
{
    if (vary->levels < 2)
        return vary->low;
    return vary->whole ? vary->low + level
                       : vary->low + (vary->high - vary->low) * level / (vary->levels - 1);
}

const char *ust_vary_text(struct ust_arena *arena, const struct ust_vary *vary, uint32_t level)
{
    return ust_arena_printf(arena, "%.9g%s%s", ust_vary_value(vary, level),
                            *vary->unit != '\0' ? " " : "", vary->unit);
}

uint32_t ust_vary_level(const struct ust_vary *vary, double value)
{
    uint32_t level = 0;
    while (level < vary->levels && ust_vary_value(vary, level) < value)
        level++;
    return level;
}

/* ---- assignments ---- */

struct assignment {
    const char *path;
    const char *value;
};

/* `min` follows the instances, and `max` where it would lie below. */
static size_t assign(struct ust_arena *arena, const struct ust_varied *varied,
                     const struct ust_vary *vary, uint32_t level, struct assignment *out)
{
    const char *value = ust_vary_text(arena, vary, level);
    const struct ust_pool_spec *pool =
        vary->pool ? ust_vary_pool_at(varied->scenario, (uint32_t)vary->service,
                                      (uint32_t)vary->region)
                   : NULL;
    if (pool == NULL || pool->id.node->kind == UST_NODE_SCALAR) {
        out[0] = (struct assignment){vary->path, value};
        return 1;
    }
    size_t n = 0;
    out[n++] = (struct assignment){ust_arena_printf(arena, "%s.instances", vary->path), value};
    if (pool->min_node != NULL)
        out[n++] = (struct assignment){ust_arena_printf(arena, "%s.min", vary->path), value};
    if (pool->max_node != NULL && (double)pool->max < ust_vary_value(vary, level))
        out[n++] = (struct assignment){ust_arena_printf(arena, "%s.max", vary->path), value};
    return n;
}

size_t ust_vary_sets(struct ust_arena *arena, const struct ust_varied *varied,
                     const uint32_t *level, const char **sets)
{
    struct assignment one[3];
    size_t n = 0;
    for (uint32_t i = 0; i < varied->n; i++) {
        size_t m = assign(arena, varied, &varied->vary[i], level[i], one);
        for (size_t k = 0; k < m; k++)
            sets[n++] = ust_arena_printf(arena, "%s=%s", one[k].path, one[k].value);
    }
    return n;
}

/* ---- options ---- */

struct option {
    struct ust_spec *spec;
    const char *file, *text;
    uint32_t order;
};

static struct ust_place at(const struct option *option, const char *begin, size_t length)
{
    return (struct ust_place){option->file, 1, (uint32_t)(begin - option->text) + 1,
                              length < 1 ? 1 : (uint32_t)length, option->order};
}

/* "/10" behind a range; false with a message. */
static bool read_steps(const struct option *option, const char *slash, uint32_t *levels)
{
    char *end;
    unsigned long n = strtoul(slash + 1, &end, 10);
    bool good = slash[1] >= '1' && slash[1] <= '9' && *end == '\0' && n >= 2 &&
                n <= UST_VARY_LEVELS_MAX;
    if (!good)
        (void)ust_diag_error(option->spec->diag, at(option, slash + 1, strlen(slash + 1)),
                             "'%s' values: between 2 and %d, as in 0.5..2/7", slash + 1,
                             UST_VARY_LEVELS_MAX);
    *levels = (uint32_t)n;
    return good;
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static enum ust_status read_range(const struct option *option, const char *values,
                                  struct ust_vary *vary)
{
    struct ust_spec *spec = option->spec;
    size_t length = strlen(values);
    const char *slash = strrchr(values, '/'), *dots = strstr(values, "..");
    struct ust_place whole = at(option, values, length);
    if (dots == NULL)
        return ust_diag_error(spec->diag, whole, "needs a range, as in 2..40");
    /* "req/s" is a unit. */
    bool stepped = slash != NULL && (digit(slash[1]) || slash[1] == '\0');
    if (stepped && !read_steps(option, slash, &vary->levels))
        return UST_INVALID;
    const char *from = ust_arena_text_n(spec->arena, values, (size_t)(dots - values));
    const char *to = ust_arena_text_n(spec->arena, dots + 2,
                                      stepped ? (size_t)(slash - dots - 2) : strlen(dots + 2));
    struct ust_value_parts low, high;
    if (!ust_value_split(spec->arena, from, &low) || !ust_value_split(spec->arena, to, &high))
        return ust_diag_error(spec->diag, whole,
                              "'%s' is no range of numbers, as in 2..40 or 0.5..2 s/7", values);
    if (*low.unit != '\0' && !ust_text_equal(low.unit, high.unit))
        return ust_diag_error(spec->diag, whole,
                              "both ends of a range need the same unit, got '%s' and '%s'",
                              low.unit, high.unit);
    if (low.number > high.number || (stepped && !(low.number < high.number)))
        return ust_diag_error(spec->diag, whole, "a range must rise, got %s to %s", from, to);
    vary->low = low.number;
    vary->high = high.number;
    vary->unit = high.unit;
    vary->whole = !stepped && low.integer && high.integer && *high.unit == '\0';
    if (!stepped && !vary->whole)
        return ust_diag_error(spec->diag, whole,
                              "not whole numbers; say how many values, as in %s/9", values);
    if (vary->whole && vary->high - vary->low >= UST_VARY_LEVELS_MAX)
        return ust_diag_error(spec->diag, whole,
                              "more than %d values; say how many, as in %s/9",
                              UST_VARY_LEVELS_MAX, values);
    if (vary->whole)
        vary->levels = (uint32_t)(vary->high - vary->low) + 1;
    return UST_OK;
}

/* A service or a pool that is not there would be made by its path, and then lack all else. */
static enum ust_status check_names(const struct option *option,
                                   const struct ust_scenario *scenario, const char *path)
{
    static const char *const made[][2] = {
        {"services", "service"}, {"pools", "pool"}, {"regions", "region"}};
    const struct ust_node *node = scenario->root;
    const char *what = NULL;
    for (const char *begin = path; node != NULL && node->kind == UST_NODE_MAP;) {
        bool quoted = *begin == '"';
        size_t length = quoted ? strcspn(begin + 1, "\"") : strcspn(begin, ".");
        const char *name = ust_arena_text_n(option->spec->arena, begin + quoted, length);
        const struct ust_node *child = ust_node_get(node, name);
        if (child == NULL && what != NULL) {
            const char **known =
                ust_arena_alloc(option->spec->arena, const char *, node->children + 1);
            size_t n = 0;
            for (const struct ust_node *one = node->first; one != NULL; one = one->next)
                known[n++] = one->key;
            return ust_spec_unknown(option->spec,
                                    at(option, option->text + (begin - path), length), what,
                                    name, known, n);
        }
        begin += length + 2 * quoted;
        if (*begin != '.')
            break;
        begin++;
        node = child;
        what = NULL;
        for (size_t i = 0; i < sizeof made / sizeof made[0]; i++)
            if (ust_text_equal(name, made[i][0]))
                what = made[i][1];
    }
    return UST_OK;
}

static enum ust_status read_option(struct ust_spec *spec, const char *text, unsigned number,
                                   struct ust_varied *out)
{
    struct option option = {spec, ust_arena_printf(spec->arena, "--vary %u", number), text,
                            UST_VARY_BEHIND_FILES + number};
    const char *equals = strchr(text, '=');
    if (equals == NULL || equals == text)
        return ust_diag_error(spec->diag, at(&option, text, strlen(text)),
                              "needs PATH=LO..HI, as in services.web.pools.west=2..40");
    struct ust_vary vary = {.path =
                                ust_arena_text_n(spec->arena, text, (size_t)(equals - text)),
                            .place = at(&option, text, (size_t)(equals - text)),
                            .service = -1,
                            .region = -1,
                            .written = ust_nan(),
                            .price = ust_nan()};
    vary.label = vary.path;
    UST_TRY(check_names(&option, out->scenario, vary.path));
    UST_TRY(read_range(&option, equals + 1, &vary));
    ust_vary_recognise(spec->arena, out->scenario, &vary);
    for (uint32_t i = 0; i < out->n; i++)
        if (ust_text_equal(out->vary[i].path, vary.path))
            return ust_diag_error(spec->diag, vary.place, "'%s' is varied already", vary.path);
    if (out->n == UST_SMALLEST_COUNTS_MAX)
        return ust_diag_error(spec->diag, vary.place, "more than %d at once",
                              UST_SMALLEST_COUNTS_MAX);
    out->vary[out->n++] = vary;
    return UST_OK;
}

/* ---- does the scenario take them? ---- */

/* What places speak of. */
static void show_sources(struct ust_spec *spec, const struct ust_texts *options)
{
    for (size_t i = 0; i < options->n; i++) {
        const char *file = ust_arena_printf(spec->arena, "--vary %u", (unsigned)i + 1);
        ust_diag_source(spec->diag, file, options->at[i], strlen(options->at[i]));
    }
}

static const struct ust_unit *unit_of(struct ust_spec *spec, const struct ust_varied *varied,
                                      const uint32_t *level, int32_t half)
{
    struct ust_unit *unit = ust_arena_alloc(spec->arena, struct ust_unit, 1);
    struct ust_design_value *value =
        ust_arena_alloc(spec->arena, struct ust_design_value, 3 * varied->n);
    *unit = (struct ust_unit){.number = 1, .name = "", .overrides = "", .value = value};
    for (uint32_t i = 0; i < varied->n; i++) {
        const struct ust_vary *vary = &varied->vary[i];
        struct assignment one[3];
        size_t n = assign(spec->arena, varied, vary, level[i], one);
        for (size_t k = 0; k < n; k++) {
            struct ust_node *node = ust_arena_alloc(spec->arena, struct ust_node, 1);
            *node = (struct ust_node){
                .kind = UST_NODE_SCALAR, .place = vary->place, .text = one[k].value};
            if ((int32_t)i == half)
                node->text = ust_arena_printf(spec->arena, "%s.5", one[k].value);
            value[unit->values_n++] = (struct ust_design_value){one[k].path, vary->place, node};
        }
    }
    return unit;
}

static bool takes(struct ust_spec *spec, const struct ust_varied *varied,
                  const struct ust_texts *sets, const uint32_t *level, int32_t half)
{
    const struct ust_unit *unit = unit_of(spec, varied, level, half);
    return ust_scenario_read_unit(spec, varied->scenario->path, sets->at, sets->n, unit) !=
           NULL;
}

/* What takes half an instance too is no count. */
static void check_count(struct ust_spec *spec, const struct ust_varied *varied,
                        const struct ust_texts *sets, uint32_t which)
{
    static const uint32_t lowest[UST_SMALLEST_COUNTS_MAX] = {0};
    const struct ust_vary *vary = &varied->vary[which];
    struct ust_spec other = {.arena = spec->arena, .diag = ust_diag_new()};
    if (takes(&other, varied, sets, lowest, (int32_t)which))
        (void)ust_diag_error(spec->diag, vary->place,
                             "'%s' is no count; say how many values to try, as in %s=%g..%g/9",
                             vary->path, vary->path, vary->low, vary->high);
    ust_diag_free(other.diag);
}

/* What was found by itself goes no further than the scenario does: up to a quota, to what the
 * nodes hold. */
static void cut_down(struct ust_spec *spec, struct ust_varied *varied,
                     const struct ust_texts *sets)
{
    uint32_t level[UST_SMALLEST_COUNTS_MAX];
    for (uint32_t i = 0; i < varied->n; i++)
        level[i] = varied->vary[i].start;
    for (uint32_t i = 0; i < varied->n; i++) {
        uint32_t low = level[i], high = varied->vary[i].levels; /* taken; not taken */
        struct ust_spec other = {.arena = spec->arena, .diag = ust_diag_new()};
        for (uint32_t next = high - 1; next > low; next = low + (high - low) / 2) {
            ust_diag_free(other.diag);
            other.diag = ust_diag_new();
            level[i] = next;
            if (takes(&other, varied, sets, level, -1))
                low = next;
            else
                high = next;
        }
        ust_diag_free(other.diag);
        level[i] = varied->vary[i].start;
        varied->vary[i].levels = low + 1;
        varied->vary[i].high = ust_vary_value(&varied->vary[i], low);
    }
}

static enum ust_status check(struct ust_spec *spec, const struct ust_varied *varied,
                             const struct ust_texts *sets)
{
    uint32_t level[UST_SMALLEST_COUNTS_MAX] = {0};
    if (!takes(spec, varied, sets, level, -1))
        return UST_INVALID;
    for (uint32_t i = 0; i < varied->n; i++)
        level[i] = varied->vary[i].levels - 1;
    if (!takes(spec, varied, sets, level, -1)) {
        ust_diag_note(spec->diag, "this is so at the highest values; --vary PATH=LO..HI sets "
                                  "others");
        return UST_INVALID;
    }
    for (uint32_t i = 0; i < varied->n; i++)
        if (varied->vary[i].whole && !varied->vary[i].pool)
            check_count(spec, varied, sets, i);
    return ust_diag_status(spec->diag);
}

static void begin_at(struct ust_vary *vary)
{
    vary->start =
        isnan(vary->written) ? (vary->levels - 1) / 2 : ust_vary_level(vary, vary->written);
    if (vary->start >= vary->levels)
        vary->start = vary->levels - 1;
}

static void read_all(struct ust_spec *spec, const struct ust_texts *options, const char *pool,
                     struct ust_varied *out)
{
    out->n = 0;
    for (size_t i = 0; i < options->n; i++)
        (void)read_option(spec, options->at[i], (unsigned)i + 1, out);
    if (pool != NULL || options->n == 0)
        (void)ust_vary_find_pools(spec, pool, out);
}

enum ust_status ust_vary_read(struct ust_spec *spec, const struct ust_scenario *scenario,
                              const struct ust_texts *sets, const struct ust_texts *options,
                              const char *pool, struct ust_varied *out)
{
    *out = (struct ust_varied){.scenario = scenario, .found = options->n == 0 && pool == NULL};
    /* A scenario is not decoded where something is wrong already: so options that can be read
     * are held against it first, and what cannot is told behind that. */
    struct ust_spec quiet = {.arena = spec->arena, .diag = ust_diag_new()};
    read_all(&quiet, options, pool, out);
    show_sources(spec, options);
    for (uint32_t i = 0; i < out->n; i++)
        begin_at(&out->vary[i]);
    if (options->n == 0)
        cut_down(&quiet, out, sets);
    if (out->n > 0)
        (void)check(spec, out, sets);
    if (ust_diag_errors(quiet.diag) > 0)
        read_all(spec, options, pool, out);
    ust_diag_free(quiet.diag);
    return ust_diag_status(spec->diag);
}
