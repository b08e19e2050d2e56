/* All that a classification comes to, beside its sessions. */
#ifndef UST_CLASSIFY_CLASSIFIED_H
#define UST_CLASSIFY_CLASSIFIED_H

#include "analysis/classify/judge.h"
#include "analysis/classify/mix.h"
#include "analysis/classify/settings.h"
#include "analysis/classify/source.h"
#include "analysis/classify/truth.h"
#include "analysis/profile/reader.h"
#include "analysis/profile/tell.h"

/* Of strangers so many are shown. */
#define UST_STRANGERS_SHOWN 10

struct ust_stranger {
    struct ust_session session;
    struct ust_answer answer;
};

struct ust_classified {
    const struct ust_model_source *source;
    const struct ust_classify_settings *settings;
    const struct ust_reader *reader;
    const struct ust_judge *judge;
    struct ust_session_list sessions; /* counts; none are kept */
    uint64_t *given;                  /* sessions of each persona, then of none */
    double *confidence, *age_s;       /* of each persona, as of now; age NAN: not known */
    struct ust_mix_result mix;
    struct ust_stranger
        stranger[UST_STRANGERS_SHOWN]; /* the farthest, in their gates' widths */
    uint32_t strangers;
    const struct ust_truth *truth; /* NULL: not asked for */
    struct ust_truth_result score;
    bool stopped; /* by a signal: the rest was not read */
};

/* Distance in units of the gate: above 1 is of none. */
double ust_classified_gates(const struct ust_judge *judge, const struct ust_answer *answer);

/* The summary, with its pictures made of letters. */
void ust_classified_text(const struct ust_classified *found, struct ust_text *out);
/* A new reference of jansson's. */
json_t *ust_classified_json(const struct ust_classified *found);

#endif
