/* Designs: which units a section `design` makes, and what it refuses. */
#include <math.h>
#include <string.h>

#include "models/world/design.h"
#include "sim/spec/values.h"
#include "tests/unit/spec_help.h"

struct made {
    struct ust_spec spec;
    struct ust_design_spec design;
    struct ust_design units;
    enum ust_status status;
};

static void make(struct made *made, const char *text)
{
    *made = (struct made){.spec = {.arena = ust_arena_new(), .diag = ust_diag_new()}};
    struct ust_node *root = ust_spec_read_text(&made->spec, "design.yaml", text, strlen(text));
    assert_non_null(root);
    assert_int_equal(ust_spec_decode(&made->spec, root, ust_design_fields, &made->design),
                     UST_OK);
    made->design.node = root;
    made->status = ust_design_expand(&made->spec, &made->design, 42, &made->units);
}

static void forget(struct made *made)
{
    ust_diag_free(made->spec.diag);
    ust_arena_free(made->spec.arena);
}

/* The units' overrides, one unit a line, values separated by blanks. */
static void makes(const char *text, const char *expected)
{
    struct made made;
    struct ust_text out = {0};
    make(&made, text);
    assert_int_equal(made.status, UST_OK);
    for (uint32_t i = 0; i < made.units.units_n; i++) {
        for (const char *c = made.units.unit[i].overrides; *c != '\0'; c++)
            ust_text_add_n(&out, *c == '\n' ? " " : c, 1);
        ust_text_add(&out, "\n");
    }
    assert_string_equal(ust_text_string(&out), expected);
    ust_text_free(&out);
    forget(&made);
}

static void refuses(const char *text, unsigned line, unsigned column, const char *message)
{
    struct made made;
    make(&made, text);
    assert_int_equal(made.status, UST_INVALID);
    const struct ust_diag_message *first = ust_diag_at(made.spec.diag, 0);
    assert_string_equal(first->text, message);
    assert_int_equal(first->place.line, line);
    assert_int_equal(first->place.column, column);
    forget(&made);
}

static void a_matrix_is_every_combination_and_its_last_list_is_fastest(void **state)
{
    (void)state;
    makes("matrix: {a.b: [1, 2], c: [x, y]}", "a.b=1 c=x\na.b=1 c=y\na.b=2 c=x\na.b=2 c=y\n");
}

static void a_zip_goes_row_by_row_with_every_combination(void **state)
{
    (void)state;
    makes("matrix: {a: [1, 2]}\nzip: {b: [3, 4], c: [5, 6]}",
          "a=1 b=3 c=5\na=1 b=4 c=6\na=2 b=3 c=5\na=2 b=4 c=6\n");
}

static void exclude_takes_out_and_include_adds(void **state)
{
    (void)state;
    makes("matrix: {a: [1, 2], b: [500 ms, 2 s]}\n"
          "exclude: [{a: 1, b: 0.5 s}, {a: 2, b: 2 s}]\n"
          "include: [{z: {k: [1, 'q r']}}]",
          "a=1 b=2 s\na=2 b=500 ms\nz={k: [1, \"q r\"]}\n");
}

static void where_compares_quantities_across_units(void **state)
{
    (void)state;
    makes("matrix: {a: [500 ms, 2 s], b: [1 s, 3 s]}\nwhere: a > b", "a=2 s b=1 s\n");
    makes("matrix: {a: [5 %, 0.5], b: [x, y]}\nwhere: [a >= 10 %, b != y]", "a=0.5 b=x\n");
}

static void names_are_the_shortest_ends_that_tell_factors_apart(void **state)
{
    (void)state;
    struct made made;
    make(&made,
         "matrix: {s.web.pools.eu.n: [1], s.api.pools.eu.n: [2], routing.dns.ttl: [5 s]}");
    assert_string_equal(made.units.unit[0].name,
                        "web.pools.eu.n=1, api.pools.eu.n=2, dns.ttl=5 s");
    forget(&made);
}

static void a_latin_hypercube_meets_each_strip_once(void **state)
{
    (void)state;
    const char *const names[] = {"a", "b", "c"};
    double point[50 * 3];
    ust_design_points(UST_LATIN_HYPERCUBE, 7, 50, 3, names, point);
    for (int d = 0; d < 3; d++) {
        int met[50] = {0};
        for (int i = 0; i < 50; i++)
            met[(int)(point[i * 3 + d] * 50)]++;
        for (int i = 0; i < 50; i++)
            assert_int_equal(met[i], 1);
    }
}

