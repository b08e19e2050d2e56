/* understudy plan: what a sweep would run, and how long it would take. */
#include <inttypes.h>
#include <jansson.h>
#include <libgen.h>
#include <math.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "analysis/study/command.h"
#include "analysis/study/left.h"
#include "analysis/study/table.h"
#include "models/world/batch.h"
#include "models/world/pilot.h"
#include "models/world/study.h"
#include "sim/base/hash.h"
#include "sim/base/limits.h"
#include "sim/base/time.h"
#include "sim/cli/output.h"
#include "sim/cli/temporary.h"

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

/* Long enough to leave the empty system at the start behind, short enough to wait for. */
#define PILOT_S 0.2

struct estimate {
    uint32_t timed, jobs;
    struct ust_pilot mean; /* of the units that were timed */
    double all_s;          /* NAN: not asked for */
};

static uint32_t units_left(const struct ust_study *study, const struct ust_left *left)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < study->n; i++)
        n += left->pieces[i] > left->there[i];
    return n;
}

static enum ust_status time_units(const struct ust_study *study, const char *folder,
                                  struct estimate *it)
{
    it->timed = study->n < TIMED ? study->n : TIMED;
    for (uint32_t i = 0; i < it->timed; i++) {
        uint32_t unit =
            it->timed == 1 ? 0 : (uint32_t)((uint64_t)i * (study->n - 1) / (it->timed - 1));
        struct ust_pilot one;
        if (ust_cli_stop_wanted())
            return UST_STOPPED;
        UST_TRY(ust_pilot(study, unit, folder, PILOT_S, &one));
        it->mean.simulate_s += one.simulate_s / it->timed;
        it->mean.store_s += one.store_s / it->timed;
        it->mean.unit_s += one.unit_s / it->timed;
        it->mean.rows += one.rows; /* a sum, until all are there */
    }
    it->mean.rows /= it->timed;
    return UST_OK;
}

/* Beside the results, since what is timed is their disk; where that cannot be written, as it
 * may be for who only asks, in the usual place. */
static enum ust_status make_folder(const char *results, struct ust_arena *arena, char **folder)
{
    char *beside = ust_arena_text(arena, results == NULL ? "." : results);
    *folder = ust_temporary_folder_in(dirname(beside), ".understudy-plan");
    return *folder != NULL ? UST_OK : ust_temporary_folder("understudy-plan", folder);
}

static enum ust_status estimate(const struct ust_study *study, const struct ust_left *left,
                                const struct options *options, struct ust_arena *arena,
                                struct estimate *out)
{
    *out = (struct estimate){.jobs = ust_threads.workers((uint32_t)options->jobs),
                             .all_s = ust_nan()};
    if (options->quick || left->left == 0)
        return UST_OK;
    char *folder;
    UST_TRY(make_folder(options->output, arena, &folder));
    ust_cli_catch_signals();
    enum ust_status status = time_units(study, folder, out);
    ust_temporary_folder_end(folder, NULL, 0);
    if (status == UST_OK)
        out->all_s =
            ust_pilot_seconds(&out->mean, left->left, units_left(study, left), out->jobs);
    return status;
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
    char hash[UST_HASH_TEXT_MAX], all[UST_TIME_TEXT_MAX], simulate[UST_TIME_TEXT_MAX],
        store[UST_TIME_TEXT_MAX];
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
    ust_table_print(&table, ust_cli_width(stdout, 132), "", &text);
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
                        "moments of %u unit%s (of a replication %s to simulate, %s to "
                        "store)\n",
                        asks ? "at most " : "",
                        ust_time_text(ust_time_from_seconds(it->all_s), all), it->jobs,
                        it->jobs == 1 ? "" : "s", it->timed, it->timed == 1 ? "" : "s",
                        ust_time_text(ust_time_from_seconds(it->mean.simulate_s), simulate),
                        ust_time_text(ust_time_from_seconds(it->mean.store_s), store));
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
            : json_pack("{s:f,s:f,s:f,s:f,s:I,s:I,s:I}", "seconds", it->all_s,
                        "replication_seconds", it->mean.simulate_s + it->mean.store_s,
                        "storing_seconds", it->mean.store_s, "unit_seconds", it->mean.unit_s,
                        "rows", (json_int_t)it->mean.rows, "threads", (json_int_t)it->jobs,
                        "units_timed", (json_int_t)it->timed),
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
        struct estimate it;
        status = estimate(&study, &left, options, spec.arena, &it);
        if (status == UST_OK && options->json)
            status = print_json(&study, &left, &it);
        else if (status == UST_OK)
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
        "of at most five of them, simulated and stored. With -o, of what the folder of a\n"
        "sweep does not hold yet; with --shard, of that part.\n",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = 1,
    .run = run,
};
