/* Instances that die while their attempts wait for calls, and calls while a plan shifts users:
 * every request has one fate, every call one end, and nobody keeps what he has lost. */
#include <math.h>

#include "tests/theory/help.h"

/* Two fronts, of which one dies at 50 s for 10 s, call a service that takes a second. Nobody
 * comes after 100 s, so that at 400 s all is over. */
struct death {
    unsigned seed;
    const char *in_flight;
    const char *async;  /* "true" or "false" */
    const char *front;  /* work of the front */
    const char *call;   /* keys of the call, behind a comma */
    const char *faults; /* further ones, behind a comma */
    const char *cancel; /* of the service that is called */
    const char *users;  /* their tolerance */
};

static char *death_text(const struct death *it)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "understudy: 1\nname: death\nseed: %u\nduration: 400 s\n"
            "personas:\n  - name: user\n    actions: {ask: {work: %s}}\n"
            "    tolerance: {%s}\n"
            "regions: {here: {zones: 1}}\nservices:\n"
            "  front:\n    instance: {name: box, capacity: {vcpu: 5000}, tuning: {slots: "
            "5000}}\n    pools: {here: 2}\n    health_check: {interval: 0 s}\n    async: %s\n"
            "    calls: [{service: back, work: 1 s%s}]\n"
            "  back:\n    instance: {name: bin, capacity: {vcpu: 5000}, tuning: {slots: 5000, "
            "cancel: %s}}\n    pools: {here: 1}\n    health_check: {interval: 0 s}\n"
            "traffic:\n  - {persona: user, service: front, arrivals: {kind: piecewise, points: "
            "[{at: 0 s, rate: 50 /s}, {at: 100 s, rate: 50 /s}, {at: 100001 ms, rate: 0 /s}, "
            "{at: 400 s, rate: 0 /s}]}}\n"
            "faults:\n  - {kind: capacity_loss, service: front, at: 50 s, duration: 10 s, "
            "share: 50 %%, in_flight: %s}\n%s",
            it->seed + 1, it->front, it->users, it->async, it->call, it->cancel, it->in_flight,
            it->faults);
    fclose(out);
    return text;
}

#define PATIENT "timeout: 60 s"

enum { OFFERED, ANSWERED, FAILED, TIMED_OUT, CALLS, DONE, WASTED, REFUSED, VALUES };

/* Nothing is under way any more, in any list or counter. */
static void check_rest(const struct ust_model *model)
{
    uint32_t n = model->config->services_n * model->config->regions_n;
    for (uint32_t i = 0; i < model->calls.used; i++)
        assert_int_equal(model->calls.call[i].state, UST_CALL_FREE);
    for (uint32_t i = 0; i < model->calls.wait_capacity; i++)
        assert_int_equal(model->calls.wait[i].open, 0);
    for (uint32_t i = 0; i < model->requests_used; i++)
        assert_int_equal(model->requests[i].state, UST_FREE);
    for (uint32_t p = 0; p < n; p++) {
        const struct ust_pool *pool = &model->pools[p];
        const struct ust_calls_config *calls =
            &model->config->services[pool->config->service].calls;
        if (!pool->config->exists)
            continue;
        assert_int_equal(pool->count.held.n, 0);
        struct ust_pool_load load = ust_pool_load(pool, model->engine.now);
        assert_int_equal(load.busy, 0);
        assert_int_equal(load.waiting, 0);
        for (uint32_t k = 0; k < pool->instances_max; k++) {
            assert_int_equal(pool->outstanding[k], 0);
            assert_int_equal(pool->instances[k].held, 0);
            assert_int_equal(pool->instances[k].busy, 0);
            assert_true(pool->awaiting == NULL || pool->awaiting[k] == 0);
            for (uint32_t c = 0; pool->edges != NULL && c < calls->n; c++)
                if (pool->edges[c].clients != NULL) {
                    assert_int_equal(pool->edges[c].clients[k].requests, 0);
                    assert_int_equal(pool->edges[c].clients[k].retries, 0);
                }
        }
    }
}

