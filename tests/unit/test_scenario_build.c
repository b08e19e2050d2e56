/* What becomes of a scenario: the network, the objectives, the step of the series, who is
 * judged. */
#include <math.h>
#include <unistd.h>

#include "models/world/network.h"
#include "tests/unit/scenario_help.h"

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
