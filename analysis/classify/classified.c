#include "analysis/classify/classified.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/profile/words.h"
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

static const char *day(int64_t at_ns, char text[UST_TIME_TEXT_MAX])
{
    return ust_time_iso(at_ns / UST_S - (at_ns % UST_S < 0), 0, text);
}

/* Does nobody know when it was? Then its times are made up. */
static bool untimed(const struct ust_classified *o)
{
    return ust_reader_report(o->reader)->untimed > 0;
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
    if (read->events > 0 && !untimed(o))
        ust_text_printf(out, "  window     %s to %s\n", day(read->first, first),
                        day(read->last, last));
    ust_text_add(out, "  sessions   ");
    ust_words_count(out, o->sessions.all, "");
    ust_text_printf(out, "by a gap of %s", ust_time_text(o->source->model.gap, text));
    ust_words_some(out, o->sessions.late, "events came too late for their session");
    ust_words_some(out, o->sessions.cut, "cut short for want of room");
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

enum { HEAD_LEAST = 8, NAME_LEAST = 16 };

static size_t columns_of(const struct ust_classified *o, uint32_t answer, size_t least)
{
    size_t columns = ust_text_columns(name_of(o, answer));
    return columns > least ? columns : least;
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
    char count[UST_COUNT_TEXT_MAX];
    size_t width = NAME_LEAST;
    for (uint32_t a = 0; a < k; a++)
        width = columns_of(o, a, width);
    ust_text_add(out, "\n  ");
    ust_text_pad(out, "persona", width, false);
    ust_text_printf(out, "   sessions    share  %-24s  learned  confidence    gate  from\n",
                    "");
    for (uint32_t a = 0; a < k; a++) {
        double share = (double)o->given[a] / (double)o->sessions.all;
        ust_text_add(out, "  ");
        ust_text_pad(out, name_of(o, a), width, false);
        ust_text_printf(out, " %10s  %5.1f %%  ", ust_count_text(o->given[a], count),
                        100.0 * share);
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

/* Of the table's column; none always, last. */
static uint32_t answer_at(const struct ust_classified *o, uint32_t column)
{
    uint32_t k = o->mix.answers, columns = k < COLUMNS_MAX ? k : COLUMNS_MAX;
    return column + 1 < columns ? column : k - 1;
}

static void add_shares(const struct ust_classified *o, const double *share,
                       struct ust_text *out)
{
    for (uint32_t i = 0; i < o->mix.answers && i < COLUMNS_MAX; i++) {
        uint32_t a = answer_at(o, i);
        ust_text_printf(out, "  %*.1f %%", (int)columns_of(o, a, HEAD_LEAST) - 2,
                        100.0 * share[a]);
    }
}

static void add_window(const struct ust_classified *o, const struct ust_mix_window *w,
                       const char *when, struct ust_text *out)
{
    char count[UST_COUNT_TEXT_MAX];
    ust_text_printf(out, "  %-20.20s %9s", when, ust_count_text(w->sessions, count));
    add_shares(o, w->share, out);
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
    char text[UST_TIME_TEXT_MAX];
    if (mix->n > 0)
        ust_text_printf(out, "\n  mix over %-11s  sessions", ust_time_text(mix->width, text));
    else
        ust_text_printf(out, "\n  %-20s  sessions", "mix");
    for (uint32_t i = 0; i < mix->answers && i < COLUMNS_MAX; i++) {
        uint32_t a = answer_at(o, i);
        ust_text_add(out, "  ");
        ust_text_pad(out, name_of(o, a), columns_of(o, a, HEAD_LEAST), true);
    }
    ust_text_add(out, "     PSI         p\n");
    for (uint32_t i = 0; i < mix->n; i++)
        add_window(o, &mix->window[i], minute(mix->window[i].begin, text), out);
    add_window(o, &mix->all, "all", out);
    ust_text_printf(out, "  learned                      ");
    add_shares(o, mix->learned, out);
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
    ust_words_count(out, none, "");
    if (none > o->strangers)
        ust_text_printf(out, "(the farthest %u)", o->strangers);
    ust_text_add(out, "\n");
    for (uint32_t i = 0; i < o->strangers; i++) {
        const struct ust_stranger *it = &o->stranger[i];
        ust_text_printf(out, "  %s:%" PRIu64, ust_reader_path(o->reader, it->session.input),
                        it->session.line);
        if (!untimed(o))
            ust_text_printf(out, "  %s", day(it->session.first, text));
        ust_text_printf(out, "  %" PRIu32 " event%s\n", it->session.events,
                        it->session.events == 1 ? "" : "s");
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
    if (!untimed(o)) {
        json_object_set_new(it, "begin", json_string(day(w->begin, begin)));
        json_object_set_new(it, "end", json_string(day(w->end, end)));
    }
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
    json_object_set_new(root, "window_s",
                        o->mix.n > 0 ? json_real(ust_time_seconds(o->mix.width)) : json_null());
    json_object_set_new(root, "windows", windows);
    if (o->sessions.all > 0)
        json_object_set_new(root, "all", window_json(o, &o->mix.all));
    if (o->truth != NULL)
        json_object_set_new(root, "against_labels", ust_truth_json(o->truth, &o->score));
    return root;
}
