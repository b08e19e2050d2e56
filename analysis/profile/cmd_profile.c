/* understudy profile EVENTS...: read traffic, cut it into sessions, find the personas. */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/profile/command.h"
#include "analysis/profile/inputs.h"
#include "analysis/profile/minibatch.h"
#include "analysis/profile/model.h"
#include "analysis/profile/personas.h"
#include "analysis/profile/settings.h"
#include "analysis/profile/tell.h"
#include "sim/base/diag.h"
#include "sim/base/limits.h"
#include "sim/cli/output.h"

struct options {
    bool json, errors_given, force;
    const char *output, *author;
    const char *settings, *sessions, *model, *gap, *format, *columns;
    uint64_t errors, personas, seed, jobs;
    struct ust_texts set;
};

static const struct ust_option options_table[] = {
    UST_OPTION_JSON(struct options, "all of it as JSON on standard output"),
    UST_INPUT_OPTIONS(struct options),
    {.name = "gap",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, gap),
     .value = "TIME",
     .help = "a longer silence ends a session; 30 min where absent"},
    {.name = "personas",
     .letter = 'k',
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, personas),
     .value = "K",
     .low = 1,
     .high = UST_CLUSTERS_MAX,
     .help = "how many; chosen where absent"},
    {.name = "output",
     .letter = 'o',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, output),
     .value = "DIR",
     .help = "write a persona file for each into this folder, or library of personas"},
    UST_OPTION_FORCE(struct options,
                     "with -o: also over personas that were not made of traffic"),
    {.name = "author",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, author),
     .value = "\"NAME <MAIL>\"",
     .help = "with -o and a library in git: who signs; git's user where absent"},
    {.name = "sessions",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, sessions),
     .value = "FILE",
     .help = "the sessions with their features and personas, as CSV; - for standard output"},
    {.name = "model",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, model),
     .value = "FILE",
     .help = "what tells a new session's persona, as JSON: features, scaling, means, "
             "covariances"},
    {.name = "settings",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, settings),
     .value = "FILE",
     .help = "YAML with keys of docs/profile.md"},
    {.name = "set",
     .kind = UST_OPTION_TEXTS,
     .offset = offsetof(struct options, set),
     .value = "KEY=VALUE",
     .help = "one of these keys, as in --set half_life='90 d'"},
    {.name = "seed",
     .letter = 's',
     .kind = UST_OPTION_COUNT,
     .offset = offsetof(struct options, seed),
     .value = "S",
     .low = 0,
     .high = UINT64_MAX,
     .help = "of all that is drawn; 0 where absent"},
    UST_OPTION_JOBS(struct options),
    {0},
};

/* What the command has in hand; freed as a whole. */
struct profile {
    const struct options *o;
    struct ust_arena *arena;
    struct ust_diag *diag;
    struct ust_profile_settings settings;
    struct ust_reader *reader;
    struct ust_sessions *sessions;
    struct ust_details *details;     /* NULL: no persona is written */
    struct ust_minibatch *minibatch; /* NULL: another method */
    struct ust_session_list list;
    struct ust_feature_plan plan;
    struct ust_features features;
    struct ust_learned learned;
    struct ust_profile_model model; /* where learned.has_model */
    struct ust_personas personas;
};

static enum ust_status complain(const char *text)
{
    fprintf(stderr, "understudy profile: %s\n", text);
    return UST_INVALID;
}

/* The options that are settings by another name come last and win. */
static enum ust_status read_settings(struct profile *p)
{
    struct ust_spec spec = {.arena = p->arena, .diag = p->diag};
    const char **set = ust_arena_alloc(p->arena, const char *, p->o->set.n + 4);
    size_t n = 0;
    for (; n < p->o->set.n; n++)
        set[n] = p->o->set.at[n];
    if (p->o->gap != NULL)
        set[n++] = ust_arena_printf(p->arena, "gap=%s", p->o->gap);
    if (p->o->format != NULL)
        set[n++] = ust_arena_printf(p->arena, "format=%s", p->o->format);
    if (p->o->columns != NULL)
        set[n++] = ust_inputs_columns(p->o->columns, p->arena);
    if (p->o->personas > 0)
        set[n++] = ust_arena_printf(p->arena, "personas=%" PRIu64, p->o->personas);
    enum ust_status status =
        ust_profile_settings_read(&spec, p->o->settings, set, n, &p->settings);
    ust_diag_print(p->diag, stderr, "nothing was read");
    return status;
}

