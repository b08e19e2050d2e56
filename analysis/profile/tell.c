#include "analysis/profile/tell.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "analysis/profile/words.h"
#include "sim/base/time.h"

/* Columns of features in the table; the rest is in --json. */
#define COLUMNS_MAX 12

static const char *day(int64_t at_ns, char text[UST_TIME_TEXT_MAX])
{
    return ust_time_iso(at_ns / UST_S, 0, text);
}

/* ---- reading ---- */

void ust_malformed_text(const struct ust_read_report *read, struct ust_text *out)
{
    uint64_t shown =
        read->malformed < UST_READ_MALFORMED_N ? read->malformed : UST_READ_MALFORMED_N;
    for (uint64_t i = 0; i < shown; i++)
        ust_text_printf(out, "%s:%" PRIu64 ": %s\n", read->first_malformed[i].path,
                        read->first_malformed[i].line, read->first_malformed[i].reason);
    if (read->malformed > shown) {
        ust_text_add(out, "... and ");
        ust_words_count(out, read->malformed - shown, "more malformed lines\n");
    }
}

void ust_read_text(const struct ust_read_report *read, uint64_t actions_other,
                   struct ust_text *out)
{
    char text[UST_TIME_TEXT_MAX];
    ust_malformed_text(read, out);
    ust_text_add(out, "  read       ");
    ust_words_count(out, read->lines, "lines, ");
    ust_words_count(out, read->events, "events");
    ust_words_some(out, read->malformed, "malformed");
    ust_words_some(out, read->bots, "of programs");
    ust_words_some(out, read->copies, "second copies left out");
    ust_words_some(out, read->unzoned, "without a time zone");
    ust_words_some(out, read->untimed, "sessions without a time, spread evenly");
    ust_words_some(out, actions_other, "of rarer actions, now 'other'");
    ust_text_add(out, "\n");
    if (read->steps_back > 0) {
        ust_text_add(out, "  clocks     ");
        ust_words_count(out, read->steps_back, "steps back in time, the largest ");
        ust_text_printf(out, "%s\n", ust_time_text(read->step_largest, text));
    }
}

static void add_reading(const struct ust_profile_facts *facts, struct ust_text *out)
{
    const struct ust_read_report *read = facts->read;
    char first[UST_TIME_TEXT_MAX], last[UST_TIME_TEXT_MAX], text[UST_TIME_TEXT_MAX];
    ust_read_text(read, facts->actions_other, out);
    if (read->events > 0 && read->untimed == 0)
        ust_text_printf(out, "  window     %s to %s\n", day(read->first, first),
                        day(read->last, last));
    ust_text_add(out, "  sessions   ");
    ust_words_count(out, facts->sessions->all, "");
    ust_text_printf(out, "by a gap of %s", ust_time_text(facts->gap, text));
    if (facts->sessions->n < facts->sessions->all) {
        ust_text_add(out, " · ");
        ust_words_count(out, facts->sessions->n, "of them sampled");
    }
    ust_words_some(out, facts->sessions->late, "events came too late for their session");
    ust_words_some(out, facts->sessions->cut, "cut short for want of room");
    ust_text_add(out, "\n");
}

/* ---- personas ---- */

/* Of a feature's column in the table of personas. */
enum { COLUMN_LEAST = 10 };

/* Actions are words of the recording, of any length. */
static size_t longest(const struct ust_profile_facts *facts, size_t least)
{
    for (uint32_t j = 0; j < facts->features->points.d; j++) {
        size_t columns = ust_text_columns(facts->features->plan->column[j].name);
        least = columns > least ? columns : least;
    }
    return least;
}

