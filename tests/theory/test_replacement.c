/* Machines that wait, and machines that are replaced: warm pools and instance refresh against
 * what their vendor's rules come to. */
#include <math.h>

#include "tests/theory/launching.h"

#define BOX "price: 1 USD/h, launch: {request: 5 s, provision: 18 s, boot: 3 s, ready: 30 s}"

/* ---- warm pools ---- */

static double first_ready(const char *warm, const char *more)
{
    char service[300];
    snprintf(service, sizeof service, "launching: {policy: aws_auto_scaling, warm_pool: {%s}}",
             warm);
    char *text = launching_idle("capacity: {vcpu: 4}, " BOX, service,
                                "{instances: 2, min: 0, max: 10}", more);
    struct theory *theory = theory_open(text);
    struct ust_model *model = launching_asked(theory, 3);
    double at = launching_moment(model, "instance_ready", 0, 0) - ASKED_AT;
    ust_model_free(model);
    theory_close(theory);
    free(text);
    return at;
}

/* brevdev/ec2-coldboot-research, m7i.large, January 2026: 25.8 s cold, 21.2 s from stopped,
 * 20.7 s from hibernated, 1.9 s from running. Software that was in memory need not start. */
static void a_start_from_the_warm_pool_takes_what_was_measured(void **state)
{
    (void)state;
    theory_near(first_ready("state: none", ""), 5 + 18 + 3 + 30, 0, "cold");
    theory_near(first_ready("state: stopped", ""), 21.2 + 30, 1e-12, "stopped");
    theory_near(first_ready("state: hibernated", ""), 20.7, 1e-12, "hibernated");
    theory_near(first_ready("state: running", ""), 1.9, 1e-12, "running");
    theory_near(first_ready("state: stopped, start: 10 s, ready: 1 s", ""), 11, 0, "as said");
}

/* Two run, and the quota is 12 vCPU: what is stopped holds none, what runs does. */
static void a_running_warm_pool_has_its_capacity_and_a_stopped_one_asks_for_it(void **state)
{
    (void)state;
    const char *full = "capacity: {here: {spare: [{vcpu: 0}]}}";
    theory_near(first_ready("state: running, max_prepared: 4", full), 1.9, 1e-12, "running");
    assert_true(isnan(first_ready("state: stopped, max_prepared: 4", full)));
}

struct look {
    struct ust_model *model;
    uint32_t warm[8], n;
};

static void count_warm(void *context, uint64_t unused)
{
    struct look *look = context;
    (void)unused;
    look->warm[look->n++] = ust_warm_ready(&look->model->pools[0]);
}

/* The size is the maximum (or the number prepared at most) less the desired capacity, and never
 * below the minimum. 10 - 2 = 8 wait; 4 more are wanted and taken; and then the examples of the
 * Amazon EC2 Auto Scaling user guide ("Warm pools"), with a desired capacity of 6: of a maximum
 * of 10 there are 4 left, of 8 prepared at most 2, of fewer than 6 none, unless there is a
 * minimum. */
static void sizes(const char *warm, uint32_t before, uint32_t after, uint32_t back)
{
    char service[300];
    snprintf(service, sizeof service, "launching: {warm_pool: {%s}}", warm);
    char *text = launching_idle(BOX, service, "{instances: 2, min: 0, max: 10}", "");
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    struct launching_wish more = {.wanted = 6}, less = {.wanted = 2};
    struct look look = {.model = model};
    uint32_t handler = ust_engine_handler(&model->engine, count_warm, &look);
    static const int at[] = {59, 1000, 2001, 3000};
    for (int i = 0; i < 4; i++)
        ust_schedule(&model->engine, at[i] * UST_S, UST_LANE_OBSERVE, handler, 0);
    launching_wish_at(&more, model, ASKED_AT);
    launching_wish_at(&less, model, 2000);
    ust_model_run(model);
    assert_int_equal(look.warm[0], before);
    assert_int_equal(look.warm[1], after);
    assert_int_equal(look.warm[2], back);
    assert_int_equal(look.warm[3], before);
    ust_model_free(model);
    theory_close(theory);
    free(text);
}

