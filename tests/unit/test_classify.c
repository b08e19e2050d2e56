/* Whose sessions are these, why not, and does the mix move? */
#include "tests/unit/cluster.h"

#include <unistd.h>

#include "analysis/classify/judge.h"
#include "analysis/classify/mix.h"
#include "analysis/classify/source.h"
#include "analysis/classify/truth.h"

/* ---- a model by hand: requests and think, one persona around ln 10 and ln 20 ---- */

static struct ust_profile_model model_by_hand(struct ust_arena *arena, double correlation)
{
    static struct ust_feature_column columns[] = {
        {.name = "requests", .how = UST_SCALE_AS_IS},
        {.name = "errors", .how = UST_SCALE_AS_IS},
    };
    struct ust_profile_model model = {.gap = 30 * UST_MINUTE, .plan = {2, columns}};
    model.scaling = (struct ust_scaling){UST_SCALE_NONE, 2, NULL};
    model.scaling.feature = ust_arena_alloc(arena, struct ust_scaled_feature, 2);
    for (int j = 0; j < 2; j++)
        model.scaling.feature[j] = (struct ust_scaled_feature){UST_SCALE_AS_IS, 0.0, 1.0};
    model.mixture = ust_mixture_new(1, 2, UST_MIXTURE_FULL, arena);
    const double covariance[] = {4.0, correlation * 0.2, correlation * 0.2, 0.01};
    model.mixture.weights[0] = 1.0;
    model.mixture.means[0] = 10.0;
    model.mixture.means[1] = 0.5;
    memcpy(model.mixture.covariances, covariance, sizeof covariance);
    assert_int_equal(ust_mixture_prepare(&model.mixture), UST_CLUSTER_OK);
    model.personas = ust_arena_alloc(arena, const char *, 1);
    model.personas[0] = "shopper";
    model.low = ust_arena_alloc(arena, const double *, 1);
    model.middle = ust_arena_alloc(arena, const double *, 1);
    model.high = ust_arena_alloc(arena, const double *, 1);
    model.tail = ust_arena_alloc(arena, struct ust_tail, 2);
    return model;
}

static struct ust_answer judge(const struct ust_profile_model *model, struct ust_arena *arena,
                               uint32_t requests, uint32_t failed, struct ust_text *words)
{
    struct ust_names none = ust_names_new(arena, 4);
    struct ust_judge judge = ust_judge_new(model, &none, UST_GATE_CHI_SQUARE, 0.99, arena);
    const struct ust_session session = {.events = requests, .failed = failed};
    struct ust_answer answer;
    ust_judge_session(&judge, &session, &answer);
    if (answer.reasons > 0)
        ust_judge_words(&judge, &answer, &answer.reason[0], words);
    return answer;
}

static void a_reason_names_the_feature_and_the_range(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_profile_model model = model_by_hand(arena, 0.0);
    struct ust_text words = {0};
    struct ust_answer it = judge(&model, arena, 5000, 2500, &words);
    assert_int_equal(it.persona, UST_NOISE);
    assert_int_equal(it.likeliest, 0);
    assert_int_equal(it.reasons, 1);
    CHECK_NEAR(it.reason[0].deviations, 2495.0, 1e-9);
    /* 10 -+ 1.644854 * 2 */
    assert_string_equal(ust_text_string(&words),
                        "requests 5,000, where 9 of 10 sessions of 'shopper' have 7 to 13");
    ust_text_clear(&words);
    it = judge(&model, arena, 10, 5, &words);
    assert_int_equal(it.persona, 0);
    assert_int_equal(it.reasons, 0);
    CHECK_NEAR(it.distance, 0.0, 1e-12);
    CHECK_NEAR(it.p, 1.0, 1e-12);
    ust_text_free(&words);
    ust_arena_free(arena);
}

/* Each feature is within two deviations, but they hang together by 0.99 and here do not. */
static void what_is_common_alone_and_odd_together_is_said(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_profile_model model = model_by_hand(arena, 0.99);
    struct ust_text words = {0};
    struct ust_answer it =
        judge(&model, arena, 13, 5, &words); /* 1.5 up, 0.385 - 0.5: 1.15 down */
    assert_int_equal(it.persona, UST_NOISE);
    assert_int_equal(it.reasons, 1);
    assert_false(isnan(it.reason[0].expected));
    assert_non_null(strstr(ust_text_string(&words), ", where the rest of it lets expect "));
    ust_text_free(&words);
    ust_arena_free(arena);
}

