#include "models/world/run.h"

#include <inttypes.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "models/entity/model.h"
#include "models/world/plan.h"
#include "sim/base/limits.h"
#include "sim/cli/cli.h"

/* Workers that run ahead of the writer hold results in memory; so far and no further. */
#define AHEAD 2

struct run {
    const struct ust_config *config;
    const struct ust_run_options *options;
    struct ust_run_result *result;
    struct ust_store *store;
    struct ust_progress progress;
    const bool *done; /* by replication, from 1 */
    uint32_t last, jobs;
    bool asks;    /* the scenario says `until` */
    uint32_t had; /* the highest number that was there before */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct ust_events *events;  /* NULL: nobody wants any */
    uint32_t heard;             /* the replication that they are of; 0: none */
    bool hears;                 /* it has begun */
    uint32_t next, written;     /* replications handed out; handed to the store */
    struct ust_model **waiting; /* by replication: run, not yet written */
    bool stop;
};

static double wall_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct ust_model *run_one(struct run *run, uint32_t replication)
{
    struct ust_model *model = ust_model_new(run->config, replication);
    if (replication == run->heard) {
        ust_model_listen(model, ust_events_listener(run->events));
        run->hears = true;
    }
    ust_model_run(model);
    return model;
}

static enum ust_status write_one(struct run *run, struct ust_model *model)
{
    struct ust_run_result *result = run->result;
    result->requests += model->requests_total;
    result->events += model->engine.events;
    result->fingerprint = model->engine.fingerprint; /* asked for of a single one */
    enum ust_status status = UST_OK;
    if (run->store != NULL)
        status = ust_plan_store(run->store, model);
    ust_model_free(model);
    ust_progress_step(&run->progress, ++run->progress.done);
    return status;
}

/* Are replications 1 .. number enough? Then the run ends there, whatever others have begun. */
static enum ust_status look(struct run *run, uint32_t number, bool *enough)
{
    *enough = false;
    if (run->asks && number >= run->had) /* looks before that were taken when they were due */
        UST_TRY(run->options->enough(run->options->enough_context, run->store, number, enough));
    if (*enough)
        run->result->replications = number;
    return UST_OK;
}

/* ---- threads ---- */

static void *work(void *argument)
{
    struct run *run = argument;
    pthread_mutex_lock(&run->lock);
    for (;;) {
        while (!run->stop && run->next <= run->last &&
               run->next > run->written + run->jobs * AHEAD)
            pthread_cond_wait(&run->changed, &run->lock);
        if (run->stop || run->next > run->last)
            break;
        uint32_t number = run->next++;
        if (run->done[number])
            continue;
        pthread_mutex_unlock(&run->lock);
        struct ust_model *model = run_one(run, number);
        pthread_mutex_lock(&run->lock);
        run->waiting[number] = model;
        pthread_cond_broadcast(&run->changed);
    }
    pthread_mutex_unlock(&run->lock);
    return NULL;
}

/* The next replication in order; waits for it. NULL: it was never started. */
static struct ust_model *await(struct run *run, uint32_t number)
{
    pthread_mutex_lock(&run->lock);
    while (run->waiting[number] == NULL && !(run->stop && run->next <= number)) {
        struct timespec soon;
        clock_gettime(CLOCK_REALTIME, &soon);
        soon.tv_nsec += 200000000;
        soon.tv_sec += soon.tv_nsec / 1000000000;
        soon.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&run->changed, &run->lock, &soon);
        run->stop |= ust_cli_stop_wanted();
        ust_progress_step(&run->progress, run->progress.done);
    }
    struct ust_model *model = run->waiting[number];
    run->waiting[number] = NULL;
    pthread_mutex_unlock(&run->lock);
    return model;
}

static void set_written(struct run *run, uint32_t number, bool stop)
{
    pthread_mutex_lock(&run->lock);
    run->written = number;
    run->stop |= stop;
    pthread_cond_broadcast(&run->changed);
    pthread_mutex_unlock(&run->lock);
}

