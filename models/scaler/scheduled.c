/* Scheduled actions: at times of the calendar the bounds of a pool, and what it wants, change.
 *
 * An action is due at its second; several at one second act in the order of the list.
 * Whatever else scales the pool goes on between the new bounds.
 */
#include "models/scaler/common.h"
#include "models/scaler/cron.h"
#include "sim/base/limits.h"

#define SECONDS_MAX 86400 /* beyond a day nothing is made up for */

struct action {
    const char *cron;
    int64_t at;            /* second of the day */
    struct ust_items days; /* int: days of the week; none: every day */
    struct ust_instant once;
    int64_t min, max, desired;
    const struct ust_node *cron_node, *at_node, *days_node, *once_node;
    const struct ust_node *min_node, *max_node, *desired_node;
};

struct params {
    const char *time_zone;
    ust_time late, period;
    struct ust_items actions;
    const struct ust_node *zone_node;
};

struct state {
    bool begun;
    int64_t wall, unix_s; /* the last second that was looked at, on the wall and since 1970 */
};

static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

static const struct ust_field action_fields[] = {
    {.key = "cron",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct action, cron),
     .given = offsetof(struct action, cron_node) + 1,
     .help = "When, as cron writes it: minute, hour, day of the month, month, day of the week; "
             "\"0 8 * * mon-fri\" is eight in the morning on working days."},
    {.key = "at",
     .kind = UST_FIELD_CLOCK,
     .offset = offsetof(struct action, at),
     .given = offsetof(struct action, at_node) + 1,
     .help = "When, as a time of day, in place of 'cron'."},
    {.key = "days",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct action, days),
     .unit = UST_FIELD_CHOICE,
     .choices = day_names,
     .low = 1,
     .high = 7,
     .given = offsetof(struct action, days_node) + 1,
     .help = "Days of the week for 'at': sun, mon, tue, wed, thu, fri, sat; every day where "
             "absent."},
    {.key = "once",
     .kind = UST_FIELD_INSTANT,
     .offset = offsetof(struct action, once),
     .given = offsetof(struct action, once_node) + 1,
     .help = "When, once, in place of 'cron'. The time zone is the instant's own."},
    {.key = "min",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct action, min),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .given = offsetof(struct action, min_node) + 1,
     .help = "The pool's new minimum; as it is where absent, and never above the maximum."},
    {.key = "max",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct action, max),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .given = offsetof(struct action, max_node) + 1,
     .help = "The pool's new maximum; as it is where absent."},
    {.key = "desired",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct action, desired),
     .low = 0,
     .high = UST_INSTANCES_MAX,
     .given = offsetof(struct action, desired_node) + 1,
     .help = "What the pool wants from now on; as it is, between the bounds, where absent."},
    {.key = NULL},
};

static const struct ust_field fields[] = {
    {.key = "time_zone",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct params, time_zone),
     .given = offsetof(struct params, zone_node) + 1,
     .help = "A place of the catalogue whose clock counts, summer time included; the time zone "
             "of the scenario's 'start' where absent."},
    {.key = "late",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, late),
     .low = 0,
     .high = 3600,
     .fallback = "0 s",
     .help = "How much later than planned an action comes. AWS says: usually within seconds, "
             "at most 2 min."},
    {.key = "period",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, period),
     .low = 1,
     .high = 60,
     .fallback = "10 s",
     .help = "Time between looks at the clock."},
    {.key = "actions",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, actions),
     .fields = action_fields,
     .size = sizeof(struct action),
     .low = 1,
     .high = 125,
     .flags = UST_FIELD_REQUIRED,
     .help = "What happens when."},
    {.key = NULL},
};

/* ---- checks ---- */

static void check_action(struct ust_spec *spec, const struct action *action,
                         const struct ust_node *list)
{
    const struct ust_node *when[] = {action->cron_node, action->at_node, action->once_node};
    const struct ust_node *first = NULL, *second = NULL;
    for (int i = 0; i < 3; i++) {
        if (when[i] && first && !second)
            second = when[i];
        first = first ? first : when[i];
    }
    struct ust_cron cron;
    const char *wrong = action->cron_node ? ust_cron_parse(action->cron, &cron) : NULL;
    if (!first)
        ust_diag_error(spec->diag, list->place, "an action needs 'cron', 'at' or 'once'");
    if (second)
        ust_diag_error(spec->diag, second->key_place, "'%s' does not go with '%s'", second->key,
                       first->key);
    if (wrong)
        ust_diag_error(spec->diag, action->cron_node->place, "'cron' is '%s', %s", action->cron,
                       wrong);
    if (action->days_node && !action->at_node)
        ust_diag_error(spec->diag, action->days_node->key_place, "'days' goes with 'at' only");
    if (!action->min_node && !action->max_node && !action->desired_node)
        ust_diag_error(spec->diag, first ? first->place : list->place,
                       "an action needs 'min', 'max' or 'desired'");
    if (action->min_node && action->max_node && action->min > action->max)
        ust_diag_error(spec->diag, action->min_node->place, "'min' is %lld, over 'max', %lld",
                       (long long)action->min, (long long)action->max);
    if (action->desired_node && ((action->min_node && action->desired < action->min) ||
                                 (action->max_node && action->desired > action->max)))
        ust_diag_error(spec->diag, action->desired_node->place,
                       "'desired' is %lld, must lie between 'min' and 'max'",
                       (long long)action->desired);
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const struct action *action = params->actions.at;
    (void)node;
    const struct ust_node *at = ust_items_first(&params->actions);
    for (uint32_t i = 0; i < params->actions.n; i++, at = at->next)
        check_action(spec, &action[i], at);
}

