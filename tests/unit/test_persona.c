/* Persona documents: what is read, what is filled in, what is refused. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/persona/persona.h"

#define CHECK_NEAR(got, want, tolerance)                                                       \
    do {                                                                                       \
        double near_got = (got), near_want = (want);                                           \
        if (!(near_got - near_want <= (tolerance) && near_want - near_got <= (tolerance)))     \
            fail_msg("%s is %.12g, not %.12g", #got, near_got, near_want);                     \
    } while (0)

#define HEAD "persona: 1\nkind: user\nname: p\nsource: {how: assumed, note: test}\n"
#define CALL "actions: {call: {work: 1 s}}\n"

static int setup(void **state)
{
    struct ust_spec *spec = calloc(1, sizeof *spec);
    spec->arena = ust_arena_new();
    spec->diag = ust_diag_new();
    *state = spec;
    return 0;
}

static int teardown(void **state)
{
    struct ust_spec *spec = *state;
    ust_diag_free(spec->diag);
    ust_arena_free(spec->arena);
    free(spec);
    return 0;
}

static struct ust_node *node_of(struct ust_spec *spec, const char *text)
{
    struct ust_node *node = ust_spec_read_text(spec, "p.yaml", text, strlen(text));
    assert_non_null(node);
    return node;
}

static struct ust_user_persona *user(struct ust_spec *spec, const char *text)
{
    struct ust_user_persona *persona = ust_user_persona_decode(spec, node_of(spec, text));
    if (!persona)
        ust_diag_print(spec->diag, stderr, NULL);
    assert_non_null(persona);
    assert_int_equal(ust_diag_errors(spec->diag), 0);
    return persona;
}

static struct ust_resource_persona *resource(struct ust_spec *spec, const char *text)
{
    struct ust_resource_persona *persona =
        ust_resource_persona_decode(spec, node_of(spec, text));
    if (!persona)
        ust_diag_print(spec->diag, stderr, NULL);
    assert_non_null(persona);
    assert_int_equal(ust_diag_errors(spec->diag), 0);
    return persona;
}

/* The document is refused, with exactly this message at this line and column. */
static void refused(struct ust_spec *spec, bool is_user, const char *text, unsigned line,
                    unsigned column, const char *message)
{
    struct ust_node *node = node_of(spec, text);
    if (is_user)
        assert_null(ust_user_persona_decode(spec, node));
    else
        assert_null(ust_resource_persona_decode(spec, node));
    const struct ust_diag_message *first = ust_diag_at(spec->diag, 0);
    assert_non_null(first);
    assert_string_equal(first->text, message);
    assert_int_equal(first->place.line, line);
    assert_int_equal(first->place.column, column);
    assert_int_equal(ust_diag_errors(spec->diag), 1);
}

static void user_refused(struct ust_spec *spec, const char *text, unsigned line,
                         unsigned column, const char *message)
{
    refused(spec, true, text, line, column, message);
}

/* ---- users ---- */

static void the_shortest_user_has_one_action_with_all_requests(void **state)
{
    struct ust_user_persona *persona = user(*state, HEAD CALL);
    assert_string_equal(persona->name, "p");
    assert_int_equal(persona->actions.n, 1);
    const struct ust_action *action = persona->actions.at;
    assert_string_equal(action->id.name, "call");
    CHECK_NEAR(action->share, 1.0, 0);
    CHECK_NEAR(ust_dist_mean(&action->work), 1e9, 0);
    CHECK_NEAR(ust_dist_mean(&action->response), 0, 0);
    CHECK_NEAR(ust_dist_mean(&action->io), 0, 0);
    CHECK_NEAR(persona->weight, 1.0, 0);
}

static void without_tolerance_every_answer_is_good_and_nobody_leaves(void **state)
{
    const struct ust_tolerance *tolerance = &user(*state, HEAD CALL)->tolerance;
    assert_true(tolerance->latency == UST_NEVER);
    assert_int_equal(tolerance->timeout, 0);
    assert_null(tolerance->retries.kind);
    assert_null(tolerance->patience.type);
    CHECK_NEAR(tolerance->errors, 0, 0);
}

