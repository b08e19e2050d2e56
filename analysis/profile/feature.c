#include "analysis/profile/feature.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/time.h"

/* Below this share of all events an action tells users apart by accident only. */
#define ACTION_SHARE_MIN 0.001
/* Events of the usual mix that every session is thought to have had before. */
#define USUAL_EVENTS 4.0
/* A feature of which fewer sessions speak says more about the recording than about users. */
#define SAID_MIN 0.5

const char *const ust_feature_group_names[] = {"requests", "think",   "work", "latency",
                                               "errors",   "actions", "time", NULL};

enum what { REQUESTS, THINK, QUANTITY, ERRORS, ACTION, HOUR_SIN, HOUR_COS, WEEKEND };

struct column {
    enum what what;
    uint32_t number; /* of the quantity or action */
    const char *name;
    enum ust_scale_how how;
    double usual; /* share of the action in all events */
    double silent;
};

int64_t ust_second_of_week(int64_t at_ns, int16_t zone_min)
{
    const int64_t week = 7 * 86400, monday = 4 * 86400; /* 1970 began on a Thursday */
    int64_t at = at_ns / UST_S - (at_ns % UST_S < 0);
    at += zone_min == UST_NO_ZONE ? 0 : zone_min * 60;
    return ((at - monday) % week + week) % week;
}

static double value_of(const struct ust_session *s, const struct column *column)
{
    const double turn = 6.283185307179586476925;
    int64_t second = ust_second_of_week(s->first, s->zone_min);
    switch (column->what) {
    case REQUESTS:
        return s->events;
    case THINK:
        return s->thinks > 0 ? s->think / s->thinks : (double)NAN;
    case QUANTITY:
        return s->said[column->number] > 0 ? s->sum[column->number] / s->said[column->number]
                                           : (double)NAN;
    case ERRORS:
        return (double)s->failed / s->events;
    case ACTION:
        return (s->actions[column->number] + USUAL_EVENTS * column->usual) /
               (s->events + USUAL_EVENTS);
    case HOUR_SIN:
        return sin(turn * (double)(second % 86400) / 86400.0);
    case HOUR_COS:
        return cos(turn * (double)(second % 86400) / 86400.0);
    case WEEKEND:
        return second >= 5 * 86400 ? 1.0 : 0.0;
    }
    return (double)NAN;
}

/* ---- which ---- */

static uint32_t add_actions(const struct ust_session_list *sessions,
                            const struct ust_names *actions, struct column *column, uint32_t n)
{
    uint64_t count[UST_PROFILE_ACTIONS_MAX + 1] = {0}, all = 0;
    for (size_t i = 0; i < sessions->n; i++) {
        for (uint32_t a = 0; a < actions->n; a++)
            count[a] += sessions->at[i].actions[a];
        all += sessions->at[i].events;
    }
    for (uint32_t a = 1; a < actions->n; a++)
        if ((double)count[a] >= ACTION_SHARE_MIN * (double)all && count[a] > 0)
            column[n++] = (struct column){.what = ACTION,
                                          .number = a,
                                          .name = actions->at[a],
                                          .how = UST_SCALE_TOGETHER,
                                          .usual = (double)count[a] / (double)all};
    return n;
}

