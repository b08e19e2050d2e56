/* --set path.to.key=value. */
#include "tests/unit/spec_help.h"

static const char *const base = "text: a\n"
                                "group: {share: 40 %, count: 7}\n"
                                "words: [x, y]\n"
                                "variants: [fixed, {kind: tracking, target: 50 %}]\n"
                                "place:\n"
                                "  - {persona: shopper, kind: a}\n"
                                "  - {persona: partner, kind: b}\n"
                                "  - {persona: third, kind: b}\n"
                                "  - plain\n"
                                "map: {us-east-1: 1, v1.5: 2 %}\n";

/* Reads the base, sets, decodes. */
static void set_both(struct reading *r, const char *first, const char *second)
{
    reading_open(r);
    r->root = ust_spec_read_text(&r->spec, "t.yaml", base, strlen(base));
    assert_non_null(r->root);
    if (ust_spec_set(&r->spec, r->root, first, 1) != UST_OK ||
        (second != NULL && ust_spec_set(&r->spec, r->root, second, 2) != UST_OK))
        return;
    ust_spec_settle(r->root, every_fields);
    ust_spec_decode(&r->spec, r->root, every_fields, &r->out);
}

static void set(struct reading *r, const char *assignment)
{
    set_both(r, assignment, NULL);
}

static void set_refused(const char *assignment, uint32_t column, const char *text)
{
    struct reading r;
    set(&r, assignment);
    assert_int_equal(ust_diag_errors(r.spec.diag), 1);
    expect_message(&r, 0, 1, column, text);
    assert_string_equal(ust_diag_at(r.spec.diag, 0)->place.file, "--set 1");
    reading_close(&r);
}

/* The text at a path of keys after an assignment. */
static void set_gives(const char *assignment, const char *key, const char *inner,
                      const char *text)
{
    struct reading r;
    set(&r, assignment);
    expect_fine(&r);
    const struct ust_node *node = ust_node_get(r.root, key);
    if (inner != NULL)
        node = ust_node_get(node, inner);
    assert_non_null(node);
    assert_string_equal(node->text, text);
    assert_string_equal(node->place.file, "--set 1");
    reading_close(&r);
}

static void a_key_is_changed_or_added(void **state)
{
    (void)state;
    set_gives("text=b", "text", NULL, "b");
    set_gives("text=two words", "text", NULL, "two words");
    set_gives("text=\"a: b\"", "text", NULL, "a: b");
    set_gives("group.share=50 %", "group", "share", "50 %");
    set_gives("map.\"v1.5\"=4 %", "map", "v1.5", "4 %");
    set_gives("chosen.kind=fixed", "chosen", "kind", "fixed"); /* 'chosen' was not there */
    set_gives("work=lognormal(mean 3 s, cv 1)", "work", NULL, "lognormal(mean 3 s, cv 1)");
}

static void a_value_is_typed_by_yaml(void **state)
{
    (void)state;
    struct reading r;
    set(&r, "variant={kind: tracking, target: 60 %}");
    expect_fine(&r);
    assert_true(((const struct every_track *)r.out.variant.params)->target == 0.6);
    reading_close(&r);
    set(&r, "words=[a, b, c]");
    expect_fine(&r);
    assert_int_equal(r.out.words.n, 3);
    reading_close(&r);
}

static void null_takes_a_key_away(void **state)
{
    (void)state;
    struct reading r;
    set(&r, "group=null");
    expect_fine(&r);
    assert_null(ust_node_get(r.root, "group"));
    reading_close(&r);
    set(&r, "group.count=~");
    expect_fine(&r);
    assert_int_equal(r.out.group.count, 1);
    reading_close(&r);
    set(&r, "nothing.here=~");
    expect_fine(&r);
    assert_null(ust_node_get(r.root, "nothing"));
    reading_close(&r);
}

static void elements_go_by_number_or_by_what_they_are_called(void **state)
{
    (void)state;
    struct reading r;
    set(&r, "variants.1.target=70 %");
    expect_fine(&r);
    assert_true(
        ((const struct every_track *)((struct ust_variant *)r.out.variants.at)[1].params)
            ->target == 0.7);
    reading_close(&r);
    set(&r, "variants.tracking.target=80 %");
    expect_fine(&r);
    assert_true(
        ((const struct every_track *)((struct ust_variant *)r.out.variants.at)[1].params)
            ->target == 0.8);
    reading_close(&r);
    set(&r, "place.partner.kind=z");
    expect_fine(&r);
    assert_string_equal(ust_node_get(r.out.place->first->next, "kind")->text, "z");
    reading_close(&r);
    set(&r, "words.2=z"); /* just behind the last: appended */
    expect_fine(&r);
    assert_int_equal(r.out.words.n, 3);
    reading_close(&r);
    set(&r, "words.0=~");
    expect_fine(&r);
    assert_int_equal(r.out.words.n, 1);
    assert_string_equal(*(const char **)r.out.words.at, "y");
    reading_close(&r);
}

