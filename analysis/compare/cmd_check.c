/* understudy check: does a run keep what its scenario asks of it, and is it no worse than a
 * baseline? Made for CI. */
#include <errno.h>
#include <jansson.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/compare/command.h"
#include "analysis/compare/findings.h"
#include "analysis/compare/side.h"
#include "analysis/compare/tell.h"
#include "sim/base/limits.h"
#include "sim/cli/output.h"

struct options {
    const char *baseline, *output, *junit, *sarif, *markdown;
    uint64_t replications, seed, jobs, alpha, power, tolerance;
    bool seed_given, alpha_given, power_given, json, force, quiet, github;
    struct ust_texts sets, metrics;
};

#define FILE_OPTION(which, letters, text)                                                      \
    {                                                                                          \
        .name = #which, .letter = letters, .kind = UST_OPTION_TEXT,                            \
        .offset = offsetof(struct options, which), .value = "FILE", .help = text               \
    }
#define PERCENT_OPTION(which, least, most, where, text)                                        \
    {                                                                                          \
        .name = #which, .kind = UST_OPTION_COUNT, .offset = offsetof(struct options, which),   \
        .value = "PERCENT", .low = least, .high = most, .given = where, .help = text           \
    }

static const struct ust_option options_table[] = {
    {.name = "baseline",
     .letter = 'b',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, baseline),
     .value = "BASE.db",
     .help = "and no worse than this run; a scenario takes over its seed and replications"},
    {.name = "metric",
     .letter = 'm',
     .kind = UST_OPTION_TEXTS,
     .offset = offsetof(struct options, metrics),
     .value = "METRIC",
     .help = "compare this one (and others so given) with the baseline, instead of those of "
             "the checks, or of readiness, attainment, latency_mean, latency_p95, latency_p99"},
    PERCENT_OPTION(alpha, 1, 50, offsetof(struct options, alpha_given) + 1,
                   "how often an unchanged model may be called worse, all rows together; 5"),
    PERCENT_OPTION(power, 50, 99, offsetof(struct options, power_given) + 1,
                   "tell which change is found this often; 80"),
    PERCENT_OPTION(tolerance, 0, 100, 0,
                   "a change of at most this share of the baseline is no regression; 0"),
    FILE_OPTION(junit, 0, "JUnit XML: a test case for each check and comparison"),
    FILE_OPTION(sarif, 0, "SARIF: the scenario's mistakes and warnings, for code scanning"),
    FILE_OPTION(markdown, 0, "Markdown, for a comment on a pull request"),
    {.name = "github",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, github),
     .help =
         "annotations on stdout, and the Markdown to $GITHUB_STEP_SUMMARY where that is set"},
    UST_OPTION_OUTPUT(struct options, "FILE",
                      "database of a scenario's results; its name with .db where absent"),
    UST_OPTION_REPLICATIONS(struct options,
                            "of a scenario; as many as the baseline has, or as it says itself"),
    UST_OPTION_SEED(
        struct options,
        "of a scenario; the baseline's where absent, so that both meet the same users"),
    UST_OPTION_JOBS(struct options),
    UST_OPTION_SETS(struct options, "override one value of the scenario"),
    UST_OPTION_JSON(struct options, "findings as JSON on stdout"),
    UST_OPTION_FORCE(struct options,
                     "start anew where the scenario's database holds another run"),
    UST_OPTION_QUIET(struct options, "no progress and no text"),
    {.name = NULL}};

/* What one call of the command holds. */
struct check {
    const struct options *options;
    struct ust_arena *arena;
    struct ust_side side, base;
    struct ust_spec stored; /* of a database's scenario */
    struct ust_items checks;
    struct ust_results of_side, of_base;
    struct ust_compare compare;
    struct ust_findings findings;
};