static void read_death(struct ust_model *model, void *context, double *values)
{
    (void)context;
    const struct ust_pool_count *front = &model->pools[0].count, *back = &model->pools[1].count;
    values[OFFERED] = theory_users(model, UST_METRIC_offered);
    values[ANSWERED] = theory_users(model, UST_METRIC_answered);
    values[FAILED] = theory_users(model, UST_METRIC_failed);
    values[TIMED_OUT] = theory_users(model, UST_METRIC_timed_out);
    values[CALLS] = (double)front->calls;
    values[DONE] = (double)back->completions;
    values[WASTED] = (double)back->wasted;
    values[REFUSED] = (double)(back->refused + back->errors);
    check_rest(model);
    /* To the unit, whatever happens on the way. */
    assert_true(values[OFFERED] == values[ANSWERED] + values[FAILED] + values[TIMED_OUT]);
    assert_int_equal(back->arrivals, front->calls);
}

static void run_death(const struct death *it, struct theory_value *v)
{
    theory_run(death_text(it), 30, VALUES, NULL, read_death, NULL, v);
}

/* The server goes on with calls that nobody waits for; on average half of what arrives in a
 * second waits on the instance that dies: 25. */
static void check_wasted(const struct theory_value *v, const char *mode)
{
    theory_check(v[WASTED], 25, 0.1, "%s: calls that lose their caller", mode);
    theory_near(v[DONE].mean, v[CALLS].mean, 1e-12, "every call is served");
}

static void who_dies_at_once_fails_and_so_do_those_who_meet_it(void **state)
{
    (void)state;
    for (int async = 0; async < 2; async++) {
        struct theory_value v[VALUES];
        run_death(&(struct death){async, "fail", async ? "true" : "false", "0 s", "", "",
                                  "none", PATIENT},
                  v);
        check_wasted(v, "fail");
        theory_near(v[TIMED_OUT].most + 1, 1, 1e-12, "nobody waits in vain");
        /* 25 at once, and half of those of ten seconds */
        theory_check(v[FAILED], 25 + 250, THEORY_QUANTILES, "fail: failed");
        theory_near(v[ANSWERED].mean, v[DONE].mean - v[WASTED].mean, 1e-12,
                    "an answer for each call that somebody waits for");
    }
}

static void who_dies_without_a_word_is_waited_for(void **state)
{
    (void)state;
    for (int async = 0; async < 2; async++) {
        struct theory_value v[VALUES];
        run_death(&(struct death){2 + async, "silent", async ? "true" : "false", "0 s", "", "",
                                  "none", PATIENT},
                  v);
        check_wasted(v, "silent");
        theory_near(v[FAILED].most + 1, 1, 1e-12, "nobody hears of it");
        theory_check(v[TIMED_OUT], 25 + 250, THEORY_QUANTILES, "silent: timed out");
        theory_near(v[ANSWERED].mean, v[DONE].mean - v[WASTED].mean, 1e-12,
                    "an answer for each call that somebody waits for");
    }
}

/* Back in a queue, it begins anew on the other instance, and makes its calls again. */
static void who_is_taken_elsewhere_calls_again(void **state)
{
    static const char *const modes[] = {"requeue_head", "requeue_tail", "resume"};
    (void)state;
    for (int i = 0; i < 6; i++) {
        struct theory_value v[VALUES];
        run_death(&(struct death){4 + i, modes[i / 2], i % 2 ? "true" : "false", "0 s", "", "",
                                  "none", PATIENT},
                  v);
        check_wasted(v, modes[i / 2]);
        theory_near(v[ANSWERED].mean, v[OFFERED].mean, 1e-12, "all are answered");
        theory_near(v[CALLS].mean - v[OFFERED].mean, v[WASTED].mean, 1e-9,
                    "as many calls more as were lost");
    }
}

