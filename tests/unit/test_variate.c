/* The ziggurat's tables, recomputed with MPFR and compared bit by bit, and the variates' laws.
 * `test_variate --tables` prints sim/rand/ziggurat.inc. */
#include <stdint.h> /* before mpfr.h, which then offers its functions for uintmax_t */
#include <stdio.h>
#include <string.h>

#include <mpfr.h>

#include "tests/unit/law.h"

#include "sim/rand/variate.h"

#define BITS   300
#define LAYERS 256

/* A density, up to a factor, that falls from 1 at 0. */
struct density {
    void (*value)(mpfr_t out, mpfr_t x);
    void (*inverse)(mpfr_t out, mpfr_t y);
    void (*beyond)(mpfr_t out, mpfr_t x); /* its integral from x to infinity */
};

static void exponential_value(mpfr_t out, mpfr_t x)
{
    mpfr_neg(out, x, MPFR_RNDN);
    mpfr_exp(out, out, MPFR_RNDN);
}

static void exponential_inverse(mpfr_t out, mpfr_t y)
{
    mpfr_log(out, y, MPFR_RNDN);
    mpfr_neg(out, out, MPFR_RNDN);
}

static void normal_value(mpfr_t out, mpfr_t x)
{
    mpfr_sqr(out, x, MPFR_RNDN);
    mpfr_div_si(out, out, -2, MPFR_RNDN);
    mpfr_exp(out, out, MPFR_RNDN);
}

static void normal_inverse(mpfr_t out, mpfr_t y)
{
    mpfr_log(out, y, MPFR_RNDN);
    mpfr_mul_si(out, out, -2, MPFR_RNDN);
    mpfr_sqrt(out, out, MPFR_RNDN);
}

static void normal_beyond(mpfr_t out, mpfr_t x)
{
    mpfr_t half_pi;
    mpfr_init2(half_pi, BITS);
    mpfr_const_pi(half_pi, MPFR_RNDN);
    mpfr_div_ui(half_pi, half_pi, 2, MPFR_RNDN);
    mpfr_sqrt(half_pi, half_pi, MPFR_RNDN);
    mpfr_sqrt_ui(out, 2, MPFR_RNDN);
    mpfr_div(out, x, out, MPFR_RNDN);
    mpfr_erfc(out, out, MPFR_RNDN);
    mpfr_mul(out, out, half_pi, MPFR_RNDN);
    mpfr_clear(half_pi);
}

static const struct density exponential = {exponential_value, exponential_inverse,
                                           exponential_value};
static const struct density normal = {normal_value, normal_inverse, normal_beyond};

struct table {
    struct ust_layer layer[LAYERS];
    double height[LAYERS];
    double tail;
};

/* Stacks layers of equal area from the tail up; true if they pass the top of the density. */
static int stack(const struct density *f, mpfr_t tail, mpfr_t edge[LAYERS + 1],
                 mpfr_t height[LAYERS + 1])
{
    mpfr_t area;
    mpfr_init2(area, BITS);
    f->value(height[1], tail);
    f->beyond(area, tail);
    mpfr_fma(area, tail, height[1], area, MPFR_RNDN);
    mpfr_div(edge[0], area, height[1], MPFR_RNDN);
    mpfr_set_ui(height[0], 0, MPFR_RNDN);
    mpfr_set(edge[1], tail, MPFR_RNDN);
    int passed = 0;
    for (int i = 2; i <= LAYERS && !passed; i++) {
        mpfr_div(height[i], area, edge[i - 1], MPFR_RNDN);
        mpfr_add(height[i], height[i], height[i - 1], MPFR_RNDN);
        passed = mpfr_cmp_ui(height[i], 1) >= 0;
        if (!passed)
            f->inverse(edge[i], height[i]);
    }
    mpfr_clear(area);
    return passed;
}