/* A step's summary is shared with what the step wrote before. */
static enum ust_status append(const char *path, const char *text)
{
    FILE *file = fopen(path, "a");
    bool good = file != NULL && fputs(text, file) >= 0;
    if (file != NULL && fclose(file) != 0)
        good = false;
    return good ? UST_OK : ust_cli_refused("cannot write '%s': %s", path, strerror(errno));
}

/* ---- what is asked ---- */

static enum ust_status open_base(struct check *check)
{
    const char *path = check->options->baseline;
    if (path == NULL)
        return UST_OK;
    UST_TRY(ust_store_open(path, false, &check->base.store));
    return ust_results_read(check->base.store, check->arena, &check->of_base);
}

static enum ust_status open_side(struct check *check, const char *path)
{
    const struct options *options = check->options;
    bool pair = options->baseline != NULL;
    check->side = (struct ust_side){
        .path = path,
        .sets = &options->sets,
        .output = options->output,
        .replications = options->replications > 0 ? (uint32_t)options->replications
                        : pair                    ? check->of_base.replications
                                                  : 0,
        .jobs = (uint32_t)options->jobs,
        .seed_given = options->seed_given || pair,
        .seed = options->seed_given ? options->seed : check->of_base.seed,
        .replace = options->force,
        .quiet = options->quiet || options->json};
    return ust_side_open(&check->side);
}

/* The stored scenario's text; its checks need nothing else of it. */
static enum ust_status read_stored_checks(struct check *check)
{
    struct ust_spec *spec = &check->stored;
    *spec = (struct ust_spec){.arena = check->arena, .diag = ust_diag_new()};
    sqlite3_stmt *row = NULL;
    enum ust_status status = UST_OK;
    if (sqlite3_prepare_v2(ust_store_sqlite(check->side.store), "SELECT scenario FROM run", -1,
                           &row, NULL) != SQLITE_OK ||
        sqlite3_step(row) != SQLITE_ROW) {
        status = ust_store_failed(check->side.store, "cannot read the scenario");
    } else {
        const struct ust_node *root = ust_spec_read_text(
            spec, check->side.path, (const char *)sqlite3_column_text(row, 0),
            (size_t)sqlite3_column_bytes(row, 0));
        status = root == NULL ? UST_INVALID : ust_checks_read(spec, root, &check->checks);
        ust_diag_print(spec->diag, stderr, "nothing was checked");
    }
    sqlite3_finalize(row);
    return status;
}

static enum ust_status find_checks(struct check *check)
{
    if (check->side.scenario == NULL)
        UST_TRY(read_stored_checks(check));
    else
        check->checks = check->side.scenario->checks;
    if (check->checks.n > 0 || check->options->baseline != NULL)
        return UST_OK;
    fprintf(stderr,
            "understudy check: '%s' has no 'checks:' and there is no --baseline: nothing to "
            "check; for example\n  checks: [{metric: readiness, at_least: 80}]\n",
            check->side.path);
    return UST_INVALID;
}

/* ---- regression ---- */

/* What was asked for; else what the checks are about; else what users feel. */
static void choose_family(struct check *check)
{
    static const char *const felt[] = {"readiness", "attainment", "latency_mean", "latency_p95",
                                       "latency_p99"};
    const struct ust_check_spec *one = check->checks.at;
    check->compare.metrics = felt;
    check->compare.metrics_n = sizeof felt / sizeof felt[0];
    if (check->options->metrics.n > 0) {
        check->compare.metrics = check->options->metrics.at;
        check->compare.metrics_n = check->options->metrics.n;
    } else if (check->checks.n > 0) {
        const char **of = ust_arena_alloc(check->arena, const char *, check->checks.n);
        for (uint32_t i = 0; i < check->checks.n; i++)
            of[i] = one[i].of == UST_UNTIL_P_READY ? "readiness" : ust_until_names[one[i].of];
        check->compare.metrics = of;
        check->compare.metrics_n = check->checks.n;
    }
}

