/* What the tests of the results database share: a run to store, and ears for stderr. */
#ifndef UST_TESTS_STORE_HELP_H
#define UST_TESTS_STORE_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "sim/cli/cli.h"
#include "tests/unit/rundb.h"

struct fixture {
    struct rundb db;
    char path[256];
    bool done[8];
};

static char said[8192]; /* on stderr, since the last call of listen */
static FILE *heard;
static int old_stderr;

static inline void listen_to_stderr(void)
{
    heard = tmpfile();
    fflush(stderr);
    old_stderr = dup(2);
    dup2(fileno(heard), 2);
}

static inline void stop_listening(void)
{
    fflush(stderr);
    dup2(old_stderr, 2);
    close(old_stderr);
    rewind(heard);
    said[fread(said, 1, sizeof said - 1, heard)] = '\0';
    fclose(heard);
}

static inline void assert_said(const char *part)
{
    if (!strstr(said, part))
        fail_msg("stderr lacks \"%s\":\n%s", part, said);
}

static inline int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    rundb_init(&f->db, 120, 10);
    rundb_path(f->path);
    *state = f;
    return 0;
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    rundb_remove(f->path);
    rundb_free(&f->db);
    free(f);
    return 0;
}

static inline struct ust_store *create(struct fixture *f)
{
    struct ust_store *store;
    assert_int_equal(ust_store_create(f->path, &f->db.plan, false, f->done, &store), UST_OK);
    return store;
}

static inline enum ust_status create_refused(struct fixture *f, bool replace)
{
    struct ust_store *store;
    listen_to_stderr();
    enum ust_status status = ust_store_create(f->path, &f->db.plan, replace, f->done, &store);
    stop_listening();
    assert_true(status == UST_OK || store == NULL);
    if (store)
        ust_store_close(store);
    return status;
}

static inline void add(struct fixture *f, struct ust_store *store, uint32_t id)
{
    struct ust_store_replication result = rundb_noise(&f->db, id);
    assert_int_equal(ust_store_add(store, &result), UST_OK);
}

/* A finished run of three replications; its digest. */
static inline void whole_run(struct fixture *f, char digest[17])
{
    struct ust_store *store = create(f);
    for (uint32_t id = 1; id <= 3; id++)
        if (!f->done[id])
            add(f, store, id);
    assert_int_equal(ust_store_finish(store), UST_OK);
    assert_int_equal(ust_store_digest(store, digest), UST_OK);
    ust_store_close(store);
}

static inline double ask(struct ust_store *store, const char *sql)
{
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), sql, -1, &row, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(ust_store_sqlite(store)));
    assert_int_equal(sqlite3_step(row), SQLITE_ROW);
    double value =
        sqlite3_column_type(row, 0) == SQLITE_NULL ? RUNDB_NONE : sqlite3_column_double(row, 0);
    sqlite3_finalize(row);
    return value;
}

static inline char *slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, file);
    fclose(file);
    return bytes;
}

static inline void spill(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    fclose(file);
}

#endif
