/* CloudWatch alarms, and the arithmetic of adjustments. The tables of missing data are those of
 * the CloudWatch user guide ("How alarm state is evaluated when data is missing"): 0 is a point
 * within the threshold, X breaches, - is missing; the newest stands last. */
#include "tests/unit/policy.h"

#include "models/scaler/aws.h"

/* What the alarm says after these points. "Retain current state" is told from the others by
 * beginning in a state that nothing else gives. */
static enum ust_aws_state after(const char *points, int64_t needed, enum ust_aws_treat treat,
                                enum ust_aws_state before)
{
    const struct ust_aws_alarm_params params = {
        .periods = 3, .to_alarm = needed, .treat = treat};
    uint8_t memory[8];
    assert_true(ust_aws_alarm_bytes(&params) == 5);
    struct ust_aws_alarm alarm = {.point = memory};
    size_t last = strlen(points) - 1;
    for (size_t i = 0; i <= last; i++) {
        if (i == last)
            alarm.state = (uint8_t)before;
        ust_aws_alarm_add(&alarm, &params,
                          points[i] == 'X'   ? UST_AWS_BREACHING
                          : points[i] == '0' ? UST_AWS_WITHIN
                                             : UST_AWS_MISSING);
    }
    return (enum ust_aws_state)alarm.state;
}

#define NO   UST_AWS_OK
#define YES  UST_AWS_ALARM
#define FEW  UST_AWS_INSUFFICIENT
#define KEEP ((enum ust_aws_state)9)

static void row(const char *points, int64_t needed, enum ust_aws_state missing,
                enum ust_aws_state ignore, enum ust_aws_state breaching,
                enum ust_aws_state not_breaching)
{
    assert_int_equal(after(points, needed, UST_AWS_TREAT_MISSING, KEEP), missing);
    assert_int_equal(after(points, needed, UST_AWS_IGNORE, KEEP), ignore);
    assert_int_equal(after(points, needed, UST_AWS_BREACH, KEEP), breaching);
    assert_int_equal(after(points, needed, UST_AWS_NO_BREACH, KEEP), not_breaching);
}

static void three_of_three_with_missing_data_is_as_the_guide_says(void **unused)
{
    (void)unused;
    row("0-X-X", 3, NO, NO, NO, NO);
    row("0----", 3, NO, NO, NO, NO);
    row("-----", 3, FEW, KEEP, YES, NO);
    row("0XX-X", 3, YES, YES, YES, YES);
    row("----X", 3, FEW, KEEP, YES, NO);
    row("X----", 3, YES, KEEP, YES, NO);
}

static void two_of_three_with_missing_data_is_as_the_guide_says(void **unused)
{
    (void)unused;
    row("0-X-X", 2, YES, YES, YES, YES);
    row("00X0X", 2, YES, YES, YES, YES);
    row("0-X--", 2, NO, NO, YES, NO);
    row("----0", 2, NO, NO, YES, NO);
    row("----X", 2, FEW, KEEP, YES, NO);
}

/* The same page, first figure: threshold 3 units, 3 of 3; the alarm goes off at the fifth
 * point, is over at the sixth, and one more breach at the ninth is not enough. */
static void the_alarm_of_the_figure_goes_off_at_the_fifth_point(void **unused)
{
    (void)unused;
    const struct ust_aws_alarm_params params = {.periods = 3};
    const char *points = "00XXX000X";
    uint8_t memory[8];
    struct ust_aws_alarm alarm = {.point = memory};
    for (int i = 0; i < 9; i++) {
        enum ust_aws_state state = ust_aws_alarm_add(
            &alarm, &params, points[i] == 'X' ? UST_AWS_BREACHING : UST_AWS_WITHIN);
        assert_int_equal(state, i == 4 ? UST_AWS_ALARM : UST_AWS_OK);
    }
}

/* ---- adjustments: Amazon EC2 Auto Scaling user guide, "Scaling adjustment types" ---- */

static void a_change_in_capacity_of_5_adds_5_to_3(void **unused)
{
    (void)unused;
    assert_int_equal(3 + ust_aws_change(UST_AWS_CHANGE, 5, 3, 0), 8);
}

static void an_exact_capacity_of_5_makes_5_of_3(void **unused)
{
    (void)unused;
    assert_int_equal(3 + ust_aws_change(UST_AWS_EXACT, 5, 3, 0), 5);
}

static void ten_percent_of_10_is_1(void **unused)
{
    (void)unused;
    assert_int_equal(10 + ust_aws_change(UST_AWS_PERCENT, 10, 10, 0), 11);
}

/* "12.7 is rounded to 12", ".67 to 1", "-.58 to -1", "-6.67 to -6" */
static void percentages_round_as_the_guide_says(void **unused)
{
    (void)unused;
    assert_int_equal(ust_aws_change(UST_AWS_PERCENT, 10, 127, 0), 12);
    assert_int_equal(ust_aws_change(UST_AWS_PERCENT, 67, 1, 0), 1);
    assert_int_equal(ust_aws_change(UST_AWS_PERCENT, -58, 1, 0), -1);
    assert_int_equal(ust_aws_change(UST_AWS_PERCENT, -29, 23, 0), -6);
    assert_int_equal(ust_aws_change(UST_AWS_PERCENT, 0, 23, 0), 0);
}

/* In doubles 10 * 0.3 and the like may fall short of the whole number by their last bit. */
static void a_whole_percentage_is_whole_whatever_doubles_say(void **unused)
{
    (void)unused;
    for (int64_t n = 0; n <= 1000; n += 10)
        for (int64_t tens = 1; tens < 10; tens++)
            assert_int_equal(ust_aws_change(UST_AWS_PERCENT, tens * 10, n, 0), n / 10 * tens);
}

/* "25 percent of 4 is 1 ... because you specified a minimum increment of 2, there are 2" */
static void the_minimum_magnitude_makes_two_of_one(void **unused)
{
    (void)unused;
    assert_int_equal(ust_aws_change(UST_AWS_PERCENT, 25, 4, 2), 2);
    assert_int_equal(ust_aws_change(UST_AWS_PERCENT, -25, 4, 2), -2);
    assert_int_equal(ust_aws_change(UST_AWS_PERCENT, 75, 4, 2), 3);
    assert_int_equal(ust_aws_change(UST_AWS_PERCENT, 0, 4, 2), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_of_three_with_missing_data_is_as_the_guide_says),
        cmocka_unit_test(two_of_three_with_missing_data_is_as_the_guide_says),
        cmocka_unit_test(the_alarm_of_the_figure_goes_off_at_the_fifth_point),
        cmocka_unit_test(a_change_in_capacity_of_5_adds_5_to_3),
        cmocka_unit_test(an_exact_capacity_of_5_makes_5_of_3),
        cmocka_unit_test(ten_percent_of_10_is_1),
        cmocka_unit_test(percentages_round_as_the_guide_says),
        cmocka_unit_test(a_whole_percentage_is_whole_whatever_doubles_say),
        cmocka_unit_test(the_minimum_magnitude_makes_two_of_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
