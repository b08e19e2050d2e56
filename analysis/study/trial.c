#include "analysis/study/trial.h"

#include <unistd.h>

#include "models/world/run.h"
#include "sim/cli/temporary.h"

enum ust_status ust_trial_begin(struct ust_trial *trial)
{
    return ust_temporary_folder("understudy-trial", &trial->folder);
}

static void path_of(const struct ust_trial *trial, const char *end, struct ust_text *path)
{
    ust_text_printf(path, "%s/trial.db%s", trial->folder, end);
}

static void forget(const struct ust_trial *trial)
{
    static const char *const ends[] = {"", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct ust_text path = {0};
        path_of(trial, ends[i], &path);
        unlink(ust_text_string(&path));
        ust_text_free(&path);
    }
}

void ust_trial_end(struct ust_trial *trial)
{
    if (trial->folder == NULL)
        return;
    forget(trial);
    ust_temporary_folder_end(trial->folder, NULL, 0);
    trial->folder = NULL;
}

static struct ust_scenario *read_changed(const struct ust_trial *trial, struct ust_spec *spec,
                                         const char *const *more, size_t n,
                                         const char *consequence)
{
    size_t all = trial->sets->n + n;
    const char **sets = ust_arena_alloc(spec->arena, const char *, all + 1);
    for (size_t i = 0; i < trial->sets->n; i++)
        sets[i] = trial->sets->at[i];
    for (size_t i = 0; i < n; i++)
        sets[trial->sets->n + i] = more[i];
    struct ust_scenario *scenario = ust_scenario_read(spec, trial->path, sets, all);
    if (scenario == NULL) /* warnings were told when the scenario was read the first time */
        ust_diag_print(spec->diag, stderr, consequence);
    return scenario;
}

enum ust_status ust_trial_check(const struct ust_trial *trial, const char *const *more,
                                size_t n)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    bool fine = read_changed(trial, &spec, more, n, NULL) != NULL;
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return fine ? UST_OK : UST_INVALID;
}

enum ust_status ust_trial_run(const struct ust_trial *trial, const char *const *more, size_t n,
                              struct ust_store **store)
{
    *store = NULL;
    if (ust_cli_stop_wanted())
        return UST_STOPPED;
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_scenario *scenario = read_changed(trial, &spec, more, n, "the study ends here");
    enum ust_status status = UST_INVALID;
    struct ust_text path = {0};
    path_of(trial, "", &path);
    if (scenario != NULL) {
        const struct ust_run_options how = {.output = ust_text_string(&path),
                                            .replications = trial->replications,
                                            .jobs = trial->jobs,
                                            .seed_given = trial->seed_given,
                                            .seed = trial->seed,
                                            .replace = true,
                                            .quiet = true,
                                            .enough = trial->enough,
                                            .enough_context = trial->context,
                                            .asks = trial->enough != NULL,
                                            .overrides = ""};
        struct ust_run_result ran = {0};
        status = ust_run(scenario, &how, &ran);
        *store = ran.store;
    }
    if (status != UST_OK) {
        ust_trial_done(trial, *store);
        *store = NULL;
    }
    ust_text_free(&path);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return status;
}

void ust_trial_done(const struct ust_trial *trial, struct ust_store *store)
{
    ust_store_close(store);
    forget(trial);
}

struct quantity {
    double number;
    ust_time duration;
};

enum ust_status ust_trial_quantity(const char *what, const char *text, enum ust_field_kind kind,
                                   double *out)
{
    bool time = kind == UST_FIELD_DURATION;
    const struct ust_field fields[] = {{.key = "value",
                                        .kind = kind,
                                        .offset = time ? offsetof(struct quantity, duration)
                                                       : offsetof(struct quantity, number),
                                        .flags = UST_FIELD_REQUIRED,
                                        .help = ""},
                                       {.key = NULL}};
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_text yaml = {0};
    ust_text_printf(&yaml, "value: %s\n", text);
    struct quantity quantity = {0};
    const struct ust_node *root =
        ust_spec_read_text(&spec, "value", ust_text_string(&yaml), yaml.length);
    enum ust_status status = root == NULL || ust_diag_errors(spec.diag) > 0
                                 ? UST_INVALID
                                 : ust_spec_decode(&spec, root, fields, &quantity);
    *out = time ? ust_time_seconds(quantity.duration) : quantity.number;
    if (status != UST_OK && what != NULL)
        fprintf(stderr, "understudy: %s: '%s' is no %s; an example: %s\n", what, text,
                ust_field_kind_name(kind), ust_field_example(kind));
    ust_text_free(&yaml);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return status;
}