/* ---- the clock ---- */

static bool on_day(const struct action *action, int64_t days)
{
    int weekday = (int)(((days + 4) % 7 + 7) % 7);
    const int *day = action->days.at;
    for (uint32_t i = 0; i < action->days.n; i++)
        if (day[i] == weekday)
            return true;
    return action->days.n == 0;
}

static bool due_on_wall(const struct action *action, int64_t second)
{
    struct ust_cron cron;
    int64_t days = second / 86400 - (second % 86400 < 0);
    if (action->at_node)
        return second - days * 86400 == action->at && on_day(action, days);
    return action->cron_node && second % 60 == 0 && !ust_cron_parse(action->cron, &cron) &&
           ust_cron_matches(&cron, second / 60);
}

/* Instants bring their own zone, and no change of clocks repeats or skips them. */
static bool due_at_instant(const struct action *action, int64_t second)
{
    return action->once_node && (action->once.unix_ns + UST_S - 1) / UST_S == second;
}

static void apply(const struct action *action, struct ust_scaler_answer *answer)
{
    answer->bounds = true;
    if (action->min_node)
        answer->min = action->min;
    if (action->max_node)
        answer->max = action->max;
    if (action->desired_node)
        answer->desired = action->desired;
}

static int64_t at_most(int64_t seconds)
{
    return seconds < SECONDS_MAX ? seconds : SECONDS_MAX;
}

static struct ust_scaler_answer target(const void *from, void *memory,
                                       const struct ust_scaler_view *view)
{
    const struct params *params = from;
    struct state *state = memory;
    struct ust_scaler_answer answer = {
        .desired = view->desired, .min = view->min, .max = view->max};
    const int64_t wall = view->local_s - params->late / UST_S;
    const int64_t unix_s = view->unix_s - params->late / UST_S;
    if (!state->begun) { /* the second in which the run begins counts */
        state->wall = wall - params->period / UST_S - 1;
        state->unix_s = unix_s - params->period / UST_S - 1;
    }
    state->begun = true;
    /* The hour that comes twice acts once, and the one that does not come acts at its end. */
    const int64_t on_wall = at_most(wall - state->wall),
                  since = at_most(unix_s - state->unix_s);
    const struct action *action = params->actions.at;
    for (int64_t ago = on_wall > since ? on_wall - 1 : since - 1; ago >= 0; ago--)
        for (uint32_t i = 0; i < params->actions.n; i++)
            if ((ago < on_wall && due_on_wall(&action[i], wall - ago)) ||
                (ago < since && due_at_instant(&action[i], unix_s - ago)))
                apply(&action[i], &answer);
    state->wall = wall > state->wall ? wall : state->wall;
    state->unix_s = unix_s;
    if (answer.min > answer.max) /* what one action leaves of the bounds of others */
        answer.min = answer.max;
    if (answer.desired < answer.min)
        answer.desired = answer.min;
    if (answer.desired > answer.max)
        answer.desired = answer.max;
    answer.reason = answer.desired != view->desired ? "schedule" : NULL;
    return answer;
}

static size_t state_size(const void *params)
{
    (void)params;
    return sizeof(struct state);
}

static ust_time period(const void *params)
{
    return ((const struct params *)params)->period;
}

static unsigned metrics(const void *params)
{
    (void)params;
    return 0;
}

static int64_t most(const void *from)
{
    const struct params *params = from;
    const struct action *action = params->actions.at;
    int64_t most = 0;
    for (uint32_t i = 0; i < params->actions.n; i++) {
        int64_t one = action[i].max > action[i].desired ? action[i].max : action[i].desired;
        most = one > most ? one : most;
    }
    return most;
}

static const char *time_zone(const void *from, const struct ust_node **node)
{
    const struct params *params = from;
    *node = params->zone_node;
    return params->time_zone;
}

const struct ust_scaler_type ust_scaler_scheduled = {
    .kind = {.name = "scheduled",
             .help = "Minimum, maximum and wanted number of instances change at times of the "
                     "calendar, in a time zone.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = state_size,
    .period = period,
    .metrics = metrics,
    .target = target,
    .warm_up = ust_scaler_no_time,
    .most = most,
    .time_zone = time_zone,
};
