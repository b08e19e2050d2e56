#include "analysis/classify/truth.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static uint32_t answers(const struct ust_truth *truth)
{
    return truth->model->mixture.clusters + 1;
}

static uint32_t persona_of(const struct ust_profile_model *model, const char *name)
{
    uint32_t c = 0;
    while (c < model->mixture.clusters && strcmp(model->personas[c], name) != 0)
        c++;
    return c;
}

enum ust_status ust_truth_new(const char *command, const struct ust_profile_model *model,
                              const char *const *same, size_t same_n, struct ust_arena *arena,
                              struct ust_truth *out)
{
    *out = (struct ust_truth){.model = model, .same = same, .same_n = same_n};
    out->count = ust_arena_alloc(arena, uint64_t, (UST_PROFILE_LABELS_MAX + 2) * answers(out));
    enum ust_status status = UST_OK;
    for (size_t i = 0; i < same_n; i++) {
        const char *sign = strchr(same[i], '=');
        if (sign == NULL || sign == same[i]) {
            fprintf(stderr, "understudy %s: --same '%s' is not LABEL=PERSONA\n", command,
                    same[i]);
            status = UST_INVALID;
            continue;
        }
        if (persona_of(model, sign + 1) < model->mixture.clusters)
            continue;
        const char *near = ust_text_nearest(sign + 1, model->personas, model->mixture.clusters);
        fprintf(stderr, "understudy %s: --same '%s': the model has no persona '%s'", command,
                same[i], sign + 1);
        if (near != NULL)
            fprintf(stderr, "; did you mean '%s'?", near);
        fputc('\n', stderr);
        status = UST_INVALID;
    }
    return status;
}

void ust_truth_add(struct ust_truth *truth, uint16_t label, uint32_t answer)
{
    if (label > 0)
        truth->count[(size_t)label * answers(truth) + answer]++;
}

uint32_t ust_truth_meaning(const struct ust_truth *truth, const char *label)
{
    size_t length = strlen(label);
    for (size_t i = 0; i < truth->same_n; i++)
        if (strncmp(truth->same[i], label, length) == 0 && truth->same[i][length] == '=')
            return persona_of(truth->model, truth->same[i] + length + 1);
    return persona_of(truth->model, label);
}

static struct ust_interval share(uint64_t part, uint64_t whole)
{
    const struct ust_interval none = {(double)NAN, (double)NAN, (double)NAN};
    return whole > 0 ? ust_stats_wilson(part, whole, 0.95) : none;
}

void ust_truth_end(const struct ust_truth *truth, struct ust_arena *arena,
                   struct ust_truth_result *out)
{
    uint32_t k = answers(truth), none = k - 1;
    uint64_t alarms = 0, ours = 0, right = 0;
    memset(out, 0, sizeof *out);
    out->score = ust_arena_alloc(arena, struct ust_truth_score, k);
    for (uint32_t label = 1; label < truth->labels->n; label++) {
        uint32_t means = ust_truth_meaning(truth, truth->labels->at[label]);
        for (uint32_t a = 0; a < k; a++) {
            uint64_t n = truth->count[(size_t)label * k + a];
            out->score[a].given += n;
            out->score[means].theirs += n;
            out->score[means].right += a == means ? n : 0;
            right += a == means ? n : 0;
            out->sessions += n;
            ours += means != none ? n : 0;
            alarms += means != none && a == none ? n : 0;
        }
        out->known |= means != none;
    }
    out->strangers = out->score[none].theirs;
    out->false_alarms = share(alarms, ours);
    out->accuracy = share(right, out->sessions);
    for (uint32_t a = 0; a < k; a++) {
        out->score[a].precision = share(out->score[a].right, out->score[a].given);
        out->score[a].recall = share(out->score[a].right, out->score[a].theirs);
    }
}

/* ---- for people ---- */

enum { COLUMN_LEAST = 10 }; /* of an answer in the table of labels */

static const char *name_of(const struct ust_truth *truth, uint32_t answer)
{
    return answer < truth->model->mixture.clusters ? truth->model->personas[answer] : "none";
}

static void add_share(struct ust_text *out, struct ust_interval it)
{
    if (isnan(it.value))
        ust_text_printf(out, "  %23s", "–  ");
    else
        ust_text_printf(out, "  %6.2f %% (%5.1f – %5.1f)", 100 * it.value, 100 * it.low,
                        100 * it.high);
}

/* Wide enough for every persona's and label's name. */
static size_t widest(const struct ust_truth *truth)
{
    size_t width = 16;
    for (uint32_t a = 0; a < answers(truth); a++) {
        size_t columns = ust_text_columns(name_of(truth, a));
        width = columns > width ? columns : width;
    }
    for (uint32_t label = 1; label < truth->labels->n; label++) {
        size_t columns = ust_text_columns(truth->labels->at[label]);
        width = columns > width ? columns : width;
    }
    return width;
}