static enum ust_status open_inputs(struct profile *p, int n, char **path)
{
    return ust_inputs_open("profile", &p->settings,
                           p->o->errors_given ? p->o->errors : UINT64_MAX, n, path, p->arena,
                           &p->reader);
}

static unsigned threads(const struct options *o)
{
    long n = o->jobs > 0 ? (long)o->jobs : sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > UST_THREADS_MAX ? UST_THREADS_MAX : (unsigned)n;
}

static struct ust_learn_options learn_options(const struct profile *p)
{
    return (struct ust_learn_options){
        .method = (enum ust_learn_method)p->settings.method,
        .radius = p->settings.radius,
        .points_min = (uint32_t)p->settings.points_min,
        .personas = (uint32_t)p->settings.personas,
        .personas_max = (uint32_t)p->settings.personas_max,
        .scale = (enum ust_scale_kind)p->settings.scale,
        .samples = (uint32_t)p->settings.samples,
        .half_life = ust_time_seconds(p->settings.half_life),
        .seed = p->o->seed,
        .threads = threads(p->o),
    };
}

static enum ust_status read_events(struct profile *p)
{
    struct ust_session_options options = {.gap = p->settings.gap,
                                          .kept_max = (size_t)p->settings.sessions_max,
                                          .seed = p->o->seed};
    if (p->settings.method == UST_LEARN_MINIBATCH) {
        const struct ust_minibatch_options how = {.first = (size_t)p->settings.first,
                                                  .fading = p->settings.fading,
                                                  .groups =
                                                      ust_profile_feature_groups(&p->settings),
                                                  .learn = learn_options(p)};
        p->minibatch = ust_minibatch_new(&how, ust_reader_actions(p->reader));
        options.closed = ust_minibatch_add;
        options.context = p->minibatch;
    }
    p->sessions = ust_sessions_new(&options);
    if (p->minibatch != NULL)
        ust_minibatch_usual(p->minibatch, ust_sessions_usual(p->sessions));
    if (p->o->output != NULL)
        p->details = ust_details_new(p->o->seed);
    struct ust_event event;
    bool any = true;
    ust_cli_catch_signals();
    while (any) {
        enum ust_status status = ust_reader_next(p->reader, &event, &any);
        if (status == UST_REFUSED)
            return ust_cli_refused("%s", ust_reader_error(p->reader));
        if (status != UST_OK)
            return status;
        if (any) {
            struct ust_placed placed = ust_sessions_add(p->sessions, &event);
            if (p->details != NULL)
                ust_details_add(p->details, &event, &placed);
        }
        if (ust_cli_stop_wanted())
            return UST_STOPPED;
    }
    p->list = ust_sessions_end(p->sessions);
    return UST_OK;
}

/* NULL, or why there are no personas. */
static const char *learn(struct profile *p)
{
    const struct ust_read_report *read = ust_reader_report(p->reader);
    struct ust_learn_options options = learn_options(p);
    struct ust_learn_ready ready;
    struct ust_rows rows;
    enum ust_cluster_status status = UST_CLUSTER_OK;
    if (read->events == 0)
        return "there are no events";
    if (p->settings.as_of_node != NULL && read->untimed == 0)
        options.age = fmax((double)(p->settings.as_of.unix_ns - read->last) / 1e9, 0.0);
    const struct ust_names *actions = ust_reader_actions(p->reader);
    if (p->minibatch != NULL) {
        const struct ust_feature_plan *plan;
        status = ust_minibatch_end(p->minibatch, &plan, &ready);
        p->plan = *plan;
        options.ready = &ready;
    } else {
        ust_features_plan(&p->list, actions, ust_profile_feature_groups(&p->settings), p->arena,
                          &p->plan);
    }
    if (p->plan.n == 0)
        return "all sessions are alike";
    ust_features_apply(&p->plan, &p->list, actions, p->arena, &p->features);
    ust_rows_make(&p->list, actions, ust_profile_feature_groups(&p->settings), p->arena, &rows);
    options.rows = &rows;
    p->features.spend = true; /* nobody compares them but ust_learn */
    if (status == UST_CLUSTER_OK)
        status = ust_learn(&p->features, &options, p->arena, &p->learned);
    return status == UST_CLUSTER_OK ? NULL : ust_cluster_status_text(status);
}

