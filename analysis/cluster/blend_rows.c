/* Rows as the fit of a mixture of kinds wants them. */
#include "analysis/cluster/blend.h"

#include <math.h>

#include "sim/base/detmath.h"

static uint8_t capped(double events)
{
    return (uint8_t)(events < 0.0                    ? 0.0
                     : events > UST_KINDS_EVENTS_MAX ? UST_KINDS_EVENTS_MAX
                                                     : events + 0.5);
}

/* Counts of a long session are scaled down, and none of them to nothing. */
static void take_counts(struct ust_blend_rows *out, size_t i, const double *count)
{
    double all = 0.0;
    for (uint32_t a = 0; a < out->actions; a++)
        all += count[a];
    double scale = all > UST_KINDS_EVENTS_MAX ? UST_KINDS_EVENTS_MAX / all : 1.0;
    for (uint32_t a = 0; a < out->actions; a++) {
        uint8_t c = count[a] > 0.0 ? capped(fmax(count[a] * scale, 1.0)) : 0;
        out->count[i * out->actions + a] = c;
        out->counts[i] = (uint16_t)(out->counts[i] + c);
        out->most[a] = c > out->most[a] ? c : out->most[a];
    }
    out->most_counts = out->counts[i] > out->most_counts ? out->counts[i] : out->most_counts;
}

/* Of what the session's actions usually take, the part of each. */
static void take_parts(struct ust_blend_rows *out, size_t i,
                       const struct ust_kinds_layout *layout)
{
    for (uint32_t q = 0; q < out->costs; q++) {
        float *part = out->part + (i * out->costs + q) * out->actions;
        double sum = 0.0;
        for (uint32_t a = 0; a < out->actions; a++)
            sum += out->count[i * out->actions + a] * layout->usual[q * out->actions + a];
        for (uint32_t a = 0; a < out->actions && sum > 0.0; a++)
            part[a] = (float)(out->count[i * out->actions + a] *
                              layout->usual[q * out->actions + a] / sum);
        if (!(sum > 0.0))
            out->events[i * out->measures + out->measures - out->costs + q] = 0;
    }
}

/* Which numbers of events there are, and of each the variance of the logarithm of a number that
 * is known to the next integer. */
static void take_events(struct ust_blend_rows *out, struct ust_arena *arena)
{
    bool any[UST_BLEND_EVENTS] = {false};
    out->seen = ust_arena_alloc(arena, uint8_t, UST_BLEND_EVENTS);
    out->rounding = ust_arena_alloc(arena, double, UST_BLEND_EVENTS);
    for (size_t i = 0; i < out->n * out->measures; i++)
        any[out->events[i]] = true;
    for (uint32_t e = 1; e < UST_BLEND_EVENTS; e++) {
        double width = ust_log((e + 0.5) / (e - 0.5));
        out->rounding[e] = width * width / 12.0;
        if (any[e])
            out->seen[out->seen_n++] = (uint8_t)e;
    }
}

struct ust_blend_rows ust_blend_rows(const struct ust_points *rows,
                                     const struct ust_kinds_layout *layout,
                                     const double *centre, struct ust_arena *arena)
{
    uint32_t m = layout->measures;
    struct ust_blend_rows out = {.n = rows->n,
                                 .measures = m,
                                 .actions = layout->actions,
                                 .costs = layout->costs,
                                 .length = layout->length,
                                 .least = layout->least};
    out.value = ust_arena_alloc(arena, double, rows->n *m);
    out.events = ust_arena_alloc(arena, uint8_t, rows->n * m);
    out.count = ust_arena_alloc(arena, uint8_t, rows->n * layout->actions);
    out.part = ust_arena_alloc(arena, float, rows->n * layout->costs * layout->actions);
    out.level = ust_arena_alloc(arena, double, rows->n * layout->costs);
    out.counts = ust_arena_alloc(arena, uint16_t, rows->n);
    out.most = ust_arena_alloc(arena, uint32_t, layout->actions);
    for (size_t i = 0; i < rows->n; i++) {
        const double *x = ust_point(rows, i);
        for (uint32_t j = 0; j < m; j++) {
            out.value[i * m + j] = x[2 * j] - centre[j];
            out.events[i * m + j] = capped(x[2 * j + 1]);
        }
        take_counts(&out, i, x + 2 * (size_t)m);
        take_parts(&out, i, layout);
        for (uint32_t q = 0; q < out.costs; q++)
            out.level[i * out.costs + q] = ust_exp(x[2 * (m - out.costs + q)]);
    }
    take_events(&out, arena);
    return out;
}
