#include <math.h>

#include "models/entity/pool.h"

static void moment(struct ust_model *model, uint32_t stream, const char *event,
                   const char *detail)
{
    const struct ust_traffic_config *config = model->traffic[stream].config;
    ust_measure_moment(model, (struct ust_moment){.at = model->engine.now,
                                                  .event = event,
                                                  .region = config->region + 1,
                                                  .service = config->service + 1,
                                                  .persona = stream + 1,
                                                  .value = (double)NAN,
                                                  .detail = detail});
}

static void on_begins(void *context, uint64_t stream)
{
    moment(context, (uint32_t)stream, "injection_start", NULL);
}

static void on_ends(void *context, uint64_t stream)
{
    struct ust_model *model = context;
    if (!model->injections[stream].over)
        moment(model, (uint32_t)stream, "injection_end", NULL);
}

uint32_t ust_injection_goes_to(const struct ust_model *model, const struct ust_request *request)
{
    const struct ust_traffic_config *config = model->traffic[request->traffic].config;
    if (model->data != NULL && ust_data_is_write(model, request))
        return model->data[config->service]->primary;
    return config->region;
}

bool ust_injections_exist(const struct ust_config *config)
{
    for (uint32_t i = 0; i < config->traffic_n; i++)
        if (config->traffic[i].synthetic)
            return true;
    return false;
}

/* ---- bounds ---- */

static bool is_watched(const struct ust_model *model, uint32_t stream, uint32_t injection)
{
    const struct ust_traffic_config *it = model->traffic[stream].config;
    const struct ust_traffic_config *mine = model->traffic[injection].config;
    switch (mine->injection->abort.of) {
    case UST_ABORT_USERS:
        return !it->synthetic && it->service == mine->service;
    case UST_ABORT_INJECTED:
        return stream == injection;
    case UST_ABORT_EVERYONE:
        break;
    }
    return stream == injection || (!it->synthetic && it->service == mine->service);
}

/* Shares of what ended in the interval, all streams that are watched together. */
static bool errors_broken(struct ust_model *model, uint32_t injection, double bound)
{
    uint64_t ended = 0, unanswered = 0;
    struct ust_injection *it = &model->injections[injection];
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        if (!is_watched(model, i, injection))
            continue;
        uint64_t all = 0, answered = 0;
        for (uint32_t c = 0; c <= model->cohort; c++) {
            const struct ust_cohort *cohort = &model->traffic[i].count.cohort[c];
            for (int o = 0; o < UST_OUTCOMES; o++)
                all += cohort->outcome[o];
            answered += cohort->outcome[UST_ANSWERED];
        }
        ended += all - it->ended[i];
        unanswered += all - answered - it->unanswered[i];
        it->ended[i] = all;
        it->unanswered[i] = all - answered;
    }
    return ended > 0 && (double)unanswered > bound * (double)ended;
}

/* Sent while the injection runs, longer ago than the bound, and not answered yet. */
static bool somebody_waits(const struct ust_model *model, uint32_t stream, uint32_t injection,
                           ust_time bound)
{
    const struct ust_config *config = model->config;
    const struct ust_cohort *cohort = model->traffic[stream].count.cohort;
    ust_time start = model->traffic[injection].config->injection->start;
    for (uint32_t c = 1; c <= model->cohort; c++) {
        ust_time from = config->warmup + (ust_time)(c - 1) * config->interval;
        if (from < start || from + config->interval + bound > model->engine.now)
            continue;
        uint64_t ended = 0;
        for (int o = 0; o < UST_OUTCOMES; o++)
            ended += cohort[c].outcome[o];
        if (cohort[c].offered > ended)
            return true;
    }
    return false;
}

static void count_timeouts(struct ust_model *model, uint32_t injection)
{
    struct ust_injection *it = &model->injections[injection];
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        uint64_t all = 0;
        for (uint32_t c = 0; c <= model->cohort; c++)
            all += model->traffic[i].count.cohort[c].outcome[UST_TIMED_OUT];
        it->given_up[i] = all - it->timed_out[i];
        it->timed_out[i] = all;
    }
}

/* Who timed out has waited at least so long. */
static bool somebody_waited(const struct ust_model *model, uint32_t stream, uint32_t injection,
                            ust_time bound)
{
    const struct ust_tolerance *tolerance = &model->traffic[stream].config->persona->tolerance;
    ust_time waits = tolerance->timeout;
    if (waits == 0 || (tolerance->deadline > 0 && tolerance->deadline < waits))
        waits = tolerance->deadline;
    return waits >= bound && model->injections[injection].given_up[stream] > 0;
}