static void a_further_range_leaves_the_others_alone(void **state)
{
    (void)state;
    const char *const names[] = {"a", "b", "c"};
    double two[20 * 2], three[20 * 3];
    ust_design_points(UST_LATIN_HYPERCUBE, 7, 20, 2, names, two);
    ust_design_points(UST_LATIN_HYPERCUBE, 7, 20, 3, names, three);
    for (int i = 0; i < 20; i++) {
        assert_true(fabs(two[2 * i] - three[3 * i]) <= 0);
        assert_true(fabs(two[2 * i + 1] - three[3 * i + 1]) <= 0);
    }
}

/* The first points of Sobol's sequence in two dimensions, as in Numerical Recipes 7.8 and
 * GSL's manual: (1/2, 1/2), (3/4, 1/4), (1/4, 3/4), (3/8, 3/8). */
static void sobol_points_become_values_of_their_ranges(void **state)
{
    (void)state;
    makes("random: {method: sobol, n: 4, ranges: {a: 10..30 ms, b: 1..4}}",
          "a=20 ms b=3\na=25 ms b=2\na=15 ms b=4\na=17.5 ms b=2\n");
}

static void whole_numbers_are_drawn_equally_often(void **state)
{
    (void)state;
    struct made made;
    make(&made, "random: {n: 400, ranges: {a: 1..4}}");
    int met[5] = {0};
    for (uint32_t i = 0; i < made.units.units_n; i++)
        met[made.units.unit[i].value[0].value->text[0] - '0']++;
    for (int k = 1; k <= 4; k++)
        assert_int_equal(met[k], 100); /* a hundred strips each */
    forget(&made);
}

static void mistakes_have_places(void **state)
{
    (void)state;
    refuses("matrix: {a: 3}", 1, 13, "'a' needs a list of values, as in [4, 6, 8]");
    refuses("matrix: {a: [1]}\nzip: {a: [1]}", 2, 7, "'a' stands in this design twice");
    refuses("zip: {a: [1, 2], b: [1]}", 1, 21,
            "'b' has 1 values and 'a' 2; lists of 'zip' are of one length");
    refuses("random: {n: 4, ranges: {a: 5}}", 1, 28,
            "'a' needs a range such as 4..12, 0.5..2 or 10..80 ms");
    refuses("random: {n: 4, ranges: {a: 9..5}}", 1, 28, "a range must rise, got 9 to 5");
    refuses("random: {n: 4, ranges: {a: 9 ms..5 s}}", 1, 28,
            "both ends of a range need the same unit, got 'ms' and 's'");
    refuses("matrix: {a: [1]}\nwhere: b > 3", 2, 8, "unknown path of this design 'b'");
    refuses("matrix: {a: [1]}\nwhere: a = 3", 2, 8,
            "'where' needs comparisons such as path >= value; operators are ==, !=, <, <=, >, "
            ">=");
    refuses("matrix: {a: [1 s]}\nwhere: a > 3 %", 2, 8,
            "'1 s' and '3 %' have no order: they are of different units, or no quantities");
    refuses("matrix: {a: [1]}\nwhere: a > 3", 1, 1,
            "the design has no units: nothing is varied, or all was left out");
    refuses("matrix: {a..b: [1]}", 1, 12, "a key is missing; needs path.to.key=value");
}

static void a_design_too_large_is_refused_before_it_is_made(void **state)
{
    (void)state;
    refuses("random: {n: 9999, ranges: {a: 1..4}}\nmatrix: {b: [1, 2]}", 1, 27,
            "more than 10000 combinations; sweep in several studies");
}

static void values_are_numbers_in_base_units(void **state)
{
    (void)state;
    assert_true(fabs(ust_value_number("250 ms") - 0.25) < 1e-15);
    assert_true(fabs(ust_value_number("5 %") - 0.05) < 1e-15);
    assert_true(fabs(ust_value_number("4 GiB") - 4294967296.0) < 1e-3);
    assert_true(isnan(ust_value_number("random")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_matrix_is_every_combination_and_its_last_list_is_fastest),
        cmocka_unit_test(a_zip_goes_row_by_row_with_every_combination),
        cmocka_unit_test(exclude_takes_out_and_include_adds),
        cmocka_unit_test(where_compares_quantities_across_units),
        cmocka_unit_test(names_are_the_shortest_ends_that_tell_factors_apart),
        cmocka_unit_test(a_latin_hypercube_meets_each_strip_once),
        cmocka_unit_test(a_further_range_leaves_the_others_alone),
        cmocka_unit_test(sobol_points_become_values_of_their_ranges),
        cmocka_unit_test(whole_numbers_are_drawn_equally_often),
        cmocka_unit_test(mistakes_have_places),
        cmocka_unit_test(a_design_too_large_is_refused_before_it_is_made),
        cmocka_unit_test(values_are_numbers_in_base_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
