/* The results database: what is not ours stays untouched, and the world may refuse at any time.
 */
#include "tests/unit/store_help.h"

/* ---- what is not ours ---- */

static void assert_left_alone(struct fixture *f, const void *bytes, size_t size)
{
    struct stat before, after;
    spill(f->path, bytes, size);
    assert_int_equal(stat(f->path, &before), 0);
    assert_int_equal(create_refused(f, true), UST_REFUSED);
    assert_said("untouched");
    struct ust_store *store;
    listen_to_stderr();
    assert_int_equal(ust_store_open(f->path, true, &store), UST_REFUSED);
    stop_listening();
    assert_null(store);
    size_t now;
    char *content = slurp(f->path, &now);
    assert_int_equal(now, size);
    assert_memory_equal(content, bytes, size);
    free(content);
    assert_int_equal(stat(f->path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(before.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
}

static void a_foreign_file_is_refused_and_keeps_every_byte(void **state)
{
    struct fixture *f = *state;
    assert_left_alone(f, "my thesis", 9);
    char noise[5000];
    for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = (char)ust_mix64(i);
    assert_left_alone(f, noise, sizeof noise);

    sqlite3 *other;
    unlink(f->path);
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    sqlite3_exec(other, "PRAGMA journal_mode = WAL; CREATE TABLE t(x)", NULL, NULL, NULL);
    sqlite3_close(other);
    size_t size;
    char *bytes = slurp(f->path, &size);
    assert_left_alone(f, bytes, size);
    assert_said("is a database of another program");
    free(bytes);
}

static void a_newer_version_is_refused_even_with_force(void **state)
{
    struct fixture *f = *state;
    char digest[17];
    whole_run(f, digest);
    sqlite3 *newer;
    assert_int_equal(sqlite3_open(f->path, &newer), SQLITE_OK);
    sqlite3_exec(newer, "PRAGMA user_version = 2", NULL, NULL, NULL);
    sqlite3_close(newer);
    size_t size;
    char *bytes = slurp(f->path, &size);
    assert_left_alone(f, bytes, size);
    assert_said(
        "is of version 2, this understudy knows version 1 (a newer understudy wrote it)");
    free(bytes);
}

static void a_folder_a_device_and_a_pipe_are_refused(void **state)
{
    struct fixture *f = *state;
    char saved[256];
    strcpy(saved, f->path);
    assert_int_equal(mkdir(f->path, 0777), 0);
    assert_int_equal(create_refused(f, true), UST_REFUSED);
    assert_said("s a directory");
    rmdir(f->path);
    assert_int_equal(mkfifo(f->path, 0666), 0);
    assert_int_equal(create_refused(f, true), UST_REFUSED);
    assert_said("is not a regular file");
    unlink(f->path);
    strcpy(f->path, "/dev/null");
    assert_int_equal(create_refused(f, true), UST_REFUSED);
    assert_said("is not a regular file");
    strcpy(f->path, "/nowhere/at/all.db");
    assert_int_equal(create_refused(f, true), UST_REFUSED);
    assert_said("cannot write '/nowhere/at/all.db': No such file or directory");
    strcpy(f->path, saved);
}

static void an_absent_or_empty_file_cannot_be_opened_for_reading(void **state)
{
    struct fixture *f = *state;
    struct ust_store *store;
    listen_to_stderr();
    assert_int_equal(ust_store_open(f->path, false, &store), UST_REFUSED);
    stop_listening();
    assert_said("cannot open");
    assert_said("No such file or directory");
    assert_int_not_equal(access(f->path, F_OK), 0);
    spill(f->path, "", 0);
    listen_to_stderr();
    assert_int_equal(ust_store_open(f->path, false, &store), UST_REFUSED);
    stop_listening();
    assert_said("is empty");
    char digest[17];
    whole_run(f, digest); /* an empty file may be filled */
}

static void a_damaged_file_is_told_of(void **state)
{
    struct fixture *f = *state;
    char digest[17];
    whole_run(f, digest);
    size_t size;
    char *bytes = slurp(f->path, &size);
    memset(bytes + 100, 0xff, 3996);
    spill(f->path, bytes, size);
    free(bytes);
    struct ust_store *store;
    listen_to_stderr();
    assert_int_equal(ust_store_open(f->path, false, &store), UST_REFUSED);
    stop_listening();
    assert_said("malformed");
}

/* ---- the world refuses ---- */

static void a_second_writer_is_refused_and_a_reader_is_not(void **state)
{
    struct fixture *f = *state;
    struct ust_store *store = create(f), *reader;
    add(f, store, 1);
    /* In another process, as POSIX locks do not hold between descriptors of one. */
    pid_t child = fork();
    if (child == 0) {
        struct ust_store *second;
        if (!freopen("/dev/null", "w", stderr))
            _exit(9);
        _exit(ust_store_create(f->path, &f->db.plan, true, NULL, &second) == UST_REFUSED ? 0
                                                                                         : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_int_equal(ust_store_open(f->path, false, &reader), UST_OK);
    assert_true(ask(reader, "SELECT count(*) FROM replication") == 1);
    ust_store_close(reader);
    add(f, store, 2);
    ust_store_close(store);
}

static void a_locked_file_ends_in_a_message_and_keeps_what_was_committed(void **state)
{
    struct fixture *f = *state;
    struct ust_store *store = create(f);
    add(f, store, 1);
    sqlite3 *other;
    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other, "BEGIN EXCLUSIVE", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_busy_timeout(ust_store_sqlite(store), 50); /* three seconds would be long here */
    struct ust_store_replication result = rundb_noise(&f->db, 2);
    listen_to_stderr();
    assert_int_equal(ust_store_add(store, &result), UST_REFUSED);
    stop_listening();
    assert_said("run.db: cannot store replication 2: another program has locked the file");
    sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL);
    sqlite3_close(other);
    assert_true(ask(store, "SELECT count(*) FROM replication") == 1);
    add(f, store, 2); /* the store is still good */
    ust_store_close(store);
}

static void a_full_disk_ends_in_a_message_and_keeps_what_was_committed(void **state)
{
    struct fixture *f = *state;
    char undisturbed[17], resumed[17];
    whole_run(f, undisturbed);
    unlink(f->path);
    pid_t child = fork();
    if (child == 0) {
        FILE *file = freopen("/dev/null", "w", stderr);
        struct ust_store *store;
        ust_cli_catch_signals(); /* which turns SIGXFSZ into an error of write */
        if (!file || ust_store_create(f->path, &f->db.plan, false, NULL, &store) != UST_OK)
            _exit(9);
        struct ust_store_replication result = rundb_noise(&f->db, 1);
        if (ust_store_add(store, &result) != UST_OK)
            _exit(8);
        struct stat facts;
        stat(f->path, &facts);
        struct rlimit limit = {(rlim_t)facts.st_size + 4096, (rlim_t)facts.st_size + 4096};
        setrlimit(RLIMIT_FSIZE, &limit);
        result = rundb_noise(&f->db, 2);
        if (ust_store_add(store, &result) != UST_REFUSED)
            _exit(7);
        ust_store_close(store);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    whole_run(f, resumed);
    assert_true(f->done[1]);
    assert_false(f->done[2]);
    assert_string_equal(undisturbed, resumed);
}

static void a_disk_that_is_full_from_the_start_leaves_no_file(void **state)
{
    struct fixture *f = *state;
    pid_t child = fork();
    if (child == 0) {
        ust_cli_catch_signals();
        struct rlimit limit = {2048, 2048};
        listen_to_stderr();
        setrlimit(RLIMIT_FSIZE, &limit);
        struct ust_store *store;
        enum ust_status status = ust_store_create(f->path, &f->db.plan, false, NULL, &store);
        stop_listening();
        _exit(status == UST_REFUSED && strstr(said, "run.db: cannot create: ") ? 0 : 1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_int_not_equal(access(f->path, F_OK), 0);
}

static void force_through_a_symbolic_link_replaces_what_it_points_to(void **state)
{
    struct fixture *f = *state;
    char digest[17], link_path[280], real[256];
    strcpy(real, f->path);
    whole_run(f, digest);
    snprintf(link_path, sizeof link_path, "%s.link", f->path);
    assert_int_equal(symlink(real, link_path), 0);
    struct ust_store *store;
    assert_int_equal(ust_store_create(link_path, &f->db.plan, true, f->done, &store), UST_OK);
    ust_store_close(store);
    struct stat facts;
    assert_int_equal(lstat(link_path, &facts), 0);
    assert_true(S_ISLNK(facts.st_mode));
    assert_int_equal(ust_store_open(real, false, &store), UST_OK);
    assert_true(ask(store, "SELECT count(*) FROM replication") == 0);
    ust_store_close(store);
    unlink(link_path);
}

/* Root may write anywhere, so this is tried as nobody. */
static void a_read_only_folder_is_named(void **state)
{
    struct fixture *f = *state;
    char folder[256];
    strcpy(folder, f->path);
    *strrchr(folder, '/') = '\0';
    chmod(folder, 0555);
    pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(9);
        _exit(create_refused(f, false) == UST_REFUSED && strstr(said, "cannot write '") &&
                      strstr(said, "Permission denied")
                  ? 0
                  : 1);
    }
    int status;
    waitpid(child, &status, 0);
    chmod(folder, 0755);
    assert_int_equal(status, 0);
}

/* As above, but a file that may be read is still read. */
static void a_read_only_file_can_be_read(void **state)
{
    struct fixture *f = *state;
    char digest[17], folder[256];
    whole_run(f, digest);
    strcpy(folder, f->path);
    *strrchr(folder, '/') = '\0';
    chmod(folder, 0555);
    chmod(f->path, 0444);
    pid_t child = fork();
    if (child == 0) {
        if (getuid() == 0 && setuid(65534) != 0)
            _exit(9);
        struct ust_store *store;
        if (ust_store_open(f->path, false, &store) != UST_OK)
            _exit(1);
        char again[17];
        if (ust_store_digest(store, again) != UST_OK || strcmp(digest, again) != 0)
            _exit(2);
        ust_store_close(store);
        listen_to_stderr();
        if (ust_store_open(f->path, true, &store) != UST_REFUSED)
            _exit(3);
        stop_listening();
        _exit(strstr(said, "cannot write") ? 0 : 4);
    }
    int status;
    waitpid(child, &status, 0);
    chmod(folder, 0755);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_foreign_file_is_refused_and_keeps_every_byte, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_newer_version_is_refused_even_with_force, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_folder_a_device_and_a_pipe_are_refused, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_absent_or_empty_file_cannot_be_opened_for_reading,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_damaged_file_is_told_of, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_writer_is_refused_and_a_reader_is_not, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(
            a_locked_file_ends_in_a_message_and_keeps_what_was_committed, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_full_disk_ends_in_a_message_and_keeps_what_was_committed, setup, teardown),
        cmocka_unit_test_setup_teardown(a_disk_that_is_full_from_the_start_leaves_no_file,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(
            force_through_a_symbolic_link_replaces_what_it_points_to, setup, teardown),
        cmocka_unit_test_setup_teardown(a_read_only_folder_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_read_only_file_can_be_read, setup, teardown),
    };
    return cmocka_run_group_tests_name("store refuse", tests, NULL, NULL);
}