static enum ust_status run_on_threads(struct run *run)
{
    pthread_t thread[UST_THREADS_MAX];
    uint32_t started = 0;
    enum ust_status status = UST_OK;
    bool enough = false;
    run->waiting = ust_malloc((run->last + 1) * sizeof(struct ust_model *));
    memset(run->waiting, 0, (run->last + 1) * sizeof(struct ust_model *));
    run->next = 1;
    pthread_mutex_init(&run->lock, NULL);
    pthread_cond_init(&run->changed, NULL);
    while (started < run->jobs && pthread_create(&thread[started], NULL, work, run) == 0)
        started++;
    if (started == 0)
        status = ust_cli_refused("cannot start a thread");
    for (uint32_t number = 1; number <= run->last && status == UST_OK && !enough; number++) {
        if (!run->done[number]) {
            struct ust_model *model = await(run, number);
            status = model == NULL ? UST_STOPPED : write_one(run, model);
        }
        if (status == UST_OK)
            status = look(run, number, &enough);
        set_written(run, number, status != UST_OK || ust_cli_stop_wanted());
    }
    set_written(run, run->last, true);
    for (uint32_t i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    for (uint32_t number = 1; number <= run->last; number++)
        ust_model_free(run->waiting[number]);
    free(run->waiting);
    pthread_cond_destroy(&run->changed);
    pthread_mutex_destroy(&run->lock);
    return status;
}

static enum ust_status run_here(struct run *run)
{
    bool enough = false;
    for (uint32_t number = 1; number <= run->last && !enough; number++) {
        if (!run->done[number] && ust_cli_stop_wanted())
            return UST_STOPPED;
        if (!run->done[number])
            UST_TRY(write_one(run, run_one(run, number)));
        UST_TRY(look(run, number, &enough));
    }
    return UST_OK;
}

/* ---- all of it ---- */

static uint32_t processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > UST_THREADS_MAX ? UST_THREADS_MAX : (uint32_t)n;
}

static enum ust_status run_all(struct run *run)
{
    uint32_t left = 0;
    for (uint32_t number = 1; number <= run->last; number++) {
        left += !run->done[number];
        run->had = run->done[number] ? number : run->had;
    }
    run->result->done_before = run->last - left;
    run->jobs = run->options->jobs > 0 ? run->options->jobs : processors();
    if (run->jobs > left)
        run->jobs = left;
    ust_progress_start(&run->progress, stderr, "replications", run->last, run->options->quiet);
    ust_progress_step(&run->progress, run->progress.done = run->last - left);
    enum ust_status status = run->jobs <= 1 ? run_here(run) : run_on_threads(run);
    ust_progress_end(&run->progress);
    return status;
}

static enum ust_status store_facts(struct ust_store *store, const struct ust_run_result *result,
                                   uint32_t jobs)
{
    char text[64];
    snprintf(text, sizeof text, "%.3f", result->seconds);
    UST_TRY(ust_store_machine(store, "seconds", text));
    snprintf(text, sizeof text, "%" PRIu32, jobs);
    UST_TRY(ust_store_machine(store, "threads", text));
    return ust_store_finish(store);
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

/* The replication may have been there already: then it is run again, for its events alone. */
static enum ust_status end_events(struct run *run, enum ust_status status)
{
    if (status == UST_OK && run->events != NULL && !run->hears)
        ust_model_free(run_one(run, run->heard));
    enum ust_status closed =
        ust_events_close(run->events, status == UST_OK, &run->result->told);
    return status == UST_OK ? closed : status;
}

enum ust_status ust_run(struct ust_scenario *scenario, const struct ust_run_options *options,
                        struct ust_run_result *result)
{
    struct ust_config *config = scenario->config;
    if (options->seed_given)
        config->seed = options->seed;
    *result = (struct ust_run_result){
        .replications = options->replications > 0 ? options->replications
                                                  : (uint32_t)scenario->replications.max};
    double start = wall_seconds();
    struct run run = {.config = config, .options = options, .result = result};
    if (options->only > 0) {
        ust_progress_start(&run.progress, stderr, "replication", 1, true);
        enum ust_status one = begin_events(&run, options->only);
        if (one == UST_OK)
            one = write_one(&run, run_one(&run, options->only));
        result->seconds = wall_seconds() - start;
        return end_events(&run, one);
    }
    run.last = result->replications;
    run.asks = options->enough != NULL && options->replications == 0 &&
               scenario->replications.until_node != NULL;
    bool *done = ust_malloc(run.last + 1);
    memset(done, 0, run.last + 1);
    run.done = done;
    enum ust_status status =
        ust_plan_create(scenario, options, result->replications, done, &run.store);
    if (status == UST_OK) {
        result->store = run.store;
        status = begin_events(&run, 1);
        if (status == UST_OK)
            status = run_all(&run);
        status = end_events(&run, status);
        result->seconds = wall_seconds() - start;
        if (status == UST_OK && result->replications < run.last)
            status = ust_store_shorten(run.store, &result->replications);
        if (status == UST_OK)
            status = store_facts(run.store, result, run.jobs);
    }
    free(done);
    return status;
}
