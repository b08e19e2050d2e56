/* Every scenario comes to the very bits that golden.txt holds.
 *
 * The file is its own template: reading it, the program writes the lines anew with what the
 * replications come to now, and compares line by line. UPDATE_GOLDEN=1 in the environment, or
 * as the argument, puts the new lines in place of the old ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/entity/model.h"
#include "models/world/scenario.h"
#include "sim/base/hash.h"

#define GOLDEN       "tests/golden/golden.txt"
#define SCENARIOS    "scenarios"
#define KEPT         "tests/swarm/cases"
#define CASES_MAX    128
#define SETS_MAX     16
#define RUNS_MAX     4
#define LINES_MAX    1000
#define DIFFERENCES  12 /* shown of one case */
#define VALUE_DIGITS 17 /* of a double, to tell all of them apart */

/* The lines [first, end) of the file. */
struct golden_case {
    char name[80], title[140];
    const char *folder;
    uint32_t first, end;
};

struct golden {
    char *old[LINES_MAX], *fresh[LINES_MAX];
    uint32_t lines, cases;
    struct golden_case at[CASES_MAX];
};

struct replay {
    struct ust_spec spec;
    struct ust_scenario *scenario;
    struct ust_model *model[RUNS_MAX];
    uint32_t runs;
};

/* ---- what a replication came to ---- */

static uint64_t hash_double(uint64_t hash, double value)
{
    uint64_t bits = 1; /* no NaN has these; there are many that mean the same */
    if (!isnan(value))
        memcpy(&bits, &value, sizeof bits);
    return ust_mix64(hash ^ bits);
}

/* A key without any value counts for nothing, as in the database: so a metric that a scenario
 * has no use for moves no hash of it. */
static bool has_values(const struct ust_model *model, uint32_t key)
{
    const struct ust_measure *measure = &model->measure;
    const double *row = measure->series + (size_t)key * model->config->intervals;
    bool any = !isnan(measure->kpi[key]);
    for (uint32_t i = 0; i < model->config->intervals && !any; i++)
        any = !isnan(row[i]);
    return any;
}

static uint64_t series_hash(const struct ust_model *model)
{
    const struct ust_measure *measure = &model->measure;
    uint64_t hash = 0;
    for (uint32_t key = 0; key < measure->keys_n; key++) {
        if (!has_values(model, key))
            continue;
        const double *row = measure->series + (size_t)key * model->config->intervals;
        hash = ust_hash_text(hash, ust_metrics[measure->keys[key].metric].name);
        for (uint32_t i = 0; i < model->config->intervals; i++)
            hash = hash_double(hash, row[i]);
        hash = hash_double(hash, measure->kpi[key]);
    }
    return hash;
}

static uint64_t moments_hash(const struct ust_model *model)
{
    uint64_t hash = 0;
    for (uint32_t i = 0; i < model->measure.moments_n; i++) {
        const struct ust_moment *moment = &model->measure.moments[i];
        hash = ust_hash_text(ust_mix64(hash ^ (uint64_t)moment->at), moment->event);
        hash = ust_mix64(hash ^ moment->region);
        hash = ust_mix64(hash ^ moment->service);
        hash = ust_mix64(hash ^ moment->persona);
        hash = hash_double(hash, moment->value);
        hash = ust_hash_text(hash, moment->detail == NULL ? "" : moment->detail);
    }
    return hash;
}

static bool is_named(const char *word, const char *name)
{
    return strcmp(word, name == NULL ? "-" : name) == 0;
}

static const struct ust_key *find_key(const struct ust_model *model, char words[4][80])
{
    const struct ust_config *config = model->config;
    for (uint32_t i = 0; i < model->measure.keys_n; i++) {
        const struct ust_key *key = &model->measure.keys[i];
        if (is_named(words[0], ust_metrics[key->metric].name) &&
            is_named(words[1], key->region ? config->regions[key->region - 1].name : NULL) &&
            is_named(words[2], key->service ? config->services[key->service - 1].name : NULL) &&
            is_named(words[3], key->persona ? config->traffic[key->persona - 1].name : NULL))
            return key;
    }
    fail_msg("no such key: %s %s %s %s", words[0], words[1], words[2], words[3]);
    return NULL;
}

/* ---- lines, written anew ---- */

