/* Which persona a session is of, or that it is of none, and why not.
 *
 * A session gets the persona of the largest posterior. It is of none where it lies farther from
 * even the nearest persona, in Mahalanobis distance, than all but a share 1 - level of that
 * persona's own sessions do. How far those lie is either known from sessions that the model
 * was not made of (tail.h), or supposed to follow a chi-square law.
 *
 * Why not: the features that differ most from what the nearest persona's sessions are like,
 * each alone; where each alone is common, the one that fits the others worst.
 */
#ifndef UST_CLASSIFY_JUDGE_H
#define UST_CLASSIFY_JUDGE_H

#include "analysis/profile/model.h"
#include "sim/base/text.h"

enum ust_gate { UST_GATE_HELD_OUT, UST_GATE_CHI_SQUARE };
extern const char *const ust_gate_names[]; /* "held_out", "chi_square", NULL */

/* Where the gate of one persona comes from. */
enum ust_gate_source {
    UST_GATE_OWN,      /* its own unseen sessions */
    UST_GATE_TOGETHER, /* those of all personas: its own are too few for the level */
    UST_GATE_LAW,      /* chi-square: it was asked for, or nothing was held out */
};
extern const char *const ust_gate_source_names[]; /* "own", "pooled", "chi-square" */

struct ust_judge {
    const struct ust_profile_model *model;
    const struct ust_names *actions; /* of the recording at hand */
    double level;
    struct ust_judge_gate {
        enum ust_gate_source source;
        double distance2; /* beyond it: of none */
    } * gate;             /* of each persona */
    uint64_t *silent;     /* for each feature, sessions that did not say it */
    uint64_t *done;       /* events by action's number; of the recording's, 0: none is said */
    uint64_t events;
};

/* level: 0 .. 1, both excluded. Lives in the arena. */
struct ust_judge ust_judge_new(const struct ust_profile_model *model,
                               const struct ust_names *actions, enum ust_gate gate,
                               double level, struct ust_arena *arena);

/* Of the sessions that the model was made of, how many would be given to each persona and,
 * last, to none, by the same rule: what a later mix is held against. As many as each persona
 * was made of where the model does not say. */
void ust_judge_expected(const struct ust_profile_model *model, double level, double *answers);

#define UST_REASONS_MAX 3

struct ust_reason {
    uint32_t feature;
    double value;      /* of the session, as people see it */
    double low, high;  /* nine of ten sessions of the nearest persona lie between */
    double expected;   /* what the session's other features let expect; NAN: it is odd alone */
    double deviations; /* from the mean, or from what was expected, in scaled features */
};

struct ust_answer {
    uint32_t persona;   /* UST_NOISE: of none */
    uint32_t likeliest; /* the same, none or not */
    double probability; /* of `likeliest`, among the personas */
    uint32_t nearest;
    double distance; /* Mahalanobis, to `nearest` */
    double p;        /* share of the nearest persona's own sessions that lie as far */
    uint32_t reasons;
    struct ust_reason reason[UST_REASONS_MAX]; /* only where it is of none; the worst first */
};

void ust_judge_session(struct ust_judge *judge, const struct ust_session *session,
                       struct ust_answer *out);

/* Share of the events whose action the model does not know; *most (may be NULL): the number of
 * the most frequent one, 0: none. 0 where the model compares no actions. */
double ust_judge_unknown(const struct ust_judge *judge, uint16_t *most);

/* "requests 5,000, where 9 of 10 sessions of 'shopper' have 2 to 31". */
void ust_judge_words(const struct ust_judge *judge, const struct ust_answer *answer,
                     const struct ust_reason *reason, struct ust_text *out);

#endif
