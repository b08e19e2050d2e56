/* Batches on several threads: what ends up in databases depends on nobody's speed. Under the
 * thread sanitizer (MODE=thread) this is where it looks for races: a run, a run with `until`, a
 * sweep and a lease, each with more threads than processors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "models/world/batch.h"
#include "models/world/run.h"

static const char scenario_text[] =
    "understudy: 1\n"
    "name: batch\n"
    "seed: 3\n"
    "warmup: 10 s\n"
    "duration: 2 min\n"
    "replications: {min: 3, max: 12, until: {metric: readiness, half_width: 1}}\n"
    "personas: [{name: user, actions: {ask: {work: exponential(mean 50 ms)}}}]\n"
    "regions: {east: {zones: 1, role: primary}, west: {zones: 1, role: standby}}\n"
    "services:\n"
    "  web: {instance: {name: box, tuning: {slots: 2, queue: 20}}, pools: {east: 1, west: 1}}\n"
    "traffic: [{persona: user, arrivals: {kind: poisson, rate: 20 /s}}]\n"
    "routing: {policy: {kind: failover_order, order: [east, west]}}\n"
    "faults: [{kind: region_loss, region: east, at: 30 s, duration: 1 min}]\n"
    "design: {matrix: {services.web.pools.west: [1, 2, 3]}}\n";

struct fixture {
    char folder[64], scenario[80];
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/understudy-batch-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->scenario, sizeof f->scenario, "%s/s.yaml", f->folder);
    FILE *file = fopen(f->scenario, "w");
    assert_non_null(file);
    fputs(scenario_text, file);
    fclose(file);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = {"s.yaml",  "one.db",  "many.db",  "0001.db",
                                        "0002.db", "0003.db", "part1.db", "part2.db"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char path[128];
        snprintf(path, sizeof path, "%s/%s", f->folder, names[i]);
        unlink(path);
    }
    rmdir(f->folder);
    free(f);
    return 0;
}

static enum ust_status enough_at(void *n, struct ust_store *store, uint32_t replications,
                                 bool *is)
{
    (void)store;
    *is = replications >= *(uint32_t *)n;
    return UST_OK;
}

/* Runs into a file of the folder; its digest, or "" of a shard. */
static uint32_t run(struct fixture *f, const char *name, uint32_t jobs, uint32_t replications,
                    uint32_t *enough, struct ust_shard shard, char digest[17])
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_scenario *scenario = ust_scenario_read(&spec, f->scenario, NULL, 0);
    assert_non_null(scenario);
    const struct ust_run_options how = {.output = path,
                                        .replications = replications,
                                        .jobs = jobs,
                                        .replace = true,
                                        .quiet = true,
                                        .leased = true,
                                        .overrides = "",
                                        .shard = shard,
                                        .enough = enough == NULL ? NULL : enough_at,
                                        .enough_context = enough};
    struct ust_run_result ran;
    assert_int_equal(ust_run(scenario, &how, &ran), UST_OK);
    assert_int_equal(ust_store_digest(ran.store, digest), UST_OK);
    ust_store_close(ran.store);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return ran.replications;
}

static const struct ust_shard all = {0, 0};

static void run_holds_the_same_on_one_thread_and_on_many(void **state)
{
    struct fixture *f = *state;
    char one[17], many[17];
    assert_int_equal(run(f, "one.db", 1, 9, NULL, all, one), 9);
    assert_int_equal(run(f, "many.db", 6, 9, NULL, all, many), 9);
    assert_string_equal(one, many);
}

/* Others have begun further replications by then; none of them stays. */
static void run_ends_where_it_was_enough_whatever_others_have_begun(void **state)
{
    struct fixture *f = *state;
    char one[17], many[17];
    uint32_t enough = 4;
    assert_int_equal(run(f, "one.db", 1, 0, &enough, all, one), 4);
    assert_int_equal(run(f, "many.db", 6, 0, &enough, all, many), 4);
    assert_string_equal(one, many);
}

static void more_threads_than_replications_are_fine(void **state)
{
    struct fixture *f = *state;
    char one[17], many[17];
    assert_int_equal(run(f, "one.db", 1, 1, NULL, all, one), 1);
    assert_int_equal(run(f, "many.db", 16, 1, NULL, all, many), 1);
    assert_string_equal(one, many);
}

/* ---- a sweep ---- */

