/* From sessions to personas: scaled features, clusters, and how far each can be trusted.
 *
 * Features are scaled (logarithms first where they are marked), the number of clusters is
 * chosen unless it is given, a method makes them, and the largest comes first. Each has what
 * its sessions have in the middle, its confidence with all parts, and a Gaussian by which
 * further sessions can be classified.
 */
#ifndef UST_PROFILE_LEARN_H
#define UST_PROFILE_LEARN_H

#include "analysis/cluster/choose.h"
#include "analysis/cluster/confidence.h"
#include "analysis/cluster/measure.h"
#include "analysis/cluster/mixture.h"
#include "analysis/cluster/scale.h"
#include "analysis/cluster/tail.h"
#include "analysis/profile/rows.h"

enum ust_learn_method {
    UST_LEARN_KMEANS,
    UST_LEARN_MIXTURE,
    UST_LEARN_DBSCAN,
    UST_LEARN_MINIBATCH, /* centres are given; see minibatch.h */
    UST_LEARN_KINDS,     /* of rows; see cluster/kinds.h */
};
extern const char *const ust_learn_method_names[]; /* "kmeans", ..., NULL */

/* At most so many sessions are looked at to find how many kinds there are. */
#define UST_LEARN_SESSIONS_MAX 3000

/* What is known before the sessions are looked at. */
struct ust_learn_ready {
    const struct ust_scaling *scaling;
    const struct ust_choice_of_k *choice;
    uint32_t clusters;
    const double *centres; /* clusters * d, in scaled features */
};

struct ust_learn_options {
    enum ust_learn_method method;
    double radius;         /* of DBSCAN, in scaled features; 0: ust_dbscan_radius */
    uint32_t points_min;   /* of DBSCAN; 0: twice the number of features, at least 10 */
    uint32_t personas;     /* 0: chosen, 1 .. personas_max */
    uint32_t personas_max; /* 0: 10 */
    enum ust_scale_kind scale;
    uint32_t samples; /* of the stability's bootstrap; 0: 50 */
    double age;       /* of the newest session, in any unit */
    double half_life; /* in the same; 0: no decay */
    uint64_t seed;
    unsigned threads;
    const struct ust_learn_ready *ready; /* of UST_LEARN_MINIBATCH; else NULL */
    /* The same sessions as rows. Kinds are found in them and, for every method, how many; NULL:
     * the figures of features decide. */
    const struct ust_rows *rows;
};

struct ust_persona_found {
    uint64_t sessions;
    double share;
    double *middle;     /* of each feature before scaling: its median; of shares their mean */
    double *low, *high; /* nine of ten sessions lie between: 5 % and 95 % of each feature */
    double silhouette;
    double sure; /* of kinds: mean probability that a session of it is its; else NAN */
    struct ust_confidence confidence;
};

struct ust_learned {
    struct ust_scaling scaling;
    struct ust_choice_of_k choice; /* n is 0 where the number was given */
    uint32_t n;
    struct ust_persona_found *persona;
    uint32_t *labels;                 /* of each session; UST_NOISE: of none */
    uint64_t alone;                   /* sessions of none */
    double radius;                    /* that DBSCAN used */
    uint32_t components;              /* of the kinds that were found; 0: another method */
    double sse;                       /* of scaled features */
    struct ust_points scaled;         /* the features as they were compared */
    struct ust_silhouette silhouette; /* of a sample; nothing where n is 1 */
    struct ust_mixture model;         /* in scaled features; shrunk covariances */
    bool has_model;                   /* not where features hang together exactly */
    double temperature;               /* of the model's posteriors: temper.h */
    struct ust_tail *tail; /* n + 1, where it has a model: distances of unseen sessions */
};

/* Parts of it, for whoever has to begin with the first sessions. `scaled` lives in the arena.
 */
enum ust_cluster_status ust_learn_scale(const struct ust_features *features,
                                        enum ust_scale_kind scale, struct ust_arena *arena,
                                        struct ust_scaling *scaling, struct ust_points *scaled);
/* `kinds` gets the kinds that were found on the way; NULL: not wanted. */
enum ust_cluster_status ust_learn_choose(const struct ust_points *scaled,
                                         const struct ust_learn_options *options,
                                         struct ust_arena *arena, struct ust_choice_of_k *out,
                                         struct ust_kinds *kinds);

enum ust_cluster_status ust_learn(const struct ust_features *features,
                                  const struct ust_learn_options *options,
                                  struct ust_arena *arena, struct ust_learned *out);

#endif
