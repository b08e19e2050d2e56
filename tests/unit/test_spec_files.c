/* Files of YAML: what extends what, and what cannot be read. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/spec_help.h"

#include "sim/base/limits.h"

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