static void a_gate_is_a_personas_own_where_enough_of_it_was_held_out(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_profile_model model = model_by_hand(arena, 0.0);
    struct ust_names none = ust_names_new(arena, 4);
    double distance2[] = {1.0, 4.0, 9.0, 100.0};
    uint64_t beyond[] = {600, 60, 6, 1}, more[] = {6000, 600, 60, 10};
    model.tail[0] = (struct ust_tail){600, 4, distance2, beyond, 0};
    model.tail[1] = (struct ust_tail){6000, 4, distance2, more, 0};
#define GATE(kind, level) ust_judge_new(&model, &none, kind, level, arena).gate[0]
    assert_int_equal(GATE(UST_GATE_HELD_OUT, 0.99).source, UST_GATE_OWN);
    CHECK_NEAR(GATE(UST_GATE_HELD_OUT, 0.99).distance2, 100.0, 1e-9); /* (1 + 6) / 601 > 1 % */
    assert_int_equal(GATE(UST_GATE_HELD_OUT, 0.999).source, UST_GATE_TOGETHER);
    assert_int_equal(GATE(UST_GATE_HELD_OUT, 0.99999).source, UST_GATE_LAW);
    CHECK_NEAR(GATE(UST_GATE_HELD_OUT, 0.99999).distance2, 100.0, 1e-9);
    assert_int_equal(GATE(UST_GATE_CHI_SQUARE, 0.99).source, UST_GATE_LAW);
    CHECK_NEAR(GATE(UST_GATE_CHI_SQUARE, 0.99).distance2, -2 * log(0.01), 1e-9);
#undef GATE
    ust_arena_free(arena);
}

/* ---- the mix ---- */

static struct ust_mix_result end_mix(const struct ust_mix *mix, struct ust_arena *arena)
{
    static const double learned[] = {600, 390, 10};
    const struct ust_mix_options options = {.learned = learned,
                                            .moved = 0.1,
                                            .shifted = 0.25,
                                            .significance = 0.01,
                                            .confidence = 0.95,
                                            .sessions_least = 50};
    struct ust_mix_result out;
    ust_mix_end(mix, &options, arena, &out);
    return out;
}

static void add_many(struct ust_mix *mix, int64_t at, int a, int b, int none)
{
    for (int i = 0; i < a + b + none; i++)
        ust_mix_add(mix, at, i < a ? 0 : i < a + b ? 1 : 2);
}

/* PSI by hand with half a session added. */
static void a_window_is_held_against_what_was_learned(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_mix *mix = ust_mix_new(3, UST_HOUR);
    add_many(mix, 10 * UST_HOUR, 60, 39, 1);
    add_many(mix, 11 * UST_HOUR + 1, 30, 60, 10);
    add_many(mix, 13 * UST_HOUR - 1, 20, 0, 0);
    struct ust_mix_result it = end_mix(mix, arena);
    assert_int_equal(it.n, 3);
    assert_true(it.window[1].begin == 11 * UST_HOUR && it.window[1].end == 12 * UST_HOUR);
    assert_int_equal(it.window[0].state, UST_MIX_STEADY);
    assert_int_equal(it.window[1].state, UST_MIX_SHIFTED);
    assert_int_equal(it.window[2].state, UST_MIX_FEW);
    assert_true(isnan(it.window[2].p));
    CHECK_NEAR(it.window[0].p, 1.0, 1e-9);
    double psi = 0.0;
    const double seen[] = {30.5 / 101.5, 60.5 / 101.5, 10.5 / 101.5},
                 was[] = {600.5 / 1001.5, 390.5 / 1001.5, 10.5 / 1001.5};
    for (int i = 0; i < 3; i++)
        psi += (seen[i] - was[i]) * log(seen[i] / was[i]);
    CHECK_NEAR(it.window[1].psi, psi, 1e-12);
    CHECK_NEAR(it.window[1].adjusted, 2 * it.window[1].p, 1e-12);
    CHECK_NEAR(it.window[1].share[1], 0.6, 1e-12);
    assert_true(it.window[1].low[1] < 0.6 && it.window[1].high[1] > 0.6);
    assert_int_equal(it.shifted, 1);
    assert_int_equal(it.moved, 0);
    assert_int_equal(it.all.sessions, 220);
    ust_mix_free(mix);
    ust_arena_free(arena);
}

static void homogeneity_is_pearsons(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_mix *mix = ust_mix_new(3, UST_HOUR);
    add_many(mix, 0, 300, 600, 100);
    struct ust_mix_result it = end_mix(mix, arena);
    /* Of (600, 390, 10) and (300, 600, 100): 900/2, 990/2, 110/2 are expected of each. */
    double chi2 = 2 * (150.0 * 150 / 450 + 105.0 * 105 / 495 + 45.0 * 45 / 55);
    CHECK_NEAR(it.window[0].chi2, chi2, 1e-9);
    assert_int_equal(it.window[0].freedom, 2);
    CHECK_NEAR(it.window[0].p / exp(-chi2 / 2), 1.0, 1e-9); /* two degrees of freedom */
    ust_mix_free(mix);
    ust_arena_free(arena);
}

