/* What `show` prints, and what a run stores: a file that means what the scenario means. */
#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/scenario_help.h"

typedef void printing(struct ust_spec *spec, struct ust_node *map,
                      const struct ust_field *fields);

static uint64_t hash_of_text(const char *path, const struct ust_text *text)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_node *root =
        ust_spec_read_text(&spec, path, ust_text_string(text), text->length);
    assert_non_null(root);
    struct ust_scenario *scenario = ust_scenario_decode(&spec, path, root);
    if (scenario == NULL)
        ust_diag_print(spec.diag, stderr, path);
    assert_non_null(scenario);
    uint64_t hash = scenario->hash;
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
    return hash;
}

static void printed_means_the_same(const char *path, printing *prepare)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_scenario *scenario = ust_scenario_read(&spec, path, NULL, 0);
    if (scenario == NULL)
        ust_diag_print(spec.diag, stderr, path);
    assert_non_null(scenario);
    struct ust_text text = {0};
    prepare(&spec, scenario->root, ust_scenario_fields);
    ust_spec_write(scenario->root, false, &text);
    if (hash_of_text(path, &text) != scenario->hash)
        fail_msg("%s: what is printed means something else", path);
    ust_text_free(&text);
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
}

static void every_scenario_that_ships_is_printed_as_what_it_means(void **state)
{
    (void)state;
    DIR *folder = opendir("scenarios");
    assert_non_null(folder);
    unsigned n = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        size_t length = strlen(entry->d_name);
        if (length < 5 || strcmp(entry->d_name + length - 5, ".yaml") != 0)
            continue;
        char path[300];
        snprintf(path, sizeof path, "scenarios/%s", entry->d_name);
        printed_means_the_same(path, ust_spec_rehome);
        printed_means_the_same(path, ust_spec_resolve);
        n++;
    }
    closedir(folder);
    assert_true(n >= 8);
}

/* Personas by path and in place, tables, and a base in another folder that names them. */
static void files_of_a_base_in_another_folder_are_found_from_the_printed_file(void **state)
{
    (void)state;
    char folder[] = "/tmp/show-XXXXXX", path[200];
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/base", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/home", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    write_file(folder, "base/work.csv", "0.01\n0.02\n");
    write_file(folder, "base/rows.csv", "1\n2\n");
    write_file(folder, "base/user.yaml",
               "persona: 1\nkind: user\nname: shopper\nactions: {a: {work: "
               "empirical(work.csv)}}\nsource: {how: assumed, note: t}\n");
    write_file(folder, "base/box.yaml",
               "persona: 1\nkind: resource\nname: box\nsource: {how: assumed, note: t}\n");
    write_file(
        folder, "base/base.yaml",
        "understudy: 1\nname: t\nduration: 2 min\nregions: {r: {}}\n"
        "personas: [user.yaml, {name: own, actions: {a: {work: empirical(work.csv)}}}]\n"
        "services:\n  s: {instance: box.yaml, pools: {r: 1}}\n"
        "traffic:\n  - {persona: shopper, arrivals: {kind: trace, file: rows.csv, "
        "interval: 1 min}}\n  - {persona: own, arrivals: {kind: poisson, rate: 1 /s}}\n");
    write_file(folder, "home/top.yaml", "extends: ../base/base.yaml\nseed: 3\n");
    snprintf(path, sizeof path, "%s/home/top.yaml", folder);
    printed_means_the_same(path, ust_spec_rehome);
    printed_means_the_same(path, ust_spec_resolve);
    static const char *const files[] = {
        "base/work.csv",  "base/rows.csv", "base/user.yaml", "base/box.yaml",
        "base/base.yaml", "home/top.yaml", "base",           "home"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        remove_file(folder, files[i]);
    assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scenario_that_ships_is_printed_as_what_it_means),
        cmocka_unit_test(files_of_a_base_in_another_folder_are_found_from_the_printed_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