static void make_table(const struct density *f, struct table *table)
{
    static mpfr_t edge[LAYERS + 1], height[LAYERS + 1];
    mpfr_t low, high, tail;
    mpfr_inits2(BITS, low, high, tail, (mpfr_ptr)0);
    for (int i = 0; i <= LAYERS; i++)
        mpfr_inits2(BITS, edge[i], height[i], (mpfr_ptr)0);
    /* Too short a tail makes the layers too thick, so that they pass the top. */
    mpfr_set_ui(low, 1, MPFR_RNDN);
    mpfr_set_ui(high, 20, MPFR_RNDN);
    for (int step = 0; step < BITS; step++) {
        mpfr_add(tail, low, high, MPFR_RNDN);
        mpfr_div_ui(tail, tail, 2, MPFR_RNDN);
        if (stack(f, tail, edge, height))
            mpfr_set(low, tail, MPFR_RNDN);
        else
            mpfr_set(high, tail, MPFR_RNDN);
    }
    stack(f, high, edge, height);
    mpfr_set_ui(edge[LAYERS], 0, MPFR_RNDN);
    for (int i = 0; i < LAYERS; i++) {
        mpfr_div(tail, edge[i + 1], edge[i], MPFR_RNDN);
        mpfr_mul_2ui(tail, tail, 53, MPFR_RNDN);
        table->layer[i].inside = mpfr_get_uj(tail, MPFR_RNDZ);
        table->layer[i].width = mpfr_get_d(edge[i], MPFR_RNDN) * 0x1p-53;
        table->height[i] = mpfr_get_d(height[i], MPFR_RNDN);
    }
    table->tail = mpfr_get_d(edge[1], MPFR_RNDN);
    for (int i = 0; i <= LAYERS; i++)
        mpfr_clears(edge[i], height[i], (mpfr_ptr)0);
    mpfr_clears(low, high, tail, (mpfr_ptr)0);
}

static void print_table(const struct density *f, const char *name)
{
    static struct table table;
    make_table(f, &table);
    printf("#ifdef UST_%s_LAYER\n", name);
    for (int i = 0; i < LAYERS; i++)
        printf("UST_%s_LAYER(%a, %#jx, %a)\n", name, table.layer[i].width,
               (uintmax_t)table.layer[i].inside, table.height[i]);
    printf("#endif\n#ifdef UST_%s_TAIL\nUST_%s_TAIL(%a)\n#endif\n", name, name, table.tail);
}

static int print_tables(void)
{
    puts("/* Printed by tests/unit/test_variate --tables, which also checks it. */");
    print_table(&exponential, "EXPONENTIAL");
    print_table(&normal, "NORMAL");
    return 0;
}

/* ---- the tables ---- */

static void check_table(const struct density *f, const struct ust_layer *layers,
                        const double *heights, double tail)
{
    static struct table want;
    make_table(f, &want);
    assert_memory_equal(layers, want.layer, sizeof want.layer);
    assert_memory_equal(heights, want.height, sizeof want.height);
    assert_true(tail == want.tail);
}

static void exponential_table_is_exact(void **state)
{
    (void)state;
    static const double heights[] = {
#define UST_EXPONENTIAL_LAYER(width, inside, height) height,
#include "sim/rand/ziggurat.inc"
#undef UST_EXPONENTIAL_LAYER
    };
#define UST_EXPONENTIAL_TAIL(x) const double tail = x;
#include "sim/rand/ziggurat.inc"
#undef UST_EXPONENTIAL_TAIL
    assert_int_equal(sizeof heights, LAYERS * sizeof(double));
    assert_true(fabs(tail - 7.69711747013104972) < 1e-15); /* Marsaglia and Tsang 2000 */
    check_table(&exponential, ust_exponential_layers, heights, tail);
}

static void normal_table_is_exact(void **state)
{
    (void)state;
    static const double heights[] = {
#define UST_NORMAL_LAYER(width, inside, height) height,
#include "sim/rand/ziggurat.inc"
#undef UST_NORMAL_LAYER
    };
#define UST_NORMAL_TAIL(x) const double tail = x;
#include "sim/rand/ziggurat.inc"
#undef UST_NORMAL_TAIL
    assert_int_equal(sizeof heights, LAYERS * sizeof(double));
    assert_true(fabs(tail - 3.6541528853610088) < 1e-15); /* Marsaglia and Tsang 2000 */
    check_table(&normal, ust_normal_layers, heights, tail);
}

