/* Readiness: will the standby carry the users when the primary is lost now?
 *
 * Left to right, each step a pure function of the one before:
 *
 *   database ──load──▶ trajectory ──measure──▶ kpi ──score──▶ R_p,i ──judge──▶ verdict
 *               one replication: offered,   per persona     0..1      over all replications
 *               good, demand, capacity                                of one run or several
 *
 * The score is a weighted geometric mean of six components, so a fatal gap cannot be bought off
 * with a surplus elsewhere, and it never leaves 0..100. The gate P(ready) counts replications
 * that met every objective. docs/readiness.md has the formulas and what each symbol means.
 */
#ifndef UST_ANALYSIS_READINESS_H
#define UST_ANALYSIS_READINESS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/base/text.h"
#include "sim/store/store.h"

/* Weights and thresholds, one member for each line of models/metric/readiness.def. */
struct ust_readiness_settings {
#define UST_READINESS(id, key, value, text, low, high, kind, help) double id;
#include "models/metric/readiness.def"
#undef UST_READINESS
};
struct ust_readiness_settings ust_readiness_defaults(void);
/* Sets one by its name in table `setting`; false: there is none of this name. */
bool ust_readiness_setting(struct ust_readiness_settings *settings, const char *name,
                           double value);
/* The weights of the components, scaled to add up to 1. */
void ust_readiness_weights(const struct ust_readiness_settings *settings, double weight[]);

/* ---- the score of one persona in one replication ---- */

enum ust_component {
    UST_SLO,  /* error budget */
    UST_RTO,  /* time to recover */
    UST_CAP,  /* capacity that was missing before the RTO */
    UST_HEAD, /* headroom at the end */
    UST_RPO,  /* loss window of data */
    UST_STAB, /* no metastable failure */
    UST_COMPONENTS
};
extern const char *const ust_component_names[UST_COMPONENTS]; /* "slo", "rto", ... */

struct ust_readiness_objective {
    const char *persona;
    double weight;     /* as given; judging scales all to add up to 1 */
    double attainment; /* alpha */
    double rto_s, rpo_s;
    double requests_30d; /* 0: unknown, a constant rate is taken */
};

struct ust_readiness_kpi {
    double offered, good;
    double attainment;    /* A */
    double budget_burn;   /* u; INFINITY where the objective is 100 % and was missed */
    double recovery_s;    /* T; INFINITY: not within the horizon */
    double shortfall;     /* c */
    double headroom;      /* h; INFINITY: no demand */
    double static_share;  /* phi */
    double loss_window_s; /* L */
    bool metastable;      /* m */
    /* false: no fault, or one that ends too late for m to be told, which is 0 then */
    bool stability_known;
};

struct ust_readiness_score {
    double component[UST_COMPONENTS]; /* s1..s6, each 0..1 */
    double score;                     /* R_p, 0..1 */
    bool ready;
};

double ust_readiness_burn(const struct ust_readiness_settings *settings,
                          const struct ust_readiness_objective *objective, double attainment,
                          double offered, double horizon_s);
struct ust_readiness_score ust_readiness_score(const struct ust_readiness_settings *settings,
                                               const struct ust_readiness_objective *objective,
                                               const struct ust_readiness_kpi *kpi);

/* What part of a score's loss each component bears: shares of the logarithm, which add up to 1
 * (all 0 when nothing is lost). Components at 0 share everything. */
void ust_readiness_shares(const struct ust_readiness_settings *settings,
                          const struct ust_readiness_score *score,
                          double share[UST_COMPONENTS]);

/* ---- one replication's course ---- */

/* A pool of capacity that demand cannot leave: one service in one region. */
struct ust_readiness_pool {
    uint32_t region, service;
    bool under_test;    /* judged; else it only counts for stability */
    bool shifts;        /* its demand comes to the pools under test when the fault strikes */
    const double *work; /* cpu-s offered, per interval */
    const double *capacity; /* CPU seconds a second that can be served, per interval */
};

struct ust_readiness_trajectory {
    double interval_s;
    uint32_t intervals;
    bool fault;        /* else the whole run is judged */
    double onset_s;    /* earliest start of a fault */
    double all_over_s; /* latest end of a fault */
    uint32_t personas, pools;
    /* per persona and interval of the first send */
    const double *const *offered, *const *good;
    const double *const *undecided; /* in flight at the end, and not yet too late; or NULL */
    const struct ust_readiness_pool *pool;
    const double *loss_window_s; /* per persona */
};

