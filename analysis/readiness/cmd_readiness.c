/* understudy readiness RUN.db ...: judge runs that are stored, as they were configured or with
 * other weights and thresholds. */
#include "analysis/readiness/internal.h"

#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "analysis/readiness/command.h"
#include "sim/base/diag.h"
#include "sim/cli/output.h"
#include "sim/spec/spec.h"

struct options {
    bool json, check;
    const char *weights;
    struct ust_texts set;
};

static const struct ust_option options_table[] = {
    UST_OPTION_JSON(struct options, "the verdict as JSON on standard output"),
    {.name = "weights",
     .letter = 'w',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, weights),
     .value = "W,W,...",
     .help = "how much each run counts; all alike without it"},
    {.name = "set",
     .kind = UST_OPTION_TEXTS,
     .offset = offsetof(struct options, set),
     .value = "KEY=VALUE",
     .help = "judge with another weight or threshold; nothing is stored then"},
    {.name = "check",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, check),
     .help = "exit with 3 unless the verdict is READY"},
    {0},
};

/* ---- --set ---- */

#define TYPE_RATIO        double
#define TYPE_NUMBER       double
#define TYPE_DURATION     ust_time
#define VALUE_RATIO(x)    (x)
#define VALUE_NUMBER(x)   (x)
#define VALUE_DURATION(x) ust_time_seconds(x)

struct given {
#define UST_READINESS(id, key, value, text, low, high, kind, help) TYPE_##kind id;
#include "models/metric/readiness.def"
#undef UST_READINESS
};

static const struct ust_field setting_fields[] = {
#define UST_READINESS(id, name, value, text, least, most, type, what)                          \
    {.key = #name,                                                                             \
     .kind = UST_FIELD_##type,                                                                 \
     .offset = offsetof(struct given, id),                                                     \
     .low = (least),                                                                           \
     .high = (most),                                                                           \
     .fallback = (text),                                                                       \
     .help = what},
#include "models/metric/readiness.def"
#undef UST_READINESS
    {0},
};

/* Reads the overrides as a scenario's `readiness:` would be read: same keys, units, messages.
 */
static enum ust_status read_overrides(struct ust_spec *spec, const struct ust_texts *set,
                                      struct ust_node **root, struct given *given)
{
    *root = ust_spec_read_text(spec, "--set", "{}", 2);
    for (size_t i = 0; *root && i < set->n; i++)
        ust_spec_set(spec, *root, set->at[i], (unsigned)i + 1);
    if (!*root || ust_diag_errors(spec->diag) > 0)
        return UST_INVALID;
    return ust_spec_decode(spec, *root, setting_fields, given);
}

