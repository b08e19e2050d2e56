/* Scenarios as a whole: what only all of them together can get wrong, each with its message,
 * and what becomes of them: the network, the objectives, the step of the series, who is judged.
 */
#include <math.h>
#include <unistd.h>

#include "models/world/network.h"
#include "models/world/scenario.h"
#include "tests/unit/spec_help.h"

static const char base[] =
    "understudy: 1\n"
    "name: t\n"
    "warmup: 1 min\n"
    "duration: 1 h\n"
    "personas:\n"
    "  - name: shopper\n"
    "    actions: {browse: {work: 10 ms}}\n"
    "    tolerance: {latency: 700 ms, errors: 2 %}\n"
    "    source: {how: assumed, note: test}\n"
    "regions:\n"
    "  us-east-1: {zones: 3, role: primary}\n"
    "  us-west-2: {zones: 3, role: standby}\n"
    "services:\n"
    "  web:\n"
    "    instance: {name: small, tuning: {slots: 4}, source: {how: assumed, note: test}}\n"
    "    health_check: {interval: 10 s}\n"
    "    pools:\n"
    "      us-east-1: {instances: 4, min: 2, max: 8}\n"
    "      us-west-2: 2\n"
    "traffic:\n"
    "  - {persona: shopper, service: web, arrivals: {kind: poisson, rate: 20 req/s}}\n"
    "routing:\n"
    "  policy: {kind: failover_order, order: [us-east-1, us-west-2]}\n"
    "  health_check: {interval: 10 s, timeout: 4 s}\n"
    "faults:\n"
    "  - {kind: region_loss, region: us-east-1, at: 10 min}\n"
    "objectives:\n"
    "  default: {rto: 3 min}\n";

struct world {
    struct ust_spec spec;
    struct ust_scenario *scenario;
};

static void world_open(struct world *world, const char *text)
{
    world->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    world->scenario = NULL;
    struct ust_node *root = ust_spec_read_text(&world->spec, "t.yaml", text, strlen(text));
    if (root != NULL)
        world->scenario = ust_scenario_decode(&world->spec, "t.yaml", root);
}

static void world_close(struct world *world)
{
    ust_diag_free(world->spec.diag);
    ust_arena_free(world->spec.arena);
}

/* The base with one piece replaced; the caller frees it. */
static char *with(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    assert_non_null(at);
    assert_null(strstr(at + 1, old)); /* a piece that occurs once */
    struct ust_text out = {0};
    ust_text_add_n(&out, text, (size_t)(at - text));
    ust_text_add(&out, new);
    ust_text_add(&out, at + strlen(old));
    return out.data;
}

static void show(const struct world *world)
{
    ust_diag_print(world->spec.diag, stderr, NULL);
}

/* The base with this change is refused, with exactly one message, at this place. */
static void refused_at(const char *old, const char *new, uint32_t line, uint32_t column,
                       const char *message)
{
    struct world world;
    char *text = with(base, old, new);
    world_open(&world, text);
    if (ust_diag_errors(world.spec.diag) != 1)
        show(&world);
    assert_null(world.scenario);
    assert_int_equal(ust_diag_errors(world.spec.diag), 1);
    const struct ust_diag_message *first = ust_diag_at(world.spec.diag, 0);
    assert_string_equal(first->text, message);
    assert_int_equal(first->place.line, line);
    assert_int_equal(first->place.column, column);
    world_close(&world);
    free(text);
}

static void world_with(struct world *world, const char *old, const char *new)
{
    char *text = old == NULL ? NULL : with(base, old, new);
    world_open(world, text == NULL ? base : text);
    if (world->scenario == NULL)
        show(world);
    assert_non_null(world->scenario);
    free(text);
}

/* ---- combinations that cannot be ---- */

static void the_base_is_valid_without_a_warning(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, NULL, NULL);
    assert_null(ust_diag_at(world.spec.diag, 0));
    world_close(&world);
}

static void a_fault_after_the_end_is_refused(void **state)
{
    (void)state;
    refused_at("at: 10 min", "at: 1 h", 26, 48, "'at' is 1 h, but the run ends after 1 h");
}

