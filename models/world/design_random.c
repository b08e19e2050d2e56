/* Points that fill a box: a Latin hypercube, and Sobol's sequence. */
#include <gsl/gsl_qrng.h>
#include <stdlib.h>
#include <string.h>

#include "models/world/design.h"
#include "sim/base/assert.h"
#include "sim/base/detmath.h"
#include "sim/rand/rng.h"
#include "sim/spec/values.h"

/* McKay, Beckman and Conover (1979): each range in n strips, each strip met once, in an order
 * of its own; a stream per path, so that a further range leaves the others alone. */
static void latin_hypercube(uint64_t seed, uint32_t n, uint32_t dimensions,
                            const char *const *names, double *point)
{
    uint32_t *strip = ust_malloc(n * sizeof *strip);
    for (uint32_t d = 0; d < dimensions; d++) {
        struct ust_text name = {0};
        ust_text_printf(&name, "design/%s", names[d]);
        struct ust_rng rng = ust_rng_derive(seed, 0, ust_text_string(&name));
        ust_text_free(&name);
        for (uint32_t i = 0; i < n; i++)
            strip[i] = i;
        for (uint32_t i = n - 1; i > 0; i--) {
            uint32_t j = ust_rng_below(&rng, i + 1), other = strip[j];
            strip[j] = strip[i];
            strip[i] = other;
        }
        for (uint32_t i = 0; i < n; i++)
            point[(size_t)i * dimensions + d] =
                ((double)strip[i] + ust_rng_unit(&rng)) / (double)n;
    }
    free(strip);
}

void ust_design_points(enum ust_design_method method, uint64_t seed, uint32_t n,
                       uint32_t dimensions, const char *const *names, double *point)
{
    if (method == UST_LATIN_HYPERCUBE) {
        latin_hypercube(seed, n, dimensions, names, point);
        return;
    }
    UST_ASSERT(dimensions <= UST_SOBOL_DIMENSIONS_MAX);
    gsl_qrng *sequence = gsl_qrng_alloc(gsl_qrng_sobol, dimensions);
    if (sequence == NULL)
        ust_out_of_memory(0);
    for (uint32_t i = 0; i < n; i++)
        gsl_qrng_get(sequence, &point[(size_t)i * dimensions]);
    gsl_qrng_free(sequence);
}

/* ---- ranges ---- */

static enum ust_status not_a_range(struct ust_spec *spec, const struct ust_node *node)
{
    return ust_diag_error(spec->diag, node->place,
                          "'%s' needs a range such as 4..12, 0.5..2 or 10..80 ms", node->key);
}

static const char *trimmed(struct ust_arena *arena, const char *text, size_t length)
{
    while (length > 0 && text[length - 1] == ' ')
        length--;
    while (length > 0 && *text == ' ')
        text++, length--;
    return ust_arena_text_n(arena, text, length);
}

enum ust_status ust_design_range(struct ust_spec *spec, const struct ust_node *node,
                                 struct ust_design_range *out)
{
    *out = (struct ust_design_range){.path = node->key, .place = node->key_place, .node = node};
    const char *dots = node->kind == UST_NODE_SCALAR ? strstr(node->text, "..") : NULL;
    if (dots == NULL)
        return not_a_range(spec, node);
    const char *low = trimmed(spec->arena, node->text, (size_t)(dots - node->text)),
               *high = trimmed(spec->arena, dots + 2, strlen(dots + 2));
    struct ust_value_parts from, to;
    if (!ust_value_split(spec->arena, low, &from) || !ust_value_split(spec->arena, high, &to))
        return not_a_range(spec, node);
    if (*from.unit != '\0' && strcmp(from.unit, to.unit) != 0)
        return ust_diag_error(spec->diag, node->place,
                              "both ends of a range need the same unit, got '%s' and '%s'",
                              from.unit, to.unit);
    if (!(from.number < to.number))
        return ust_diag_error(spec->diag, node->place, "a range must rise, got %s to %s", low,
                              high);
    out->low = from.number;
    out->high = to.number;
    out->unit = to.unit;
    out->integer = from.integer && to.integer && *to.unit == '\0';
    return UST_OK;
}

const struct ust_node *ust_design_at(struct ust_spec *spec,
                                     const struct ust_design_range *range, double share)
{
    struct ust_node *node = ust_arena_alloc(spec->arena, struct ust_node, 1);
    *node = (struct ust_node){.kind = UST_NODE_SCALAR, .place = range->node->place};
    const char *blank = *range->unit == '\0' ? "" : " ";
    if (range->integer) {
        double value = range->low + ust_floor(share * (range->high - range->low + 1));
        value = value > range->high ? range->high : value;
        node->text = ust_arena_printf(spec->arena, "%.0f", value);
    } else {
        node->text = ust_arena_printf(spec->arena, "%.9g%s%s",
                                      range->low + share * (range->high - range->low), blank,
                                      range->unit);
    }
    return node;
}
