/* Maps by their tables: defaults, kinds of values, and a message for each mistake. */
#include "tests/unit/spec_help.h"

static void an_empty_map_gets_all_defaults(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "{}");
    expect_fine(&r);
    assert_int_equal(r.out.whole, 20);
    assert_int_equal(r.out.queue, -1);
    assert_true(r.out.ratio == 0.5);
    assert_true(r.out.open == 0.5);
    assert_int_equal(r.out.duration, 3 * UST_S);
    assert_null(r.out.duration_node);
    assert_int_equal(r.out.endless, UST_NEVER);
    assert_int_equal(r.out.choice, 1);
    assert_true(ust_dist_mean(&r.out.count) == 14);
    assert_null(r.out.work.type);
    assert_int_equal(r.out.words.n, 2);
    assert_string_equal(((const char **)r.out.words.at)[1], "second");
    assert_int_equal(r.out.map.n, 0);
    assert_null(r.out.map.node);
    assert_null(r.out.variant.kind);
    assert_string_equal(r.out.chosen.kind->name, "tracking");
    const struct every_track *track = r.out.chosen.params;
    assert_true(track->target == 0.6);
    assert_int_equal(track->cooldown, 300 * UST_S);
    /* An absent group has the defaults of its rows, and what it requires is not missed. */
    assert_int_equal(r.out.group.count, 1);
    reading_close(&r);
}

static void given_points_at_what_the_user_wrote(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "text: a\nduration: 4 s\n");
    expect_fine(&r);
    assert_non_null(r.out.duration_node);
    assert_int_equal(r.out.duration_node->place.line, 2);
    assert_int_equal(r.out.duration_node->place.column, 11);
    reading_close(&r);
}

static void every_kind_of_field_is_read(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "flag: true\n"
                     "text: any thing\n"
                     "file: a/b.csv\n"
                     "choice: half\n"
                     "place: [1, {a: b}]\n"
                     "group: {share: 0.3, access: 5 ms}\n"
                     "map: {mobile: 70 %, desk: {share: 30 %, count: 4}}\n"
                     "list: [{target: 10 %}, {target: 20 %, queue: 7}]\n"
                     "words: us-east-1\n"
                     "ratios: [0.1, 20 %]\n"
                     "variants: [fixed, {kind: tracking, target: 30 %}]\n"
                     "shares: {New York: 30 %, London: 0.7}\n"
                     "variant: fixed\n");
    expect_fine(&r);
    assert_true(r.out.flag);
    assert_string_equal(r.out.text, "any thing");
    assert_string_equal(r.out.file, "a/b.csv");
    assert_int_equal(r.out.choice, 2);
    assert_int_equal(r.out.place->kind, UST_NODE_LIST);
    assert_true(r.out.group.share == 0.3);
    assert_int_equal(r.out.group.access, 5 * UST_MS);
    const struct every_inner *map = r.out.map.at;
    assert_int_equal(r.out.map.n, 2);
    assert_string_equal(map[0].id.name, "mobile");
    assert_true(map[0].share == 0.7);
    assert_int_equal(map[1].count, 4);
    assert_int_equal(map[1].id.node->place.column, 27);
    const struct every_track *list = r.out.list.at;
    assert_int_equal(list[0].queue, -1);
    assert_int_equal(list[1].queue, 7);
    assert_int_equal(r.out.words.n, 1); /* a scalar is a list of one */
    assert_string_equal(*(const char **)r.out.words.at, "us-east-1");
    assert_true(((const double *)r.out.ratios.at)[1] == 0.2);
    const struct ust_variant *variants = r.out.variants.at;
    assert_string_equal(variants[0].kind->name, "fixed");
    assert_true(((const struct every_track *)variants[1].params)->target == 0.3);
    assert_int_equal(r.out.shares.n, 2);
    assert_string_equal(r.out.shares.at[0].name, "New York");
    assert_true(r.out.shares.at[1].share == 0.7);
    assert_string_equal(r.out.variant.kind->name, "fixed");
    reading_close(&r);
}

static void a_kind_stands_for_the_list_of_it(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "variants: {kind: tracking, target: 30 %}");
    expect_fine(&r);
    assert_int_equal(r.out.variants.n, 1);
    const struct ust_variant *variants = r.out.variants.at;
    assert_string_equal(variants[0].kind->name, "tracking");
    assert_true(((const struct every_track *)variants[0].params)->target == 0.3);
    reading_close(&r);
    refused("variants: {target: 30 %}", 1, 11, "'variants' needs a 'kind' such as 'fixed'");
}

