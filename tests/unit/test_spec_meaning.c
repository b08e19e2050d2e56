/* The hash of what was decoded: the same for other words, another for another meaning. */
#include <unistd.h>

#include "sim/base/hash.h"
#include "sim/spec/csv.h"
#include "tests/unit/spec_help.h"

static char folder[] = "/tmp/spec-meaning-XXXXXX";

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int drop_folder(void **state)
{
    (void)state;
    remove_file(folder, "t.csv");
    remove_file(folder, "u.csv");
    remove_file(folder, "base.yaml");
    remove_file(folder, "top.yaml");
    return rmdir(folder);
}

static uint64_t text_of_place(const void *owner, const struct ust_node *node)
{
    (void)owner;
    return ust_hash_text(0, node->text);
}

static uint64_t hash_of(struct reading *r)
{
    expect_fine(r);
    if (r->out.file != NULL) {
        struct ust_csv *csv =
            ust_csv_open(&r->spec, r->out.file, r->root->place, UST_CSV_HEADER_MAYBE);
        while (ust_csv_next(csv))
            continue;
        assert_int_equal(ust_csv_close(csv), UST_OK);
    }
    uint64_t hash = ust_spec_meaning(&r->spec, every_fields, &r->out, text_of_place, NULL);
    reading_close(r);
    return hash;
}

static uint64_t meaning(const char *yaml)
{
    struct reading r;
    reading_text(&r, yaml);
    return hash_of(&r);
}

static uint64_t meaning_of_file(const char *name)
{
    char path[200];
    struct reading r;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    reading_open(&r);
    r.root = ust_spec_read(&r.spec, path);
    assert_non_null(r.root);
    ust_spec_decode(&r.spec, r.root, every_fields, &r.out);
    return hash_of(&r);
}

#define SAME(a, b)  assert_true(meaning(a) == meaning(b))
#define OTHER(a, b) assert_true(meaning(a) != meaning(b))

static void comments_blanks_quotes_and_order_of_keys_play_no_part(void **state)
{
    (void)state;
    SAME("whole: 3\ntext: a\n", "# why\n\ntext:   \"a\"   # because\n\nwhole: 3\n");
    SAME("map: {a: {share: 1, count: 2}}\n", "map:\n  a:\n    count: 2\n    share: 1\n");
}

static void a_value_in_another_unit_is_the_same_value(void **state)
{
    (void)state;
    SAME("duration: 90 s\n", "duration: 1m30s\n");
    SAME("ratio: 60 %\n", "ratio: 0.6\n");
    SAME("bytes: 4 GiB\n", "bytes: 4096MiB\n");
    SAME("rate: 5 /min\n", "rate: 300 req/h\n");
    SAME("work: lognormal(mean 40 ms, cv 1.5)\n", "work: lognormal(cv=1.5, mean=0.04 s)\n");
    SAME("work: 40 ms\n", "work: deterministic(40 ms)\n");
    SAME("number: 0\n", "number: -0.0\n");
}

static void a_default_that_is_written_is_the_default(void **state)
{
    (void)state;
    SAME("flag: false\n", "flag: false\nwhole: 20\nduration: 3 s\nqueue: unlimited\n");
    SAME("flag: false\n", "flag: false\nwhole: ~\n");
    SAME("map: {a: 10 %}\n", "map: {a: {share: 10 %, access: 0 s, count: 1}}\n");
    SAME("words: one\n", "words: [one]\n");
    SAME("variant: fixed\n", "variant: {kind: fixed}\n");
    SAME("variant: {kind: tracking, target: 50 %}\n",
         "variant: {kind: tracking, target: 0.5, cooldown: 300 s, low: 1}\n");
}

