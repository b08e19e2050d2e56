/* Personas of sessions whose makers are known. */
#include "tests/unit/cluster.h"

#include "analysis/cluster/classify.h"
#include "analysis/cluster/measure.h"
#include "analysis/profile/learn.h"
#include "analysis/profile/model.h"
#include "sim/base/text.h"
#include "sim/base/time.h"

/* What three kinds of users do: requests of a session, pause, bytes, share of action 1. */
static const struct kind {
    double requests, think_s, bytes, first;
    int sessions;
} kinds[] = {
    {20, 8, 40000, 0.9, 900},
    {4, 60, 3000, 0.5, 500},
    {60, 0.5, 800, 0.05, 200},
};

struct traffic {
    struct ust_arena *arena;
    struct ust_sessions *sessions;
    struct ust_session_list list;
    struct ust_names actions;
    struct ust_feature_plan plan;
    struct ust_features features;
    uint32_t *known; /* of each session as listed */
};

static void make_session(struct traffic *t, struct ust_rng *rng, uint64_t user,
                         const struct kind *kind)
{
    double at = ust_rng_unit(rng) * 86400 * 7;
    int n = 1 + (int)(kind->requests * exp(0.4 * ust_normal(rng)));
    for (int i = 0; i < n; i++) {
        struct ust_event event = {.user = user, .at = (int64_t)(at * 1e9), .zone_min = 0};
        for (int q = 0; q < UST_QUANTITIES; q++)
            event.quantity[q] = (double)NAN;
        event.quantity[UST_QUANTITY_BYTES] = kind->bytes * exp(0.8 * ust_normal(rng));
        event.action = ust_rng_unit(rng) < kind->first ? 1 : 2;
        ust_sessions_add(t->sessions, &event);
        at += kind->think_s * ust_exponential(rng);
    }
}

static void make_traffic(struct traffic *out)
{
    struct traffic t = {.arena = ust_arena_new()};
    struct ust_session_options options = {.gap = 30 * UST_MINUTE};
    struct ust_rng rng = ust_rng_derive(1, 0, "test/traffic");
    t.sessions = ust_sessions_new(&options);
    t.actions = ust_names_new(t.arena, UST_PROFILE_ACTIONS_MAX);
    ust_names_number(&t.actions, "browse");
    ust_names_number(&t.actions, "fetch");
    uint64_t user = 0;
    for (uint32_t k = 0; k < 3; k++)
        for (int i = 0; i < kinds[k].sessions; i++)
            make_session(&t, &rng, user++ * 3 + k, &kinds[k]);
    t.list = ust_sessions_end(t.sessions);
    t.known = ust_arena_alloc(t.arena, uint32_t, t.list.n);
    for (size_t i = 0; i < t.list.n; i++)
        t.known[i] = (uint32_t)(t.list.at[i].user % 3);
    *out = t;
    ust_features_plan(&out->list, &out->actions, 0, out->arena, &out->plan);
    ust_features_apply(&out->plan, &out->list, &out->actions, out->arena, &out->features);
}

static void free_traffic(struct traffic *t)
{
    ust_sessions_free(t->sessions);
    ust_arena_free(t->arena);
}

static struct ust_learned learn(const struct traffic *t, struct ust_learn_options options)
{
    struct ust_learned out;
    options.scale = UST_SCALE_ROBUST;
    options.samples = 20;
    assert_int_equal(ust_learn(&t->features, &options, t->arena, &out), UST_CLUSTER_OK);
    return out;
}

static void three_kinds_of_users_are_three_personas(void **state)
{
    (void)state;
    struct traffic t;
    make_traffic(&t);
    struct ust_learned it = learn(&t, (struct ust_learn_options){.personas_max = 6});
    assert_int_equal(it.n, 3);
    assert_true(ust_adjusted_rand(it.labels, t.known, t.list.n) >= 0.95);
    /* The largest first; each near what was put in: requests, think, bytes, shares. */
    for (int p = 0; p < 3; p++) {
        const double *middle = it.persona[p].middle;
        CHECK_NEAR((double)it.persona[p].sessions / kinds[p].sessions, 1.0, 0.03);
        CHECK_NEAR(middle[0] / (kinds[p].requests + 0.5), 1.0, 0.12);
        CHECK_NEAR(middle[2] / (kinds[p].bytes * exp(0.32)), 1.0, 0.1);
        CHECK_NEAR(middle[3], kinds[p].first, 0.02);
        CHECK_NEAR(middle[4], 1 - kinds[p].first, 0.02);
        assert_true(it.persona[p].confidence.stability > 0.9);
        assert_true(it.persona[p].confidence.value > 0.4);
        assert_true(it.persona[p].confidence.value < it.persona[p].confidence.size);
    }
    free_traffic(&t);
}