static void a_level_says_by_its_unit_what_it_is_of(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
        enum ust_field_kind unit;
    } is[] = {{"level: 60 %", 0.6, UST_FIELD_RATIO},
              {"level: 300 req/min", 5, UST_FIELD_RATE},
              {"level: 20", 20, UST_FIELD_NUMBER}};
    for (size_t i = 0; i < sizeof is / sizeof *is; i++) {
        struct reading r;
        reading_text(&r, is[i].text);
        expect_fine(&r);
        assert_true(r.out.level.value == is[i].value);
        assert_int_equal(r.out.level.unit, is[i].unit);
        reading_close(&r);
    }
    refused("level: 20 s", 1, 8,
            "'level' is '20 s', needs a level such as 60 %, 50 req/s or 20");
    refused("level: -5 %", 1, 8, "'level' is -5 %, must be at least 0");
}

static void unknown_keys_get_a_suggestion_and_the_known_ones(void **state)
{
    (void)state;
    refused("groupp: {share: 1}", 1, 1, "unknown key 'groupp'; did you mean 'group'?");
    refused("group: {share: 1, acess: 1 ms}", 1, 19,
            "unknown key 'acess'; did you mean 'access'?");
    refused("zzzzzzzz: 1", 1, 1, "unknown key 'zzzzzzzz'");
    refused("variant: {kind: fixed, target: 1}", 1, 24, "unknown key 'target'");
    refused("variant: {kind: tracking, targt: 50 %, target: 50 %}", 1, 27,
            "unknown key 'targt'; did you mean 'target'?");
    struct reading r;
    reading_text(&r, "group: {share: 1, acess: 1 ms}");
    assert_string_equal(ust_diag_at(r.spec.diag, 0)->notes, "known: share, access, count");
    reading_close(&r);
}

static void missing_keys_are_asked_for_where_the_map_begins(void **state)
{
    (void)state;
    refused("group: {count: 3}", 1, 8, "'share' is missing, needs a ratio such as 60 % or 0.6");
    refused("list:\n  - queue: 3\n", 2, 5,
            "'target' is missing, needs a ratio such as 60 % or 0.6");
    refused("variant: {kind: tracking}", 1, 10,
            "'target' is missing, needs a ratio such as 60 % or 0.6");
    refused("variant: tracking", 1, 10,
            "'target' is missing, needs a ratio such as 60 % or 0.6");
}

static void a_value_of_the_wrong_shape_is_named(void **state)
{
    (void)state;
    refused("whole: [1]", 1, 8, "'whole' is a list, needs a whole number such as 3");
    refused("duration: {a: 1}", 1, 11,
            "'duration' is a mapping, needs a duration such as 250 ms");
    refused("group: [1]", 1, 8, "'group' is a list, needs a mapping of keys and values");
    refused("map: 3", 1, 6, "'map' is a single value, needs a mapping from names");
    refused("map: {a: [1]}", 1, 10, "'a' is a list, needs keys such as 'share'");
    refused("list: {target: 1}", 1, 7,
            "'list' is a mapping, needs a list; begin each element with '- '");
    refused("list: [fast]", 1, 8,
            "element 0 of 'list' is a single value, needs keys such as "
            "'target'");
    refused("words: [a, [b]]", 1, 12,
            "'words' is a list, needs a name of letters, digits, '-', '_', '.' and spaces");
    refused("shares: [a, b]", 1, 9,
            "'shares' is a list, needs shares such as {a: 70 %, b: 30 %}");
    refused("variant: [fixed]", 1, 10, "'variant' is a list, needs a mapping with a 'kind'");
    refused("variant: {target: 1}", 1, 10, "'variant' needs a 'kind' such as 'fixed'");
    refused("variant: {kind: [fixed]}", 1, 17, "'variant' needs a 'kind' such as 'fixed'");
}

static void words_out_of_a_list_get_a_suggestion(void **state)
{
    (void)state;
    refused("choice: ful", 1, 9, "unknown choice 'ful'; did you mean 'full'?");
    refused("variant: trackin", 1, 10, "unknown scaler 'trackin'; did you mean 'tracking'?");
    refused("variant: {kind: k8s}", 1, 17, "unknown scaler 'k8s'");
}

