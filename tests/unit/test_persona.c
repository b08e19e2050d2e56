/* Resource personas, and personas as files: those that ship, and what a file must have. */
#include <dirent.h>

#include "tests/unit/persona_help.h"

/* ---- resources ---- */

#define BOX "persona: 1\nkind: resource\nname: box\nsource: {how: assumed, note: test}\n"

static void slots_and_processors_default_to_each_other(void **state)
{
    struct ust_resource_persona *persona = resource(*state, BOX);
    assert_int_equal(persona->slots, 1);
    CHECK_NEAR(persona->vcpu, 1, 0);
    persona = resource(*state, BOX "tuning: {slots: 16}\n");
    assert_int_equal(persona->slots, 16);
    CHECK_NEAR(persona->vcpu, 16, 0);
    persona = resource(*state, BOX "capacity: {vcpu: 2.5}\n");
    assert_int_equal(persona->slots, 3);
    CHECK_NEAR(persona->vcpu, 2.5, 0);
}

static void a_bare_resource_is_a_server_without_limits(void **state)
{
    struct ust_resource_persona *persona = resource(*state, BOX);
    CHECK_NEAR(persona->speed, 1, 0);
    CHECK_NEAR(persona->memory, 0, 0);
    CHECK_NEAR(persona->network, 0, 0);
    CHECK_NEAR(persona->iops, 0, 0);
    CHECK_NEAR(persona->price, 0, 0);
    assert_int_equal(persona->queue, -1);
    assert_int_equal(persona->discipline, UST_FCFS);
    assert_int_equal(persona->cancel, UST_CANCEL_NONE);
    CHECK_NEAR(ust_dist_mean(&persona->launch.request), 0, 0);
    CHECK_NEAR(ust_dist_mean(&persona->launch.ready), 0, 0);
    CHECK_NEAR(persona->launch.failure, 0, 0);
    assert_int_equal(persona->launch.retry, 3 * UST_MINUTE);
    assert_int_equal(persona->scalers.n, 0);
    assert_null(persona->balancer.kind);
}

static void every_section_of_a_resource_is_read(void **state)
{
    struct ust_resource_persona *persona = resource(
        *state,
        BOX "capacity: {vcpu: 4, speed: 0.5, memory: 16 GiB, gpu: 1, network: 10 Gbit/s,\n"
            "           storage: {type: nvme, iops: 3000 IOPS}}\n"
            "price: 0.2 USD/h\n"
            "software: [linux, nginx]\n"
            "tuning: {slots: 8, queue: 0, discipline: ps, keep_alive: 5 s, cancel: queued}\n"
            "launch: {request: 1 s, provision: 2 s, boot: 3 s, ready: 4 s, failure: 5 %, "
            "retry: 6 s}\n"
            "policy: {scaler: fixed, balancer: random}\n");
    CHECK_NEAR(persona->vcpu, 4, 0);
    CHECK_NEAR(persona->speed, 0.5, 0);
    CHECK_NEAR(persona->memory, 17179869184.0, 0);
    CHECK_NEAR(persona->gpu, 1, 0);
    CHECK_NEAR(persona->network, 1e10, 0);
    assert_string_equal(persona->storage, "nvme");
    CHECK_NEAR(persona->iops, 3000, 0);
    CHECK_NEAR(persona->price, 0.2, 0);
    assert_int_equal(persona->software.n, 2);
    assert_string_equal(((const char **)persona->software.at)[1], "nginx");
    assert_int_equal(persona->slots, 8);
    assert_int_equal(persona->queue, 0);
    assert_int_equal(persona->discipline, UST_PS);
    assert_int_equal(persona->keep_alive, 5 * UST_S);
    assert_int_equal(persona->cancel, UST_CANCEL_QUEUED);
    CHECK_NEAR(ust_dist_mean(&persona->launch.request), 1e9, 0);
    CHECK_NEAR(ust_dist_mean(&persona->launch.provision), 2e9, 0);
    CHECK_NEAR(ust_dist_mean(&persona->launch.boot), 3e9, 0);
    CHECK_NEAR(ust_dist_mean(&persona->launch.ready), 4e9, 0);
    CHECK_NEAR(persona->launch.failure, 0.05, 1e-17);
    assert_int_equal(persona->launch.retry, 6 * UST_S);
    assert_int_equal(persona->scalers.n, 1);
    assert_string_equal(((const struct ust_variant *)persona->scalers.at)->kind->name, "fixed");
    assert_string_equal(persona->balancer.kind->name, "random");
}

