/* From YAML to a tree: places, what is refused, files that extend files. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

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

/* ---- files ---- */

static char folder[] = "/tmp/spec-read-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int drop_folder(void **state)
{
    (void)state;
    return rmdir(folder);
}

static void read_file(struct reading *r, const char *name)
{
    char path[200];
    reading_open(r);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    r->root = ust_spec_read(&r->spec, path);
    if (r->root != NULL)
        ust_spec_decode(&r->spec, r->root, every_fields, &r->out);
}

static void extends_merges_deeply_and_remembers_who_said_what(void **state)
{
    (void)state;
    write_file(folder, "base.yaml",
               "text: base\nname: kept\nwords: [a, b, c]\ngroup: {share: 40 %, count: 7}\n"
               "whole: 5\nvariant: {kind: tracking, target: 50 %}\n");
    write_file(folder, "top.yaml",
               "extends: base.yaml\ntext: top\nwords: [z]\ngroup: {count: 9}\nwhole: ~\n"
               "variant: {kind: fixed}\n");
    struct reading r;
    read_file(&r, "top.yaml");
    expect_fine(&r);
    assert_string_equal(r.out.text, "top");
    assert_string_equal(r.out.name, "kept");
    assert_int_equal(r.out.words.n, 1); /* lists are replaced */
    assert_true(r.out.group.share == 0.4);
    assert_int_equal(r.out.group.count, 9);
    assert_int_equal(r.out.whole, 20);                      /* taken away: the default */
    assert_string_equal(r.out.variant.kind->name, "fixed"); /* and no 'target' is left over */
    assert_null(ust_node_get(r.root, "extends"));
    const struct ust_node *group = ust_node_get(r.root, "group");
    assert_non_null(strstr(ust_node_get(group, "share")->place.file, "base.yaml"));
    assert_non_null(strstr(ust_node_get(group, "count")->place.file, "top.yaml"));
    assert_int_equal(r.spec.files, 2);
    reading_close(&r);
    remove_file(folder, "base.yaml");
    remove_file(folder, "top.yaml");
}

static void later_bases_win_over_earlier_ones(void **state)
{
    (void)state;
    write_file(folder, "a.yaml", "text: a\nname: a\nwhole: 1\n");
    write_file(folder, "b.yaml", "name: b\nwhole: 2\n");
    write_file(folder, "top.yaml", "extends: [a.yaml, ./b.yaml]\nwhole: 3\n");
    struct reading r;
    read_file(&r, "top.yaml");
    expect_fine(&r);
    assert_string_equal(r.out.text, "a");
    assert_string_equal(r.out.name, "b");
    assert_int_equal(r.out.whole, 3);
    reading_close(&r);
    remove_file(folder, "a.yaml");
    remove_file(folder, "b.yaml");
    remove_file(folder, "top.yaml");
}

static void a_mistake_in_a_base_points_at_the_base(void **state)
{
    (void)state;
    write_file(folder, "base.yaml", "whole: 500\n");
    write_file(folder, "top.yaml", "extends: base.yaml\nflag: maybe\n");
    struct reading r;
    read_file(&r, "top.yaml");
    assert_int_equal(ust_diag_errors(r.spec.diag), 2);
    expect_message(&r, 0, 2, 7, "'flag' is 'maybe', needs true or false");
    expect_message(&r, 1, 1, 8, "'whole' is 500, must lie between 1 and 100");
    assert_non_null(strstr(ust_diag_at(r.spec.diag, 1)->place.file, "base.yaml"));
    reading_close(&r);
    remove_file(folder, "base.yaml");
    remove_file(folder, "top.yaml");
}

static void circles_of_files_are_refused(void **state)
{
    (void)state;
    write_file(folder, "a.yaml", "extends: b.yaml\n");
    write_file(folder, "b.yaml", "extends: ./a.yaml\n");
    struct reading r;
    read_file(&r, "a.yaml");
    assert_null(r.root);
    assert_int_equal(ust_diag_errors(r.spec.diag), 1);
    assert_non_null(strstr(ust_diag_at(r.spec.diag, 0)->text, "a.yaml' extends itself"));
    assert_non_null(strstr(ust_diag_at(r.spec.diag, 0)->place.file, "b.yaml"));
    reading_close(&r);
    remove_file(folder, "a.yaml");
    remove_file(folder, "b.yaml");
}

static void long_chains_of_files_are_refused(void **state)
{
    (void)state;
    char name[32], text[64];
    for (int i = 0; i <= UST_SPEC_EXTENDS_MAX; i++) {
        snprintf(name, sizeof name, "c%d.yaml", i);
        snprintf(text, sizeof text, "extends: c%d.yaml\n", i + 1);
        write_file(folder, name, i < UST_SPEC_EXTENDS_MAX ? text : "whole: 3\n");
    }
    struct reading r;
    read_file(&r, "c0.yaml");
    assert_null(r.root);
    expect_message(&r, 0, 1, 10, "more than 16 files extend each other");
    reading_close(&r);
    read_file(&r, "c1.yaml");
    expect_fine(&r);
    assert_int_equal(r.out.whole, 3);
    reading_close(&r);
    for (int i = 0; i <= UST_SPEC_EXTENDS_MAX; i++) {
        snprintf(name, sizeof name, "c%d.yaml", i);
        remove_file(folder, name);
    }
}

