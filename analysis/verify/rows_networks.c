/* Queues in a row: services that call services and give their slots back meanwhile.
 *
 * What leaves M/M/c is Poisson (Burke 1956), so each queue of a row is M/M/c by itself, in the
 * mean and seen from those who arrive (Jackson 1957). Through two single servers, the times in
 * the one and in the other are independent of each other (Reich 1957), so their sum is known.
 */
#include <math.h>
#include <stdio.h>

#include "analysis/stats/laws.h"
#include "analysis/verify/verify.h"

#define REPLICATIONS 30

struct station {
    unsigned slots;
    double work_s; /* mean, exponential */
};

struct row {
    double rate;  /* of users, /s */
    double share; /* of the front's requests that go on to the back */
    struct station front, back;
    double latency_s; /* objective of users */
    double warmup, duration;
};

static double load(const struct row *row, const struct station *of)
{
    return (of == &row->back ? row->share : 1.0) * row->rate * of->work_s;
}

/* s */
static double wait(const struct row *row, const struct station *of)
{
    return of->work_s * ust_law_wait(of->slots, load(row, of));
}

/* M/M/1 twice: rates r and s of what is left of each time in system; P(sum <= t). */
static double both_within(const struct row *row, double t)
{
    double r = 1.0 / row->front.work_s - row->rate, s = 1.0 / row->back.work_s - row->rate;
    return 1.0 - (s * exp(-r * t) - r * exp(-s * t)) / (s - r);
}

static char *in_words(const struct row *row)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    fprintf(out,
            "understudy: 1\nname: verify\nwarmup: %.6f s\nduration: %.6f s\ninterval: %.6f s\n"
            "personas:\n  - name: user\n"
            "    actions: {ask: {work: exponential(mean %.9f s)}}\n"
            "    tolerance: {latency: %.9f s}\n"
            "regions: {here: {zones: 1}}\nservices:\n",
            row->warmup, row->duration, row->duration, row->front.work_s, row->latency_s);
    fprintf(out,
            "  front:\n    instance: {name: box, tuning: {slots: %u, queue: unlimited}}\n"
            "    pools: {here: 1}\n    async: true\n"
            "    calls: [{service: back, probability: %.9f, work: exponential(mean %.9f s)}]\n",
            row->front.slots, row->share, row->back.work_s);
    fprintf(out,
            "  back:\n    instance: {name: box, tuning: {slots: %u, queue: unlimited}}\n"
            "    pools: {here: 1}\n"
            "traffic:\n"
            "  - {persona: user, service: front, arrivals: {kind: poisson, rate: %.9f /s}}\n",
            row->back.slots, row->rate);
    fclose(out);
    return text;
}

static enum ust_status run(struct ust_verify *verify, struct row row)
{
    bool single = row.front.slots == 1 && row.back.slots == 1 && !(row.share < 1.0);
    row.duration = fmax(row.duration / verify->less, 1000.0);
    const struct station *front = &row.front, *back = &row.back;
    struct ust_verify_asked asked[] = {
        {.quantity = "mean time of users",
         .metric = "latency_mean",
         .reference =
             front->work_s + wait(&row, front) + row.share * (back->work_s + wait(&row, back)),
         .allowed = 0.05},
        {.quantity = "P(wait) at the first",
         .metric = "wait_share",
         .region = "here",
         .service = "front",
         .reference = ust_law_erlang_c(front->slots, load(&row, front)),
         .allowed = 0.02},
        {.quantity = "P(wait) at the second",
         .metric = "wait_share",
         .region = "here",
         .service = "back",
         .reference = ust_law_erlang_c(back->slots, load(&row, back)),
         .allowed = 0.02},
        {.quantity = "mean wait at the second",
         .metric = "wait_mean",
         .region = "here",
         .service = "back",
         .reference = wait(&row, back),
         .allowed = 0.05},
        {.quantity = "mean number at the second",
         .metric = "in_system",
         .region = "here",
         .service = "back",
         .reference = load(&row, back) * (1.0 + wait(&row, back) / back->work_s),
         .allowed = 0.05},
        {.quantity = "share within the objective",
         .metric = "attainment",
         .reference = single ? both_within(&row, row.latency_s) : 0.0,
         .allowed = 0.02},
    };
    const char *parameters = ust_arena_printf(
        verify->arena, "M/M/%u at %.4g, then%s M/M/%u at %.4g", front->slots,
        load(&row, front) / front->slots,
        row.share < 1.0 ? ust_arena_printf(verify->arena, " for %g %%", 100.0 * row.share) : "",
        back->slots, load(&row, back) / back->slots);
    return ust_verify_run(verify, &(struct ust_verify_experiment){
                                      .section = "Queues",
                                      .law = "Queues in a row",
                                      .source = "Burke 1956, Jackson 1957, Reich 1957",
                                      .parameters = parameters,
                                      .scenario = in_words(&row),
                                      .replications = REPLICATIONS,
                                      .asked = asked,
                                      .asked_n = single ? 6 : 5});
}

enum ust_status ust_verify_networks(struct ust_verify *verify)
{
    UST_TRY(run(verify, (struct row){.rate = 0.6,
                                     .share = 1,
                                     .front = {1, 1},
                                     .back = {1, 0.8},
                                     .latency_s = 4,
                                     .warmup = 300,
                                     .duration = 1e5}));
    UST_TRY(run(verify, (struct row){.rate = 1.5,
                                     .share = 1,
                                     .front = {2, 1},
                                     .back = {3, 1.6},
                                     .latency_s = 10,
                                     .warmup = 300,
                                     .duration = 1e5}));
    return run(verify, (struct row){.rate = 0.8,
                                    .share = 0.4,
                                    .front = {4, 3},
                                    .back = {1, 2},
                                    .latency_s = 10,
                                    .warmup = 300,
                                    .duration = 1e5});
}
