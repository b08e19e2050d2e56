/* understudy verify: the whole validation, with this program, here and now. */
#include <jansson.h>
#include <stdlib.h>

#include "analysis/verify/command.h"
#include "analysis/verify/verify.h"
#include "sim/base/limits.h"
#include "sim/cli/output.h"
#include "sim/cli/temporary.h"

struct options {
    const char *output;
    uint64_t seed, jobs;
    bool quick, json, quiet;
};

static const struct ust_option options_table[] = {
    {.name = "seed",
     .letter = 's',
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, seed),
     .value = "S",
     .low = 0,
     .high = UINT64_MAX,
     .help = "every other seed must do as well (default: 0)"},
    {.name = "quick",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, quick),
     .help = "a twentieth of the work, and wider errors allowed: a smoke test"},
    UST_OPTION_OUTPUT(struct options, "FILE", "write the report, one HTML file"),
    UST_OPTION_JOBS(struct options),
    UST_OPTION_JSON(struct options, "the rows as JSON on standard output"),
    UST_OPTION_QUIET(struct options, "no progress and no table"),
    {0},
};

static void remove_folder(char *folder)
{
    static const char *const files[] = {"scenario.yaml", "arrivals.csv", "run.db",
                                        "run.db-journal"};
    ust_temporary_folder_end(folder, files, sizeof files / sizeof files[0]);
}

static enum ust_status run_all(struct ust_verify *verify)
{
    UST_TRY(ust_verify_queues(verify));
    UST_TRY(ust_verify_networks(verify));
    UST_TRY(ust_verify_failures(verify));
    UST_TRY(ust_verify_clients(verify));
    UST_TRY(ust_verify_scalers(verify));
    UST_TRY(ust_verify_sizes(verify));
    UST_TRY(ust_verify_coverage(verify));
    return ust_verify_strangers(verify);
}

static enum ust_status write_report(const struct ust_verify *verify, const char *path)
{
    struct ust_text page = {0};
    ust_verify_report(verify, &page);
    enum ust_status status = ust_output_text(path, ust_text_string(&page));
    ust_text_free(&page);
    return status;
}

static enum ust_status tell(const struct options *options, const struct ust_verify *verify)
{
    if (!options->quiet && !options->json)
        ust_verify_print(verify, stderr);
    if (options->json)
        UST_TRY(ust_output_json(stdout, ust_verify_json(verify), 12));
    if (options->output == NULL)
        return UST_OK;
    UST_TRY(write_report(verify, options->output));
    if (!options->quiet)
        fprintf(stderr, "report  %s\n", options->output);
    return UST_OK;
}

/* How much shorter runs are with --quick. */
#define QUICK 20

/* Experiments and procedures, for the progress line. */
#define STEPS 64

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    (void)operands;
    (void)operand;
    struct ust_verify verify = {.arena = ust_arena_new(),
                                .seed = options->seed,
                                .jobs = (uint32_t)options->jobs,
                                .less = options->quick ? QUICK : 1};
    enum ust_status status = ust_temporary_folder("understudy-verify", &verify.folder);
    if (status == UST_OK) {
        ust_cli_catch_signals();
        ust_progress_start(&verify.progress, stderr, "laws", STEPS,
                           options->quiet || options->json);
        status = run_all(&verify);
        ust_progress_end(&verify.progress);
        remove_folder(verify.folder);
    }
    int code = ust_exit_code(status);
    if (status == UST_OK) {
        ust_verify_conclude(&verify);
        code = ust_exit_code(tell(options, &verify));
        if (code == UST_EXIT_OK && verify.failed > 0)
            code = UST_EXIT_CHECK_FAILED;
    }
    free(verify.rows);
    ust_arena_free(verify.arena);
    return code;
}

const struct ust_command ust_command_verify = {
    .name = "verify",
    .operands = "",
    .help = "hold this program against theory and published numbers",
    .more = "Runs dozens of scenarios whose answers are known, and counts how often intervals\n"
            "cover what they should. Exits with 3 where a row fails. A correct program fails\n"
            "with a probability of 1 % at most, whatever the seed.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 0,
    .operands_max = 0,
    .run = run,
};
