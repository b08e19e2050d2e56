/* Launchers: which zone and type is asked for next, and for how long a refusal is remembered.
 */
#include "tests/unit/policy.h"

#include "models/launch/launcher.h"

#define ZONES   3
#define MINUTES UST_MINUTE

struct launcher {
    struct policy policy;
    const struct ust_launcher_type *type;
    uint32_t count[ZONES];
    ust_time open_at[ZONES * 2];
    double price[2];
};

static void begin(struct launcher *launcher, const char *text, uint32_t a, uint32_t b,
                  uint32_t c)
{
    *launcher = (struct launcher){.policy = policy_read(&ust_launcher_registry, text),
                                  .count = {a, b, c},
                                  .price = {0.20, 0.15}};
    launcher->type = ust_launcher_of(launcher->policy.variant.kind);
}

static struct ust_launch_choice ask(const struct launcher *launcher)
{
    const struct ust_launch_view view = {.now = 10 * MINUTES,
                                         .zones = ZONES,
                                         .types = 2,
                                         .count = launcher->count,
                                         .open_at = launcher->open_at,
                                         .price = launcher->price};
    return launcher->type->choose(launcher->policy.variant.params, &view);
}

static void close(struct launcher *launcher, uint32_t zone, uint32_t type)
{
    launcher->open_at[zone * 2 + type] = 10 * MINUTES + 1;
}

static void check(const struct launcher *launcher, uint32_t zone, uint32_t type)
{
    struct ust_launch_choice choice = ask(launcher);
    assert_true(choice.launch);
    assert_int_equal(choice.zone, zone);
    assert_int_equal(choice.type, type);
}

static ust_time paused(const struct launcher *launcher, uint32_t refusals)
{
    return launcher->type->pause(launcher->policy.variant.params, refusals);
}

static uint32_t margin(const struct launcher *launcher, uint32_t max)
{
    return launcher->type->margin(launcher->policy.variant.params, max);
}

/* EC2 Auto Scaling user guide: "launches new instances in the Availability Zone with the fewest
 * instances. If the attempt fails, it tries another zone until it succeeds." */
static void aws_takes_the_emptiest_zone_then_the_next(void **unused)
{
    (void)unused;
    struct launcher launcher;
    begin(&launcher, "aws_auto_scaling", 4, 2, 3);
    check(&launcher, 1, 0);
    close(&launcher, 1, 0);
    close(&launcher, 1, 1);
    check(&launcher, 2, 0);
    close(&launcher, 2, 0);
    close(&launcher, 2, 1);
    check(&launcher, 0, 0);
    close(&launcher, 0, 0);
    close(&launcher, 0, 1);
    assert_false(ask(&launcher).launch);
    policy_free(&launcher.policy);
}

static void aws_tries_all_types_of_a_zone_before_it_leaves_it(void **unused)
{
    (void)unused;
    struct launcher launcher;
    begin(&launcher, "aws_auto_scaling", 4, 2, 3);
    close(&launcher, 1, 0);
    check(&launcher, 1, 1);
    policy_free(&launcher.policy);
}

static void aws_by_price_begins_with_the_cheapest(void **unused)
{
    (void)unused;
    struct launcher launcher;
    begin(&launcher, "{kind: aws_auto_scaling, strategy: lowest_price}", 1, 1, 1);
    check(&launcher, 0, 1);
    close(&launcher, 0, 1);
    check(&launcher, 0, 0);
    policy_free(&launcher.policy);
}

static void aws_balanced_only_waits_for_the_zone_without_capacity(void **unused)
{
    (void)unused;
    struct launcher launcher;
    begin(&launcher, "{kind: aws_auto_scaling, distribution: balanced_only}", 2, 1, 2);
    close(&launcher, 1, 0);
    close(&launcher, 1, 1);
    assert_false(ask(&launcher).launch);
    policy_free(&launcher.policy);
}

/* The same guide: 10 percent of the maximum, or one instance, whichever is greater. */
static void aws_may_exceed_its_maximum_by_a_tenth_or_one(void **unused)
{
    (void)unused;
    struct launcher launcher;
    begin(&launcher, "aws_auto_scaling", 0, 0, 0);
    assert_int_equal(margin(&launcher, 4), 1);
    assert_int_equal(margin(&launcher, 10), 1);
    assert_int_equal(margin(&launcher, 40), 4);
    policy_free(&launcher.policy);
    begin(&launcher, "{kind: aws_auto_scaling, rebalance: false}", 0, 0, 0);
    assert_int_equal(margin(&launcher, 40), 0);
    policy_free(&launcher.policy);
}

/* HealthCheckType EC2 is AWS's default, automatic repairs and autohealing are off: a balancer's
 * opinion counts only where it is asked. */
