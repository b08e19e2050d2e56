/* Forecasts of a group's load, for scalers that act on what is to come.
 *
 * The load is the metric summed over the group: of a ratio, the number of instances that it
 * would fill. It is kept as means of whole hours (UTC), of the last two weeks or so: first
 * those that a file tells of the time before the run, then those that the run itself brings.
 * Hours without data are gaps, not zeros.
 *
 *   known hours    ...  h-2S ......... h-S ......... now │ h
 *   forecast(h) =  level * (x(h-S) + r x(h-2S) + r^2 x(h-3S) + ...) / (1 + r + r^2 + ...)
 *
 * S is a day or a week, r the weight of the past, and the level is how the latest hours
 * compare with what the same sum would have said of them. Vendors do not publish their models:
 * this one is assumed, and its numbers are parameters.
 *
 * Cost: O(weeks) for an hour that is forecast; O(1) for each value that is added.
 */
#ifndef UST_MODELS_SCALER_FORECAST_H
#define UST_MODELS_SCALER_FORECAST_H

#include "models/scaler/common.h"

enum ust_season { UST_SEASON_AUTO, UST_SEASON_DAY, UST_SEASON_WEEK };

struct ust_history_params {
    const char *file, *time, *column, *zone;
    struct ust_instant from;
    const struct ust_node *node, *file_node, *column_node, *zone_node, *from_node;
    /* What reading finds: [region], means of the hours before the run, the oldest first; NULL:
     * that region has none. */
    double **hours;
    int64_t end; /* the hour since 1970 after the last of them */
};

struct ust_forecast_params {
    struct ust_history_params history;
    int season; /* enum ust_season */
    double recency;
    int64_t level; /* hours */
};

extern const struct ust_field ust_history_fields[];
extern const char *const ust_season_names[];

#define UST_FORECAST_FIELDS(type, member)                                                      \
    {.key = "history",                                                                         \
     .kind = UST_FIELD_GROUP,                                                                  \
     .offset = offsetof(type, member.history),                                                 \
     .fields = ust_history_fields,                                                             \
     .given = offsetof(type, member.history.node) + 1,                                         \
     .help = "The load before the run, from a file. Without it, the run has to be long "       \
             "enough to be its own history."},                                                 \
        {.key = "season",                                                                      \
         .kind = UST_FIELD_CHOICE,                                                             \
         .offset = offsetof(type, member.season),                                              \
         .choices = ust_season_names,                                                          \
         .fallback = "auto",                                                                   \
         .help =                                                                               \
             "Which hours of the past an hour is like: those of the same time of day, or "     \
             "of the week; auto: of the week once the history spans two, of the day until "    \
             "then. The vendor finds daily and weekly patterns by a model that it does "       \
             "not publish: this one is assumed."},                                             \
        {.key = "recency",                                                                     \
         .kind = UST_FIELD_NUMBER,                                                             \
         .offset = offsetof(type, member.recency),                                             \
         .low = 0,                                                                             \
         .high = 1,                                                                            \
         .flags = UST_FIELD_LOW_OPEN,                                                          \
         .fallback = "0.5",                                                                    \
         .help = "Weight of an hour in the mean of those that are alike, against the one a "   \
                 "season later; 1: all weigh the same. Assumed."},                             \
    {                                                                                          \
        .key = "level_hours", .kind = UST_FIELD_INT, .offset = offsetof(type, member.level),   \
        .low = 0, .high = 168, .fallback = "24",                                               \
        .help = "So many latest hours, against what would have been forecast for them, raise " \
                "or lower the forecast as a whole (the trend); 0: nothing does. Assumed."      \
    }

/* ---- the hours that are known ---- */

struct ust_load {
    double *hour;    /* [window], NAN: not known */
    uint32_t window; /* hours that are kept */
    int64_t end;     /* the hour after the last one in it */
    int64_t now;     /* the hour that is being observed */
    double sum;      /* of what was observed in it */
    uint32_t n;      /* values in the sum; 0: none yet */
    bool begun;
};

/* `hour` has room for `window` values; takes the history of the region, if it has any. */
void ust_load_begin(struct ust_load *load, double *hour, uint32_t window,
                    const struct ust_history_params *history, uint32_t region, int64_t unix_s);

/* The load over the time that ends at `unix_s`; NAN: nothing was reported. Returns whether an
 * hour has ended with it, which then is the last one known, at load->end - 1. */
bool ust_load_add(struct ust_load *load, int64_t unix_s, double value);

double ust_load_at(const struct ust_load *load, int64_t hour); /* NAN: not known */
uint32_t ust_load_known(const struct ust_load *load);          /* hours */

/* Of an hour that is not over yet; NAN where nothing like it is known. */
double ust_forecast(const struct ust_load *load, const struct ust_forecast_params *params,
                    int64_t hour);

