#include "tests/theory/launching.h"

#include <math.h>

/* Nobody comes; the pools of region `here` launch. */
char *launching_idle(const char *instance, const char *service, const char *pools,
                     const char *more)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(
        out,
        "understudy: 1\nname: launch\nduration: 1 h\ninterval: 1 min\n"
        "personas:\n  - {name: user, actions: {ask: {work: 1 ms}}}\n"
        "regions: {here: {zones: 3}}\n"
        "services:\n%s"
        "  s:\n    instance: {name: box, %s}\n    pools: {here: %s}\n    %s\n"
        "traffic:\n  - {persona: user, service: s, arrivals: {kind: poisson, rate: 0.1 /s}}\n"
        "%s\n",
        strstr(more, "#two") != NULL
            ? "  other:\n    instance: {name: jar, launch: {provision: 10 s}}\n"
              "    pools: {here: {instances: 0, min: 0, max: 200}}\n"
            : "",
        instance, pools, service, more);
    fclose(out);
    return text;
}

static void on_wish(void *context, uint64_t unused)
{
    struct launching_wish *wish = context;
    struct ust_pool *pool = &wish->model->pools[wish->pool];
    (void)unused;
    pool->desired = wish->wanted;
    ust_launch_fill(wish->model, pool);
}

void launching_wish_at(struct launching_wish *wish, struct ust_model *model, double at)
{
    wish->model = model;
    theory_look_at(model, ust_time_from_seconds(at), on_wish, wish, 0);
}

/* The k-th (from 0) moment of an event, s; NAN: there are fewer. */
double launching_moment(const struct ust_model *model, const char *event, uint32_t service,
                        uint32_t k)
{
    for (uint32_t i = 0; i < model->measure.moments_n; i++) {
        const struct ust_moment *it = &model->measure.moments[i];
        if (strcmp(it->event, event) == 0 && (service == 0 || it->service == service) &&
            k-- == 0)
            return (double)it->at / 1e9;
    }
    return (double)NAN;
}

uint32_t launching_moments(const struct ust_model *model, const char *event)
{
    uint32_t n = 0;
    while (!isnan(launching_moment(model, event, 0, n)))
        n++;
    return n;
}

void launching_in_zones(const struct ust_pool *pool, uint32_t count[3])
{
    memset(count, 0, 3 * sizeof *count);
    for (uint32_t i = 0; i < pool->instances_max; i++)
        if (pool->instances[i].state == UST_UP)
            count[pool->instances[i].zone]++;
}

/* One replication in which the pool is asked for so many at ASKED_AT. */
struct ust_model *launching_asked(struct theory *theory, int64_t wanted)
{
    static struct launching_wish wish;
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    wish = (struct launching_wish){.wanted = wanted};
    launching_wish_at(&wish, model, ASKED_AT);
    ust_model_run(model);
    return model;
}
