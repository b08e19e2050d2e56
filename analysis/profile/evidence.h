/* What a set of personas rests on, kept with its model so that it can be looked at again: how
 * many clusters the data speak for, how well each stands apart, when its sessions begin, and a
 * sample of sessions on the plane on which they differ most.
 *
 * Samples are thinned out by rank or by index, not drawn, so the same recording leaves the same
 * evidence. In the model's file it is the object `evidence`, which may be missing.
 */
#ifndef UST_PROFILE_EVIDENCE_H
#define UST_PROFILE_EVIDENCE_H

#include <jansson.h>

#include "analysis/profile/learn.h"

#define UST_EVIDENCE_HOURS       168
#define UST_EVIDENCE_SILHOUETTES 120  /* of each persona */
#define UST_EVIDENCE_POINTS      1500 /* of the plane, about */

struct ust_evidence_persona {
    double silhouette;
    struct ust_confidence confidence;
    uint64_t week[UST_EVIDENCE_HOURS]; /* sessions by local hour of beginning, from Monday */
    uint32_t silhouettes;
    double *value; /* descending */
};

struct ust_evidence_point {
    uint32_t persona; /* UST_NOISE: of none */
    double x, y;
};

struct ust_evidence {
    const char *method;
    uint64_t sessions, events, alone; /* alone: sessions of none */
    struct ust_choice_of_k choice;    /* n is 0 where the number was given */
    double *low, *middle, *high;      /* of each feature over all sessions */
    uint32_t personas, d;
    struct ust_evidence_persona *persona;
    double share[2]; /* of the whole variance, along each axis of the plane */
    double *axes;    /* 2 * d; zero where there is one feature only */
    uint32_t points;
    struct ust_evidence_point *point;
};

/* Lives in the arena; the learned's own figures are borrowed. */
void ust_evidence_make(const struct ust_features *features,
                       const struct ust_session_list *sessions,
                       const struct ust_learned *learned, uint64_t events, const char *method,
                       struct ust_arena *arena, struct ust_evidence *out);

/* A new reference of jansson's. */
json_t *ust_evidence_json(const struct ust_evidence *evidence);
/* NULL, or what is wrong with it (the arena's). */
const char *ust_evidence_read(const json_t *root, uint32_t personas, uint32_t d,
                              struct ust_arena *arena, struct ust_evidence *out);

#endif