/* Of an attempt that died while it waited for its calls all work was done: `resume` does none
 * of it again, the others do. The call takes 1 s, the work 2 s, and nobody waits in a queue. */
static void read_course(struct ust_model *model, void *context, double *values)
{
    read_death(model, context, values);
    values[0] = (double)model->pools[0].count.service_ns / 1e9;
}

static void only_resume_keeps_the_work_that_was_done(void **state)
{
    (void)state;
    struct theory_value again[VALUES], kept[VALUES];
    theory_run(
        death_text(&(struct death){1, "requeue_tail", "false", "2 s", "", "", "none", PATIENT}),
        30, VALUES, NULL, read_course, NULL, again);
    theory_run(
        death_text(&(struct death){1, "resume", "false", "2 s", "", "", "none", PATIENT}), 30,
        VALUES, NULL, read_course, NULL, kept);
    /* 25 who waited for their calls had done 2 s each; 50 at work had done 1 s on average. */
    again[0].mean -= kept[0].mean;
    again[0].sd = sqrt(again[0].sd * again[0].sd + kept[0].sd * kept[0].sd);
    theory_near(again[0].mean, 25 * 2 + 50 * 1, 0.15, "slot time saved, s");
}

/* With timeouts, retries, their budgets, errors and impatience all at once, and servers that
 * notice: the identities hold whatever the mode. */
static void under_all_troubles_every_call_has_one_end(void **state)
{
    static const char *const modes[] = {"fail", "silent", "requeue_head", "requeue_tail",
                                        "resume"};
    static const char *const cancels[] = {"none", "queued", "expired", "all"};
    (void)state;
    for (int i = 0; i < 40; i++) {
        struct theory_value v[VALUES];
        const struct death it = {
            .in_flight = modes[i / 8],
            .async = i % 2 ? "true" : "false",
            .front = "exponential(mean 300 ms)",
            .call = ", count: 2, timeout: 1100 ms, retries: {kind: backoff, base: 200 ms, "
                    "attempts: 3, budget: token_bucket}, hedge: {delay: 700 ms, copies: 3, "
                    "budget: {kind: "
                    "token_bucket, deposit: 0.5}}, fallback: degrade",
            .faults =
                "  - {kind: error_burst, service: back, at: 30 s, share: 30 %, duration: 40 "
                "s}\n"
                "  - {kind: slow_down, service: back, factor: 1.2, at: 45 s, duration: 10 s}\n"
                "  - {kind: capacity_loss, service: back, at: 55 s, duration: 2 s, share: 100 "
                "%, in_flight: silent}\n",
            .cancel = cancels[i / 2 % 4],
            .users = "timeout: 12 s, deadline: 20 s"};
        theory_run(death_text(&it), 2, VALUES, NULL, read_death, NULL, v);
        assert_true(v[ANSWERED].least > 0.8 * v[OFFERED].least);
        assert_true(v[WASTED].least > 0 || i / 2 % 4 == 3);
    }
}

/* ---- users straight at a data tier ---- */

/* Its primary's region is lost and comes back, its standby dies for a while, a plan takes the
 * data away and brings it back; users have timeouts, deadlines, patience, retries and hedges.
 */
