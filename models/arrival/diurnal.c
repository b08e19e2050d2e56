/* Day and week: the persona's `week` in the local time of each of its places.
 *
 * Each place's rate rises from trough to peak and falls back along half cosines, is multiplied
 * on its own Saturdays and Sundays, and follows its own clock through summer time. A half
 * cosine has the middle of its ends as mean, whatever its length, so the ratio of peak and
 * trough says how far both lie from the mean. The curve is defined by its values every five
 * minutes of UTC with straight lines between, so that it can be inverted exactly; where a local
 * clock jumps, or the weekend begins, the rate jumps. */
#include <stdlib.h>
#include <string.h>

#include "models/arrival/plan.h"

#define GRID_S   300
#define DAY_MIN  1440
#define GRID_MIN (GRID_S / 60)
#define PI       3.141592653589793

struct params {
    double mean;
};

static const struct ust_field fields[] = {
    {.key = "mean",
     .kind = UST_FIELD_RATE,
     .offset = offsetof(struct params, mean),
     .low = 0,
     .high = 1e9,
     .flags = UST_FIELD_REQUIRED,
     .help = "Arrivals per second of all places together, on average over a plain week (one in "
             "which no clock is changed)."},
    {.key = NULL},
};

/* What the walk along the grid knows of one place. */
struct local {
    struct ust_place_facts place;
    double scale;      /* of the shape, so that the mean over a week is the place's share */
    double begin, end; /* rates in this cell of the grid */
    double was;        /* rate at the end of the cell before */
};

struct curve {
    double shape[DAY_MIN]; /* by minute of the local day, 1 at the trough */
    double weekend;
    struct local *local;
    uint32_t n;
};

