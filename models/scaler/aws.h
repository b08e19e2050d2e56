/* What the policies of Amazon EC2 Auto Scaling share: CloudWatch alarms, the group's metric,
 * and adjustments of its capacity.
 *
 *   instances ──read──▶ one point of the metric ──▶ alarm: OK, ALARM, INSUFFICIENT_DATA
 *                                                     └ while in ALARM, every point acts
 */
#ifndef UST_MODELS_SCALER_AWS_H
#define UST_MODELS_SCALER_AWS_H

#include "models/scaler/common.h"
#include "sim/base/limits.h"

/* ---- aws_alarm.c ---- */

enum ust_aws_point { UST_AWS_MISSING, UST_AWS_WITHIN, UST_AWS_BREACHING };
enum ust_aws_state { UST_AWS_INSUFFICIENT, UST_AWS_OK, UST_AWS_ALARM };

/* What a missing point counts as, where there are too few others. */
enum ust_aws_treat { UST_AWS_TREAT_MISSING, UST_AWS_IGNORE, UST_AWS_BREACH, UST_AWS_NO_BREACH };

struct ust_aws_alarm_params {
    int64_t periods;  /* N: points that are evaluated */
    int64_t to_alarm; /* M of them must breach; 0: all */
    int treat;        /* enum ust_aws_treat */
    const struct ust_node *to_alarm_node;
};

/* CloudWatch looks at some points more than it evaluates, so that missing ones can be made up
 * for by older ones; its user guide shows 5 for 3. */
#define UST_AWS_MORE_POINTS 2

struct ust_aws_alarm {
    uint8_t state;
    uint32_t n;
    uint8_t *point; /* the oldest first; of periods + UST_AWS_MORE_POINTS */
};

#define UST_AWS_ALARM_FIELDS(type, member)                                                     \
    {.key = "evaluation_periods",                                                              \
     .kind = UST_FIELD_INT,                                                                    \
     .offset = offsetof(type, member.periods),                                                 \
     .low = 1,                                                                                 \
     .high = 1440,                                                                             \
     .fallback = "1",                                                                          \
     .help = "Most recent points that the alarm evaluates (EvaluationPeriods)."},              \
        {.key = "datapoints_to_alarm",                                                         \
         .kind = UST_FIELD_INT,                                                                \
         .offset = offsetof(type, member.to_alarm),                                            \
         .low = 1,                                                                             \
         .high = 1440,                                                                         \
         .word = "all",                                                                        \
         .word_value = 0,                                                                      \
         .fallback = "all",                                                                    \
         .given = offsetof(type, member.to_alarm_node) + 1,                                    \
         .help = "How many of them must breach (DatapointsToAlarm)."},                         \
    {                                                                                          \
        .key = "missing_data", .kind = UST_FIELD_CHOICE,                                       \
        .offset = offsetof(type, member.treat), .choices = ust_aws_treats,                     \
        .fallback = "missing",                                                                 \
        .help = "What the alarm makes of points without data, where it has too few others "    \
                "(TreatMissingData): missing: not enough data, and nothing happens; ignore: "  \
                "it stays as it is; breaching or not_breaching: as if they were."              \
    }

extern const char *const ust_aws_treats[];
void ust_aws_alarm_check(struct ust_spec *spec, const struct ust_aws_alarm_params *params);

/* One more point; returns the state that the alarm has now. */
enum ust_aws_state ust_aws_alarm_add(struct ust_aws_alarm *alarm,
                                     const struct ust_aws_alarm_params *params,
                                     enum ust_aws_point point);
size_t ust_aws_alarm_bytes(const struct ust_aws_alarm_params *params);

/* ---- aws_group.c ---- */

enum ust_aws_statistic { UST_AWS_AVERAGE, UST_AWS_MAXIMUM, UST_AWS_MINIMUM };

/* One point of the metric, and how far the group is. */
struct ust_aws_reading {
    double sum, least, most;
    uint32_t n;      /* values in it */
    uint32_t warmed; /* instances in service whose warm-up is over */
    bool launching;  /* an instance has not come into service yet */
    bool warming;    /* one is launching, or warms up */
};

struct ust_aws_reading ust_aws_read(const struct ust_scaler_view *view, int metric,
                                    ust_time warm_up);
double ust_aws_statistic_of(const struct ust_aws_reading *reading, int statistic);

enum ust_aws_adjustment { UST_AWS_CHANGE, UST_AWS_PERCENT, UST_AWS_EXACT };

/* How the capacity changes by `value` instances or percent, or to `value`. Percentages round as
 * the user guide says: above 1 down, between 0 and 1 to 1, and mirrored below 0; the result is
 * at least `least` instances, where it is any. */
int64_t ust_aws_change(int adjustment, int64_t value, int64_t capacity, int64_t least);

/* ---- aws_policy.c: what step and simple policies share ---- */

/* What the alarms of a policy watch. */
struct ust_aws_watch {
    int metric, statistic; /* enum ust_scaler_metric, ust_aws_statistic */
    ust_time period;
};

/* A policy in one direction, with its alarm. */
struct ust_aws_policy {
    struct ust_level threshold;
    int strict; /* it takes more (or less) than the threshold to breach it */
    struct ust_aws_alarm_params alarm;
    int adjustment; /* enum ust_aws_adjustment */
    int64_t least;
    const struct ust_node *threshold_node, *node; /* node NULL: there is no such policy */
};

