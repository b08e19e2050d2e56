/* From YAML to a tree: places, and what is refused. */
#include "tests/unit/spec_help.h"

#include "sim/base/limits.h"

static void a_value_knows_its_place(void **state)
{
    (void)state;
    struct reading r;
    reading_open(&r);
    const char *yaml = "# comment\n"
                       "a: 1\n"
                       "S\xc3\xa3o: {kind: x, target: 1.4}\n"
                       "list:\n"
                       "  - two words\n"
                       "  - \"q\"\n";
    struct ust_node *root = ust_spec_read_text(&r.spec, "t.yaml", yaml, strlen(yaml));
    assert_non_null(root);
    const struct ust_node *a = ust_node_get(root, "a");
    assert_string_equal(a->place.file, "t.yaml");
    assert_int_equal(a->place.line, 2);
    assert_int_equal(a->place.column, 4);
    assert_int_equal(a->place.width, 1);
    assert_int_equal(a->key_place.column, 1);
    const struct ust_node *map = ust_node_get(root, "S\xc3\xa3o");
    assert_int_equal(map->place.column, 6); /* characters, not bytes */
    assert_int_equal(map->place.width, 22);
    assert_int_equal(ust_node_get(map, "target")->place.column, 24);
    assert_int_equal(ust_node_get(map, "target")->place.width, 3);
    const struct ust_node *list = ust_node_get(root, "list");
    assert_int_equal(list->children, 2);
    assert_int_equal(list->first->place.line, 5);
    assert_int_equal(list->first->place.width, 9);
    assert_false(list->first->quoted);
    assert_true(list->last->quoted);
    assert_null(ust_node_get(root, "b"));
    reading_close(&r);
}

static void a_mistake_is_printed_with_its_line_and_a_caret(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "variants: [fixd, {kind: tracking, target: 1.4}]\nwhole: 0\n");
    char *text = reading_printed(&r);
    assert_string_equal(text,
                        "t.yaml:1:12: error: unknown scaler 'fixd'; did you mean 'fixed'?\n"
                        "    1 | variants: [fixd, {kind: tracking, target: 1.4}]\n"
                        "      |            ^~~~\n"
                        "      = known: fixed, tracking, sliding\n"
                        "t.yaml:1:43: error: 'target' is 1.4, must lie between 5 % and 95 %\n"
                        "    1 | variants: [fixd, {kind: tracking, target: 1.4}]\n"
                        "      |                                           ^~~\n"
                        "t.yaml:2:8: error: 'whole' is 0, must lie between 1 and 100\n"
                        "    2 | whole: 0\n"
                        "      |        ^\n"
                        "3 errors; nothing was run\n");
    free(text);
    reading_close(&r);
}

static void messages_come_in_file_order_whatever_found_them_first(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "zzz: 1\nwhole: 0\nwhole: 3\nflag: 2\nratio: 7\n");
    assert_int_equal(ust_diag_errors(r.spec.diag), 5);
    for (unsigned i = 0; i < 5; i++)
        assert_int_equal(ust_diag_at(r.spec.diag, i)->place.line, i + 1);
    reading_close(&r);
}

static void duplicate_keys_are_refused(void **state)
{
    (void)state;
    refused("text: a\nflag: true\ntext: b\n", 3, 1,
            "duplicate key 'text'; it stands at 1:1 already");
    refused("group: {share: 1, share: 1}", 1, 19,
            "duplicate key 'share'; it stands at 1:9 already");
    refused("text: a\n\"text\": b\n", 2, 1, "duplicate key 'text'; it stands at 1:1 already");
}

static void duplicates_are_found_among_many_keys(void **state)
{
    (void)state;
    struct ust_text yaml = {0};
    ust_text_add(&yaml, "place:\n");
    for (int i = 0; i < 5000; i++)
        ust_text_printf(&yaml, "  k%d: 1\n", i);
    ust_text_add(&yaml, "  k2500: 1\n");
    refused(yaml.data, 5002, 3, "duplicate key 'k2500'; it stands at 2502:3 already");
    ust_text_free(&yaml);
}

