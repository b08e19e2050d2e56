/* Hours of load, and the seasonal mean that stands for a vendor's model. */
#include "models/scaler/forecast.h"

#include <math.h>

enum { DAY = 24, WEEK = 7 * DAY };

const char *const ust_season_names[] = {"auto", "day", "week", NULL};

static int64_t hour_of(int64_t unix_s)
{
    return unix_s / 3600 - (unix_s % 3600 < 0);
}

static uint32_t slot(const struct ust_load *load, int64_t hour)
{
    int64_t rest = hour % (int64_t)load->window;
    return (uint32_t)(rest < 0 ? rest + (int64_t)load->window : rest);
}

double ust_load_at(const struct ust_load *load, int64_t hour)
{
    if (hour >= load->end || hour < load->end - (int64_t)load->window)
        return (double)NAN;
    return load->hour[slot(load, hour)];
}

uint32_t ust_load_known(const struct ust_load *load)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < load->window; i++)
        n += !ust_scaler_missing(load->hour[i]);
    return n;
}

/* ---- observing ---- */

void ust_load_begin(struct ust_load *load, double *hour, uint32_t window,
                    const struct ust_history_params *history, uint32_t region, int64_t unix_s)
{
    *load = (struct ust_load){
        .hour = hour, .window = window, .now = hour_of(unix_s), .begun = true};
    load->end = load->now;
    for (uint32_t i = 0; i < window; i++)
        hour[i] = (double)NAN;
    if (history->hours == NULL || history->hours[region] == NULL)
        return;
    for (uint32_t i = 0; i < window; i++) {
        int64_t at = history->end - (int64_t)window + (int64_t)i;
        if (at >= load->end - (int64_t)window && at < load->end)
            hour[slot(load, at)] = history->hours[region][i];
    }
}

/* The hour under way is over, and so may be further ones of which nothing was seen. */
static void close_hours(struct ust_load *load, int64_t next)
{
    double mean = load->n > 0 ? load->sum / load->n : (double)NAN;
    if (next - load->now > (int64_t)load->window)
        load->now = next - (int64_t)load->window;
    for (; load->now < next; load->now++) {
        load->hour[slot(load, load->now)] = mean;
        mean = (double)NAN;
    }
    load->end = next;
    load->sum = 0;
    load->n = 0;
}

bool ust_load_add(struct ust_load *load, int64_t unix_s, double value)
{
    /* What ends with the hour is of it. */
    int64_t of = hour_of(unix_s - 1), after = hour_of(unix_s);
    bool ends = after > load->now;
    if (of > load->now)
        close_hours(load, of);
    if (!ust_scaler_missing(value)) {
        load->sum += value;
        load->n++;
    }
    if (after > load->now)
        close_hours(load, after);
    return ends;
}

double ust_load_of(const struct ust_scaler_view *view, int metric)
{
    double sum = 0;
    uint32_t n = 0;
    if (metric == UST_SCALE_ARRIVALS)
        return view->arrivals;
    for (uint32_t i = 0; i < view->n; i++) {
        const struct ust_scaler_instance *it = &view->instance[i];
        if (!it->in_service || ust_scaler_missing(it->value[metric]))
            continue;
        sum += it->value[metric];
        n++;
    }
    return n > 0 ? sum : (double)NAN;
}

/* ---- forecasting ---- */

/* The weighted mean of the hours a season apart, before `hour` and before `until`. */
static double seasonal(const struct ust_load *load, double recency, int64_t season,
                       int64_t hour, int64_t until)
{
    double sum = 0, weights = 0, weight = 1;
    for (int64_t at = hour - season; at >= load->end - (int64_t)load->window; at -= season) {
        double value = at < until ? ust_load_at(load, at) : (double)NAN;
        if (!ust_scaler_missing(value)) {
            sum += weight * value;
            weights += weight;
        }
        if (at < until)
            weight *= recency;
    }
    return weights > 0 ? sum / weights : (double)NAN;
}

/* Has the history begun two weeks before its end? */
static bool two_weeks(const struct ust_load *load)
{
    for (int64_t at = load->end - (int64_t)load->window; at <= load->end - 2 * WEEK; at++)
        if (!ust_scaler_missing(ust_load_at(load, at)))
            return true;
    return false;
}

static double of_hour(const struct ust_load *load, const struct ust_forecast_params *params,
                      int64_t hour, int64_t until)
{
    bool week = params->season == UST_SEASON_WEEK ||
                (params->season == UST_SEASON_AUTO && two_weeks(load));
    double value = (double)NAN;
    if (week)
        value = seasonal(load, params->recency, WEEK, hour, until);
    if (ust_scaler_missing(value)) /* an hour of the week that was never seen */
        value = seasonal(load, params->recency, DAY, hour, until);
    return value;
}

double ust_forecast(const struct ust_load *load, const struct ust_forecast_params *params,
                    int64_t hour)
{
    return of_hour(load, params, hour, load->end);
}