static void a_fault_just_before_the_end_is_taken(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, "at: 10 min", "at: 3599.999 s");
    world_close(&world);
}

static void a_minimum_over_the_maximum_is_refused(void **state)
{
    (void)state;
    refused_at("min: 2, max: 8", "min: 9, max: 8", 18, 38, "'min' is 9, over 'max', 8");
}

static void a_minimum_over_the_first_instances_is_refused(void **state)
{
    (void)state;
    refused_at("min: 2, max: 8", "min: 5, max: 8", 18, 38, "'min' is 5, over 'instances', 4");
}

static void a_maximum_below_the_first_instances_is_refused(void **state)
{
    (void)state;
    refused_at("min: 2, max: 8", "min: 2, max: 3", 18, 46, "'max' is 3, below 'instances', 4");
}

static void a_warmup_longer_than_the_run_is_refused(void **state)
{
    (void)state;
    refused_at("warmup: 1 min", "warmup: 61 min", 3, 9,
               "'warmup' is 1h1m, longer than the run itself, 1 h");
}

static void a_pool_in_a_region_that_is_not_there_is_refused(void **state)
{
    (void)state;
    struct world world;
    char *text = with(base, "      us-west-2: 2\n", "      us-west-2: 2\n      us-west-3: 2\n");
    world_open(&world, text);
    assert_null(world.scenario);
    assert_int_equal(ust_diag_errors(world.spec.diag), 1);
    assert_string_equal(ust_diag_at(world.spec.diag, 0)->text,
                        "unknown region 'us-west-3'; did you mean 'us-west-2'?");
    assert_int_equal(ust_diag_at(world.spec.diag, 0)->place.line, 20);
    world_close(&world);
    free(text);
}

static void a_fault_in_a_region_that_is_not_there_is_refused(void **state)
{
    (void)state;
    refused_at("region: us-east-1,", "region: us-east-2,", 26, 33,
               "unknown region 'us-east-2'; did you mean 'us-east-1'?");
}

static void a_fault_of_a_service_that_is_not_there_is_refused(void **state)
{
    (void)state;
    refused_at("kind: region_loss, region: us-east-1,",
               "kind: slow_down, service: wob, factor: 2,", 26, 32,
               "unknown service 'wob'; did you mean 'web'?");
}

static void a_zone_that_the_region_lacks_is_refused(void **state)
{
    (void)state;
    refused_at("kind: region_loss, region: us-east-1,",
               "kind: zone_loss, region: us-east-1, zones: [a, d],", 26, 49,
               "'us-east-1' has 3 zones; one of these does not exist");
}

static void traffic_of_a_persona_that_is_not_there_is_refused(void **state)
{
    (void)state;
    refused_at("persona: shopper,", "persona: shoper,", 21, 15,
               "unknown persona 'shoper'; did you mean 'shopper'?");
}

static void traffic_at_a_service_that_is_not_there_is_refused(void **state)
{
    (void)state;
    refused_at("service: web,", "service: webb,", 21, 33,
               "unknown service 'webb'; did you mean 'web'?");
}

static void an_objective_of_a_persona_that_is_not_there_is_refused(void **state)
{
    (void)state;
    refused_at("  default: {rto: 3 min}\n", "  defult: {rto: 3 min}\n", 28, 3,
               "unknown persona 'defult'; did you mean 'default'?");
}

static void the_same_traffic_twice_is_refused(void **state)
{
    (void)state;
    const char *line =
        "  - {persona: shopper, service: web, arrivals: {kind: poisson, rate: 20 req/s}}\n";
    char twice[512];
    snprintf(twice, sizeof twice, "%s%s", line, line);
    refused_at(line, twice, 22, 15, "traffic of 'shopper' at this service stands here twice");
}

static void two_personas_of_one_name_are_refused(void **state)
{
    (void)state;
    refused_at(
        "regions:\n",
        "  - {name: shopper, actions: {buy: {work: 1 ms}}, source: {how: assumed, note: n}}\n"
        "regions:\n",
        10, 5, "two personas are called 'shopper'; names must differ");
}

