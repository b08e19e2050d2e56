/* A lease among machines: what is held, what is free, and what clocks have to do with it. Short
 * terms, so that a test need not wait a minute. */
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
#include <time.h>
#include <unistd.h>

#include "sim/store/lease.h"

static const struct ust_lease_terms terms = {.life_s = 60, .renew_s = 0, .watch_s = 1};

struct fixture {
    char path[64];
    sqlite3 *db;
};

static void run(struct fixture *f, const char *sql)
{
    if (sqlite3_exec(f->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(f->db));
}

static int ask(struct fixture *f, const char *sql)
{
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(f->db, sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(f->db));
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    int value = sqlite3_column_int(row, 0);
    sqlite3_finalize(row);
    return value;
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    snprintf(f->path, sizeof f->path, "/tmp/understudy-lease-%d.db", (int)getpid());
    unlink(f->path);
    assert_int_equal(sqlite3_open(f->path, &f->db), SQLITE_OK);
    sqlite3_busy_timeout(f->db, 5000);
    run(f, "CREATE TABLE lease (id INTEGER PRIMARY KEY CHECK (id = 1), host TEXT NOT NULL,"
           " machine TEXT NOT NULL, process INTEGER NOT NULL, started TEXT NOT NULL,"
           " since_unix_s INTEGER NOT NULL, renewed_unix_s INTEGER NOT NULL)");
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    sqlite3_close(f->db);
    unlink(f->path);
    free(f);
    return 0;
}

/* A row of another machine that was renewed so many seconds ago, by its clock. */
static void put_other(struct fixture *f, long long seconds_ago)
{
    char sql[160];
    snprintf(sql, sizeof sql,
             "INSERT OR REPLACE INTO lease VALUES (1, 'far', 'boot', 7, '1', 0, %lld)",
             (long long)time(NULL) - seconds_ago);
    run(f, sql);
}

static void free_file_gets_a_lease_and_gives_it_back(void **state)
{
    struct fixture *f = *state;
    struct ust_lease *lease;
    assert_int_equal(ust_lease_take(f->path, &terms, &lease), UST_OK);
    assert_int_equal(ask(f, "SELECT process FROM lease"), getpid());
    assert_int_equal(ust_lease_hold(lease, f->db), UST_OK);
    ust_lease_return(lease);
    assert_int_equal(ask(f, "SELECT count(*) FROM lease"), 0);
}

static void live_process_of_this_machine_keeps_it_however_long_it_is_silent(void **state)
{
    struct fixture *f = *state;
    struct ust_lease *lease, *second;
    assert_int_equal(ust_lease_take(f->path, &terms, &lease), UST_OK);
    run(f, "UPDATE lease SET renewed_unix_s = 0");
    assert_int_equal(ust_lease_look(f->path, &terms), UST_OK); /* it is ours */
    assert_int_equal(ust_lease_take(f->path, &terms, &second), UST_REFUSED);
    assert_null(second);
    ust_lease_return(lease);
}

static void other_machine_that_was_heard_of_lately_keeps_it(void **state)
{
    struct fixture *f = *state;
    struct ust_lease *lease;
    put_other(f, 59 - 5);
    assert_int_equal(ust_lease_take(f->path, &terms, &lease), UST_REFUSED);
    assert_int_equal(ust_lease_look(f->path, &terms), UST_REFUSED);
    assert_int_equal(ask(f, "SELECT process FROM lease"), 7);
}

static void silent_machine_loses_it_after_it_was_watched(void **state)
{
    struct fixture *f = *state;
    struct ust_lease *lease;
    struct timespec a, b;
    put_other(f, 61);
    clock_gettime(CLOCK_MONOTONIC, &a);
    assert_int_equal(ust_lease_take(f->path, &terms, &lease), UST_OK);
    clock_gettime(CLOCK_MONOTONIC, &b);
    assert_true((double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) * 1e-9 > 0.9);
    assert_int_equal(ask(f, "SELECT process FROM lease"), getpid());
    ust_lease_return(lease);
}

static void *renew_from_afar(void *path)
{
    sqlite3 *db;
    const struct timespec nap = {0, 300000000};
    nanosleep(&nap, NULL);
    sqlite3_open(path, &db);
    sqlite3_busy_timeout(db, 5000);
    sqlite3_exec(db, "UPDATE lease SET renewed_unix_s = renewed_unix_s + 1", NULL, NULL, NULL);
    sqlite3_close(db);
    return NULL;
}

/* Its clock is an hour behind or ahead of ours, but it lives. */
static void clock_that_differs_does_not_cost_a_live_writer_its_lease(void **state)
{
    struct fixture *f = *state;
    static const long long behind[] = {3600, -3600};
    for (size_t i = 0; i < 2; i++) {
        struct ust_lease *lease;
        pthread_t far;
        put_other(f, behind[i]);
        pthread_create(&far, NULL, renew_from_afar, f->path);
        assert_int_equal(ust_lease_take(f->path, &terms, &lease), UST_REFUSED);
        pthread_join(far, NULL);
        assert_int_equal(ask(f, "SELECT process FROM lease"), 7);
    }
}

static void clock_of_the_future_does_not_keep_a_dead_writers_lease(void **state)
{
    struct fixture *f = *state;
    struct ust_lease *lease;
    put_other(f, -3600);
    assert_int_equal(ust_lease_take(f->path, &terms, &lease), UST_OK);
    ust_lease_return(lease);
}

static void replaced_writer_finds_out_and_leaves_the_new_one_alone(void **state)
{
    struct fixture *f = *state;
    struct ust_lease *lease;
    assert_int_equal(ust_lease_take(f->path, &terms, &lease), UST_OK);
    put_other(f, 0);
    assert_int_equal(ust_lease_hold(lease, f->db), UST_REFUSED);
    assert_int_equal(ust_lease_renew(lease), UST_REFUSED);
    ust_lease_return(lease);
    assert_int_equal(ask(f, "SELECT process FROM lease"), 7);
}

static void renewing_moves_the_time_and_keeps_the_beginning(void **state)
{
    struct fixture *f = *state;
    struct ust_lease *lease;
    assert_int_equal(ust_lease_take(f->path, &terms, &lease), UST_OK);
    run(f, "UPDATE lease SET renewed_unix_s = 1");
    assert_int_equal(ust_lease_renew(lease), UST_OK);
    assert_true(
        ask(f, "SELECT renewed_unix_s > 1 AND renewed_unix_s >= since_unix_s FROM lease"));
    ust_lease_return(lease);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(free_file_gets_a_lease_and_gives_it_back),
        TEST(live_process_of_this_machine_keeps_it_however_long_it_is_silent),
        TEST(other_machine_that_was_heard_of_lately_keeps_it),
        TEST(silent_machine_loses_it_after_it_was_watched),
        TEST(clock_that_differs_does_not_cost_a_live_writer_its_lease),
        TEST(clock_of_the_future_does_not_keep_a_dead_writers_lease),
        TEST(replaced_writer_finds_out_and_leaves_the_new_one_alone),
        TEST(renewing_moves_the_time_and_keeps_the_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
