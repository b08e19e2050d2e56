/* Distributions as people write them. */
#include <unistd.h>

#include "tests/unit/spec_help.h"

static struct ust_dist dist_of(const char *yaml, size_t offset)
{
    struct reading r;
    reading_text(&r, yaml);
    expect_fine(&r);
    struct ust_dist dist = *(struct ust_dist *)(void *)((char *)&r.out + offset);
    reading_close(&r);
    return dist;
}

static void arguments_go_by_name_or_by_position(void **state)
{
    (void)state;
    static const char *const ways[] = {
        "work: lognormal(mean 40 ms, cv 1.5)", "work: lognormal(40 ms, 1.5)",
        "work: lognormal(cv 1.5, mean 40 ms)", "work: lognormal( mean=40ms,cv = 1.5 )",
        "work: \"lognormal(mean: 40 ms, cv: 150 %)\""};
    for (unsigned i = 0; i < 5; i++) {
        struct ust_dist dist = dist_of(ways[i], EVERY(work));
        assert_string_equal(dist.type->name, "lognormal");
        assert_true(dist.arg[0] == 40e6); /* durations are in nanoseconds */
        assert_true(dist.arg[1] == 1.5);
    }
}

static void a_bare_value_is_a_constant_in_the_fields_unit(void **state)
{
    (void)state;
    struct ust_dist work = dist_of("work: 1m30s", EVERY(work));
    assert_true(ust_dist_is_constant(&work));
    assert_true(ust_dist_mean(&work) == 90e9);
    struct ust_dist size = dist_of("size: 30 KiB", EVERY(size));
    assert_true(ust_dist_mean(&size) == 30720);
    struct ust_dist count = dist_of("count: 3", EVERY(count));
    assert_true(ust_dist_mean(&count) == 3);
}

/* The field of the table whose unit an example has. */
static const char *key_for(const char *example)
{
    if (strstr(example, "KiB") != NULL)
        return "size";
    bool time = strstr(example, " ms") || strstr(example, " s") || strstr(example, " min");
    return time ? "work" : "count";
}

static void every_kind_reads_its_own_example(void **state)
{
    (void)state;
    for (unsigned i = 0; ust_dist_types[i] != NULL; i++) {
        if (ust_dist_types[i]->from_file)
            continue;
        const char *example = ust_dist_types[i]->example;
        struct ust_text yaml = {0};
        ust_text_printf(&yaml, "%s: %s\n", key_for(example), example);
        struct reading r;
        reading_text(&r, yaml.data);
        expect_fine(&r);
        reading_close(&r);
        ust_text_free(&yaml);
    }
}

static void what_the_language_page_shows_is_read(void **state)
{
    (void)state;
    FILE *page = fopen("docs/language.md", "r");
    assert_non_null(page);
    char line[1000];
    unsigned shown = 0;
    while (fgets(line, sizeof line, page) != NULL) {
        if (line[0] != '|' || strstr(line, "empirical") != NULL)
            continue;
        for (char *at = line; (at = strchr(at, '`')) != NULL;) {
            char *end = strchr(++at, '`');
            assert_non_null(end);
            *end = '\0';
            if (strchr(at, '(') != NULL) {
                struct ust_text yaml = {0};
                ust_text_printf(&yaml, "%s: %s\n", key_for(at), at);
                accepted(yaml.data);
                ust_text_free(&yaml);
                shown++;
            }
            at = end + 1;
        }
    }
    fclose(page);
    assert_true(shown >= 11);
}

