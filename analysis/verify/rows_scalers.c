/* Autoscalers against the numbers that their vendors print. Arrivals come evenly spaced out of
 * a recording, so that averages are exact, and every replication must want exactly so many. */
#include <stdio.h>
#include <stdlib.h>

#include "analysis/verify/verify.h"

struct scaling {
    const char *law, *source, *parameters, *scaler, *work;
    unsigned instances, arrivals, period; /* so many arrivals in each `period` s */
    double wanted;
};

static const struct scaling scalings[] = {
    {"HPA, external metric", "kubernetes replica_calculator_test.go",
     "1 pod, 8.6 against 4.4 a pod",
     "{kind: k8s_hpa, metric: arrivals, "
     "requests_per_instance: 4.4 /s}",
     "1 ms", 1, 43, 5, 2},
    {"HPA, pod metric", "kubernetes replica_calculator_test.go",
     "3 pods, 20 on average against 15",
     "{kind: k8s_hpa, metric: requests, requests_per_instance: 15 /s}", "1 ms", 3, 60, 1, 4},
    {"HPA, pod metric", "kubernetes.io, HorizontalPodAutoscaler", "50 pods, 90 against 75",
     "{kind: k8s_hpa, metric: requests, requests_per_instance: 75 /s}", "1 ms", 50, 4500, 1,
     60},
    {"HPA, cpu", "kubernetes replica_calculator_test.go", "3 pods, 50 % against 30 %",
     "{kind: k8s_hpa, target: 30 %}", "10 ms", 3, 150, 1, 5},
    {"HPA, cpu", "kubernetes replica_calculator_test.go", "5 pods, 28 % against 50 %",
     "{kind: k8s_hpa, target: 50 %}", "10 ms", 5, 140, 1, 3},
    {"HPA, tolerance", "kubernetes.io, HorizontalPodAutoscaler",
     "10 pods, 109 against 100: within 10 %",
     "{kind: k8s_hpa, metric: requests, requests_per_instance: 100 /s}", "1 ms", 10, 1090, 1,
     10},
    {"Target tracking", "EC2 Auto Scaling User Guide: +1.5 becomes +2",
     "3 instances, 15 against 10",
     "{kind: aws_target_tracking, metric: requests, "
     "requests_per_instance: 10 /s}",
     "1 ms", 3, 46, 1, 5},
};

static enum ust_status scale(struct ust_verify *verify, const struct scaling *it)
{
    struct ust_text csv = {0};
    char arrivals[512], instances[64];
    ust_text_add(&csv, "t\n");
    for (unsigned i = 0; i < it->arrivals; i++)
        ust_text_printf(&csv, "%.9f\n", (double)it->period * i / it->arrivals);
    const char *path = ust_verify_file(verify, "arrivals.csv", ust_text_string(&csv));
    ust_text_free(&csv);
    if (path == NULL)
        return UST_REFUSED;
    snprintf(arrivals, sizeof arrivals,
             "{kind: replay, file: arrivals.csv, unit: s, repeat: true, period: %u s}",
             it->period);
    snprintf(instances, sizeof instances, "{instances: %u, min: 1, max: 200}", it->instances);
    char service[256];
    snprintf(service, sizeof service, "scaler: %s", it->scaler);
    const struct ust_verify_asked asked = {.quantity = "instances wanted",
                                           .metric = "wanted",
                                           .region = "here",
                                           .from = 12,
                                           .to = 20,
                                           .reference = it->wanted};
    const struct ust_verify_queue queue = {.arrivals = arrivals,
                                           .work = it->work,
                                           .instance = "capacity: {vcpu: 1}, "
                                                       "tuning: {slots: 1, queue: unlimited}",
                                           .service = service,
                                           .pool = instances,
                                           .duration = 1200,
                                           .interval = 60};
    return ust_verify_run(
        verify, &(struct ust_verify_experiment){.section = "Scalers",
                                                .law = it->law,
                                                .source = it->source,
                                                .parameters = it->parameters,
                                                .scenario = ust_verify_queue_text(&queue),
                                                .replications = 2,
                                                .asked = &asked,
                                                .asked_n = 1});
}

enum ust_status ust_verify_scalers(struct ust_verify *verify)
{
    for (size_t i = 0; i < sizeof scalings / sizeof scalings[0]; i++)
        UST_TRY(scale(verify, &scalings[i]));
    return UST_OK;
}