static void add_features(const struct ust_profile_facts *facts, struct ust_text *out)
{
    size_t width = longest(facts, 16);
    ust_text_add(out, "\n  ");
    ust_text_pad(out, "feature", width, false);
    ust_text_add(out, " scaled by\n");
    for (uint32_t j = 0; j < facts->features->points.d; j++) {
        ust_text_add(out, "  ");
        ust_text_pad(out, facts->features->plan->column[j].name, width, false);
        ust_text_add(out, " ");
        ust_scaling_state(&facts->learned->scaling, j, out);
        if (facts->features->plan->column[j].silent > 0.0)
            ust_text_printf(out, "; %.3g %% of the sessions do not say it and got the median",
                            100.0 * facts->features->plan->column[j].silent);
        ust_text_add(out, "\n");
    }
}

static void add_opinion(struct ust_text *out, const char *who, uint32_t k, const char *end)
{
    if (k > 0)
        ust_text_printf(out, "%s %u%s", who, k, end);
    else
        ust_text_printf(out, "%s nothing%s", who, end);
}

static void add_choice(const struct ust_choice_of_k *choice, struct ust_text *out)
{
    if (choice->n == 0)
        return;
    ust_text_printf(out, "\n  personas   %u: ", choice->k);
    if (choice->by_kinds > 0)
        add_opinion(out, "kinds of sessions say", choice->by_kinds, "; ");
    add_opinion(out, "silhouette says", choice->by_silhouette, ", ");
    add_opinion(out, "gap", choice->by_gap, ", ");
    add_opinion(out, "BIC", choice->by_bic, "\n");
    ust_text_printf(out, "    k  silhouette     gap  ± error          BIC%s\n",
                    choice->by_kinds > 0 ? "    BIC of kinds  overlap" : "");
    for (uint32_t i = 0; i < choice->n; i++) {
        const struct ust_k_evidence *at = &choice->at[i];
        ust_text_printf(out, "  %c %-3u", at->k == choice->k ? '>' : ' ', at->k);
        if (isnan(at->silhouette))
            ust_text_add(out, "         –");
        else
            ust_text_printf(out, "%9.3f", at->silhouette);
        ust_text_printf(out, " %7.3f %8.3f", at->gap, at->gap_error);
        if (isnan(at->bic))
            ust_text_add(out, "             –");
        else
            ust_text_printf(out, " %12.0f", at->bic);
        if (!isnan(at->kinds_bic))
            ust_text_printf(out, " %15.0f", at->kinds_bic);
        if (!isnan(at->overlap))
            ust_text_printf(out, "%*s%6.1f %%", isnan(at->kinds_bic) ? 16 : 0, "",
                            100.0 * at->overlap);
        ust_text_add(out, "\n");
    }
    if (choice->k == choice->at[choice->n - 1].k && choice->k > 1)
        ust_text_printf(out,
                        "  %u is the most that was tried; there may be more: --set "
                        "personas_max=%u\n",
                        choice->k, 2 * choice->k);
}

/* Below this a persona is as likely a piece of another one, or chance. */
#define CONFIDENCE_LOW 0.5

/* The part that lowers it most, or NULL. */
static const char *why_doubtful(const struct ust_confidence *c)
{
    const struct {
        double part;
        const char *why;
    } parts[] = {{c->size, "it has few sessions"},
                 {c->stability, "other samples of the sessions give other groups"},
                 {c->separation, "its sessions are hardly apart from others'"},
                 {c->age, "it is old"}};
    const char *why = parts[0].why;
    double least = parts[0].part;
    for (size_t i = 1; i < sizeof parts / sizeof parts[0]; i++)
        if (parts[i].part < least) {
            least = parts[i].part;
            why = parts[i].why;
        }
    return c->value < CONFIDENCE_LOW ? why : NULL;
}

static void add_doubts(const struct ust_learned *learned, struct ust_text *out)
{
    for (uint32_t p = 0; p < learned->n; p++) {
        const char *why = why_doubtful(&learned->persona[p].confidence);
        if (why != NULL)
            ust_text_printf(out, "  persona %u is doubtful: %s\n", p + 1, why);
    }
}

