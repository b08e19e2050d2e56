/* What the files of this folder share. */
#ifndef UST_ANALYSIS_READINESS_INTERNAL_H
#define UST_ANALYSIS_READINESS_INTERNAL_H

#include "analysis/readiness/readiness.h"
#include "sim/base/arena.h"

/* A run as readiness sees it; everything lives in `arena`. */
struct ust_readiness_run {
    struct ust_arena *arena;
    struct ust_readiness_settings settings;
    const char *region, *lost;
    uint64_t seed;
    uint32_t n;
    uint32_t *ids; /* of the replications */
    uint32_t personas;
    uint32_t *persona_ids, *persona_services;
    struct ust_readiness_objective *objectives;
    /* The current replication; its arrays are filled anew for each. */
    struct ust_readiness_trajectory course;
    struct ust_readiness_pool *pools;
    double **offered, **good, **undecided, **work, **capacity;
    double *loss_window_s;
    double moment[UST_OBJECTIVES_MET]; /* seconds after the onset; INFINITY */
};

enum ust_status ust_readiness_load(struct ust_store *store, struct ust_readiness_run *run);
enum ust_status ust_readiness_load_replication(struct ust_store *store,
                                               struct ust_readiness_run *run, uint32_t id);

/* The gate, on bounds that are already there. */
enum ust_verdict ust_readiness_decide(const struct ust_readiness_settings *settings,
                                      struct ust_readiness_bound readiness,
                                      struct ust_readiness_bound p_ready);

#endif