static enum ust_status compare(struct check *check)
{
    const struct options *options = check->options;
    if (options->baseline == NULL)
        return UST_OK;
    UST_TRY(ust_results_read(check->side.store, check->arena, &check->of_side));
    check->compare = (struct ust_compare){
        .a = &check->of_base,
        .b = &check->of_side,
        .alpha = options->alpha_given ? (double)options->alpha / 100.0 : 0.05,
        .power = options->power_given ? (double)options->power / 100.0 : 0.8,
        .tolerance = (double)options->tolerance / 100.0,
        .one_sided = true};
    choose_family(check);
    ust_compare_make(&check->compare, check->arena);
    if (check->compare.family_n == 0) {
        fprintf(stderr,
                "understudy check: nothing can be compared with '%s': both runs need two "
                "replications and a metric with a direction\n",
                options->baseline);
        return UST_INVALID;
    }
    ust_findings_compare(&check->findings, &check->compare);
    return UST_OK;
}

/* ---- what is told ---- */

static void add_head(const struct check *check, struct ust_text *out)
{
    const struct ust_findings *findings = &check->findings;
    ust_text_printf(out, "%s: %u of %u failed", ust_text_string(&check->side.database),
                    findings->failed[0] + findings->failed[1], findings->n);
    if (check->options->baseline != NULL)
        ust_text_printf(out, ", against %s", check->options->baseline);
    ust_text_add(out, "\n");
}

static enum ust_status summarise(const struct ust_text *markdown)
{
    const char *summary = getenv("GITHUB_STEP_SUMMARY");
    if (summary == NULL || *summary == '\0')
        return UST_OK;
    return append(summary, ust_text_string(markdown));
}

static enum ust_status tell_github(const struct check *check, const struct ust_text *markdown)
{
    struct ust_text text = {0};
    ust_findings_github(&check->findings, &text);
    fputs(ust_text_string(&text), stdout);
    ust_text_free(&text);
    return summarise(markdown);
}

static enum ust_status print_json(const struct check *check)
{
    json_t *root = json_object();
    json_object_set_new(root, "database", json_string(ust_text_string(&check->side.database)));
    json_object_set_new(root, "failed_checks", json_integer(check->findings.failed[0]));
    json_object_set_new(root, "regressions", json_integer(check->findings.failed[1]));
    json_object_set_new(root, "findings", ust_findings_json(&check->findings));
    if (check->options->baseline != NULL)
        json_object_set_new(root, "comparison", ust_compare_json(&check->compare));
    return ust_output_json(stdout, root, 12);
}

static void make_markdown(const struct check *check, struct ust_text *out)
{
    ust_text_add(out, "### understudy check\n\n");
    add_head(check, out);
    ust_text_add(out, "\n");
    ust_findings_markdown(&check->findings, out);
    if (check->options->baseline != NULL) {
        ust_text_add(out, "\n");
        ust_compare_summary(&check->compare, out);
    }
    ust_text_add(out, "\n");
}

static enum ust_status tell(const struct check *check)
{
    const struct options *options = check->options;
    enum ust_status status = UST_OK;
    struct ust_text text = {0};
    if (options->json) {
        status = print_json(check);
    } else if (!options->quiet) {
        add_head(check, &text);
        ust_findings_text(&check->findings, &text);
        if (options->baseline != NULL)
            ust_compare_summary(&check->compare, &text);
        fputs(ust_text_string(&text), stderr);
        ust_text_clear(&text);
    }
    if (status == UST_OK && options->junit != NULL) {
        ust_findings_junit(&check->findings, check->side.path, &text);
        status = ust_output_text(options->junit, ust_text_string(&text));
        ust_text_clear(&text);
    }
    make_markdown(check, &text);
    if (status == UST_OK && options->markdown != NULL)
        status = ust_output_text(options->markdown, ust_text_string(&text));
    if (status == UST_OK && options->github)
        status = tell_github(check, &text);
    ust_text_free(&text);
    return status;
}