static void apply_overrides(const struct ust_node *root, const struct given *given,
                            struct ust_readiness_settings *settings)
{
#define UST_READINESS(id, key, value, text, low, high, kind, help)                             \
    if (ust_node_get(root, #key))                                                              \
        settings->id = VALUE_##kind(given->id);
#include "models/metric/readiness.def"
#undef UST_READINESS
}

/* ---- --weights ---- */

static enum ust_status read_weights(const char *text, double *weights, int n)
{
    double sum = 0.0;
    const char *at = text;
    int found = 0;
    while (*at) {
        char *end;
        double value = strtod(at, &end);
        if (end == at || !(value >= 0.0) || isinf(value) || (*end && *end != ','))
            break;
        if (found < n)
            weights[found] = value;
        found++;
        sum += value;
        at = *end ? end + 1 : end;
    }
    if (!*at && found == n && sum > 0.0)
        return UST_OK;
    fprintf(stderr,
            "understudy readiness: '--weights' is '%s', must be %d number%s, none below 0 and "
            "one above, separated by commas\n",
            text, n, n == 1 ? "" : "s");
    return UST_INVALID;
}

/* ---- one run ---- */

/* A file that cannot be written is judged all the same; its tables stay as they are. */
static enum ust_status judge_file(const char *path, const struct ust_node *overrides,
                                  const struct given *given, struct ust_readiness_result *out)
{
    bool store_it = !overrides->children && access(path, W_OK) == 0;
    struct ust_store *store;
    UST_TRY(ust_store_open(path, store_it, &store));
    enum ust_status status;
    if (store_it) {
        status = ust_readiness_judge(store, out);
    } else {
        status = ust_readiness_compute(store, NULL, out);
        if (status == UST_OK && overrides->children > 0) {
            struct ust_readiness_settings settings = out->settings;
            apply_overrides(overrides, given, &settings);
            ust_readiness_free(out);
            status = ust_readiness_compute(store, &settings, out);
        }
    }
    ust_store_close(store);
    return status;
}

static void add_table(const struct ust_readiness_result *result, struct ust_text *out)
{
    size_t widest = 7;
    for (uint32_t p = 0; p < result->personas_n; p++) {
        size_t columns = ust_text_columns(result->personas[p].objective.persona);
        widest = columns > widest ? columns : widest;
    }
    ust_text_printf(out, "\n  %-*s  weight  score", (int)widest, "persona");
    for (int k = 0; k < UST_COMPONENTS; k++)
        ust_text_printf(out, "  %5s", ust_component_names[k]);
    ust_text_add(out, "  ready\n");
    for (uint32_t p = 0; p < result->personas_n; p++) {
        const struct ust_readiness_persona *persona = &result->personas[p];
        size_t pad = widest - ust_text_columns(persona->objective.persona);
        ust_text_printf(out, "  %s%*s  %4.0f %%  %5.1f", persona->objective.persona, (int)pad,
                        "", 100.0 * persona->objective.weight, persona->score);
        for (int k = 0; k < UST_COMPONENTS; k++)
            ust_text_printf(out, "  %5.3f", persona->component[k]);
        ust_text_printf(out, "  %u/%u\n", persona->ready, result->n);
    }
}

/* The command stands on a line of its own, to be copied. */
static void add_next(const struct ust_readiness_result *result, struct ust_text *out)
{
    struct ust_text sentence = {0}, command = {0};
    ust_readiness_next(result, &sentence, &command);
    if (sentence.length > 0)
        ust_text_printf(out, "  %s\n", ust_text_string(&sentence));
    if (command.length > 0)
        ust_text_printf(out, "    %s\n", ust_text_string(&command));
    ust_text_free(&sentence);
    ust_text_free(&command);
}

static void add_run(const char *path, const struct ust_readiness_result *result,
                    struct ust_text *out)
{
    char onset[UST_TIME_TEXT_MAX];
    ust_text_printf(out, "%s   %u replication%s\n\n  ", path, result->n,
                    result->n == 1 ? "" : "s");
    ust_readiness_line(result, out);
    ust_text_add(out, "\n");
    if (result->fault) {
        ust_text_printf(out, "\n  what happens (median of %u)   fault at %s\n", result->n,
                        ust_time_text(ust_time_from_seconds(result->onset_s), onset));
        ust_readiness_waterfall(result, ust_cli_columns(stderr), "    ", out);
    }
    ust_readiness_why(result, result->personas_n, "  ", out);
    add_next(result, out);
    add_table(result, out);
}

/* ---- all ---- */

static void add_whole(const struct ust_readiness_whole *whole, uint32_t runs, char *const *path,
                      struct ust_text *out)
{
    ust_text_printf(out,
                    "\nall %u runs   %s   readiness %.1f (%.1f – %.1f)   P(ready) %.2f (%.2f – "
                    "%.2f)   5th percentile %.1f   worst %s\n",
                    runs, ust_verdict_name(whole->verdict), whole->readiness.value,
                    whole->readiness.low, whole->readiness.high, whole->p_ready.value,
                    whole->p_ready.low, whole->p_ready.high, whole->percentile5,
                    path[whole->worst]);
}

/* A command for each run, and the one that judges them again. */
static void add_whole_next(const struct ust_readiness_result *results, const double *weights,
                           uint32_t n, char *const *path,
                           const struct ust_readiness_whole *whole, struct ust_text *out)
{
    double factor = ust_readiness_factor(results, weights, n, whole);
    if (!(factor > 0.0)) {
        ust_text_add(out, "undecided: no number of replications within reach decides\n");
        return;
    }
    ust_text_add(out, "undecided: more replications of each decide, if they go on like this\n");
    for (uint32_t i = 0; i < n; i++) {
        ust_text_add(out, "  ");
        ust_readiness_command(&results[i].origin, (uint32_t)ceil(factor * results[i].n - 1e-9),
                              out);
        ust_text_add(out, "\n");
    }
    ust_text_add(out, "  understudy readiness");
    for (uint32_t i = 0; i < n; i++) {
        ust_text_add(out, " ");
        ust_text_shell(out, path[i]);
    }
    for (uint32_t i = 0; weights != NULL && i < n; i++)
        ust_text_printf(out, "%s%g", i == 0 ? " --weights " : ",", weights[i]);
    ust_text_add(out, "\n");
}

static enum ust_status print_json(const struct ust_readiness_result *results, uint32_t n,
                                  char *const *path, const struct ust_readiness_whole *whole)
{
    json_t *root = json_object(), *runs = json_array();
    json_object_set_new(root, "verdict", json_string(ust_verdict_name(whole->verdict)));
    json_object_set_new(root, "readiness", ust_readiness_bound_json(&whole->readiness));
    json_object_set_new(root, "method", json_string(whole->method));
    json_object_set_new(root, "p_ready", ust_readiness_bound_json(&whole->p_ready));
    json_object_set_new(root, "percentile5", json_real(whole->percentile5));
    json_object_set_new(root, "replications", json_integer(whole->n));
    json_object_set_new(root, "worst", json_string(path[whole->worst]));
    for (uint32_t i = 0; i < n; i++) {
        json_t *run = ust_readiness_json(&results[i]);
        json_object_set_new(run, "file", json_string(path[i]));
        json_array_append_new(runs, run);
    }
    json_object_set_new(root, "runs", runs);
    return ust_output_json(stdout, root, 12);
}

static enum ust_status print(const struct options *options,
                             const struct ust_readiness_result *results, uint32_t n,
                             char *const *path, const double *weights,
                             const struct ust_readiness_whole *whole)
{
    if (options->json)
        return print_json(results, n, path, whole);
    struct ust_text out = {0};
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0)
            ust_text_add(&out, "\n");
        add_run(path[i], &results[i], &out);
    }
    if (n > 1)
        add_whole(whole, n, path, &out);
    if (n > 1 && whole->verdict == UST_UNDECIDED)
        add_whole_next(results, weights, n, path, whole, &out);
    fputs(ust_text_string(&out), stderr);
    ust_text_free(&out);
    return UST_OK;
}