extern const char *const ust_aws_statistics[], *const ust_aws_adjustments[];
extern const char *const ust_aws_above[], *const ust_aws_below[]; /* comparisons */

#define UST_AWS_WATCH_FIELDS(type, member)                                                     \
    {.key = "metric",                                                                          \
     .kind = UST_FIELD_CHOICE,                                                                 \
     .offset = offsetof(type, member.metric),                                                  \
     .choices = ust_scaler_instance_metric_names,                                              \
     .fallback = "cpu",                                                                        \
     .help = "What the alarms watch. Levels of cpu, slots and memory are ratios, those of "    \
             "requests rates, those of queue numbers."},                                       \
        {.key = "statistic",                                                                   \
         .kind = UST_FIELD_CHOICE,                                                             \
         .offset = offsetof(type, member.statistic),                                           \
         .choices = ust_aws_statistics,                                                        \
         .fallback = "average",                                                                \
         .help = "How the instances' values become the group's."},                             \
    {                                                                                          \
        .key = "period", .kind = UST_FIELD_DURATION, .offset = offsetof(type, member.period),  \
        .low = 10, .high = 3600, .fallback = "60 s",                                           \
        .help = "Length of a point of the alarms."                                             \
    }

#define UST_AWS_POLICY_FIELDS(type, member, words, word)                                       \
    {.key = "threshold",                                                                       \
     .kind = UST_FIELD_LEVEL,                                                                  \
     .offset = offsetof(type, member.threshold),                                               \
     .flags = UST_FIELD_REQUIRED,                                                              \
     .given = offsetof(type, member.threshold_node) + 1,                                       \
     .help = "Of the alarm."},                                                                 \
        {.key = "comparison",                                                                  \
         .kind = UST_FIELD_CHOICE,                                                             \
         .offset = offsetof(type, member.strict),                                              \
         .choices = words,                                                                     \
         .fallback = word,                                                                     \
         .help = "When a point breaches."},                                                    \
        UST_AWS_ALARM_FIELDS(type, member.alarm),                                              \
        {.key = "adjustment_type",                                                             \
         .kind = UST_FIELD_CHOICE,                                                             \
         .offset = offsetof(type, member.adjustment),                                          \
         .choices = ust_aws_adjustments,                                                       \
         .fallback = "change_in_capacity",                                                     \
         .help = "What an adjustment is: a number of instances, a percentage of the "          \
                 "capacity, or the capacity itself."},                                         \
    {                                                                                          \
        .key = "min_adjustment_magnitude", .kind = UST_FIELD_INT,                              \
        .offset = offsetof(type, member.least), .low = 0, .high = UST_INSTANCES_MAX,           \
        .fallback = "0",                                                                       \
        .help = "A percentage changes the capacity by at least so many "                       \
                "instances."                                                                   \
    }

/* How much: `member`, and the node that says it in `member`_node. */
#define UST_AWS_ADJUSTMENT_FIELD(type, member)                                                 \
    {                                                                                          \
        .key = "adjustment", .kind = UST_FIELD_INT, .offset = offsetof(type, member),          \
        .low = -UST_INSTANCES_MAX, .high = UST_INSTANCES_MAX, .flags = UST_FIELD_REQUIRED,     \
        .given = offsetof(type, member##_node) + 1,                                            \
        .help = "Instances or percent to add (below 0: to remove), or the capacity that is "   \
                "set."                                                                         \
    }

/* Both directions: members `out` and `in`, whose `policy` is a struct ust_aws_policy. */
#define UST_AWS_SIDES_FIELDS(type, out_rows, in_rows)                                          \
    {.key = "scale_out",                                                                       \
     .kind = UST_FIELD_GROUP,                                                                  \
     .offset = offsetof(type, out),                                                            \
     .fields = out_rows,                                                                       \
     .given = offsetof(type, out.policy.node) + 1,                                             \
     .help = "The policy that adds instances."},                                               \
    {                                                                                          \
        .key = "scale_in", .kind = UST_FIELD_GROUP, .offset = offsetof(type, in),              \
        .fields = in_rows, .given = offsetof(type, in.policy.node) + 1,                        \
        .help = "The policy that removes instances."                                           \
    }

void ust_aws_policy_check(struct ust_spec *spec, const struct ust_aws_policy *policy,
                          int metric);

/* At least one of the two, of a kind called `name`. */
void ust_aws_policies_check(struct ust_spec *spec, const struct ust_aws_policy *out,
                            const struct ust_aws_policy *in, const char *name,
                            const struct ust_node *node);

/* The alarms of both directions, their points behind them in the state of the kind. */
struct ust_aws_alarms {
    struct ust_aws_alarm out, in;
};
size_t ust_aws_alarms_bytes(const struct ust_aws_policy *out, const struct ust_aws_policy *in);

struct ust_aws_verdict {
    bool out, in; /* the alarm is in ALARM */
    bool known;   /* there is a value now */
    double value;
};

/* One more point for both; `points` has the bytes of ust_aws_alarms_bytes. */
struct ust_aws_verdict ust_aws_watch(struct ust_aws_alarms *alarms, uint8_t *points,
                                     const struct ust_aws_watch *watch,
                                     const struct ust_aws_policy *out,
                                     const struct ust_aws_policy *in,
                                     const struct ust_aws_reading *reading);

#endif