/* Fills kpi[personas]. */
void ust_readiness_measure(const struct ust_readiness_settings *settings,
                           const struct ust_readiness_objective *objectives,
                           const struct ust_readiness_trajectory *trajectory,
                           struct ust_readiness_kpi *kpi);

/* Seconds from the onset until capacity covers demand in every pool under test for the rest of
 * the horizon; INFINITY: not within it. */
double ust_readiness_caught_up(const struct ust_readiness_settings *settings,
                               const struct ust_readiness_trajectory *trajectory);

/* How long the run is judged: to the horizon or its end. */
double ust_readiness_horizon(const struct ust_readiness_settings *settings,
                             const struct ust_readiness_trajectory *trajectory);

/* ---- the verdict ---- */

enum ust_verdict { UST_NOT_READY, UST_UNDECIDED, UST_READY };
const char *ust_verdict_name(enum ust_verdict verdict); /* "NOT READY" */

struct ust_readiness_bound {
    double value, low, high; /* NAN where too few replications say nothing */
};

/* What a component cost a persona, in the replications where it cost anything. */
struct ust_readiness_cost {
    uint32_t n;    /* replications */
    double median; /* there, of what it judges: burn, T, c, h, L; of STAB nothing */
};

/* What a persona lost, over all replications. */
struct ust_readiness_persona {
    uint32_t id;                              /* of table persona */
    struct ust_readiness_objective objective; /* weight scaled */
    double score, worst;                      /* mean and least of 100 R_p,i */
    double component[UST_COMPONENTS];         /* means */
    double points;                            /* lost of the 100, weight counted */
    double share[UST_COMPONENTS];             /* of `points` */
    double offered, attainment, budget_burn;  /* means; attainment of the sums */
    double recovery_s;                        /* median; INFINITY */
    double shortfall, headroom, static_share, loss_window_s; /* medians */
    uint32_t metastable, ready;                              /* replications */
    struct ust_readiness_cost cost[UST_COMPONENTS];
    double missed_attainment;      /* of the replications that never met the objective again */
    uint32_t gate[UST_COMPONENTS]; /* replications in which this kept P(ready) away */
};

enum ust_moment {
    UST_DETECTED,
    UST_MOVED_50,
    UST_MOVED_90,
    UST_MOVED_99,
    UST_CAUGHT_UP,
    UST_OBJECTIVES_MET,
    UST_MOMENTS
};
extern const char *const ust_moment_names[UST_MOMENTS];  /* names of timeline events */
extern const char *const ust_moment_titles[UST_MOMENTS]; /* "50 % moved" */
/* In place of a time of 0: "never fell short" of capacity; NULL: 0 is a time like others. */
extern const char *const ust_moment_none[UST_MOMENTS];

/* Seconds after the onset, over replications; one where it did not happen counts as INFINITY.
 */
struct ust_readiness_moment {
    bool known;               /* the run has such a moment at all */
    double median, low, high; /* order-statistic interval */
    uint32_t n;               /* replications where it happened */
    uint32_t none;            /* of them, where there was nothing to wait for: after 0 s */
};

/* How the run was asked for. */
struct ust_readiness_origin {
    const char *path, *database; /* of the scenario, of the results: as typed */
    const char *scenario;        /* the stored text */
    const char *overrides;       /* joined by newlines */
    uint64_t seed;
};

struct ust_readiness_result {
    struct ust_arena *arena; /* all below lives in it */
    struct ust_readiness_origin origin;
    struct ust_readiness_settings settings;
    const char *region, *lost; /* "us-west-2", "the loss of us-east-1" */
    bool fault;
    double onset_s, horizon_s;
    uint32_t n; /* replications */
    enum ust_verdict verdict;
    struct ust_readiness_bound readiness, p_ready;
    const char *method; /* of the interval: "t", "t+BCa" */
    double percentile5;
    const double *scores; /* 100 R_i, n of them */
    const bool *ready;
    const uint32_t *ids;                     /* of the replications, ascending */
    const struct ust_readiness_kpi *kpi;     /* n x personas_n */
    const struct ust_readiness_score *score; /* n x personas_n */
    bool zero;                               /* a persona scored 0 in some replication */
    uint64_t seed;
    uint32_t personas_n, weakest;
    const struct ust_readiness_persona *personas;
    struct ust_readiness_moment moments[UST_MOMENTS];
};

