/* The network between users and a region, or between two regions, is cut: both ways or one. */
#include "models/fault/common.h"

enum direction { BOTH, INWARD, OUTWARD };
static const char *const direction_names[] = {"both", "in", "out", NULL};

enum packets { DROPPED, REFUSED };
static const char *const packets_names[] = {"dropped", "refused", NULL};

/* What `probes` is where it says auto. */
#define PROBES_AUTO (-1)

struct params {
    struct ust_fault_common common;
    const char *other;
    int direction, packets;
    double share, probes, catch_up;
    struct ust_items places; /* const char * */
    const struct ust_node *other_node, *share_node, *packets_node, *probes_node, *catch_up_node;
};

static const struct ust_field fields[] = {
    UST_FAULT_REGION(struct params, UST_FIELD_REQUIRED, "Region that is cut off."),
    {.key = "other",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct params, other),
     .given = offsetof(struct params, other_node) + 1,
     .help = "Region that it is cut off from: what is written is not copied meanwhile, and is "
             "lost if the region is. Without this key it is cut off from users."},
    {.key = "direction",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, direction),
     .choices = direction_names,
     .fallback = "both",
     .help =
         "in: what goes to 'region' is lost, so its users' requests; out: what comes from it, "
         "so that the work is done and the answers are lost; both."},
    {.key = "places",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct params, places),
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .low = 1,
     .high = UST_PLACES_MAX,
     .help =
         "Places of users who are cut off, of the personas' geographies; all where absent."},
    {.key = "share",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, share),
     .high = 1,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "100 %",
     .given = offsetof(struct params, share_node) + 1,
     .unless = "other",
     .help = "Share of these users who are cut off at full strength; who is, stays so."},
    {.key = "packets",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, packets),
     .choices = packets_names,
     .fallback = "dropped",
     .given = offsetof(struct params, packets_node) + 1,
     .unless = "other",
     .help =
         "dropped: only the client's own timeout tells it; refused: it sees an error at once."},
    {.key = "probes",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, probes),
     .high = 1,
     .fallback = "auto",
     .word = "auto",
     .word_value = PROBES_AUTO,
     .given = offsetof(struct params, probes_node) + 1,
     .unless = "other",
     .help =
         "Share of routing's probes of the region that fail too; auto: as many as users, or "
         "none where only some 'places' are cut off: then nobody notices."},
    {.key = "catch_up",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, catch_up),
     .low = 1,
     .high = 1e6,
     .flags = UST_FIELD_LOW_OPEN | UST_FIELD_UNWRITTEN,
     .fallback = "2",
     .given = offsetof(struct params, catch_up_node) + 1,
     .help = "Between regions: how many times faster than it was written the backlog is copied "
             "once they are connected again. An assumption."},
    UST_FAULT_WHEN(struct params),
};

static void only_with(struct ust_spec *spec, const struct ust_node *node, const char *where)
{
    if (node != NULL)
        (void)ust_diag_error(spec->diag, node->key_place, "'%s' is for a partition %s",
                             node->key, where);
}

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    ust_fault_check(spec, from, node);
    if (params->other == NULL) {
        only_with(spec, params->catch_up_node, "between regions");
        if (params->packets == REFUSED && params->direction == OUTWARD)
            (void)ust_diag_error(spec->diag, params->packets_node->key_place,
                                 "'packets' is for requests that are cut off; with 'direction: "
                                 "out' they arrive, and answers are lost without a word");
        return;
    }
    only_with(spec, params->places.node, "from users");
    only_with(spec, params->share_node, "from users");
    only_with(spec, params->packets_node, "from users");
    only_with(spec, params->probes_node, "from users");
    if (params->common.ramp > 0) /* regions are cut off from each other or not */
        only_with(spec, params->common.ramp_node, "from users");
    if (params->common.recovery > 0)
        only_with(spec, params->common.recovery_node, "from users");
    if (params->common.region != NULL && ust_text_equal(params->other, params->common.region))
        (void)ust_diag_error(spec->diag, params->other_node->place,
                             "'%s' cannot be cut off from itself", params->other);
}

static void scope(const void *from, struct ust_fault_scope *out)
{
    const struct params *params = from;
    *out = ust_fault_scope_whole(&params->common, NULL, NULL);
    out->other = params->other;
    out->other_node = params->other_node;
    out->places = &params->places;
}

static void effect(const void *from, double level, struct ust_fault_effect *out)
{
    const struct params *params = from;
    out->cut_in = params->direction != OUTWARD;
    out->cut_out = params->direction != INWARD;
    if (params->other != NULL) {
        out->catch_up = params->catch_up;
        return;
    }
    out->cut = level * params->share;
    out->cut_refuses = params->packets == REFUSED;
    double automatic = params->places.n > 0 ? 0 : params->share;
    out->region_false_alarms =
        level * (params->probes == PROBES_AUTO ? automatic : params->probes);
}

static uint32_t needs(const void *from)
{
    const struct params *params = from;
    return params->other != NULL ? UST_FAULT_NEEDS_REPLICATION : 0;
}

const struct ust_fault_type ust_fault_partition = {
    .kind = {.name = "partition",
             .help = "The network between users and a region, or between two regions, is cut, "
                     "both ways or one.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .effect = effect,
    .needs = needs,
};