static char *straight_text(unsigned seed, const char *in_flight, const char *meanwhile,
                           const char *client, const char *on)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    fprintf(out,
            "understudy: 1\nname: straight\nseed: %u\nduration: 600 s\n"
            "personas:\n  - name: user\n    geography: {Dublin: 50 %%, New York: 50 %%}\n"
            "    actions: {ask: {work: exponential(mean 20 ms)}}\n"
            "    tolerance: {timeout: 4 s, deadline: 40 s, patience: exponential(mean 30 s), "
            "retries: {kind: backoff, base: 1 s, attempts: 9}}\n%s"
            "regions: {us: {place: us-east-1}, eu: {place: eu-west-1}}\nservices:\n"
            "  db:\n    instance: {name: box, tuning: {slots: 2, queue: 8, cancel: all}}\n"
            "    pools: {us: 2, eu: 2}\n    health_check: {interval: 5 s, timeout: 1 s}\n"
            "    data: {primary: us, replication: {lag: 2 s, throughput: 60 /s}, meanwhile: "
            "%s, promotion: {detect: 20 s, duration: 20 s}}\n"
            "routing:\n  policy: {kind: failover_order, order: [eu, us]}\n"
            "  health_check: {interval: 10 s, timeout: 4 s}\n"
            "traffic: [{persona: user, service: db, writes: 50 %%, arrivals: {kind: "
            "piecewise, points: [{at: 0 s, rate: 60 /s}, {at: 300 s, rate: 60 /s}, {at: 300001 "
            "ms, rate: 0 /s}, {at: 600 s, rate: 0 /s}]}}]\n"
            "failover: {from: us, to: eu, %s, steps: [{kind: promote_data}, {kind: "
            "shift_traffic}, {kind: fail_back, after: 40 s, followed: 0 %%}]}\n"
            "faults:\n"
            "  - {kind: region_loss, region: us, at: 100 s, duration: 80 s, in_flight: %s}\n"
            "  - {kind: capacity_loss, service: db, region: eu, at: 120 s, duration: 20 s, "
            "share: 100 %%, in_flight: %s}\n"
            "  - {kind: partition, region: us, other: eu, at: 220 s, duration: 20 s}\n",
            seed + 1, client, meanwhile, on, in_flight, in_flight);
    fclose(out);
    return text;
}

static void read_straight(struct ust_model *model, void *context, double *values)
{
    (void)context;
    values[OFFERED] = theory_users(model, UST_METRIC_offered);
    values[ANSWERED] = theory_users(model, UST_METRIC_answered);
    double others = 0;
    static const enum ust_metric fates[] = {UST_METRIC_failed, UST_METRIC_timed_out,
                                            UST_METRIC_shed, UST_METRIC_abandoned};
    for (int i = 0; i < 4; i++)
        others += theory_users(model, fates[i]);
    assert_true(values[OFFERED] == values[ANSWERED] + others);
    assert_int_equal(model->data[0]->held, UST_NONE);
    assert_int_equal(model->data[0]->takeover.state, UST_TAKEOVER_NONE);
    check_rest(model);
}

static void users_of_a_data_tier_have_one_fate_each(void **state)
{
    static const char *const modes[] = {"fail", "silent", "requeue_head", "requeue_tail",
                                        "resume"};
    static const char *const clients[] = {
        "", "    client: {hedge: 100 ms, limits: {connections: 40}, breaker: {kind: "
            "consecutive_failures}, processes: 3}\n"};
    (void)state;
    for (unsigned i = 0; i < 40; i++) {
        struct theory_value v[VALUES];
        theory_run(straight_text(i, modes[i / 8], i % 2 ? "wait" : "fail", clients[i / 2 % 2],
                                 i / 4 % 2 ? "on: both, at: 80 s" : "on: loss"),
                   2, ANSWERED + 1, NULL, read_straight, NULL, v);
        assert_true(v[ANSWERED].least > 0.5 * v[OFFERED].least);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_dies_at_once_fails_and_so_do_those_who_meet_it),
        cmocka_unit_test(who_dies_without_a_word_is_waited_for),
        cmocka_unit_test(who_is_taken_elsewhere_calls_again),
        cmocka_unit_test(only_resume_keeps_the_work_that_was_done),
        cmocka_unit_test(under_all_troubles_every_call_has_one_end),
        cmocka_unit_test(users_of_a_data_tier_have_one_fate_each),
        cmocka_unit_test(intervals_cover_as_many_references_as_they_promise),
    };
    return THEORY_MAIN(tests);
}