static void a_given_number_is_not_questioned(void **state)
{
    (void)state;
    struct traffic t;
    make_traffic(&t);
    struct ust_learned it = learn(&t, (struct ust_learn_options){.personas = 2});
    assert_int_equal(it.n, 2);
    assert_int_equal(it.choice.n, 0);
    assert_true(it.persona[0].sessions >= it.persona[1].sessions);
    it = learn(&t, (struct ust_learn_options){.personas = 1});
    assert_true(it.persona[0].confidence.stability == 1.0);
    assert_true(it.persona[0].confidence.separation == 1.0);
    free_traffic(&t);
}

static void old_personas_are_trusted_less(void **state)
{
    (void)state;
    struct traffic t;
    make_traffic(&t);
    struct ust_learned now = learn(&t, (struct ust_learn_options){.personas = 3});
    struct ust_learned later =
        learn(&t, (struct ust_learn_options){.personas = 3, .age = 20, .half_life = 10});
    for (int p = 0; p < 3; p++)
        CHECK_NEAR(later.persona[p].confidence.value / now.persona[p].confidence.value, 0.25,
                   1e-12);
    free_traffic(&t);
}

static void the_model_knows_its_own_and_rejects_a_scraper(void **state)
{
    (void)state;
    struct traffic t;
    make_traffic(&t);
    struct ust_learned it = learn(&t, (struct ust_learn_options){.personas = 3});
    assert_true(it.has_model);
    size_t right = 0, strangers = 0;
    double x[8];
    for (size_t i = 0; i < t.list.n; i++) {
        ust_scaling_apply(&it.scaling, ust_point(&t.features.points, i), 1, x);
        struct ust_class class = ust_classify(&it.model, x, 0.999, NULL);
        right += class.likeliest == it.labels[i];
        strangers += class.cluster == UST_NOISE;
    }
    assert_true(right > 0.98 * (double)t.list.n);
    assert_true(strangers < 0.05 * (double)t.list.n);
    /* 5,000 requests at ten a second, large, all of one action. */
    const double scraper[] = {5000, 0.1, 60000, 1.0, 0.0};
    ust_scaling_apply(&it.scaling, scraper, 1, x);
    assert_int_equal(ust_classify(&it.model, x, 0.999, NULL).cluster, UST_NOISE);
    free_traffic(&t);
}

static void the_same_seed_learns_the_same_on_any_number_of_threads(void **state)
{
    (void)state;
    struct traffic t;
    make_traffic(&t);
    struct ust_learned one = learn(&t, (struct ust_learn_options){.personas_max = 4});
    struct ust_learned two =
        learn(&t, (struct ust_learn_options){.personas_max = 4, .threads = 3});
    assert_int_equal(one.n, two.n);
    assert_memory_equal(one.labels, two.labels, t.list.n * sizeof *one.labels);
    for (uint32_t p = 0; p < one.n; p++)
        assert_memory_equal(&one.persona[p].confidence, &two.persona[p].confidence,
                            sizeof one.persona[p].confidence);
    for (uint32_t i = 0; i < one.choice.n; i++)
        assert_true(one.choice.at[i].bic == two.choice.at[i].bic);
    free_traffic(&t);
}

/* ---- kept in a file ---- */

static struct ust_profile_model model_of(const struct traffic *t, const struct ust_learned *it)
{
    struct ust_profile_model model = {
        .gap = 30 * UST_MINUTE, .plan = t->plan, .scaling = it->scaling, .mixture = it->model};
    model.personas = ust_arena_alloc(t->arena, const char *, it->n);
    model.sessions = ust_arena_alloc(t->arena, uint64_t, it->n);
    model.confidence = ust_arena_alloc(t->arena, double, it->n);
    model.low = ust_arena_alloc(t->arena, const double *, it->n);
    model.middle = ust_arena_alloc(t->arena, const double *, it->n);
    model.high = ust_arena_alloc(t->arena, const double *, it->n);
    model.tail = it->tail;
    model.first = 1000;
    model.last = 2000;
    model.half_life_s = 86400;
    for (uint32_t p = 0; p < it->n; p++) {
        model.personas[p] = p == 0 ? "first" : "further";
        model.sessions[p] = it->persona[p].sessions;
        model.confidence[p] = it->persona[p].confidence.value;
        model.low[p] = it->persona[p].low;
        model.middle[p] = it->persona[p].middle;
        model.high[p] = it->persona[p].high;
    }
    return model;
}

