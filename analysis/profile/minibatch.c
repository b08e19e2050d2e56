#include "analysis/profile/minibatch.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/cluster/stream.h"

struct ust_minibatch {
    struct ust_minibatch_options o;
    const struct ust_names *actions;
    const struct ust_usual *usual;
    struct ust_arena *arena;
    struct ust_session *first; /* until there are enough of them */
    size_t n;
    bool begun;
    enum ust_cluster_status status; /* the first that was not OK */
    struct ust_feature_plan plan;
    struct ust_scaling scaling;
    struct ust_choice_of_k choice;
    struct ust_stream *stream;
};

struct ust_minibatch *ust_minibatch_new(const struct ust_minibatch_options *options,
                                        const struct ust_names *actions)
{
    struct ust_minibatch *it = ust_malloc(sizeof *it);
    *it = (struct ust_minibatch){.o = *options, .actions = actions, .arena = ust_arena_new()};
    it->first = ust_malloc(options->first * sizeof *it->first);
    return it;
}

void ust_minibatch_free(struct ust_minibatch *it)
{
    if (it == NULL)
        return;
    ust_arena_free(it->arena);
    free(it->first);
    free(it);
}

void ust_minibatch_usual(struct ust_minibatch *it, const struct ust_usual *usual)
{
    it->usual = usual;
}

static void add_scaled(struct ust_minibatch *it, const struct ust_session *session)
{
    double raw[UST_FEATURES_MAX], shown[UST_FEATURES_MAX], x[UST_FEATURES_MAX];
    bool silent[UST_FEATURES_MAX];
    ust_features_row(&it->plan, session, it->actions, raw, shown, silent);
    ust_scaling_apply(&it->scaling, raw, 1, x);
    it->status = ust_stream_add(it->stream, x, 1);
}

/* Plan, scaling and number from the first sessions, which are then the first batches. */
static enum ust_cluster_status begin(struct ust_minibatch *it)
{
    const struct ust_session_list list = {
        .at = it->first, .n = it->n, .all = it->n, .usual = it->usual};
    struct ust_learn_options learn = it->o.learn;
    struct ust_rows rows;
    struct ust_features features;
    struct ust_points scaled;
    ust_features_plan(&list, it->actions, it->o.groups, it->arena, &it->plan);
    if (it->plan.n == 0)
        return UST_CLUSTER_OK;
    ust_features_apply(&it->plan, &list, it->actions, it->arena, &features);
    enum ust_cluster_status status =
        ust_learn_scale(&features, it->o.learn.scale, it->arena, &it->scaling, &scaled);
    uint32_t k = it->o.learn.personas;
    if (status == UST_CLUSTER_OK && k == 0) {
        ust_rows_make(&list, it->actions, it->o.groups, it->arena, &rows);
        learn.rows = &rows;
        status = ust_learn_choose(&scaled, &learn, it->arena, &it->choice, NULL);
        k = it->choice.k;
    }
    const struct ust_stream_options options = {.clusters = k,
                                               .d = it->plan.n,
                                               .first = it->n,
                                               .fading = it->o.fading,
                                               .seed = it->o.learn.seed,
                                               .threads = it->o.learn.threads};
    if (status == UST_CLUSTER_OK)
        status = ust_stream_new(&options, it->arena, &it->stream);
    if (status == UST_CLUSTER_OK)
        status = ust_stream_add(it->stream, scaled.x, scaled.n);
    return status;
}

static void begin_once(struct ust_minibatch *it)
{
    it->status = begin(it);
    it->begun = true;
    free(it->first);
    it->first = NULL;
}

void ust_minibatch_add(void *context, const struct ust_session *session)
{
    struct ust_minibatch *it = context;
    if (!it->begun) {
        it->first[it->n++] = *session;
        if (it->n == it->o.first)
            begin_once(it);
    } else if (it->status == UST_CLUSTER_OK && it->plan.n > 0) {
        add_scaled(it, session);
    }
}

enum ust_cluster_status ust_minibatch_end(struct ust_minibatch *it,
                                          const struct ust_feature_plan **plan,
                                          struct ust_learn_ready *ready)
{
    struct ust_stream_centres centres = {0};
    if (!it->begun)
        begin_once(it);
    *plan = &it->plan;
    if (it->status == UST_CLUSTER_OK && it->plan.n > 0)
        it->status = ust_stream_centres(it->stream, &centres);
    *ready = (struct ust_learn_ready){.scaling = &it->scaling,
                                      .choice = &it->choice,
                                      .clusters = centres.clusters,
                                      .centres = centres.centres};
    return it->status;
}
