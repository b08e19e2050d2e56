/* understudy plan: what a sweep would run, and how long it would take. */
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "analysis/stats/stats.h"
#include "analysis/study/command.h"
#include "analysis/study/left.h"
#include "analysis/study/table.h"
#include "models/world/study.h"
#include "sim/base/hash.h"
#include "sim/base/limits.h"
#include "sim/base/time.h"
#include "sim/cli/output.h"

struct options {
    const char *output, *shard;
    uint64_t replications, seed, jobs;
    bool seed_given, json, quick;
    struct ust_texts sets;
};

static const struct ust_option options_table[] = {
    UST_OPTION_OUTPUT(struct options, "FOLDER",
                      "results of a sweep that has begun: tell what is left of it"),
    UST_OPTION_REPLICATIONS(struct options, "of each unit, instead of the scenario's number"),
    UST_OPTION_SEED(struct options, "instead of the scenario's seed"),
    {.name = "jobs",
     .letter = 'j',
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, jobs),
     .value = "N",
     .low = 1,
     .high = UST_THREADS_MAX,
     .help = "estimate for N threads; as many as there are processors where absent"},
    UST_OPTION_SETS(struct options,
                    "override one value before the design's own, or of the design itself"),
    UST_OPTION_SHARD(struct options),
    {.name = "no-estimate",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, quick),
     .help = "list the units only, and simulate nothing"},
    UST_OPTION_JSON(struct options, "as JSON on stdout"),
    {.name = NULL}};

/* Units that are timed, evenly spread over the design; the others are taken to be alike. */
#define TIMED 5

struct estimate {
    uint32_t timed, jobs;
    double replication_s, all_s; /* NAN: not asked for */
};

static struct estimate estimate(const struct ust_study *study, const struct ust_left *left,
                                const struct options *options)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct estimate it = {
        .jobs = (uint32_t)options->jobs, .replication_s = ust_nan(), .all_s = ust_nan()};
    if (it.jobs == 0)
        it.jobs = processors < 1 ? 1 : (uint32_t)processors;
    if (options->quick || left->left == 0)
        return it;
    it.timed = study->n < TIMED ? study->n : TIMED;
    double sum = 0;
    for (uint32_t i = 0; i < it.timed; i++)
        sum += ust_study_calibrate(
            study,
            it.timed == 1 ? 0 : (uint32_t)((uint64_t)i * (study->n - 1) / (it.timed - 1)));
    it.replication_s = sum / it.timed;
    it.all_s = it.replication_s * (double)left->left / it.jobs;
    return it;
}

static void print_text(const struct ust_study *study, const struct ust_left *left, bool begun,
                       const struct estimate *it)
{
    static const struct ust_table_column columns[] = {{"", 0, false},
                                                      {"unit", 0, true},
                                                      {"replications", 0, false},
                                                      {"there", 0, false},
                                                      {"scenario", 1, true}};
    struct ust_table table;
    struct ust_text text = {0};
    char hash[UST_HASH_TEXT_MAX], one[UST_TIME_TEXT_MAX], all[UST_TIME_TEXT_MAX];
    ust_table_begin(&table, columns, 5);
    bool asks = false;
    for (uint32_t i = 0; i < study->n; i++) {
        const struct ust_study_unit *unit = &study->unit[i];
        ust_table_row(&table);
        ust_table_cell(&table, 0, "%u", unit->is->number);
        ust_table_cell(&table, 1, "%s", unit->is->name);
        ust_table_cell(&table, 2, "%s%u", unit->asks && left->pieces[i] > 0 ? "up to " : "",
                       left->pieces[i]);
        if (begun)
            ust_table_cell(&table, 3, "%u", left->there[i]);
        ust_table_cell(&table, 4, "%s", ust_hash_hex(unit->hash, hash));
        asks = asks || unit->asks;
    }
    bool known = ust_cli_is_terminal(stdout);
    ust_table_print(&table, known ? ust_cli_columns(stdout) : 132, "", &text);
    ust_table_free(&table);
    ust_text_printf(&text, "\n%s   %u units, %s%" PRIu64 " replications, seed %" PRIu64 "\n",
                    study->base->name, study->n, asks ? "at most " : "", left->all,
                    study->seed);
    if (begun)
        ust_text_printf(&text, "%s%" PRIu64 " of them are left\n", asks ? "at most " : "",
                        left->left);
    if (!isnan(it->all_s))
        ust_text_printf(&text,
                        "estimate: %s%s with %u thread%s on this machine, from the first "
                        "moments of %u unit%s (%s a replication)\n",
                        asks ? "at most " : "",
                        ust_time_text(ust_time_from_seconds(it->all_s), all), it->jobs,
                        it->jobs == 1 ? "" : "s", it->timed, it->timed == 1 ? "" : "s",
                        ust_time_text(ust_time_from_seconds(it->replication_s), one));
    fputs(ust_text_string(&text), stdout);
    ust_text_free(&text);
}