static void add_personas(const struct ust_profile_facts *facts, struct ust_text *out)
{
    const struct ust_learned *learned = facts->learned;
    char count[UST_COUNT_TEXT_MAX];
    uint32_t d = facts->features->points.d, columns = d < COLUMNS_MAX ? d : COLUMNS_MAX;
    ust_text_add(out,
                 "\n  persona    sessions   share  confidence =  size x stable x apart x   "
                 "age    in the middle:");
    for (uint32_t j = 0; j < columns; j++) {
        ust_text_add(out, " ");
        ust_text_pad(out, facts->features->plan->column[j].name, COLUMN_LEAST, true);
    }
    ust_text_add(out, "\n");
    for (uint32_t p = 0; p < learned->n; p++) {
        const struct ust_persona_found *persona = &learned->persona[p];
        const struct ust_confidence *c = &persona->confidence;
        ust_text_printf(out, "  %-7u %11s %5.1f %%  %10.2f   %5.2f   %6.2f  %6.2f  %5.2f%13s",
                        p + 1, ust_count_text(persona->sessions, count), 100.0 * persona->share,
                        c->value, c->size, c->stability, c->separation, c->age, "");
        for (uint32_t j = 0; j < columns; j++) {
            size_t width = ust_text_columns(facts->features->plan->column[j].name);
            ust_text_printf(out, " %*.4g", width < COLUMN_LEAST ? COLUMN_LEAST : (int)width,
                            persona->middle[j]);
        }
        ust_text_add(out, "\n");
    }
    if (learned->alone > 0) {
        ust_text_add(out, "  ");
        ust_words_count(out, learned->alone,
                        learned->alone == 1 ? "session lies alone and belongs to none"
                                            : "sessions lie alone and belong to none");
        ust_text_printf(out, " (radius %.4g)\n", learned->radius);
    }
    if (d > columns)
        ust_text_printf(out, "  %u further feature%s in --json\n", d - columns,
                        d - columns == 1 ? " is" : "s are");
}

void ust_profile_text(const struct ust_profile_facts *facts, struct ust_text *out)
{
    add_reading(facts, out);
    if (facts->learned == NULL) {
        ust_text_printf(out, "\n  no personas: %s\n", facts->why);
        return;
    }
    add_features(facts, out);
    add_choice(&facts->learned->choice, out);
    add_personas(facts, out);
    add_doubts(facts->learned, out);
}

/* ---- JSON ---- */

static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

json_t *ust_read_json(const struct ust_read_report *read)
{
    char text[UST_TIME_TEXT_MAX];
    json_t *it = json_object(), *lines = json_array();
    json_object_set_new(it, "lines", json_integer((json_int_t)read->lines));
    json_object_set_new(it, "events", json_integer((json_int_t)read->events));
    json_object_set_new(it, "malformed", json_integer((json_int_t)read->malformed));
    for (uint64_t i = 0; i < read->malformed && i < UST_READ_MALFORMED_N; i++)
        json_array_append_new(lines, json_pack("{s:s, s:I, s:s}", "file",
                                               read->first_malformed[i].path, "line",
                                               (json_int_t)read->first_malformed[i].line,
                                               "reason", read->first_malformed[i].reason));
    json_object_set_new(it, "first_malformed", lines);
    json_object_set_new(it, "bots", json_integer((json_int_t)read->bots));
    json_object_set_new(it, "copies", json_integer((json_int_t)read->copies));
    json_object_set_new(it, "without_time", json_integer((json_int_t)read->untimed));
    json_object_set_new(it, "without_zone", json_integer((json_int_t)read->unzoned));
    json_object_set_new(it, "steps_back", json_integer((json_int_t)read->steps_back));
    json_object_set_new(it, "step_largest_s", json_real((double)read->step_largest / 1e9));
    if (read->events > 0 && read->untimed == 0) {
        json_object_set_new(it, "first", json_string(day(read->first, text)));
        json_object_set_new(it, "last", json_string(day(read->last, text)));
    }
    return it;
}

static json_t *reading_json(const struct ust_profile_facts *facts)
{
    json_t *it = ust_read_json(facts->read);
    json_object_set_new(it, "sessions", json_integer((json_int_t)facts->sessions->all));
    json_object_set_new(it, "sessions_kept", json_integer((json_int_t)facts->sessions->n));
    json_object_set_new(it, "late_events", json_integer((json_int_t)facts->sessions->late));
    json_object_set_new(it, "gap_s", json_real(ust_time_seconds(facts->gap)));
    return it;
}