static char *run_line(struct replay *replay, const char *line)
{
    unsigned number;
    char text[160];
    if (sscanf(line, "run %u", &number) != 1 || replay->runs == RUNS_MAX)
        fail_msg("cannot use \"%s\"", line);
    struct ust_model *model = ust_model_new(replay->scenario->config, number);
    replay->model[replay->runs++] = model;
    ust_model_run(model);
    snprintf(text, sizeof text,
             "run %u %016" PRIx64 " %" PRIu64 " %" PRIu64 " %016" PRIx64 " %016" PRIx64, number,
             model->engine.fingerprint, model->requests_total, model->engine.events,
             series_hash(model), moments_hash(model));
    return strdup(text);
}

static char *kpi_line(const struct replay *replay, const char *line)
{
    char words[4][80], text[600];
    if (sscanf(line, "kpi %79s %79s %79s %79s", words[0], words[1], words[2], words[3]) != 4 ||
        replay->runs == 0)
        fail_msg("cannot use \"%s\"", line);
    const struct ust_key *key = find_key(replay->model[0], words);
    size_t n = (size_t)snprintf(text, sizeof text, "kpi %s %s %s %s", words[0], words[1],
                                words[2], words[3]);
    for (uint32_t i = 0; i < replay->runs; i++) {
        const struct ust_measure *measure = &replay->model[i]->measure;
        double value = measure->kpi[key - replay->model[0]->measure.keys];
        n += (size_t)snprintf(text + n, sizeof text - n, " %.*g", VALUE_DIGITS, value);
        if (n >= sizeof text)
            fail_msg("too long: \"%s\"", line);
    }
    return strdup(text);
}

static bool begins(const char *line, const char *word)
{
    return strncmp(line, word, strlen(word)) == 0;
}

static void read_scenario(struct replay *replay, const struct golden *golden,
                          const struct golden_case *of)
{
    const char *sets[SETS_MAX];
    size_t sets_n = 0;
    char path[160];
    for (uint32_t i = of->first; i < of->end; i++) {
        if (!begins(golden->old[i], "set "))
            continue;
        assert_in_range(sets_n, 0, SETS_MAX - 1);
        sets[sets_n++] = golden->old[i] + 4;
    }
    snprintf(path, sizeof path, "%s/%s.yaml", of->folder, of->name);
    replay->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    replay->scenario = ust_scenario_read(&replay->spec, path, sets, sets_n);
    if (replay->scenario == NULL) {
        ust_diag_print(replay->spec.diag, stderr, NULL);
        fail_msg("%s cannot be read", path);
    }
}

static void forget(struct replay *replay)
{
    for (uint32_t i = 0; i < replay->runs; i++)
        ust_model_free(replay->model[i]);
    ust_diag_free(replay->spec.diag);
    ust_arena_free(replay->spec.arena);
}

static void comes_to_the_same_bits(void **state)
{
    struct golden *golden = *state;
    /* Cases run in the order of the file; the first one whose lines are missing is next. */
    const struct golden_case *of = golden->at;
    while (golden->fresh[of->first] != NULL)
        of++;
    struct replay replay = {.runs = 0};
    uint32_t differ = 0;
    golden->fresh[of->first] = strdup(golden->old[of->first]);
    read_scenario(&replay, golden, of);
    for (uint32_t i = of->first + 1; i < of->end; i++) {
        const char *old = golden->old[i];
        golden->fresh[i] = begins(old, "run ")   ? run_line(&replay, old)
                           : begins(old, "kpi ") ? kpi_line(&replay, old)
                                                 : strdup(old);
        if (strcmp(golden->fresh[i], old) != 0 && differ++ < DIFFERENCES)
            print_message("%s:%u\n  was %s\n  now %s\n", GOLDEN, i + 1, old, golden->fresh[i]);
    }
    assert_true(replay.runs > 0);
    forget(&replay);
    if (getenv("UPDATE_GOLDEN") == NULL)
        assert_int_equal(differ, 0);
}

