/* How good a classification is, where the events say whose they are.
 *
 * A label that is a persona's name means that persona, as does one that the caller says to be
 * one; every other label is a stranger's, and its sessions should be of none. Sessions without
 * a label count nowhere.
 *
 *   precision   of what is given to a persona (to none), the share that is its (strangers)
 *   recall      of what is its, the share that is given to it
 *   false alarms   of the sessions of known personas, the share that is given to none
 */
#ifndef UST_CLASSIFY_TRUTH_H
#define UST_CLASSIFY_TRUTH_H

#include <jansson.h>

#include "analysis/profile/model.h"
#include "analysis/stats/stats.h"
#include "sim/base/status.h"
#include "sim/base/text.h"

struct ust_truth {
    const struct ust_profile_model *model;
    const struct ust_names *labels; /* of the reader: may grow */
    uint64_t *count;                /* of label and answer: UST_PROFILE_LABELS_MAX + 2 rows */
    const char *const *same;        /* "LABEL=PERSONA" */
    size_t same_n;
};

/* `same`: pairs of a label and the persona that it means. UST_INVALID after messages where one
 * names no persona. Lives in the arena. */
enum ust_status ust_truth_new(const char *command, const struct ust_profile_model *model,
                              const char *const *same, size_t same_n, struct ust_arena *arena,
                              struct ust_truth *out);

/* answer: a persona, or as many as there are: none. Label 0 is not counted. */
void ust_truth_add(struct ust_truth *truth, uint16_t label, uint32_t answer);

struct ust_truth_score {
    uint64_t right, given, theirs;         /* sessions */
    struct ust_interval precision, recall; /* Wilson, 95 %; NAN without sessions */
};

struct ust_truth_result {
    uint64_t sessions, strangers;  /* with a label */
    bool known;                    /* some label is a persona's: the scores mean something */
    struct ust_truth_score *score; /* of each persona, then of none */
    struct ust_interval false_alarms, accuracy;
};

void ust_truth_end(const struct ust_truth *truth, struct ust_arena *arena,
                   struct ust_truth_result *out);
/* The persona that a label means, or as many as there are: a stranger. */
uint32_t ust_truth_meaning(const struct ust_truth *truth, const char *label);

/* Tables of scores and confusion. */
void ust_truth_text(const struct ust_truth *truth, const struct ust_truth_result *result,
                    struct ust_text *out);
json_t *ust_truth_json(const struct ust_truth *truth, const struct ust_truth_result *result);

#endif