static void two_regions_without_routing_are_refused(void **state)
{
    (void)state;
    refused_at("routing:\n"
               "  policy: {kind: failover_order, order: [us-east-1, us-west-2]}\n"
               "  health_check: {interval: 10 s, timeout: 4 s}\n",
               "", 11, 3, "2 regions need a 'routing'");
}

static void sessions_of_a_persona_without_a_session_are_refused(void **state)
{
    (void)state;
    refused_at("service: web, arrivals", "service: web, mode: sessions, arrivals", 21, 44,
               "persona 'shopper' has no 'session', so its traffic cannot come in sessions");
}

static void a_probe_that_outlives_its_interval_is_refused(void **state)
{
    (void)state;
    refused_at("{interval: 10 s, timeout: 4 s}", "{interval: 10 s, timeout: 11 s}", 24, 43,
               "'timeout' is 11 s, over 'interval', 10 s");
}

static void an_instance_probe_that_outlives_its_interval_is_refused(void **state)
{
    (void)state;
    refused_at("health_check: {interval: 10 s}",
               "health_check: {interval: 10 s, timeout: 20 s}", 16, 45,
               "'timeout' is 20 s, over 'interval', 10 s");
}

static void a_place_that_nobody_knows_is_refused(void **state)
{
    (void)state;
    refused_at("us-west-2: {zones: 3, role: standby}",
               "us-west-2: {role: standby, place: Sydny}", 12, 37,
               "unknown place 'Sydny'; did you mean 'Sydney'?");
}

static void a_latitude_without_a_longitude_is_refused(void **state)
{
    (void)state;
    refused_at("us-west-2: {zones: 3, role: standby}",
               "us-west-2: {role: standby, latitude: 45}", 12, 30,
               "'latitude' needs its other half: latitude and longitude go together");
}

static void mistakes_are_told_together_and_in_the_order_of_the_file(void **state)
{
    (void)state;
    struct world world;
    char *one = with(base, "at: 10 min", "at: 2 h");
    char *two = with(one, "min: 2, max: 8", "min: 9, max: 8");
    char *three = with(two, "warmup: 1 min", "warmup: 2 h");
    world_open(&world, three);
    assert_int_equal(ust_diag_errors(world.spec.diag), 3);
    char *printed = NULL;
    size_t length;
    FILE *out = open_memstream(&printed, &length);
    ust_diag_print(world.spec.diag, out, "nothing was run");
    fclose(out);
    const char *warmup = strstr(printed, "t.yaml:3:9: error: 'warmup'");
    const char *min = strstr(printed, "t.yaml:18:38: error: 'min'");
    const char *at = strstr(printed, "t.yaml:26:48: error: 'at'");
    assert_non_null(warmup);
    assert_non_null(min);
    assert_non_null(at);
    assert_true(warmup < min);
    assert_true(min < at);
    assert_non_null(strstr(printed, "3 errors; nothing was run"));
    free(printed);
    world_close(&world);
    free(one);
    free(two);
    free(three);
}

static void a_persona_with_a_mistake_is_not_called_unknown_too(void **state)
{
    (void)state;
    refused_at("latency: 700 ms", "latency: 700", 8, 26,
               "'latency' is 700, needs a unit such as 250 ms");
}

static void a_region_without_a_pool_is_only_warned_of(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, "      us-west-2: 2\n", "");
    assert_int_equal(ust_diag_errors(world.spec.diag), 0);
    assert_string_equal(ust_diag_at(world.spec.diag, 0)->text,
                        "service 'web' has no pool in region 'us-west-2'; requests that are "
                        "routed there fail");
    assert_false(world.scenario->config->pools[1].exists);
    world_close(&world);
}

/* ---- the network ---- */

static struct ust_matrix *matrix_of(struct world *world, const char *csv)
{
    char folder[] = "/tmp/test_scenario.XXXXXX", path[64];
    assert_non_null(mkdtemp(folder));
    write_file(folder, "rtt.csv", csv);
    snprintf(path, sizeof path, "%s/rtt.csv", folder);
    world->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    struct ust_node *node = ust_arena_alloc(world->spec.arena, struct ust_node, 1);
    const struct ust_network_spec network = {.rtt = ust_arena_text(world->spec.arena, path),
                                             .rtt_node = node};
    node->place = (struct ust_place){.file = "t.yaml", .line = 1, .column = 1, .width = 1};
    struct ust_matrix *matrix = ust_matrix_read(&world->spec, &network);
    remove_file(folder, "rtt.csv");
    assert_int_equal(rmdir(folder), 0);
    return matrix;
}

