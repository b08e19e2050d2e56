/* Policies of Amazon EC2 Auto Scaling in the examples of its user guide (awsdocs/
 * amazon-ec2-auto-scaling-user-guide @0987d76: as-scaling-simple-step, Cooldown,
 * as-scaling-target-tracking, as-using-sqs-queue). */
#include <stdint.h>

#include "tests/unit/scaler.h"

/* ---- adjustment types ---- */

static void one_point(const char *text, uint32_t capacity, double level, int64_t expected)
{
    struct group group;
    group_begin(&group, text, capacity);
    int64_t got = point(&group, level);
    if (got != expected)
        fail_msg("%s: %lld, not %lld", text, (long long)got, (long long)expected);
    group_end(&group);
}

#define CHANGE  "change_in_capacity"
#define EXACT   "exact_capacity"
#define PERCENT "percent_change_in_capacity"

/* An alarm that breaches, in a policy of either kind. The guide: ChangeInCapacity,
 * ExactCapacity and PercentChangeInCapacity, MinAdjustmentMagnitude; above 1 it rounds down,
 * between 0 and 1 to 1, between 0 and -1 to -1, and below that up. */
static void adjustments_are_those_of_the_guide(void **unused)
{
    (void)unused;
    static const struct {
        const char *type;
        int adjustment, least;
        uint32_t capacity;
        int64_t expected;
    } row[] = {
        {CHANGE, 5, 1, 3, 8},       {EXACT, 5, 1, 3, 5},     {PERCENT, 10, 1, 10, 11},
        {PERCENT, 25, 2, 4, 6},     {PERCENT, 25, 1, 4, 5},  {PERCENT, 30, 1, 10, 13},
        {PERCENT, 10, 1, 127, 139}, /* 12.7 is 12 */
        {PERCENT, 1, 1, 67, 68},    /* .67 is 1 */
        {CHANGE, -2, 1, 5, 3},      {EXACT, -2, 1, 7, 2},    {PERCENT, -1, 1, 58, 57},
        {PERCENT, -23, 1, 29, 23}, /* -6.67 is -6 */
        {CHANGE, -3, 1, 8, 5},      {PERCENT, -25, 1, 8, 6}, {PERCENT, -10, 3, 10, 7},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        bool out = row[i].adjustment > 0, exact = strcmp(row[i].type, EXACT) == 0;
        int value = exact ? abs(row[i].adjustment) : row[i].adjustment;
        for (int step = 0; step < 2; step++) {
            char text[300], least[60] = "";
            if (strcmp(row[i].type, PERCENT) == 0)
                snprintf(least, sizeof least, ", min_adjustment_magnitude: %d", row[i].least);
            snprintf(
                text, sizeof text,
                "{kind: %s, scale_%s: {threshold: 50 %%, adjustment_type: %s%s, %sadjustment: "
                "%d%s}}",
                step ? "aws_step" : "aws_simple", out ? "out" : "in", row[i].type, least,
                step ? "steps: [{" : "", value, step ? "}]" : "");
            one_point(text, row[i].capacity, out ? 0.9 : 0.1, row[i].expected);
        }
    }
}

/* ---- step adjustments ---- */

#define GUIDE_OUT                                                                              \
    "{kind: aws_step, scale_out: {threshold: 50 %, adjustment_type: " PERCENT                  \
    ", steps: [{to: 60 %, adjustment: 0}, {from: 60 %, to: 70 %, adjustment: 10}, "            \
    "{from: 70 %, adjustment: 30}]}}"
#define GUIDE_IN                                                                               \
    "{kind: aws_step, scale_in: {threshold: 50 %, adjustment_type: " PERCENT                   \
    ", steps: [{from: 40 %, adjustment: 0}, {from: 30 %, to: 40 %, adjustment: -10}, "         \
    "{to: 30 %, adjustment: -30}]}}"