/* ---- the laws ---- */

#define MANY 2000000

static double sample[MANY];

static double exponential_cdf(const void *law, double x)
{
    (void)law;
    return -expm1(-x);
}

static double normal_cdf(const void *law, double x)
{
    (void)law;
    return gsl_cdf_ugaussian_P(x);
}

static double conditional_cdf(const void *law, double x)
{
    double from = *(const double *)law;
    return 1 - gsl_cdf_ugaussian_Q(x) / gsl_cdf_ugaussian_Q(from);
}

static void exponentials_follow_their_law(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(1, 0, "exponential");
    for (int i = 0; i < MANY; i++)
        sample[i] = ust_exponential(&rng);
    law_check("exponential", sample, MANY, exponential_cdf, NULL);
}

static void normals_follow_their_law(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(1, 0, "normal");
    for (int i = 0; i < MANY; i++)
        sample[i] = ust_normal(&rng);
    law_check("normal", sample, MANY, normal_cdf, NULL);
}

/* A wrong layer shows in its own range, which the distance above could miss. */
static void exponentials_fill_a_thousand_equal_cells(void **state)
{
    (void)state;
    enum { CELLS = 1000 };
    static double count[CELLS], expected[CELLS];
    struct ust_rng rng = ust_rng_derive(2, 0, "exponential");
    for (int i = 0; i < MANY; i++)
        count[(int)(exponential_cdf(NULL, ust_exponential(&rng)) * CELLS)]++;
    for (int i = 0; i < CELLS; i++)
        expected[i] = (double)MANY / CELLS;
    law_check_counts("exponential", count, expected, CELLS);
}

static void normals_fill_a_thousand_equal_cells(void **state)
{
    (void)state;
    enum { CELLS = 1000 };
    static double count[CELLS], expected[CELLS];
    struct ust_rng rng = ust_rng_derive(2, 0, "normal");
    for (int i = 0; i < MANY; i++)
        count[(int)(normal_cdf(NULL, ust_normal(&rng)) * CELLS)]++;
    for (int i = 0; i < CELLS; i++)
        expected[i] = (double)MANY / CELLS;
    law_check_counts("normal", count, expected, CELLS);
}

/* ---- the tails, which one draw in thousands reaches ---- */

static void exponentials_follow_their_law_beyond_the_last_layer(void **state)
{
    (void)state;
    const double tail = 7.69711747013105;
    struct ust_rng rng = ust_rng_derive(3, 0, "exponential");
    const int draws = 30000000;
    size_t n = 0;
    for (int i = 0; i < draws; i++) {
        double x = ust_exponential(&rng);
        if (x > tail)
            sample[n++] = x - tail;
    }
    double p = exp(-tail);
    law_check_mean("share beyond", (double)n / draws, p, sqrt(p * (1 - p)), (size_t)draws);
    law_check("exponential beyond", sample, n, exponential_cdf, NULL);
}

static void normals_follow_their_law_beyond_the_last_layer(void **state)
{
    (void)state;
    const double tail = 3.6541528853610088;
    struct ust_rng rng = ust_rng_derive(3, 0, "normal");
    const int draws = 30000000;
    size_t n = 0, above = 0;
    for (int i = 0; i < draws; i++) {
        double x = ust_normal(&rng);
        if (fabs(x) > tail) {
            sample[n++] = fabs(x);
            above += x > 0;
        }
    }
    double p = 2 * gsl_cdf_ugaussian_Q(tail);
    law_check_mean("share beyond", (double)n / draws, p, sqrt(p * (1 - p)), (size_t)draws);
    law_check_mean("share above", (double)above / (double)n, 0.5, 0.5, n);
    law_check("normal beyond", sample, n, conditional_cdf, &tail);
}

