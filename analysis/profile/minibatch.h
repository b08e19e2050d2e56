/* Clusters of all sessions of a long recording, each seen once as it is over, where k-means
 * sees those that are kept.
 *
 *   first sessions ──▶ features, scaling, how many ──▶ centres, which every further session
 * moves
 *
 * The first `first` sessions decide which features there are, how they are scaled and how many
 * clusters; from then on mini-batches move the centres (cluster/stream.h). With `fading` a
 * centre follows a recording that drifts. Memory: the first sessions and one batch.
 */
#ifndef UST_PROFILE_MINIBATCH_H
#define UST_PROFILE_MINIBATCH_H

#include "analysis/profile/learn.h"

struct ust_minibatch_options {
    size_t first;  /* at least 1 */
    double fading; /* of a batch: 0 .. below 1 */
    unsigned groups;
    struct ust_learn_options learn; /* method is not looked at */
};

struct ust_minibatch; /* opaque */

/* actions: of the reader; it may grow. Free with ust_minibatch_free. */
struct ust_minibatch *ust_minibatch_new(const struct ust_minibatch_options *options,
                                        const struct ust_names *actions);
void ust_minibatch_free(struct ust_minibatch *it); /* NULL is fine */

/* What actions usually take, of the sessions that are to be added; it may grow. */
void ust_minibatch_usual(struct ust_minibatch *it, const struct ust_usual *usual);

/* For ust_session_options: context is the minibatch. */
void ust_minibatch_add(void *context, const struct ust_session *session);

/* What ust_learn takes, after the last session; good until ust_minibatch_free. plan->n is 0
 * where all sessions are alike. */
enum ust_cluster_status ust_minibatch_end(struct ust_minibatch *it,
                                          const struct ust_feature_plan **plan,
                                          struct ust_learn_ready *ready);

#endif
