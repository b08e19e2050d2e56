#include "analysis/profile/feature.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/profile/words.h"
#include "sim/base/sort.h"
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

static const struct feature {
    unsigned group;
    enum what what;
    uint32_t quantity;
    const char *name;
    enum ust_scale_how how;
} fixed[] = {
    {UST_FEATURE_REQUESTS, REQUESTS, 0, "requests", UST_SCALE_LOG},
    {UST_FEATURE_THINK, THINK, 0, "think", UST_SCALE_LOG},
    {UST_FEATURE_WORK, QUANTITY, UST_QUANTITY_CPU, "cpu", UST_SCALE_LOG},
    {UST_FEATURE_WORK, QUANTITY, UST_QUANTITY_MEMORY, "memory", UST_SCALE_LOG},
    {UST_FEATURE_WORK, QUANTITY, UST_QUANTITY_BYTES, "bytes", UST_SCALE_LOG},
    {UST_FEATURE_WORK, QUANTITY, UST_QUANTITY_IO, "io", UST_SCALE_LOG},
    {UST_FEATURE_LATENCY, QUANTITY, UST_QUANTITY_LATENCY, "latency", UST_SCALE_LOG},
    {UST_FEATURE_ERRORS, ERRORS, 0, "errors", UST_SCALE_ALONE},
    {UST_FEATURE_TIME, HOUR_SIN, 0, "hour_sin", UST_SCALE_AS_IS},
    {UST_FEATURE_TIME, HOUR_COS, 0, "hour_cos", UST_SCALE_AS_IS},
    {UST_FEATURE_TIME, WEEKEND, 0, "weekend", UST_SCALE_AS_IS},
};
#define FIXED (sizeof fixed / sizeof fixed[0])

/* A column of a plan, with where its value stands in a session. */
struct ust_feature_source {
    enum what what;
    uint32_t number; /* of the quantity or the action */
    double usual;
};

static const struct feature *find_fixed(const char *name)
{
    for (size_t i = 0; i < FIXED; i++)
        if (strcmp(name, fixed[i].name) == 0)
            return &fixed[i];
    return NULL;
}

bool ust_feature_known(const char *name)
{
    return find_fixed(name) != NULL;
}

/* Words of a recording have at most 63 bytes (parse.c); what is longer is no word of one. */
#define WORD_MAX 64

static bool same_name(const char *a, const char *b)
{
    char x[WORD_MAX], y[WORD_MAX];
    if (strlen(a) >= WORD_MAX || strlen(b) >= WORD_MAX)
        return false;
    ust_plain_name(a, x);
    ust_plain_name(b, y);
    return strcmp(x, y) == 0;
}

uint16_t ust_feature_action(const struct ust_feature_column *column,
                            const struct ust_names *actions)
{
    uint16_t number = ust_names_find(actions, column->name);
    for (uint32_t a = 1; a < actions->n && number == 0; a++)
        if (same_name(actions->at[a], column->name))
            number = (uint16_t)a;
    return number;
}

static struct ust_feature_source source_of(const struct ust_feature_column *column,
                                           const struct ust_names *actions)
{
    if (column->action)
        return (struct ust_feature_source){ACTION, ust_feature_action(column, actions),
                                           column->usual};
    const struct feature *feature = find_fixed(column->name);
    return (struct ust_feature_source){feature->what, feature->quantity, 0.0};
}

int64_t ust_second_of_week(int64_t at_ns, int16_t zone_min)
{
    const int64_t week = 7 * 86400, monday = 4 * 86400; /* 1970 began on a Thursday */
    int64_t at = at_ns / UST_S - (at_ns % UST_S < 0);
    at += zone_min == UST_NO_ZONE ? 0 : zone_min * 60;
    return ((at - monday) % week + week) % week;
}

/* Number 0 stands for events without an action, and so for none of this name. */
static double count_of(const struct ust_session *s, const struct ust_feature_source *from)
{
    return from->number > 0 ? s->actions[from->number] : 0.0;
}

static double value_of(const struct ust_session *s, const struct ust_feature_source *from)
{
    const double turn = 6.283185307179586476925;
    int64_t second = ust_second_of_week(s->first, s->zone_min);
    switch (from->what) {
    case REQUESTS:
        return s->events;
    case THINK:
        return s->thinks > 0 ? s->think / s->thinks : (double)NAN;
    case QUANTITY:
        return s->said[from->number] > 0 ? s->sum[from->number] / s->said[from->number]
                                         : (double)NAN;
    case ERRORS:
        return (double)s->failed / s->events;
    case ACTION:
        return (count_of(s, from) + USUAL_EVENTS * from->usual) / (s->events + USUAL_EVENTS);
    case HOUR_SIN:
        return sin(turn * (double)(second % 86400) / 86400.0);
    case HOUR_COS:
        return cos(turn * (double)(second % 86400) / 86400.0);
    case WEEKEND:
        return second >= 5 * 86400 ? 1.0 : 0.0;
    }
    return (double)NAN;
}