static void mistakes_point_into_the_call(void **state)
{
    (void)state;
    refused("work: lognorml(mean 40 ms, cv 1)", 1, 7,
            "unknown distribution 'lognorml'; did you mean 'lognormal'?");
    refused("work: lognormal(mean 40, cv 1)", 1, 17,
            "'mean' is 40, needs a unit such as 250 ms");
    refused("work: lognormal(mean 40 kB, cv 1)", 1, 17,
            "'mean' is 40 kB, needs a duration such as 250 ms");
    refused("work: lognormal(mean 40 ms, cvv 1)", 1, 29,
            "unknown argument 'cvv'; did you mean 'cv'?");
    refused("work: lognormal(mean 40 ms, cv 1 s)", 1, 29,
            "'cv' is 1 s, needs a number such as 1.5");
    refused("work: exponential(mean 1 s, 2)", 1, 29, "'exponential' takes at most 1 argument");
    refused("work: exponential(mean 1 s, mean 2 s)", 1, 29, "'mean' stands twice");
    refused("work: exponential()", 1, 7, "'exponential' needs 'mean'");
    refused("work: exponential", 1, 7, "'work' is 'exponential', needs arguments");
    refused("work: exponential(mean 1 s", 1, 7,
            "'work' is 'exponential(mean 1 s', needs a closing parenthesis at its end");
    refused("work: exponential(mean 1 s) x", 1, 7,
            "'work' is 'exponential(mean 1 s) x', needs a closing parenthesis at its end");
    refused("work: uniform(3 s, 1 s)", 1, 7,
            "'work' is uniform(3 s, 1 s): uniform needs low <= high");
    refused("work: -3 s", 1, 7, "'work' is -3 s, must be at least 0 s");
    refused("size: 1e31 B", 1, 7, "'size' is 1e31 B, which is too large");
    refused("count: geometric(mean 0.5)", 1, 18, "'mean' is 0.5, must lie between 1 and 1e12");
    refused("count: 0.5", 1, 8, "'count' is 0.5, must be at least 1");
    refused("count: exponential(0.5)", 1, 8, "'count' has mean 0.5, must be at least 1");
}

static void values_come_from_a_file_beside_the_one_that_names_it(void **state)
{
    (void)state;
    char folder[] = "/tmp/spec-dist-XXXXXX", path[100];
    assert_non_null(mkdtemp(folder));
    write_file(folder, "think.csv", "think [ms],weight\n100,1\n300,3\n2 s,0\n");
    write_file(folder, "sizes.csv", "10\n20\n30 B\n1 kB\n");
    write_file(folder, "a.yaml",
               "work: empirical(file think.csv)\nsize: empirical(sizes.csv)\n");
    snprintf(path, sizeof path, "%s/a.yaml", folder);
    struct reading r;
    reading_open(&r);
    r.root = ust_spec_read(&r.spec, path);
    ust_spec_decode(&r.spec, r.root, every_fields, &r.out);
    expect_fine(&r);
    assert_true(ust_dist_mean(&r.out.work) == 250e6);
    assert_true(ust_dist_mean(&r.out.size) == 265);
    assert_int_equal(r.spec.files, 3);
    reading_close(&r);
    remove_file(folder, "think.csv");
    remove_file(folder, "sizes.csv");
    remove_file(folder, "a.yaml");
    rmdir(folder);
}

