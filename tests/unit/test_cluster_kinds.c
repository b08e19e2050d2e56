/* Kinds of users, of sessions that say much or little of them. */
#include "tests/unit/cluster.h"

#include "analysis/cluster/kinds.h"
#include "analysis/cluster/measure.h"

/* Three measures (length, pause, cost) and three actions. */
#define MEASURES 3
#define ACTIONS  3
#define COLUMNS  (2 * MEASURES + ACTIONS)

static const double least[MEASURES] = {0.1, 0.1, 0.2}, usual[ACTIONS] = {1.0, 4.0, 10.0};
static const struct ust_kinds_layout layout = {.measures = MEASURES,
                                               .actions = ACTIONS,
                                               .costs = 1,
                                               .usual = usual,
                                               .length = true,
                                               .least = least};

/* What users of a kind do: their own means differ from the kind's by `own`, as a sigma. */
static const struct maker {
    double requests, requests_sigma, pause, pause_sigma, own;
    double share[ACTIONS], cost[ACTIONS]; /* cost: of an event, over the usual */
} shopper = {20, 0.9, 20, 1.0, 0.2, {0.7, 0.2, 0.1}, {1, 1, 1}},
  reader = {3, 1.0, 20, 1.0, 0.2, {0.1, 0.9, 0.0}, {1, 1, 1}},
  poller = {20, 0.9, 2, 0.3, 0.1, {0.7, 0.2, 0.1}, {1, 1, 1}},
  worker = {20, 0.9, 20, 1.0, 0.2, {0.7, 0.2, 0.1}, {4, 2, 3}};

struct set {
    struct ust_arena *arena;
    double *x;
    uint32_t *known;
    struct ust_points rows;
};

static void make_row(const struct maker *m, struct ust_rng *rng, double *x)
{
    double n = floor(1.0 + m->requests * exp(m->requests_sigma * ust_normal(rng)));
    double pace = m->own * ust_normal(rng), took = 0.0, expected = 0.0;
    memset(x, 0, COLUMNS * sizeof *x);
    x[0] = log(n);
    x[1] = n;
    for (int i = 1; i < (int)n; i++)
        x[2] += log(m->pause) + pace + m->pause_sigma * ust_normal(rng);
    x[2] = n > 1 ? x[2] / (n - 1) : 0.0;
    x[3] = n - 1;
    for (int i = 0; i < (int)n; i++) {
        double u = ust_rng_unit(rng);
        int a = u < m->share[0] ? 0 : u < m->share[0] + m->share[1] ? 1 : 2;
        x[2 * MEASURES + a] += 1.0;
        took += usual[a] * m->cost[a] * exp(0.5 * ust_normal(rng) - 0.125);
        expected += usual[a];
    }
    x[4] = log(took / expected);
    x[5] = n;
}

static struct set make_set(const struct maker *const *makers, const size_t *sizes, uint32_t k,
                           uint64_t seed)
{
    struct set s = {.arena = ust_arena_new()};
    size_t n = 0, at = 0;
    for (uint32_t c = 0; c < k; c++)
        n += sizes[c];
    s.x = ust_arena_alloc(s.arena, double, n *COLUMNS);
    s.known = ust_arena_alloc(s.arena, uint32_t, n);
    struct ust_rng rng = ust_rng_derive(seed, 0, "test/kinds");
    for (uint32_t c = 0; c < k; c++)
        for (size_t i = 0; i < sizes[c]; i++, at++) {
            make_row(makers[c], &rng, s.x + at * COLUMNS);
            s.known[at] = c;
        }
    s.rows = (struct ust_points){s.x, n, COLUMNS};
    return s;
}

static struct ust_kinds find(const struct set *s, struct ust_kinds_options options)
{
    struct ust_kinds out;
    assert_int_equal(ust_kinds_find(&s->rows, &layout, &options, s->arena, &out),
                     UST_CLUSTER_OK);
    return out;
}

static void free_set(struct set *s)
{
    ust_arena_free(s->arena);
}

/* Lengths spread over a factor of a hundred: k-means and Gaussians cut here. */
static void one_kind_whose_users_differ_much_is_one(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct set s =
            make_set((const struct maker *const[]){&shopper}, (const size_t[]){300}, 1, seed);
        struct ust_kinds it = find(&s, (struct ust_kinds_options){.seed = seed});
        assert_int_equal(it.n, 1);
        assert_true(it.sure[0] == 1.0);
        free_set(&s);
    }
}