static void tags_keys_that_are_no_texts_and_second_documents_are_refused(void **state)
{
    (void)state;
    refused("text: !!str x", 1, 7,
            "tag 'tag:yaml.org,2002:str' is not allowed; the key says what kind a value is");
    refused("place: !custom {a: 1}", 1, 8,
            "tag '!custom' is not allowed; the key says what kind a value is");
    refused("[a, b]: 1", 1, 1, "a key must be a text");
    refused("{a: 1}: 1", 1, 1, "a key must be a text");
    refused("\"\": 1", 1, 1, "a key is missing before ':'");
    refused("text: a\n---\ntext: b\n", 2, 1, "a second document begins here; a file holds one");
    refused("text: \"a\\0b\"", 1, 7, "a text cannot hold a NUL character");
}

static void what_is_no_yaml_says_where_and_why(void **state)
{
    (void)state;
    refused("text: a: b", 1, 8,
            "not YAML: mapping values are not allowed in this context; check the indentation, "
            "and quote a text that holds ': '");
    refused(
        "text: @home", 1, 7,
        "not YAML: found character that cannot start any token; a text that begins so needs "
        "quotes");
    refused("group:\n\tshare: 1\n", 2, 1,
            "not YAML: found character that cannot start any token; a tab cannot indent, use "
            "spaces");
    refused(
        "group: {share: 1", 1, 17,
        "not YAML: did not find expected ',' or '}' while parsing a flow mapping that begins "
        "at 1:8");
    refused(
        "text: \"a", 1, 9,
        "not YAML: found unexpected end of stream while scanning a quoted scalar that begins "
        "at 1:7");
}

static void bad_bytes_are_refused_at_their_place(void **state)
{
    (void)state;
    refused("text: a\nname: \xc3\xa3\xff", 2, 8, "byte 0xff is not UTF-8");
    refused("text: \xc0\x80", 1, 7, "byte 0xc0 is not UTF-8");         /* overlong */
    refused("text: \xed\xa0\x80", 1, 7, "byte 0xed is not UTF-8");     /* a surrogate */
    refused("text: \xf4\x90\x80\x80", 1, 7, "byte 0xf4 is not UTF-8"); /* beyond U+10FFFF */
    refused("text: a\x01", 1, 8, "not YAML: control characters are not allowed (0x01)");
    accepted("\xef\xbb\xbftext: a"); /* a byte order mark */
}

static void empty_files_and_files_of_one_value_are_refused(void **state)
{
    (void)state;
    refused("", 1, 1, "nothing is written here");
    refused("# only a comment\n", 1, 1, "nothing is written here");
    refused("---\n", 1, 1, "nothing is written here");
    refused("hello", 1, 1,
            "the file is a single value, needs keys with values, such as 'name: first-try'");
    refused("- a\n- b\n", 1, 1,
            "the file is a list, needs keys with values, such as 'name: first-try'");
}

static void aliases_are_copies(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "map: {a: &x {share: 40 %, count: 7}, b: *x}");
    expect_fine(&r);
    const struct every_inner *map = r.out.map.at;
    assert_int_equal(r.out.map.n, 2);
    assert_string_equal(map[1].id.name, "b");
    assert_int_equal(map[1].count, 7);
    reading_close(&r);
}

static void aliases_without_end_are_refused(void **state)
{
    (void)state;
    refused("place: &a [*a]", 1, 12, "alias '*a' stands inside its own anchor");
    refused("place: &a {b: {c: *a}}", 1, 19, "alias '*a' stands inside its own anchor");
    refused("place: [&one 1, *two]", 1, 17, "unknown anchor 'two'");
    refused("place: [&first 1, *frist]", 1, 19,
            "unknown anchor 'frist'; did you mean 'first'?");
}

static void merge_keys_fill_what_is_missing(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "place: &base {share: 40 %, count: 7}\n"
                     "map:\n"
                     "  a: {<<: *base, count: 9}\n"
                     "  b: {share: 1, <<: [*base, {access: 3 ms}]}\n");
    expect_fine(&r);
    const struct every_inner *map = r.out.map.at;
    assert_true(map[0].share == 0.4);
    assert_int_equal(map[0].count, 9);
    assert_true(map[1].share == 1);
    assert_int_equal(map[1].count, 7);
    assert_int_equal(map[1].access, 3 * UST_MS);
    reading_close(&r);
    refused("group: {share: 1, <<: 3}", 1, 23,
            "'<<' merges mappings, got a single value; to build on another file use 'extends'");
}

