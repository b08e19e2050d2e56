/* What must hold in every run. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "models/entity/model.h"
#include "models/world/scenario.h"
#include "tests/swarm/swarm.h"
#include "tests/swarm/watch.h"

struct checked {
    bool drains; /* nobody is there any more at the end */
    struct ust_spec spec;
    struct ust_scenario *scenario;
    const struct ust_config *config;
    struct ust_model *model;
    struct ust_text *finding;
    const char *path; /* where it might lie */
};

static double value(const struct checked *c, uint32_t key, uint32_t interval)
{
    return c->model->measure.series[(size_t)key * c->config->intervals + interval];
}

/* The key's number, or keys_n. */
static uint32_t find(const struct checked *c, enum ust_metric metric,
                     const struct ust_key *like)
{
    const struct ust_measure *measure = &c->model->measure;
    for (uint32_t i = 0; i < measure->keys_n; i++) {
        const struct ust_key *key = &measure->keys[i];
        if (key->metric == metric && key->region == like->region &&
            key->service == like->service && key->persona == like->persona)
            return i;
    }
    return measure->keys_n;
}

static double beside(const struct checked *c, enum ust_metric metric,
                     const struct ust_key *like, uint32_t interval)
{
    uint32_t key = find(c, metric, like);
    return key < c->model->measure.keys_n ? value(c, key, interval) : 0.0;
}

__attribute__((format(printf, 4, 5))) static void tell(const struct checked *c,
                                                       const struct ust_key *key,
                                                       uint32_t interval, const char *format,
                                                       ...)
{
    va_list arguments;
    if (c->finding->length > 2000)
        return;
    va_start(arguments, format);
    ust_text_vprintf(c->finding, format, arguments);
    va_end(arguments);
    if (key != NULL)
        ust_text_printf(c->finding, " (%s of region %u, service %u, persona %u, interval %u)",
                        ust_metrics[key->metric].name, key->region, key->service, key->persona,
                        interval);
    ust_text_add(c->finding, "\n");
}

/* ---- every value by itself ---- */

/* A share of something, or a count of things that there cannot be less than none of. An
 * instance that is free takes a request that asks for more memory than it has. */
static bool is_share(enum ust_metric metric)
{
    return strcmp(ust_metrics[metric].unit, "1") == 0 && metric != UST_METRIC_amplification &&
           metric != UST_METRIC_memory && metric != UST_METRIC_injected_memory;
}

static void check_kpis(const struct checked *c)
{
    const struct ust_measure *measure = &c->model->measure;
    for (uint32_t k = 0; k < measure->keys_n; k++) {
        double it = measure->kpi[k];
        if (!isnan(it) && (!isfinite(it) || it < -1e-9))
            tell(c, &measure->keys[k], 0, "of the whole run, %g is no possible value", it);
        if (!isnan(it) && is_share(measure->keys[k].metric) && it > 1.0 + 1e-9)
            tell(c, &measure->keys[k], 0, "of the whole run, %.12g is more than all", it);
    }
}

static void check_values(const struct checked *c)
{
    const struct ust_measure *measure = &c->model->measure;
    for (uint32_t k = 0; k < measure->keys_n; k++)
        for (uint32_t i = 0; i < c->config->intervals; i++) {
            const struct ust_key *key = &measure->keys[k];
            double it = value(c, k, i);
            bool counts = strcmp(ust_metrics[key->metric].unit, "req") == 0 &&
                          ust_metrics[key->metric].summary == UST_SUM;
            if (isnan(it))
                continue;
            if (!isfinite(it) || it < -1e-9)
                tell(c, key, i, "%g is no possible value", it);
            if (is_share(key->metric) && it > 1.0 + 1e-9)
                tell(c, key, i, "%.12g is more than all", it);
            if (counts && it != floor(it))
                tell(c, key, i, "%.12g is no whole number of requests", it);
        }
}

/* ---- requests ---- */

