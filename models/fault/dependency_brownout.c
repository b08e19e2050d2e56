/* Something outside that requests depend on answers late or not at all. */
#include "models/fault/common.h"

enum fallback { FALLBACK_NONE, FALLBACK_ANSWER };
static const char *const fallback_names[] = {"none", "answer", NULL};

struct params {
    struct ust_fault_common common;
    struct ust_fault_call call;
    int fallback;
    const char *service;
    const struct ust_node *service_node, *delay_node;
};

static const struct ust_field user_fields[] = {
    {.key = "persona",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_fault_caller, persona),
     .flags = UST_FIELD_REQUIRED,
     .given = offsetof(struct ust_fault_caller, node) + 1,
     .help = "Name of a persona of `personas`."},
    {.key = "calls",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_fault_caller, share),
     .high = 1,
     .flags = UST_FIELD_REQUIRED,
     .help = "Share of its requests that need the dependency."},
    {.key = NULL},
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, 0, "Region that is hit; all regions where absent."),
    UST_FAULT_SERVICE(struct params),
    {.key = "calls",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, call.share),
     .high = 1,
     .fallback = "100 %",
     .help = "Share of requests that need the dependency."},
    {.key = "by_persona",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, call.callers),
     .fields = user_fields,
     .size = sizeof(struct ust_fault_caller),
     .low = 1,
     .high = UST_TRAFFIC_MAX,
     .help = "The same for some personas, in place of 'calls'."},
    {.key = "delay",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct params, call.delay),
     .given = offsetof(struct params, delay_node) + 1,
     .fallback = "0 s",
     .help =
         "How long a call takes at full strength. It runs beside the CPU work, and the slot is "
         "held until both are done."},
    {.key = "errors",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, call.errors),
     .high = 1,
     .fallback = "0 %",
     .help = "Share of calls that fail at once at full strength."},
    {.key = "timeout",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct params, call.timeout),
     .high = UST_DURATION_MAX_S,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "none",
     .word = "none",
     .word_value = HUGE_VAL,
     .help = "The service waits no longer than this for an answer; the call has failed then."},
    {.key = "fallback",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, fallback),
     .choices = fallback_names,
     .fallback = "none",
     .help = "What becomes of a request whose call failed. none: it ends in an error; answer: "
             "it is "
             "served without, and counts as answered."},
    UST_FAULT_WHEN(struct params),
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    ust_fault_check(spec, from, node);
    if (params->delay_node == NULL && params->call.errors <= 0)
        (void)ust_diag_error(spec->diag, ust_fault_place(node),
                             "a brownout needs a 'delay', or 'errors'");
}

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    *out = ust_fault_scope_whole(&params->common, params->service, params->service_node);
}

static void effect(const void *from, double level, struct ust_fault_effect *out)
{
    const struct params *params = from;
    out->call = &params->call;
    out->call_level = level;
    out->call_falls_back = params->fallback == FALLBACK_ANSWER;
}

const struct ust_fault_type ust_fault_dependency_brownout = {
    .kind = {.name = "dependency_brownout",
             .help =
                 "Something outside that requests depend on answers late or not at all, and "
                 "holds the slots of those who wait for it.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .effect = effect,
};
