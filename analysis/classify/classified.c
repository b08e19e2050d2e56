#include "analysis/classify/classified.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "sim/base/time.h"

/* Personas in the table of the mix; all are in the database and in --json. */
#define COLUMNS_MAX 8
/* Rare actions are in no model; of more than this share the answers suffer. */
#define UNKNOWN_MAX 0.02

double ust_classified_gates(const struct ust_judge *judge, const struct ust_answer *answer)
{
    return answer->distance / sqrt(judge->gate[answer->nearest].distance2);
}

/* ---- reading ---- */

static void add_count(struct ust_text *out, uint64_t n, const char *what)
{
    char text[UST_COUNT_TEXT_MAX];
    ust_text_printf(out, "%s %s", ust_count_text(n, text), what);
}

static void add_some(struct ust_text *out, uint64_t n, const char *what)
{
    if (n > 0) {
        ust_text_add(out, " · ");
        add_count(out, n, what);
    }
}

static const char *day(int64_t at_ns, char text[UST_TIME_TEXT_MAX])
{
    return ust_time_iso(at_ns / UST_S - (at_ns % UST_S < 0), 0, text);
}

/* "2026-12-02 01:56", in UTC. */
static const char *minute(int64_t at_ns, char text[UST_TIME_TEXT_MAX])
{
    day(at_ns, text);
    text[strlen("2026-12-02")] = ' ';
    text[strlen("2026-12-02 01:56")] = '\0';
    return text;
}

static void add_reading(const struct ust_classified *o, struct ust_text *out)
{
    char first[UST_TIME_TEXT_MAX], last[UST_TIME_TEXT_MAX], text[UST_TIME_TEXT_MAX];
    const struct ust_read_report *read = ust_reader_report(o->reader);
    ust_read_text(read, ust_reader_actions(o->reader)->overflows, out);
    if (read->events > 0 && read->untimed == 0)
        ust_text_printf(out, "  window     %s to %s\n", day(read->first, first),
                        day(read->last, last));
    ust_text_add(out, "  sessions   ");
    add_count(out, o->sessions.all, "");
    ust_text_printf(out, "by a gap of %s", ust_time_text(o->source->model.gap, text));
    add_some(out, o->sessions.late, "events came too late for their session");
    add_some(out, o->sessions.cut, "cut short for want of room");
    ust_text_add(out, "\n");
}

/* What makes the answers worth less. */
static void add_warnings(const struct ust_classified *o, struct ust_text *out)
{
    const struct ust_profile_model *model = &o->source->model;
    for (uint32_t j = 0; j < model->plan.n && o->sessions.all > 0; j++) {
        const struct ust_feature_column *column = &model->plan.column[j];
        double share = (double)o->judge->silent[j] / (double)o->sessions.all;
        if (share > 0.5 && share > 2.0 * column->silent)
            ust_text_printf(out,
                            "  !          %.3g %% of the sessions do not say '%s', which the "
                            "model knows: they got its median\n",
                            100.0 * share, column->name);
    }
    uint16_t most;
    double unknown = ust_judge_unknown(o->judge, &most);
    if (unknown > UNKNOWN_MAX)
        ust_text_printf(
            out,
            "  !          %.3g %% of the events are of actions that the model does not "
            "know, like '%s'\n",
            100.0 * unknown, ust_reader_actions(o->reader)->at[most]);
    if (o->source->strange_n > 0) {
        ust_text_add(out, "  !          beside the model, but not of it, so no session can be "
                          "theirs:");
        for (uint32_t i = 0; i < o->source->strange_n; i++)
            ust_text_printf(out, "%s %s", i > 0 ? "," : "", o->source->strange[i]);
        ust_text_add(out, "\n");
    }
}

/* ---- personas ---- */

static const char *name_of(const struct ust_classified *o, uint32_t answer)
{
    const struct ust_profile_model *model = &o->source->model;
    return answer < model->mixture.clusters ? model->personas[answer] : "none";
}

enum { HEAD_LETTERS = 8, NAME_LETTERS = 16, LABEL_MAX = 64 };

/* Do two names begin alike, so that heads of columns cannot tell them apart? */
static bool heads_alike(const struct ust_classified *o)
{
    for (uint32_t a = 0; a < o->mix.answers; a++)
        for (uint32_t b = 0; b < a; b++)
            if (strncmp(name_of(o, a), name_of(o, b), HEAD_LETTERS) == 0)
                return true;
    return false;
}

/* The name, with its number where heads of columns need one. */
static const char *label_of(const struct ust_classified *o, uint32_t answer, bool numbered,
                            char label[static LABEL_MAX])
{
    if (numbered && answer + 1 < o->mix.answers)
        snprintf(label, LABEL_MAX, "%" PRIu32 " %s", answer + 1, name_of(o, answer));
    else
        snprintf(label, LABEL_MAX, "%s", name_of(o, answer));
    return label;
}