static void check_fates(const struct checked *c)
{
    static const enum ust_metric fates[] = {UST_METRIC_answered,  UST_METRIC_failed,
                                            UST_METRIC_shed,      UST_METRIC_timed_out,
                                            UST_METRIC_abandoned, UST_METRIC_in_flight};
    const struct ust_measure *measure = &c->model->measure;
    for (uint32_t k = 0; k < measure->keys_n; k++) {
        const struct ust_key *key = &measure->keys[k];
        if (key->metric != UST_METRIC_offered || key->region != 0)
            continue;
        double left = 0.0;
        for (uint32_t i = 0; i < c->config->intervals; i++) {
            double offered = value(c, k, i), sum = 0.0;
            for (size_t f = 0; f < sizeof fates / sizeof fates[0]; f++)
                sum += beside(c, fates[f], key, i);
            if (sum != offered)
                tell(c, key, i, "%g requests had %g fates", offered, sum);
            if (beside(c, UST_METRIC_good, key, i) > beside(c, UST_METRIC_answered, key, i))
                tell(c, key, i, "more good answers than answers");
            if (beside(c, UST_METRIC_overdue, key, i) > beside(c, UST_METRIC_in_flight, key, i))
                tell(c, key, i, "more overdue than in flight");
            left += beside(c, UST_METRIC_in_flight, key, i);
        }
        /* Nobody has come for two minutes, and everybody's deadline is 20 s. */
        if (c->drains && left != 0.0)
            tell(c, key, 0, "%g requests have no fate after all have drained", left);
    }
}

/* ---- supply ---- */

/* What a pool may want: its maximum, what it has at the beginning, or what a schedule asks for.
 */
static double wanted_most(const struct ust_pool_config *pool)
{
    double most = fmax(pool->max, pool->instances);
    for (uint32_t k = 0; k < pool->scalers_n; k++) {
        const struct ust_variant *kind = &pool->scalers[k].kind;
        if (kind->kind != NULL && ust_scaler_of(kind->kind)->most != NULL)
            most = fmax(most, (double)ust_scaler_of(kind->kind)->most(kind->params));
    }
    return most;
}

/* Some launchers replace and rebalance beyond the maximum, by a tenth or one; so do instance
 * refreshes and pods, which ask for a surge of their own. */
static double most(const struct ust_pool_config *pool)
{
    return wanted_most(pool) + fmax(1.0, ceil(0.1 * wanted_most(pool)));
}

static void check_pools(const struct checked *c)
{
    for (uint32_t p = 0; p < c->config->services_n * c->config->regions_n; p++) {
        const struct ust_pool_config *pool = &c->config->pools[p];
        if (!pool->exists)
            continue;
        const struct ust_key like = {
            .region = pool->region + 1, .service = pool->service + 1, .persona = 0};
        for (uint32_t i = 0; i < c->config->intervals; i++) {
            struct ust_key key = like;
            double wanted = beside(c, UST_METRIC_wanted, &like, i);
            double serving = beside(c, UST_METRIC_instances, &like, i);
            key.metric = UST_METRIC_wanted;
            if (wanted > wanted_most(pool) + 1e-9)
                tell(c, &key, i, "%g wanted, at most %g allowed", wanted, wanted_most(pool));
            key.metric = UST_METRIC_instances;
            if (serving > most(pool) + 1e-9)
                tell(c, &key, i, "%g in service, at most %g allowed", serving, most(pool));
        }
        const struct ust_pool_count *count = &c->model->pools[p].count;
        if (count->wasted > count->completions && pool->persona->cancel != UST_CANCEL_ALL)
            tell(c, NULL, 0, "pool %u: %llu wasted of %llu done", p + 1,
                 (unsigned long long)count->wasted, (unsigned long long)count->completions);
    }
}

/* ---- who is where ---- */

static bool is_at_instance(const struct ust_request *request)
{
    return request->instance != UST_NONE &&
           (request->state == UST_WAITING || request->state == UST_SERVING ||
            request->state == UST_LOST || request->state == UST_AWAITING);
}

