/* How sure a classifier may be. */
#include "tests/unit/cluster.h"

#include "analysis/cluster/points.h"
#include "analysis/cluster/temper.h"

#define POINTS 4000

struct said {
    double posterior[POINTS][2];
    uint32_t label[POINTS], next[POINTS];
    float sure[POINTS];
};

/* Points whose true odds are e^(2 z), z standard normal; a classifier says them raised to the
 * power `sharpness`. Labels are the likelier cluster, believed by the true odds. */
static struct ust_held_posteriors say(struct said *said, double sharpness)
{
    struct ust_rng rng = ust_rng_derive(1, 0, "test/temper");
    for (int i = 0; i < POINTS; i++) {
        double odds = 2.0 * ust_normal(&rng);
        double is = 1.0 / (1.0 + exp(-odds)), says = 1.0 / (1.0 + exp(-sharpness * odds));
        said->posterior[i][0] = says;
        said->posterior[i][1] = 1.0 - says;
        said->label[i] = is < 0.5;
        said->next[i] = is >= 0.5;
        said->sure[i] = (float)fmax(is, 1.0 - is);
    }
    return (struct ust_held_posteriors){
        &said->posterior[0][0], said->label, said->next, said->sure, POINTS, 2};
}

static struct said said;

static void one_that_says_too_much_is_tempered_back(void **state)
{
    (void)state;
    struct ust_held_posteriors held = say(&said, 2.5);
    CHECK_NEAR(ust_temper_find(&held), 2.5, 0.01);
    double posterior[2] = {1.0 / (1.0 + exp(-5.0)), 1.0 / (1.0 + exp(5.0))};
    ust_temper(posterior, 2, 2.5);
    CHECK_NEAR(posterior[0], 1.0 / (1.0 + exp(-2.0)), 1e-12);
    CHECK_NEAR(posterior[0] + posterior[1], 1.0, 1e-12);
}

static void one_that_is_right_is_left_alone(void **state)
{
    (void)state;
    struct ust_held_posteriors held = say(&said, 1.0);
    CHECK_NEAR(ust_temper_find(&held), 1.0, 0.01);
}

static void one_that_says_too_little_is_made_surer(void **state)
{
    (void)state;
    struct ust_held_posteriors held = say(&said, 0.7);
    CHECK_NEAR(ust_temper_find(&held), 0.7, 0.01);
}

/* Labels that are taken for sure are what the likelier cluster always is: nothing is too sure
 * for them, which is why beliefs are asked for. */
static void labels_without_doubt_find_nothing_too_sure(void **state)
{
    (void)state;
    struct ust_held_posteriors held = say(&said, 2.5);
    for (int i = 0; i < POINTS; i++)
        said.sure[i] = 1.0F;
    CHECK_NEAR(ust_temper_find(&held), UST_TEMPER_LEAST, 0.01);
}

static void rest_that_no_other_cluster_has_is_no_harm(void **state)
{
    (void)state;
    struct ust_held_posteriors held = say(&said, 2.5);
    for (int i = 0; i < POINTS; i++)
        if (said.sure[i] > 0.999F)
            said.next[i] = UST_NOISE;
    CHECK_NEAR(ust_temper_find(&held), 2.5, 0.02);
}

static void impossible_stays_impossible(void **state)
{
    (void)state;
    double posterior[3] = {0.9, 0.1, 0.0};
    ust_temper(posterior, 3, 2.0);
    CHECK_NEAR(posterior[0], 0.75, 1e-12); /* sqrt 0.9 : sqrt 0.1 = 3 : 1 */
    assert_true(posterior[2] <= 0.0);
}

static void too_few_points_or_clusters_say_nothing(void **state)
{
    (void)state;
    struct ust_held_posteriors held = say(&said, 2.5);
    held.n = UST_TEMPER_POINTS - 1;
    CHECK_NEAR(ust_temper_find(&held), 1.0, 0.0);
    held.n = POINTS;
    held.clusters = 1;
    CHECK_NEAR(ust_temper_find(&held), 1.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_that_says_too_much_is_tempered_back),
        cmocka_unit_test(one_that_is_right_is_left_alone),
        cmocka_unit_test(one_that_says_too_little_is_made_surer),
        cmocka_unit_test(labels_without_doubt_find_nothing_too_sure),
        cmocka_unit_test(rest_that_no_other_cluster_has_is_no_harm),
        cmocka_unit_test(impossible_stays_impossible),
        cmocka_unit_test(too_few_points_or_clusters_say_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