static void mistakes_point_into_the_assignment(void **state)
{
    (void)state;
    set_refused("group.share=1.4", 13, "'share' is 1.4, must lie between 0 % and 100 %");
    set_refused("group.shar=1", 7, "unknown key 'shar'; did you mean 'share'?");
    set_refused("variants.1.target={a: 1}", 19,
                "'target' is a mapping, needs a ratio such as 60 % or 0.6");
    set_refused("place.partnr.kind=z", 7, "unknown element 'partnr'; did you mean 'partner'?");
    set_refused("place.b.kind=z", 7,
                "2 elements have the kind 'b'; name one by its number, from 0");
    set_refused("words.3=z", 7, "element 3 of a list of 2; the first is 0, and 2 appends");
    set_refused("words.99999999999999999999=z", 7, "unknown element '99999999999999999999'");
    set_refused("text.a=z", 6,
                "'a' cannot be set in 'a', which is a single value; set the whole, as {...}");
    set_refused(
        "place.3.a=z", 9,
        "'a' cannot be set in 'plain', which is a single value; set the whole, as {...}");
    set_refused("text", 5, "'=' is missing; needs path.to.key=value");
    set_refused("", 1, "a key is missing; needs path.to.key=value");
    set_refused("=3", 1, "a key is missing; needs path.to.key=value");
    set_refused("a..b=3", 3, "a key is missing; needs path.to.key=value");
    set_refused("text=", 6, "a value is missing behind '='; null takes the key away");
    set_refused("text=  ", 6, "a value is missing behind '='; null takes the key away");
    set_refused("\"text=3", 1, "a quote that is not closed");
    set_refused("\xef\xbb\xbf"
                "text=3",
                1, "a key is at most 256 characters long, all of them in one line");
    set_refused("text=!x y", 6, "tag '!x' is not allowed; the key says what kind a value is");
    set_refused("text={a: 1, a: 2}", 13, "duplicate key 'a'; it stands at 1:7 already");
    set_refused("text={a", 8,
                "not YAML: did not find expected ',' or '}' while parsing a flow mapping that "
                "begins at 1:6");
    set_refused("text=[*a]", 7, "unknown anchor 'a'");
    set_refused("S\xc3\xa3o.x=\xff", 7, "byte 0xff is not UTF-8");
}

static void paths_and_values_are_no_deeper_than_files(void **state)
{
    (void)state;
    char deep[400] = "place=";
    for (int i = 0; i < 64; i++)
        strcat(deep, "[");
    for (int i = 0; i < 64; i++)
        strcat(deep, "]");
    set_refused(deep, 7, "nested deeper than 64 levels");
    char path[400] = "k";
    for (int i = 0; i < 64; i++)
        strcat(path, ".k");
    strcat(path, "=1");
    set_refused(path, 129, "nested deeper than 64 levels");
}

static void a_message_shows_the_assignment_and_a_caret(void **state)
{
    (void)state;
    struct reading r;
    set(&r, "group.share=1.4");
    char *text = reading_printed(&r);
    assert_non_null(strstr(text,
                           "--set 1:13: error: 'share' is 1.4, must lie between 0 % and 100 %\n"
                           "    1 | group.share=1.4\n"
                           "      |             ^~~\n"));
    free(text);
    reading_close(&r);
}

static void the_last_of_several_wins(void **state)
{
    (void)state;
    struct reading r;
    set_both(&r, "whole=3", "whole=4");
    expect_fine(&r);
    assert_int_equal(r.out.whole, 4);
    assert_string_equal(ust_node_get(r.root, "whole")->place.file, "--set 2");
    reading_close(&r);
}

/* The element 1 of 'variants', {kind: tracking, target: 50 %}, after two assignments. */
static const struct ust_variant *changed(struct reading *r, const char *first,
                                         const char *second)
{
    set_both(r, first, second);
    expect_fine(r);
    return (const struct ust_variant *)r->out.variants.at + 1;
}

static void another_kind_drops_the_keys_of_the_old_one(void **state)
{
    (void)state;
    struct reading r;
    assert_string_equal(changed(&r, "variants.1.kind=fixed", NULL)->kind->name, "fixed");
    assert_null(ust_node_get(r.root, "variants")->first->next->first->next);
    reading_close(&r);
    /* There and back again: the file's keys still fit. */
    const struct ust_variant *same =
        changed(&r, "variants.1.kind=fixed", "variants.1.kind=tracking");
    assert_true(((const struct every_track *)same->params)->target == 0.5);
    reading_close(&r);
}

