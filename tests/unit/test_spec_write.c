/* A tree as text, and back; the effective tree. */
#include <sys/stat.h>
#include <unistd.h>

#include "sim/rand/rng.h"
#include "tests/unit/spec_help.h"

static void written(const char *yaml, bool places, const char *expected)
{
    struct reading r;
    reading_open(&r);
    r.root = ust_spec_read_text(&r.spec, "t.yaml", yaml, strlen(yaml));
    expect_fine(&r);
    struct ust_text out = {0};
    ust_spec_write(r.root, places, &out);
    assert_string_equal(ust_text_string(&out), expected);
    ust_text_free(&out);
    reading_close(&r);
}

static void a_tree_is_written_in_blocks(void **state)
{
    (void)state;
    written("{a: 1, b: {c: [x, y], d: []}, e: {}, l: [{p: 1, q: 2}, [3, '4'], f]}", false,
            "a: 1\n"
            "b:\n"
            "  c: [x, y]\n"
            "  d: []\n"
            "e: {}\n"
            "l:\n"
            "  - p: 1\n"
            "    q: 2\n"
            "  -\n"
            "    - 3\n"
            "    - \"4\"\n"
            "  - f\n");
}

static void each_value_shows_where_it_was_set(void **state)
{
    (void)state;
    written("a: 1\nb: {c: [x, y],\n    d: 2}\n", true,
            "a: 1  # t.yaml:1\n"
            "b:\n"
            "  c: [x, y]  # t.yaml:2\n"
            "  d: 2  # t.yaml:3\n");
}

static void texts_that_would_be_something_else_are_quoted(void **state)
{
    (void)state;
    written("a: '~'\nb: '3'\nc: ''\nd: \"x\\ty\\u009b\\\\\"\n'<<': {'- k': v}\ne: 'a: b'\n",
            false,
            "a: \"~\"\n"
            "b: \"3\"\n"
            "c: \"\"\n"
            "d: \"x\\ty\\x9b\\\\\"\n"
            "\"<<\":\n"
            "  \"- k\": v\n"
            "e: \"a: b\"\n");
}

/* ---- the property: what is written reads back as the same tree ---- */

static bool same(const struct ust_node *a, const struct ust_node *b)
{
    if (a->kind != b->kind || a->children != b->children)
        return false;
    if ((a->key == NULL) != (b->key == NULL) || (a->key != NULL && strcmp(a->key, b->key) != 0))
        return false;
    if (a->kind == UST_NODE_SCALAR)
        return strcmp(a->text, b->text) == 0 && a->quoted == b->quoted;
    const struct ust_node *x = a->first, *y = b->first;
    for (; x != NULL && y != NULL; x = x->next, y = y->next)
        if (!same(x, y))
            return false;
    return x == NULL && y == NULL;
}

static const char *const pieces[] = {"a",
                                     "word",
                                     "3",
                                     "1.5",
                                     "60 %",
                                     "-",
                                     "- ",
                                     ": ",
                                     ":",
                                     " #",
                                     "#",
                                     "'",
                                     "\"",
                                     "\\",
                                     "{",
                                     "}",
                                     "[",
                                     "]",
                                     ",",
                                     "&x",
                                     "*",
                                     "!",
                                     "|",
                                     ">",
                                     "@",
                                     "`",
                                     "~",
                                     "null",
                                     "true",
                                     "\n",
                                     "\t",
                                     " ",
                                     "?",
                                     "<<",
                                     "--- ",
                                     "...",
                                     "%",
                                     "=",
                                     "(1, ",
                                     ")",
                                     "f(",
                                     "\x7f",
                                     "\xc3\xa3",
                                     "\xc2\x85",
                                     "\xe2\x80\xa8",
                                     "\xf0\x9f\x98\x80",
                                     "\x01",
                                     "\xef\xbb\xbf"};

static char *random_text(struct ust_spec *spec, struct ust_rng *rng, uint32_t most)
{
    char text[100] = "";
    uint32_t n = ust_rng_below(rng, most) + 1;
    for (uint32_t i = 0; i < n; i++)
        strcat(text, pieces[ust_rng_below(rng, sizeof pieces / sizeof *pieces)]);
    return ust_arena_text(spec->arena, text);
}

