/* Outlier detection: who is ejected, for how long, and when not. */
#include "tests/unit/policy.h"

#include "models/balance/outlier.h"

/* A rule as a user writes it, the rest by default. */
static struct ust_outlier_rule rule_of(const char *text)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_outlier_rule rule = {0};
    struct ust_node *root = ust_spec_read_text(&spec, "test.yaml", text, strlen(text));
    assert_non_null(root);
    assert_int_equal(ust_spec_decode(&spec, root, ust_outlier_fields, &rule), UST_OK);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return rule;
}

static struct ust_rng draws(void)
{
    return ust_rng_derive(3, 1, "outlier");
}

/* The defaults of Envoy's config.cluster.v3.OutlierDetection. */
static void defaults_are_envoys(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{interval: 10 s}");
    assert_int_equal(rule.consecutive_5xx, 5);
    assert_int_equal(rule.base_ejection_time, 30 * UST_S);
    assert_int_equal(rule.max_ejection_time, 300 * UST_S);
    CHECK_NEAR(rule.max_ejection, 0.1, 0);
    CHECK_NEAR(rule.success_rate_stdev_factor, 1900, 0);
    assert_int_equal(rule.success_rate_minimum_hosts, 5);
    assert_int_equal(rule.success_rate_request_volume, 100);
    CHECK_NEAR(rule.failure_percentage_threshold, 0.85, 0);
    assert_int_equal(rule.failure_percentage_request_volume, 50);
    CHECK_NEAR(rule.enforcing_consecutive_gateway_failure, 0, 0);
    CHECK_NEAR(rule.enforcing_failure_percentage, 0, 0);
    assert_true(rule.unejected_by_health_check);
}

static void five_errors_in_a_row_make_an_outlier(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{interval: 10 s}");
    struct ust_outlier_host host = {0};
    struct ust_rng rng = draws();
    for (int i = 0; i < 4; i++)
        assert_int_equal(ust_outlier_error(&rule, &host, 7, false, &rng), UST_OUTLIER_NOT);
    assert_int_equal(ust_outlier_error(&rule, &host, 7, true, &rng), UST_OUTLIER_5XX);
}

static void a_good_answer_between_breaks_the_row(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{interval: 10 s}");
    struct ust_outlier_host host = {0};
    struct ust_rng rng = draws();
    for (int i = 0; i < 4; i++)
        ust_outlier_error(&rule, &host, 7, false, &rng);
    assert_int_equal(ust_outlier_error(&rule, &host, 8, false, &rng), UST_OUTLIER_NOT);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ust_outlier_error(&rule, &host, 8, false, &rng), UST_OUTLIER_NOT);
    assert_int_equal(ust_outlier_error(&rule, &host, 8, false, &rng), UST_OUTLIER_5XX);
}

static void gateway_failures_have_a_row_of_their_own(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule =
        rule_of("{consecutive_5xx: 100, consecutive_gateway_failure: 3, "
                "enforcing_consecutive_gateway_failure: 100 %}");
    struct ust_outlier_host host = {0};
    struct ust_rng rng = draws();
    ust_outlier_error(&rule, &host, 0, true, &rng);
    ust_outlier_error(&rule, &host, 0, true, &rng);
    assert_int_equal(ust_outlier_error(&rule, &host, 0, false, &rng), UST_OUTLIER_NOT);
    ust_outlier_error(&rule, &host, 0, true, &rng);
    ust_outlier_error(&rule, &host, 0, true, &rng);
    assert_int_equal(ust_outlier_error(&rule, &host, 0, true, &rng), UST_OUTLIER_GATEWAY);
}

static void what_is_not_enforced_ejects_nobody(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{enforcing_consecutive_5xx: 0 %}");
    struct ust_outlier_host host = {0};
    struct ust_rng rng = draws();
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ust_outlier_error(&rule, &host, 0, true, &rng), UST_OUTLIER_NOT);
}