/* ---- --sessions ---- */

/* Actions are words of the recording: in quotes where they would break the row. */
static void write_name(const char *name, FILE *out)
{
    bool plain = strpbrk(name, ",\"") == NULL;
    fputs(plain ? "," : ",\"", out);
    for (; *name != '\0'; name++) {
        fputc(*name, out);
        if (*name == '"')
            fputc('"', out);
    }
    if (!plain)
        fputc('"', out);
}

static void write_rows(const struct profile *p, bool learned, FILE *out)
{
    char text[UST_TIME_TEXT_MAX];
    bool untimed = ust_reader_report(p->reader)->untimed > 0; /* nobody knows when it was */
    fputs("session,begin,seconds,events,persona", out);
    for (uint32_t j = 0; j < p->features.points.d; j++)
        write_name(p->plan.column[j].name, out);
    fputc('\n', out);
    for (size_t i = 0; i < p->list.n; i++) {
        const struct ust_session *s = &p->list.at[i];
        fprintf(out, "%zu,%s,%.9g,%" PRIu32 ",", i + 1,
                untimed ? "" : ust_time_iso(s->first / UST_S, 0, text),
                (double)(s->last - s->first) / 1e9, s->events);
        if (learned && p->learned.labels[i] != UST_NOISE)
            fprintf(out, "%" PRIu32, p->learned.labels[i] + 1);
        for (uint32_t j = 0; j < p->features.points.d; j++)
            fprintf(out, ",%.9g", ust_features_shown(&p->features, i, j));
        fputc('\n', out);
    }
}

static enum ust_status write_sessions(const struct profile *p, bool learned)
{
    struct ust_output output;
    UST_TRY(ust_output_open(p->o->sessions, &output));
    write_rows(p, learned, output.stream);
    return ust_output_keep(&output);
}

/* ---- --model ---- */

/* Personas have numbers until they get names. */
static struct ust_profile_model model_of(const struct profile *p)
{
    uint32_t n = p->learned.n;
    struct ust_profile_model model = {.gap = p->settings.gap,
                                      .plan = p->plan,
                                      .scaling = p->learned.scaling,
                                      .mixture = p->learned.model,
                                      .tail = p->learned.tail,
                                      .temperature = p->learned.temperature,
                                      .half_life_s = ust_time_seconds(p->settings.half_life)};
    const struct ust_read_report *read = ust_reader_report(p->reader);
    if (read->untimed == 0) {
        model.first = read->first;
        model.last = read->last;
    }
    model.personas = ust_arena_alloc(p->arena, const char *, n);
    model.sessions = ust_arena_alloc(p->arena, uint64_t, n);
    model.confidence = ust_arena_alloc(p->arena, double, n);
    model.low = ust_arena_alloc(p->arena, const double *, n);
    model.middle = ust_arena_alloc(p->arena, const double *, n);
    model.high = ust_arena_alloc(p->arena, const double *, n);
    for (uint32_t c = 0; c < n; c++) {
        model.personas[c] = ust_arena_printf(p->arena, "%" PRIu32, c + 1);
        model.sessions[c] = p->learned.persona[c].sessions;
        model.confidence[c] = p->learned.persona[c].confidence.value;
        model.low[c] = p->learned.persona[c].low;
        model.middle[c] = p->learned.persona[c].middle;
        model.high[c] = p->learned.persona[c].high;
    }
    struct ust_evidence *evidence = ust_arena_alloc(p->arena, struct ust_evidence, 1);
    ust_evidence_make(&p->features, &p->list, &p->learned, ust_reader_report(p->reader)->events,
                      ust_learn_method_names[p->settings.method], p->arena, evidence);
    model.evidence = evidence;
    return model;
}

