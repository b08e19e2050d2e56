/* understudy classify EVENTS... --personas MODEL: whose are these sessions? */
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "analysis/classify/classified.h"
#include "analysis/classify/command.h"
#include "analysis/classify/database.h"
#include "analysis/classify/rows.h"
#include "analysis/cluster/confidence.h"
#include "analysis/profile/inputs.h"
#include "analysis/profile/tell.h"
#include "sim/base/diag.h"
#include "sim/cli/output.h"

struct options {
    bool json, labels, errors_given;
    const char *personas, *sessions, *events, *output, *settings, *format, *columns, *level,
        *window;
    uint64_t errors;
    struct ust_texts set, same;
};

static const struct ust_option options_table[] = {
    {.name = "personas",
     .letter = 'p',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, personas),
     .value = "DIR|MODEL",
     .help = "what profile wrote: a folder of personas, or a model alone; needed"},
    {.name = "sessions",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, sessions),
     .value = "FILE",
     .help =
         "the sessions as NDJSON, - for standard output, which it is without -o and --json"},
    {.name = "events",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, events),
     .value = "FILE",
     .help = "the events with the numbers of their sessions, as NDJSON; into -o's too"},
    {.name = "output",
     .letter = 'o',
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, output),
     .value = "FILE.db",
     .help = "all of it as SQLite; `understudy report FILE.db` draws it"},
    UST_OPTION_JSON(struct options, "the summary as JSON on standard output"),
    {.name = "level",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, level),
     .value = "SHARE",
     .help = "of a persona's own sessions so many are to be known as such; 99 % where absent"},
    {.name = "window",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, window),
     .value = "TIME",
     .help = "of the mix over time; chosen where absent"},
    {.name = "labels",
     .kind = UST_OPTION_FLAG,
     .offset = offsetof(struct options, labels),
     .help = "hold the answers against the field `label` of the events: precision, recall"},
    {.name = "same",
     .kind = UST_OPTION_TEXTS,
     .offset = offsetof(struct options, same),
     .value = "LABEL=PERSONA",
     .help = "what a label that is no persona's name means; else it is a stranger's"},
    UST_INPUT_OPTIONS(struct options),
    {.name = "settings",
     .kind = UST_OPTION_TEXT,
     .offset = offsetof(struct options, settings),
     .value = "FILE",
     .help = "YAML with keys of docs/classify.md and docs/profile.md"},
    {.name = "set",
     .kind = UST_OPTION_TEXTS,
     .offset = offsetof(struct options, set),
     .value = "KEY=VALUE",
     .help = "one of these keys, as in --set gate=chi_square"},
    {0},
};

/* What the command has in hand; freed as a whole. */
struct classify {
    const struct options *o;
    struct ust_arena *arena;
    struct ust_diag *diag;
    struct ust_classify_settings settings;
    struct ust_model_source source;
    struct ust_reader *reader;
    struct ust_sessions *sessions;
    struct ust_judge judge;
    struct ust_truth truth;
    struct ust_mix *mix;
    struct ust_classified found;
    struct ust_output rows, events; /* stream NULL: not wanted */
    struct ust_classify_db *db;
    enum ust_status written; /* of what is written while sessions close */
};

static enum ust_status complain(const char *text)
{
    fprintf(stderr, "understudy classify: %s\n", text);
    return UST_INVALID;
}

/* The options that are settings by another name come last and win. */
static enum ust_status read_settings(struct classify *c)
{
    struct ust_spec spec = {.arena = c->arena, .diag = c->diag};
    const char **set = ust_arena_alloc(c->arena, const char *, c->o->set.n + 4);
    size_t n = 0;
    for (; n < c->o->set.n; n++)
        set[n] = c->o->set.at[n];
    if (c->o->format != NULL)
        set[n++] = ust_arena_printf(c->arena, "format=%s", c->o->format);
    if (c->o->columns != NULL)
        set[n++] = ust_inputs_columns(c->o->columns, c->arena);
    if (c->o->level != NULL)
        set[n++] = ust_arena_printf(c->arena, "level=%s", c->o->level);
    if (c->o->window != NULL)
        set[n++] = ust_arena_printf(c->arena, "window=%s", c->o->window);
    enum ust_status status = ust_classify_settings_read(&spec, c->o->settings, set, n,
                                                        c->source.model.gap, &c->settings);
    ust_diag_print(c->diag, stderr, "nothing was read");
    return status;
}

static enum ust_status open_inputs(struct classify *c, int n, char **path)
{
    return ust_inputs_open("classify", &c->settings.profile,
                           c->o->errors_given ? c->o->errors : UINT64_MAX, n, path, c->arena,
                           &c->reader);
}