double ust_forecast_level(const struct ust_load *load, const struct ust_forecast_params *params)
{
    double was = 0, said = 0;
    for (int64_t at = load->end - params->level; at < load->end; at++) {
        double value = ust_load_at(load, at);
        double forecast = of_hour(load, params, at, load->end - params->level);
        if (ust_scaler_missing(value) || ust_scaler_missing(forecast))
            continue;
        was += value;
        said += forecast;
    }
    return said > 0 ? was / said : 1;
}

/* ---- the outlook ---- */

struct ust_outlook_terms ust_outlook_terms_of(const struct ust_outlook_params *params,
                                              ust_time period, int metric)
{
    return (struct ust_outlook_terms){.model = &params->model,
                                      .window = (uint32_t)params->days * 24,
                                      .min_hours = (uint32_t)params->min_hours,
                                      .horizon = (uint32_t)params->horizon,
                                      .every = (uint32_t)params->every,
                                      .period = period,
                                      .metric = metric};
}

void ust_outlook_check(struct ust_spec *spec, const struct ust_outlook_params *params,
                       const struct ust_node *node)
{
    if (params->min_hours > params->days * 24)
        ust_diag_error(spec->diag, node->place,
                       "'min_history' is %lld hours, over the %lld days of 'history_days'",
                       (long long)params->min_hours, (long long)params->days);
}

static void renew(struct ust_outlook *outlook, double *room,
                  const struct ust_outlook_terms *terms)
{
    const double level = ust_forecast_level(&outlook->load, terms->model);
    outlook->made = outlook->load.end;
    outlook->known = true;
    for (uint32_t i = 0; i < terms->horizon; i++)
        room[terms->window + i] =
            level * ust_forecast(&outlook->load, terms->model, outlook->made + i);
}

bool ust_outlook_look(struct ust_outlook *outlook, double *room,
                      const struct ust_outlook_terms *terms, const struct ust_scaler_view *view)
{
    struct ust_load *load = &outlook->load;
    if (!load->begun)
        ust_load_begin(load, room, terms->window, &terms->model->history, view->region,
                       view->unix_s - terms->period / UST_S);
    const bool ended = ust_load_add(load, view->unix_s, ust_load_of(view, terms->metric));
    const bool due =
        load->end % terms->every == 0 || load->end >= outlook->made + (int64_t)terms->every;
    if ((!outlook->known || (ended && due)) && ust_load_known(load) >= terms->min_hours)
        renew(outlook, room, terms);
    return ended;
}

double ust_outlook_at(const struct ust_outlook *outlook, const double *room,
                      const struct ust_outlook_terms *terms, int64_t hour)
{
    if (!outlook->known || hour < outlook->made ||
        hour >= outlook->made + (int64_t)terms->horizon)
        return (double)NAN;
    return room[terms->window + (size_t)(hour - outlook->made)];
}

double ust_outlook_most(const struct ust_outlook *outlook, const double *room,
                        const struct ust_outlook_terms *terms, int64_t unix_s, ust_time ahead)
{
    const int64_t last = hour_of(unix_s + ahead / UST_S);
    double most = (double)NAN;
    for (int64_t hour = hour_of(unix_s); hour <= last; hour++) {
        double load = ust_outlook_at(outlook, room, terms, hour);
        if (!ust_scaler_missing(load) && !(load <= most))
            most = load;
    }
    return most;
}

static int64_t instances(double load, double target)
{
    return ust_scaler_missing(load) ? -1 : ust_scaler_ceil(load / target);
}

void ust_outlook_tell(const struct ust_outlook *outlook, const double *room,
                      const struct ust_outlook_terms *terms, double target,
                      struct ust_scaler_answer *answer)
{
    const int64_t next = outlook->load.end;
    answer->told = true;
    answer->needed = instances(ust_load_at(&outlook->load, next - 1), target);
    answer->forecast = instances(ust_outlook_at(outlook, room, terms, next), target);
}

/* From keys that could not be read nothing follows. */
static bool is_told(const struct ust_spec *spec, const struct ust_node *node)
{
    return ust_spec_blamed(spec, ust_node_get(node, "history")) ||
           ust_spec_blamed(spec, ust_node_get(node, "history_days")) ||
           ust_spec_blamed(spec, ust_node_get(node, "min_history"));
}

enum ust_status ust_outlook_bind(struct ust_spec *spec, struct ust_outlook_params *params,
                                 const struct ust_node *node,
                                 const struct ust_scaler_world *world)
{
    const uint32_t window = (uint32_t)params->days * 24;
    if (is_told(spec, node))
        return UST_INVALID;
    UST_TRY(ust_history_read(spec, &params->model.history, world, window));
    const int64_t known = ust_history_hours(&params->model.history, world, window);
    if (known + world->length / UST_HOUR >= params->min_hours)
        return UST_OK;
    return ust_diag_error(spec->diag, node->place,
                          "a forecast takes %lld hours of load, but there %s %lld before the "
                          "run, which lasts %.3g h; 'history' can bring more",
                          (long long)params->min_hours, known == 1 ? "is" : "are",
                          (long long)known, ust_time_seconds(world->length) / 3600);
}