/* Letters, so that the text may also stand without quotes. */
static char *random_word(struct ust_spec *spec, struct ust_rng *rng)
{
    static const char *const words[] = {"a",        "60 %", "1m30s",  "~",    "null", "f(x, 1)",
                                        "a:b",      "-3",   "a b  c", "x#y",  "=",    "<<",
                                        "http://x", "it's", "q\"q",   "100%", "",     "a, b"};
    return ust_arena_text(spec->arena, words[ust_rng_below(rng, 18)]);
}

static struct ust_node *random_node(struct ust_spec *spec, struct ust_rng *rng, unsigned depth)
{
    struct ust_node *node = ust_arena_alloc(spec->arena, struct ust_node, 1);
    node->place = (struct ust_place){.file = "r.yaml", .line = ust_rng_below(rng, 3) + 1};
    uint32_t kind = depth > 4 ? 0 : ust_rng_below(rng, 4);
    if (kind < 2) {
        node->kind = UST_NODE_SCALAR;
        node->quoted = ust_rng_below(rng, 2) == 0;
        node->text = node->quoted ? random_text(spec, rng, 6) : random_word(spec, rng);
        return node;
    }
    node->kind = kind == 2 ? UST_NODE_LIST : UST_NODE_MAP;
    uint32_t n = ust_rng_below(rng, 5);
    for (uint32_t i = 0; i < n; i++) {
        struct ust_node *child = random_node(spec, rng, depth + 1);
        if (node->kind == UST_NODE_MAP) {
            static const char *const keys[] = {"k",  "two words", "- k",        "~",
                                               "3",  "a: b",      "<<",         "'",
                                               "\"", "#",         "S\xc3\xa3o", "null"};
            child->key = ust_arena_printf(spec->arena, "%s%u", keys[ust_rng_below(rng, 12)], i);
        }
        if (node->first == NULL)
            node->first = child;
        else
            node->last->next = child;
        node->last = child;
        node->children++;
    }
    return node;
}

static void what_is_written_reads_back_as_the_same_tree(void **state)
{
    (void)state;
    struct ust_rng rng = ust_rng_derive(11, 0, "trees");
    struct ust_text out = {0};
    for (unsigned i = 0; i < 3000; i++) {
        struct reading r;
        reading_open(&r);
        struct ust_node *root = random_node(&r.spec, &rng, 0);
        if (root->kind != UST_NODE_MAP) {
            struct ust_node *map = ust_arena_alloc(r.spec.arena, struct ust_node, 1);
            root->key = "root";
            *map = (struct ust_node){
                .kind = UST_NODE_MAP, .first = root, .last = root, .children = 1};
            root = map;
        }
        ust_text_clear(&out);
        ust_text_add(&out, ""); /* "{}" of an empty tree comes first */
        /* A null would be taken away by reading; it is a scalar like others inside a list. */
        struct ust_node *holder = ust_arena_alloc(r.spec.arena, struct ust_node, 1);
        struct ust_node *list = ust_arena_alloc(r.spec.arena, struct ust_node, 1);
        *list = (struct ust_node){
            .kind = UST_NODE_LIST, .key = "l", .first = root, .last = root, .children = 1};
        *holder =
            (struct ust_node){.kind = UST_NODE_MAP, .first = list, .last = list, .children = 1};
        ust_spec_write(holder, i % 2 == 0, &out);
        r.root = ust_spec_read_text(&r.spec, "r.yaml", out.data, out.length);
        if (r.root == NULL)
            print_error("%s", out.data);
        expect_fine(&r);
        struct ust_text twice = {0};
        ust_spec_write(r.root, false, &twice);
        struct ust_node *back = ust_spec_read_text(&r.spec, "2.yaml", twice.data, twice.length);
        assert_non_null(back);
        if (!same(r.root, back))
            print_error("%s---\n%s", out.data, twice.data);
        assert_true(same(r.root, back));
        ust_text_free(&twice);
        reading_close(&r);
    }
    ust_text_free(&out);
}

