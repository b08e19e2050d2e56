/* Rows that have a meaning only together: what a metric needs, what goes in place of what. Made
 * up one by one they nearly always contradict each other, and the kinds that have many such
 * rows would hardly ever be there. */
#include <string.h>

#include "tests/swarm/swarm.h"

#define KEYS 6
#define WAYS 8

struct together {
    const char *kind, *within; /* within: the group around; NULL: any */
    const char *keys[KEYS + 1];
    const char *ways[WAYS + 1]; /* "": without them */
    bool by_zones;              /* a way for each number of zones, taken half of the time */
};

#define GOALS "target", "metric", "requests_per_instance", "waiting_per_instance"

/* Of one kind the same number of ways is the same choice: a level has the unit of its metric.
 */
static const struct together table[] = {
    {.kind = "k8s_hpa",
     .keys = {GOALS, "metrics"},
     .ways =
         {"metric: cpu, target: 50 %", "metric: memory, target: 70 %",
          "metric: requests, requests_per_instance: 6 req/s",
          "metric: queue, waiting_per_instance: 3",
          "metrics: [{metric: cpu, target: 60 %}, {metric: requests, requests_per_instance: 9 "
          "req/s}]",
          "metric: arrivals, requests_per_instance: 8 req/s",
          "metrics: [{metric: queue, waiting_per_instance: 2}]"}},
    {.kind = "gcp_autoscaler",
     .keys = {GOALS, "signals"},
     .ways =
         {"metric: cpu, target: 50 %", "metric: requests, requests_per_instance: 6 req/s",
          "metric: queue, waiting_per_instance: 3",
          "signals: [{metric: cpu, target: 60 %}, {metric: requests, requests_per_instance: 9 "
          "req/s}]",
          "signals: [{metric: queue, waiting_per_instance: 2}]"}},
    {.kind = "keda",
     .keys = {GOALS},
     .ways = {"metric: cpu, target: 50 %", "metric: arrivals, requests_per_instance: 6 req/s",
              "metric: queue, waiting_per_instance: 3"}},
    {.kind = "aws_target_tracking",
     .keys = {GOALS},
     .ways = {"metric: cpu, target: 50 %", "metric: requests, requests_per_instance: 6 req/s",
              "metric: queue, waiting_per_instance: 3", "metric: slots, target: 70 %"}},
    {.kind = "aws_simple",
     .keys = {"metric"},
     .ways = {"metric: cpu", "metric: requests", "metric: queue"}},
    {.kind = "aws_simple",
     .within = "scale_out",
     .keys = {"threshold"},
     .ways = {"threshold: 60 %", "threshold: 9 req/s", "threshold: 4"}},
    {.kind = "aws_simple",
     .within = "scale_in",
     .keys = {"threshold"},
     .ways = {"threshold: 30 %", "threshold: 3 req/s", "threshold: 1"}},
    {.kind = "aws_step",
     .keys = {"metric"},
     .ways = {"metric: cpu", "metric: requests", "metric: queue"}},
    {.kind = "aws_step",
     .within = "scale_out",
     .keys = {"threshold", "steps"},
     .ways =
         {"threshold: 60 %, steps: [{to: 80 %, adjustment: 1}, {from: 80 %, adjustment: 3}]",
          "threshold: 9 req/s, steps: [{to: 12 req/s, adjustment: 1}, {from: 12 req/s, "
          "adjustment: 2}]",
          "threshold: 4, steps: [{adjustment: 2}]"}},
    {.kind = "aws_step",
     .within = "scale_in",
     .keys = {"threshold", "steps"},
     .ways =
         {"threshold: 30 %, steps: [{from: 10 %, adjustment: -1}, {to: 10 %, adjustment: -2}]",
          "threshold: 3 req/s, steps: [{adjustment: -1}]",
          "threshold: 1, steps: [{adjustment: "
          "-1}]"}},
    {.kind = "aws_simple",
     .keys = {"evaluation_periods", "datapoints_to_alarm"},
     .ways = {"", "evaluation_periods: 3, datapoints_to_alarm: 2", "evaluation_periods: 2"}},
    {.kind = "aws_step",
     .keys = {"evaluation_periods", "datapoints_to_alarm"},
     .ways = {"", "evaluation_periods: 3, datapoints_to_alarm: 2", "evaluation_periods: 2"}},
    {.kind = "scheduled",
     .keys = {"at", "cron", "once", "days"},
     .ways = {"cron: \"* * * * *\"", "cron: \"0-59/3 0 5 1 *\"", "at: \"00:04\"",
              "at: \"00:03\", days: [mon, wed]", "once: 2026-01-05T00:03:00Z"}},
    {.kind = "partition",
     .keys = {"other", "places", "share", "packets", "probes", "catch_up"},
     .ways = {"other: r0, catch_up: 3", "other: r1", "other: r2, catch_up: 1.5", "",
              "share: 40 %, packets: refused", "places: [nowhere]", "probes: 30 %",
              "share: 70 %, probes: auto, packets: dropped"}},
    {.kind = "zone_aware",
     .keys = {"entry"},
     .ways = {"entry: [100 %]", "entry: [30 %, 70 %]", "entry: [20 %, 30 %, 50 %]"},
     .by_zones = true},
    {.kind = "shift_traffic",
     .keys = {"over", "ramp"},
     .ways =
         {"", "over: 30 s",
          "ramp: [{at: 0 s, share: 10 %}, {at: 15 s, share: 50 %}, {at: 40 s, share: 100 %}]"}},
    {.kind = "fail_back",
     .keys = {"over", "ramp"},
     .ways = {"", "over: 20 s", "ramp: [{at: 0 s, share: 30 %}, {at: 25 s, share: 100 %}]"}},
};

static bool has_key(const struct together *row, const char *key)
{
    for (int i = 0; row->keys[i] != NULL; i++)
        if (strcmp(row->keys[i], key) == 0)
            return true;
    return false;
}

const void *swarm_together(const struct swarm_names *names, const char *key, const char **text)
{
    for (size_t i = 0; names->kind != NULL && i < sizeof table / sizeof table[0]; i++) {
        uint32_t n = 0;
        if (strcmp(table[i].kind, names->kind) != 0 || !has_key(&table[i], key))
            continue;
        if (table[i].within != NULL &&
            (names->within == NULL || strcmp(table[i].within, names->within) != 0))
            continue;
        while (table[i].ways[n] != NULL)
            n++;
        if (table[i].by_zones)
            *text = names->way % 2 == 0 ? "" : table[i].ways[names->zones - 1];
        else
            *text = table[i].ways[names->way % n];
        return &table[i];
    }
    return NULL;
}

/* "needs this or that, or both": this. */
bool swarm_needed(const struct swarm_names *names, const struct ust_field *field)
{
    static const char *const needed[][2] = {{"aws_simple", "scale_out"},
                                            {"aws_step", "scale_out"}};
    for (size_t i = 0; names->kind != NULL && i < sizeof needed / sizeof needed[0]; i++)
        if (strcmp(needed[i][0], names->kind) == 0 && strcmp(needed[i][1], field->key) == 0)
            return true;
    return field->flags & UST_FIELD_REQUIRED;
}
