/* The gap between distributions whose values hang together within replications. */
#include <math.h>

#include "analysis/stats/shape.h"
#include "tests/unit/spec_help.h"

static void near(double value, double expected, double tolerance)
{
    if (!(fabs(value - expected) <= tolerance))
        fail_msg("%.6f, expected %.6f within %g", value, expected, tolerance);
}

static struct ust_shape ask(const uint64_t *a, size_t a_n, const uint64_t *b, size_t b_n,
                            size_t bins, bool paired)
{
    struct ust_rng rng = ust_rng_derive(3, 0, "test");
    return ust_stats_shape_groups((struct ust_shape_counts){a, a_n},
                                  (struct ust_shape_counts){b, b_n}, bins, paired, &rng);
}

/* A: 4, 4, 0 of 8 in three bins; B: 0, 4, 4. After the first bin 1/2 against 0, after the
 * second 1 against 1/2: the first of the widest counts. Three pairs, all alike: of the 4
 * exchanges that leave the first pair alone only none reaches 1/2 (any other mixes the sides).
 */
static void three_pairs_by_hand(void **state)
{
    (void)state;
    const uint64_t a[] = {4, 4, 0, 4, 4, 0, 4, 4, 0}, b[] = {0, 4, 4, 0, 4, 4, 0, 4, 4};
    struct ust_shape shape = ask(a, 3, b, 3, 3, true);
    near(shape.gap, 0.5, 1e-12);
    near(shape.at, 0, 0);
    near(shape.p, 0.25, 1e-12);
}

static void equal_counts_have_no_gap_and_are_never_found(void **state)
{
    (void)state;
    const uint64_t a[] = {5, 1, 2, 5, 1, 2};
    struct ust_shape shape = ask(a, 2, a, 2, 3, true);
    near(shape.gap, 0, 0);
    near(shape.p, 1, 0);
}

static void a_side_without_values_says_nothing(void **state)
{
    (void)state;
    const uint64_t a[] = {5, 1, 5, 1}, none[] = {0, 0, 0, 0};
    struct ust_shape shape = ask(a, 2, none, 2, 2, true);
    assert_true(isnan(shape.gap));
    assert_true(isnan(shape.p));
}

#define BINS 20

/* A replication: 1000 values, all pushed to and fro by a shift of its own, and those of `hump`
 * (of a thousand) moved into the last bins. */
static void replication(struct ust_rng *rng, uint32_t shift, uint32_t hump, uint64_t *count)
{
    for (int b = 0; b < BINS; b++)
        count[b] = 0;
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t at = shift + ust_rng_below(rng, 8);
        count[i < hump ? BINS - 1 : at]++;
    }
}

/* How often of 100 a family of two runs of n replications is found different at 5 %. */
static uint32_t found(uint32_t n, uint32_t hump, bool paired)
{
    uint32_t out = 0;
    uint64_t a[16 * BINS], b[16 * BINS];
    for (uint32_t t = 0; t < 100; t++) {
        struct ust_rng rng = ust_rng_derive(t, 0, "replications");
        for (uint32_t i = 0; i < n; i++) {
            uint32_t shift = ust_rng_below(&rng, 8);
            replication(&rng, shift, 0, &a[i * BINS]);
            replication(&rng, paired ? shift : ust_rng_below(&rng, 8), hump, &b[i * BINS]);
        }
        out += ask(a, n, b, n, BINS, paired).p <= 0.05;
    }
    return out;
}

/* The law of independent values would find all of these: 8,000 values a side, shifted by what a
 * replication has in common. Of 100 at 5 % more than 11 have probability 0.4 %. */
static void what_hangs_together_within_a_replication_is_no_finding(void **state)
{
    (void)state;
    assert_in_range(found(8, 0, true), 0, 11);
    assert_in_range(found(8, 0, false), 0, 11);
    assert_in_range(found(13, 0, true), 0, 11); /* draws, not all exchanges */
}

static void a_second_hump_is_found_in_pairs(void **state)
{
    (void)state;
    assert_in_range(found(8, 40, true), 90, 100);
    assert_in_range(found(13, 40, true), 90, 100);
}

static void pairs_too_few_for_any_finding_find_none(void **state)
{
    (void)state;
    assert_int_equal(found(4, 500, true), 0); /* the least p is 1 in 8 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_pairs_by_hand),
        cmocka_unit_test(equal_counts_have_no_gap_and_are_never_found),
        cmocka_unit_test(a_side_without_values_says_nothing),
        cmocka_unit_test(what_hangs_together_within_a_replication_is_no_finding),
        cmocka_unit_test(a_second_hump_is_found_in_pairs),
        cmocka_unit_test(pairs_too_few_for_any_finding_find_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