/* Its two tables of bounds, at other capacities than the ten of its course. */
static void steps_apply_to_any_capacity(void **unused)
{
    (void)unused;
    static const struct {
        uint32_t capacity;
        double level;
        int64_t expected;
    } out[] = {{1, 0.55, 1}, {1, 0.6, 2}, {1, 0.95, 2}, {25, 0.65, 27}, {25, 0.7, 32}},
      in[] = {{2, 0.45, 2}, {2, 0.4, 1}, {5, 0.35, 4}, {25, 0.4, 23}, {25, 0.3, 18}};
    for (size_t i = 0; i < sizeof out / sizeof *out; i++)
        one_point(GUIDE_OUT, out[i].capacity, out[i].level, out[i].expected);
    for (size_t i = 0; i < sizeof in / sizeof *in; i++)
        one_point(GUIDE_IN, in[i].capacity, in[i].level, in[i].expected);
}

/* Two instances at 60 % and at 40 % are at 50 % on average. */
static void the_group_is_as_busy_as_its_average(void **unused)
{
    (void)unused;
    static const char *const threshold[] = {"50 %", "50.1 %"};
    for (int i = 0; i < 2; i++) {
        char text[100];
        struct group group;
        snprintf(text, sizeof text,
                 "{kind: aws_step, scale_out: {threshold: %s, steps: [{adjustment: 1}]}}",
                 threshold[i]);
        group_begin(&group, text, 2);
        report(&group.instance[0], 0.6);
        report(&group.instance[1], 0.4);
        assert_int_equal(call(&group), 3 - i);
        group_end(&group);
    }
}

/* ---- cooldowns ---- */

static void launches(struct group *group, int n)
{
    for (int i = 0; i < n; i++)
        group->instance[group->view.n++] =
            (struct ust_scaler_instance){.launched = group->view.now, .ready = UST_NEVER};
}

static void serves(struct group *group, uint32_t i)
{
    group->instance[i].ready = group->instance[i].changed = group->view.now;
    group->instance[i].in_service = true;
}

/* "With multiple instances, the cooldown period (either the default or the scaling-specific
 * one) takes effect starting when the last instance finishes launching or terminating." Three
 * are launched, and come one minute after the other. */
static void with_several_instances_the_last_one_counts(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_simple, scale_out: {threshold: 90 %, adjustment: 3}}", 2);
    assert_int_equal(point(&group, 0.95), 5);
    launches(&group, 3);
    for (uint32_t i = 2; i < 5; i++) {
        assert_int_equal(point(&group, 0.95), 5);
        serves(&group, i);
    }
    assert_int_equal(points(&group, 4, 0.95), 5);
    assert_int_equal(point(&group, 0.95), 8); /* 300 s after the third */
    group_end(&group);
}

/* An alarm that is over by then does nothing; one that comes later acts at once. */
static void after_the_cooldown_the_alarm_is_looked_at_again(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_simple, scale_out: {threshold: 90 %, adjustment: 1}}", 4);
    assert_int_equal(point(&group, 0.95), 5);
    launches(&group, 1);
    serves(&group, 4);
    assert_int_equal(points(&group, 4, 0.95), 5);
    assert_int_equal(points(&group, 5, 0.8), 5);
    assert_int_equal(point(&group, 0.95), 6);
    group_end(&group);
}

/* ---- target tracking ---- */

/* A queue of 1500 messages, 10 instances, 0.1 s a message and 10 s that are acceptable: 100 per
 * instance are, 150 there are, and five more are launched. */
static void a_backlog_of_150_for_100_wants_half_as_many_more(void **unused)
{
    (void)unused;
    struct group group;
    group_begin(&group, "{kind: aws_target_tracking, metric: queue, waiting_per_instance: 100}",
                10);
    assert_int_equal(points(&group, 3, 150), 15);
    group_end(&group);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adjustments_are_those_of_the_guide),
        cmocka_unit_test(steps_apply_to_any_capacity),
        cmocka_unit_test(the_group_is_as_busy_as_its_average),
        cmocka_unit_test(with_several_instances_the_last_one_counts),
        cmocka_unit_test(after_the_cooldown_the_alarm_is_looked_at_again),
        cmocka_unit_test(a_backlog_of_150_for_100_wants_half_as_many_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
