/* Several faults of one cause: whether and when it strikes is drawn once for all of them. */
#include "models/fault/common.h"

struct params {
    struct ust_fault_common common;
    struct ust_items faults; /* struct ust_variant */
};

static const struct ust_field fields[] = {
    {UST_FAULT_TIME(struct params, at, .flags = UST_FIELD_REQUIRED),
     .help = "When the cause strikes, counted from the end of the warm-up."},
    {.key = "lag",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct params, common.lag),
     .fallback = "0 s",
     .help = "Added to 'at', drawn anew in every replication."},
    {.key = "probability",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, common.probability),
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "100 %",
     .help = "That it strikes at all, in a replication."},
    {.key = "faults",
     .kind = UST_FIELD_LIST,
     .unit = UST_FIELD_VARIANT,
     .offset = offsetof(struct params, faults),
     .registry = &ust_fault_registry,
     .size = sizeof(struct ust_variant),
     .low = 1,
     .high = UST_FAULTS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help =
         "What it leads to. Their 'at' counts from the cause; their 'lag' and 'probability' "
         "are each their own, given that the cause has struck."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    const struct ust_variant *fault = params->faults.at;
    (void)node;
    for (uint32_t i = 0; i < params->faults.n; i++)
        if (fault[i].kind != NULL && ust_fault_of(fault[i].kind)->form == UST_FAULT_PROCESS)
            (void)ust_diag_error(spec->diag, fault[i].node->place,
                                 "'%s' comes and goes by itself, and cannot have a cause",
                                 fault[i].kind->name);
}

static const struct ust_items *members(const void *from)
{
    const struct params *params = from;
    return &params->faults;
}

const struct ust_fault_type ust_fault_group = {
    .kind = {.name = "group",
             .help = "Several faults of one cause, each with its own lag and probability.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .form = UST_FAULT_GROUP,
    .members = members,
};