static void a_distribution_survives_the_commas_of_a_flow_mapping(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "place: {work: lognormal(mean 22 ms, cv 1.1), size: exponential(mean=3 "
                     "kB), n: [uniform(1, 2), 3]}");
    expect_fine(&r);
    const struct ust_node *place = r.out.place;
    assert_int_equal(place->children, 3);
    const struct ust_node *work = ust_node_get(place, "work");
    assert_string_equal(work->text, "lognormal(mean 22 ms, cv 1.1)");
    assert_int_equal(work->place.column, 15);
    assert_int_equal(work->place.width, 29);
    assert_int_equal(ust_node_get(place, "n")->children, 2);
    assert_string_equal(ust_node_get(place, "n")->first->text, "uniform(1, 2)");
    reading_close(&r);
    refused("place: {work: lognormal(mean 22 ms, cv 1.1, size: 3}", 1, 15,
            "'lognormal(mean 22 ms, cv 1.1, size: 3' has a parenthesis that is never closed");
}

static void a_null_leaves_the_default_and_nothing_at_all_is_a_slip(void **state)
{
    (void)state;
    struct reading r;
    reading_text(&r, "whole: ~\nduration: null\n");
    expect_fine(&r);
    assert_int_equal(r.out.whole, 20);
    assert_int_equal(r.out.duration, 3 * UST_S);
    assert_null(r.out.duration_node);
    reading_close(&r);
    refused("whole:\n", 1, 7, "'whole' has no value, needs a whole number such as 3");
    refused("group:\n", 1, 7, "'group' has no value, needs a mapping of keys and values");
}

static void depth_and_number_of_values_are_bounded(void **state)
{
    (void)state;
    struct ust_text yaml = {0};
    ust_text_add(&yaml, "place: ");
    for (int i = 0; i < UST_SPEC_DEPTH_MAX; i++)
        ust_text_add(&yaml, "[");
    refused(yaml.data, 1, 7 + UST_SPEC_DEPTH_MAX, "nested deeper than 64 levels");
    ust_text_clear(&yaml);
    ust_text_add(&yaml, "place: ");
    for (int i = 0; i < UST_SPEC_DEPTH_MAX - 1; i++)
        ust_text_add(&yaml, "[");
    for (int i = 0; i < UST_SPEC_DEPTH_MAX - 1; i++)
        ust_text_add(&yaml, "]");
    accepted(yaml.data);
    ust_text_clear(&yaml);
    ust_text_add(&yaml, "place: [");
    for (int i = 0; i < UST_SPEC_NODES_MAX; i++)
        ust_text_add(&yaml, "1,");
    ust_text_add(&yaml, "]");
    struct reading r;
    reading_text(&r, yaml.data);
    assert_int_equal(ust_diag_errors(r.spec.diag), 1);
    assert_string_equal(ust_diag_at(r.spec.diag, 0)->text,
                        "the input has more than 200000 keys and values, aliases expanded and "
                        "all files together");
    reading_close(&r);
    ust_text_free(&yaml);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_knows_its_place),
        cmocka_unit_test(a_mistake_is_printed_with_its_line_and_a_caret),
        cmocka_unit_test(messages_come_in_file_order_whatever_found_them_first),
        cmocka_unit_test(duplicate_keys_are_refused),
        cmocka_unit_test(duplicates_are_found_among_many_keys),
        cmocka_unit_test(tags_keys_that_are_no_texts_and_second_documents_are_refused),
        cmocka_unit_test(what_is_no_yaml_says_where_and_why),
        cmocka_unit_test(bad_bytes_are_refused_at_their_place),
        cmocka_unit_test(empty_files_and_files_of_one_value_are_refused),
        cmocka_unit_test(aliases_are_copies),
        cmocka_unit_test(aliases_without_end_are_refused),
        cmocka_unit_test(merge_keys_fill_what_is_missing),
        cmocka_unit_test(a_distribution_survives_the_commas_of_a_flow_mapping),
        cmocka_unit_test(a_null_leaves_the_default_and_nothing_at_all_is_a_slip),
        cmocka_unit_test(depth_and_number_of_values_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