static void a_warm_pool_holds_what_the_group_might_still_want(void **state)
{
    (void)state;
    sizes("state: stopped", 8, 4, 4);
    sizes("state: stopped, max_prepared: 8", 6, 2, 2);
    sizes("state: stopped, max_prepared: 5", 3, 0, 0);
    sizes("state: stopped, max_prepared: 5, min: 2", 3, 2, 2);
    sizes("state: stopped, max_prepared: 2", 0, 0, 0);
    sizes("state: stopped, reuse: true", 8, 4, 8); /* those that end go back */
}

/* The same under load: each of the five that go answers the last of its requests of 20 s first,
 * and comes back then; none is launched in its place meanwhile. */
static void who_is_still_busy_comes_back_too(void **state)
{
    (void)state;
    struct theory *theory = theory_open(
        "understudy: 1\nname: busy\nduration: 1 h\ninterval: 1 min\n"
        "personas:\n  - {name: user, actions: {ask: {work: 20 s}}}\n"
        "regions: {here: {zones: 3}}\n"
        "services:\n  s:\n    instance: {name: box, tuning: {slots: 100}, " BOX "}\n"
        "    pools: {here: {instances: 2, min: 0, max: 10}}\n"
        "    launching: {warm_pool: {state: stopped, reuse: true}}\n"
        "traffic:\n  - {persona: user, arrivals: {kind: poisson, rate: 5 /s}}\n");
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    struct launching_wish more = {.wanted = 7}, less = {.wanted = 2};
    struct look look = {.model = model};
    uint32_t handler = ust_engine_handler(&model->engine, count_warm, &look);
    ust_schedule(&model->engine, 2001 * UST_S, UST_LANE_OBSERVE, handler, 0);
    ust_schedule(&model->engine, 2021 * UST_S, UST_LANE_OBSERVE, handler, 0);
    launching_wish_at(&more, model, ASKED_AT);
    launching_wish_at(&less, model, 2000);
    ust_model_run(model);
    assert_int_equal(look.warm[0], 3);
    assert_int_equal(look.warm[1], 8);
    assert_int_equal(launching_moments(model, "warm_ready"), 0);
    ust_model_free(model);
    theory_close(theory);
}

static double cost_of(const char *warm)
{
    char service[300];
    snprintf(service, sizeof service, "launching: {warm_pool: {%s}}", warm);
    char *text = launching_idle(BOX, service, "{instances: 2, min: 0, max: 10}", "");
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    ust_model_run(model);
    double cost = theory_pool(model, UST_METRIC_cost);
    ust_model_free(model);
    theory_close(theory);
    free(text);
    return cost;
}

/* 2 instances at 1 USD/h for an hour, and 8 that wait. */
static void what_waits_costs_by_its_state(void **state)
{
    (void)state;
    theory_near(cost_of("state: stopped"), 2, 1e-12, "stopped");
    theory_near(cost_of("state: stopped, price: 0.01 USD/h"), 2.08, 1e-12, "its storage");
    theory_near(cost_of("state: running"), 10, 1e-12, "running");
}

/* ---- instance refresh ---- */

struct course {
    struct ust_model *model;
    uint32_t least, most;
};

static void watch(void *context, uint64_t unused)
{
    struct course *course = context;
    const struct ust_pool *pool = &course->model->pools[0];
    uint32_t up = 0, all = 0;
    (void)unused;
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        up += pool->instances[i].state == UST_UP;
        all += pool->instances[i].state != UST_OFF;
    }
    course->least = up < course->least ? up : course->least;
    course->most = all > course->most ? all : course->most;
}

/* A new instance takes 56 s to be up and `warm_up` to count. */
static double refreshed_of(int instances, int warm_up, const char *how, uint32_t least,
                           uint32_t most)
{
    char service[300], pool[100];
    snprintf(service, sizeof service, "launching: {refresh: {at: 10 s, warm_up: %d s, %s}}",
             warm_up, how);
    snprintf(pool, sizeof pool, "{instances: %d, min: 0, max: %d}", instances, instances);
    char *text = launching_idle(BOX, service, pool, "");
    struct theory *theory = theory_open(text);
    struct ust_model *model = ust_model_new(theory_config(theory), 0);
    struct course course = {.model = model, .least = 99};
    uint32_t handler = ust_engine_handler(&model->engine, watch, &course);
    for (int s = 1; s < 3600; s++)
        ust_schedule(&model->engine, s * UST_S, UST_LANE_OBSERVE, handler, 0);
    ust_model_run(model);
    assert_int_equal(course.least, least);
    assert_int_equal(course.most, most);
    double done = launching_moment(model, "refresh_done", 0, 0) - 10;
    for (uint32_t i = 0; i < model->pools[0].instances_max && !isnan(done); i++)
        if (model->pools[0].instances[i].state == UST_UP && strstr(how, "100 %]") == NULL &&
            strstr(how, "checkpoints") == NULL)
            assert_true(model->pools[0].instances[i].launched >= 10 * UST_S);
    ust_model_free(model);
    theory_close(theory);
    free(text);
    return done;
}