static json_t *features_json(const struct ust_profile_facts *facts)
{
    json_t *all = json_array();
    for (uint32_t j = 0; j < facts->features->points.d; j++) {
        const struct ust_scaled_feature *scaled = &facts->learned->scaling.feature[j];
        json_array_append_new(all, json_pack("{s:s, s:b, s:f, s:f, s:f}", "name",
                                             facts->features->plan->column[j].name, "log1p",
                                             scaled->how == UST_SCALE_LOG, "centre",
                                             scaled->centre, "spread", scaled->spread, "silent",
                                             facts->features->plan->column[j].silent));
    }
    return all;
}

static json_t *choice_json(const struct ust_choice_of_k *choice)
{
    json_t *all = json_array();
    for (uint32_t i = 0; i < choice->n; i++) {
        const struct ust_k_evidence *at = &choice->at[i];
        json_t *it = json_object();
        json_object_set_new(it, "k", json_integer(at->k));
        json_object_set_new(it, "sse", number(at->sse));
        json_object_set_new(it, "silhouette", number(at->silhouette));
        json_object_set_new(it, "calinski_harabasz", number(at->calinski_harabasz));
        json_object_set_new(it, "davies_bouldin", number(at->davies_bouldin));
        json_object_set_new(it, "gap", number(at->gap));
        json_object_set_new(it, "gap_error", number(at->gap_error));
        json_object_set_new(it, "bic", number(at->bic));
        json_object_set_new(it, "kinds_bic", number(at->kinds_bic));
        json_object_set_new(it, "overlap", number(at->overlap));
        json_array_append_new(all, it);
    }
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:o}", "k", (int)choice->k, "by_kinds",
                     (int)choice->by_kinds, "by_silhouette", (int)choice->by_silhouette,
                     "by_gap", (int)choice->by_gap, "by_bic", (int)choice->by_bic, "evidence",
                     all);
}

static json_t *personas_json(const struct ust_profile_facts *facts)
{
    json_t *all = json_array();
    for (uint32_t p = 0; p < facts->learned->n; p++) {
        const struct ust_persona_found *persona = &facts->learned->persona[p];
        const struct ust_confidence *c = &persona->confidence;
        json_t *it = json_object(), *middle = json_object();
        json_object_set_new(it, "number", json_integer(p + 1));
        json_object_set_new(it, "sessions", json_integer((json_int_t)persona->sessions));
        json_object_set_new(it, "share", json_real(persona->share));
        json_object_set_new(it, "confidence",
                            json_pack("{s:f, s:f, s:f, s:f, s:f}", "value", c->value, "size",
                                      c->size, "stability", c->stability, "separation",
                                      c->separation, "age", c->age));
        json_object_set_new(it, "silhouette", number(persona->silhouette));
        for (uint32_t j = 0; j < facts->features->points.d; j++)
            json_object_set_new(middle, facts->features->plan->column[j].name,
                                number(persona->middle[j]));
        json_object_set_new(it, "middle", middle);
        json_array_append_new(all, it);
    }
    return all;
}

json_t *ust_profile_json(const struct ust_profile_facts *facts)
{
    json_t *root = json_object();
    json_object_set_new(root, "read", reading_json(facts));
    if (facts->learned == NULL) {
        json_object_set_new(root, "why", json_string(facts->why));
        json_object_set_new(root, "personas", json_array());
        return root;
    }
    json_object_set_new(root, "features", features_json(facts));
    if (facts->learned->choice.n > 0)
        json_object_set_new(root, "choice", choice_json(&facts->learned->choice));
    json_object_set_new(root, "sse", number(facts->learned->sse));
    json_object_set_new(root, "alone", json_integer((json_int_t)facts->learned->alone));
    json_object_set_new(root, "personas", personas_json(facts));
    return root;
}
