/* Utilisation is a share of what there is to be used, and capacity is what can be served now:
 * through scale-in under long requests, unhealthy instances that still work, lost slots and
 * slowness, in every interval and on every instance that a scaler looks at. */
#include <math.h>

#include "tests/theory/help.h"

static struct theory *theory;

struct setting {
    const char *instance; /* "capacity: {vcpu: 4}, tuning: {slots: 8}" */
    const char *work, *scaler, *pool, *arrivals, *faults;
};

/* One replication of 600 s in intervals of 10 s. */
static struct ust_model *make(const struct setting *is)
{
    char text[2000];
    snprintf(text, sizeof text,
             "understudy: 1\n"
             "name: used\n"
             "seed: 3\n"
             "duration: 600 s\n"
             "interval: 10 s\n"
             "personas:\n"
             "  - {name: user, actions: {ask: {work: %s}}}\n"
             "regions: {here: {zones: 1}}\n"
             "services:\n"
             "  s:\n"
             "    instance: {name: box, %s}\n"
             "    balancer: round_robin\n"
             "    health_check: {interval: 5 s, failures: 2, successes: 12, timeout: 1 s}\n"
             "    scaler: %s\n"
             "    pools: {here: %s}\n"
             "traffic:\n"
             "  - {persona: user, arrivals: %s}\n"
             "%s\n",
             is->work, is->instance, is->scaler, is->pool, is->arrivals,
             is->faults != NULL ? is->faults : "");
    theory = theory_open(text);
    return ust_model_new(theory_config(theory), 1);
}

static void forget(struct ust_model *model)
{
    ust_model_free(model);
    theory_close(theory);
}

static double interval(const struct ust_model *model, enum ust_metric metric, uint32_t i)
{
    return theory_series(model, metric, 1, 1, 0, i);
}

/* Over the run; NaN (nothing there to be used) does not count. */
static double largest(const struct ust_model *model, enum ust_metric metric)
{
    double most = 0;
    for (uint32_t i = 0; i < model->config->intervals; i++)
        most = fmax(most, interval(model, metric, i));
    return most;
}

static double smallest(const struct ust_model *model, enum ust_metric metric)
{
    double least = HUGE_VAL;
    for (uint32_t i = 0; i < model->config->intervals; i++)
        least = fmin(least, interval(model, metric, i));
    return least;
}

/* ---- utilisation ---- */

#define TRACKING                                                                               \
    "{kind: aws_target_tracking, target: 90 %, scale_in_points: 1, scale_in_limit: 100 %, "    \
    "period: 10 s, warm_up: 0 s}"

/* Ten instances half full of work that takes very long: every scale-in leaves the others as
 * half full as before, so it goes on until one is in service and nine work beside it. */
static void instances_that_drain_do_not_lift_utilisation_over_all_there_is(void **state)
{
    (void)state;
    static const char *const instances[] = {
        "capacity: {vcpu: 4}, tuning: {slots: 4, queue: 0}",
        "capacity: {vcpu: 2}, tuning: {slots: 4, queue: 0}",
        "capacity: {vcpu: 2}, tuning: {slots: 4, queue: 0, discipline: ps}"};
    for (int k = 0; k < 3; k++) {
        struct ust_model *model =
            make(&(struct setting){.instance = instances[k],
                                   .work = "5000 s",
                                   .scaler = TRACKING,
                                   .pool = "{instances: 10, min: 1, max: 20}",
                                   .arrivals = "{kind: piecewise, points: [{at: 0 s, rate: "
                                               "20 /s}, {at: 1 s, rate: 0 /s}]}"});
        ust_model_run(model);
        uint64_t held = ust_pool_load(&model->pools[0], model->engine.now).busy;
        assert_true(held >= 10);
        if (k < 2) /* at full processors there is no scale-in */
            assert_true(smallest(model, UST_METRIC_instances) <= 2);
        double share = (double)held / 40;
        theory_near(interval(model, UST_METRIC_busy_slots, 59), share, 1e-9, "slots");
        if (k < 2) /* a slot has its own processor, or half of one */
            theory_near(interval(model, UST_METRIC_cpu, 59), share, 1e-9, "cpu");
        assert_true(largest(model, UST_METRIC_cpu) <= 1);
        assert_true(largest(model, UST_METRIC_busy_slots) <= 1);
        forget(model);
    }
}