static uint32_t wanted(const struct ust_session_list *sessions, const struct ust_names *actions,
                       unsigned groups, struct column *column)
{
    static const struct {
        unsigned group;
        struct column column;
    } fixed[] = {
        {UST_FEATURE_REQUESTS, {REQUESTS, 0, "requests", UST_SCALE_LOG, 0, 0}},
        {UST_FEATURE_THINK, {THINK, 0, "think", UST_SCALE_LOG, 0, 0}},
        {UST_FEATURE_WORK, {QUANTITY, UST_QUANTITY_CPU, "cpu", UST_SCALE_LOG, 0, 0}},
        {UST_FEATURE_WORK, {QUANTITY, UST_QUANTITY_MEMORY, "memory", UST_SCALE_LOG, 0, 0}},
        {UST_FEATURE_WORK, {QUANTITY, UST_QUANTITY_BYTES, "bytes", UST_SCALE_LOG, 0, 0}},
        {UST_FEATURE_WORK, {QUANTITY, UST_QUANTITY_IO, "io", UST_SCALE_LOG, 0, 0}},
        {UST_FEATURE_LATENCY, {QUANTITY, UST_QUANTITY_LATENCY, "latency", UST_SCALE_LOG, 0, 0}},
        {UST_FEATURE_ERRORS, {ERRORS, 0, "errors", UST_SCALE_ALONE, 0, 0}},
        {UST_FEATURE_TIME, {HOUR_SIN, 0, "hour_sin", UST_SCALE_AS_IS, 0, 0}},
        {UST_FEATURE_TIME, {HOUR_COS, 0, "hour_cos", UST_SCALE_AS_IS, 0, 0}},
        {UST_FEATURE_TIME, {WEEKEND, 0, "weekend", UST_SCALE_AS_IS, 0, 0}},
    };
    uint32_t n = 0;
    for (size_t i = 0; i < sizeof fixed / sizeof fixed[0]; i++)
        if (groups & fixed[i].group)
            column[n++] = fixed[i].column;
    return groups & UST_FEATURE_ACTIONS ? add_actions(sessions, actions, column, n) : n;
}

/* ---- values ---- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Fills x with the column; false where it tells nothing. */
static bool fill(const struct ust_session_list *sessions, struct column *column, double *x,
                 double *said)
{
    size_t n = sessions->n, known = 0;
    for (size_t i = 0; i < n; i++) {
        x[i] = value_of(&sessions->at[i], column);
        if (!isnan(x[i]))
            said[known++] = x[i];
    }
    if (known == 0 || (double)known < SAID_MIN * (double)n)
        return false;
    qsort(said, known, sizeof *said, ascending);
    if (said[0] == said[known - 1])
        return false;
    column->silent = 1.0 - (double)known / (double)n;
    for (size_t i = 0; i < n; i++)
        x[i] = isnan(x[i]) ? said[known / 2] : x[i];
    return true;
}

static const double *show(const struct ust_session_list *sessions, const struct column *column,
                          uint32_t d, const double *x, struct ust_arena *arena)
{
    double *shown = ust_arena_alloc(arena, double, sessions->n *d);
    for (size_t i = 0; i < sessions->n; i++) {
        const struct ust_session *s = &sessions->at[i];
        for (uint32_t j = 0; j < d; j++)
            shown[i * d + j] = column[j].what == ACTION
                                   ? (double)s->actions[column[j].number] / s->events
                                   : x[i * d + j];
    }
    return shown;
}

void ust_features_make(const struct ust_session_list *sessions, const struct ust_names *actions,
                       unsigned groups, struct ust_arena *arena, struct ust_features *out)
{
    struct column column[16 + UST_PROFILE_ACTIONS_MAX];
    size_t n = sessions->n;
    uint32_t d = wanted(sessions, actions, groups ? groups : UST_FEATURES_DEFAULT, column);
    double *all = ust_malloc(((size_t)d + 1) * (n + 1) * sizeof *all), *said = all + d * n;
    memset(out, 0, sizeof *out);
    uint32_t kept = 0;
    for (uint32_t j = 0; j < d; j++) {
        column[kept] = column[j];
        kept += fill(sessions, &column[kept], all + kept * n, said);
    }
    double *x = ust_arena_alloc(arena, double, n *kept);
    out->names = ust_arena_alloc(arena, const char *, kept);
    out->how = ust_arena_alloc(arena, enum ust_scale_how, kept);
    out->silent = ust_arena_alloc(arena, double, kept);
    for (uint32_t j = 0; j < kept; j++) {
        out->names[j] = column[j].name;
        out->how[j] = column[j].how;
        out->silent[j] = column[j].silent;
        for (size_t i = 0; i < n; i++)
            x[i * kept + j] = all[j * n + i];
    }
    out->points = (struct ust_points){x, n, kept};
    out->shown = show(sessions, column, kept, x, arena);
    free(all);
}
