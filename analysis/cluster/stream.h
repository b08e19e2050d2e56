/* k-means over a stream that is seen once: mini-batches (Sculley 2010).
 *
 * The first points are kept until there are enough to seed from; from then on each batch moves
 * every centre towards the mean of the batch's points that are nearest to it, by their number
 * against all that the centre has had. What a centre has had can fade, so that it follows a
 * stream that drifts. Beside its mean each centre keeps the spread of its points.
 *
 * Promise: what was added decides, in the order in which it was added; neither how it was cut
 * into calls nor the number of threads does. Memory: UST_STREAM_BATCH or `first` points.
 */
#ifndef UST_CLUSTER_STREAM_H
#define UST_CLUSTER_STREAM_H

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"

#define UST_STREAM_BATCH 1024

struct ust_stream_options {
    uint32_t clusters, d;
    size_t first;  /* points to seed from; 0: 1024, or 50 a cluster if that is more */
    double fading; /* share of its weight that a centre loses with each batch: 0 .. below 1 */
    uint64_t seed;
    unsigned threads;
};

struct ust_stream; /* opaque */

/* NULL options are not allowed; UST_CLUSTER_PARAMETER or UST_CLUSTER_TOO_LARGE where they are
 * out of range. The stream lives in the arena. */
enum ust_cluster_status ust_stream_new(const struct ust_stream_options *options,
                                       struct ust_arena *arena, struct ust_stream **out);

/* n points of d features. One that is not finite is refused, and nothing is added. */
enum ust_cluster_status ust_stream_add(struct ust_stream *stream, const double *x, size_t n);

struct ust_stream_centres {
    uint32_t clusters, d;
    const double *centres;
    const double *weights; /* points that each has had, as far as not faded */
    const double *spreads; /* root of the mean squared distance to the centre */
    uint64_t points;       /* added in all */
};

/* As of now; what waits in an unfinished batch is worked in first, so that asking ends a batch.
 * UST_CLUSTER_TOO_FEW: there have not been as many distinct points as clusters. Pointers are
 * good until the next call. */
enum ust_cluster_status ust_stream_centres(struct ust_stream *stream,
                                           struct ust_stream_centres *out);

#endif