static void add_scores(const struct ust_truth *truth, const struct ust_truth_result *result,
                       struct ust_text *out)
{
    size_t width = widest(truth);
    ust_text_add(out, "\n  ");
    ust_text_pad(out, "against labels", width, false);
    ust_text_printf(out, " %22s  %22s   sessions\n", "precision", "recall");
    for (uint32_t a = 0; a < answers(truth); a++) {
        ust_text_add(out, "  ");
        ust_text_pad(out, name_of(truth, a), width, false);
        add_share(out, result->score[a].precision);
        add_share(out, result->score[a].recall);
        ust_text_printf(out, "  %9" PRIu64 "\n", result->score[a].theirs);
    }
    ust_text_add(out, "  ");
    ust_text_pad(out, "false alarms", width, false);
    add_share(out, result->false_alarms);
    ust_text_add(out, "  sessions of known personas that were taken for none\n");
}

static void add_confusion(const struct ust_truth *truth, struct ust_text *out)
{
    uint32_t k = answers(truth);
    size_t width = widest(truth);
    ust_text_add(out, "\n  ");
    ust_text_pad(out, "label", width, false);
    ust_text_add(out, " ");
    ust_text_pad(out, "means", width, false);
    for (uint32_t a = 0; a < k; a++) {
        ust_text_add(out, " ");
        ust_text_pad(out, name_of(truth, a), COLUMN_LEAST, true);
    }
    ust_text_add(out, "\n");
    for (uint32_t label = 1; label < truth->labels->n; label++) {
        const char *name = truth->labels->at[label];
        ust_text_add(out, "  ");
        ust_text_pad(out, name, width, false);
        ust_text_add(out, " ");
        ust_text_pad(out, name_of(truth, ust_truth_meaning(truth, name)), width, false);
        for (uint32_t a = 0; a < k; a++) {
            size_t columns = ust_text_columns(name_of(truth, a));
            ust_text_printf(out, " %*" PRIu64,
                            columns < COLUMN_LEAST ? COLUMN_LEAST : (int)columns,
                            truth->count[(size_t)label * k + a]);
        }
        ust_text_add(out, "\n");
    }
}

void ust_truth_text(const struct ust_truth *truth, const struct ust_truth_result *result,
                    struct ust_text *out)
{
    if (result->sessions == 0) {
        ust_text_add(out, "\n  no event has a label\n");
        return;
    }
    if (result->known)
        add_scores(truth, result, out);
    else
        ust_text_add(out, "\n  no label is a persona's name, so nothing is right or wrong; "
                          "--same LABEL=PERSONA says which is\n");
    add_confusion(truth, out);
}

/* ---- for programs ---- */

static json_t *share_json(struct ust_interval it)
{
    return isnan(it.value) ? json_null()
                           : json_pack("{s:f, s:f, s:f}", "value", it.value, "low", it.low,
                                       "high", it.high);
}

json_t *ust_truth_json(const struct ust_truth *truth, const struct ust_truth_result *result)
{
    uint32_t k = answers(truth);
    json_t *scores = json_array(), *labels = json_array();
    for (uint32_t a = 0; a < k; a++) {
        json_t *name = a + 1 < k ? json_string(truth->model->personas[a]) : json_null();
        json_array_append_new(scores,
                              json_pack("{s:o, s:I, s:o, s:o}", "persona", name, "sessions",
                                        (json_int_t)result->score[a].theirs, "precision",
                                        share_json(result->score[a].precision), "recall",
                                        share_json(result->score[a].recall)));
    }
    for (uint32_t label = 1; label < truth->labels->n; label++) {
        uint32_t means = ust_truth_meaning(truth, truth->labels->at[label]);
        json_t *row = json_array();
        for (uint32_t a = 0; a < k; a++)
            json_array_append_new(
                row, json_integer((json_int_t)truth->count[(size_t)label * k + a]));
        json_array_append_new(
            labels,
            json_pack("{s:s, s:o, s:o}", "label", truth->labels->at[label], "means",
                      means + 1 < k ? json_string(truth->model->personas[means]) : json_null(),
                      "answers", row));
    }
    return json_pack("{s:I, s:b, s:o, s:o, s:o, s:o}", "sessions", (json_int_t)result->sessions,
                     "known", (int)result->known, "false_alarms",
                     share_json(result->false_alarms), "accuracy", share_json(result->accuracy),
                     "scores", scores, "labels", labels);
}