static enum ust_status open_outputs(struct classify *c)
{
    const struct options *o = c->o;
    const char *sessions = o->sessions != NULL             ? o->sessions
                           : o->output == NULL && !o->json ? "-"
                                                           : NULL;
    if (sessions != NULL)
        UST_TRY(ust_output_open(sessions, &c->rows));
    if (sessions != NULL && ust_output_is_standard(sessions))
        setvbuf(c->rows.stream, NULL, _IOLBF, 0); /* a pipe sees each session at once */
    if (o->events != NULL)
        UST_TRY(ust_output_open(o->events, &c->events));
    if (o->output != NULL && (c->db = ust_classify_db_open(o->output)) == NULL)
        return UST_REFUSED;
    return UST_OK;
}

static enum ust_status keep_output(struct ust_output *output)
{
    struct ust_output it = *output;
    output->stream = NULL;
    return it.stream != NULL ? ust_output_keep(&it) : UST_OK;
}

/* ---- a session that is over ---- */

/* Among those that lie farthest from all personas; the first of equals stays. */
static void remember_stranger(struct ust_classified *found, const struct ust_session *session,
                              const struct ust_answer *answer)
{
    double gates = ust_classified_gates(found->judge, answer);
    uint32_t at = found->strangers;
    while (at > 0 &&
           ust_classified_gates(found->judge, &found->stranger[at - 1].answer) < gates) {
        if (at < UST_STRANGERS_SHOWN)
            found->stranger[at] = found->stranger[at - 1];
        at--;
    }
    if (at == UST_STRANGERS_SHOWN)
        return;
    found->stranger[at] = (struct ust_stranger){*session, *answer};
    found->strangers += found->strangers < UST_STRANGERS_SHOWN;
}

static void take_session(void *context, const struct ust_session *session)
{
    struct classify *c = context;
    uint32_t none = c->source.model.mixture.clusters;
    struct ust_answer answer;
    ust_judge_session(&c->judge, session, &answer);
    uint32_t index = answer.persona == UST_NOISE ? none : answer.persona;
    c->found.given[index]++;
    ust_mix_add(c->mix, session->first, index);
    if (index == none)
        remember_stranger(&c->found, session, &answer);
    if (c->o->labels)
        ust_truth_add(&c->truth, session->label, index);
    if (c->rows.stream != NULL)
        ust_rows_session(&c->judge, c->reader, session, &answer, c->rows.stream);
    if (c->db != NULL && c->written == UST_OK)
        c->written = ust_classify_db_session(c->db, &c->judge, c->reader, session, &answer);
}

static enum ust_status take_event(struct classify *c, const struct ust_event *event)
{
    uint64_t session = ust_sessions_add(c->sessions, event).session;
    if (c->events.stream != NULL)
        ust_rows_event(c->reader, event, session, c->events.stream);
    if (c->db != NULL && c->o->events != NULL && c->written == UST_OK)
        c->written = ust_classify_db_event(c->db, c->reader, event, session);
    if (c->rows.stream != NULL && ferror(c->rows.stream))
        return keep_output(&c->rows); /* the reader of a pipe has gone, or a disk is full */
    return c->written;
}

static enum ust_status read_events(struct classify *c)
{
    const struct ust_session_options options = {.gap = c->source.model.gap,
                                                .closed = take_session,
                                                .context = c,
                                                .patience = c->settings.patience,
                                                .pass = true};
    c->sessions = ust_sessions_new(&options);
    struct ust_event event;
    bool any = true;
    ust_cli_catch_signals();
    while (any && !c->found.stopped) {
        enum ust_status status = ust_reader_next(c->reader, &event, &any);
        if (status == UST_REFUSED && !ust_cli_stop_wanted())
            return ust_cli_refused("%s", ust_reader_error(c->reader));
        if (status == UST_INVALID)
            return status;
        any = any && status == UST_OK;
        if (any)
            UST_TRY(take_event(c, &event));
        c->found.stopped = ust_cli_stop_wanted();
    }
    c->found.sessions = ust_sessions_end(c->sessions);
    return c->written;
}

/* ---- all ---- */

static void prepare(struct classify *c)
{
    const struct ust_profile_model *model = &c->source.model;
    uint32_t answers = model->mixture.clusters + 1;
    c->judge = ust_judge_new(model, ust_reader_actions(c->reader),
                             (enum ust_gate)c->settings.gate, c->settings.level, c->arena);
    c->truth.labels = ust_reader_labels(c->reader);
    c->mix = ust_mix_new(answers, c->settings.window);
    c->found.source = &c->source;
    c->found.settings = &c->settings;
    c->found.reader = c->reader;
    c->found.judge = &c->judge;
    c->found.truth = c->o->labels ? &c->truth : NULL;
    c->found.given = ust_arena_alloc(c->arena, uint64_t, answers);
}

