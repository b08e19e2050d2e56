/* A rate that a person draws: points in time, joined by steps or by straight lines. */
#include "models/arrival/plan.h"
#include "sim/base/limits.h"

enum shape { SHAPE_STEPS, SHAPE_LINEAR };
static const char *const shapes[] = {"steps", "linear", NULL};

struct point {
    ust_time at;
    double rate;
    const struct ust_node *at_node;
};

struct params {
    struct ust_items points;
    int shape;
    ust_time repeat;
    const struct ust_node *repeat_node;
};

static const struct ust_field point_fields[] = {
    {.key = "at",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct point, at),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct point, at_node) + 1,
     .help = "When, counted from the beginning of the run, warm-up included."},
    {.key = "rate",
     .kind = UST_FIELD_RATE,
     .offset = offsetof(struct point, rate),
     .low = 0,
     .high = 1e9,
     .flags = UST_FIELD_REQUIRED,
     .help = "Arrivals per second from then on (steps), or at that moment (linear)."},
    {.key = NULL},
};

static const struct ust_field fields[] = {
    {.key = "points",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, points),
     .fields = point_fields,
     .size = sizeof(struct point),
     .low = 1,
     .high = 100000,
     .flags = UST_FIELD_REQUIRED,
     .help = "In order of time. Before the first nothing arrives; the last rate goes on."},
    {.key = "shape",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, shape),
     .choices = shapes,
     .fallback = "steps",
     .help = "steps: each rate holds until the next point; linear: straight lines join the "
             "points, and two points at one moment are a jump."},
    {.key = "repeat",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, repeat),
     .low = 0,
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .given = offsetof(struct params, repeat_node) + 1,
     .help = "The points start over after so long; without it, they do not."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const struct point *point = params->points.at;
    char at[UST_TIME_TEXT_MAX], before[UST_TIME_TEXT_MAX];
    (void)node;
    for (uint32_t i = 1; i < params->points.n; i++) {
        bool jump = params->shape == SHAPE_LINEAR && point[i].at == point[i - 1].at;
        if (point[i].at <= point[i - 1].at && !jump)
            ust_diag_error(spec->diag, point[i].at_node->place,
                           "'at' is %s, must lie after the point before it, %s",
                           ust_time_text(point[i].at, at),
                           ust_time_text(point[i - 1].at, before));
    }
    if (params->repeat_node && params->points.n > 0 &&
        params->repeat < point[params->points.n - 1].at)
        ust_diag_error(spec->diag, params->repeat_node->place,
                       "'repeat' is %s, must not lie before the last point, %s",
                       ust_time_text(params->repeat, at),
                       ust_time_text(point[params->points.n - 1].at, before));
}

static enum ust_status plan(const void *from, const struct ust_arrival_context *context,
                            const struct ust_node *node, struct ust_arrival_plan *out)
{
    const struct params *params = from;
    const struct point *point = params->points.at;
    uint32_t last = params->points.n - 1;
    ust_time end = context->end;
    (void)node;

    struct ust_knots knots = {0};
    ust_knots_line(&knots, 0, point[0].at, 0, 0);
    for (uint32_t i = 0; i < last; i++)
        ust_knots_line(&knots, point[i].at, point[i + 1].at, point[i].rate,
                       params->shape == SHAPE_LINEAR ? point[i + 1].rate : point[i].rate);
    ust_time close = params->repeat_node ? params->repeat : end;
    if (close < point[last].at)
        close = point[last].at;
    ust_knots_line(&knots, point[last].at, close, point[last].rate, point[last].rate);
    ust_knots_add(&knots, close, point[last].rate, point[last].rate);
    if (knots.n == 1) /* a single point at the very end: a plan is at least one segment */
        ust_knots_add(&knots, close, point[last].rate, point[last].rate);
    ust_knots_finish(&knots, context->spec->arena, out);

    ust_time span = params->repeat_node ? close : end;
    out->period = params->repeat_node ? close : 0;
    double mass = ust_knots_mass(out->knots, out->knots_n, span);
    out->mean_30d = span > 0 ? mass / ust_time_seconds(span) * (UST_BUDGET_DAYS * 86400) : 0;
    return UST_OK;
}

const struct ust_arrival_type ust_arrival_piecewise = {
    .kind = {.name = "piecewise",
             .help = "A rate drawn point by point: ramps, steps, spikes.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .plan = plan,
};
