#include "models/world/batch.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/entity/model.h"
#include "models/world/plan.h"
#include "models/world/run.h"

/* Parcels in memory, for each that works. */
#define AHEAD 3

struct unit {
    bool opened, closed, enough;
    bool none;     /* nothing of it belongs to this shard: it gets no database */
    uint32_t last; /* replications; with `until` as many as are enough */
    uint32_t had;  /* the highest number that was there before */
    uint32_t out;  /* handed out and not given back */
    uint32_t last_kept;
    bool *done; /* by replication, from 1 */
    struct ust_parcel *waiting;
    struct ust_spec spec;
    struct ust_scenario *scenario;
    struct ust_store *store;
};

struct ust_batch {
    const struct ust_study *study;
    struct ust_batch_options options;
    struct ust_batch_result result;
    struct ust_progress progress;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* there may be something to take */
    pthread_cond_t ended;   /* it may be over */
    struct unit *unit;
    uint32_t take_unit, take_replication;   /* the next to hand out */
    uint32_t write_unit, write_replication; /* the next to write */
    uint32_t out, ahead;                    /* handed out and not yet written */
    bool writing, stop;
    enum ust_status status;
};

const char *ust_batch_file(struct ust_arena *arena, const char *folder, uint32_t number)
{
    return ust_arena_printf(arena, "%s/%04u.db", folder, number);
}

static bool ours(const struct ust_batch *batch, uint32_t unit, uint32_t replication)
{
    return ust_shard_has(batch->options.shard, unit, replication,
                         batch->study->unit[unit].asks);
}