static void what_runs_is_replaced_only_where_the_balancer_is_asked(void **unused)
{
    (void)unused;
    static const struct {
        const char *text;
        bool dead;
        int served_s;
        bool replaced;
    } row[] = {
        {"{kind: aws_auto_scaling}", true, 0, true},
        {"{kind: aws_auto_scaling}", false, 9999, false},
        {"{kind: aws_auto_scaling, health_check_type: elb}", false, 0, true},
        {"{kind: aws_auto_scaling, health_check_type: elb, health_check_grace_period: 300 s}",
         false, 299, false},
        {"{kind: aws_auto_scaling, health_check_type: elb, health_check_grace_period: 300 s}",
         false, 300, true},
        {"{kind: aws_auto_scaling, health_check_type: elb, health_check_grace_period: 300 s}",
         true, 1, true},
        {"{kind: azure_scale_set}", true, 0, true},
        {"{kind: azure_scale_set}", false, 9999, false},
        {"{kind: azure_scale_set, automatic_repairs: true}", false, 599, false},
        {"{kind: azure_scale_set, automatic_repairs: true}", false, 600, true},
        {"{kind: azure_scale_set, automatic_repairs: true, grace_period: 90 min}", false, 5399,
         false},
        {"{kind: gcp_instance_group}", true, 0, true},
        {"{kind: gcp_instance_group}", false, 9999, false},
        {"{kind: gcp_instance_group, autohealing: true}", false, 0, true},
        {"{kind: gcp_instance_group, autohealing: true, initial_delay: 2 min}", false, 119,
         false},
        {"{kind: gcp_instance_group, autohealing: true, initial_delay: 2 min}", false, 120,
         true},
    };
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        struct policy policy = policy_read(&ust_launcher_registry, row[i].text);
        const struct ust_launcher_type *type = ust_launcher_of(policy.variant.kind);
        assert_int_equal(
            type->replaces(policy.variant.params, row[i].dead, row[i].served_s * UST_S),
            row[i].replaced);
        policy_free(&policy);
    }
}

static void waits_double_up_to_their_maximum(void **unused)
{
    (void)unused;
    struct launcher launcher;
    begin(&launcher, "{kind: aws_auto_scaling, retry: 1 min, retry_max: 5 min}", 0, 0, 0);
    assert_int_equal(paused(&launcher, 1), 1 * MINUTES);
    assert_int_equal(paused(&launcher, 2), 2 * MINUTES);
    assert_int_equal(paused(&launcher, 3), 4 * MINUTES);
    assert_int_equal(paused(&launcher, 4), 5 * MINUTES);
    assert_int_equal(paused(&launcher, 1000000), 5 * MINUTES);
    policy_free(&launcher.policy);
}

/* Microsoft Learn, zone balancing: a scale set is balanced with each zone within one of the
 * others; strict lets it grow only while it stays so. */
static void azure_strict_keeps_zones_within_one_and_best_effort_does_not(void **unused)
{
    (void)unused;
    struct launcher launcher;
    begin(&launcher, "{kind: azure_scale_set, zone_balance: strict}", 2, 3, 3);
    close(&launcher, 0, 0);
    close(&launcher, 0, 1);
    assert_false(ask(&launcher).launch);
    policy_free(&launcher.policy);
    begin(&launcher, "azure_scale_set", 2, 3, 3);
    close(&launcher, 0, 0);
    close(&launcher, 0, 1);
    check(&launcher, 1, 0);
    assert_int_equal(margin(&launcher, 100), 0); /* automatic balance is off unless asked for */
    policy_free(&launcher.policy);
}

static void gcp_even_waits_balanced_moves_on_and_any_does_not_mind(void **unused)
{
    (void)unused;
    struct launcher launcher;
    begin(&launcher, "gcp_instance_group", 3, 2, 2);
    check(&launcher, 1, 0);
    close(&launcher, 1, 0);
    close(&launcher, 1, 1);
    check(&launcher, 2, 0);
    close(&launcher, 2, 0);
    close(&launcher, 2, 1);
    assert_false(ask(&launcher).launch);
    policy_free(&launcher.policy);
    begin(&launcher, "{kind: gcp_instance_group, shape: balanced}", 9, 2, 2);
    close(&launcher, 1, 0);
    close(&launcher, 1, 1);
    close(&launcher, 2, 0);
    close(&launcher, 2, 1);
    check(&launcher, 0, 0);
    policy_free(&launcher.policy);
    begin(&launcher, "{kind: gcp_instance_group, shape: any}", 9, 2, 2);
    check(&launcher, 0, 0);
    policy_free(&launcher.policy);
}

static void plain_forgets_what_failed(void **unused)
{
    (void)unused;
    struct launcher launcher;
    begin(&launcher, "plain", 1, 0, 2);
    check(&launcher, 1, 0);
    assert_int_equal(paused(&launcher, 7), 0);
    policy_free(&launcher.policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(aws_takes_the_emptiest_zone_then_the_next),
        cmocka_unit_test(aws_tries_all_types_of_a_zone_before_it_leaves_it),
        cmocka_unit_test(aws_by_price_begins_with_the_cheapest),
        cmocka_unit_test(aws_balanced_only_waits_for_the_zone_without_capacity),
        cmocka_unit_test(aws_may_exceed_its_maximum_by_a_tenth_or_one),
        cmocka_unit_test(what_runs_is_replaced_only_where_the_balancer_is_asked),
        cmocka_unit_test(waits_double_up_to_their_maximum),
        cmocka_unit_test(azure_strict_keeps_zones_within_one_and_best_effort_does_not),
        cmocka_unit_test(gcp_even_waits_balanced_moves_on_and_any_does_not_mind),
        cmocka_unit_test(plain_forgets_what_failed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
