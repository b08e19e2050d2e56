/* Are strangers told from users, and are probabilities worth what they say? Each trial learns
 * personas anew from traffic whose makers are known. */
#include "tests/unit/cluster.h"

#include "analysis/classify/strangers.h"

static struct ust_strangers held_out; /* eight trials together */

static void add_trial(uint64_t seed, enum ust_gate gate, struct ust_strangers *all)
{
    struct ust_strangers it;
    assert_true(ust_strangers_try(1200, 600, gate, 0.99, seed, &it));
    assert_int_equal(it.personas, 3);
    all->users += it.users;
    all->alarms += it.alarms;
    all->right += it.right;
    for (int k = 0; k < UST_STRANGER_KINDS; k++) {
        all->strangers[k] += it.strangers[k];
        all->found[k] += it.found[k];
    }
    ust_reliability_add(all->reliability, it.reliability);
}

static int try_strangers(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 8; seed++)
        add_trial(seed, UST_GATE_HELD_OUT, &held_out);
    return 0;
}

static void strangers_are_found_and_users_left_alone(void **state)
{
    (void)state;
    assert_int_equal(held_out.users, 4800);
    assert_true((double)held_out.alarms <= 0.01 * 4800);
    assert_true((double)held_out.right >= 0.93 * 4800);
    for (int k = UST_STRANGER_USERS; k < UST_STRANGER_KINDS; k++) {
        assert_int_equal(held_out.strangers[k], 4800);
        assert_true((double)held_out.found[k] >= 0.95 * 4800);
    }
}

/* Why distances are measured on sessions that were held out. */
static void chi_square_takes_more_users_for_strangers(void **state)
{
    (void)state;
    struct ust_strangers law = {0};
    for (uint64_t seed = 0; seed < 2; seed++)
        add_trial(seed, UST_GATE_CHI_SQUARE, &law);
    double by_law = (double)law.alarms / (double)law.users;
    assert_true(by_law > (double)held_out.alarms / (double)held_out.users);
}

/* Of sessions that are said to be of a persona at 90 %, 90 % are. Without a temperature the
 * error of these 4800 is 0.013, and of those said at 90 to 95 %, 83 % are. */
static void probabilities_are_worth_what_they_say(void **state)
{
    (void)state;
    for (int b = 0; b < UST_RELIABILITY_BINS; b++) {
        const struct ust_reliability *bin = &held_out.reliability[b];
        double n = (double)bin->n, said = bin->said / n, right = (double)bin->right / n;
        if (bin->n < 100)
            continue;
        /* three standard errors, and what one temperature for all leaves */
        assert_true(fabs(said - right) < 3.0 * sqrt(said * (1.0 - said) / n) + 0.03);
    }
    assert_true(ust_calibration_error(held_out.reliability) < 0.008);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strangers_are_found_and_users_left_alone),
        cmocka_unit_test(chi_square_takes_more_users_for_strangers),
        cmocka_unit_test(probabilities_are_worth_what_they_say),
    };
    return cmocka_run_group_tests(tests, try_strangers, NULL);
}
