/* The references of `understudy verify`, against values computed elsewhere to 18 digits
 * (50-digit arithmetic, cross-checked with octave's queueing package and with expm): a wrong
 * reference cannot prove a wrong simulator. And the rules by which rows pass. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analysis/stats/laws.h"
#include "analysis/verify/verify.h"

#define CHECK_REL(value, expected, tolerance)                                                  \
    do {                                                                                       \
        double got = (value), right = (expected);                                              \
        if (!(fabs(got - right) <= (tolerance)*fabs(right)))                                   \
            fail_msg("%s is %.15g, expected %.15g", #value, got, right);                       \
    } while (0)

static void erlangs_formulas_have_the_published_digits(void **state)
{
    (void)state;
    CHECK_REL(ust_law_erlang_b(5, 3), 0.110054347826086957, 1e-13);
    CHECK_REL(ust_law_erlang_b(1000, 1000), 0.0248119176461604079, 1e-12);
    CHECK_REL(ust_law_erlang_c(2, 1.5), 0.642857142857142857, 1e-13);
    CHECK_REL(ust_law_erlang_c(1000, 980), 0.41220029236528148, 1e-11);
    CHECK_REL(ust_law_wait(20, 18), 0.27538450240805879, 1e-12);
    CHECK_REL(ust_law_sojourn_quantile(1, 0.9, 0.99), 46.0517018598809137, 1e-11);
    CHECK_REL(ust_law_sojourn_quantile(5, 4, 0.95), 4.19746257838696051, 1e-11); /* c - a = 1 */
    CHECK_REL(ust_law_sojourn_quantile(100, 95, 0.5), 0.807915897374043631, 1e-11);
    CHECK_REL(ust_law_pollaczek(0.8, 4), 10, 1e-14);
}

static void chains_settle_at_the_published_digits(void **state)
{
    (void)state;
    double p[UST_LAW_STATES];
    struct ust_law_chain chain = {.rate = 6, .c = 5, .places = 15, .states = 21};
    ust_law_steady(&chain, p);
    CHECK_REL(ust_law_moments(&chain, p).lost, 0.17269189190419072, 1e-12);
    CHECK_REL(ust_law_moments(&chain, p).mean, 15.6616216229721389, 1e-12);
    chain =
        (struct ust_law_chain){.rate = 12, .theta = 0.5, .c = 10, .places = 900, .states = 900};
    ust_law_steady(&chain, p);
    CHECK_REL(ust_law_moments(&chain, p).waiting, 4.69574265625735578, 1e-11);
    CHECK_REL(ust_law_moments(&chain, p).wait_share, 0.850384947914752279, 1e-11);
}

/* 10 of 20 servers at 18 erlangs lost for 5 and back: 62.97 at 5, 38.60 15 later. */
static void chains_move_as_published(void **state)
{
    (void)state;
    double p[UST_LAW_STATES];
    struct ust_law_chain chain = {.rate = 18, .c = 20, .places = 5000, .states = 600};
    ust_law_steady(&chain, p);
    chain.c = 10;
    double mean = ust_law_mean_over(&chain, p, 5);
    CHECK_REL(ust_law_moments(&chain, p).mean, 62.9733888852931, 1e-9);
    assert_true(mean > 42 && mean < 44); /* from 22.96 to 62.97, nearly straight */
    chain.c = 20;
    ust_law_run(&chain, p, 15);
    CHECK_REL(ust_law_moments(&chain, p).mean, 38.5969867880941, 1e-9);
}

static void caches_drain_as_it_was_measured(void **state)
{
    (void)state;
    CHECK_REL(ust_law_moved(20, 0.1122, 521.9, 60), 0.9, 1e-4); /* Flavel, Mani, Maltz */
    CHECK_REL(ust_law_moved(20, 0.1122, 521.9, 900), 0.98, 1e-4);
    CHECK_REL(ust_law_moved(60, 0, 1, 15), 0.25, 1e-14);
}