/* ---- the rare paths by themselves ---- */

/* A word that falls beyond the bottom layer's rectangle. */
#define BEYOND 0xffffffffffffff00u

static void exponential_tail_by_itself_follows_its_law(void **state)
{
    (void)state;
    const double tail = 7.69711747013104972;
    struct ust_rng rng = ust_rng_derive(11, 0, "tail");
    size_t again = 0; /* those that met the tail of the tail */
    for (int i = 0; i < MANY; i++) {
        sample[i] = ust_exponential_slow(&rng, BEYOND) - tail;
        again += sample[i] > tail;
    }
    double p = exp(-tail);
    law_check_mean("twice beyond", (double)again / MANY, p, sqrt(p * (1 - p)), MANY);
    law_check("exponential tail", sample, MANY, exponential_cdf, NULL);
}

static void normal_tail_by_itself_follows_its_law(void **state)
{
    (void)state;
    const double tail = 3.6541528853610088;
    struct ust_rng rng = ust_rng_derive(11, 0, "tail");
    for (int i = 0; i < MANY / 4; i++)
        sample[i] = fabs(ust_normal_slow(&rng, BEYOND));
    law_check("normal tail", sample, MANY / 4, conditional_cdf, &tail);
}

/* Points at the layers' edges: each must be kept with the share of the layer's height that lies
 * under the density there. A point that is kept comes back as it is; else another comes. */
static void check_edges(const char *what, const struct ust_layer *layers, const double *heights,
                        double (*slow)(struct ust_rng *rng, uint64_t bits),
                        double (*density)(double x))
{
    enum { GROUPS = 20 };
    double kept[GROUPS] = {0}, due[GROUPS] = {0}, variance[GROUPS] = {0};
    struct ust_rng rng = ust_rng_derive(12, 0, what);
    for (int i = 0; i < MANY; i++) {
        uint64_t layer = 1 + ust_rng_below(&rng, LAYERS - 1), inside = layers[layer].inside;
        uint64_t span = ((uint64_t)1 << 53) - inside;
        uint64_t along = inside + (uint64_t)(ust_rng_unit(&rng) * (double)span);
        double x = (double)along * layers[layer].width;
        double top = layer + 1 < LAYERS ? heights[layer + 1] : 1, bottom = heights[layer];
        double p = fmin(1, fmax(0, (density(x) - bottom) / (top - bottom)));
        int group = (int)fmin(p * GROUPS, GROUPS - 1);
        kept[group] += slow(&rng, along << 11 | layer) == x;
        due[group] += p;
        variance[group] += p * (1 - p);
    }
    for (int i = 0; i < GROUPS; i++) {
        double z = (kept[i] - due[i]) / sqrt(variance[i]);
        if (!(fabs(z) < LAW_NORMAL))
            fail_msg("%s: %g points kept of %.1f due, z = %.2f", what, kept[i], due[i], z);
    }
}

static double exponential_density(double x)
{
    return exp(-x);
}

static double normal_density(double x)
{
    return exp(-x * x / 2);
}

static void edges_of_exponential_layers_follow_the_density(void **state)
{
    (void)state;
    static struct table table;
    make_table(&exponential, &table);
    check_edges("exponential edges", table.layer, table.height, ust_exponential_slow,
                exponential_density);
}

static void edges_of_normal_layers_follow_the_density(void **state)
{
    (void)state;
    static struct table table;
    make_table(&normal, &table);
    check_edges("normal edges", table.layer, table.height, ust_normal_slow, normal_density);
}

/* ---- moments ---- */

static void exponentials_have_their_first_three_moments(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(4, 0, "exponential");
    double first = 0, second = 0, third = 0;
    for (int i = 0; i < MANY; i++) {
        double x = ust_exponential(&rng);
        first += x;
        second += x * x;
        third += x * x * x;
    }
    /* E X^n = n!, so var X^n = (2n)! - (n!)^2 */
    law_check_mean("E X", first / MANY, 1, 1, MANY);
    law_check_mean("E X^2", second / MANY, 2, sqrt(24 - 4), MANY);
    law_check_mean("E X^3", third / MANY, 6, sqrt(720 - 36), MANY);
}