static enum ust_status write_model(const struct profile *p)
{
    if (!p->learned.has_model)
        return complain("--model: a persona's features hang together exactly, so that no "
                        "distance from it can be measured; fewer features may help");
    json_t *root = ust_profile_model_json(&p->model);
    int failed = json_dump_file(root, p->o->model, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    json_decref(root);
    return failed ? ust_cli_refused("cannot write '%s': %s", p->o->model, strerror(errno))
                  : UST_OK;
}

/* ---- all ---- */

/* ---- --output ---- */

static enum ust_status write_personas(struct profile *p, int inputs, char **input)
{
    const struct ust_read_report *read = ust_reader_report(p->reader);
    int64_t age = p->settings.as_of_node != NULL ? p->settings.as_of.unix_ns - read->last : 0;
    const struct ust_personas_input from = {
        .describe = {.sessions = &p->list,
                     .learned = &p->learned,
                     .details = p->details,
                     .actions = ust_reader_actions(p->reader),
                     .devices = ust_reader_devices(p->reader),
                     .places = ust_reader_places(p->reader),
                     .from = read->first,
                     .to = read->last,
                     .untimed = read->untimed > 0,
                     .gap = p->settings.gap,
                     .work = p->settings.work,
                     .seed = p->o->seed},
        .keep = {p->o->output, p->o->force, p->o->author},
        .model = p->learned.has_model ? &p->model : NULL,
        .files = (const char *const *)input,
        .files_n = (uint32_t)inputs,
        .age = age > 0 && read->untimed == 0 ? age : 0};
    return ust_personas_write(&from, p->arena, &p->personas);
}

static enum ust_status tell(const struct profile *p, const char *why)
{
    struct ust_text text = {0};
    struct ust_profile_facts facts = {.read = ust_reader_report(p->reader),
                                      .sessions = &p->list,
                                      .actions_other = ust_reader_actions(p->reader)->overflows,
                                      .gap = p->settings.gap,
                                      .features = &p->features,
                                      .learned = why == NULL ? &p->learned : NULL,
                                      .why = why};
    if (p->o->json) {
        json_t *root = ust_profile_json(&facts);
        ust_personas_json(&p->personas, json_object_get(root, "personas"));
        return ust_output_json(stdout, root, 12);
    }
    ust_profile_text(&facts, &text);
    if (p->personas.n > 0)
        ust_personas_text(&p->personas, &text);
    fputs(ust_text_string(&text), stderr);
    ust_text_free(&text);
    return UST_OK;
}

/* Too many malformed lines: they are shown, and then said. */
static void tell_refusal(const struct profile *p)
{
    struct ust_text text = {0};
    ust_malformed_text(ust_reader_report(p->reader), &text);
    fputs(ust_text_string(&text), stderr);
    ust_text_free(&text);
    complain(ust_reader_error(p->reader));
}

static enum ust_status profile(struct profile *p, int inputs, char **input)
{
    UST_TRY(read_settings(p));
    UST_TRY(open_inputs(p, inputs, input));
    enum ust_status status = read_events(p);
    if (status == UST_INVALID)
        tell_refusal(p);
    if (status != UST_OK)
        return status;
    const char *why = learn(p);
    if (why == NULL && p->learned.has_model)
        p->model = model_of(p);
    if (why == NULL && p->o->output != NULL)
        status = write_personas(p, inputs, input);
    if (status != UST_OK)
        return status;
    status = tell(p, why);
    if (p->o->sessions != NULL && status == UST_OK)
        status = write_sessions(p, why == NULL);
    if (p->o->model != NULL && why == NULL && status == UST_OK)
        status = write_model(p);
    return status == UST_OK && why != NULL ? UST_INVALID : status;
}

static int run(const void *given, int operands, char **operand)
{
    struct profile p = {.o = given, .arena = ust_arena_new(), .diag = ust_diag_new()};
    enum ust_status status = profile(&p, operands, operand);
    ust_personas_free(&p.personas);
    ust_details_free(p.details);
    ust_sessions_free(p.sessions);
    ust_minibatch_free(p.minibatch);
    ust_reader_close(p.reader);
    ust_diag_free(p.diag);
    ust_arena_free(p.arena);
    return ust_exit_code(status);
}

const struct ust_command ust_command_profile = {
    .name = "profile",
    .operands = "EVENTS [EVENTS ...]",
    .help = "read traffic and find the personas in it",
    .more =
        "Reads events as NDJSON (plain or CloudEvents), CSV, or access logs in common or "
        "combined\nformat, gzip or not, - for standard input; cuts them into sessions by "
        "inactivity; and\nfinds groups of sessions that are alike, with how far each can be "
        "trusted. Who the\nusers are is forgotten as it is read.",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = -1,
    .run = run,
};