static void absent_sections_are_told_from_given_ones(void **state)
{
    struct ust_user_persona *persona = user(*state, HEAD CALL);
    assert_null(persona->week_node);
    assert_null(persona->session_node);
    assert_int_equal(persona->geography.n, 0);
    assert_int_equal(persona->devices.n, 0);
    persona = user(*state, HEAD CALL "week: {peak: \"21:00\"}\n"
                                     "session: {requests: geometric(mean 4), think: 3 s}\n");
    assert_non_null(persona->week_node);
    assert_non_null(persona->session_node);
    assert_int_equal(persona->week.peak, 21 * 3600);
    CHECK_NEAR(ust_dist_mean(&persona->session.requests), 4, 1e-9);
    CHECK_NEAR(ust_dist_mean(&persona->session.think), 3e9, 0);
}

static void actions_keep_their_order_shares_and_sizes(void **state)
{
    struct ust_user_persona *persona =
        user(*state,
             HEAD "actions:\n"
                  "  browse: {share: 78 %, work: 20 ms, response: 48 KiB}\n"
                  "  buy: {share: 22 %, work: 100 ms, request: 2 kB, memory: 8 MiB, io: 6}\n");
    const struct ust_action *action = persona->actions.at;
    assert_string_equal(action[0].id.name, "browse");
    CHECK_NEAR(action[0].share, 0.78, 1e-15);
    CHECK_NEAR(ust_dist_mean(&action[0].response), 49152, 0);
    CHECK_NEAR(action[1].share, 0.22, 1e-15);
    CHECK_NEAR(ust_dist_mean(&action[1].request), 2000, 0);
    CHECK_NEAR(ust_dist_mean(&action[1].memory), 8388608, 0);
    CHECK_NEAR(ust_dist_mean(&action[1].io), 6, 0);
}

static void a_place_of_the_catalogue_brings_its_coordinates_and_time(void **state)
{
    struct ust_user_persona *persona =
        user(*state, HEAD CALL "geography: {Sydney: 60 %, us-east-1: 40 %}\n");
    const struct ust_origin *origin = persona->geography.at;
    assert_string_equal(origin[0].id.name, "Sydney");
    CHECK_NEAR(origin[0].place.latitude, -33.87, 1e-9);
    assert_int_equal(origin[0].place.utc_offset_min, 600);
    assert_int_equal(origin[0].place.summer, UST_SUMMER_AUSTRALIA);
    CHECK_NEAR(origin[1].share, 0.4, 1e-15);
}

static void a_point_of_the_users_own_brings_its_own(void **state)
{
    struct ust_user_persona *persona =
        user(*state, HEAD CALL "geography:\n  London: 50 %\n  Mine: {share: 50 %, latitude: "
                               "-20.5, longitude: 118.6, utc_offset: \"+08:30\"}\n");
    const struct ust_origin *origin = persona->geography.at;
    CHECK_NEAR(origin[1].place.latitude, -20.5, 0);
    CHECK_NEAR(origin[1].place.longitude, 118.6, 0);
    assert_int_equal(origin[1].place.utc_offset_min, 510);
    assert_int_equal(origin[1].place.summer, UST_SUMMER_NONE);
    assert_string_equal(origin[1].place.name, "Mine");
}

static void offsets_are_read_as_iso_8601_writes_them(void **state)
{
    struct ust_user_persona *persona =
        user(*state, HEAD CALL
             "geography:\n"
             "  A: {share: 40 %, latitude: 0, longitude: 0, utc_offset: Z}\n"
             "  B: {share: 30 %, latitude: 0, longitude: 0, utc_offset: -03:30}\n"
             "  C: {share: 30 %, latitude: 0, longitude: 0, utc_offset: +14, summer: eu}\n");
    const struct ust_origin *origin = persona->geography.at;
    assert_int_equal(origin[0].place.utc_offset_min, 0);
    assert_int_equal(origin[1].place.utc_offset_min, -210);
    assert_int_equal(origin[2].place.utc_offset_min, 840);
    assert_int_equal(origin[2].place.summer, UST_SUMMER_EU);
}

