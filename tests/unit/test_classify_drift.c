/* Does the mix move? Like is held against like: what the same rule says of the sessions that
 * the personas were learned from. */
#include "tests/unit/cluster.h"

#include "analysis/classify/judge.h"
#include "analysis/classify/mix.h"
#include "analysis/classify/strangers.h"
#include "analysis/profile/learn.h"
#include "sim/base/time.h"

struct trial {
    struct ust_arena *arena;
    struct ust_names actions;
    struct ust_feature_plan plan;
    struct ust_learned learned;
    struct ust_profile_model model;
    struct ust_rng rng;
    uint64_t user;
};

/* parts: of the three kinds of users, adding up to 12. */
static struct ust_sessions *make_sessions(struct trial *t, size_t n, const int *parts)
{
    const struct ust_session_options how = {.gap = 30 * UST_MINUTE};
    struct ust_sessions *sessions = ust_sessions_new(&how);
    for (size_t i = 0; i < n; i++) {
        int at = (int)(i % 12), kind = at < parts[0] ? 0 : at < parts[0] + parts[1] ? 1 : 2;
        ust_stranger_session(&ust_stranger_kinds[kind], t->user++, &t->rng, sessions);
    }
    return sessions;
}

static void learn(struct trial *t, const struct ust_session_list *list,
                  struct ust_learn_options how)
{
    struct ust_features features;
    struct ust_rows rows;
    how.scale = UST_SCALE_ROBUST;
    how.samples = 5;
    how.rows = &rows;
    ust_features_plan(list, &t->actions, 0, t->arena, &t->plan);
    ust_features_apply(&t->plan, list, &t->actions, t->arena, &features);
    ust_rows_make(list, &t->actions, 0, t->arena, &rows);
    assert_int_equal(ust_learn(&features, &how, t->arena, &t->learned), UST_CLUSTER_OK);
    assert_true(t->learned.has_model);
    uint32_t k = t->learned.n;
    t->model = (struct ust_profile_model){.gap = 30 * UST_MINUTE,
                                          .plan = t->plan,
                                          .scaling = t->learned.scaling,
                                          .mixture = t->learned.model,
                                          .tail = t->learned.tail};
    t->model.low = t->model.middle = t->model.high =
        ust_arena_alloc(t->arena, const double *, k);
    t->model.sessions = ust_arena_alloc(t->arena, uint64_t, k);
    for (uint32_t p = 0; p < k; p++)
        t->model.sessions[p] = t->learned.persona[p].sessions;
}

static struct ust_mix_window mix_of(struct trial *t, const struct ust_session_list *list,
                                    const double *learned)
{
    uint32_t k = t->learned.n;
    struct ust_judge judge =
        ust_judge_new(&t->model, &t->actions, UST_GATE_HELD_OUT, 0.99, t->arena);
    const struct ust_mix_options how = {.learned = learned,
                                        .moved = 0.1,
                                        .shifted = 0.25,
                                        .significance = 0.01,
                                        .confidence = 0.95,
                                        .sessions_least = 50};
    struct ust_mix *mix = ust_mix_new(k + 1, 0);
    struct ust_mix_result out;
    for (size_t i = 0; i < list->n; i++) {
        struct ust_answer answer;
        ust_judge_session(&judge, &list->at[i], &answer);
        ust_mix_add(mix, list->at[i].first, answer.persona == UST_NOISE ? k : answer.persona);
    }
    ust_mix_end(mix, &how, t->arena, &out);
    ust_mix_free(mix);
    return out.all;
}

struct outcome {
    int alarms_own, alarms_new, found; /* p below 1 %: own sessions, new ones, a moved mix */
    int moved_own, shifted;            /* as it is said */
    double chi2, chi2_counts; /* own sessions, also against what the groups were made of */
};

static struct outcome try_many(uint64_t seeds, size_t n, struct ust_learn_options how)
{
    static const int as_learned[] = {6, 4, 2}, other[] = {3, 4, 5};
    struct outcome out = {0};
    for (uint64_t seed = 0; seed < seeds; seed++) {
        struct trial t = {.arena = ust_arena_new()};
        double expected[16], counts[16] = {0.0};
        t.rng = ust_rng_derive(seed, 0, "test/drift");
        t.actions = ust_names_new(t.arena, UST_PROFILE_ACTIONS_MAX);
        ust_names_number(&t.actions, "browse");
        ust_names_number(&t.actions, "search");
        ust_names_number(&t.actions, "buy");
        struct ust_sessions *own = make_sessions(&t, n, as_learned);
        struct ust_session_list list = ust_sessions_end(own);
        how.seed = seed;
        learn(&t, &list, how);
        ust_judge_expected(&t.model, 0.99, expected);
        for (uint32_t p = 0; p < t.learned.n; p++) {
            counts[p] = 0.99 * (double)t.model.sessions[p];
            counts[t.learned.n] += 0.01 * (double)t.model.sessions[p];
        }
        struct ust_mix_window it = mix_of(&t, &list, expected);
        out.alarms_own += it.p < 0.01;
        out.moved_own += it.state != UST_MIX_STEADY;
        out.chi2 += it.chi2;
        out.chi2_counts += mix_of(&t, &list, counts).chi2;
        ust_sessions_free(own);
        struct ust_sessions *new = make_sessions(&t, 600, as_learned);
        list = ust_sessions_end(new);
        out.alarms_new += mix_of(&t, &list, expected).p < 0.01;
        ust_sessions_free(new);
        new = make_sessions(&t, 300, other);
        list = ust_sessions_end(new);
        it = mix_of(&t, &list, expected);
        out.found += it.p < 0.01;
        out.shifted += it.state == UST_MIX_SHIFTED;
        ust_sessions_free(new);
        ust_arena_free(t.arena);
    }
    printf("own %d, moved %d, chi-square %.1f (by counts %.1f); new %d; found %d, shifted %d\n",
           out.alarms_own, out.moved_own, out.chi2, out.chi2_counts, out.alarms_new, out.found,
           out.shifted);
    return out;
}

/* k-means draws borders where Gaussians do not: 6 groups of 3 kinds overlap. */
static void groups_that_overlap_do_not_drift_from_themselves(void **state)
{
    (void)state;
    struct outcome it = try_many(
        10, 1200, (struct ust_learn_options){.method = UST_LEARN_KMEANS, .personas = 6});
    assert_int_equal(it.moved_own, 0);
    assert_int_equal(it.alarms_own, 0); /* the same sessions, beyond chance: never */
    assert_true(it.alarms_new <= 2);    /* 1 %: three of 10 have a chance of 1 in 10,000 */
    assert_true(it.found == 10);
    /* Sizes of the groups are another mix, if the classifier draws other borders. */
    assert_true(it.chi2_counts > 3.0 * it.chi2);
}

static void kinds_do_not_drift_from_themselves_and_a_moved_mix_is_found(void **state)
{
    (void)state;
    struct outcome it = try_many(4, 600, (struct ust_learn_options){.method = UST_LEARN_KINDS});
    assert_int_equal(it.moved_own, 0);
    assert_int_equal(it.alarms_own, 0);
    assert_true(it.alarms_new <= 2);
    assert_true(it.found == 4 && it.shifted == 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(groups_that_overlap_do_not_drift_from_themselves),
        cmocka_unit_test(kinds_do_not_drift_from_themselves_and_a_moved_mix_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
