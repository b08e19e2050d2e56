#include "models/world/failback.h"

#include "models/entity/config.h"
#include "sim/base/limits.h"

const char *const ust_failback_names[] = {"automatic", "never", NULL};

const struct ust_field ust_failback_fields[] = {
    {.key = "when",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_failback_spec, when),
     .choices = ust_failback_names,
     .fallback = "automatic",
     .help =
         "automatic: its users return; never: they stay where they are to the end of the run, "
         "as where somebody has to decide and nobody does."},
    {.key = "after",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_failback_spec, after),
     .high = UST_DURATION_MAX_S,
     .given = offsetof(struct ust_failback_spec, after_node) + 1,
     .fallback = "0 s",
     .flags = UST_FIELD_UNWRITTEN,
     .help = "How long it has to be healthy without a break before they return; a distribution "
             "where people decide. While no other region is healthy, nobody waits."},
    {.key = "ramp",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_failback_spec, ramp),
     .high = UST_DURATION_MAX_S,
     .given = offsetof(struct ust_failback_spec, ramp_node) + 1,
     .fallback = "0 s",
     .flags = UST_FIELD_UNWRITTEN,
     .help =
         "They return little by little, evenly over this time; caches and connections come on "
         "top of it."},
    {.key = NULL},
};

void ust_failback_check(struct ust_spec *spec, const struct ust_failback_spec *failback)
{
    if (failback->when != UST_FAILBACK_NEVER)
        return;
    const struct ust_node *blamed =
        failback->after_node != NULL ? failback->after_node : failback->ramp_node;
    if (blamed != NULL)
        (void)ust_diag_error(spec->diag, blamed->key_place,
                             "'%s' says how users return, but 'when' is never", blamed->key);
}