/* Half enforced: of 1000 rows of five, 500 +- 4 standard errors of 15.8. */
static void what_is_half_enforced_ejects_every_other_time(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{enforcing_consecutive_5xx: 50 %}");
    struct ust_outlier_host host = {0};
    struct ust_rng rng = draws();
    int n = 0;
    for (int i = 0; i < 5000; i++)
        n += ust_outlier_error(&rule, &host, 0, false, &rng) == UST_OUTLIER_5XX;
    assert_in_range(n, 437, 563);
}

/* Envoy: at most 10 %, but one may always be; it asks whether the share that is out already is
 * below the limit. */
static void at_most_a_share_is_ejected_but_one_always(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{interval: 10 s}");
    assert_true(ust_outlier_may_eject(&rule, 0, 3));
    assert_false(ust_outlier_may_eject(&rule, 1, 3));
    assert_true(ust_outlier_may_eject(&rule, 1, 20));
    assert_false(ust_outlier_may_eject(&rule, 2, 20));
    rule = rule_of("{max_ejection_percent: 0 %}");
    assert_true(ust_outlier_may_eject(&rule, 0, 100));
    assert_false(ust_outlier_may_eject(&rule, 1, 100));
}

/* Envoy since 1.31: the share with the one that is to go must not exceed the limit. */
static void without_the_one_that_always_may_a_share_is_a_share(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{always_eject_one_host: false}");
    assert_false(ust_outlier_may_eject(&rule, 0, 9));
    assert_true(ust_outlier_may_eject(&rule, 0, 10));
    assert_false(ust_outlier_may_eject(&rule, 1, 15)); /* the older rule takes a second one */
    assert_true(ust_outlier_may_eject(&rule, 2, 30));
    assert_false(ust_outlier_may_eject(&rule, 3, 30));
    rule = rule_of("{always_eject_one_host: false, max_ejection_percent: 100 %}");
    assert_true(ust_outlier_may_eject(&rule, 2, 3));
}

static double eject_for(const struct ust_outlier_rule *rule, struct ust_outlier_host *host)
{
    struct ust_rng rng = draws();
    ust_outlier_eject(rule, host, 1000 * UST_S, &rng);
    double length = (double)(host->until - 1000 * UST_S) / 1e9;
    ust_outlier_return(host);
    return length;
}

/* Envoy: base 30 s times the ejections in a row, at most 300 s. */
static void ejections_in_a_row_last_longer_and_longer(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{interval: 10 s}");
    struct ust_outlier_host host = {0};
    for (int i = 1; i <= 10; i++)
        CHECK_NEAR(eject_for(&rule, &host), 30.0 * i, 0);
    CHECK_NEAR(eject_for(&rule, &host), 300, 0);
    CHECK_NEAR(eject_for(&rule, &host), 300, 0);
}

static void the_longest_ejection_is_never_shorter_than_the_base(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule =
        rule_of("{base_ejection_time: 10 min, max_ejection_time: 30 s}");
    struct ust_outlier_host host = {0};
    CHECK_NEAR(eject_for(&rule, &host), 600, 0);
    CHECK_NEAR(eject_for(&rule, &host), 600, 0);
}

static void jitter_makes_an_ejection_longer_by_at_most_itself(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{max_ejection_time_jitter: 10 s}");
    struct ust_rng rng = draws();
    double least = 1e9, most = 0;
    for (int i = 0; i < 2000; i++) {
        struct ust_outlier_host host = {0};
        ust_outlier_eject(&rule, &host, 0, &rng);
        double length = (double)host.until / 1e9;
        least = length < least ? length : least;
        most = length > most ? length : most;
    }
    assert_true(least >= 30 && least < 30.1 && most > 39.9 && most < 40);
}