/* What an instance believes that it has is there, and nothing else. */
static void check_places(const struct checked *c)
{
    struct ust_model *model = c->model;
    for (uint32_t p = 0; p < c->config->services_n * c->config->regions_n; p++) {
        const struct ust_pool *pool = &model->pools[p];
        for (uint32_t i = 0; pool->config->exists && i < pool->instances_max; i++) {
            uint32_t there = 0, waiting = 0;
            for (uint32_t id = 0; id < model->requests_used; id++) {
                const struct ust_request *request = &model->requests[id];
                if (request->pool != p || request->instance != i)
                    continue;
                there += is_at_instance(request);
                waiting += request->state == UST_WAITING;
            }
            if (there != pool->outstanding[i])
                tell(c, NULL, 0, "pool %u, instance %u: %u attempts are there, it counts %u",
                     p + 1, i + 1, there, pool->outstanding[i]);
            if (waiting != pool->instances[i].waiting)
                tell(c, NULL, 0, "pool %u, instance %u: %u attempts wait, it counts %u", p + 1,
                     i + 1, waiting, pool->instances[i].waiting);
        }
    }
}

/* The timeline tells things in the order in which they happened. */
static void check_time(const struct checked *c)
{
    const struct ust_measure *measure = &c->model->measure;
    for (uint32_t i = 1; i < measure->moments_n; i++)
        if (measure->moments[i].at < measure->moments[i - 1].at)
            tell(c, NULL, 0, "'%s' is told after '%s' and happened before it",
                 measure->moments[i].event, measure->moments[i - 1].event);
    if (c->model->engine.now > c->config->end)
        tell(c, NULL, 0, "the clock ran beyond the end");
}

/* A region that is lost, all of it and for long enough, serves nobody. */
static void check_dead(const struct checked *c)
{
    const struct ust_measure *measure = &c->model->measure;
    for (uint32_t k = 0; k < measure->keys_n; k++) {
        const struct ust_key *key = &measure->keys[k];
        if (key->metric != UST_METRIC_completions)
            continue;
        for (uint32_t i = 1; i < c->config->intervals; i++) {
            bool works = false;
            static const enum ust_metric signs[] = {UST_METRIC_instances, UST_METRIC_busy_slots,
                                                    UST_METRIC_in_system, UST_METRIC_starting,
                                                    UST_METRIC_cpu};
            for (size_t s = 0; s < sizeof signs / sizeof signs[0]; s++)
                for (uint32_t before = i - 1; before <= i; before++)
                    works |= beside(c, signs[s], key, before) > 0.0;
            if (!works && value(c, k, i) > 0.0)
                tell(c, key, i, "%g attempts were served where nothing was", value(c, k, i));
        }
    }
}

/* ---- twice the same ---- */

/* The second time somebody looks on, and plain requests have no short cut. */
static void check_repeats(const struct checked *c)
{
    struct ust_model *again = ust_model_new(c->config, 1);
    struct swarm_watch *watch = swarm_watch_begin(again, c->finding);
    ust_model_run(again);
    swarm_watch_end(watch);
    if (again->engine.fingerprint != c->model->engine.fingerprint)
        tell(c, NULL, 0, "the same replication has another fingerprint the second time");
    size_t bytes = (size_t)c->model->measure.keys_n * c->config->intervals * sizeof(double);
    if (memcmp(again->measure.series, c->model->measure.series, bytes) != 0)
        tell(c, NULL, 0, "the same replication has other results the second time");
    ust_model_free(again);
}

/* ---- what is remembered of it ---- */