/* ---- the plan ---- */

/* Adds the column if it tells sessions apart. */
static void consider(struct ust_feature_plan *plan, const struct ust_session_list *sessions,
                     const struct ust_names *actions, struct ust_feature_column column,
                     double *said)
{
    struct ust_feature_source from = source_of(&column, actions);
    size_t known = 0;
    for (size_t i = 0; i < sessions->n; i++) {
        double x = value_of(&sessions->at[i], &from);
        if (!isnan(x))
            said[known++] = x;
    }
    if (known == 0 || (double)known < SAID_MIN * (double)sessions->n)
        return;
    qsort(said, known, sizeof *said, ust_ascending);
    if (said[0] == said[known - 1])
        return;
    column.silent = 1.0 - (double)known / (double)sessions->n;
    column.fill = said[known / 2];
    plan->column[plan->n++] = column;
}

static void consider_actions(struct ust_feature_plan *plan,
                             const struct ust_session_list *sessions,
                             const struct ust_names *actions, double *said)
{
    uint64_t count[UST_PROFILE_ACTIONS_MAX + 1] = {0}, all = 0;
    for (size_t i = 0; i < sessions->n; i++) {
        for (uint32_t a = 0; a < actions->n; a++)
            count[a] += sessions->at[i].actions[a];
        all += sessions->at[i].events;
    }
    for (uint32_t a = 1; a < actions->n; a++) {
        double usual = (double)count[a] / (double)all;
        if (count[a] > 0 && usual >= ACTION_SHARE_MIN)
            consider(plan, sessions, actions,
                     (struct ust_feature_column){.name = actions->at[a],
                                                 .action = true,
                                                 .how = UST_SCALE_TOGETHER,
                                                 .usual = usual},
                     said);
    }
}

void ust_features_plan(const struct ust_session_list *sessions, const struct ust_names *actions,
                       unsigned groups, struct ust_arena *arena, struct ust_feature_plan *out)
{
    double *said = ust_malloc((sessions->n + 1) * sizeof *said);
    groups = groups ? groups : UST_FEATURES_DEFAULT;
    out->n = 0;
    out->column =
        ust_arena_alloc(arena, struct ust_feature_column, FIXED + UST_PROFILE_ACTIONS_MAX);
    for (size_t i = 0; i < FIXED; i++)
        if (groups & fixed[i].group)
            consider(out, sessions, actions,
                     (struct ust_feature_column){.name = fixed[i].name, .how = fixed[i].how},
                     said);
    if (groups & UST_FEATURE_ACTIONS)
        consider_actions(out, sessions, actions, said);
    free(said);
}

/* ---- values ---- */

static bool fill(const struct ust_feature_column *column, const struct ust_feature_source *from,
                 const struct ust_session *s, double *x, double *shown)
{
    double value = value_of(s, from);
    *x = isnan(value) ? column->fill : value;
    *shown = from->what == ACTION ? count_of(s, from) / s->events : *x;
    return !isnan(value);
}

void ust_features_apply(const struct ust_feature_plan *plan,
                        const struct ust_session_list *sessions,
                        const struct ust_names *actions, struct ust_arena *arena,
                        struct ust_features *out)
{
    size_t n = sessions->n, d = plan->n;
    double *x = ust_arena_alloc(arena, double, n *d), shown;
    struct ust_feature_source *source =
        ust_arena_alloc(arena, struct ust_feature_source, d + 1);
    for (uint32_t j = 0; j < d; j++) {
        source[j] = source_of(&plan->column[j], actions);
        for (size_t i = 0; i < n; i++)
            fill(&plan->column[j], &source[j], &sessions->at[i], &x[i * d + j], &shown);
    }
    *out = (struct ust_features){.points = {x, n, (uint32_t)d},
                                 .plan = plan,
                                 .sessions = *sessions,
                                 .source = source,
                                 .x = x};
}

double ust_features_shown(const struct ust_features *features, size_t i, uint32_t j)
{
    double x, shown;
    fill(&features->plan->column[j], &features->source[j], &features->sessions.at[i], &x,
         &shown);
    return shown;
}

void ust_features_row(const struct ust_feature_plan *plan, const struct ust_session *session,
                      const struct ust_names *actions, double *x, double *shown, bool *silent)
{
    for (uint32_t j = 0; j < plan->n; j++) {
        struct ust_feature_source from = source_of(&plan->column[j], actions);
        bool said = fill(&plan->column[j], &from, session, &x[j], &shown[j]);
        if (silent != NULL)
            silent[j] = !said;
    }
}
