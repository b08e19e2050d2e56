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
    struct ust_readiness_origin origin;
    uint64_t seed;
    uint32_t n;
    uint32_t *ids; /* of the replications */
    uint32_t personas;
    uint32_t *persona_ids, *persona_services;
    struct ust_readiness_objective *objectives;
    double planned_onset_s, planned_over_s; /* of the faults, before any draw */
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

/* What is judged, in intervals of the series. */
struct ust_readiness_span {
    uint32_t first, end; /* onset, end of the horizon */
    uint32_t last;       /* end of the series */
    uint32_t bucket;     /* intervals of a bucket */
    double interval_s;
};
struct ust_readiness_span ust_readiness_span_of(const struct ust_readiness_settings *settings,
                                                const struct ust_readiness_trajectory *t);
/* Of [from, to); what is undefined counts as 0. */
double ust_readiness_sum(const double *values, uint32_t from, uint32_t to);

/* capacity.c. Share of the first seconds' work that found no capacity; what the tightest pool
 * has left; static share; whether every pool of every region has enough in all of [from, to).
 */
double ust_readiness_shortfall(const struct ust_readiness_settings *settings,
                               const struct ust_readiness_trajectory *t,
                               const struct ust_readiness_span *span, double seconds);
double ust_readiness_headroom(const struct ust_readiness_settings *settings,
                              const struct ust_readiness_trajectory *t,
                              const struct ust_readiness_span *span);
double ust_readiness_static_share(const struct ust_readiness_settings *settings,
                                  const struct ust_readiness_trajectory *t,
                                  const struct ust_readiness_span *span);
bool ust_readiness_covered(const struct ust_readiness_settings *settings,
                           const struct ust_readiness_trajectory *t,
                           const struct ust_readiness_span *span, uint32_t from, uint32_t to);

/* noise.c: variance over mean of an interval's work by chance alone; 0: it does not scatter. */
double ust_readiness_dispersion(const double *work, uint32_t n);
/* Standard errors that chance exceeds in `looks` looks together as rarely as settings->slack in
 * one; 0 where the slack is. */
double ust_readiness_slack(const struct ust_readiness_settings *settings, double looks);

/* The gate, on bounds that are already there. */
enum ust_verdict ust_readiness_decide(const struct ust_readiness_settings *settings,
                                      struct ust_readiness_bound readiness,
                                      struct ust_readiness_bound p_ready);

#endif
