/* The results database when the process is killed, or short of memory: complete or absent. */
#include "tests/unit/store_help.h"

/* ---- kill ---- */

/* Starts whole_run in a child and kills it after a pause below `most_ns`; was it alive? */
static bool run_and_kill(struct fixture *f, uint32_t round, uint64_t most_ns)
{
    int ready[2];
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        char digest[17];
        if (write(ready[1], "x", 1) != 1)
            _exit(9);
        whole_run(f, digest);
        _exit(0);
    }
    char byte;
    assert_int_equal(read(ready[0], &byte, 1), 1);
    close(ready[0]);
    close(ready[1]);
    struct timespec pause = {0, (long)(ust_mix64(round) % most_ns)};
    nanosleep(&pause, NULL);
    kill(child, SIGKILL);
    int status;
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
}

static void assert_whole(struct fixture *f, const char *undisturbed)
{
    char resumed[17];
    whole_run(f, resumed);
    assert_string_equal(undisturbed, resumed);
    struct ust_store *store;
    assert_int_equal(ust_store_open(f->path, false, &store), UST_OK);
    assert_true(ask(store, "SELECT integrity_check = 'ok' FROM pragma_integrity_check") == 1);
    assert_true(ask(store, "SELECT complete FROM run") == 1);
    ust_store_close(store);
    unlink(f->path);
}

static void a_kill_at_any_moment_loses_no_committed_replication(void **state)
{
    struct fixture *f = *state;
    char undisturbed[17];
    whole_run(f, undisturbed);
    unlink(f->path);
    int kills = 0;
    for (uint32_t round = 0; round < 40; round++) {
        kills += run_and_kill(f, round, 12000000);
        if (round % 8 == 7)
            assert_whole(f, undisturbed);
    }
    assert_true(kills >= 5);
}

/* Rows that do not fit SQLite's cache reach the file before the commit. */
static void a_kill_within_a_replication_larger_than_the_cache_leaves_no_part_of_it(void **state)
{
    struct fixture *f = *state;
    char undisturbed[17];
    rundb_free(&f->db);
    rundb_init(&f->db, 20000, 1);
    whole_run(f, undisturbed);
    unlink(f->path);
    int kills = 0;
    for (uint32_t round = 0; round < 12; round++) {
        kills += run_and_kill(f, round, 250000000);
        if (access(f->path, F_OK) == 0) {
            struct ust_store *store = create(f); /* rolls back what was left half done */
            assert_true(ask(store,
                            "SELECT count(*) FROM (SELECT replication FROM series "
                            "GROUP BY replication EXCEPT SELECT id FROM replication)") == 0);
            assert_true(ask(store, "SELECT count(*) FROM kpi") ==
                        8 * ask(store, "SELECT count(*) FROM replication"));
            ust_store_close(store);
        }
        if (round % 4 == 3)
            assert_whole(f, undisturbed);
    }
    assert_true(kills >= 3);
}

/* ---- memory ---- */

static struct {
    sqlite3_mem_methods real;
    long until_failure; /* allocations that still succeed; negative: all */
} memory;

static void *failing_malloc(int size)
{
    if (memory.until_failure == 0)
        return NULL;
    if (memory.until_failure > 0)
        memory.until_failure--;
    return memory.real.xMalloc(size);
}

static void *failing_realloc(void *old, int size)
{
    if (memory.until_failure == 0)
        return NULL;
    if (memory.until_failure > 0)
        memory.until_failure--;
    return memory.real.xRealloc(old, size);
}

static void any_failing_allocation_of_sqlite_ends_in_a_message(void **state)
{
    struct fixture *f = *state;
    char undisturbed[17], digest[17];
    whole_run(f, undisturbed);
    unlink(f->path);
    sqlite3_shutdown();
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_GETMALLOC, &memory.real), SQLITE_OK);
    sqlite3_mem_methods failing = memory.real;
    failing.xMalloc = failing_malloc;
    failing.xRealloc = failing_realloc;
    assert_int_equal(sqlite3_config(SQLITE_CONFIG_MALLOC, &failing), SQLITE_OK);

    bool finished = false;
    long at = 0;
    while (!finished) {
        struct ust_store *store = NULL;
        enum ust_status status;
        memory.until_failure = at;
        listen_to_stderr();
        status = ust_store_create(f->path, &f->db.plan, false, f->done, &store);
        for (uint32_t id = 1; id <= 3 && status == UST_OK; id++) {
            struct ust_store_replication result = rundb_noise(&f->db, id);
            if (!f->done[id])
                status = ust_store_add(store, &result);
        }
        if (status == UST_OK)
            status = ust_store_finish(store);
        finished = memory.until_failure > 0;
        memory.until_failure = -1;
        ust_store_close(store);
        stop_listening();
        if (status != UST_OK)
            assert_said("out of memory");
        at += at < 400 ? 1 : 37;
        if (!finished && at % 50 == 0)
            unlink(f->path); /* so that creation fails at later places too */
        if (status == UST_OK && !finished)
            unlink(f->path); /* SQLite did without that allocation */
    }
    assert_true(at > 100);
    unlink(f->path);
    whole_run(f, digest);
    assert_string_equal(undisturbed, digest);
    sqlite3_shutdown();
    sqlite3_config(SQLITE_CONFIG_MALLOC, &memory.real);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_kill_at_any_moment_loses_no_committed_replication,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_kill_within_a_replication_larger_than_the_cache_leaves_no_part_of_it, setup,
            teardown),
        cmocka_unit_test_setup_teardown(any_failing_allocation_of_sqlite_ends_in_a_message,
                                        setup, teardown),
    };
    return cmocka_run_group_tests_name("store kill", tests, NULL, NULL);
}
