/* Two regions, a fault, and who goes where after it: what tests of steering share. */
#ifndef UST_TESTS_THEORY_STEERING_H
#define UST_TESTS_THEORY_STEERING_H

#include <math.h>

#include "sim/base/hash.h"
#include "tests/theory/help.h"
#include "tests/theory/law.h"

#define FAULT_AT 1000.0 /* s */

/* Two regions, users without a network between, and whatever the law is about. */
struct steering {
    const char *persona; /* keys of the persona behind its actions */
    const char *service; /* lines of the service, indented by four */
    const char *traffic; /* further keys of the traffic */
    const char *routing; /* lines of routing, indented by two */
    const char *fault;   /* without braces */
    const char *pools;   /* "{a: 1, b: 1}" */
    double rate, duration;
};

static inline char *text_of(const struct steering *it)
{
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    uint64_t seed = ust_hash_text(ust_hash_text(7, it->routing), it->fault);
    fprintf(out, "understudy: 1\nname: steering\nseed: %llu\nduration: %.6f s\n",
            (unsigned long long)(seed >> 12), it->duration);
    fprintf(out,
            "interval: 100 s\npersonas:\n  - {name: user, actions: {ask: {work: 1 ms}}%s}\n",
            it->persona != NULL ? it->persona : "");
    fprintf(out,
            "regions: {a: {zones: 1, role: primary}, b: {zones: 1, role: standby}}\n"
            "network: {base: 0 s, per_1000_km: 0, jitter: 0}\n"
            "services:\n  s:\n    instance: {name: box, tuning: {slots: 1000}}\n%s",
            it->service != NULL ? it->service : "    health_check: {interval: 0 s}\n");
    fprintf(out,
            "    pools: %s\ntraffic:\n  - {persona: user, arrivals: {kind: poisson, rate: "
            "%.6f /s}%s}\n",
            it->pools != NULL ? it->pools : "{a: 1, b: 1}", it->rate,
            it->traffic != NULL ? it->traffic : "");
    fprintf(out, "routing:\n%s\nfaults:\n  - {%s}\n", it->routing, it->fault);
    fclose(out);
    return text;
}

static inline double moment_of(const struct ust_model *model, const char *event)
{
    for (uint32_t i = 0; i < model->measure.moments_n; i++)
        if (strcmp(model->measure.moments[i].event, event) == 0)
            return (double)model->measure.moments[i].at / 1e9;
    return (double)NAN;
}

/* ---- who goes where, after an event ---- */

#define SPANS_MAX 8

/* Spans of time after `event`, and what arrives in the two regions within each. */
struct spans {
    const char *event;
    double find_at; /* when it has happened for certain */
    double begin[SPANS_MAX], end[SPANS_MAX];
    uint32_t n;
    struct ust_model *model;
    uint32_t handler;
    uint64_t a[2 * SPANS_MAX], b[2 * SPANS_MAX];
};

static inline void count_arrivals(void *context, uint64_t index)
{
    struct spans *spans = context;
    spans->a[index] = spans->model->pools[0].count.arrivals;
    spans->b[index] = spans->model->pools[1].count.arrivals;
}

static inline void find_event(void *context, uint64_t unused)
{
    struct spans *spans = context;
    double at = moment_of(spans->model, spans->event);
    (void)unused;
    assert_true(at > 0);
    for (uint32_t i = 0; i < 2 * spans->n; i++) {
        double after = i % 2 == 0 ? spans->begin[i / 2] : spans->end[i / 2];
        ust_schedule(&spans->model->engine, ust_time_from_seconds(at + after), UST_LANE_OBSERVE,
                     spans->handler, i);
    }
}

static inline void plan_spans(struct ust_model *model, void *context, double *values)
{
    struct spans *spans = context;
    (void)values;
    spans->model = model;
    spans->handler = ust_engine_handler(&model->engine, count_arrivals, spans);
    theory_look_at(model, ust_time_from_seconds(spans->find_at), find_event, spans, 0);
}

/* Share of the arrivals that the second region got in each span. */
static inline void read_spans(struct ust_model *model, void *context, double *values)
{
    struct spans *spans = context;
    (void)model;
    for (uint32_t i = 0; i < spans->n; i++) {
        double a = (double)(spans->a[2 * i + 1] - spans->a[2 * i]);
        double b = (double)(spans->b[2 * i + 1] - spans->b[2 * i]);
        values[i] = b / (a + b);
    }
}

/* Routing takes a for lost at FAULT_AT, though it is well: connections to it live on. */
#define SOUND_BUT_LEFT                                                                         \
    "kind: health_check_false_positives, region: a, at: 1000 s, share: 100 %, of: region"
#define QUICK_CHECK "  health_check: {interval: 1 s, failures: 1, timeout: 0 s}"

/* The mean of a law over a span. */
static inline double mean_over(double (*law)(double, const double *), const double *params,
                               double begin, double end)
{
    double sum = 0;
    const int n = 2000;
    for (int i = 0; i < n; i++)
        sum += law(begin + (end - begin) * (i + 0.5) / n, params);
    return sum / n;
}

#endif