static void normals_have_their_first_four_moments(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(4, 0, "normal");
    double first = 0, second = 0, third = 0, fourth = 0;
    for (int i = 0; i < MANY; i++) {
        double x = ust_normal(&rng);
        first += x;
        second += x * x;
        third += x * x * x;
        fourth += x * x * x * x;
    }
    /* E X^n = (n - 1)!! for even n, so E X^6 = 15 and E X^8 = 105 */
    law_check_mean("E X", first / MANY, 0, 1, MANY);
    law_check_mean("E X^2", second / MANY, 1, sqrt(2), MANY);
    law_check_mean("E X^3", third / MANY, 0, sqrt(15), MANY);
    law_check_mean("E X^4", fourth / MANY, 3, sqrt(105 - 9), MANY);
}

/* ---- what careless ziggurats get wrong ---- */

/* A grid of 2^24 abscissae a layer would repeat itself tens of times here; of 2^53, once in
 * some ten thousand tests. */
static void no_value_repeats_among_two_million(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(5, 0, "grid");
    for (int i = 0; i < MANY; i++)
        sample[i] = ust_exponential(&rng);
    qsort(sample, MANY, sizeof sample[0], law_order);
    for (int i = 1; i < MANY; i++)
        assert_true(sample[i] != sample[i - 1]);
    for (int i = 0; i < MANY; i++)
        sample[i] = ust_normal(&rng);
    qsort(sample, MANY, sizeof sample[0], law_order);
    for (int i = 1; i < MANY; i++)
        assert_true(sample[i] != sample[i - 1]);
}

static void successive_normals_are_independent(void **state)
{
    (void)state;
    enum { SIDE = 40 };
    static double count[SIDE * SIDE], expected[SIDE * SIDE];
    struct ust_rng rng = ust_rng_derive(6, 0, "normal");
    for (int i = 0; i < MANY / 2; i++) {
        int a = (int)(normal_cdf(NULL, ust_normal(&rng)) * SIDE);
        int b = (int)(normal_cdf(NULL, ust_normal(&rng)) * SIDE);
        count[a * SIDE + b]++;
    }
    for (int i = 0; i < SIDE * SIDE; i++)
        expected[i] = MANY / 2.0 / (SIDE * SIDE);
    law_check_counts("pairs of normals", count, expected, SIDE * SIDE);
}

static void successive_exponentials_are_independent(void **state)
{
    (void)state;
    enum { SIDE = 40 };
    static double count[SIDE * SIDE], expected[SIDE * SIDE];
    struct ust_rng rng = ust_rng_derive(6, 0, "exponential");
    for (int i = 0; i < MANY / 2; i++) {
        int a = (int)(exponential_cdf(NULL, ust_exponential(&rng)) * SIDE);
        int b = (int)(exponential_cdf(NULL, ust_exponential(&rng)) * SIDE);
        count[a * SIDE + b]++;
    }
    for (int i = 0; i < SIDE * SIDE; i++)
        expected[i] = MANY / 2.0 / (SIDE * SIDE);
    law_check_counts("pairs of exponentials", count, expected, SIDE * SIDE);
}

/* Where layer and abscissa share bits, the abscissa within a layer is not uniform. */
static void abscissae_are_uniform_within_each_layer(void **state)
{
    (void)state;
    enum { PARTS = 16 };
    static double count[LAYERS * PARTS], expected[LAYERS * PARTS];
    struct ust_rng rng = ust_rng_derive(7, 0, "layers");
    for (int i = 0; i < MANY; i++) {
        struct ust_rng before = rng;
        uint64_t layer = ust_rng_u64(&before) & 255;
        double x = ust_exponential(&rng) / (ust_exponential_layers[layer].width * 0x1p53);
        if (rng.state == before.state && x < 0.5) /* one word sufficed; half is always inside */
            count[layer * PARTS + (uint64_t)(x * 2 * PARTS)]++;
    }
    for (int i = 0; i < LAYERS * PARTS; i++) {
        int is_inside = ust_exponential_layers[i / PARTS].inside >= (uint64_t)1 << 52;
        expected[i] = is_inside ? MANY / 2.0 / (LAYERS * PARTS) : 0;
        if (!is_inside)
            count[i] = 0;
    }
    law_check_counts("abscissae", count, expected, LAYERS * PARTS);
}