static void unequal_kinds_are_told_by_mix_pace_and_cost(void **state)
{
    (void)state;
    const struct maker *const makers[] = {&shopper, &reader, &poller, &worker};
    struct set s = make_set(makers, (const size_t[]){700, 300, 90, 60}, 4, 3);
    struct ust_kinds it = find(&s, (struct ust_kinds_options){.threads = 2});
    assert_int_equal(it.n, 4);
    /* Readers of one request may as well be others. */
    assert_true(ust_adjusted_rand(it.labels, s.known, s.rows.n) > 0.93);
    for (uint32_t k = 0; k < it.n; k++)
        assert_true(it.sure[k] > 0.9 && it.sure[k] <= 1.0);
    free_set(&s);
}

static void the_evidence_leads_to_the_number(void **state)
{
    (void)state;
    const struct maker *const makers[] = {&shopper, &poller};
    struct set s = make_set(makers, (const size_t[]){500, 500}, 2, 4);
    struct ust_kinds it = find(&s, (struct ust_kinds_options){.kinds_max = 6});
    assert_int_equal(it.n, 2);
    assert_int_equal(it.first, 1);
    assert_true(it.bic[1] < it.bic[0]);
    for (uint32_t i = 0; i < it.tried; i++)
        assert_true(it.bic[it.components - 1] <= it.bic[i]);
    assert_int_equal(it.steps, it.components);
    assert_int_equal(it.step[0].kinds, it.components);
    assert_int_equal(it.step[it.steps - 1].kinds, 1);
    assert_true(it.step[it.steps - 1].overlap == 0.0);
    assert_true(it.step[it.steps - 2].overlap < 0.05);
    free_set(&s);
}

static void a_given_number_is_found(void **state)
{
    (void)state;
    const struct maker *const makers[] = {&shopper, &reader, &poller};
    struct set s = make_set(makers, (const size_t[]){100, 100, 100}, 3, 5);
    for (uint32_t k = 1; k <= 5; k++) {
        struct ust_kinds it = find(&s, (struct ust_kinds_options){.kinds = k, .kinds_max = 5});
        assert_int_equal(it.n, k);
    }
    free_set(&s);
}

static void threads_change_nothing_and_a_sample_finds_the_same(void **state)
{
    (void)state;
    const struct maker *const makers[] = {&shopper, &reader, &poller};
    struct set s = make_set(makers, (const size_t[]){1500, 1000, 500}, 3, 6);
    struct ust_kinds one = find(&s, (struct ust_kinds_options){.sessions_max = 400});
    struct ust_kinds four =
        find(&s, (struct ust_kinds_options){.sessions_max = 400, .threads = 4});
    assert_int_equal(one.n, 3);
    assert_memory_equal(one.labels, four.labels, s.rows.n * sizeof *one.labels);
    assert_memory_equal(one.bic, four.bic, one.tried * sizeof *one.bic);
    assert_memory_equal(one.sure, four.sure, one.n * sizeof *one.sure);
    assert_true(ust_adjusted_rand(one.labels, s.known, s.rows.n) > 0.95);
    free_set(&s);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    struct set s =
        make_set((const struct maker *const[]){&shopper}, (const size_t[]){30}, 1, 7);
    struct ust_kinds out;
#define TRY(...)                                                                               \
    ust_kinds_find(&s.rows, &layout, &(struct ust_kinds_options){__VA_ARGS__}, s.arena, &out)
    assert_int_equal(TRY(.kinds = 31), UST_CLUSTER_TOO_FEW);
    assert_int_equal(TRY(.kinds_max = UST_KINDS_MAX + 1), UST_CLUSTER_TOO_LARGE);
    s.x[7] = (double)NAN;
    assert_int_equal(TRY(0), UST_CLUSTER_NOT_FINITE);
    s.rows.n = 0;
    assert_int_equal(TRY(0), UST_CLUSTER_NO_POINTS);
#undef TRY
    free_set(&s);
}

static void sessions_that_are_all_alike_are_one_kind(void **state)
{
    (void)state;
    struct set s =
        make_set((const struct maker *const[]){&shopper}, (const size_t[]){50}, 1, 8);
    for (size_t i = 1; i < 50; i++)
        memcpy(s.x + i * COLUMNS, s.x, COLUMNS * sizeof *s.x);
    struct ust_kinds it = find(&s, (struct ust_kinds_options){0});
    assert_int_equal(it.n, 1);
    free_set(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_kind_whose_users_differ_much_is_one),
        cmocka_unit_test(unequal_kinds_are_told_by_mix_pace_and_cost),
        cmocka_unit_test(the_evidence_leads_to_the_number),
        cmocka_unit_test(a_given_number_is_found),
        cmocka_unit_test(threads_change_nothing_and_a_sample_finds_the_same),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(sessions_that_are_all_alike_are_one_kind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