static void a_known_device_has_its_network_and_a_given_one_wins(void **state)
{
    struct ust_user_persona *persona =
        user(*state, HEAD CALL "devices:\n  mobile: 50 %\n  tv: {share: 30 %, access: 5 ms}\n"
                               "  sat: {share: 20 %, access: 600 ms, bandwidth: 20 Mbit/s}\n");
    const struct ust_device *device = persona->devices.at;
    assert_int_equal(device[0].access, 28 * UST_MS);
    CHECK_NEAR(device[0].bandwidth, 41.5e6, 0);
    assert_int_equal(device[1].access, 5 * UST_MS);
    CHECK_NEAR(device[1].bandwidth, 25e6, 0);
    assert_int_equal(device[2].access, 600 * UST_MS);
    CHECK_NEAR(device[2].bandwidth, 20e6, 0);
}

static void shares_within_a_hundredth_of_a_percent_are_made_exact(void **state)
{
    struct ust_user_persona *persona = user(
        *state, HEAD CALL "geography: {London: 33.33 %, Paris: 33.33 %, Berlin: 33.335 %}\n");
    const struct ust_origin *origin = persona->geography.at;
    CHECK_NEAR(origin[0].share + origin[1].share + origin[2].share, 1.0, 1e-15);
}

static void the_hash_sees_a_changed_number_and_no_comment(void **state)
{
    uint64_t plain = user(*state, HEAD CALL)->hash;
    uint64_t commented = user(*state, "# why\n" HEAD CALL)->hash;
    uint64_t changed = user(*state, HEAD "actions: {call: {work: 2 s}}\n")->hash;
    assert_true(plain == commented);
    assert_true(plain != changed);
}

static void action_shares_must_add_up(void **state)
{
    user_refused(
        *state, HEAD "actions:\n  a: {share: 60 %, work: 1 s}\n  b: {share: 30 %, work: 1 s}\n",
        5, 1, "shares of 'actions' add up to 90 %, must add up to 100 %");
}

static void one_action_of_several_may_not_hide_its_share(void **state)
{
    user_refused(*state, HEAD "actions:\n  a: {share: 60 %, work: 1 s}\n  b: {work: 1 s}\n", 7,
                 3, "action 'b' has no 'share'");
}

static void geography_shares_must_add_up(void **state)
{
    user_refused(*state, HEAD CALL "geography: {London: 60 %, Paris: 60 %}\n", 6, 1,
                 "shares of 'geography' add up to 120 %, must add up to 100 %");
}

static void an_unknown_place_is_named_with_its_nearest(void **state)
{
    user_refused(*state, HEAD CALL "geography: {Londn: 100 %}\n", 6, 13,
                 "unknown place 'Londn'; did you mean 'London'?");
}

static void a_point_needs_all_of_its_coordinates(void **state)
{
    user_refused(*state,
                 HEAD CALL "geography:\n  X: {share: 100 %, latitude: 3, longitude: 4}\n", 7, 6,
                 "place 'X' has no 'utc_offset'; a point needs 'latitude', 'longitude' and "
                 "'utc_offset'");
}

static void a_catalogue_place_keeps_its_own_time(void **state)
{
    user_refused(*state, HEAD CALL "geography:\n  London: {share: 100 %, utc_offset: Z}\n", 7,
                 26,
                 "'utc_offset' comes with 'latitude' and 'longitude'; the catalogue knows the "
                 "time in 'London'");
}

static void an_unknown_device_must_be_described(void **state)
{
    user_refused(*state, HEAD CALL "devices: {mobil: 100 %}\n", 6, 11,
                 "unknown device 'mobil'; did you mean 'mobile'?");
}

static void a_latency_beyond_the_only_timeout_can_never_be_met(void **state)
{
    user_refused(*state, HEAD CALL "tolerance: {latency: 5 s, timeout: 3 s}\n", 6, 22,
                 "'latency' is 5 s, must not exceed 'timeout', 3 s: no answer comes so late");
}