/* A pool that answers nobody has no latency, which breaks the bound of those who wait. */
static bool latency_broken(const struct ust_model *model, uint32_t injection,
                           enum ust_metric metric, ust_time bound, uint32_t interval)
{
    const struct ust_measure *measure = &model->measure;
    bool broken = false;
    for (uint32_t i = 0; i < model->config->traffic_n && bound > 0; i++) {
        if (!is_watched(model, i, injection))
            continue;
        size_t key = measure->traffic_key[i] + (size_t)metric;
        double latency = measure->series[key * model->config->intervals + interval];
        broken |= isnan(latency) ? somebody_waited(model, i, injection, bound) ||
                                       somebody_waits(model, i, injection, bound)
                                 : latency > ust_time_seconds(bound);
    }
    return broken;
}

static bool cpu_broken(const struct ust_model *model, const struct ust_traffic_config *config,
                       uint32_t interval)
{
    const struct ust_measure *measure = &model->measure;
    uint32_t pool = config->service * model->config->regions_n + config->region;
    size_t key = measure->pool_key[pool] + (size_t)(UST_METRIC_cpu - UST_METRIC_arrivals);
    return measure->series[key * model->config->intervals + interval] >
           config->injection->abort.cpu;
}

/* Which bound the interval broke; NULL: none. */
static const char *broken(struct ust_model *model, uint32_t injection, uint32_t interval)
{
    static const enum ust_metric latency[] = {UST_METRIC_latency_p50, UST_METRIC_latency_p95,
                                              UST_METRIC_latency_p99};
    const struct ust_traffic_config *config = model->traffic[injection].config;
    const struct ust_abort_rule *rule = &config->injection->abort;
    const char *which = NULL;
    count_timeouts(model, injection);
    for (int q = UST_ABORT_P99; q >= UST_ABORT_P50; q--)
        if (latency_broken(model, injection, latency[q], rule->latency[q], interval))
            which = ust_metrics[latency[q]].name;
    if (errors_broken(model, injection, rule->errors))
        which = "errors";
    if (cpu_broken(model, config, interval))
        which = "cpu";
    return which;
}

void ust_injections_watch(struct ust_model *model, uint32_t interval)
{
    for (uint32_t i = 0; i < model->config->traffic_n && model->injections != NULL; i++) {
        const struct ust_traffic_config *config = model->traffic[i].config;
        struct ust_injection *it = &model->injections[i];
        if (!config->synthetic || it->over || !config->injection->aborts)
            continue;
        bool runs = model->engine.now > config->injection->start &&
                    model->measure.before < config->injection->end;
        const char *which = broken(model, i, interval);
        it->broken = runs && which != NULL ? it->broken + 1 : 0;
        if (it->broken < config->injection->abort.intervals)
            continue;
        it->over = true;
        ust_source_arm(&model->engine, model->traffic[i].source, UST_NEVER);
        moment(model, i, "injection_aborted", which);
    }
}

void ust_injections_start(struct ust_model *model)
{
    const struct ust_config *config = model->config;
    uint32_t begins = ust_engine_handler(&model->engine, on_begins, model);
    uint32_t ends = ust_engine_handler(&model->engine, on_ends, model);
    for (uint32_t i = 0; i < config->traffic_n; i++) {
        const struct ust_injection_config *injection = config->traffic[i].injection;
        if (!config->traffic[i].synthetic)
            continue;
        if (model->injections == NULL)
            model->injections =
                ust_arena_alloc(model->arena, struct ust_injection, config->traffic_n);
        struct ust_injection *it = &model->injections[i];
        it->ended = ust_arena_alloc(model->arena, uint64_t, config->traffic_n);
        it->timed_out = ust_arena_alloc(model->arena, uint64_t, config->traffic_n);
        it->given_up = ust_arena_alloc(model->arena, uint64_t, config->traffic_n);
        it->unanswered = ust_arena_alloc(model->arena, uint64_t, config->traffic_n);
        ust_schedule(&model->engine, injection->start, UST_LANE_OBSERVE, begins, i);
        if (injection->end < config->end)
            ust_schedule(&model->engine, injection->end, UST_LANE_OBSERVE, ends, i);
    }
}