/* It had only its work to live for; without it nobody pays for it. */
static void an_instance_that_dies_while_it_drains_is_gone(void **state)
{
    (void)state;
    struct ust_model *model =
        make(&(struct setting){.instance = "capacity: {vcpu: 4}, tuning: {slots: 4, queue: 0}",
                               .work = "5000 s",
                               .scaler = TRACKING,
                               .pool = "{instances: 10, min: 1, max: 20}",
                               .arrivals = "{kind: piecewise, points: [{at: 0 s, rate: "
                                           "20 /s}, {at: 1 s, rate: 0 /s}]}",
                               .faults = "faults: [{kind: capacity_loss, share: 100 %, of: "
                                         "instances, at: 400 s, launches: blocked}]"});
    ust_model_run(model);
    uint32_t there = 0;
    for (uint32_t i = 0; i < model->pools[0].instances_max; i++)
        there += model->pools[0].instances[i].state != UST_OFF;
    assert_true(interval(model, UST_METRIC_instances, 39) <= 2);
    assert_true(there <= 2); /* not the eight or nine that were draining */
    forget(model);
}

/* Half the slots of a shared processor are gone; the processor is not, and stays busy. */
static void
a_shared_processor_without_half_its_slots_is_used_to_the_full_not_twice(void **state)
{
    (void)state;
    struct ust_model *model =
        make(&(struct setting){.instance = "capacity: {vcpu: 2}, tuning: {slots: 8, queue: "
                                           "unlimited, discipline: ps}",
                               .work = "1 s",
                               .scaler = "fixed",
                               .pool = "1",
                               .arrivals = "{kind: poisson, rate: 4 /s}",
                               .faults = "faults: [{kind: capacity_loss, share: 50 %, of: "
                                         "slots, at: 200 s, duration: 200 s}]"});
    ust_model_run(model);
    theory_near(interval(model, UST_METRIC_cpu, 30), 1, 1e-9, "cpu");
    assert_true(largest(model, UST_METRIC_cpu) <= 1);
    /* Four slots are still two processors' worth of work. */
    theory_near(interval(model, UST_METRIC_capacity, 30), 2, 1e-12, "capacity");
    forget(model);
}

/* Twice as many bits and operations are asked for as can be sent and done, and there is an end
 * to it with the arrivals and with the machine: 0.8 Mbit take 0.8 s, 60 operations 0.6 s. */
static void transfers_that_wait_are_no_use_yet(void **state)
{
    (void)state;
    static const char *const faults[] = {
        NULL, "faults: [{kind: capacity_loss, share: 100 %, of: instances, at: 205 s, "
              "duration: 100 s}]"};
    for (int k = 0; k < 2; k++) {
        struct ust_model *model =
            make(&(struct setting){.instance = "capacity: {vcpu: 1, network: 1 Mbit/s, "
                                               "storage: {iops: 100 IOPS}}, tuning: "
                                               "{slots: 100000, queue: 0}",
                                   .work = "1 ms, response: 100 kB, io: 60",
                                   .scaler = "fixed",
                                   .pool = "1",
                                   .arrivals = "{kind: piecewise, points: [{at: 0 s, rate: "
                                               "2.5 /s}, {at: 250 s, rate: 0 /s}]}",
                                   .faults = faults[k]});
        ust_model_run(model);
        static const enum ust_metric both[] = {UST_METRIC_network, UST_METRIC_storage};
        for (int m = 0; m < 2; m++) {
            assert_true(largest(model, both[m]) <= 1);
            theory_near(interval(model, both[m], 15), 1, 1e-9, "in the middle");
            /* What had piled up by 250 s keeps it busy for a while, unless it died. */
            double later = interval(model, both[m], 32);
            if (k == 0)
                theory_near(later, 1, 1e-9, "behind the arrivals");
            else
                assert_true(later == 0);
        }
        forget(model);
    }
}

/* ---- what a scaler sees ---- */

struct views {
    struct ust_model *model;
    double most;
    uint32_t seen, handler;
};

static void look_at_view(void *context, uint64_t unused)
{
    struct views *views = context;
    (void)unused;
    const struct ust_pool *pool = &views->model->pools[0];
    for (uint32_t i = 0; i < pool->instances_max; i++) {
        const struct ust_scaler_instance *it = &pool->scaler_view[i];
        if (!it->in_service || isnan(it->value[UST_SCALE_CPU]))
            continue;
        views->most = fmax(views->most, it->value[UST_SCALE_CPU]);
        views->seen++;
    }
    ust_schedule(&views->model->engine, views->model->engine.now + 10 * UST_S, UST_LANE_OBSERVE,
                 views->handler, 0);
}