/* ---- the effective tree ---- */

static void defaults_are_filled_in_and_say_so(void **state)
{
    (void)state;
    struct reading r;
    const char *yaml = "whole: 3\nmap: {mobile: 70 %}\nvariant: fixed\n"
                       "variants: [{kind: tracking, target: 50 %}]\n";
    reading_open(&r);
    r.root = ust_spec_read_text(&r.spec, "t.yaml", yaml, strlen(yaml));
    ust_spec_resolve(&r.spec, r.root, every_fields);
    struct ust_text out = {0};
    ust_spec_write(r.root, true, &out);
    assert_string_equal(out.data, "whole: 3  # t.yaml:1\n"
                                  "map:\n"
                                  "  mobile:\n"
                                  "    share: 70 %  # t.yaml:2\n"
                                  "    access: 0 s  # default\n"
                                  "    count: 1  # default\n"
                                  "variant:\n"
                                  "  kind: fixed  # t.yaml:3\n"
                                  "variants:\n"
                                  "  - kind: tracking  # t.yaml:4\n"
                                  "    target: 50 %  # t.yaml:4\n"
                                  "    cooldown: 5 min  # default\n"
                                  "    queue: unlimited  # default\n"
                                  "    low: 1  # default\n"
                                  "    high: 10  # default\n"
                                  "queue: unlimited  # default\n"
                                  "ratio: 50 %  # default\n"
                                  "open: 0.5  # default\n"
                                  "duration: 3 s  # default\n"
                                  "endless: endless  # default\n"
                                  "choice: full  # default\n"
                                  "count: geometric(mean 14)  # default\n"
                                  "lasting: endless  # default\n"
                                  "words: [first, second]  # default\n"
                                  "chosen:\n"
                                  "  kind: tracking  # default\n"
                                  "  target: 60 %  # default\n"
                                  "  cooldown: 5 min  # default\n"
                                  "  queue: unlimited  # default\n"
                                  "  low: 1  # default\n"
                                  "  high: 10  # default\n");
    ust_text_free(&out);
    reading_close(&r);
}

/* Decoding the effective file gives what decoding the original gave. */
static void the_effective_file_means_the_same(void **state)
{
    (void)state;
    struct reading first, second;
    const char *yaml = "group: {share: 0.3}\nmap: {mobile: 70 %}\nvariant: {kind: tracking, "
                       "target: 10 %}\nwork: 3 s\n";
    reading_text(&first, yaml);
    expect_fine(&first);
    ust_spec_resolve(&first.spec, first.root, every_fields);
    struct ust_text out = {0}, again = {0};
    ust_spec_write(first.root, false, &out);
    reading_text(&second, out.data);
    expect_fine(&second);
    assert_true(first.out.whole == second.out.whole);
    assert_true(first.out.group.share == second.out.group.share);
    assert_true(first.out.endless == second.out.endless);
    assert_true(((struct every_inner *)first.out.map.at)->share ==
                ((struct every_inner *)second.out.map.at)->share);
    ust_spec_resolve(&second.spec, second.root, every_fields);
    ust_spec_write(second.root, false, &again);
    assert_string_equal(out.data, again.data);
    ust_text_free(&out);
    ust_text_free(&again);
    reading_close(&first);
    reading_close(&second);
}