/* Reads what a run remembers of a scenario; NULL: it is none. */
static struct ust_scenario *remember(const struct ust_scenario *scenario, const char *path,
                                     struct ust_spec *spec, struct ust_text *finding)
{
    struct ust_text text = {0};
    ust_scenario_effective(scenario, &text);
    struct ust_node *root = ust_spec_read_text(spec, path, text.data, text.length);
    struct ust_scenario *again = root == NULL ? NULL : ust_scenario_decode(spec, path, root);
    ust_text_free(&text);
    for (unsigned i = 0; again == NULL && ust_diag_at(spec->diag, i) != NULL; i++)
        if (ust_diag_at(spec->diag, i)->severity == UST_ERROR)
            ust_text_printf(finding, "what is remembered of it is no scenario: %s\n",
                            ust_diag_at(spec->diag, i)->text);
    return again;
}

void swarm_remember(const char *yaml, struct ust_text *finding)
{
    static const char path[] = SWARM_FOLDER "/swarm.yaml";
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_spec other = {.arena = spec.arena, .diag = ust_diag_new()};
    struct ust_node *root = ust_spec_read_text(&spec, path, yaml, strlen(yaml));
    const struct ust_scenario *scenario =
        root == NULL ? NULL : ust_scenario_decode(&spec, path, root);
    if (scenario != NULL)
        (void)remember(scenario, path, &other, finding);
    ust_diag_free(spec.diag);
    ust_diag_free(other.diag);
    ust_arena_free(spec.arena);
}

/* It means the same as the scenario, and runs the same. */
static void check_remembered(const struct checked *c)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    const struct ust_scenario *again = remember(c->scenario, c->path, &spec, c->finding);
    if (again != NULL) {
        struct ust_model *model = ust_model_new(again->config, 1);
        ust_model_run(model);
        if (model->engine.fingerprint != c->model->engine.fingerprint)
            tell(c, NULL, 0, "what is remembered of it has another fingerprint");
        ust_model_free(model);
    }
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
}

/* Every unit of its design can be run, or is told why not. */
static void check_design(const struct checked *c)
{
    const struct ust_design *design = &c->scenario->units;
    struct ust_text yaml = {0};
    ust_spec_write(c->scenario->root, false, &yaml);
    for (uint32_t u = 0; u < design->units_n; u++) {
        struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
        struct ust_node *root = ust_spec_read_text(&spec, c->path, yaml.data, yaml.length);
        if (root != NULL)
            ust_design_apply(&spec, root, &design->unit[u]);
        if ((root == NULL || ust_scenario_decode(&spec, c->path, root) == NULL) &&
            ust_diag_errors(spec.diag) == 0)
            tell(c, NULL, 0, "unit %u of its design is no scenario, and nobody says why: %s",
                 u + 1, design->unit[u].name);
        if (design->unit[u].number != u + 1)
            tell(c, NULL, 0, "unit %u has number %u", u + 1, design->unit[u].number);
        ust_diag_free(spec.diag);
        ust_arena_free(spec.arena);
    }
    ust_text_free(&yaml);
}

static void check_run(struct checked *c)
{
    c->config = c->scenario->config;
    c->model = ust_model_new(c->config, 1);
    ust_model_run(c->model);
    check_values(c);
    check_kpis(c);
    check_fates(c);
    check_pools(c);
    check_places(c);
    check_time(c);
    check_dead(c);
    check_repeats(c);
    check_remembered(c);
    check_design(c);
    ust_model_free(c->model);
}

void swarm_check(const char *name, const char *yaml, bool drains, struct ust_text *finding)
{
    struct checked c = {.drains = drains,
                        .spec = {.arena = ust_arena_new(), .diag = ust_diag_new()},
                        .finding = finding};
    char path[200];
    c.path = path;
    snprintf(path, sizeof path, SWARM_FOLDER "/%s.yaml", name);
    struct ust_node *root = ust_spec_read_text(&c.spec, path, yaml, strlen(yaml));
    if (root != NULL)
        c.scenario = ust_scenario_decode(&c.spec, path, root);
    if (c.scenario != NULL) { /* left without a piece, another may be wrong: no finding */
        check_run(&c);
        swarm_judge(c.scenario, drains, finding);
    }
    ust_diag_free(c.spec.diag);
    ust_arena_free(c.spec.arena);
}
