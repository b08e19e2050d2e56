/* Which rows of a comparison are questions of their own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "analysis/compare/compare.h"

#define PAIRS 6

static uint32_t number[PAIRS] = {1, 2, 3, 4, 5, 6};
static double before[PAIRS] = {10, 12, 11, 13, 12, 10};
static double after[PAIRS] = {10.5, 12.2, 11.6, 13.4, 12.1, 10.7};

static struct ust_results_key key_of(const char *metric, const char *persona,
                                     const char *region, double *value)
{
    return (struct ust_results_key){.metric = metric,
                                    .unit = "s",
                                    .better = UST_LOWER,
                                    .persona = persona,
                                    .region = region,
                                    .n = PAIRS,
                                    .replication = number,
                                    .value = value};
}

/* What a run of one persona in one region holds of one metric, and a score beside it. */
struct side {
    struct ust_results_key keys[4];
    struct ust_results results;
};

static void make_side(struct side *side, double *value, const char *persona, const char *region)
{
    side->keys[0] = key_of("readiness", NULL, NULL, value);
    side->keys[1] = key_of("latency_mean", "user", "here", value);
    side->keys[2] = key_of("latency_mean", "user", NULL, value);
    side->keys[3] = key_of("latency_mean", NULL, NULL, value);
    side->results = (struct ust_results){.replications = PAIRS,
                                         .keys_n = 4,
                                         .keys = side->keys,
                                         .only_persona = persona,
                                         .only_region = region};
}

static struct ust_compare compare(struct side *a, struct side *b, struct ust_arena *arena)
{
    struct ust_compare out = {.a = &a->results, .b = &b->results, .alpha = 0.05, .power = 0.8};
    ust_compare_make(&out, arena);
    return out;
}

static void one_persona_in_one_region_is_asked_of_once(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct side a, b;
    make_side(&a, before, "user", "here");
    make_side(&b, after, "user", "here");
    struct ust_compare it = compare(&a, &b, arena);
    assert_int_equal(it.rows_n, 4);
    assert_int_equal(it.own_n, 2);
    assert_int_equal(it.family_n, 2);
    assert_int_equal(it.count[UST_CHANGE_WORSE], 2);
    const struct ust_compare_row *own = &it.rows[2];
    assert_ptr_equal(it.rows[1].same_as, own);
    assert_ptr_equal(it.rows[3].same_as, own);
    /* Whoever looks for "all" finds what is said of the persona. */
    assert_int_equal(it.rows[3].outcome, UST_CHANGE_WORSE);
    assert_true(it.rows[3].adjusted >= own->adjusted && it.rows[3].adjusted <= own->adjusted);
    /* Holm over two equal p-values: twice the one. */
    assert_true(fabs(own->adjusted - 2.0 * own->p) < 1e-12);
    const struct ust_compare_row **order = ust_compare_order(&it, arena);
    assert_true(order[0] == &it.rows[0] && order[1] == own);
    ust_arena_free(arena);
}

static void several_personas_and_regions_are_as_many_questions(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct side a, b;
    make_side(&a, before, NULL, NULL);
    make_side(&b, after, NULL, NULL);
    struct ust_compare it = compare(&a, &b, arena);
    assert_int_equal(it.own_n, 4);
    assert_int_equal(it.family_n, 4);
    ust_arena_free(arena);
}

/* In A all users are "user", in B there are others too: "all" is another question. */
static void persona_that_is_alone_in_one_of_the_runs_only_does_not_stand_for_all(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct side a, b;
    make_side(&a, before, "user", "here");
    make_side(&b, after, NULL, "here");
    struct ust_compare it = compare(&a, &b, arena);
    assert_int_equal(it.own_n, 3);
    assert_null(it.rows[3].same_as);
    assert_non_null(it.rows[1].same_as);
    ust_arena_free(arena);
}

static void persona_by_another_name_does_not_stand_for_all(void **state)
{
    (void)state;
    struct ust_arena *arena = ust_arena_new();
    struct side a, b;
    make_side(&a, before, "user", NULL);
    make_side(&b, after, "guest", NULL);
    b.keys[1].persona = b.keys[2].persona = "guest";
    struct ust_compare it = compare(&a, &b, arena);
    assert_int_equal(it.rows_n, 2); /* readiness and latency_mean of all */
    assert_int_equal(it.family_n, 2);
    ust_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_persona_in_one_region_is_asked_of_once),
        cmocka_unit_test(several_personas_and_regions_are_as_many_questions),
        cmocka_unit_test(persona_that_is_alone_in_one_of_the_runs_only_does_not_stand_for_all),
        cmocka_unit_test(persona_by_another_name_does_not_stand_for_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