/* The plan as it grows; `share` has a row of all places for each knot. */
struct draft {
    struct ust_knots knots;
    double *share;
    double *row; /* rates of places for the next knot */
    uint32_t places_n, rows_max;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static double shape_at(const struct ust_week *week, int64_t second)
{
    if (!(week->peak_to_trough > 1))
        return 1;
    int64_t day = 86400;
    int64_t rise = ((week->peak - week->trough) % day + day) % day;
    int64_t since = ((second - week->trough) % day + day) % day;
    double along = since < rise ? (double)since / (double)rise
                                : (double)(day - since) / (double)(day - rise);
    return 1 + (week->peak_to_trough - 1) * 0.5 * (1 - ust_cos(PI * along));
}

/* Mean of the straight lines over a day, that is of the values on the grid; these lie `phase`
 * minutes into the local five minutes where a local offset is no multiple of five. */
static double day_mean(const struct curve *curve, int phase)
{
    double sum = 0;
    for (int minute = phase; minute < DAY_MIN; minute += GRID_MIN)
        sum += curve->shape[minute];
    return sum / (DAY_MIN / GRID_MIN);
}

static void prepare(struct curve *curve, const struct params *params,
                    const struct ust_arrival_context *context)
{
    const struct ust_user_persona *persona = context->persona;
    const struct ust_origin *origins = persona->geography.at;
    for (int minute = 0; minute < DAY_MIN; minute++)
        curve->shape[minute] = shape_at(&persona->week, minute * 60);
    curve->weekend = persona->week.weekend;
    curve->n = persona->geography.n ? persona->geography.n : 1;
    curve->local = ust_arena_alloc(context->spec->arena, struct local, curve->n);
    for (uint32_t p = 0; p < curve->n; p++) {
        struct local *local = &curve->local[p];
        local->place.utc_offset_min = context->offset_minutes; /* without a geography */
        if (persona->geography.n)
            local->place = origins[p].place;
        double share = persona->geography.n ? origins[p].share : 1;
        int phase = (local->place.utc_offset_min % GRID_MIN + GRID_MIN) % GRID_MIN;
        double week = (5 + 2 * curve->weekend) / 7;
        local->scale = params->mean * share / (day_mean(curve, phase) * week);
    }
}

/* Rates of all places at both ends of the cell that begins at a grid instant. The whole cell
 * keeps the offset and the day of its beginning. */
static void load_cell(struct curve *curve, int64_t grid_s)
{
    for (uint32_t p = 0; p < curve->n; p++) {
        struct local *local = &curve->local[p];
        int64_t minute = grid_s / 60 + ust_place_offset_min(&local->place, grid_s);
        int64_t day = floor_div(minute, DAY_MIN);
        int64_t weekday = ((day + 4) % 7 + 7) % 7; /* 0 is Sunday */
        int64_t of_day = minute - day * DAY_MIN;
        double scale = local->scale * (weekday == 0 || weekday == 6 ? curve->weekend : 1);
        local->was = local->end;
        local->begin = scale * curve->shape[of_day];
        local->end = scale * curve->shape[(of_day + GRID_MIN) % DAY_MIN];
    }
}

static bool jumps(const struct curve *curve)
{
    for (uint32_t p = 0; p < curve->n; p++)
        if (curve->local[p].begin != curve->local[p].was)
            return true;
    return false;
}

/* Fills the draft's row with the rates at `u` of the cell; returns their sum. */
static double rates_at(struct draft *draft, const struct curve *curve, double u)
{
    double total = 0;
    for (uint32_t p = 0; p < curve->n; p++) {
        const struct local *local = &curve->local[p];
        draft->row[p] = local->begin + (local->end - local->begin) * u;
        total += draft->row[p];
    }
    return total;
}

/* A knot with the rates of the row. Where all are nothing, nobody asks for shares. */
static void add_knot(struct draft *draft, ust_time at, double rate, double rate_end)
{
    uint32_t n = draft->places_n, knot = draft->knots.n;
    if (knot == draft->rows_max) {
        draft->rows_max = draft->rows_max ? 2 * draft->rows_max : 64;
        draft->share =
            ust_realloc(draft->share, (size_t)draft->rows_max * n * sizeof(*draft->share));
    }
    for (uint32_t p = 0; p < n; p++)
        draft->share[(size_t)knot * n + p] = rate > 0 ? draft->row[p] / rate : 1.0 / n;
    ust_knots_add(&draft->knots, at, rate, rate_end);
}

/* Closes the cell before with its own rates; no time passes from here to the next knot. */
static void add_jump(struct draft *draft, const struct curve *curve, ust_time at)
{
    double total = 0;
    for (uint32_t p = 0; p < curve->n; p++)
        total += draft->row[p] = curve->local[p].was;
    add_knot(draft, at, total, total);
}

static void walk(struct draft *draft, struct curve *curve, int64_t start_ns, ust_time end)
{
    const int64_t cell = GRID_S * UST_S;
    ust_time at = 0;
    for (int64_t grid = floor_div(start_ns, cell); at < end; grid++) {
        ust_time begin = grid * cell - start_ns; /* of the cell, by the run's clock */
        ust_time until = begin + cell < end ? begin + cell : end;
        load_cell(curve, grid * GRID_S);
        if (at > 0 && jumps(curve))
            add_jump(draft, curve, at);
        double rate_end = rates_at(draft, curve, (double)(until - begin) / (double)cell);
        double rate = rates_at(draft, curve, (double)(at - begin) / (double)cell);
        add_knot(draft, at, rate, rate_end);
        if (until == end) {
            rates_at(draft, curve, (double)(until - begin) / (double)cell);
            add_knot(draft, end, rate_end, rate_end);
        }
        at = until;
    }
}

static enum ust_status plan(const void *from, const struct ust_arrival_context *context,
                            const struct ust_node *node, struct ust_arrival_plan *out)
{
    const struct params *params = from;
    const struct ust_user_persona *persona = context->persona;
    struct ust_spec *spec = context->spec;
    if (!persona->week_node)
        return ust_diag_error(spec->diag, node->place,
                              "diurnal arrivals need a 'week' in persona '%s'", persona->name);
    struct curve *curve = ust_arena_alloc(spec->arena, struct curve, 1);
    prepare(curve, params, context);
    double shares = ust_time_seconds(context->end) / GRID_S * curve->n;
    if (shares > UST_SHARES_MAX)
        return ust_diag_error(spec->diag, node->place,
                              "%u places at every five minutes of the run are too many; fewer "
                              "places or a shorter run are needed",
                              curve->n);

    struct draft draft = {.row = ust_arena_alloc(spec->arena, double, curve->n),
                          .places_n = curve->n};
    walk(&draft, curve, context->start_unix_ns, context->end);
    if (persona->geography.n) {
        size_t n = (size_t)draft.knots.n * curve->n;
        double *share = ust_arena_alloc(spec->arena, double, n);
        memcpy(share, draft.share, n * sizeof(*share));
        out->place_share = share;
        out->places_n = curve->n;
    }
    free(draft.share);
    ust_knots_finish(&draft.knots, spec->arena, out);
    out->mean_30d = params->mean * UST_BUDGET_DAYS * 86400;
    return UST_OK;
}

const struct ust_arrival_type ust_arrival_diurnal = {
    .kind = {.name = "diurnal",
             .help = "Day and week of the persona, in the local time of each of its places; "
                     "without a geography, in the scenario's.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .plan = plan,
};
