/* Plain requests take a short cut through the loop (models/entity/plain.h). A timeout that
 * never comes makes the same requests special, so that they go the long way: both ways must
 * come to the same series and KPIs, bit by bit, whatever happens to the pool meanwhile. */
#include "tests/theory/help.h"

struct ways {
    const char *instance, *more;
    unsigned instances;
    double rate;
};

static struct ust_model *run(struct theory *theory)
{
    struct ust_model *model = ust_model_new(theory_config(theory), 1);
    ust_model_run(model);
    return model;
}

static struct theory *open_way(const struct ways *ways, const char *tolerance)
{
    char *text = theory_queue(&(struct theory_queue){.rate = ways->rate,
                                                     .work = "lognormal(mean 100 ms, cv 2)",
                                                     .tolerance = tolerance,
                                                     .instance = ways->instance,
                                                     .more = ways->more,
                                                     .instances = ways->instances,
                                                     .warmup = 60,
                                                     .duration = 600,
                                                     .whole = true});
    struct theory *theory = theory_open(text);
    free(text);
    return theory;
}

/* NaN is as good as NaN. Prints the first difference of every key. */
static uint32_t differences(const struct ust_model *model, const double *a, const double *b,
                            size_t n)
{
    uint32_t different = 0;
    for (uint32_t key = 0; key < model->measure.keys_n; key++)
        for (size_t i = key * n, first = 1; i < (key + 1) * n; i++) {
            if (a[i] == b[i] || (a[i] != a[i] && b[i] != b[i]))
                continue;
            different++;
            if (first != 0)
                printf("%s: %.17g straight, %.17g around\n",
                       ust_metrics[model->measure.keys[key].metric].name, a[i], b[i]);
            first = 0;
        }
    return different;
}

static void both_ways(const struct ways *ways)
{
    struct theory *a = open_way(ways, "latency: 1 s"),
                  *b = open_way(ways, "latency: 1 s, timeout: 1 d");
    struct ust_model *straight = run(a), *around = run(b);
    assert_int_equal(straight->requests_total, around->requests_total);
    assert_true(straight->engine.streams[straight->traffic[0].source].handler ==
                straight->on.plain_arrival);
    assert_true(around->engine.streams[around->traffic[0].source].handler ==
                around->on.arrival);
    assert_int_equal(straight->measure.keys_n, around->measure.keys_n);
    const struct ust_measure *a_measure = &straight->measure, *b_measure = &around->measure;
    assert_int_equal(differences(straight, a_measure->series, b_measure->series,
                                 straight->config->intervals),
                     0);
    assert_int_equal(differences(straight, a_measure->kpi, b_measure->kpi, 1), 0);
    ust_model_free(straight);
    ust_model_free(around);
    theory_close(a);
    theory_close(b);
}

static void with_one_server_both_ways_are_the_same(void **state)
{
    (void)state;
    both_ways(&(struct ways){.instance = "tuning: {slots: 1, queue: unlimited}", .rate = 9});
}

static void with_a_short_queue_both_ways_are_the_same(void **state)
{
    (void)state;
    both_ways(&(struct ways){.instance = "tuning: {slots: 4, queue: 3}", .rate = 45});
}

static void with_many_instances_both_ways_are_the_same(void **state)
{
    (void)state;
    both_ways(&(struct ways){
        .instance = "tuning: {slots: 4, queue: 20}", .instances = 5, .rate = 180});
}

static void through_faults_both_ways_are_the_same(void **state)
{
    (void)state;
    static const char *const in_flight[] = {"fail", "silent", "requeue_head", "requeue_tail",
                                            "resume"};
    for (size_t i = 0; i < sizeof in_flight / sizeof in_flight[0]; i++) {
        char more[600];
        snprintf(more, sizeof more,
                 "faults:\n"
                 "  - {kind: slow_down, factor: 2, at: 100 s, duration: 60 s}\n"
                 "  - {kind: error_burst, share: 30 %%, at: 130 s, duration: 60 s}\n"
                 "  - {kind: capacity_loss, share: 50 %%, at: 200 s, duration: 60 s, "
                 "in_flight: %s}\n"
                 "  - {kind: region_loss, region: here, at: 400 s, duration: 60 s, "
                 "in_flight: %s}\n",
                 in_flight[i], in_flight[i]);
        for (unsigned instances = 1; instances <= 2; instances++)
            both_ways(&(struct ways){.instance = "tuning: {slots: 8, queue: 200}",
                                     .more = more,
                                     .instances = instances,
                                     .rate = 60 * instances});
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(with_one_server_both_ways_are_the_same),
        cmocka_unit_test(with_a_short_queue_both_ways_are_the_same),
        cmocka_unit_test(with_many_instances_both_ways_are_the_same),
        cmocka_unit_test(through_faults_both_ways_are_the_same),
    };
    return THEORY_MAIN(tests);
}