/* A minute of being unhealthy, with all slots busy again after ten seconds of it, is no
 * minute's use in one period of ten seconds. */
static void an_instance_that_is_healthy_again_has_used_no_more_than_all_of_it(void **state)
{
    (void)state;
    struct ust_model *model = make(&(struct setting){
        .instance = "capacity: {vcpu: 2}, tuning: {slots: 2, queue: unlimited}",
        .work = "100 s",
        .scaler = "{kind: aws_target_tracking, target: 95 %, period: 10 s, warm_up: 0 s, "
                  "disable_scale_in: true}",
        .pool = "{instances: 2, min: 2, max: 2}",
        .arrivals = "{kind: poisson, rate: 1 /s}",
        .faults = "faults: [{kind: capacity_loss, share: 100 %, of: instances, launches: "
                  "blocked, at: 200 s, duration: 20 s, in_flight: resume}]"});
    struct views views = {.model = model};
    views.handler = ust_engine_handler(&model->engine, look_at_view, &views);
    ust_schedule(&model->engine, 10 * UST_S, UST_LANE_OBSERVE, views.handler, 0);
    ust_model_run(model);
    assert_true(smallest(model, UST_METRIC_instances) == 0); /* they were unhealthy */
    assert_true(views.seen > 60);
    assert_true(views.most > 0.9);
    assert_true(views.most <= 1);
    assert_true(largest(model, UST_METRIC_cpu) <= 1);
    forget(model);
}

/* ---- capacity ---- */

static double capacity_at(const char *instance, const char *faults, uint32_t i)
{
    struct ust_model *model = make(&(struct setting){.instance = instance,
                                                     .work = "10 ms",
                                                     .scaler = "fixed",
                                                     .pool = "3",
                                                     .arrivals = "{kind: poisson, rate: 1 /s}",
                                                     .faults = faults});
    ust_model_run(model);
    double capacity = interval(model, UST_METRIC_capacity, i);
    forget(model);
    return capacity;
}

static void what_slows_service_takes_capacity(void **state)
{
    (void)state;
    static const char box[] = "capacity: {vcpu: 2, speed: 1.5}, tuning: {slots: 8}";
    static const char shared[] =
        "capacity: {vcpu: 2, speed: 1.5}, tuning: {slots: 8, discipline: ps}";
    static const char slow[] =
        "faults: [{kind: slow_down, factor: 3, at: 100 s, duration: 100 s}]";
    static const char ramp[] =
        "faults: [{kind: slow_down, factor: 3, at: 100 s, duration: 400 s, ramp: 100 s}]";
    theory_near(capacity_at(box, NULL, 15), 9, 1e-12, "3 x 2 vCPU x 1.5");
    theory_near(capacity_at(box, slow, 9), 9, 1e-12, "before the slowness");
    theory_near(capacity_at(box, slow, 15), 3, 1e-12, "slower by 3");
    theory_near(capacity_at(box, slow, 20), 9, 1e-12, "after the slowness");
    theory_near(capacity_at(shared, slow, 15), 3, 1e-12, "shared, slower by 3");
    /* From 1.8 to 2 times as long: the mean of 9 / s over it, in 50 steps a ramp. */
    theory_near(capacity_at(box, ramp, 14), 9 * log(2.0 / 1.8) / 0.2, 0.02, "along a ramp");
}

static void slots_fewer_than_processors_are_all_the_capacity_there_is(void **state)
{
    (void)state;
    theory_near(capacity_at("capacity: {vcpu: 4}, tuning: {slots: 1}", NULL, 5), 3, 1e-12,
                "one slot of four processors");
    theory_near(capacity_at("capacity: {vcpu: 4}, tuning: {slots: 1, discipline: ps}", NULL, 5),
                3, 1e-12, "one slot of four shared processors");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instances_that_drain_do_not_lift_utilisation_over_all_there_is),
        cmocka_unit_test(an_instance_that_dies_while_it_drains_is_gone),
        cmocka_unit_test(
            a_shared_processor_without_half_its_slots_is_used_to_the_full_not_twice),
        cmocka_unit_test(transfers_that_wait_are_no_use_yet),
        cmocka_unit_test(an_instance_that_is_healthy_again_has_used_no_more_than_all_of_it),
        cmocka_unit_test(what_slows_service_takes_capacity),
        cmocka_unit_test(slots_fewer_than_processors_are_all_the_capacity_there_is),
    };
    return THEORY_MAIN(tests);
}