static void mistakes_in_the_file_point_into_the_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/spec-dist-XXXXXX", path[100], text[200];
    assert_non_null(mkdtemp(folder));
    write_file(folder, "t.csv", "think\n100 ms\n3 kB\n-1 s\nx\n");
    write_file(folder, "three.csv", "1,2,3\n");
    write_file(folder, "none.csv", "# nothing\n");
    write_file(folder, "weights.csv", "1 s,0\n2 s,0\n");
    write_file(folder, "a.yaml",
               "place: [1]\nwork: empirical(t.csv)\nsize: empirical(gone.csv)\n");
    snprintf(path, sizeof path, "%s/a.yaml", folder);
    struct reading r;
    reading_open(&r);
    r.root = ust_spec_read(&r.spec, path);
    ust_spec_decode(&r.spec, r.root, every_fields, &r.out);
    assert_int_equal(ust_diag_errors(r.spec.diag), 4);
    snprintf(text, sizeof text, "'%s/gone.csv' cannot be read: No such file or directory",
             folder);
    expect_message(&r, 0, 3, 7, text);
    expect_message(&r, 1, 3, 1, "'work' is 3 kB, needs a duration such as 250 ms");
    snprintf(text, sizeof text, "%s/t.csv", folder);
    assert_string_equal(ust_diag_at(r.spec.diag, 1)->place.file, text);
    expect_message(&r, 3, 5, 1, "'work' is 'x', needs a duration such as 250 ms");
    reading_close(&r);
    write_file(folder, "a.yaml",
               "work: empirical(three.csv)\nsize: empirical(none.csv)\ncount: empirical()\n");
    reading_open(&r);
    r.root = ust_spec_read(&r.spec, path);
    ust_spec_decode(&r.spec, r.root, every_fields, &r.out);
    assert_int_equal(ust_diag_errors(r.spec.diag), 3);
    expect_message(&r, 0, 1, 7,
                   "'three.csv' has 3 columns, needs one of values and perhaps one of weights");
    expect_message(&r, 1, 2, 7,
                   "'size' is empirical(none.csv): empirical needs at least one value");
    expect_message(&r, 2, 3, 8, "'empirical' needs the path of a CSV file");
    reading_close(&r);
    write_file(folder, "a.yaml", "work: empirical(weights.csv)\n");
    reading_open(&r);
    r.root = ust_spec_read(&r.spec, path);
    ust_spec_decode(&r.spec, r.root, every_fields, &r.out);
    expect_message(&r, 0, 1, 7,
                   "'work' is empirical(weights.csv): empirical needs a weight above 0");
    reading_close(&r);
    remove_file(folder, "t.csv");
    remove_file(folder, "three.csv");
    remove_file(folder, "none.csv");
    remove_file(folder, "weights.csv");
    remove_file(folder, "a.yaml");
    rmdir(folder);
}

static void distributions_are_written_so_that_they_read_back(void **state)
{
    (void)state;
    struct ust_field field = {.key = "x", .kind = UST_FIELD_DIST, .unit = UST_FIELD_DURATION};
    struct ust_dist dist = dist_of("work: lognormal(40 ms, 1.5)", EVERY(work));
    struct ust_text out = {0};
    ust_field_write(&field, &dist, &out);
    assert_string_equal(out.data, "lognormal(mean 40 ms, cv 1.5)");
    ust_text_clear(&out);
    dist = dist_of("work: 2m30s", EVERY(work));
    ust_field_write(&field, &dist, &out);
    assert_string_equal(out.data, "2m30s");
    ust_text_free(&out);
}

static void a_word_stands_for_no_distribution_where_the_row_has_one(void **state)
{
    (void)state;
    static const struct ust_field row = {.key = "lasting",
                                         .kind = UST_FIELD_DIST,
                                         .unit = UST_FIELD_DURATION,
                                         .word = "endless"};
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_node node = {.kind = UST_NODE_SCALAR, .text = "endless", .key = "lasting"};
    struct ust_dist dist = ust_dist_constant(1);
    assert_int_equal(ust_spec_scalar(&spec, &node, &row, &dist), UST_OK);
    assert_null(dist.type);
    node.text = "5 s";
    assert_int_equal(ust_spec_scalar(&spec, &node, &row, &dist), UST_OK);
    assert_true(ust_dist_mean(&dist) == 5e9);
    node.text = "endles";
    assert_int_equal(ust_spec_scalar(&spec, &node, &row, &dist), UST_INVALID);
    node.text = "endless";
    node.quoted = true; /* a word in quotes is a text */
    assert_int_equal(ust_spec_scalar(&spec, &node, &row, &dist), UST_INVALID);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_word_stands_for_no_distribution_where_the_row_has_one),
        cmocka_unit_test(arguments_go_by_name_or_by_position),
        cmocka_unit_test(a_bare_value_is_a_constant_in_the_fields_unit),
        cmocka_unit_test(every_kind_reads_its_own_example),
        cmocka_unit_test(what_the_language_page_shows_is_read),
        cmocka_unit_test(mistakes_point_into_the_call),
        cmocka_unit_test(values_come_from_a_file_beside_the_one_that_names_it),
        cmocka_unit_test(mistakes_in_the_file_point_into_the_file),
        cmocka_unit_test(distributions_are_written_so_that_they_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