/* Of the scenario, whether or not it could be run. */
static enum ust_status tell_mistakes(const struct check *check)
{
    const struct options *options = check->options;
    const struct ust_diag *diag =
        check->side.spec.diag != NULL ? check->side.spec.diag : check->stored.diag;
    enum ust_status status = UST_OK;
    if (options->github && diag != NULL) {
        struct ust_text text = {0};
        ust_diag_github(diag, &text);
        fputs(ust_text_string(&text), stdout);
        ust_text_free(&text);
    }
    if (options->sarif != NULL) {
        json_t *sarif = ust_diag_sarif(diag);
        char *text = json_dumps(sarif, JSON_INDENT(2));
        status = ust_output_text(options->sarif, text);
        free(text);
        json_decref(sarif);
    }
    return status;
}

/* A pipeline that reads files must not take a scenario that could not be run for one without
 * findings. */
static enum ust_status tell_failure(const struct check *check)
{
    const struct options *options = check->options;
    const struct ust_diag *diag =
        check->side.spec.diag != NULL ? check->side.spec.diag : check->stored.diag;
    enum ust_status status = UST_OK;
    struct ust_text text = {0};
    if (options->junit != NULL) {
        ust_diag_junit(diag, check->side.path, &text);
        status = ust_output_text(options->junit, ust_text_string(&text));
        ust_text_clear(&text);
    }
    ust_diag_markdown(diag, check->side.path, &text);
    if (status == UST_OK && options->markdown != NULL)
        status = ust_output_text(options->markdown, ust_text_string(&text));
    if (status == UST_OK && options->github)
        status = summarise(&text);
    ust_text_free(&text);
    return status;
}

static enum ust_status answer(struct check *check)
{
    UST_TRY(ust_findings_check(&check->findings, check->side.store, &check->checks,
                               check->side.scenario != NULL));
    UST_TRY(compare(check));
    return tell(check);
}

static enum ust_status ask(struct check *check, const char *path)
{
    check->side.path = path;
    enum ust_status status = open_base(check);
    if (status == UST_OK)
        status = open_side(check, path);
    if (status == UST_OK)
        status = find_checks(check);
    enum ust_status told = tell_mistakes(check);
    if (status == UST_OK)
        status = told;
    if (status == UST_OK)
        status = answer(check);
    if (status != UST_OK)
        (void)tell_failure(check);
    return status;
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    (void)operands;
    if (options->json && options->github) {
        fprintf(stderr, "understudy check: --json or --github, both write to stdout\n");
        return UST_EXIT_INVALID;
    }
    if (ust_compare_metrics("check", &options->metrics) != UST_OK)
        return UST_EXIT_INVALID;
    struct ust_arena *arena = ust_arena_new();
    struct check check = {.options = options, .arena = arena, .findings = {.arena = arena}};
    ust_cli_catch_signals();
    int code = ust_exit_code(ask(&check, operand[0]));
    if (code == UST_EXIT_OK && check.findings.failed[UST_FINDING_REGRESSION] > 0)
        code = UST_EXIT_WORSE;
    if (check.findings.failed[UST_FINDING_CHECK] > 0 &&
        (code == UST_EXIT_OK || code == UST_EXIT_WORSE))
        code = UST_EXIT_CHECK_FAILED;
    ust_side_close(&check.side);
    ust_side_close(&check.base);
    ust_diag_free(check.stored.diag);
    ust_arena_free(arena);
    return code;
}

const struct ust_command ust_command_check = {
    .name = "check",
    .operands = "SCENARIO|RUN.db",
    .help = "for CI: bounds of the scenario kept, no worse than a baseline",
    .more =
        "Holds the scenario's 'checks:' against its results, and with --baseline asks whether\n"
        "anything is worse than in that run. A scenario is run first (into NAME.db), with the\n"
        "baseline's seed and replications. Exit code 3: a check failed; 4: none did, but\n"
        "something is worse; 2: the scenario has mistakes.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