static void a_list_of_one_that_stands_alone_is_settled_too(void **state)
{
    (void)state;
    struct reading r;
    static const char *const alone = "variants: {kind: tracking, target: 50 %}\n";
    reading_open(&r);
    r.root = ust_spec_read_text(&r.spec, "t.yaml", alone, strlen(alone));
    assert_int_equal(ust_spec_set(&r.spec, r.root, "variants.kind=fixed", 1), UST_OK);
    ust_spec_settle(r.root, every_fields);
    ust_spec_decode(&r.spec, r.root, every_fields, &r.out);
    expect_fine(&r);
    assert_int_equal(r.out.variants.n, 1);
    reading_close(&r);
}

static void keys_that_both_kinds_know_stay(void **state)
{
    (void)state;
    struct reading r;
    const struct ust_variant *kept = changed(&r, "variants.1.kind=sliding", NULL);
    assert_string_equal(kept->kind->name, "sliding");
    assert_true(((const struct every_track *)kept->params)->target == 0.5);
    reading_close(&r);
}

static void keys_that_were_set_are_kept_and_checked(void **state)
{
    (void)state;
    struct reading r;
    set_both(&r, "variants.1.low=3", "variants.1.kind=fixed");
    assert_int_equal(ust_diag_errors(r.spec.diag), 1);
    expect_message(&r, 0, 1, 12, "unknown key 'low'");
    assert_string_equal(ust_diag_at(r.spec.diag, 0)->place.file, "--set 1");
    reading_close(&r);
}

static void a_slip_of_the_file_is_no_leftover(void **state)
{
    (void)state;
    struct reading r;
    static const char *const slip = "variant: {kind: tracking, targt: 50 %}\n";
    reading_open(&r);
    r.root = ust_spec_read_text(&r.spec, "t.yaml", slip, strlen(slip));
    assert_int_equal(ust_spec_set(&r.spec, r.root, "variant.kind=fixed", 1), UST_OK);
    ust_spec_settle(r.root, every_fields);
    ust_spec_decode(&r.spec, r.root, every_fields, &r.out);
    expect_message(&r, 0, 1, 27, "unknown key 'targt'");
    reading_close(&r);
}

static void the_kind_of_a_single_word_can_be_set(void **state)
{
    (void)state;
    struct reading r;
    set_both(&r, "variants.0.kind=tracking", "variants.0.target=70 %");
    expect_fine(&r);
    const struct ust_variant *first = r.out.variants.at;
    assert_true(((const struct every_track *)first->params)->target == 0.7);
    reading_close(&r);
}

static void a_path_goes_on_into_a_short_form(void **state)
{
    (void)state;
    struct reading r;
    static const char *const text =
        "map: {a: 40 %, b: 60 %}\nvariant: tracking\nvariants: fixed\n";
    static const char *const sets[] = {"map.a.count=5", "variant.target=70 %",
                                       "variants.kind=tracking", "variants.target=80 %"};
    reading_open(&r);
    r.root = ust_spec_read_text(&r.spec, "t.yaml", text, strlen(text));
    for (unsigned i = 0; i < 4; i++) {
        ust_spec_expand(&r.spec, r.root, every_fields);
        assert_int_equal(ust_spec_set(&r.spec, r.root, sets[i], i + 1), UST_OK);
    }
    ust_spec_settle(r.root, every_fields);
    ust_spec_decode(&r.spec, r.root, every_fields, &r.out);
    expect_fine(&r);
    const struct every_inner *item = r.out.map.at;
    assert_int_equal(r.out.map.n, 2);
    assert_true(item[0].share == 0.4);
    assert_int_equal(item[0].count, 5);
    assert_true(item[1].share == 0.6);
    assert_true(((const struct every_track *)r.out.variant.params)->target == 0.7);
    const struct ust_variant *only = r.out.variants.at;
    assert_true(((const struct every_track *)only->params)->target == 0.8);
    reading_close(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_is_changed_or_added),
        cmocka_unit_test(a_value_is_typed_by_yaml),
        cmocka_unit_test(null_takes_a_key_away),
        cmocka_unit_test(elements_go_by_number_or_by_what_they_are_called),
        cmocka_unit_test(mistakes_point_into_the_assignment),
        cmocka_unit_test(paths_and_values_are_no_deeper_than_files),
        cmocka_unit_test(a_message_shows_the_assignment_and_a_caret),
        cmocka_unit_test(the_last_of_several_wins),
        cmocka_unit_test(another_kind_drops_the_keys_of_the_old_one),
        cmocka_unit_test(a_list_of_one_that_stands_alone_is_settled_too),
        cmocka_unit_test(keys_that_both_kinds_know_stay),
        cmocka_unit_test(keys_that_were_set_are_kept_and_checked),
        cmocka_unit_test(a_slip_of_the_file_is_no_leftover),
        cmocka_unit_test(the_kind_of_a_single_word_can_be_set),
        cmocka_unit_test(a_path_goes_on_into_a_short_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