/* Ten instances, and 100 s until a new one counts. */
static double refreshed(const char *how, uint32_t least, uint32_t most)
{
    return refreshed_of(10, 44, how, least, most);
}

/* Amazon EC2 Auto Scaling: the minimum is a share of the desired capacity, rounded up; 90 % of
 * 10 lets one go at a time, 75 % two (7.5 is 8), 0 % all. 100 % and 100 %: one at a time. With
 * a maximum of 110 % and a minimum of 100 %, one is launched first. */
static void a_refresh_keeps_its_limits_and_takes_so_many_rounds(void **state)
{
    (void)state;
    theory_near(refreshed("min_healthy: 90 %", 9, 10), 10 * 100, 0, "90 %");
    theory_near(refreshed("min_healthy: 75 %", 8, 10), 5 * 100, 0, "75 %");
    theory_near(refreshed("min_healthy: 0 %", 0, 10), 100, 0, "0 %");
    theory_near(refreshed("min_healthy: 100 %", 9, 10), 10 * 100, 0, "one at a time");
    theory_near(refreshed("min_healthy: 100 %, max_healthy: 110 %", 10, 11), 10 * 100, 0,
                "launched first");
    theory_near(refreshed("min_healthy: 100 %, max_healthy: 150 %", 10, 15), 2 * 100, 0,
                "half first");
}

/* Waits of 10 minutes when 20 % and 50 % are done: five rounds of two, and the two waits. With
 * 50 % as the last, it is over then. */
static void a_refresh_waits_at_its_checkpoints_and_ends_at_the_last(void **state)
{
    (void)state;
    theory_near(refreshed("min_healthy: 80 %, checkpoints: [20 %, 60 %, 100 %], "
                          "checkpoint_delay: 10 min",
                          8, 10),
                5 * 100 + 2 * 600, 0, "to the end");
    theory_near(refreshed("min_healthy: 80 %, checkpoints: [20 %, 60 %], "
                          "checkpoint_delay: 10 min",
                          8, 10),
                3 * 100 + 600, 0, "to 60 %");
}

/* The examples of the Amazon EC2 Auto Scaling user guide ("Add checkpoints to an instance
 * refresh"), with 10 minutes until a new instance counts. Ten instances, 80 %, checkpoints at
 * 20 % and 50 %, a delay of 15 minutes: two are replaced at once, two after 25 minutes, one
 * after 35, and it is over after 45. Two instances, checkpoints at 10 %, 40 % and 100 %: the
 * first replacement is 50 %, which is both of them, and it waits once. */
static void checkpoints_are_those_of_the_guide(void **state)
{
    (void)state;
    theory_near(refreshed_of(10, 544,
                             "min_healthy: 80 %, checkpoints: [20 %, 50 %], "
                             "checkpoint_delay: 15 min",
                             8, 10),
                45 * 60, 0, "ten, to 50 %");
    theory_near(refreshed_of(2, 544,
                             "min_healthy: 50 %, checkpoints: [10 %, 40 %, 100 %], "
                             "checkpoint_delay: 15 min",
                             1, 2),
                10 * 60 + 15 * 60 + 10 * 60, 0, "two, of three checkpoints");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_from_the_warm_pool_takes_what_was_measured),
        cmocka_unit_test(a_running_warm_pool_has_its_capacity_and_a_stopped_one_asks_for_it),
        cmocka_unit_test(a_warm_pool_holds_what_the_group_might_still_want),
        cmocka_unit_test(who_is_still_busy_comes_back_too),
        cmocka_unit_test(what_waits_costs_by_its_state),
        cmocka_unit_test(a_refresh_keeps_its_limits_and_takes_so_many_rounds),
        cmocka_unit_test(a_refresh_waits_at_its_checkpoints_and_ends_at_the_last),
        cmocka_unit_test(checkpoints_are_those_of_the_guide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