/* As the model says it, older by what has passed since its last event. */
static void age(struct classify *c)
{
    const struct ust_profile_model *model = &c->source.model;
    struct ust_classified *out = &c->found;
    uint32_t n = model->mixture.clusters;
    const struct ust_read_report *read = ust_reader_report(c->reader);
    bool known = (model->first != 0 || model->last != 0) && read->events > 0;
    bool as_of = c->settings.profile.as_of_node != NULL;
    known = known && (as_of || read->untimed == 0);
    int64_t now = as_of ? c->settings.profile.as_of.unix_ns : read->last;
    out->confidence = ust_arena_alloc(c->arena, double, n);
    out->age_s = ust_arena_alloc(c->arena, double, n);
    for (uint32_t p = 0; p < n; p++) {
        out->age_s[p] = known ? fmax((double)(now - model->last) / 1e9, 0.0) : (double)NAN;
        double decay =
            known && model->half_life_s > 0.0 ? exp2(-out->age_s[p] / model->half_life_s) : 1.0;
        out->confidence[p] = model->confidence[p] * decay;
    }
}

static void conclude(struct classify *c)
{
    const struct ust_profile_model *model = &c->source.model;
    uint32_t n = model->mixture.clusters;
    double *learned = ust_arena_alloc(c->arena, double, n + 1);
    ust_judge_expected(model, c->settings.level, learned);
    const struct ust_mix_options options = {
        .learned = learned,
        .moved = c->settings.moved,
        .shifted = c->settings.shifted,
        .significance = c->settings.significance,
        .confidence = 0.95,
        .sessions_least = (uint64_t)c->settings.sessions_least,
        .untimed = ust_reader_report(c->reader)->untimed > 0,
    };
    ust_mix_end(c->mix, &options, c->arena, &c->found.mix);
    age(c);
    if (c->o->labels)
        ust_truth_end(&c->truth, c->arena, &c->found.score);
}

static enum ust_status tell(const struct classify *c)
{
    struct ust_text text = {0};
    if (c->o->json)
        return ust_output_json(stdout, ust_classified_json(&c->found), 12);
    ust_classified_text(&c->found, &text);
    fputs(ust_text_string(&text), stderr);
    ust_text_free(&text);
    return UST_OK;
}

/* Too many malformed lines: they are shown, and then said. */
static enum ust_status tell_refusal(const struct classify *c)
{
    struct ust_text text = {0};
    ust_malformed_text(ust_reader_report(c->reader), &text);
    fputs(ust_text_string(&text), stderr);
    ust_text_free(&text);
    return complain(ust_reader_error(c->reader));
}

/* Everything that can be wrong before an event is read, all of it. */
static enum ust_status check(struct classify *c)
{
    enum ust_status status = UST_OK;
    if (c->o->personas == NULL)
        return complain("--personas is needed: a folder or a model that `understudy profile` "
                        "wrote");
    UST_TRY(ust_model_source_open("classify", c->o->personas, c->arena, &c->source));
    if (c->o->same.n > 0 && !c->o->labels)
        status = complain("--same says nothing without --labels");
    enum ust_status truth = ust_truth_new("classify", &c->source.model, c->o->same.at,
                                          c->o->same.n, c->arena, &c->truth);
    UST_TRY(read_settings(c));
    UST_TRY(truth);
    return status;
}

static enum ust_status classify(struct classify *c, int inputs, char **input)
{
    UST_TRY(check(c));
    UST_TRY(open_inputs(c, inputs, input));
    UST_TRY(open_outputs(c));
    prepare(c);
    enum ust_status status = read_events(c);
    if (status == UST_INVALID)
        return tell_refusal(c);
    UST_TRY(status);
    conclude(c);
    UST_TRY(keep_output(&c->rows));
    UST_TRY(keep_output(&c->events));
    if (c->db != NULL)
        UST_TRY(ust_classify_db_keep(c->db, &c->found));
    UST_TRY(tell(c));
    if (c->found.sessions.all == 0)
        return UST_INVALID;
    return c->found.stopped ? UST_STOPPED : UST_OK;
}

static int run(const void *given, int operands, char **operand)
{
    struct classify c = {.o = given, .arena = ust_arena_new(), .diag = ust_diag_new()};
    enum ust_status status = classify(&c, operands, operand);
    ust_sessions_free(c.sessions);
    ust_mix_free(c.mix);
    ust_classify_db_close(c.db);
    if (c.rows.stream != NULL)
        ust_output_drop(&c.rows);
    if (c.events.stream != NULL)
        ust_output_drop(&c.events);
    ust_reader_close(c.reader);
    ust_diag_free(c.diag);
    ust_arena_free(c.arena);
    return ust_exit_code(status);
}

const struct ust_command ust_command_classify = {
    .name = "classify",
    .operands = "EVENTS [EVENTS ...]",
    .help = "give each session its persona, and say which are of none and why",
    .more =
        "Reads events as `understudy profile` does. Each session gets the persona that it "
        "most\n"
        "probably is of, or none where it lies too far from all; a line of JSON a session,\n"
        "as soon as it is over. Says how the mix of personas moves over time, and what is odd\n"
        "about the sessions that are of none.",
    .options = options_table,
    .options_size = sizeof(struct options),
    .operands_min = 1,
    .operands_max = -1,
    .run = run,
};