static void a_retry_may_answer_later_than_one_timeout(void **state)
{
    const struct ust_tolerance *tolerance =
        &user(*state, HEAD CALL "tolerance: {latency: 5 s, timeout: 3 s, retries: backoff}\n")
             ->tolerance;
    assert_string_equal(tolerance->retries.kind->name, "backoff");
    assert_int_equal(tolerance->timeout, 3 * UST_S);
}

static void retries_need_a_timeout(void **state)
{
    user_refused(
        *state, HEAD CALL "tolerance: {retries: {kind: backoff}}\n", 6, 22,
        "'retries' need a 'timeout': without one, an attempt that is never answered is "
        "never repeated");
}

static void retries_of_kind_none_need_nothing(void **state)
{
    user(*state, HEAD CALL "tolerance: {retries: {kind: none}}\n");
}

static void patience_covers_nothing_without_patience(void **state)
{
    user_refused(*state, HEAD CALL "tolerance: {patience_covers: wait}\n", 6, 13,
                 "'patience_covers' says nothing without 'patience'");
}

static void a_day_needs_two_ends(void **state)
{
    user_refused(*state, HEAD CALL "week: {peak: \"20:00\", trough: \"20:00\"}\n", 6, 7,
                 "'peak' and 'trough' are the same time of day");
}

static void a_resource_is_no_user(void **state)
{
    user_refused(*state, "persona: 1\nkind: resource\nname: box\n", 2, 7,
                 "this is a resource persona; a user persona is needed");
}

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
    assert_null(ust_user_persona_read(spec, path, (struct ust_place){0}));
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
    assert_null(ust_user_persona_read(spec, "/nowhere/p.yaml", from));
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
            ust_user_persona_read(spec, path, (struct ust_place){0});
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_shortest_user_has_one_action_with_all_requests),
        TEST(without_tolerance_every_answer_is_good_and_nobody_leaves),
        TEST(absent_sections_are_told_from_given_ones),
        TEST(actions_keep_their_order_shares_and_sizes),
        TEST(a_place_of_the_catalogue_brings_its_coordinates_and_time),
        TEST(a_point_of_the_users_own_brings_its_own),
        TEST(offsets_are_read_as_iso_8601_writes_them),
        TEST(a_known_device_has_its_network_and_a_given_one_wins),
        TEST(shares_within_a_hundredth_of_a_percent_are_made_exact),
        TEST(the_hash_sees_a_changed_number_and_no_comment),
        TEST(action_shares_must_add_up),
        TEST(one_action_of_several_may_not_hide_its_share),
        TEST(geography_shares_must_add_up),
        TEST(an_unknown_place_is_named_with_its_nearest),
        TEST(a_point_needs_all_of_its_coordinates),
        TEST(a_catalogue_place_keeps_its_own_time),
        TEST(an_unknown_device_must_be_described),
        TEST(a_latency_beyond_the_only_timeout_can_never_be_met),
        TEST(a_retry_may_answer_later_than_one_timeout),
        TEST(retries_need_a_timeout),
        TEST(retries_of_kind_none_need_nothing),
        TEST(patience_covers_nothing_without_patience),
        TEST(a_day_needs_two_ends),
        TEST(a_resource_is_no_user),
        TEST(slots_and_processors_default_to_each_other),
        TEST(a_bare_resource_is_a_server_without_limits),
        TEST(every_section_of_a_resource_is_read),
        TEST(unlimited_slots_share_processors_and_never_queue),
        TEST(unlimited_slots_need_processor_sharing),
        TEST(unlimited_slots_need_processors),
        TEST(unlimited_slots_leave_nobody_to_queue),
        TEST(a_file_must_say_where_its_numbers_come_from),
        TEST(a_file_of_another_kind_gets_one_message),
        TEST(a_missing_file_is_reported_where_it_is_named),
        TEST(the_shortest_documents_of_the_index_are_read),
        TEST(every_known_device_stands_in_the_help),
        TEST(every_shipped_persona_loads_and_stands_in_the_index),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