static void windows_widen_as_time_goes_on_and_lose_nothing(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_mix *mix = ust_mix_new(3, 0);
    for (int64_t day = 364; day > 0; day--) /* backwards, before and after 1970 */
        add_many(mix, (day - 100) * UST_DAY, 60, 39, 1);
    for (int i = 0; i < 10000; i++)
        ust_mix_add(mix, (int64_t)i * 7 * UST_MINUTE, 0);
    struct ust_mix_result it = end_mix(mix, arena);
    uint64_t all = 0;
    for (uint32_t i = 0; i < it.n; i++) {
        all += it.window[i].sessions;
        assert_true(i == 0 || it.window[i].begin >= it.window[i - 1].end);
        assert_true(it.window[i].begin % it.width == 0);
    }
    assert_int_equal(all, 364 * 100 + 10000);
    assert_int_equal(it.width, 28 * UST_DAY);
    assert_true(it.n >= 4 && it.n <= 32);
    ust_mix_free(mix);
    mix = ust_mix_new(3, 0);
    assert_int_equal(end_mix(mix, arena).n, 0);
    ust_mix_free(mix);
    ust_arena_free(arena);
}

static void chance_alone_moves_no_mix(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_rng rng = ust_rng_derive(5, 0, "test/mix");
    int said = 0;
    for (int i = 0; i < 200; i++) {
        struct ust_mix *mix = ust_mix_new(3, UST_HOUR);
        for (int w = 0; w < 24; w++)
            for (int s = 0; s < 60; s++) {
                double u = ust_rng_unit(&rng);
                ust_mix_add(mix, w * UST_HOUR, u < 0.6 ? 0 : u < 0.99 ? 1 : 2);
            }
        struct ust_mix_result it = end_mix(mix, arena);
        said += it.moved + it.shifted > 0;
        ust_mix_free(mix);
    }
    assert_true(said <= 7); /* 1 % of 200 is 2; 8 or more has a chance of 1 in 1,000 */
    ust_arena_free(arena);
}

/* ---- labels ---- */

static void scores_are_those_of_the_table(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct ust_profile_model model = model_by_hand(arena, 0.0);
    struct ust_names labels = ust_names_new(arena, 8);
    struct ust_truth truth;
    const char *same[] = {"buyer=shopper"};
    assert_int_equal(ust_truth_new("test", &model, same, 1, arena, &truth), UST_OK);
    truth.labels = &labels;
    uint16_t buyer = ust_names_number(&labels, "buyer");
    uint16_t scraper = ust_names_number(&labels, "scraper");
    for (int i = 0; i < 100; i++) {
        ust_truth_add(&truth, buyer, i < 97 ? 0 : 1);
        ust_truth_add(&truth, scraper, i < 60 ? 1 : 0);
        ust_truth_add(&truth, 0, 0); /* nobody knows */
    }
    struct ust_truth_result it;
    ust_truth_end(&truth, arena, &it);
    assert_true(it.known);
    assert_int_equal(it.sessions, 200);
    assert_int_equal(it.strangers, 100);
    CHECK_NEAR(it.score[0].precision.value, 97.0 / 137, 1e-12);
    CHECK_NEAR(it.score[0].recall.value, 0.97, 1e-12);
    CHECK_NEAR(it.score[1].precision.value, 60.0 / 63, 1e-12);
    CHECK_NEAR(it.score[1].recall.value, 0.60, 1e-12);
    CHECK_NEAR(it.false_alarms.value, 0.03, 1e-12);
    CHECK_NEAR(it.accuracy.value, 157.0 / 200, 1e-12);
    const char *wrong[] = {"buyer=shoper", "buyer"};
    assert_int_equal(ust_truth_new("test", &model, wrong, 2, arena, &truth), UST_INVALID);
    ust_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reason_names_the_feature_and_the_range),
        cmocka_unit_test(what_is_common_alone_and_odd_together_is_said),
        cmocka_unit_test(a_gate_is_a_personas_own_where_enough_of_it_was_held_out),
        cmocka_unit_test(a_window_is_held_against_what_was_learned),
        cmocka_unit_test(homogeneity_is_pearsons),
        cmocka_unit_test(windows_widen_as_time_goes_on_and_lose_nothing),
        cmocka_unit_test(chance_alone_moves_no_mix),
        cmocka_unit_test(scores_are_those_of_the_table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