static void a_node_with_a_warning_is_not_blamed(void **state)
{
    (void)state;
    struct reading r;
    reading_open(&r);
    const char text[] = "a: {b: 1}\nc: 2\n";
    r.root = ust_spec_read_text(&r.spec, "t.yaml", text, strlen(text));
    const struct ust_node *a = ust_node_get(r.root, "a"), *b = ust_node_get(a, "b");
    ust_diag_warning(r.spec.diag, b->place, "few");
    assert_false(ust_spec_blamed(&r.spec, a));
    (void)ust_diag_error(r.spec.diag, b->place, "wrong");
    assert_true(ust_spec_blamed(&r.spec, a));
    assert_false(ust_spec_blamed(&r.spec, ust_node_get(r.root, "c")));
    assert_false(ust_spec_blamed(&r.spec, NULL));
    reading_close(&r);
}

static void what_is_no_file_ends_with_a_message(void **state)
{
    (void)state;
    struct reading r;
    char path[200], text[300];
    read_file(&r, "missing.yaml");
    assert_null(r.root);
    snprintf(text, sizeof text, "'%s/missing.yaml' cannot be read: No such file or directory",
             folder);
    expect_message(&r, 0, 0, 0, text);
    reading_close(&r);

    reading_open(&r);
    assert_null(ust_spec_read(&r.spec, folder));
    snprintf(text, sizeof text, "'%s' is a directory, needs a regular file", folder);
    expect_message(&r, 0, 0, 0, text);
    reading_close(&r);

    reading_open(&r);
    assert_null(ust_spec_read(&r.spec, "/dev/zero"));
    expect_message(&r, 0, 0, 0, "'/dev/zero' is a device, needs a regular file");
    reading_close(&r);

    snprintf(path, sizeof path, "%s/pipe", folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    reading_open(&r);
    assert_null(ust_spec_read(&r.spec, path));
    snprintf(text, sizeof text, "'%s' is a pipe, needs a regular file", path);
    expect_message(&r, 0, 0, 0, text);
    reading_close(&r);
    remove(path);
}

static void a_missing_base_points_at_the_line_that_names_it(void **state)
{
    (void)state;
    write_file(folder, "top.yaml", "text: a\nextends: [gone.yaml, 3: 4]\n");
    struct reading r;
    read_file(&r, "top.yaml");
    assert_null(r.root);
    char text[300];
    snprintf(text, sizeof text, "'%s/gone.yaml' cannot be read: No such file or directory",
             folder);
    assert_int_equal(ust_diag_errors(r.spec.diag), 2);
    expect_message(&r, 0, 2, 11, text);
    expect_message(&r, 1, 2, 22, "'extends' needs the path of a file, or a list of paths");
    reading_close(&r);
    remove_file(folder, "top.yaml");
}

static void paths_are_relative_to_the_file_that_names_them(void **state)
{
    (void)state;
    struct reading r;
    reading_open(&r);
    struct ust_place place = {.file = "scenarios/eu/a.yaml"};
    assert_string_equal(ust_spec_path(&r.spec, place, "t.csv"), "scenarios/eu/t.csv");
    assert_string_equal(ust_spec_path(&r.spec, place, "./t.csv"), "scenarios/eu/t.csv");
    assert_string_equal(ust_spec_path(&r.spec, place, "../t.csv"), "scenarios/eu/../t.csv");
    assert_string_equal(ust_spec_path(&r.spec, place, "/t.csv"), "/t.csv");
    place.file = "a.yaml";
    assert_string_equal(ust_spec_path(&r.spec, place, "t.csv"), "t.csv");
    place.file = "--set 1";
    assert_string_equal(ust_spec_path(&r.spec, place, "t.csv"), "t.csv");
    reading_close(&r);
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
        cmocka_unit_test(extends_merges_deeply_and_remembers_who_said_what),
        cmocka_unit_test(later_bases_win_over_earlier_ones),
        cmocka_unit_test(a_mistake_in_a_base_points_at_the_base),
        cmocka_unit_test(circles_of_files_are_refused),
        cmocka_unit_test(long_chains_of_files_are_refused),
        cmocka_unit_test(a_node_with_a_warning_is_not_blamed),
        cmocka_unit_test(what_is_no_file_ends_with_a_message),
        cmocka_unit_test(a_missing_base_points_at_the_line_that_names_it),
        cmocka_unit_test(paths_are_relative_to_the_file_that_names_them),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