/* ---- gamma ---- */

struct gamma_law {
    double shape;
};

static double gamma_cdf(const void *law, double x)
{
    return gsl_cdf_gamma_P(x, ((const struct gamma_law *)law)->shape, 1);
}

static void check_gamma(double alpha)
{
    struct ust_rng rng = ust_rng_derive(8, 0, "gamma");
    struct ust_gamma_shape shape = ust_gamma_prepare(alpha);
    const size_t n = 200000;
    for (size_t i = 0; i < n; i++)
        sample[i] = ust_gamma(&rng, shape.shifted, shape.spread);
    law_check("gamma", sample, n, gamma_cdf, &(struct gamma_law){alpha});
}

static void gammas_of_shape_1_follow_their_law(void **state)
{
    (void)state;
    check_gamma(1);
}

static void gammas_of_shape_2_and_a_half_follow_their_law(void **state)
{
    (void)state;
    check_gamma(2.5);
}

static void gammas_of_shape_1000_follow_their_law(void **state)
{
    (void)state;
    check_gamma(1000);
}

/* ---- the same draws everywhere ---- */

static void every_build_draws_the_same_variates(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(10, 0, "golden");
    struct ust_gamma_shape shape = ust_gamma_prepare(1.75);
    uint64_t exponentials = 0, normals = 0, gammas = 0;
    for (int i = 0; i < 1000000; i++) {
        exponentials = ust_mix64(exponentials ^ ust_double_bits(ust_exponential(&rng)));
        normals = ust_mix64(normals ^ ust_double_bits(ust_normal(&rng)));
        double x = ust_gamma(&rng, shape.shifted, shape.spread);
        gammas = ust_mix64(gammas ^ ust_double_bits(x));
    }
    assert_int_equal(exponentials, 0x162182058d3f357e);
    assert_int_equal(normals, 0x718092de00b63b60);
    assert_int_equal(gammas, 0x16e2ee8b79ec1a49);
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--tables") == 0)
        return print_tables();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exponential_table_is_exact),
        cmocka_unit_test(normal_table_is_exact),
        cmocka_unit_test(exponentials_follow_their_law),
        cmocka_unit_test(normals_follow_their_law),
        cmocka_unit_test(exponentials_fill_a_thousand_equal_cells),
        cmocka_unit_test(normals_fill_a_thousand_equal_cells),
        cmocka_unit_test(exponentials_follow_their_law_beyond_the_last_layer),
        cmocka_unit_test(normals_follow_their_law_beyond_the_last_layer),
        cmocka_unit_test(exponential_tail_by_itself_follows_its_law),
        cmocka_unit_test(normal_tail_by_itself_follows_its_law),
        cmocka_unit_test(edges_of_exponential_layers_follow_the_density),
        cmocka_unit_test(edges_of_normal_layers_follow_the_density),
        cmocka_unit_test(exponentials_have_their_first_three_moments),
        cmocka_unit_test(normals_have_their_first_four_moments),
        cmocka_unit_test(no_value_repeats_among_two_million),
        cmocka_unit_test(successive_normals_are_independent),
        cmocka_unit_test(successive_exponentials_are_independent),
        cmocka_unit_test(abscissae_are_uniform_within_each_layer),
        cmocka_unit_test(gammas_of_shape_1_follow_their_law),
        cmocka_unit_test(gammas_of_shape_2_and_a_half_follow_their_law),
        cmocka_unit_test(gammas_of_shape_1000_follow_their_law),
        cmocka_unit_test(every_build_draws_the_same_variates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