static void a_round_trip_falls_back_to_the_other_direction(void **state)
{
    (void)state;
    struct world world;
    struct ust_matrix *matrix = matrix_of(&world, "from,to,milliseconds\n"
                                                  "a,b,10.5\n"
                                                  "b,a,12\n"
                                                  "a,c,30\n");
    assert_true(ust_matrix_rtt(matrix, "a", "b") == 10.5);
    assert_true(ust_matrix_rtt(matrix, "b", "a") == 12);
    assert_true(ust_matrix_rtt(matrix, "c", "a") == 30);
    assert_true(ust_matrix_rtt(matrix, "b", "c") == -1);
    world_close(&world);
}

static void columns_of_round_trips_are_found_by_name(void **state)
{
    (void)state;
    struct world world;
    struct ust_matrix *matrix =
        matrix_of(&world, "p50_rtt_ms,destination,source\n64.269,us-west-2,us-east-1\n");
    assert_true(ust_matrix_rtt(matrix, "us-east-1", "us-west-2") == 64.269);
    world_close(&world);
}

static void round_trips_need_no_header(void **state)
{
    (void)state;
    struct world world;
    struct ust_matrix *matrix = matrix_of(&world, "a,b,7\na,b,8\n");
    assert_true(ust_matrix_rtt(matrix, "a", "b") == 8); /* the last of equal pairs */
    world_close(&world);
}

static void round_trips_of_two_columns_are_refused(void **state)
{
    (void)state;
    struct world world;
    (void)matrix_of(&world, "a,7\n");
    assert_int_equal(ust_diag_errors(world.spec.diag), 1);
    assert_non_null(strstr(ust_diag_at(world.spec.diag, 0)->text,
                           "has 2 columns, needs three: from, to, milliseconds"));
    world_close(&world);
}

static void a_pair_that_no_matrix_has_goes_by_great_circle(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, "    tolerance: {latency: 700 ms, errors: 2 %}\n",
               "    tolerance: {latency: 700 ms, errors: 2 %}\n"
               "    geography: {New York: 100 %}\n");
    const struct ust_config *config = world.scenario->config;
    struct ust_place_facts there;
    const struct ust_region_spec *region = world.scenario->regions.at;
    assert_true(ust_region_place(&region[1], &there));
    double km = ust_place_distance_km(ust_place_find("New York"), &there);
    /* New York (40.71 N, 74.01 W) to Oregon (Boardman, 45.84 N, 119.7 W): 3,600 to 3,900 km */
    assert_true(km > 3600);
    assert_true(km < 3950);
    assert_true(fabs(config->places[0].rtt_ms[1] - (1 + 17.5 * km / 1000)) < 1e-9);
    assert_true(config->places[0].rtt_ms[0] < config->places[0].rtt_ms[1]);
    assert_true(config->traffic[0].network);
    world_close(&world);
}

static void
a_region_that_nobody_can_place_is_refused_for_people_who_live_somewhere(void **state)
{
    (void)state;
    struct world world;
    char *one = with(base, "    tolerance: {latency: 700 ms, errors: 2 %}\n",
                     "    tolerance: {latency: 700 ms, errors: 2 %}\n"
                     "    geography: {New York: 100 %}\n");
    char *two = with(one, "  us-west-2: {zones: 3, role: standby}", "  moon: {role: standby}");
    char *three = with(two, "      us-west-2: 2\n", "      moon: 2\n");
    char *four = with(three, "[us-east-1, us-west-2]", "[us-east-1, moon]");
    world_open(&world, four);
    assert_null(world.scenario);
    assert_int_equal(ust_diag_errors(world.spec.diag), 1);
    assert_string_equal(ust_diag_at(world.spec.diag, 0)->text,
                        "region 'moon' is in no catalogue; give it a 'place', or latitude and "
                        "longitude, because persona 'shopper' has a geography");
    world_close(&world);
    free(one);
    free(two);
    free(three);
    free(four);
}