static void an_ejection_ends_at_the_first_sweep_after_its_time(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{interval: 10 s}");
    struct ust_outlier_host host = {0};
    struct ust_rng rng = draws();
    ust_outlier_eject(&rule, &host, 4 * UST_S, &rng);
    assert_false(ust_outlier_sweep_host(&host, 30 * UST_S));
    assert_true(host.ejected);
    assert_true(ust_outlier_sweep_host(&host, 40 * UST_S));
    assert_false(host.ejected);
}

static void every_sweep_in_health_takes_one_ejection_off_the_count(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{interval: 10 s}");
    struct ust_outlier_host host = {0};
    for (int i = 0; i < 3; i++)
        eject_for(&rule, &host);
    assert_int_equal(host.times, 3);
    ust_outlier_sweep_host(&host, 0);
    ust_outlier_sweep_host(&host, 0);
    assert_int_equal(host.times, 1);
    CHECK_NEAR(eject_for(&rule, &host), 60, 0);
}

/* ---- rates ---- */

/* Five hosts with 100 requests each and so many good answers; who is named. */
static void sweep(const struct ust_outlier_rule *rule, const uint64_t *good, uint32_t n,
                  enum ust_outlier_reason *reason)
{
    struct ust_outlier_host hosts[8] = {0}, *host[8];
    struct ust_rng rng = draws();
    for (uint32_t i = 0; i < n; i++) {
        hosts[i].errors = (uint32_t)(100 - good[i]);
        host[i] = &hosts[i];
    }
    ust_outlier_sweep_rates(rule, host, good, n, &rng, reason);
    for (uint32_t i = 0; i < n; i++) {
        assert_int_equal(hosts[i].errors, 0);
        assert_int_equal(hosts[i].answered_was, good[i]);
    }
}

/* Envoy's successRateEjectionThreshold of {50, 100, 100, 100, 100} with 1.9 is 52: mean 90,
 * deviation 20. */
static void a_success_rate_far_below_the_others_makes_an_outlier(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{interval: 10 s}");
    enum ust_outlier_reason reason[8];
    sweep(&rule, (uint64_t[]){50, 100, 100, 100, 100}, 5, reason);
    assert_int_equal(reason[0], UST_OUTLIER_SUCCESS_RATE);
    for (int i = 1; i < 5; i++)
        assert_int_equal(reason[i], UST_OUTLIER_NOT);
    /* With two of them the deviation is 24.5 and the threshold 33.5: nobody stands out. */
    sweep(&rule, (uint64_t[]){50, 50, 100, 100, 100}, 5, reason);
    for (int i = 0; i < 5; i++)
        assert_int_equal(reason[i], UST_OUTLIER_NOT);
}

static void rates_need_hosts_and_requests_enough(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{interval: 10 s}");
    enum ust_outlier_reason reason[8];
    sweep(&rule, (uint64_t[]){50, 100, 100, 100}, 4, reason);
    assert_int_equal(reason[0], UST_OUTLIER_NOT);
    rule = rule_of("{success_rate_request_volume: 101}");
    sweep(&rule, (uint64_t[]){50, 100, 100, 100, 100}, 5, reason);
    assert_int_equal(reason[0], UST_OUTLIER_NOT);
}

/* 85 % of failures or more, where it is enforced, whatever the others do. */
static void a_failure_percentage_makes_an_outlier_by_itself(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule =
        rule_of("{enforcing_failure_percentage: 100 %, enforcing_success_rate: 0 %}");
    enum ust_outlier_reason reason[8];
    sweep(&rule, (uint64_t[]){15, 16, 15, 14, 0}, 5, reason);
    assert_int_equal(reason[0], UST_OUTLIER_FAILURE_PERCENTAGE);
    assert_int_equal(reason[1], UST_OUTLIER_NOT);
    assert_int_equal(reason[2], UST_OUTLIER_FAILURE_PERCENTAGE);
    assert_int_equal(reason[4], UST_OUTLIER_FAILURE_PERCENTAGE);
    rule = rule_of("{interval: 10 s}");
    sweep(&rule, (uint64_t[]){0, 0, 0, 0, 0}, 5, reason);
    assert_int_equal(reason[0], UST_OUTLIER_NOT);
}