static void every_kind_of_value_counts(void **state)
{
    (void)state;
    OTHER("flag: true\n", "flag: false\n");
    OTHER("whole: 3\n", "whole: 4\n");
    OTHER("queue: 3\n", "queue: unlimited\n");
    OTHER("number: 1.5\n", "number: 1.25\n");
    OTHER("duration: 3 s\n", "duration: 3000000001 ns\n");
    OTHER("endless: 3 s\n", "endless: endless\n");
    OTHER("bytes: 1 kB\n", "bytes: 1 KiB\n");
    OTHER("clock: \"20:00\"\n", "clock: \"20:01\"\n");
    OTHER("instant: 2026-11-27T16:00:00Z\n", "instant: 2026-11-27T16:00:01Z\n");
    /* The same moment, but another day begins at another one. */
    OTHER("instant: 2026-11-27T16:00:00Z\n", "instant: 2026-11-27T17:00:00+01:00\n");
    OTHER("text: a\n", "text: b\n");
    OTHER("name: a\n", "name: b\n");
    OTHER("choice: none\n", "choice: half\n");
    OTHER("work: exponential(mean 20 ms)\n", "work: exponential(mean 21 ms)\n");
    OTHER("work: exponential(mean 20 ms)\n", "work: 20 ms\n");
    OTHER("place: a\n", "place: b\n");
    OTHER("group: {share: 10 %}\n", "group: {share: 20 %}\n");
    OTHER("map: {a: 10 %}\n", "map: {b: 10 %}\n");
    OTHER("list: [{target: 50 %}]\n", "list: [{target: 50 %}, {target: 50 %}]\n");
    OTHER("ratios: [10 %, 20 %]\n", "ratios: [10 %, 30 %]\n");
    OTHER("shares: {a: 10 %, b: 90 %}\n", "shares: {a: 20 %, b: 80 %}\n");
    OTHER("shares: {a: 10 %, b: 90 %}\n", "shares: {a: 10 %, c: 90 %}\n");
    OTHER("variant: fixed\n", "variant: {kind: tracking, target: 50 %}\n");
    OTHER("variants: [fixed]\n", "variants: []\n");
    OTHER("text: a\n", "name: a\n");
    OTHER("flag: false\n", "work: 0 s\n"); /* a constant of 0 is not the absence of one */
}

static void the_order_of_elements_counts(void **state)
{
    (void)state;
    OTHER("words: [a, b]\n", "words: [b, a]\n");
    OTHER("map: {a: 10 %, b: 20 %}\n", "map: {b: 20 %, a: 10 %}\n");
}

static void what_extends_brought_is_the_same_as_written(void **state)
{
    (void)state;
    write_file(folder, "base.yaml", "text: a\nwhole: 4\n");
    write_file(folder, "top.yaml", "extends: base.yaml\nwhole: 3\n");
    assert_true(meaning_of_file("top.yaml") == meaning("text: a\nwhole: 3\n"));
    write_file(folder, "base.yaml", "text: b\nwhole: 4\n");
    assert_true(meaning_of_file("top.yaml") != meaning("text: a\nwhole: 3\n"));
}

static void the_contents_of_a_table_count_and_its_name_does_not(void **state)
{
    (void)state;
    write_file(folder, "top.yaml", "file: t.csv\n");
    write_file(folder, "t.csv", "time,count\n0,1\n60,2\n");
    uint64_t plain = meaning_of_file("top.yaml");
    write_file(folder, "t.csv", "# by hand\ntime, count\r\n\n0 ,1\n60,\"2\"\n");
    assert_true(meaning_of_file("top.yaml") == plain);
    write_file(folder, "t.csv", "time,count\n0,1\n60,3\n");
    assert_true(meaning_of_file("top.yaml") != plain);
    write_file(folder, "t.csv", "time,count\n0,1\n602,\n");
    assert_true(meaning_of_file("top.yaml") != plain);
    write_file(folder, "top.yaml", "file: u.csv\n");
    write_file(folder, "u.csv", "time,count\n0,1\n60,2\n");
    assert_true(meaning_of_file("top.yaml") == plain);
}

static void the_values_of_an_empirical_distribution_count(void **state)
{
    (void)state;
    write_file(folder, "top.yaml", "work: empirical(t.csv)\n");
    write_file(folder, "t.csv", "work [ms]\n10\n20\n");
    uint64_t plain = meaning_of_file("top.yaml");
    write_file(folder, "t.csv", "0.02\n0.01\n");
    assert_true(meaning_of_file("top.yaml") == plain);
    write_file(folder, "t.csv", "0.02,1\n0.01,2\n");
    assert_true(meaning_of_file("top.yaml") != plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comments_blanks_quotes_and_order_of_keys_play_no_part),
        cmocka_unit_test(a_value_in_another_unit_is_the_same_value),
        cmocka_unit_test(a_default_that_is_written_is_the_default),
        cmocka_unit_test(every_kind_of_value_counts),
        cmocka_unit_test(the_order_of_elements_counts),
        cmocka_unit_test(what_extends_brought_is_the_same_as_written),
        cmocka_unit_test(the_contents_of_a_table_count_and_its_name_does_not),
        cmocka_unit_test(the_values_of_an_empirical_distribution_count),
    };
    return cmocka_run_group_tests(tests, make_folder, drop_folder);
}