static void people_from_nowhere_have_no_network(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, NULL, NULL);
    assert_false(world.scenario->config->traffic[0].network);
    assert_true(world.scenario->config->places[0].rtt_ms[1] == 0);
    world_close(&world);
}

/* ---- objectives ---- */

static void without_objectives_the_persona_tolerance_holds(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, "objectives:\n  default: {rto: 3 min}\n", "");
    const struct ust_traffic_config *traffic = world.scenario->config->traffic;
    assert_int_equal(traffic->latency, 700 * UST_MS);
    assert_true(fabs(traffic->attainment - 0.98) < 1e-12);
    assert_true(traffic->rto_s == 300);
    assert_true(traffic->rpo_s == 60);
    world_close(&world);
}

static void the_default_goes_before_the_tolerance_and_the_own_line_before_both(void **state)
{
    (void)state;
    struct world world;
    world_with(&world, "  default: {rto: 3 min}\n",
               "  default: {rto: 3 min, latency: 900 ms, attainment: 95 %}\n"
               "  shopper: {attainment: 99.9 %, rpo: 5 s}\n");
    const struct ust_traffic_config *traffic = world.scenario->config->traffic;
    assert_int_equal(traffic->latency, 900 * UST_MS);
    assert_true(fabs(traffic->attainment - 0.999) < 1e-12);
    assert_true(traffic->rto_s == 180);
    assert_true(traffic->rpo_s == 5);
    world_close(&world);
}

/* ---- the step of the series ---- */

static ust_time step_of(const char *old, const char *new)
{
    struct world world;
    world_with(&world, old, new);
    ust_time interval = world.scenario->config->interval;
    assert_true((ust_time)world.scenario->config->intervals * interval >=
                world.scenario->duration);
    world_close(&world);
    return interval;
}

static void a_run_is_cut_into_at_most_five_hundred_steps(void **state)
{
    (void)state;
    assert_int_equal(step_of(NULL, NULL), 10 * UST_S); /* 1 h: 360 of them; 5 s would be 720 */
    assert_int_equal(step_of("duration: 1 h", "duration: 2500 s"), 5 * UST_S); /* 500 exactly */
    assert_int_equal(step_of("duration: 1 h", "duration: 2505 s"), 10 * UST_S);
}

static void with_faults_a_step_is_a_minute_at_most(void **state)
{
    (void)state;
    assert_int_equal(step_of("duration: 1 h", "duration: 3 d"), UST_MINUTE);
}

static void without_faults_steps_grow_with_the_run(void **state)
{
    (void)state;
    struct world world;
    char *calm =
        with(base, "faults:\n  - {kind: region_loss, region: us-east-1, at: 10 min}\n", "");
    char *text = with(calm, "duration: 1 h", "duration: 3 d");
    world_open(&world, text);
    assert_non_null(world.scenario);
    assert_int_equal(world.scenario->config->interval, 10 * UST_MINUTE); /* 432 of them */
    world_close(&world);
    free(calm);
    free(text);
}

static void a_given_step_is_taken(void **state)
{
    (void)state;
    assert_int_equal(step_of("duration: 1 h", "duration: 1 h\ninterval: 7 s"), 7 * UST_S);
}

static void a_step_longer_than_the_run_is_refused(void **state)
{
    (void)state;
    refused_at("duration: 1 h", "duration: 1 h\ninterval: 2 h", 5, 11,
               "'interval' is 2 h, longer than the run itself, 1 h");
}

/* ---- who is judged ---- */

static void judged(const char *old, const char *new, bool east, bool west)
{
    struct world world;
    world_with(&world, old, new);
    assert_int_equal(world.scenario->config->regions[0].under_test, east);
    assert_int_equal(world.scenario->config->regions[1].under_test, west);
    world_close(&world);
}

static void the_standby_is_judged(void **state)
{
    (void)state;
    judged(NULL, NULL, false, true);
}