static json_t *unit_json(const struct ust_study_unit *unit, uint32_t pieces, uint32_t there)
{
    char hash[UST_HASH_TEXT_MAX];
    json_t *sets = json_array();
    const char *at = unit->is->overrides;
    while (*at != '\0') {
        size_t length = strcspn(at, "\n");
        json_array_append_new(sets, json_stringn(at, length));
        at += length + (at[length] == '\n');
    }
    return json_pack("{s:I,s:s,s:o,s:I,s:I,s:b,s:s}", "number", (json_int_t)unit->is->number,
                     "unit", unit->is->name, "set", sets, "replications", (json_int_t)pieces,
                     "there", (json_int_t)there, "at_most", unit->asks, "scenario_hash",
                     ust_hash_hex(unit->hash, hash));
}

static enum ust_status print_json(const struct ust_study *study, const struct ust_left *left,
                                  const struct estimate *it)
{
    char seed[24];
    snprintf(seed, sizeof seed, "%" PRIu64, study->seed);
    json_t *units = json_array();
    for (uint32_t i = 0; i < study->n; i++)
        json_array_append_new(units,
                              unit_json(&study->unit[i], left->pieces[i], left->there[i]));
    json_t *root = json_pack(
        "{s:s,s:s,s:I,s:I,s:o,s:o}", "name", study->base->name, "seed", seed, "replications",
        (json_int_t)left->all, "left", (json_int_t)left->left, "estimate",
        isnan(it->all_s)
            ? json_null()
            : json_pack("{s:f,s:f,s:I,s:I}", "seconds", it->all_s, "replication_seconds",
                        it->replication_s, "threads", (json_int_t)it->jobs, "units_timed",
                        (json_int_t)it->timed),
        "units", units);
    return ust_output_json(stdout, root, 6);
}

static int run(const void *given, int operands, char **operand)
{
    const struct options *options = given;
    (void)operands;
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    const struct ust_study_options how = {.path = operand[0],
                                          .sets = options->sets.at,
                                          .sets_n = options->sets.n,
                                          .seed_given = options->seed_given,
                                          .seed = options->seed,
                                          .replications = (uint32_t)options->replications};
    struct ust_study study;
    struct ust_left left;
    struct ust_shard shard;
    enum ust_status status = ust_shard_read(options->shard, &shard);
    if (status == UST_OK)
        status = ust_study_plan(&spec, &how, &study);
    ust_diag_print(spec.diag, stderr, NULL);
    if (status == UST_OK)
        status = ust_left_read(spec.arena, &study, shard, options->output, &left);
    if (status == UST_OK) {
        struct estimate it = estimate(&study, &left, options);
        if (options->json)
            status = print_json(&study, &left, &it);
        else
            print_text(&study, &left, options->output != NULL, &it);
    }
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return ust_exit_code(status);
}

const struct ust_command ust_command_plan = {
    .name = "plan",
    .operands = "SCENARIO",
    .help = "list what a sweep of the scenario's design would run",
    .more =
        "Every unit is read and checked. The time is an estimate, from a fraction of a second\n"
        "of at most five of them. With -o, of what the folder of a sweep does not hold yet;\n"
        "with --shard, of that part.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
