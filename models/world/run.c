#include "models/world/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "models/entity/model.h"
#include "models/world/batch.h"

static double wall_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* What the batch asks back. */
struct run {
    const struct ust_config *config;
    const struct ust_run_options *options;
    struct ust_events *events; /* NULL: nobody wants any */
    uint32_t heard;            /* the replication that they are of; 0: none */
    bool hears;                /* it has begun, here */
};

static void listen(void *context, struct ust_batch_work work, struct ust_model *model)
{
    struct run *run = context;
    if (work.replication != run->heard)
        return;
    ust_model_listen(model, ust_events_listener(run->events));
    run->hears = true;
}

static void run_only(struct run *run, uint32_t replication, struct ust_run_result *result)
{
    struct ust_model *model = ust_model_new(run->config, replication);
    listen(run, (struct ust_batch_work){0, replication}, model);
    ust_model_run(model);
    result->requests = model->requests_total;
    result->events = model->engine.events;
    result->fingerprint = model->engine.fingerprint;
    ust_model_free(model);
}

static enum ust_status enough(void *context, uint32_t unit, struct ust_store *store, uint32_t n,
                              bool *is)
{
    (void)unit;
    const struct ust_run_options *options = ((struct run *)context)->options;
    return options->enough(options->enough_context, store, n, is);
}

static enum ust_status store_facts(struct ust_store *store, double seconds, uint32_t workers)
{
    char text[64];
    snprintf(text, sizeof text, "%.3f", seconds);
    UST_TRY(ust_store_machine(store, "seconds", text));
    snprintf(text, sizeof text, "%" PRIu32, workers);
    return ust_store_machine(store, "threads", text);
}

/* As the only unit of a study. */
static enum ust_status run_batch(const struct ust_study *study, struct run *run,
                                 struct ust_run_result *result)
{
    const struct ust_run_options *options = run->options;
    const struct ust_batch_options ask = {.output = options->output,
                                          .jobs = options->jobs,
                                          .shard = options->shard,
                                          .replace = options->replace,
                                          .quiet = options->quiet,
                                          .leased = options->leased,
                                          .keep = true,
                                          .enough = enough,
                                          .listen = run->heard > 0 ? listen : NULL,
                                          .context = run};
    const struct ust_executor *executor =
        options->executor != NULL ? options->executor : &ust_threads;
    struct ust_batch_result ran;
    struct ust_batch *batch = ust_batch_new(study, &ask, executor);
    executor->work(batch);
    enum ust_status status = ust_batch_end(batch, &ran);
    uint32_t last;
    result->store = ust_batch_keep(batch, 0, &last);
    ust_batch_free(batch);
    result->requests = ran.requests;
    result->events = ran.events;
    result->ran = ran.replications;
    result->pieces = ran.pieces;
    result->done_before = ran.done_before;
    result->workers = ran.workers;
    if (status == UST_OK)
        result->replications = last;
    return status;
}

/* ---- events ---- */

static enum ust_status begin_events(struct run *run, uint32_t replication)
{
    if (run->options->events == NULL)
        return UST_OK;
    run->events = ust_events_open(run->options->events, run->config, replication);
    run->heard = replication;
    return run->events != NULL ? UST_OK : UST_REFUSED;
}

/* The replication may have been there already, or have run on another machine: then it is run
 * again, for its events alone. */
static enum ust_status end_events(struct run *run, enum ust_status status,
                                  struct ust_run_result *result)
{
    if (status == UST_OK && run->events != NULL && !run->hears) {
        struct ust_run_result again;
        run_only(run, run->heard, &again);
    }
    enum ust_status closed = ust_events_close(run->events, status == UST_OK, &result->told);
    return status == UST_OK ? closed : status;
}

/* ---- all of it ---- */

enum ust_status ust_run(struct ust_scenario *scenario, const struct ust_run_options *options,
                        struct ust_run_result *result)
{
    struct ust_config *config = scenario->config;
    if (options->seed_given)
        config->seed = options->seed;
    *result = (struct ust_run_result){
        .replications = options->replications > 0 ? options->replications
                                                  : (uint32_t)scenario->replications.max};
    struct run run = {.config = config, .options = options};
    double start = wall_seconds();
    enum ust_status status = begin_events(&run, options->only > 0 ? options->only : 1);
    if (options->only > 0) {
        if (status == UST_OK)
            run_only(&run, options->only, result);
        result->seconds = wall_seconds() - start;
        return end_events(&run, status, result);
    }
    const struct ust_unit whole = {.number = 1, .name = "", .overrides = options->overrides};
    struct ust_study_unit unit = {
        .is = &whole,
        .hash = scenario->hash,
        .replications = result->replications,
        .asks = options->enough != NULL &&
                (options->asks ||
                 (options->replications == 0 && scenario->replications.until_node != NULL)),
        .given = scenario};
    const struct ust_study study = {.path = scenario->path,
                                    .sets = options->sets,
                                    .sets_n = options->sets_n,
                                    .seed = config->seed,
                                    .base = scenario,
                                    .unit = &unit,
                                    .n = 1};
    if (status == UST_OK)
        status = run_batch(&study, &run, result);
    status = end_events(&run, status, result);
    result->seconds = wall_seconds() - start;
    if (status == UST_OK)
        status = store_facts(result->store, result->seconds, result->workers);
    return status;
}