/* ---- errors told apart ---- */

static void split_errors_have_rows_of_their_own(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{split_external_local_origin_errors: true, "
                                           "consecutive_local_origin_failure: 3}");
    struct ust_outlier_host host = {0};
    struct ust_rng rng = draws();
    for (int i = 0; i < 4; i++)
        assert_int_equal(ust_outlier_error(&rule, &host, 0, false, &rng), UST_OUTLIER_NOT);
    assert_int_equal(ust_outlier_error(&rule, &host, 0, true, &rng), UST_OUTLIER_NOT);
    assert_int_equal(ust_outlier_error(&rule, &host, 0, true, &rng), UST_OUTLIER_NOT);
    assert_int_equal(ust_outlier_error(&rule, &host, 0, false, &rng), UST_OUTLIER_5XX);
    assert_int_equal(ust_outlier_error(&rule, &host, 0, true, &rng), UST_OUTLIER_NOT);
    assert_int_equal(ust_outlier_error(&rule, &host, 0, true, &rng), UST_OUTLIER_NOT);
    assert_int_equal(ust_outlier_error(&rule, &host, 0, true, &rng), UST_OUTLIER_LOCAL);
}

/* 100 attempts a host; the first cannot be reached by half of them, the second answers half of
 * them with errors. Of the first's own answers all are good, of the second all are reached. */
static void split_rates_are_judged_apart(void **unused)
{
    (void)unused;
    struct ust_outlier_rule rule = rule_of("{split_external_local_origin_errors: true, "
                                           "success_rate_request_volume: 50}");
    struct ust_outlier_host hosts[5] = {{.local = 50}, {.errors = 50}}, *host[5];
    const uint64_t good[5] = {50, 50, 100, 100, 100};
    enum ust_outlier_reason reason[5];
    struct ust_rng rng = draws();
    for (int i = 0; i < 5; i++)
        host[i] = &hosts[i];
    ust_outlier_sweep_rates(&rule, host, good, 5, &rng, reason);
    assert_int_equal(reason[0], UST_OUTLIER_LOCAL_SUCCESS_RATE);
    assert_int_equal(reason[1], UST_OUTLIER_SUCCESS_RATE);
    for (int i = 2; i < 5; i++)
        assert_int_equal(reason[i], UST_OUTLIER_NOT);
    assert_int_equal(hosts[0].local, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_envoys),
        cmocka_unit_test(five_errors_in_a_row_make_an_outlier),
        cmocka_unit_test(a_good_answer_between_breaks_the_row),
        cmocka_unit_test(gateway_failures_have_a_row_of_their_own),
        cmocka_unit_test(what_is_not_enforced_ejects_nobody),
        cmocka_unit_test(what_is_half_enforced_ejects_every_other_time),
        cmocka_unit_test(at_most_a_share_is_ejected_but_one_always),
        cmocka_unit_test(without_the_one_that_always_may_a_share_is_a_share),
        cmocka_unit_test(ejections_in_a_row_last_longer_and_longer),
        cmocka_unit_test(the_longest_ejection_is_never_shorter_than_the_base),
        cmocka_unit_test(jitter_makes_an_ejection_longer_by_at_most_itself),
        cmocka_unit_test(an_ejection_ends_at_the_first_sweep_after_its_time),
        cmocka_unit_test(every_sweep_in_health_takes_one_ejection_off_the_count),
        cmocka_unit_test(a_success_rate_far_below_the_others_makes_an_outlier),
        cmocka_unit_test(rates_need_hosts_and_requests_enough),
        cmocka_unit_test(a_failure_percentage_makes_an_outlier_by_itself),
        cmocka_unit_test(split_errors_have_rows_of_their_own),
        cmocka_unit_test(split_rates_are_judged_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
