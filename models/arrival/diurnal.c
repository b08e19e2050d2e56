/* Day and week: the persona's `week` in the local time of each of its places.
 *
 * Each place's rate rises from trough to peak and falls back along half cosines, is multiplied
 * on its own Saturdays and Sundays, and follows its own clock through summer time. A half
 * cosine has the middle of its ends as mean, whatever its length, so the ratio of peak and
 * trough says how far both lie from the mean. The curve is defined by its values every five
 * minutes of UTC with straight lines between, so that it can be inverted exactly; where a local
 * clock jumps, or the weekend begins, the rate jumps. Rates hour by hour are level in an hour
 * and jump at its end. */
#include <stdlib.h>
#include <string.h>

#include "models/arrival/plan.h"

#define GRID_S   UST_WEEK_GRID_S
#define DAY_MIN  1440
#define GRID_MIN (GRID_S / 60)
#define PI       3.141592653589793

struct params {
    double mean;
    const struct ust_node *mean_node;
};

static const struct ust_field fields[] = {
    {.key = "mean",
     .kind = UST_FIELD_RATE,
     .offset = offsetof(struct params, mean),
     .low = 0,
     .high = 1e9,
     .given = offsetof(struct params, mean_node) + 1,
     .help = "Arrivals per second of all places together, on average over a plain week (one in "
             "which no clock is changed); where absent, the `mean` of the persona's `week`."},
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
    const double *hours; /* in place of the shape; NULL: none */
    uint32_t hours_n;    /* 24 or 168 */
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

/* Every hour has as many cells of the grid, so its rate counts as much as any other's. */
static double hours_mean(const struct curve *curve)
{
    double sum = 0;
    for (uint32_t i = 0; i < curve->hours_n; i++)
        sum += curve->hours[i];
    return sum / curve->hours_n;
}

static void prepare(struct curve *curve, double mean, const struct ust_arrival_context *context)
{
    const struct ust_user_persona *persona = context->persona;
    const struct ust_origin *origins = persona->geography.at;
    curve->hours = persona->week.hours.at;
    curve->hours_n = persona->week.hours.n;
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
        double week = curve->hours_n == 168 ? 1 : (5 + 2 * curve->weekend) / 7;
        double day = curve->hours_n > 0 ? hours_mean(curve) : day_mean(curve, phase);
        local->scale = mean * share / (day * week);
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
        if (curve->hours_n > 0) {
            int64_t hour = of_day / 60 + (curve->hours_n == 168 ? (weekday + 6) % 7 * 24 : 0);
            local->begin = local->end =
                (curve->hours_n == 168 ? local->scale : scale) * curve->hours[hour];
            continue;
        }
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

/* A persona of sessions says how many of them come. */
static enum ust_status take_mean(const struct ust_user_persona *persona,
                                 const struct ust_arrival_context *context,
                                 const struct ust_node *node, double *out)
{
    struct ust_diag *diag = context->spec->diag;
    *out = persona->week.mean;
    if (!persona->week.mean_node)
        return ust_diag_error(
            diag, node->place,
            "diurnal arrivals need a 'mean', here or in the 'week' of persona "
            "'%s'",
            persona->name);
    if (!persona->session_node || context->sessions)
        return UST_OK;
    return ust_diag_error(diag, node->place,
                          "the 'week' of persona '%s' has a 'mean' of sessions; either 'mode: "
                          "sessions', or a 'mean' of requests here",
                          persona->name);
}

static const struct ust_arrival_factors *vary(const struct ust_dispersion *dispersion,
                                              const struct ust_arrival_context *context)
{
    struct ust_arrival_factors *factors =
        ust_arena_alloc(context->spec->arena, struct ust_arrival_factors, 1);
    int64_t start = context->start_unix_ns, interval = dispersion->interval;
    factors->interval = interval;
    factors->phase = start - floor_div(start, interval) * interval;
    factors->law.type = &ust_dist_kind_gamma;
    const double arg[] = {1, dispersion->cv, UST_DIST_ABSENT};
    for (size_t i = 0; i < sizeof arg / sizeof arg[0]; i++)
        factors->law.arg[i] = arg[i];
    (void)factors->law.type->prepare(&factors->law);
    return factors;
}

static enum ust_status plan(const void *from, const struct ust_arrival_context *context,
                            const struct ust_node *node, struct ust_arrival_plan *out)
{
    const struct params *params = from;
    const struct ust_user_persona *persona = context->persona;
    struct ust_spec *spec = context->spec;
    double mean = params->mean;
    if (!persona->week_node)
        return ust_diag_error(spec->diag, node->place,
                              "diurnal arrivals need a 'week' in persona '%s'", persona->name);
    if (!params->mean_node)
        UST_TRY(take_mean(persona, context, node, &mean));
    struct curve *curve = ust_arena_alloc(spec->arena, struct curve, 1);
    prepare(curve, mean, context);
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
    out->mean_30d = mean * UST_BUDGET_DAYS * 86400;
    if (persona->week.dispersion.node)
        out->factors = vary(&persona->week.dispersion, context);
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