static void each_has_a_golden_run(const struct golden *golden, const char *pattern)
{
    glob_t found;
    assert_int_equal(glob(pattern, 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char path[160];
        uint32_t k = 0;
        for (; k < golden->cases; k++) {
            snprintf(path, sizeof path, "%s/%s.yaml", golden->at[k].folder, golden->at[k].name);
            if (strcmp(path, found.gl_pathv[i]) == 0)
                break;
        }
        if (k == golden->cases)
            fail_msg("%s has no case in %s", found.gl_pathv[i], GOLDEN);
    }
    globfree(&found);
}

static void every_scenario_has_a_golden_run(void **state)
{
    each_has_a_golden_run(*state, SCENARIOS "/*.yaml");
}

static void every_case_that_once_failed_has_a_golden_run(void **state)
{
    each_has_a_golden_run(*state, KEPT "/*.yaml");
}

static struct ust_model *run_of(struct replay *replay, const char *seed)
{
    struct golden golden = {.cases = 1};
    char set[40];
    snprintf(set, sizeof set, "set seed=%s", seed);
    golden.old[0] = set;
    const struct golden_case of = {
        .name = "02-call-centre", .folder = SCENARIOS, .first = 0, .end = 1};
    read_scenario(replay, &golden, &of);
    free(run_line(replay, "run 1"));
    return replay->model[0];
}

static void another_seed_changes_every_hash(void **state)
{
    (void)state;
    struct replay one = {.runs = 0}, two = {.runs = 0};
    const struct ust_model *a = run_of(&one, "2"), *b = run_of(&two, "3");
    assert_true(a->engine.fingerprint != b->engine.fingerprint);
    assert_true(series_hash(a) != series_hash(b));
    forget(&one);
    forget(&two);
}

/* ---- the file ---- */

static struct golden *read_golden(void)
{
    struct golden *golden = calloc(1, sizeof *golden);
    FILE *file = fopen(GOLDEN, "r");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    if (file == NULL)
        return golden;
    while ((length = getline(&line, &capacity, file)) > 0 && golden->lines < LINES_MAX) {
        uint32_t number = golden->lines++;
        line[strcspn(line, "\n")] = '\0';
        golden->old[number] = strdup(line);
        struct golden_case *of = &golden->at[golden->cases];
        bool scenario =
            golden->cases < CASES_MAX && sscanf(line, "scenario %79s", of->name) == 1;
        bool kept = golden->cases < CASES_MAX && sscanf(line, "case %79s", of->name) == 1;
        if (scenario || kept) {
            of->first = number;
            of->folder = scenario ? SCENARIOS : KEPT;
            snprintf(of->title, sizeof of->title, "%s comes to the same bits (line %u)",
                     strchr(line, ' ') + 1, number + 1);
            golden->cases++;
        }
        if (golden->cases > 0)
            golden->at[golden->cases - 1].end = golden->lines;
    }
    free(line);
    fclose(file);
    return golden;
}

static int write_golden(const struct golden *golden)
{
    FILE *file = fopen(GOLDEN, "w");
    if (file == NULL)
        return -1;
    for (uint32_t i = 0; i < golden->lines; i++)
        fprintf(file, "%s\n", golden->fresh[i] == NULL ? golden->old[i] : golden->fresh[i]);
    return fclose(file);
}

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "UPDATE_GOLDEN=1") == 0)
        setenv("UPDATE_GOLDEN", "1", 1);
    struct golden *golden = read_golden();
    struct CMUnitTest tests[CASES_MAX + 3];
    size_t n = 0;
    if (golden->cases == 0) {
        fprintf(stderr, "%s: no cases; run from the root of the project\n", GOLDEN);
        return 1;
    }
    tests[n++] = (struct CMUnitTest){"every scenario has a golden run",
                                     every_scenario_has_a_golden_run, NULL, NULL, golden};
    tests[n++] =
        (struct CMUnitTest){"every case that once failed has a golden run",
                            every_case_that_once_failed_has_a_golden_run, NULL, NULL, golden};
    tests[n++] = (struct CMUnitTest){"another seed changes every hash",
                                     another_seed_changes_every_hash, NULL, NULL, NULL};
    for (uint32_t i = 0; i < golden->cases; i++)
        tests[n++] = (struct CMUnitTest){golden->at[i].title, comes_to_the_same_bits, NULL,
                                         NULL, golden};
    int failed = _cmocka_run_group_tests("golden", tests, n, NULL, NULL);
    if (failed == 0 && getenv("UPDATE_GOLDEN") != NULL && write_golden(golden) != 0) {
        fprintf(stderr, "%s: cannot be written\n", GOLDEN);
        failed = 1;
    }
    for (uint32_t i = 0; i < golden->lines; i++) {
        free(golden->old[i]);
        free(golden->fresh[i]);
    }
    free(golden);
    return failed;
}