static void numbers_of_elements_are_bounded(void **state)
{
    (void)state;
    refused("map: {}", 1, 6, "'map' has 0 elements, must lie between 1 and 3");
    refused("map: {a: 1, b: 1, c: 1, d: 1}", 1, 6,
            "'map' has 4 elements, must lie between 1 and 3");
    refused("ratios: []", 1, 9, "'ratios' has 0 elements, must lie between 1 and 2");
    accepted("words: []");
}

static void shares_add_up_to_one_hundred_percent(void **state)
{
    (void)state;
    refused("shares: {a: 30 %, b: 69 %}", 1, 9,
            "'shares' adds up to 99 %, must add up to 100 %");
    refused("shares: {a: 30 %, b: 71 %}", 1, 9,
            "'shares' adds up to 101 %, must add up to 100 %");
    refused("shares: {}", 1, 9, "'shares' adds up to 0 %, must add up to 100 %");
    refused("shares: {a: 120 %}", 1, 13, "'a' is 120 %, must lie between 0 % and 100 %");
    refused("shares: {a/b: 1}", 1, 10, "'a/b' is not a name");
    accepted("shares: {a: 33.33 %, b: 33.33 %, c: 33.33 %}"); /* within 0.01 % */
    refused("shares: {a: 33.3 %, b: 33.3 %, c: 33.3 %}", 1, 9,
            "'shares' adds up to 99.9 %, must add up to 100 %");
    accepted("shares: London");
}

static void names_of_a_map_are_names(void **state)
{
    (void)state;
    refused("map: {a/b: 1}", 1, 7,
            "'a/b' is not a name of letters, digits, '-', '_', '.' and spaces");
}

static void a_kind_checks_across_its_keys_once_they_are_fine(void **state)
{
    (void)state;
    refused("variant: {kind: tracking, target: 50 %, low: 9, high: 3}", 1, 10,
            "'low' is 9, above 'high', 3");
    refused("variant: {kind: tracking, target: 50 %, low: 999, high: 3}", 1, 46,
            "'low' is 999, must lie between 0 and 100");
}

static void all_mistakes_are_reported_together(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "whole: 0\nrate: 3\nmap: {a: 2, b: {share: 1, x: 1}}\nchoice: x\n"
                     "shares: {a: 1 %}\nvariant: y\nwork: z\n");
    assert_int_equal(ust_diag_errors(r.spec.diag), 8);
    reading_close(&r);
}

static void ten_thousand_mistakes_are_counted_and_a_hundred_shown(void **state)
{
    (void)state;
    struct ust_text yaml = {0};
    for (int i = 0; i < 10000; i++)
        ust_text_printf(&yaml, "k%d: 1\n", i);
    struct reading r;
    reading_text(&r, yaml.data);
    assert_int_equal(ust_diag_errors(r.spec.diag), 10000);
    assert_null(ust_diag_at(r.spec.diag, 100));
    reading_close(&r);
    ust_text_free(&yaml);
}

static void long_and_wild_values_are_shown_cut_and_harmless(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r,
                 "choice: \"\\e[31mred\\u009b and so on and so on and so on and so on and so "
                 "on and so on\"");
    assert_string_equal(
        ust_diag_at(r.spec.diag, 0)->text,
        "unknown choice '?[31mred? and so on and so on and so on and so on and so on ...'");
    reading_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_map_gets_all_defaults),
        cmocka_unit_test(given_points_at_what_the_user_wrote),
        cmocka_unit_test(every_kind_of_field_is_read),
        cmocka_unit_test(a_kind_stands_for_the_list_of_it),
        cmocka_unit_test(a_level_says_by_its_unit_what_it_is_of),
        cmocka_unit_test(unknown_keys_get_a_suggestion_and_the_known_ones),
        cmocka_unit_test(missing_keys_are_asked_for_where_the_map_begins),
        cmocka_unit_test(a_value_of_the_wrong_shape_is_named),
        cmocka_unit_test(words_out_of_a_list_get_a_suggestion),
        cmocka_unit_test(numbers_of_elements_are_bounded),
        cmocka_unit_test(shares_add_up_to_one_hundred_percent),
        cmocka_unit_test(names_of_a_map_are_names),
        cmocka_unit_test(a_kind_checks_across_its_keys_once_they_are_fine),
        cmocka_unit_test(all_mistakes_are_reported_together),
        cmocka_unit_test(ten_thousand_mistakes_are_counted_and_a_hundred_shown),
        cmocka_unit_test(long_and_wild_values_are_shown_cut_and_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
