/* understudy reproduce RUN.db: run again what a database says was run, and compare.
 *
 * The database holds the effective scenario, the personas and the seed; only tables that the
 * scenario names (round trips, traces) are read from where they were. Every replication is run
 * anew into a file that nobody sees, and its digest and fingerprint are held against the stored
 * ones. The same version of understudy must come to the same bytes on any machine; another
 * version need not, and is told apart.
 */
#include <jansson.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analysis/study/command.h"
#include "analysis/study/stored.h"
#include "models/world/command.h"
#include "models/world/run.h"
#include "sim/base/limits.h"
#include "sim/cli/output.h"
#include "sim/cli/temporary.h"

struct options {
    uint64_t jobs;
    bool json, quiet;
};

static const struct ust_option options_table[] = {
    UST_OPTION_JOBS(struct options),
    UST_OPTION_JSON(struct options, "what was compared, as JSON on stdout"),
    UST_OPTION_QUIET(struct options, "no progress, and no word where all is the same"),
    {.name = NULL}};

/* ---- the comparison ---- */

struct difference {
    uint32_t replication;
    const char *was, *is;
};

struct comparison {
    uint32_t compared, different;
    struct difference first;
};

/* Replication by replication: both have those that the older one has. */
static enum ust_status compare(struct ust_arena *arena, const struct ust_stored *stored,
                               struct ust_store *again, struct comparison *out)
{
    const char *sql = "SELECT id, digest || '/' || fingerprint FROM replication ORDER BY id";
    sqlite3_stmt *was = ust_stored_query(stored->store, sql),
                 *is = ust_stored_query(again, sql);
    *out = (struct comparison){0};
    bool more = was != NULL && is != NULL;
    while (more && sqlite3_step(was) == SQLITE_ROW) {
        do
            more = sqlite3_step(is) == SQLITE_ROW;
        while (more && sqlite3_column_int64(is, 0) < sqlite3_column_int64(was, 0));
        const char *old = ust_stored_text(arena, was, 1),
                   *fresh = more ? ust_stored_text(arena, is, 1) : "";
        out->compared++;
        if (strcmp(old, fresh) == 0)
            continue;
        if (out->different++ == 0)
            out->first =
                (struct difference){(uint32_t)sqlite3_column_int64(was, 0), old, fresh};
    }
    sqlite3_finalize(was);
    sqlite3_finalize(is);
    return was == NULL || is == NULL ? UST_REFUSED : UST_OK;
}

static enum ust_status tell(const struct options *options, const char *path,
                            const struct ust_stored *stored, const struct comparison *seen)
{
    bool same = seen->different == 0, other = strcmp(stored->version, UST_VERSION) != 0;
    if (options->json) {
        json_t *json =
            json_pack("{s:s, s:b, s:i, s:i, s:s, s:s}", "run", path, "same", same,
                      "replications", (int)seen->compared, "different", (int)seen->different,
                      "stored_by", stored->version, "run_by", UST_VERSION);
        return ust_output_json(stdout, json, 17);
    }
    if (same && !options->quiet)
        printf("%s: the same, byte for byte: %u replication%s of %s\n", path, seen->compared,
               seen->compared == 1 ? "" : "s", stored->name);
    if (same)
        return UST_OK;
    printf("%s: %u of %u replications came out differently\n", path, seen->different,
           seen->compared);
    printf("  replication %u: stored %s\n", seen->first.replication, seen->first.was);
    printf("  %*s now %s\n", (int)strlen("replication") + 6, "", seen->first.is);
    if (other)
        printf("  it was made by version %s, and this is %s: results may have moved between "
               "them\n",
               stored->version, UST_VERSION);
    else
        printf(
            "  the same version made it: have tables that the scenario names changed since?\n");
    return UST_OK;
}

/* ---- the command ---- */

static enum ust_status run_again(const struct options *options, const struct ust_stored *stored,
                                 struct ust_scenario *scenario, struct ust_arena *arena,
                                 struct comparison *seen)
{
    const char *path;
    UST_TRY(ust_temporary_file(arena, &path));
    struct ust_run_options how = {.output = path,
                                  .replications = stored->replications,
                                  .jobs = (uint32_t)options->jobs,
                                  .seed_given = true,
                                  .seed = stored->seed,
                                  .replace = true,
                                  .quiet = options->quiet || options->json,
                                  .overrides = ""};
    ust_cli_catch_signals();
    struct ust_run_result ran;
    enum ust_status status = ust_run(scenario, &how, &ran);
    if (status == UST_OK)
        status = compare(arena, stored, ran.store, seen);
    ust_store_close(ran.store);
    unlink(path);
    return status;
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    (void)operands;
    struct ust_arena *arena = ust_arena_new();
    struct ust_spec spec = {.arena = arena, .diag = ust_diag_new()};
    struct ust_stored stored = {0};
    struct comparison seen = {0};
    enum ust_status status = ust_stored_open(operand[0], arena, &stored);
    if (status == UST_OK) {
        struct ust_scenario *scenario = ust_stored_scenario(&spec, &stored);
        status = scenario == NULL ? UST_INVALID
                                  : run_again(options, &stored, scenario, arena, &seen);
        if (scenario == NULL)
            ust_diag_print(spec.diag, stderr,
                           "the stored scenario cannot be run; tables that it names are looked "
                           "for where they were");
    }
    if (status == UST_OK)
        status = tell(options, operand[0], &stored, &seen);
    ust_store_close(stored.store);
    ust_diag_free(spec.diag);
    ust_arena_free(arena);
    if (status == UST_OK && seen.different > 0)
        return UST_EXIT_CHECK_FAILED;
    return ust_exit_code(status);
}

const struct ust_command ust_command_reproduce = {
    .name = "reproduce",
    .operands = "RUN.db",
    .help = "run again what a database says was run, and compare byte for byte",
    .more =
        "Scenario, personas and seed come from the database; tables that the scenario names\n"
        "are read from where they were. Ends with 3 where anything came out differently.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