static void start_conditions(struct ust_batch *batch)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&batch->lock, NULL);
    pthread_cond_init(&batch->changed, NULL);
    pthread_cond_init(&batch->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

struct ust_batch *ust_batch_new(const struct ust_study *study,
                                const struct ust_batch_options *options,
                                const struct ust_executor *executor)
{
    struct ust_batch *batch = ust_malloc(sizeof *batch);
    *batch = (struct ust_batch){
        .study = study, .options = *options, .take_replication = 1, .write_replication = 1};
    batch->unit = ust_malloc(study->n * sizeof *batch->unit);
    uint64_t pieces = 0;
    for (uint32_t u = 0; u < study->n; u++) {
        const struct ust_study_unit *unit = &study->unit[u];
        uint32_t n = ust_shard_count(options->shard, u, unit->replications, unit->asks);
        batch->unit[u] = (struct unit){.last = unit->replications,
                                       .none = n == 0 && options->output == NULL};
        pieces += n;
    }
    uint32_t workers = executor->workers(options->jobs);
    batch->result.pieces = (uint32_t)pieces;
    batch->result.workers = workers < pieces ? workers : pieces > 0 ? (uint32_t)pieces : 1;
    batch->ahead = batch->result.workers * AHEAD;
    start_conditions(batch);
    ust_progress_start(&batch->progress, stderr, "replications", pieces, options->quiet);
    return batch;
}

const struct ust_study *ust_batch_study(const struct ust_batch *batch)
{
    return batch->study;
}

uint32_t ust_batch_workers(const struct ust_batch *batch)
{
    return batch->result.workers;
}

/* ---- units ---- */

static void forget_scenario(const struct ust_batch *batch, struct unit *unit)
{
    bool given = batch->study->unit[unit - batch->unit].given != NULL;
    if (unit->scenario != NULL && !given) {
        ust_diag_free(unit->spec.diag);
        ust_arena_free(unit->spec.arena);
    }
    unit->scenario = NULL;
}

static enum ust_status open_store(struct ust_batch *batch, uint32_t index)
{
    struct unit *unit = &batch->unit[index];
    struct ust_arena *arena = ust_arena_new();
    const char *output = batch->options.output;
    if (output == NULL)
        output =
            ust_batch_file(arena, batch->options.folder, batch->study->unit[index].is->number);
    const struct ust_run_options how = {
        .output = output,
        .replace = batch->options.replace,
        .shard = batch->options.shard,
        .leased = batch->options.leased,
        .overrides = batch->study->unit[index].given != NULL
                         ? batch->study->unit[index].is->overrides
                         : ust_study_overrides(arena, batch->study, index)};
    enum ust_status status =
        ust_plan_create(unit->scenario, &how, unit->last, unit->done, &unit->store);
    for (uint32_t r = 1; status == UST_OK && r <= unit->last; r++) {
        bool before = unit->done[r];
        unit->had = unit->done[r] ? r : unit->had;
        batch->result.done_before += before;
        batch->progress.done += before;
    }
    ust_arena_free(arena);
    return status;
}

/* Its scenario, read again unless it was given. */
static enum ust_status read_unit(struct ust_batch *batch, uint32_t index)
{
    struct unit *unit = &batch->unit[index];
    unit->scenario = batch->study->unit[index].given;
    if (unit->scenario != NULL)
        return UST_OK;
    unit->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    unit->scenario = ust_study_read(&unit->spec, batch->study, index);
    if (unit->scenario != NULL)
        return UST_OK;
    ust_diag_print(unit->spec.diag, stderr, "the sweep ends here");
    ust_diag_free(unit->spec.diag);
    ust_arena_free(unit->spec.arena);
    return UST_INVALID;
}

static enum ust_status open_unit(struct ust_batch *batch, uint32_t index)
{
    struct unit *unit = &batch->unit[index];
    unit->opened = true;
    if (unit->none)
        return UST_OK;
    UST_TRY(read_unit(batch, index));
    unit->done = ust_malloc(unit->last + 1);
    memset(unit->done, 0, unit->last + 1);
    unit->waiting = ust_malloc((unit->last + 1) * sizeof *unit->waiting);
    memset(unit->waiting, 0, (unit->last + 1) * sizeof *unit->waiting);
    UST_TRY(open_store(batch, index));
    if (batch->study->unit[index].asks && batch->options.begin != NULL)
        batch->options.begin(batch->options.context, index, unit->scenario);
    return UST_OK;
}

static void free_unit(const struct ust_batch *batch, struct unit *unit)
{
    for (uint32_t r = 1; unit->waiting != NULL && r <= unit->last; r++)
        free(unit->waiting[r].bytes);
    free(unit->waiting);
    free(unit->done);
    unit->waiting = NULL;
    unit->done = NULL;
    if (!batch->options.keep) {
        ust_store_close(unit->store);
        unit->store = NULL;
    }
    if (unit->out == 0)
        forget_scenario(batch, unit);
}

/* All of a unit is there. Called without the lock. */
static enum ust_status close_unit(struct ust_batch *batch, uint32_t index, uint32_t last)
{
    struct unit *unit = &batch->unit[index];
    uint32_t n = last;
    if (n < unit->last)
        UST_TRY(ust_store_shorten(unit->store, &n));
    unit->last_kept = n;
    UST_TRY(ust_store_finish(unit->store));
    if (batch->options.finish != NULL)
        UST_TRY(batch->options.finish(batch->options.context, index, unit->store));
    batch->result.finished++;
    return UST_OK;
}

/* ---- writing, by whoever comes by ---- */

static enum ust_status store_parcel(struct ust_batch *batch, struct unit *unit,
                                    const struct ust_parcel *parcel)
{
    struct ust_store_replication rows;
    struct ust_store_moment *moments;
    if (!ust_parcel_open(parcel, &rows, &moments))
        return ust_cli_refused("a worker handed over a damaged result");
    enum ust_status status = ust_store_add(unit->store, &rows);
    batch->result.requests += rows.requests;
    batch->result.events += rows.events;
    batch->result.replications++;
    free(moments);
    return status;
}

static enum ust_status look(struct ust_batch *batch, uint32_t index, uint32_t replication,
                            bool *enough)
{
    const struct unit *unit = &batch->unit[index];
    *enough = false;
    if (!batch->study->unit[index].asks || batch->options.enough == NULL ||
        replication < unit->had)
        return UST_OK;
    return batch->options.enough(batch->options.context, index, unit->store, replication,
                                 enough);
}

/* One step of the writer; false: nothing to do yet. The lock is held, and let go meanwhile. */
static bool step(struct ust_batch *batch)
{
    uint32_t index = batch->write_unit, r = batch->write_replication;
    if (index == batch->study->n || batch->status != UST_OK)
        return false;
    struct unit *unit = &batch->unit[index];
    if (unit->none) {
        batch->write_unit++;
        return true;
    }
    if (!unit->opened || unit->store == NULL)
        return false;
    bool over = r > unit->last || unit->enough;
    bool there = !over && (unit->done[r] || !ours(batch, index, r));
    struct ust_parcel parcel = {0};
    if (!over && !there) {
        parcel = unit->waiting[r];
        if (parcel.bytes == NULL)
            return false;
        unit->waiting[r] = (struct ust_parcel){0};
    }
    pthread_mutex_unlock(&batch->lock);
    enum ust_status status = UST_OK;
    bool enough = false;
    if (over)
        status = close_unit(batch, index, r - 1);
    else if (parcel.bytes != NULL)
        status = store_parcel(batch, unit, &parcel);
    if (!over && status == UST_OK && ours(batch, index, r))
        status = look(batch, index, r, &enough);
    free(parcel.bytes);
    pthread_mutex_lock(&batch->lock);
    if (parcel.bytes != NULL) {
        unit->done[r] = true;
        batch->out--;
        batch->progress.done++;
    }
    if (status != UST_OK)
        batch->status = status;
    batch->write_replication++;
    unit->enough = unit->enough || enough;
    if (over) {
        for (uint32_t k = 1; k <= unit->last; k++)
            batch->out -= unit->waiting[k].bytes != NULL; /* more than was enough */
        free_unit(batch, unit);
        unit->closed = true;
        batch->write_unit++;
        batch->write_replication = 1;
    }
    return true;
}

static void write_what_is_there(struct ust_batch *batch)
{
    if (batch->writing)
        return;
    batch->writing = true;
    while (step(batch))
        pthread_cond_broadcast(&batch->changed);
    batch->writing = false;
    pthread_cond_broadcast(&batch->changed);
    if (batch->write_unit == batch->study->n || batch->status != UST_OK)
        pthread_cond_broadcast(&batch->ended);
}

/* ---- handing out ---- */

static bool next_piece(struct ust_batch *batch, struct ust_batch_work *out)
{
    while (batch->take_unit < batch->study->n && batch->status == UST_OK && !batch->stop) {
        uint32_t index = batch->take_unit, r = batch->take_replication;
        struct unit *unit = &batch->unit[index];
        if (!unit->opened) {
            enum ust_status status = open_unit(batch, index);
            if (status != UST_OK) {
                batch->status = status;
                pthread_cond_broadcast(&batch->ended);
            }
            continue;
        }
        if (unit->none || unit->closed || unit->enough || r > unit->last) {
            batch->take_unit++;
            batch->take_replication = 1;
            /* Units that are there as a whole end here, before the next one is opened. */
            write_what_is_there(batch);
            continue;
        }
        batch->take_replication++;
        if (unit->done[r] || !ours(batch, index, r))
            continue;
        *out = (struct ust_batch_work){index, r};
        unit->out++;
        batch->out++;
        return true;
    }
    return false;
}

enum ust_batch_answer ust_batch_take(struct ust_batch *batch, bool wait,
                                     struct ust_batch_work *out)
{
    pthread_mutex_lock(&batch->lock);
    batch->stop = batch->stop || ust_cli_stop_wanted();
    while (wait && batch->out >= batch->ahead && !batch->stop && batch->status == UST_OK)
        pthread_cond_wait(&batch->changed, &batch->lock);
    enum ust_batch_answer answer = UST_BATCH_LATER;
    if (batch->stop || batch->status != UST_OK || batch->out < batch->ahead) {
        answer = next_piece(batch, out) ? UST_BATCH_WORK : UST_BATCH_NOTHING;
    }
    pthread_mutex_unlock(&batch->lock);
    return answer;
}

const struct ust_config *ust_batch_config(struct ust_batch *batch, uint32_t unit)
{
    pthread_mutex_lock(&batch->lock);
    const struct ust_config *config = batch->unit[unit].scenario->config;
    pthread_mutex_unlock(&batch->lock);
    return config;
}

void ust_batch_give(struct ust_batch *batch, struct ust_batch_work work,
                    struct ust_parcel parcel)
{
    pthread_mutex_lock(&batch->lock);
    struct unit *unit = &batch->unit[work.unit];
    unit->out--;
    if (unit->closed) { /* others had been enough by then */
        batch->out--;
        free(parcel.bytes);
        if (unit->out == 0)
            forget_scenario(batch, unit);
    } else {
        unit->waiting[work.replication] = parcel;
    }
    write_what_is_there(batch);
    pthread_mutex_unlock(&batch->lock);
}

bool ust_batch_run_one(struct ust_batch *batch)
{
    struct ust_batch_work piece;
    if (ust_batch_take(batch, true, &piece) != UST_BATCH_WORK)
        return false;
    struct ust_model *model =
        ust_model_new(ust_batch_config(batch, piece.unit), piece.replication);
    if (batch->options.listen != NULL)
        batch->options.listen(batch->options.context, piece, model);
    ust_model_run(model);
    struct ust_parcel parcel = ust_parcel_pack(model);
    ust_model_free(model);
    ust_batch_give(batch, piece, parcel);
    return true;
}

void ust_batch_fail(struct ust_batch *batch, enum ust_status status)
{
    pthread_mutex_lock(&batch->lock);
    if (batch->status == UST_OK)
        batch->status = status;
    pthread_cond_broadcast(&batch->changed);
    pthread_cond_broadcast(&batch->ended);
    pthread_mutex_unlock(&batch->lock);
}

/* Leases of databases that were opened for a batch of their own. The writer that closes one may
 * not do so meanwhile, hence under the lock. */
static enum ust_status renew(struct ust_batch *batch)
{
    if (batch->options.alive != NULL)
        UST_TRY(batch->options.alive(batch->options.context));
    enum ust_status status = UST_OK;
    pthread_mutex_lock(&batch->lock);
    for (uint32_t u = 0; batch->options.leased && u < batch->study->n && status == UST_OK; u++)
        if (batch->unit[u].store != NULL)
            status = ust_store_renew(batch->unit[u].store);
    pthread_mutex_unlock(&batch->lock);
    return status;
}

bool ust_batch_over(struct ust_batch *batch)
{
    enum ust_status alive = renew(batch);
    if (alive != UST_OK)
        ust_batch_fail(batch, alive);
    pthread_mutex_lock(&batch->lock);
    if (ust_cli_stop_wanted() && !batch->stop) {
        batch->stop = true;
        pthread_cond_broadcast(&batch->changed);
    }
    ust_progress_step(&batch->progress, batch->progress.done);
    bool over = batch->write_unit == batch->study->n || batch->stop || batch->status != UST_OK;
    pthread_mutex_unlock(&batch->lock);
    return over;
}

bool ust_batch_complete(struct ust_batch *batch)
{
    pthread_mutex_lock(&batch->lock);
    bool complete = batch->write_unit == batch->study->n;
    pthread_mutex_unlock(&batch->lock);
    return complete;
}

void ust_batch_wait(struct ust_batch *batch, long most_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += most_ms * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&batch->lock);
    if (batch->write_unit < batch->study->n && !batch->stop && batch->status == UST_OK)
        pthread_cond_timedwait(&batch->ended, &batch->lock, &until);
    pthread_mutex_unlock(&batch->lock);
}

