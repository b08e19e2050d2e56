/* A search for kinds (kinds.h) under way: what its steps share. */
#ifndef UST_CLUSTER_FINDING_H
#define UST_CLUSTER_FINDING_H

#include "analysis/cluster/blend.h"

#define UST_KINDS_ITERATIONS 300

struct ust_finding {
    const struct ust_points *rows;
    const struct ust_kinds_layout *layout;
    struct ust_kinds_options o;
    struct ust_arena *work;
    double *centre, *spread;      /* of each measure */
    double *usual;                /* of each action, its share */
    struct ust_points sample;     /* rows that are looked at */
    struct ust_blend_rows known;  /* the same */
    struct ust_points placed;     /* the same, where distances mean something */
    struct ust_blend *fit;        /* a lot's fits: numbers of components * starts */
    struct ust_arena **own;       /* the arena of each */
    enum ust_cluster_status *how; /* what became of it */
    uint32_t least;               /* components of the lot's first */
};

/* Replaces `best`, which lives in the arena `its`, and that arena, by a better mixture nearby;
 * of `out`, figures of BIC become less. Needs what was tried. */
void ust_kinds_refine(struct ust_finding *f, struct ust_kinds *out, struct ust_blend *best,
                      struct ust_arena **its);

#endif