static void without_roles_the_regions_that_stay_are_judged(void **state)
{
    (void)state;
    judged("  us-west-2: {zones: 3, role: standby}", "  us-west-2: {zones: 3}", false, true);
    judged("region: us-east-1, at", "region: us-west-2, at", false, true); /* it has the role */
}

static void where_a_fault_takes_no_region_all_are_judged(void **state)
{
    (void)state;
    struct world world;
    char *one = with(base, ", role: standby", "");
    char *two =
        with(one, "kind: region_loss, region: us-east-1,", "kind: slow_down, factor: 2,");
    world_open(&world, two);
    assert_non_null(world.scenario);
    assert_true(world.scenario->config->regions[0].under_test);
    assert_true(world.scenario->config->regions[1].under_test);
    world_close(&world);
    free(one);
    free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_base_is_valid_without_a_warning),
        cmocka_unit_test(a_fault_after_the_end_is_refused),
        cmocka_unit_test(a_fault_just_before_the_end_is_taken),
        cmocka_unit_test(a_minimum_over_the_maximum_is_refused),
        cmocka_unit_test(a_minimum_over_the_first_instances_is_refused),
        cmocka_unit_test(a_maximum_below_the_first_instances_is_refused),
        cmocka_unit_test(a_warmup_longer_than_the_run_is_refused),
        cmocka_unit_test(a_pool_in_a_region_that_is_not_there_is_refused),
        cmocka_unit_test(a_fault_in_a_region_that_is_not_there_is_refused),
        cmocka_unit_test(a_fault_of_a_service_that_is_not_there_is_refused),
        cmocka_unit_test(a_zone_that_the_region_lacks_is_refused),
        cmocka_unit_test(traffic_of_a_persona_that_is_not_there_is_refused),
        cmocka_unit_test(traffic_at_a_service_that_is_not_there_is_refused),
        cmocka_unit_test(an_objective_of_a_persona_that_is_not_there_is_refused),
        cmocka_unit_test(the_same_traffic_twice_is_refused),
        cmocka_unit_test(two_personas_of_one_name_are_refused),
        cmocka_unit_test(two_regions_without_routing_are_refused),
        cmocka_unit_test(sessions_of_a_persona_without_a_session_are_refused),
        cmocka_unit_test(a_probe_that_outlives_its_interval_is_refused),
        cmocka_unit_test(an_instance_probe_that_outlives_its_interval_is_refused),
        cmocka_unit_test(a_place_that_nobody_knows_is_refused),
        cmocka_unit_test(a_latitude_without_a_longitude_is_refused),
        cmocka_unit_test(mistakes_are_told_together_and_in_the_order_of_the_file),
        cmocka_unit_test(a_persona_with_a_mistake_is_not_called_unknown_too),
        cmocka_unit_test(a_region_without_a_pool_is_only_warned_of),
        cmocka_unit_test(a_round_trip_falls_back_to_the_other_direction),
        cmocka_unit_test(columns_of_round_trips_are_found_by_name),
        cmocka_unit_test(round_trips_need_no_header),
        cmocka_unit_test(round_trips_of_two_columns_are_refused),
        cmocka_unit_test(a_pair_that_no_matrix_has_goes_by_great_circle),
        cmocka_unit_test(
            a_region_that_nobody_can_place_is_refused_for_people_who_live_somewhere),
        cmocka_unit_test(people_from_nowhere_have_no_network),
        cmocka_unit_test(without_objectives_the_persona_tolerance_holds),
        cmocka_unit_test(the_default_goes_before_the_tolerance_and_the_own_line_before_both),
        cmocka_unit_test(a_run_is_cut_into_at_most_five_hundred_steps),
        cmocka_unit_test(with_faults_a_step_is_a_minute_at_most),
        cmocka_unit_test(without_faults_steps_grow_with_the_run),
        cmocka_unit_test(a_given_step_is_taken),
        cmocka_unit_test(a_step_longer_than_the_run_is_refused),
        cmocka_unit_test(the_standby_is_judged),
        cmocka_unit_test(without_roles_the_regions_that_stay_are_judged),
        cmocka_unit_test(where_a_fault_takes_no_region_all_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