static int judge_all(const struct options *options, uint32_t n, char **path,
                     const struct ust_node *overrides, const struct given *given,
                     struct ust_arena *arena)
{
    struct ust_readiness_result *results =
        ust_arena_alloc(arena, struct ust_readiness_result, n);
    double *weights = ust_arena_alloc(arena, double, n);
    if (options->weights && read_weights(options->weights, weights, (int)n) != UST_OK)
        return UST_EXIT_INVALID;
    enum ust_status status = UST_OK;
    uint32_t judged = 0;
    while (judged < n && status == UST_OK) {
        status = judge_file(path[judged], overrides, given, &results[judged]);
        judged += status == UST_OK;
    }
    int code = ust_exit_code(status);
    if (status == UST_OK) {
        struct ust_readiness_whole whole;
        const double *given_weights = options->weights ? weights : NULL;
        ust_readiness_combine(results, given_weights, n, &whole);
        code = ust_exit_code(print(options, results, n, path, given_weights, &whole));
        if (code == UST_EXIT_OK && options->check && whole.verdict != UST_READY)
            code = UST_EXIT_CHECK_FAILED;
    }
    for (uint32_t i = 0; i < judged; i++)
        ust_readiness_free(&results[i]);
    return code;
}

static int run(const void *given_options, int operands, char **operand)
{
    const struct options *options = given_options;
    struct ust_arena *arena = ust_arena_new();
    struct ust_diag *diag = ust_diag_new();
    struct ust_spec spec = {.arena = arena, .diag = diag};
    struct ust_node *overrides;
    struct given given = {0};
    int code;
    if (read_overrides(&spec, &options->set, &overrides, &given) == UST_OK)
        code = judge_all(options, (uint32_t)operands, operand, overrides, &given, arena);
    else
        code = UST_EXIT_INVALID;
    ust_diag_print(diag, stderr, "nothing was judged");
    ust_diag_free(diag);
    ust_arena_free(arena);
    return code;
}

const struct ust_command ust_command_readiness = {
    .name = "readiness",
    .operands = "RUN.db [RUN.db ...]",
    .help = "judge stored runs: READY, NOT READY or UNDECIDED, and why",
    .more =
        "Scores every persona of every replication from what the run stored, and writes the "
        "tables\n'readiness' and 'verdict' of each file. Several runs (other faults, other "
        "start times)\nare judged together; --weights says how likely each is. Keys for "
        "--set are those of a\nscenario's 'readiness:', for example --set ready_p=99 % or "
        "--set horizon='2 h'.",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = -1,
    .run = run,
};