enum ust_status ust_batch_end(struct ust_batch *batch, struct ust_batch_result *result)
{
    pthread_mutex_lock(&batch->lock);
    write_what_is_there(batch);
    enum ust_status status = batch->status;
    if (status == UST_OK && batch->write_unit < batch->study->n)
        status = UST_STOPPED;
    *result = batch->result;
    ust_progress_end(&batch->progress);
    pthread_mutex_unlock(&batch->lock);
    return status;
}

struct ust_store *ust_batch_keep(struct ust_batch *batch, uint32_t unit, uint32_t *last)
{
    struct ust_store *store = batch->unit[unit].store;
    batch->unit[unit].store = NULL;
    *last = batch->unit[unit].last_kept;
    return store;
}

void ust_batch_free(struct ust_batch *batch)
{
    batch->options.keep = false;
    for (uint32_t u = 0; u < batch->study->n; u++) {
        batch->unit[u].out = 0;
        free_unit(batch, &batch->unit[u]);
    }
    pthread_cond_destroy(&batch->changed);
    pthread_cond_destroy(&batch->ended);
    pthread_mutex_destroy(&batch->lock);
    free(batch->unit);
    free(batch);
}

enum ust_status ust_batch_run(const struct ust_study *study,
                              const struct ust_batch_options *options,
                              const struct ust_executor *executor,
                              struct ust_batch_result *result)
{
    struct ust_batch *batch = ust_batch_new(study, options, executor);
    executor->work(batch);
    enum ust_status status = ust_batch_end(batch, result);
    ust_batch_free(batch);
    return status;
}