/* A base in another folder says "t.csv" and means its own; the effective file lies at home. */
static void paths_of_a_base_lead_where_they_led(void **state)
{
    (void)state;
    char folder[] = "/tmp/spec-write-XXXXXX", path[200], expected[400];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/base", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/home", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file(folder, "base/base.yaml",
               "file: t.csv\nfiles: [u.csv, /abs.csv]\nwork: empirical(file v.csv)\n");
    write_file(folder, "home/top.yaml",
               "extends: ../base/base.yaml\nsize: empirical(mine.csv)\ntext: t.csv\n");
    snprintf(path, sizeof path, "%s/home/top.yaml", folder);
    struct reading r;
    reading_open(&r);
    r.root = ust_spec_read(&r.spec, path);
    expect_fine(&r);
    assert_int_equal(ust_spec_set(&r.spec, r.root, "group.share=1", 1), UST_OK);
    ust_spec_rehome(&r.spec, r.root, every_fields);
    assert_null(ust_node_get(r.root, "whole")); /* no defaults here */
    assert_string_equal(ust_node_get(r.root, "file")->text, "../base/t.csv");
    assert_string_equal(ust_node_get(r.root, "files")->first->text, "../base/u.csv");
    assert_string_equal(ust_node_get(r.root, "files")->last->text, "/abs.csv");
    assert_string_equal(ust_node_get(r.root, "work")->text, "empirical(../base/v.csv)");
    assert_string_equal(ust_node_get(r.root, "size")->text, "empirical(mine.csv)");
    assert_string_equal(ust_node_get(r.root, "text")->text, "t.csv");
    const struct ust_node *file = ust_node_get(r.root, "file");
    struct ust_place home = {.file = path};
    snprintf(expected, sizeof expected, "%s/home/../base/t.csv", folder);
    assert_string_equal(ust_spec_path(&r.spec, home, file->text), expected);
    reading_close(&r);
    remove_file(folder, "base/base.yaml");
    remove_file(folder, "home/top.yaml");
    remove_file(folder, "base");
    remove_file(folder, "home");
    remove_file(folder, ".");
    rmdir(folder);
}

/* The text at `key` of a file `home`, whose base or command line wrote `text`. */
static void leads(const char *home, const char *by, const char *text, const char *expected)
{
    struct reading r;
    reading_open(&r);
    char yaml[200];
    snprintf(yaml, sizeof yaml, "file: %s\n", text);
    r.root = ust_spec_read_text(&r.spec, home, yaml, strlen(yaml));
    assert_non_null(r.root);
    r.root->first->place.file = by;
    ust_spec_rehome(&r.spec, r.root, every_fields);
    assert_string_equal(r.root->first->text, expected);
    reading_close(&r);
}

static void a_path_is_seen_from_the_folder_of_the_file_that_holds_it(void **state)
{
    (void)state;
    leads("eu.yaml", "eu.yaml", "t.csv", "t.csv");
    leads("eu.yaml", "base/base.yaml", "t.csv", "base/t.csv");
    leads("eu/eu.yaml", "eu/base.yaml", "t.csv", "t.csv");
    leads("eu/eu.yaml", "eu/../base/base.yaml", "t.csv", "../base/t.csv");
    leads("eu/eu.yaml", "base/base.yaml", "t.csv", "../base/t.csv");
    leads("a/b/eu.yaml", "a/base.yaml", "d/t.csv", "../d/t.csv");
    leads("../eu/eu.yaml", "../base/base.yaml", "t.csv", "../base/t.csv");
    leads("/a/eu/eu.yaml", "/a/base.yaml", "t.csv", "../t.csv");
    leads("eu/eu.yaml", "base/base.yaml", "/abs/t.csv", "/abs/t.csv");
    /* Of the command line: relative to where it was given. */
    leads("eu.yaml", "--set 1", "data/t.csv", "data/t.csv");
    leads("eu/eu.yaml", "--set 1", "data/t.csv", "../data/t.csv");
    leads("eu/eu.yaml", "--set 1", "eu/t.csv", "t.csv");
    /* Nothing shared but the disk. */
    leads("/a/eu.yaml", "--set 1", "/dev/../dev/null", "/dev/../dev/null");
    leads("../eu.yaml", "--set 1", "/", "/");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tree_is_written_in_blocks),
        cmocka_unit_test(each_value_shows_where_it_was_set),
        cmocka_unit_test(texts_that_would_be_something_else_are_quoted),
        cmocka_unit_test(what_is_written_reads_back_as_the_same_tree),
        cmocka_unit_test(defaults_are_filled_in_and_say_so),
        cmocka_unit_test(paths_of_a_base_lead_where_they_led),
        cmocka_unit_test(a_path_is_seen_from_the_folder_of_the_file_that_holds_it),
        cmocka_unit_test(the_effective_file_means_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
