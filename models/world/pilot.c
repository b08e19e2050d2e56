#include "models/world/pilot.h"

#include <math.h>
#include <time.h>
#include <unistd.h>

#include "models/entity/model.h"
#include "models/world/plan.h"
#include "models/world/run.h"

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- simulating ---- */

/* How often the clock is looked at on the way. */
#define LOOKS 500

struct looking {
    struct ust_model *model;
    ust_time step;
    uint32_t handler;
    double begin, most;
};

static void look(void *context, uint64_t argument)
{
    (void)argument;
    const struct looking *looking = context;
    struct ust_engine *engine = &looking->model->engine;
    if (seconds(CLOCK_THREAD_CPUTIME_ID) - looking->begin > looking->most)
        ust_engine_stop(engine);
    else
        (void)ust_schedule(engine, engine->now + looking->step, UST_LANE_OBSERVE,
                           looking->handler, 0);
}

/* Runs until the end, and is then as ust_model_run leaves it, or until the time is up. */
static struct ust_model *simulate(const struct ust_config *config, double most_s,
                                  struct ust_pilot *out)
{
    double begin = seconds(CLOCK_THREAD_CPUTIME_ID);
    struct looking looking = {.model = ust_model_new(config, 1),
                              .step = config->end / LOOKS + 1,
                              .begin = seconds(CLOCK_THREAD_CPUTIME_ID),
                              .most = most_s};
    struct ust_engine *engine = &looking.model->engine;
    looking.handler = ust_engine_handler(engine, look, &looking);
    (void)ust_schedule(engine, looking.step, UST_LANE_OBSERVE, looking.handler, 0);
    ust_client_run(looking.model);
    double run = seconds(CLOCK_THREAD_CPUTIME_ID) - looking.begin;
    out->whole = engine->now >= config->end;
    if (out->whole)
        ust_measure_finish(looking.model);
    double all = seconds(CLOCK_THREAD_CPUTIME_ID) - begin;
    out->simulate_s = all - run + run * (double)config->end / (double)engine->now;
    return looking.model;
}

/* ---- storing ---- */

/* The first one also prepares the statements, and is not counted; a replication of millions of
 * rows is not stored so often. */
#define STORED       4
#define STORE_MOST_S 0.2

/* A series with one value is stored as a whole, what is to come as NULL. One that has none yet
 * may get some: before the first interval is over they are all taken to. */
static void expect_series(struct ust_model *model)
{
    double *series = model->measure.series;
    size_t n = (size_t)model->measure.keys_n * model->config->intervals;
    for (size_t i = 0; i < n; i++)
        if (!isnan(series[i]))
            return;
    for (size_t i = 0; i < n; i++)
        series[i] = 0;
}

static enum ust_status store(struct ust_store *store, struct ust_model *model,
                             struct ust_pilot *out)
{
    expect_series(model);
    struct ust_store_replication rows = ust_plan_rows(model);
    enum ust_status status = UST_OK;
    double first = 0, all = 0;
    uint32_t n = 0;
    uint64_t before = ust_store_rows(store);
    while (status == UST_OK && n < STORED && first + all < STORE_MOST_S) {
        double begin = seconds(CLOCK_MONOTONIC);
        rows.id = ++n;
        status = ust_store_add(store, &rows);
        *(n == 1 ? &first : &all) += seconds(CLOCK_MONOTONIC) - begin;
    }
    out->store_s = n > 1 ? all / (n - 1) : first;
    if (n > 0)
        out->rows = (ust_store_rows(store) - before) / n;
    ust_plan_rows_free(&rows);
    return status;
}

/* ---- a unit ---- */

static enum ust_status create(const struct ust_study *study, uint32_t unit,
                              const struct ust_scenario *scenario, struct ust_arena *arena,
                              const char *path, struct ust_store **out)
{
    bool done[STORED + 1];
    const struct ust_run_options how = {.output = path,
                                        .overrides = ust_study_overrides(arena, study, unit)};
    return ust_plan_create(scenario, &how, STORED, done, out);
}

static void forget(struct ust_arena *arena, const char *path)
{
    unlink(path);
    unlink(ust_arena_printf(arena, "%s-journal", path));
}

enum ust_status ust_pilot(const struct ust_study *study, uint32_t unit, const char *folder,
                          double simulate_s, struct ust_pilot *out)
{
    *out = (struct ust_pilot){.simulate_s = 0};
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    double begin = seconds(CLOCK_MONOTONIC);
    const struct ust_scenario *scenario = ust_study_read(&spec, study, unit);
    enum ust_status status = UST_INVALID;
    if (scenario == NULL) {
        ust_diag_print(spec.diag, stderr, "there is no estimate");
    } else {
        const char *path = ust_arena_printf(spec.arena, "%s/pilot.db", folder);
        struct ust_store *database = NULL;
        status = create(study, unit, scenario, spec.arena, path, &database);
        out->unit_s = seconds(CLOCK_MONOTONIC) - begin;
        if (status == UST_OK) {
            struct ust_model *model = simulate(scenario->config, simulate_s, out);
            status = store(database, model, out);
            ust_model_free(model);
        }
        ust_store_close(database);
        forget(spec.arena, path);
    }
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return status;
}

double ust_pilot_seconds(const struct ust_pilot *pilot, uint64_t replications, uint32_t units,
                         uint32_t threads)
{
    double n = (double)replications, writing = n * pilot->store_s;
    double work = n * pilot->simulate_s + writing + units * pilot->unit_s;
    return fmax(work / threads, writing);
}
