#include "analysis/cluster/stream.h"

#include <math.h>
#include <string.h>

#include "analysis/cluster/kmeans.h"

/* A centre that has had less than this share of what the mean centre has had is moved to where
 * the batch fits worst. */
#define STARVED 0.01

struct ust_stream {
    struct ust_stream_options o;
    size_t room, held; /* of the buffer, in points */
    double *buffer;
    bool seeded;
    double *centres, *weights, *squares, *spreads;
    uint32_t *labels;
    double *distance2;
    uint64_t points;
};

enum ust_cluster_status ust_stream_new(const struct ust_stream_options *options,
                                       struct ust_arena *arena, struct ust_stream **out)
{
    uint32_t k = options->clusters, d = options->d;
    *out = NULL;
    if (k == 0 || d == 0 || !(options->fading >= 0.0) || !(options->fading < 1.0))
        return UST_CLUSTER_PARAMETER;
    if (k > UST_CLUSTERS_MAX || d > UST_FEATURES_MAX)
        return UST_CLUSTER_TOO_LARGE;
    struct ust_stream *s = ust_arena_alloc(arena, struct ust_stream, 1);
    s->o = *options;
    if (s->o.first == 0)
        s->o.first = (size_t)k * 50 > UST_STREAM_BATCH ? (size_t)k * 50 : UST_STREAM_BATCH;
    s->o.first = s->o.first < k ? k : s->o.first;
    s->room = s->o.first > UST_STREAM_BATCH ? s->o.first : UST_STREAM_BATCH;
    s->buffer = ust_arena_alloc(arena, double, s->room *d);
    s->labels = ust_arena_alloc(arena, uint32_t, s->room);
    s->distance2 = ust_arena_alloc(arena, double, s->room);
    s->centres = ust_arena_alloc(arena, double, (size_t)k *d);
    s->weights = ust_arena_alloc(arena, double, k);
    s->squares = ust_arena_alloc(arena, double, k);
    s->spreads = ust_arena_alloc(arena, double, k);
    *out = s;
    return UST_CLUSTER_OK;
}

/* The mean and the sum of squares of a centre and of some more points together (Chan, Golub and
 * LeVeque 1979), a point at a time. */
static void add_point(struct ust_stream *s, uint32_t label, const double *x)
{
    double *centre = s->centres + (size_t)label * s->o.d;
    double share = 1.0 / ++s->weights[label];
    for (uint32_t j = 0; j < s->o.d; j++) {
        double gap = x[j] - centre[j];
        centre[j] += gap * share;
        s->squares[label] += gap * (x[j] - centre[j]);
    }
}

static void feed_starved(struct ust_stream *s)
{
    double all = 0.0;
    for (uint32_t c = 0; c < s->o.clusters; c++)
        all += s->weights[c];
    for (uint32_t c = 0; c < s->o.clusters; c++) {
        size_t far = 0;
        if (s->weights[c] >= STARVED * all / s->o.clusters)
            continue;
        for (size_t i = 1; i < s->held; i++)
            if (s->distance2[i] > s->distance2[far])
                far = i;
        if (!(s->distance2[far] > 0.0))
            return;
        memcpy(s->centres + (size_t)c * s->o.d, s->buffer + far * s->o.d,
               s->o.d * sizeof *s->centres);
        s->distance2[far] = 0.0;
        s->weights[c] = STARVED * all / s->o.clusters;
        s->squares[c] = 0.0;
    }
}

static enum ust_cluster_status seed(struct ust_stream *s)
{
    struct ust_arena *work = ust_arena_new();
    struct ust_points points = {s->buffer, s->held, s->o.d};
    struct ust_kmeans it;
    struct ust_kmeans_options options = {
        .clusters = s->o.clusters, .starts = 5, .seed = s->o.seed, .threads = s->o.threads};
    enum ust_cluster_status status = ust_kmeans_fit(&points, &options, work, &it);
    if (status == UST_CLUSTER_OK) {
        memcpy(s->centres, it.centres, (size_t)s->o.clusters * s->o.d * sizeof *s->centres);
        for (size_t i = 0; i < s->held; i++) {
            uint32_t c = it.labels[i];
            s->weights[c] += 1.0;
            s->squares[c] +=
                ust_distance2(s->buffer + i * s->o.d, s->centres + (size_t)c * s->o.d, s->o.d);
        }
        s->seeded = true;
        s->held = 0;
    }
    ust_arena_free(work);
    return status;
}

static void work_in(struct ust_stream *s)
{
    struct ust_points points = {s->buffer, s->held, s->o.d};
    ust_kmeans_assign(&points, s->centres, s->o.clusters, s->o.threads, s->labels,
                      s->distance2);
    for (uint32_t c = 0; c < s->o.clusters; c++) {
        s->weights[c] *= 1.0 - s->o.fading;
        s->squares[c] *= 1.0 - s->o.fading;
    }
    for (size_t i = 0; i < s->held; i++)
        add_point(s, s->labels[i], s->buffer + i * s->o.d);
    feed_starved(s);
    s->held = 0;
}

enum ust_cluster_status ust_stream_add(struct ust_stream *stream, const double *x, size_t n)
{
    struct ust_stream *s = stream;
    if (n == 0)
        return UST_CLUSTER_OK;
    enum ust_cluster_status status = ust_points_check(&(struct ust_points){x, n, s->o.d}, NULL);
    if (status != UST_CLUSTER_OK)
        return status;
    s->points += n;
    while (n > 0) {
        size_t full = s->seeded ? UST_STREAM_BATCH : s->o.first;
        size_t take = full - s->held < n ? full - s->held : n;
        memcpy(s->buffer + s->held * s->o.d, x, take * s->o.d * sizeof *x);
        s->held += take;
        x += take * s->o.d;
        n -= take;
        if (s->held < full)
            break;
        if (s->seeded)
            work_in(s);
        else if (seed(s) != UST_CLUSTER_OK)
            s->held = s->held / 2; /* too many alike: half of them stay, and others come */
    }
    return UST_CLUSTER_OK;
}

enum ust_cluster_status ust_stream_centres(struct ust_stream *stream,
                                           struct ust_stream_centres *out)
{
    struct ust_stream *s = stream;
    memset(out, 0, sizeof *out);
    if (!s->seeded) {
        enum ust_cluster_status status = s->held > 0 ? seed(s) : UST_CLUSTER_TOO_FEW;
        if (status != UST_CLUSTER_OK)
            return status;
    } else if (s->held > 0) {
        work_in(s);
    }
    for (uint32_t c = 0; c < s->o.clusters; c++)
        s->spreads[c] = s->weights[c] > 0.0 ? sqrt(s->squares[c] / s->weights[c]) : 0.0;
    *out = (struct ust_stream_centres){s->o.clusters, s->o.d,     s->centres,
                                       s->weights,    s->spreads, s->points};
    return UST_CLUSTER_OK;
}