static void unlimited_slots_share_processors_and_never_queue(void **state)
{
    struct ust_resource_persona *persona = resource(
        *state, BOX "capacity: {vcpu: 2}\ntuning: {slots: unlimited, discipline: ps}\n");
    assert_int_equal(persona->slots, 0);
    assert_int_equal(persona->queue, -1);
    CHECK_NEAR(persona->vcpu, 2, 0);
}

static void unlimited_slots_need_processor_sharing(void **state)
{
    refused(*state, false, BOX "capacity: {vcpu: 2}\ntuning: {slots: unlimited}\n", 6, 17,
            "'slots' unlimited needs 'discipline: ps'");
}

static void unlimited_slots_need_processors(void **state)
{
    refused(*state, false, BOX "tuning: {slots: unlimited, discipline: ps}\n", 5, 17,
            "'slots' unlimited needs a number of 'vcpu' to be shared");
}

static void unlimited_slots_leave_nobody_to_queue(void **state)
{
    refused(*state, false,
            BOX "capacity: {vcpu: 2}\ntuning: {slots: unlimited, discipline: ps, queue: 7}\n",
            6, 51, "'queue' is 7, but with unlimited 'slots' nobody ever waits");
}

/* ---- files ---- */

/* `path` ends in XXXXXX, which becomes something new. */
static void write_file(char *path, const char *text)
{
    FILE *file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void a_file_must_say_where_its_numbers_come_from(void **state)
{
    struct ust_spec *spec = *state;
    char path[] = "/tmp/ust-persona-XXXXXX";
    write_file(path, "persona: 1\nkind: user\nname: p\n" CALL);
    assert_null(ust_user_persona_read(spec, path, (struct ust_place){0}, NULL));
    assert_string_equal(ust_diag_at(spec->diag, 0)->text,
                        "'source' is missing: where do the numbers come from");
    remove(path);
}

static void a_file_of_another_kind_gets_one_message(void **state)
{
    struct ust_spec *spec = *state;
    char path[] = "/tmp/ust-persona-XXXXXX";
    write_file(path, "understudy: 1\nname: x\nregions: {a: {}}\n");
    assert_null(ust_resource_persona_read(spec, path, (struct ust_place){0}));
    assert_int_equal(ust_diag_errors(spec->diag), 1);
    assert_string_equal(ust_diag_at(spec->diag, 0)->text,
                        "this is no persona: the key 'persona' is missing");
    remove(path);
}

static void a_missing_file_is_reported_where_it_is_named(void **state)
{
    struct ust_spec *spec = *state;
    struct ust_place from = {.file = "scenario.yaml", .line = 7, .column = 3, .width = 1};
    assert_null(ust_user_persona_read(spec, "/nowhere/p.yaml", from, NULL));
    assert_string_equal(ust_diag_at(spec->diag, 0)->place.file, "scenario.yaml");
    assert_int_equal(ust_diag_at(spec->diag, 0)->place.line, 7);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a folder that end in .yaml, sorted. */
static size_t list(const char *folder, char *names[64])
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL && n < 64;)
        if (strlen(entry->d_name) > 5 &&
            strcmp(entry->d_name + strlen(entry->d_name) - 5, ".yaml") == 0)
            names[n++] = strdup(entry->d_name);
    closedir(dir);
    qsort(names, n, sizeof *names, by_name);
    return n;
}

static char *text_of(const char *path)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = calloc(1, 1 << 16);
    assert_true(fread(text, 1, (1 << 16) - 1, file) > 0);
    fclose(file);
    return text;
}

/* How a shipped file opens, for the kind of its folder. */
#define OPENING                                                                                \
    "# yaml-language-server: $schema=../../docs/%.*s.schema.json\n#\n"                         \
    "# Where the numbers come from\n"

