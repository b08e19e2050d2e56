#include "analysis/profile/rows.h"

#include <math.h>
#include <string.h>

#include "sim/base/detmath.h"

/* As of features (feature.c). */
#define ACTION_SHARE_MIN 0.001
#define SAID_MIN         0.5

enum what { LENGTH, PAUSE, QUANTITY, ERRORS, HOUR_SIN, HOUR_COS, WEEKEND };

/* `least`: kinds whose users differ by less are one. A tenth of a logarithm of pauses or
 * lengths; a third in what requests cost, since costs of one action differ from kind to kind,
 * and then hang together with what was done. */
static const struct measure {
    unsigned group;
    enum what what;
    uint32_t quantity;
    double least;
} measures[] = {
    {UST_FEATURE_REQUESTS, LENGTH, 0, 0.1},
    {UST_FEATURE_THINK, PAUSE, 0, 0.1},
    {UST_FEATURE_ERRORS, ERRORS, 0, 0.05},
    {UST_FEATURE_TIME, HOUR_SIN, 0, 0.2},
    {UST_FEATURE_TIME, HOUR_COS, 0, 0.2},
    {UST_FEATURE_TIME, WEEKEND, 0, 0.2},
    /* costs, which come last */
    {UST_FEATURE_WORK, QUANTITY, UST_QUANTITY_CPU, 0.2},
    {UST_FEATURE_WORK, QUANTITY, UST_QUANTITY_MEMORY, 0.2},
    {UST_FEATURE_WORK, QUANTITY, UST_QUANTITY_BYTES, 0.2},
    {UST_FEATURE_WORK, QUANTITY, UST_QUANTITY_IO, 0.2},
    {UST_FEATURE_LATENCY, QUANTITY, UST_QUANTITY_LATENCY, 0.2},
};
#define MEASURES (sizeof measures / sizeof measures[0])

/* Less than this of what is usual is no less; a session that took nothing at all says nothing:
 * there is no logarithm of it, and what its actions were is known. */
#define COST_MIN 0.02

/* A value, and the number of events behind it; 0 where the session is silent. */
struct said {
    double value, events;
};

static double usual_of(const struct ust_usual *usual, uint32_t action, uint32_t quantity)
{
    if (usual == NULL)
        return 1.0;
    uint64_t said = usual->said[action][quantity];
    return said > 0 ? usual->sum[action][quantity] / (double)said : 0.0;
}

/* What so many events of each action usually take. */
static double expected(const struct ust_session *s, const struct ust_usual *usual,
                       uint32_t actions, uint32_t quantity)
{
    double sum = 0.0;
    if (usual == NULL)
        return s->said[quantity];
    for (uint32_t a = 0; a < actions; a++)
        if (s->actions[a] > 0)
            sum += s->actions[a] * usual_of(usual, a, quantity);
    return sum;
}

static struct said measure_of(const struct ust_session *s, const struct measure *m,
                              const struct ust_usual *usual, uint32_t actions)
{
    const double turn = 6.283185307179586476925;
    double at = (double)ust_second_of_week(s->first, s->zone_min);
    double own, others;
    switch (m->what) {
    case LENGTH:
        return (struct said){ust_log(s->events), s->events};
    case PAUSE:
        return s->thinks > 0 ? (struct said){s->log_think / s->thinks, s->thinks}
                             : (struct said){0.0, 0.0};
    case QUANTITY:
        own = s->sum[m->quantity];
        others = expected(s, usual, actions, m->quantity);
        return s->said[m->quantity] > 0 && others > 0.0 && own > 0.0
                   ? (struct said){ust_log(fmax(own / others, COST_MIN)), s->said[m->quantity]}
                   : (struct said){0.0, 0.0};
    case ERRORS:
        return (struct said){(double)s->failed / s->events, s->events};
    case HOUR_SIN:
        return (struct said){sin(turn * fmod(at, 86400.0) / 86400.0), 1.0};
    case HOUR_COS:
        return (struct said){cos(turn * fmod(at, 86400.0) / 86400.0), 1.0};
    case WEEKEND:
        return (struct said){at >= 5 * 86400 ? 1.0 : 0.0, 1.0};
    }
    return (struct said){0.0, 0.0};
}

/* Rounding is no difference. */
#define SAME 1e-9

static bool differs(const struct ust_session_list *sessions, const struct measure *m,
                    uint32_t actions)
{
    double low = (double)INFINITY, high = -(double)INFINITY;
    size_t n = 0;
    for (size_t i = 0; i < sessions->n; i++) {
        struct said it = measure_of(&sessions->at[i], m, sessions->usual, actions);
        if (!(it.events > 0.0))
            continue;
        n++;
        low = fmin(low, it.value);
        high = fmax(high, it.value);
    }
    return (double)n >= SAID_MIN * (double)sessions->n && high - low > SAME;
}

/* Their numbers; none where only one is done. */
static uint32_t choose_actions(const struct ust_session_list *sessions, uint32_t actions,
                               uint32_t *chosen)
{
    uint64_t count[UST_PROFILE_ACTIONS_MAX + 1] = {0}, all = 0;
    uint32_t n = 0;
    for (size_t i = 0; i < sessions->n; i++)
        for (uint32_t a = 0; a < actions; a++) {
            count[a] += sessions->at[i].actions[a];
            all += sessions->at[i].actions[a];
        }
    for (uint32_t a = 0; a < actions; a++)
        if (count[a] > 0 && (double)count[a] >= ACTION_SHARE_MIN * (double)all)
            chosen[n++] = a;
    return n > 1 ? n : 0;
}

void ust_rows_make(const struct ust_session_list *sessions, const struct ust_names *actions,
                   unsigned groups, struct ust_arena *arena, struct ust_rows *out)
{
    const struct measure *taken[MEASURES];
    uint32_t chosen[UST_PROFILE_ACTIONS_MAX + 1], m = 0, n = 0;
    groups = groups ? groups : UST_FEATURES_DEFAULT;
    memset(out, 0, sizeof *out);
    for (size_t i = 0; i < MEASURES; i++)
        if ((groups & measures[i].group) && differs(sessions, &measures[i], actions->n))
            taken[m++] = &measures[i];
    if (groups & UST_FEATURE_ACTIONS)
        n = choose_actions(sessions, actions->n, chosen);
    uint32_t d = 2 * m + n;
    double *x = ust_arena_alloc(arena, double, sessions->n *d),
           *least = ust_arena_alloc(arena, double, m);
    out->points = (struct ust_points){x, sessions->n, d};
    out->layout = (struct ust_kinds_layout){.measures = m,
                                            .actions = n,
                                            .length = m > 0 && taken[0]->what == LENGTH,
                                            .least = least};
    for (uint32_t j = 0; j < m; j++) {
        least[j] = taken[j]->least;
        out->layout.costs += n > 0 && taken[j]->what == QUANTITY;
    }
    double *usual = ust_arena_alloc(arena, double, out->layout.costs *n);
    out->layout.usual = usual;
    for (uint32_t q = 0; q < out->layout.costs; q++)
        for (uint32_t a = 0; a < n; a++)
            *usual++ = usual_of(sessions->usual, chosen[a],
                                taken[m - out->layout.costs + q]->quantity);
    for (size_t i = 0; i < sessions->n; i++, x += d) {
        for (uint32_t j = 0; j < m; j++) {
            struct said it =
                measure_of(&sessions->at[i], taken[j], sessions->usual, actions->n);
            x[2 * j] = it.value;
            x[2 * j + 1] = it.events;
        }
        for (uint32_t a = 0; a < n; a++)
            x[2 * m + a] = sessions->at[i].actions[chosen[a]];
    }
}