/* ---- who passes ---- */

static struct ust_verify_row law(double reference, double estimate, double p, double allowed)
{
    return (struct ust_verify_row){.kind = UST_VERIFY_LAW,
                                   .reference = reference,
                                   .allowed = allowed,
                                   .estimate = {estimate, estimate - 1, estimate + 1},
                                   .p = p,
                                   .n = 30};
}

static void a_family_allows_what_chance_brings_and_no_more(void **state)
{
    (void)state;
    struct ust_verify verify = {.arena = ust_arena_new(), .less = 1};
    for (int i = 0; i < 99; i++) {
        struct ust_verify_row row = law(10, 10, 0.5, 0.02);
        ust_verify_add(&verify, &row);
    }
    struct ust_verify_row unlucky = law(10, 10.1, 0.0002, 0.02); /* x 100 is 2 % */
    ust_verify_add(&verify, &unlucky);
    ust_verify_conclude(&verify);
    assert_int_equal(verify.failed, 0);
    verify.rows[99].p = 0.00009;
    ust_verify_conclude(&verify);
    assert_int_equal(verify.failed, 1);
    assert_false(verify.rows[99].passed);
    CHECK_REL(verify.rows[99].adjusted, 0.009, 1e-9);
    CHECK_REL(ust_verify_covered(&verify, 0.95), 0.99, 1e-12);
    verify.rows[99].resolution = 0.004; /* read through buckets: not for calibration */
    CHECK_REL(ust_verify_covered(&verify, 0.95), 1.0, 1e-12);
    free(verify.rows);
    ust_arena_free(verify.arena);
}

static void a_wide_interval_proves_nothing(void **state)
{
    (void)state;
    struct ust_verify verify = {.arena = ust_arena_new(), .less = 1};
    struct ust_verify_row row = law(10, 10.3, 0.4, 0.02);
    ust_verify_add(&verify, &row);
    ust_verify_conclude(&verify);
    assert_int_equal(verify.failed, 1);
    free(verify.rows);
    ust_arena_free(verify.arena);
}

static void a_share_fails_outside_its_promise_only(void **state)
{
    (void)state;
    struct ust_verify verify = {.arena = ust_arena_new(), .less = 1};
    const struct ust_verify_row covers = {.least = 0.93, .most = 0.97}, wolf = {.most = 0.05},
                                best = {.least = 0.95, .most = 1.0};
    ust_verify_add_share(&verify, covers, 950, 1000);
    ust_verify_add_share(&verify, covers, 925, 1000); /* 0.6 standard errors below */
    ust_verify_add_share(&verify, covers, 890, 1000); /* five */
    ust_verify_add_share(&verify, covers, 998, 1000);
    ust_verify_add_share(&verify, wolf, 0, 1000);
    ust_verify_add_share(&verify, wolf, 90, 1000);
    ust_verify_add_share(&verify, best, 1000, 1000);
    ust_verify_add_share(&verify, best, 900, 1000);
    ust_verify_conclude(&verify);
    static const bool passed[] = {true, true, false, false, true, false, true, false};
    for (int i = 0; i < 8; i++)
        assert_int_equal(verify.rows[i].passed, passed[i]);
    assert_int_equal(verify.failed, 4);
    free(verify.rows);
    ust_arena_free(verify.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(erlangs_formulas_have_the_published_digits),
        cmocka_unit_test(chains_settle_at_the_published_digits),
        cmocka_unit_test(chains_move_as_published),
        cmocka_unit_test(caches_drain_as_it_was_measured),
        cmocka_unit_test(a_family_allows_what_chance_brings_and_no_more),
        cmocka_unit_test(a_wide_interval_proves_nothing),
        cmocka_unit_test(a_share_fails_outside_its_promise_only),
    };
    return cmocka_run_group_tests_name("verify_laws", tests, NULL, NULL);
}