struct seen {
    pthread_mutex_t lock;
    uint32_t finished, alive;
    bool disorder; /* asserts belong to the thread of the test */
    uint64_t digests;
};

static enum ust_status finish(void *context, uint32_t unit, struct ust_store *store)
{
    struct seen *seen = context;
    char digest[17] = "";
    enum ust_status status = ust_store_digest(store, digest);
    pthread_mutex_lock(&seen->lock);
    seen->disorder = seen->disorder || seen->finished != unit || status != UST_OK;
    seen->finished++;
    seen->digests = seen->digests * 31 + strtoull(digest, NULL, 16);
    pthread_mutex_unlock(&seen->lock);
    return UST_OK;
}

static enum ust_status alive(void *context)
{
    struct seen *seen = context;
    pthread_mutex_lock(&seen->lock);
    seen->alive++;
    pthread_mutex_unlock(&seen->lock);
    return UST_OK;
}

static uint64_t sweep(struct fixture *f, uint32_t jobs, struct ust_batch_result *result)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    const struct ust_study_options ask = {.path = f->scenario, .replications = 5};
    struct ust_study study;
    assert_int_equal(ust_study_plan(&spec, &ask, &study), UST_OK);
    struct seen seen = {.finished = 0};
    pthread_mutex_init(&seen.lock, NULL);
    const struct ust_batch_options how = {.folder = f->folder,
                                          .jobs = jobs,
                                          .replace = true,
                                          .quiet = true,
                                          .finish = finish,
                                          .alive = alive,
                                          .context = &seen};
    assert_int_equal(ust_batch_run(&study, &how, &ust_threads, result), UST_OK);
    assert_int_equal(seen.finished, 3);
    assert_false(seen.disorder);
    assert_true(seen.alive > 0);
    pthread_mutex_destroy(&seen.lock);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return seen.digests;
}

static void sweep_finishes_units_in_order_and_alike_on_any_number_of_threads(void **state)
{
    struct fixture *f = *state;
    struct ust_batch_result one, many;
    uint64_t a = sweep(f, 1, &one), b = sweep(f, 6, &many);
    assert_true(a == b);
    assert_int_equal(one.replications, 15);
    assert_int_equal(many.replications, 15);
    assert_int_equal(many.workers, 6);
    assert_true(one.requests == many.requests && one.events == many.events);
}

/* ---- shards ---- */

static void shards_share_out_every_piece_once_and_evenly(void **state)
{
    (void)state;
    for (uint32_t parts = 1; parts <= 7; parts++)
        for (uint32_t unit = 0; unit < 9; unit++) {
            uint32_t sum = 0;
            for (uint32_t part = 1; part <= parts; part++) {
                struct ust_shard shard = {part, parts};
                uint32_t n = 0;
                for (uint32_t r = 1; r <= 10; r++)
                    n += ust_shard_has(shard, unit, r, false);
                assert_int_equal(ust_shard_count(shard, unit, 10, false), n);
                assert_in_range(n, 10 / parts, (10 + parts - 1) / parts);
                assert_int_equal(ust_shard_count(shard, unit, 10, true),
                                 ust_shard_has(shard, unit, 1, true) ? 10 : 0);
                sum += n;
            }
            assert_int_equal(sum, 10);
        }
}

static int stored(const struct fixture *f, const char *name)
{
    char path[128];
    sqlite3 *db;
    sqlite3_stmt *row;
    snprintf(path, sizeof path, "%s/%s", f->folder, name);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM replication", -1, &row, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    int n = sqlite3_column_int(row, 0);
    sqlite3_finalize(row);
    sqlite3_close(db);
    return n;
}

static void shard_runs_its_own_replications_on_threads_too(void **state)
{
    struct fixture *f = *state;
    char digest[17];
    run(f, "part1.db", 3, 7, NULL, (struct ust_shard){1, 2}, digest);
    run(f, "part2.db", 3, 7, NULL, (struct ust_shard){2, 2}, digest);
    assert_int_equal(stored(f, "part1.db"), 4);
    assert_int_equal(stored(f, "part2.db"), 3);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(run_holds_the_same_on_one_thread_and_on_many),
        TEST(run_ends_where_it_was_enough_whatever_others_have_begun),
        TEST(more_threads_than_replications_are_fine),
        TEST(sweep_finishes_units_in_order_and_alike_on_any_number_of_threads),
        TEST(shards_share_out_every_piece_once_and_evenly),
        TEST(shard_runs_its_own_replications_on_threads_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