/* Reads the file, checks its opening, its name and its line in the index. */
static void check_shipped(struct ust_spec *spec, const char *folder, const char *name,
                          const char *index)
{
    char path[256], row[512], opening[128];
    snprintf(path, sizeof path, "personas/%s/%s", folder, name);
    char *text = text_of(path);
    /* "users" holds documents of the schema "user" */
    snprintf(opening, sizeof opening, OPENING, (int)strlen(folder) - 1, folder);
    if (strncmp(text, opening, strlen(opening)) != 0)
        fail_msg("%s does not open with its schema and its sources", path);
    free(text);

    const char *called, *description;
    if (strcmp(folder, "users") == 0) {
        struct ust_user_persona *persona =
            ust_user_persona_read(spec, path, (struct ust_place){0}, NULL);
        ust_diag_print(spec->diag, stderr, NULL);
        assert_non_null(persona);
        called = persona->name;
        description = persona->description;
    } else {
        struct ust_resource_persona *persona =
            ust_resource_persona_read(spec, path, (struct ust_place){0});
        ust_diag_print(spec->diag, stderr, NULL);
        assert_non_null(persona);
        called = persona->name;
        description = persona->description;
    }
    assert_int_equal(ust_diag_errors(spec->diag) + ust_diag_warnings(spec->diag), 0);
    if (strncmp(called, name, strlen(called)) != 0 || strlen(called) + 5 != strlen(name))
        fail_msg("%s is called %s", path, called);
    snprintf(row, sizeof row, "| [%s](%s/%s) | %s |\n", called, folder, name, description);
    if (!strstr(index, row))
        fail_msg("personas/README.md has no row\n%s", row);
}

static void the_shortest_documents_of_the_index_are_read(void **state)
{
    const char *shortest_user = "{persona: 1, kind: user, name: customer, actions: {call: "
                                "{work: exponential(mean 1 s)}},"
                                "\n source: {how: assumed, note: textbook}}\n";
    const char *shortest_resource =
        "{persona: 1, kind: resource, name: server, tuning: {slots: "
        "1}, source: {how: assumed, note: textbook}}\n";
    char *index = text_of("personas/README.md");
    assert_non_null(strstr(index, shortest_user));
    assert_non_null(strstr(index, shortest_resource));
    free(index);
    assert_string_equal(user(*state, shortest_user)->name, "customer");
    assert_string_equal(user(*state, shortest_user)->description, "");
    assert_string_equal(resource(*state, shortest_resource)->storage, "");
}

static void every_known_device_stands_in_the_help(void **state)
{
    (void)state;
    const struct ust_field *field = ust_user_persona_fields;
    while (strcmp(field->key, "devices") != 0)
        field++;
    char *index = text_of("personas/README.md");
    uint32_t n;
    const struct ust_device_facts *all = ust_device_catalogue(&n);
    for (uint32_t i = 0; i < n; i++) {
        if (!strstr(field->help, all[i].name) || !strstr(index, all[i].name))
            fail_msg("nobody is told of device '%s'", all[i].name);
        assert_true(all[i].bandwidth > 0);
    }
    free(index);
}

static void every_shipped_persona_loads_and_stands_in_the_index(void **state)
{
    char *names[64];
    char *index = text_of("personas/README.md");
    size_t rows = 0;
    for (const char *at = index; (at = strstr(at, "\n| [")) != NULL; at++)
        rows++;
    const char *folders[] = {"users", "resources"};
    size_t files = 0;
    for (int f = 0; f < 2; f++) {
        char folder[64];
        snprintf(folder, sizeof folder, "personas/%s", folders[f]);
        size_t n = list(folder, names);
        assert_true(n >= 7);
        for (size_t i = 0; i < n; i++) {
            check_shipped(*state, folders[f], names[i], index);
            free(names[i]);
        }
        files += n;
    }
    assert_int_equal(rows, files);
    free(index);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(slots_and_processors_default_to_each_other, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_bare_resource_is_a_server_without_limits, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_section_of_a_resource_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(unlimited_slots_share_processors_and_never_queue, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(unlimited_slots_need_processor_sharing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(unlimited_slots_need_processors, setup, teardown),
        cmocka_unit_test_setup_teardown(unlimited_slots_leave_nobody_to_queue, setup, teardown),
        cmocka_unit_test_setup_teardown(a_file_must_say_where_its_numbers_come_from, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_file_of_another_kind_gets_one_message, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_missing_file_is_reported_where_it_is_named, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(the_shortest_documents_of_the_index_are_read, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(every_known_device_stands_in_the_help, setup, teardown),
        cmocka_unit_test_setup_teardown(every_shipped_persona_loads_and_stands_in_the_index,
                                        setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