/* Judges what is stored, with the settings stored there or with `use`. Nothing is written. */
enum ust_status ust_readiness_compute(struct ust_store *store,
                                      const struct ust_readiness_settings *use,
                                      struct ust_readiness_result *out);
/* The same, and rewrites tables `readiness` and `verdict` in one transaction. */
enum ust_status ust_readiness_judge(struct ust_store *store, struct ust_readiness_result *out);
void ust_readiness_free(struct ust_readiness_result *result);

/* What would decide an undecided verdict, as far as the replications tell: how many of them
 * there have to be for both intervals to leave their thresholds behind, if means and shares
 * stay. */
struct ust_readiness_wanted {
    uint32_t replications; /* 0: it is decided, or never will be */
    bool never;            /* no number decides */
    bool far;              /* too near to the threshold: the number only halves the interval */
    bool by_share, by_score; /* P(ready), readiness ask for it */
};
struct ust_readiness_wanted ust_readiness_wanted(const struct ust_readiness_settings *settings,
                                                 uint32_t n,
                                                 struct ust_readiness_bound readiness,
                                                 struct ust_readiness_bound p_ready);
/* The same as a sentence, and the command that goes on to so many replications. */
void ust_readiness_undecided(const struct ust_readiness_settings *settings, uint32_t n,
                             struct ust_readiness_bound readiness,
                             struct ust_readiness_bound p_ready, struct ust_text *out);
/* " --set a=1 --set b=2", as they were typed. */
void ust_readiness_sets(const struct ust_readiness_origin *origin, struct ust_text *out);
void ust_readiness_command(const struct ust_readiness_origin *origin, uint32_t replications,
                           struct ust_text *out);

/* Several runs (failure modes, start times), weighted. */
struct ust_readiness_whole {
    enum ust_verdict verdict;
    struct ust_readiness_bound readiness, p_ready;
    const char *method;
    double percentile5; /* of R_i, each run counting by its weight */
    uint32_t n, worst;  /* index of the run with the least readiness */
};
void ust_readiness_combine(const struct ust_readiness_result *results, const double *weights,
                           uint32_t n, struct ust_readiness_whole *out);

/* How many times as long each of them has to be for the whole to be decided, if shares and
 * means stay; 0: nothing within reach decides. */
double ust_readiness_factor(const struct ust_readiness_result *results, const double *weights,
                            uint32_t n, const struct ust_readiness_whole *whole);

/* For --json: a new reference of jansson's. */
struct json_t;
struct json_t *ust_readiness_json(const struct ust_readiness_result *result);
struct json_t *ust_readiness_bound_json(const struct ust_readiness_bound *bound);

/* ---- text for people ---- */

/* "NOT READY   us-west-2 for the loss of us-east-1   readiness 71.4 (68.9 – 73.8)   P(ready)
 * 0.10 (0.03 – 0.30)" */
void ust_readiness_line(const struct ust_readiness_result *result, struct ust_text *out);
/* "why: evening-shopper loses 41.2 points: RTO 11m05s against 5m (58 %), ..."; nothing when
 * nothing is lost. `personas` of them at most, the largest loss first; after each, what else
 * bars the gate: "gate: partner-api misses its RTO in 3 of 20 replications". */
void ust_readiness_why(const struct ust_readiness_result *result, uint32_t personas,
                       const char *indent, struct ust_text *out);
/* "undecided: all 20 replications were ready, ..." and the command that would decide, without
 * ends of lines; both stay empty where the verdict is another. */
void ust_readiness_next(const struct ust_readiness_result *result, struct ust_text *sentence,
                        struct ust_text *command);
/* The waterfall: a line for each known moment, "    detected            +26 s   ▏██". */
void ust_readiness_waterfall(const struct ust_readiness_result *result, unsigned columns,
                             const char *indent, struct ust_text *out);

#endif