/* A share of a row of `width` letters, in eighths. */
static void add_bar(struct ust_text *out, double share, int width)
{
    static const char *const eighth[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    int eighths = (int)lround(share * width * 8.0);
    for (int i = 0; i < eighths / 8; i++)
        ust_text_add(out, "█");
    ust_text_add(out, eighth[eighths % 8]);
    for (int i = eighths / 8 + (eighths % 8 > 0); i < width; i++)
        ust_text_add(out, " ");
}

static void add_personas(const struct ust_classified *o, struct ust_text *out)
{
    uint32_t k = o->mix.answers;
    bool numbered = heads_alike(o);
    char count[UST_COUNT_TEXT_MAX], label[LABEL_MAX];
    int width = NAME_LETTERS;
    for (uint32_t a = 0; a < k; a++) {
        int letters = (int)strlen(label_of(o, a, numbered, label));
        width = letters > width ? letters : width;
    }
    ust_text_printf(out,
                    "\n  %-*s   sessions    share  %-24s  learned  confidence    gate  from\n",
                    width, "persona", "");
    for (uint32_t a = 0; a < k; a++) {
        double share = (double)o->given[a] / (double)o->sessions.all;
        ust_text_printf(out, "  %-*s %10s  %5.1f %%  ", width, label_of(o, a, numbered, label),
                        ust_count_text(o->given[a], count), 100.0 * share);
        add_bar(out, share, 24);
        ust_text_printf(out, "  %5.1f %%", 100.0 * o->mix.learned[a]);
        if (a + 1 < k)
            ust_text_printf(out, "  %10.2f  %6.2f  %s", o->confidence[a],
                            sqrt(o->judge->gate[a].distance2),
                            ust_gate_source_names[o->judge->gate[a].source]);
        ust_text_add(out, "\n");
    }
}

/* ---- the mix ---- */

static void add_window(const struct ust_classified *o, const struct ust_mix_window *w,
                       const char *when, struct ust_text *out)
{
    uint32_t k = o->mix.answers, columns = k < COLUMNS_MAX ? k : COLUMNS_MAX;
    char count[UST_COUNT_TEXT_MAX];
    ust_text_printf(out, "  %-20.20s %9s", when, ust_count_text(w->sessions, count));
    for (uint32_t i = 0; i < columns; i++) /* none always, last */
        ust_text_printf(out, "  %6.1f %%", 100.0 * w->share[i + 1 < columns ? i : k - 1]);
    ust_text_printf(out, "  %6.3f", w->psi);
    if (isnan(w->adjusted))
        ust_text_add(out, "         –");
    else
        ust_text_printf(out, "  %8.2g", w->adjusted);
    ust_text_printf(out, "  %s\n", ust_mix_state_names[w->state]);
}

static void add_mix(const struct ust_classified *o, struct ust_text *out)
{
    const struct ust_mix_result *mix = &o->mix;
    uint32_t k = mix->answers, columns = k < COLUMNS_MAX ? k : COLUMNS_MAX;
    bool numbered = heads_alike(o);
    char text[UST_TIME_TEXT_MAX], label[LABEL_MAX];
    ust_text_printf(out, "\n  mix over %-11s  sessions", ust_time_text(mix->width, text));
    for (uint32_t i = 0; i < columns; i++)
        ust_text_printf(out, "  %*.*s", HEAD_LETTERS, HEAD_LETTERS,
                        label_of(o, i + 1 < columns ? i : k - 1, numbered, label));
    ust_text_add(out, "     PSI         p\n");
    for (uint32_t i = 0; i < mix->n; i++)
        add_window(o, &mix->window[i], minute(mix->window[i].begin, text), out);
    add_window(o, &mix->all, "all", out);
    ust_text_printf(out, "  learned                      ");
    for (uint32_t i = 0; i < columns; i++)
        ust_text_printf(out, "  %6.1f %%", 100.0 * mix->learned[i + 1 < columns ? i : k - 1]);
    ust_text_printf(
        out,
        "\n  moved: PSI %g or more and p at most %g (chi-square, Holm); shifted: %g or "
        "more; few: below %" PRId64 " sessions\n",
        o->settings->moved, o->settings->significance, o->settings->shifted,
        o->settings->sessions_least);
}

/* ---- strangers ---- */

static void add_strangers(const struct ust_classified *o, struct ust_text *out)
{
    char text[UST_TIME_TEXT_MAX];
    uint64_t none = o->given[o->mix.answers - 1];
    if (o->strangers == 0)
        return;
    ust_text_add(out, "\n  of none    ");
    add_count(out, none, "");
    if (none > o->strangers)
        ust_text_printf(out, "(the farthest %u)", o->strangers);
    ust_text_add(out, "\n");
    for (uint32_t i = 0; i < o->strangers; i++) {
        const struct ust_stranger *it = &o->stranger[i];
        ust_text_printf(out, "  %s:%" PRIu64 "  %s  %" PRIu32 " events\n",
                        ust_reader_path(o->reader, it->session.input), it->session.line,
                        day(it->session.first, text), it->session.events);
        for (uint32_t r = 0; r < it->answer.reasons; r++) {
            ust_text_add(out, "      ");
            ust_judge_words(o->judge, &it->answer, &it->answer.reason[r], out);
            ust_text_add(out, "\n");
        }
    }
}

void ust_classified_text(const struct ust_classified *o, struct ust_text *out)
{
    add_reading(o, out);
    add_warnings(o, out);
    if (o->sessions.all == 0) {
        ust_text_add(out, "\n  nothing to classify: there are no events\n");
        return;
    }
    add_personas(o, out);
    add_mix(o, out);
    add_strangers(o, out);
    if (o->truth != NULL)
        ust_truth_text(o->truth, &o->score, out);
    if (o->stopped)
        ust_text_add(out, "\n  stopped before the end of the events\n");
}

/* ---- JSON ---- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *persona_name(const struct ust_classified *o, uint32_t answer)
{
    return answer + 1 < o->mix.answers ? json_string(name_of(o, answer)) : json_null();
}

static json_t *personas_json(const struct ust_classified *o)
{
    json_t *all = json_array();
    for (uint32_t a = 0; a < o->mix.answers; a++) {
        json_t *it = json_object();
        json_object_set_new(it, "persona", persona_name(o, a));
        json_object_set_new(it, "sessions", json_integer((json_int_t)o->given[a]));
        json_object_set_new(it, "learned_share", json_real(o->mix.learned[a]));
        if (a + 1 < o->mix.answers) {
            const struct ust_judge_gate *gate = &o->judge->gate[a];
            json_object_set_new(it, "confidence", json_real(o->confidence[a]));
            json_object_set_new(it, "age_s", number(o->age_s[a]));
            json_object_set_new(it, "gate", number(sqrt(gate->distance2)));
            json_object_set_new(it, "gate_from",
                                json_string(ust_gate_source_names[gate->source]));
        }
        json_array_append_new(all, it);
    }
    return all;
}

static json_t *window_json(const struct ust_classified *o, const struct ust_mix_window *w)
{
    char begin[UST_TIME_TEXT_MAX], end[UST_TIME_TEXT_MAX];
    json_t *it = json_object(), *mix = json_array();
    json_object_set_new(it, "begin", json_string(day(w->begin, begin)));
    json_object_set_new(it, "end", json_string(day(w->end, end)));
    json_object_set_new(it, "sessions", json_integer((json_int_t)w->sessions));
    json_object_set_new(it, "psi", number(w->psi));
    json_object_set_new(it, "chi2", number(w->chi2));
    json_object_set_new(it, "p", number(w->p));
    json_object_set_new(it, "adjusted_p", number(w->adjusted));
    json_object_set_new(it, "state", json_string(ust_mix_state_names[w->state]));
    for (uint32_t a = 0; a < o->mix.answers; a++)
        json_array_append_new(mix, json_pack("{s:o, s:I, s:f, s:f, s:f}", "persona",
                                             persona_name(o, a), "sessions",
                                             (json_int_t)w->count[a], "share", w->share[a],
                                             "low", w->low[a], "high", w->high[a]));
    json_object_set_new(it, "mix", mix);
    return it;
}

static json_t *reading_json(const struct ust_classified *o)
{
    json_t *it = ust_read_json(ust_reader_report(o->reader));
    json_object_set_new(it, "sessions", json_integer((json_int_t)o->sessions.all));
    json_object_set_new(it, "late_events", json_integer((json_int_t)o->sessions.late));
    json_object_set_new(it, "gap_s", json_real(ust_time_seconds(o->source->model.gap)));
    return it;
}

static json_t *silent_json(const struct ust_classified *o)
{
    const struct ust_feature_plan *plan = &o->source->model.plan;
    json_t *all = json_object();
    for (uint32_t j = 0; j < plan->n; j++)
        json_object_set_new(all, plan->column[j].name,
                            json_integer((json_int_t)o->judge->silent[j]));
    return all;
}

json_t *ust_classified_json(const struct ust_classified *o)
{
    json_t *root = json_object(), *windows = json_array();
    json_object_set_new(root, "read", reading_json(o));
    json_object_set_new(root, "complete", json_boolean(!o->stopped));
    json_object_set_new(root, "level", json_real(o->settings->level));
    json_object_set_new(root, "silent", silent_json(o));
    json_object_set_new(root, "unknown_actions", json_real(ust_judge_unknown(o->judge, NULL)));
    json_object_set_new(root, "personas", personas_json(o));
    for (uint32_t i = 0; i < o->mix.n; i++)
        json_array_append_new(windows, window_json(o, &o->mix.window[i]));
    json_object_set_new(root, "window_s", json_real(ust_time_seconds(o->mix.width)));
    json_object_set_new(root, "windows", windows);
    if (o->mix.n > 0)
        json_object_set_new(root, "all", window_json(o, &o->mix.all));
    if (o->truth != NULL)
        json_object_set_new(root, "against_labels", ust_truth_json(o->truth, &o->score));
    return root;
}