/* How the latest hours compare with what would have been forecast for them; 1 where that cannot
 * be told. `ust_forecast` is without it, so that it is worked out once for all hours. */
double ust_forecast_level(const struct ust_load *load,
                          const struct ust_forecast_params *params);

/* The sum of what the instances in service report; NAN where none does. */
double ust_load_of(const struct ust_scaler_view *view, int metric);

/* ---- a forecast of the hours ahead, renewed from time to time ---- */

/* What a vendor says of its own forecasts, as parameters. */
struct ust_outlook_params {
    int64_t min_hours, days, horizon, every;
    struct ust_forecast_params model;
};

#define UST_OUTLOOK_FIELDS(type, member, least, most, reach, renewed, how)                     \
    {.key = "min_history",                                                                     \
     .kind = UST_FIELD_INT,                                                                    \
     .offset = offsetof(type, member.min_hours),                                               \
     .low = 1,                                                                                 \
     .high = 1512,                                                                             \
     .fallback = least,                                                                        \
     .help = "Hours of load that the first forecast takes."},                                  \
        {.key = "history_days",                                                                \
         .kind = UST_FIELD_INT,                                                                \
         .offset = offsetof(type, member.days),                                                \
         .low = 1,                                                                             \
         .high = 63,                                                                           \
         .fallback = most,                                                                     \
         .help = "How far back the load is looked at."},                                       \
        {.key = "forecast_hours",                                                              \
         .kind = UST_FIELD_INT,                                                                \
         .offset = offsetof(type, member.horizon),                                             \
         .low = 1,                                                                             \
         .high = 168,                                                                          \
         .fallback = reach,                                                                    \
         .help = "How far ahead a forecast reaches."},                                         \
        {.key = "update_hours",                                                                \
         .kind = UST_FIELD_INT,                                                                \
         .offset = offsetof(type, member.every),                                               \
         .low = 1,                                                                             \
         .high = 168,                                                                          \
         .fallback = renewed,                                                                  \
         .help = "Time between forecasts, in hours of UTC" how "."},                           \
        UST_FORECAST_FIELDS(type, member.model)

/* The same, with what the scaler knows besides. */
struct ust_outlook_terms {
    const struct ust_forecast_params *model;
    uint32_t window;    /* hours of the past that count */
    uint32_t min_hours; /* that have to be known for a forecast */
    uint32_t horizon;   /* hours that it reaches */
    uint32_t every;     /* hours until the next */
    ust_time period;    /* between two looks */
    int metric;         /* enum ust_scaler_metric */
};

struct ust_outlook_terms ust_outlook_terms_of(const struct ust_outlook_params *params,
                                              ust_time period, int metric);

struct ust_outlook {
    struct ust_load load;
    bool known;   /* there is a forecast */
    int64_t made; /* its first hour */
};

/* How many doubles a state keeps room for, behind the outlook. */
static inline size_t ust_outlook_room(const struct ust_outlook_terms *terms)
{
    return terms->window + (size_t)terms->horizon;
}

/* Once every period: what there is becomes part of the history, which becomes a forecast when
 * it is time. Returns whether an hour has ended. */
bool ust_outlook_look(struct ust_outlook *outlook, double *room,
                      const struct ust_outlook_terms *terms,
                      const struct ust_scaler_view *view);

/* The load of an hour; NAN where nothing is said of it. */
double ust_outlook_at(const struct ust_outlook *outlook, const double *room,
                      const struct ust_outlook_terms *terms, int64_t hour);

/* The largest of the hours that lie between now and `ahead` later; NAN: nothing is said of any.
 */
double ust_outlook_most(const struct ust_outlook *outlook, const double *room,
                        const struct ust_outlook_terms *terms, int64_t unix_s, ust_time ahead);

/* An hour has ended: for the timeline, how many instances the next is said to need at `target`
 * each, and how many the last one did. */
void ust_outlook_tell(const struct ust_outlook *outlook, const double *room,
                      const struct ust_outlook_terms *terms, double target,
                      struct ust_scaler_answer *answer);

/* Reads the history; a run that can never come to a forecast is a mistake at `node`. */
enum ust_status ust_outlook_bind(struct ust_spec *spec, struct ust_outlook_params *params,
                                 const struct ust_node *node,
                                 const struct ust_scaler_world *world);

void ust_outlook_check(struct ust_spec *spec, const struct ust_outlook_params *params,
                       const struct ust_node *node);

/* ---- before the run ---- */

/* Reads the file, of the hours from `window` before the run's beginning to it. */
enum ust_status ust_history_read(struct ust_spec *spec, struct ust_history_params *history,
                                 const struct ust_scaler_world *world, uint32_t window);

/* The most hours that any region's history knows. */
uint32_t ust_history_hours(const struct ust_history_params *history,
                           const struct ust_scaler_world *world, uint32_t window);

#endif
