/* plan's estimate: what a pilot stores is what a batch stores, and how times add up. How long
 * anything takes on this machine is not asked here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "models/world/pilot.h"
#include "models/world/run.h"

static const char scenario_text[] =
    "understudy: 1\n"
    "name: pilot\n"
    "warmup: 10 s\n"
    "duration: 30 min\n"
    "replications: 3\n"
    "personas: [{name: user, actions: {ask: {work: exponential(mean 50 ms)}}}]\n"
    "regions: {east: {zones: 1, role: primary}, west: {zones: 1, role: standby}}\n"
    "services:\n"
    "  web: {instance: {name: box, tuning: {slots: 2, queue: 20}}, pools: {east: 1, west: 1}}\n"
    "traffic: [{persona: user, arrivals: {kind: poisson, rate: 1 /s}}]\n"
    "routing: {policy: {kind: failover_order, order: [east, west]}}\n"
    "faults: [{kind: region_loss, region: east, at: 30 s, duration: 1 min}]\n"
    "design: {matrix: {services.web.pools.west: [1, 2]}}\n";

struct fixture {
    char folder[64], trial[80], scenario[80], run[80];
    struct ust_spec spec;
    struct ust_study study;
};

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->folder, sizeof f->folder, "/tmp/understudy-pilot-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->trial, sizeof f->trial, "%s/t-XXXXXX", f->folder);
    assert_non_null(mkdtemp(f->trial));
    snprintf(f->scenario, sizeof f->scenario, "%s/s.yaml", f->folder);
    snprintf(f->run, sizeof f->run, "%s/run.db", f->folder);
    FILE *file = fopen(f->scenario, "w");
    assert_non_null(file);
    fputs(scenario_text, file);
    fclose(file);
    f->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    const struct ust_study_options ask = {.path = f->scenario};
    assert_int_equal(ust_study_plan(&f->spec, &ask, &f->study), UST_OK);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    ust_diag_free(f->spec.diag);
    ust_arena_free(f->spec.arena);
    unlink(f->scenario);
    unlink(f->run);
    rmdir(f->trial);
    int left = rmdir(f->folder);
    free(f);
    return left; /* a file that nobody removed */
}

/* Rows of the first replication in the database of a run. */
static uint64_t rows_of_run(struct fixture *f)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_scenario *scenario = ust_scenario_read(&spec, f->scenario, NULL, 0);
    assert_non_null(scenario);
    const struct ust_run_options how = {
        .output = f->run, .replications = 1, .jobs = 1, .quiet = true, .overrides = ""};
    struct ust_run_result ran;
    assert_int_equal(ust_run(scenario, &how, &ran), UST_OK);
    sqlite3_stmt *row;
    assert_int_equal(
        sqlite3_prepare_v2(ust_store_sqlite(ran.store),
                           "SELECT (SELECT count(*) FROM replication)"
                           " + (SELECT count(*) FROM series) + (SELECT count(*) FROM kpi)"
                           " + (SELECT count(*) FROM histogram)"
                           " + (SELECT count(*) FROM timeline)",
                           -1, &row, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    uint64_t n = (uint64_t)sqlite3_column_int64(row, 0);
    sqlite3_finalize(row);
    ust_store_close(ran.store);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return n;
}

static void pilot_of_a_short_replication_stores_what_a_run_stores_of_it(void **state)
{
    struct fixture *f = *state;
    struct ust_pilot pilot;
    assert_int_equal(ust_pilot(&f->study, 0, f->trial, 60, &pilot), UST_OK);
    assert_true(pilot.whole);
    assert_true(pilot.rows == rows_of_run(f));
}

/* One that knows only the first seconds, of the warm-up: the rows that are to come are what
 * storing costs. No series is known to stay empty, so it may be more. */
static void pilot_that_stops_early_stores_no_less(void **state)
{
    struct fixture *f = *state;
    struct ust_pilot pilot;
    assert_int_equal(ust_pilot(&f->study, 1, f->trial, 0, &pilot), UST_OK);
    assert_false(pilot.whole);
    uint64_t run = rows_of_run(f);
    assert_in_range(pilot.rows, run, 2 * run);
}

static void pilot_tells_of_all_that_takes_time(void **state)
{
    struct fixture *f = *state;
    struct ust_pilot pilot;
    assert_int_equal(ust_pilot(&f->study, 0, f->trial, 60, &pilot), UST_OK);
    assert_true(pilot.simulate_s > 0 && pilot.store_s > 0 && pilot.unit_s > 0);
}

static void one_thread_does_one_thing_after_the_other(void **state)
{
    (void)state;
    const struct ust_pilot pilot = {.simulate_s = 2e-3, .store_s = 10e-3, .unit_s = 50e-3};
    assert_true(fabs(ust_pilot_seconds(&pilot, 100, 4, 1) - 1.4) < 1e-12);
}

static void threads_share_what_is_mostly_simulating(void **state)
{
    (void)state;
    const struct ust_pilot pilot = {.simulate_s = 1, .store_s = 10e-3};
    assert_true(fabs(ust_pilot_seconds(&pilot, 100, 1, 8) - 101.0 / 8) < 1e-12);
}

static void more_threads_do_not_write_faster_than_one(void **state)
{
    (void)state;
    const struct ust_pilot pilot = {.simulate_s = 2e-3, .store_s = 10e-3, .unit_s = 50e-3};
    assert_true(fabs(ust_pilot_seconds(&pilot, 100, 4, 8) - 1.0) < 1e-12);
    assert_true(fabs(ust_pilot_seconds(&pilot, 100, 4, 64) - 1.0) < 1e-12);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(pilot_of_a_short_replication_stores_what_a_run_stores_of_it),
        TEST(pilot_that_stops_early_stores_no_less),
        TEST(pilot_tells_of_all_that_takes_time),
        cmocka_unit_test(one_thread_does_one_thing_after_the_other),
        cmocka_unit_test(threads_share_what_is_mostly_simulating),
        cmocka_unit_test(more_threads_do_not_write_faster_than_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
#undef TEST
}