static void a_model_that_was_written_and_read_is_the_same(void **state)
{
    (void)state;
    struct traffic t;
    make_traffic(&t);
    struct ust_learned it = learn(&t, (struct ust_learn_options){.personas = 3});
    struct ust_profile_model model = model_of(&t, &it), again;
    json_t *json = ust_profile_model_json(&model);
    char *text = json_dumps(json, JSON_REAL_PRECISION(17));
    json_t *back = json_loads(text, 0, NULL);
    assert_null(ust_profile_model_read(back, t.arena, &again));
    assert_true(again.gap == model.gap);
    assert_int_equal(again.plan.n, 5);
    assert_string_equal(again.plan.column[3].name, "browse");
    assert_string_equal(again.personas[1], "further");
    assert_int_equal(again.sessions[2], model.sessions[2]);
    assert_true(again.first == 1000 && again.last == 2000 && again.half_life_s == 86400);
    assert_memory_equal(again.low[1], model.low[1], t.plan.n * sizeof(double));
    assert_memory_equal(again.high[2], model.high[2], t.plan.n * sizeof(double));
    for (uint32_t c = 0; c <= it.n; c++) {
        assert_true(again.tail[c].n == model.tail[c].n && model.tail[c].n > 100);
        assert_true(ust_tail_gate(&again.tail[c], 0.9) == ust_tail_gate(&model.tail[c], 0.9));
    }
    struct ust_features features;
    double x[5], y[5];
    ust_features_apply(&again.plan, &t.list, &t.actions, t.arena, &features);
    for (size_t i = 0; i < t.list.n; i += 17) {
        ust_scaling_apply(&it.scaling, ust_point(&t.features.points, i), 1, x);
        ust_scaling_apply(&again.scaling, ust_point(&features.points, i), 1, y);
        assert_memory_equal(x, y, sizeof x);
        struct ust_class a = ust_classify(&model.mixture, x, 0.999, NULL);
        struct ust_class b = ust_classify(&again.mixture, y, 0.999, NULL);
        assert_true(a.cluster == b.cluster);
        assert_true(a.distance2 == b.distance2);
        assert_true(a.posterior == b.posterior);
    }
    free(text);
    json_decref(json);
    json_decref(back);
    free_traffic(&t);
}

/* Each change of a good model makes one that is refused, with this reason. */
static void broken_models_are_refused_with_a_reason(void **state)
{
    (void)state;
    struct traffic t;
    make_traffic(&t);
    struct ust_learned it = learn(&t, (struct ust_learn_options){.personas = 2});
    struct ust_profile_model model = model_of(&t, &it), out;
    const struct {
        const char *from, *to, *reason;
    } breaks[] = {
        {"\"understudy_model\": 1", "\"understudy_model\": 2",
         "it is no model of this version"},
        {"\"distance2_and_beyond\": [", "\"distance2_and_beyond\": [[1e9, 1], ",
         "'held_out' is not in order"},
        {"\"low\": [", "\"low\": [1, ", "'low' has not"},
        {"\"gap_s\": 1800.0", "\"gap_s\": -1", "'gap_s' is not above 0"},
        {"\"gap_s\": 1800.0", "\"gap_s\": \"x\"", "'gap_s' is no number"},
        {"\"robust\"", "\"robus\"", "'scale' is none of those known"},
        {"\"think\"", "\"thinks\"", "there is no feature 'thinks'"},
        {"\"spread\": ", "\"spread\": 0, \"x\": ", "the spread of 'requests' is not above 0"},
        {"\"personas\": [", "\"personas\": [], \"x\": [", "there are no personas"},
        {"\"weight\": ", "\"weight\": -1, \"x\": ", "the persona 'first' has no weight"},
        {"\"mean\": [", "\"mean\": [1], \"x\": [", "'mean' has not 5 numbers"},
        {"\"covariance\": [[", "\"covariance\": [[-", "a covariance has no inverse"},
        {"\"covariance\": [[", "\"covariance\": [[null,", "'covariance' has not 5 numbers"},
    };
    json_t *json = ust_profile_model_json(&model);
    char *text = json_dumps(json, 0);
    for (size_t i = 0; i < sizeof breaks / sizeof breaks[0]; i++) {
        struct ust_text broken = {0};
        const char *at = strstr(text, breaks[i].from);
        assert_non_null(at);
        ust_text_add_n(&broken, text, (size_t)(at - text));
        ust_text_add(&broken, breaks[i].to);
        ust_text_add(&broken, at + strlen(breaks[i].from));
        json_t *root = json_loads(broken.data, 0, NULL);
        assert_non_null(root);
        const char *error = ust_profile_model_read(root, t.arena, &out);
        if (error == NULL || strstr(error, breaks[i].reason) == NULL)
            fail_msg("'%s' is said, expected '%s'", error ? error : "", breaks[i].reason);
        json_decref(root);
        ust_text_free(&broken);
    }
    assert_non_null(ust_profile_model_read(NULL, t.arena, &out));
    free(text);
    json_decref(json);
    free_traffic(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_kinds_of_users_are_three_personas),
        cmocka_unit_test(a_given_number_is_not_questioned),
        cmocka_unit_test(old_personas_are_trusted_less),
        cmocka_unit_test(the_model_knows_its_own_and_rejects_a_scraper),
        cmocka_unit_test(a_model_that_was_written_and_read_is_the_same),
        cmocka_unit_test(broken_models_are_refused_with_a_reason),
        cmocka_unit_test(the_same_seed_learns_the_same_on_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
