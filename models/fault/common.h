/* Rows that fault tables share. Every kind's parameters begin with `struct ust_fault_common
 * common`; its table takes the rows of place that fit, then UST_FAULT_WHEN. */
#ifndef UST_MODELS_FAULT_COMMON_H
#define UST_MODELS_FAULT_COMMON_H

#include <math.h>

#include "models/fault/fault.h"
#include "sim/base/limits.h"

#define UST_FAULT_REGION(params, required, text)                                               \
    {                                                                                          \
        .key = "region", .kind = UST_FIELD_NAME, .offset = offsetof(params, common.region),    \
        .flags = (required), .given = offsetof(params, common.region_node) + 1, .help = text   \
    }

#define UST_FAULT_SHARE(params, required, text)                                                \
    {                                                                                          \
        .key = "share", .kind = UST_FIELD_RATIO, .offset = offsetof(params, share), .high = 1, \
        .flags = UST_FIELD_LOW_OPEN | (required),                                              \
        .fallback = (required) != 0 ? NULL : "100 %", .help = text                             \
    }

#define UST_FAULT_SERVICE(params)                                                              \
    {                                                                                          \
        .key = "service", .kind = UST_FIELD_NAME, .offset = offsetof(params, service),         \
        .given = offsetof(params, service_node) + 1,                                           \
        .help = "Service that is hit; all services where absent."                              \
    }

/* `help` says what becomes of them; the sentence goes on with how to write them. */
#define UST_FAULT_ZONES(params, required, text)                                                \
    {                                                                                          \
        .key = "zones", .kind = UST_FIELD_LIST, .offset = offsetof(params, zones), .low = 1,   \
        .high = UST_ZONES_MAX, .flags = (required), .unit = UST_FIELD_NAME,                    \
        .size = sizeof(const char *),                                                          \
        .help = text ": numbers from 1, or letters from a, as in [1, 2] or [a, b]."            \
    }

#define UST_FAULT_IN_FLIGHT(params)                                                            \
    {                                                                                          \
        .key = "in_flight", .kind = UST_FIELD_CHOICE,                                          \
        .offset = offsetof(params, common.in_flight), .choices = ust_in_flight_names,          \
        .fallback = "fail",                                                                    \
        .help = "What becomes of the attempts on a dying instance. fail: the client sees an "  \
                "error at once; silent: only its own timeout tells it; requeue_head, "         \
                "requeue_tail: start over, with the same draw of work, on another instance, "  \
                "before or behind those who wait; resume: go on there where they were. Where " \
                "all others have died too, these three end as errors; the only instance in "   \
                "rotation keeps its attempts until it is back."                                \
    }

/* Follows UST_FAULT_IN_FLIGHT. */
#define UST_FAULT_RETURNS(params)                                                              \
    {                                                                                          \
        .key = "returns", .kind = UST_FIELD_CHOICE,                                            \
        .offset = offsetof(params, common.returns), .choices = ust_returns_names,              \
        .fallback = "warm",                                                                    \
        .help = "What an instance is when it comes back. warm: as it was, it had only been "   \
                "out of reach; cold: restarted, and as slow at first as a new one ('warm_up' " \
                "and 'slowdown' of its launch)."                                               \
    }

/* The rows of time, which close the table. */
#define UST_FAULT_TIME(params, name, more)                                                     \
    .key = #name, .kind = UST_FIELD_DURATION, .offset = offsetof(params, common.name),         \
    .low = 0, .high = UST_DURATION_MAX_S, .given = offsetof(params, common.name##_node) + 1,   \
    more

#define UST_FAULT_WHEN(params)                                                                 \
    {UST_FAULT_TIME(params, at, .flags = UST_FIELD_REQUIRED),                                  \
     .help = "When it begins, counted from the end of the warm-up."},                          \
        {.key = "lag",                                                                         \
         .kind = UST_FIELD_DIST,                                                               \
         .unit = UST_FIELD_DURATION,                                                           \
         .offset = offsetof(params, common.lag),                                               \
         .fallback = "0 s",                                                                    \
         .help = "Added to 'at', drawn anew in every replication."},                           \
        {.key = "duration",                                                                    \
         .kind = UST_FIELD_DIST,                                                               \
         .unit = UST_FIELD_DURATION,                                                           \
         .offset = offsetof(params, common.duration),                                          \
         .high = UST_DURATION_MAX_S,                                                           \
         .flags = UST_FIELD_LOW_OPEN,                                                          \
         .fallback = "endless",                                                                \
         .given = offsetof(params, common.duration_node) + 1,                                  \
         .word = "endless",                                                                    \
         .word_value = HUGE_VAL,                                                               \
         .help = "How long it lasts, ramp and recovery included; endless: to the end of the "  \
                 "run. A distribution is drawn anew in every replication; a course shorter "   \
                 "than ramp and recovery has them shrunk."},                                   \
        {.key = "probability",                                                                 \
         .kind = UST_FIELD_RATIO,                                                              \
         .offset = offsetof(params, common.probability),                                       \
         .high = 1,                                                                            \
         .flags = UST_FIELD_LOW_OPEN,                                                          \
         .fallback = "100 %",                                                                  \
         .help = "That it happens at all, in a replication."},                                 \
        {UST_FAULT_TIME(params, ramp, .fallback = "0 s"),                                      \
         .unless = "other", /* of a partition */                                               \
         .help = "Time from its beginning to full strength, in a straight line of 50 steps."}, \
        {UST_FAULT_TIME(params, recovery, .fallback = "0 s"),                                  \
         .unless = "other", /* of a partition */                                               \
         .help = "Time from full strength back to nothing, in a straight line, at the end of " \
                 "'duration'."},                                                               \
    {                                                                                          \
        .key = NULL                                                                            \
    }

/* The scope of a kind that hits whole regions. */
struct ust_fault_scope ust_fault_scope_whole(const struct ust_fault_common *common,
                                             const char *service,
                                             const struct ust_node *service_node);

/* The scope of a kind that may hit some zones only; no zones: all of them. A name that is no
 * zone of the region is ust_fault_check_zones' business. */
struct ust_fault_scope ust_fault_scope_zones(const struct ust_fault_common *common,
                                             const char *service,
                                             const struct ust_node *service_node,
                                             const struct ust_items *zones);
void ust_fault_check_zones(struct ust_spec *spec, const struct ust_items *zones,
                           const char *region);

/* Number of a name, -1 of NULL or an unknown one. */
int32_t ust_fault_find(const char *const *names, uint32_t n, const char *name);

/* Where a message about it points; nowhere, where the value is a default. */
struct ust_place ust_fault_place(const struct ust_node *node);

/* The checks that all kinds need: ramps fit into the duration. */
void ust_fault_check(struct ust_spec *spec, const void *params, const struct ust_node *node);

#endif
