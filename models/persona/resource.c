/* Resource personas: the table of the document, and what must hold between its keys. */
#include <math.h>

#include "models/balance/balance.h"
#include "models/limit/limit.h"
#include "models/persona/document.h"
#include "models/persona/versions.h"
#include "models/scaler/scaler.h"
#include "sim/base/detmath.h"
#include "sim/base/limits.h"

static const char *const kinds[] = {"resource", NULL};
static const char *const disciplines[] = {"fcfs",          "ps",       "lifo",
                                          "adaptive_lifo", "priority", NULL};
static const char *const cancels[] = {"none", "queued", "expired", "all", NULL};

#define AT(member) offsetof(struct ust_resource_persona, member)

/* A cache of "no such capacity" lives three minutes in Karpenter; nobody asks again before. */
#define RETRY_DEFAULT "3 min"

/* A limit above 0 that is not there where nobody sets it, and is kept as 0 then. */
#define UNLIMITED_BY_DEFAULT                                                                   \
    .low = 0, .high = HUGE_VAL, .flags = UST_FIELD_LOW_OPEN, .word = "unlimited",              \
    .word_value = 0, .fallback = "unlimited"

/* A stage of the launch. */
#define STAGE(stage, text)                                                                     \
    {                                                                                          \
        .key = #stage, .kind = UST_FIELD_DIST, .unit = UST_FIELD_DURATION,                     \
        .offset = AT(launch.stage), .fallback = "0 s", .help = text                            \
    }

static const struct ust_field storage_fields[] = {
    {.key = "type",
     .kind = UST_FIELD_TEXT,
     .offset = AT(storage),
     .help = "What it is, for people and for matching: nvme, gp3, pd-ssd."},
    {.key = "iops",
     .kind = UST_FIELD_IOPS,
     .offset = AT(iops),
     UNLIMITED_BY_DEFAULT,
     .help = "Operations per second of one instance."},
    {.key = NULL},
};

/* Groups lie at offset 0: their rows fill the persona itself. */
static const struct ust_field capacity_fields[] = {
    {.key = "vcpu",
     .kind = UST_FIELD_NUMBER,
     .offset = AT(vcpu),
     .low = 0,
     .high = 1e6,
     .flags = UST_FIELD_LOW_OPEN,
     .word = "auto",
     .word_value = 0,
     .fallback = "auto",
     .help = "Virtual processors; auto: as many as slots, so that each request in service has "
             "one."},
    {.key = "speed",
     .kind = UST_FIELD_NUMBER,
     .offset = AT(speed),
     .low = 0,
     .high = 1000,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "1",
     .help = "Work that one vCPU does in a second, in seconds of the reference machine."},
    {.key = "memory",
     .kind = UST_FIELD_BYTES,
     .offset = AT(memory),
     UNLIMITED_BY_DEFAULT,
     .help = "Memory for requests in service."},
    {.key = "gpu",
     .kind = UST_FIELD_NUMBER,
     .offset = AT(gpu),
     .low = 0,
     .high = 1000,
     .fallback = "0",
     .help = "Accelerators, for people and for matching; where the work is theirs, 'vcpu' and "
             "'slots' are set to their terms."},
    {.key = "network",
     .kind = UST_FIELD_BANDWIDTH,
     .offset = AT(network),
     UNLIMITED_BY_DEFAULT,
     .help = "Bits per second that one instance sends."},
    {.key = "storage",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = storage_fields,
     .help = "Storage of one instance."},
    {.key = NULL},
};

#define SHED(name, place)                                                                      \
    {                                                                                          \
        .key = name, .kind = UST_FIELD_RATIO, .offset = AT(shed[place]), .low = 0, .high = 1,  \
        .fallback = "100 %", .help = "Share of the room; 100 %: only when it is full."         \
    }

static const struct ust_field shed_fields[] = {
    SHED("critical_plus", UST_CRITICAL_PLUS),
    SHED("critical", UST_CRITICAL),
    SHED("sheddable_plus", UST_SHEDDABLE_PLUS),
    SHED("sheddable", UST_SHEDDABLE),
    {.key = NULL},
};

static const struct ust_field tuning_fields[] = {
    {.key = "slots",
     .kind = UST_FIELD_INT,
     .offset = AT(slots),
     .low = 1,
     .high = UST_SLOTS_MAX,
     .word = "unlimited",
     .word_value = 0,
     .given = AT(slots_node) + 1,
     .help = "Requests in service at once (worker threads, connections); without it, one per "
             "vCPU. unlimited needs processor sharing."},
    {.key = "queue",
     .kind = UST_FIELD_INT,
     .offset = AT(queue),
     .low = 0,
     .high = 1e9,
     .word = "unlimited",
     .word_value = -1,
     .fallback = "unlimited",
     .given = AT(queue_node) + 1,
     .help = "Waiting places of one instance; who finds them full is shed."},
    {.key = "discipline",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(discipline),
     .choices = disciplines,
     .fallback = "fcfs",
     .help = "Who is served next. fcfs: who came first; lifo: who came last; adaptive_lifo: "
             "who came first, and in a standing queue who came last (Maurer, ACM Queue 2015); "
             "priority: the most critical, of equals who came first. In all of these each slot "
             "serves one request at its own pace; ps: those in service share the vCPU "
             "equally."},
    {.key = "keep_alive",
     .kind = UST_FIELD_DURATION,
     .offset = AT(keep_alive),
     .low = 0,
     .high = 86400,
     .word = "none",
     .word_value = 0,
     .fallback = "60 s",
     .help = "How long an idle connection stays open. The default is that of AWS's load "
             "balancer."},
    {.key = "cancel",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(cancel),
     .choices = cancels,
     .fallback = "none",
     .help = "What becomes of a request whose client has left. none: it is served all the "
             "same; queued: it is dropped while it waits, at once; expired: it is dropped when "
             "its turn comes, if its deadline has passed by then; all: its service stops too, "
             "at once."},
    {.key = "standing_after",
     .kind = UST_FIELD_DURATION,
     .offset = AT(standing),
     .low = 0,
     .high = 3600,
     .flags = UST_FIELD_LOW_OPEN | UST_FIELD_UNWRITTEN,
     .fallback = "100 ms",
     .help = "A queue that has not been empty for so long is a standing queue, for "
             "'adaptive_lifo' and 'codel'. The default is the article's."},
    {.key = "codel",
     .kind = UST_FIELD_DURATION,
     .offset = AT(codel),
     .low = 0,
     .high = 3600,
     .flags = UST_FIELD_LOW_OPEN,
     .word = "none",
     .word_value = 0,
     .fallback = "none",
     .help = "Controlled delay for servers: who joins a standing queue is shed after so long "
             "in it, who joins any other after 'standing_after'. The article has 5 ms."},
    {.key = "limit",
     .kind = UST_FIELD_VARIANT,
     .offset = AT(limit),
     .registry = &ust_limit_registry,
     .help = "Concurrency limit: requests in an instance at once, waiting ones included; who "
             "comes beyond it is shed. Without it there are slots and queue."},
    {.key = "shed",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = shed_fields,
     .given = AT(shed_node) + 1,
     .help = "Load shedding: from which share of the room of an instance on (its limit, or its "
             "slots and queue) requests of a criticality are turned away."},
    {.key = NULL},
};

static const struct ust_field launch_fields[] = {
    STAGE(request, "From the decision to the accepted call of the provider's API."),
    STAGE(provision, "Until the machine runs."),
    STAGE(boot, "Until its operating system is up."),
    STAGE(ready, "Until the software has started."),
    STAGE(health, "Until the balancer believes it healthy: the first pass of its check."),
    {.key = "failure",
     .kind = UST_FIELD_RATIO,
     .offset = AT(launch.failure),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_HIGH_OPEN,
     .fallback = "0 %",
     .help = "Probability that a launch fails, at the end of 'provision': no capacity."},
    {.key = "retry",
     .kind = UST_FIELD_DURATION,
     .offset = AT(launch.retry),
     .low = 0.001,
     .high = 86400,
     .fallback = RETRY_DEFAULT,
     .help =
         "Wait before a failed launch is tried again. The default is how long Karpenter "
         "remembers that an offering had no capacity. Launchers other than plain have waits "
         "of their own."},
    {.key = "warm_up",
     .kind = UST_FIELD_DURATION,
     .offset = AT(launch.warm_up),
     .low = 0,
     .high = 86400,
     .fallback = "0 s",
     .help = "How long an instance that has come up is slower than the others: cold caches, "
             "code not yet compiled."},
    {.key = "slowdown",
     .kind = UST_FIELD_NUMBER,
     .offset = AT(launch.slowdown),
     .low = 1,
     .high = 1000,
     .fallback = "1",
     .help = "Service times when 'warm_up' begins, over those at its end; in a straight line "
             "between."},
    {.key = NULL},
};

static const struct ust_field policy_fields[] = {
    {.key = "scaler",
     .kind = UST_FIELD_LIST,
     .offset = AT(scalers),
     .unit = UST_FIELD_VARIANT,
     .registry = &ust_scaler_registry,
     .size = sizeof(struct ust_variant),
     .low = 1,
     .high = UST_SCALERS_MAX,
     .help = "Default scaler of services that run on it and name none."},
    {.key = "balancer",
     .kind = UST_FIELD_VARIANT,
     .offset = AT(balancer),
     .registry = &ust_balance_registry,
     .help = "Default balancer of services that run on it and name none."},
    {.key = NULL},
};

const struct ust_field ust_resource_persona_fields[] = {
    {.key = "persona",
     .kind = UST_FIELD_INT,
     .offset = AT(format),
     .low = 1,
     .high = 1,
     .fallback = "1",
     .help = "Version of this format."},
    {.key = "kind",
     .kind = UST_FIELD_CHOICE,
     .offset = AT(kind),
     .choices = kinds,
     .fallback = "resource",
     .help = "What the document describes."},
    {.key = "name",
     .kind = UST_FIELD_NAME,
     .offset = AT(name),
     .flags = UST_FIELD_REQUIRED,
     .help = "What scenarios and reports call it."},
    {.key = "description",
     .kind = UST_FIELD_TEXT,
     .offset = AT(description),
     .help = "What it is prepared to be, in a sentence."},
    {.key = "tags",
     .kind = UST_FIELD_LIST,
     .offset = AT(tags),
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .low = 0,
     .high = 100,
     .help = "Words to find it by."},
    {.key = "capacity",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = capacity_fields,
     .help = "What one instance has."},
    {.key = "price",
     .kind = UST_FIELD_PRICE,
     .offset = AT(price),
     .low = 0,
     .high = 1e6,
     .fallback = "0 USD/h",
     .help = "Of one instance, from launch to the end of termination."},
    {.key = "software",
     .kind = UST_FIELD_LIST,
     .offset = AT(software),
     .unit = UST_FIELD_TEXT,
     .size = sizeof(const char *),
     .low = 0,
     .high = 1000,
     .help = "What is installed, for people and for matching."},
    {.key = "tuning",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = tuning_fields,
     .help = "How its software is set."},
    {.key = "launch",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = launch_fields,
     .help = "The stages between the decision to launch and the first request, in this order."},
    {.key = "policy",
     .kind = UST_FIELD_GROUP,
     .offset = 0,
     .fields = policy_fields,
     .help = "Defaults for services that run on it."},
    {.key = "source",
     .kind = UST_FIELD_GROUP,
     .offset = AT(source),
     .fields = ust_source_fields,
     .given = AT(source.node) + 1,
     .help = "Where the numbers come from. Every persona file says it."},
    {.key = NULL},
};

/* Slots and vCPU default to each other, so that naming one is enough. */
static enum ust_status complete(struct ust_spec *spec, struct ust_resource_persona *persona)
{
    bool unlimited = persona->slots_node && persona->slots == 0;
    if (unlimited && persona->discipline != UST_PS)
        return ust_diag_error(spec->diag, persona->slots_node->place,
                              "'slots' unlimited needs 'discipline: ps'");
    if (unlimited && persona->vcpu == 0)
        return ust_diag_error(spec->diag, persona->slots_node->place,
                              "'slots' unlimited needs a number of 'vcpu' to be shared");
    if (unlimited && persona->queue_node && persona->queue >= 0)
        return ust_diag_error(spec->diag, persona->queue_node->place,
                              "'queue' is %lld, but with unlimited 'slots' nobody ever waits",
                              (long long)persona->queue);
    for (int i = 0; i < UST_CRITICALITIES; i++)
        persona->sheds |= persona->shed[i] < 1;
    if (persona->sheds && persona->queue < 0 && persona->limit.kind == NULL)
        return ust_diag_error(spec->diag, persona->shed_node->place,
                              "'shed' needs a room to take a share of: a bounded 'queue' or a "
                              "'limit'");
    if (!persona->slots_node)
        persona->slots = persona->vcpu > 0 ? (int64_t)ust_ceil(persona->vcpu) : 1;
    if (persona->vcpu == 0)
        persona->vcpu = (double)persona->slots;
    return UST_OK;
}

struct ust_resource_persona *ust_resource_persona_decode(struct ust_spec *spec,
                                                         const struct ust_node *node)
{
    if (ust_persona_kind_check(spec, node, UST_PERSONA_RESOURCE) != UST_OK)
        return NULL;
    struct ust_resource_persona *persona =
        ust_arena_alloc(spec->arena, struct ust_resource_persona, 1);
    bool fine = ust_spec_decode(spec, node, ust_resource_persona_fields, persona) == UST_OK;
    if (!fine && (ust_spec_blamed(spec, ust_node_get(node, "capacity")) ||
                  ust_spec_blamed(spec, ust_node_get(node, "tuning"))))
        return NULL;
    persona->node = node;
    if (!persona->description)
        persona->description = "";
    if (!persona->storage)
        persona->storage = "";
    persona->path = node->place.file;
    if (fine)
        persona->hash =
            ust_spec_meaning(spec, ust_resource_persona_fields, persona, NULL, NULL);
    return complete(spec, persona) == UST_OK && fine ? persona : NULL;
}

struct ust_resource_persona *ust_resource_persona_read(struct ust_spec *spec, const char *path,
                                                       struct ust_place from)
{
    struct ust_node *node = ust_persona_open(spec, path, from, UST_PERSONA_RESOURCE);
    if (!node)
        return NULL;
    enum ust_status source = ust_persona_source_check(spec, node);
    struct ust_resource_persona *persona = ust_resource_persona_decode(spec, node);
    if (persona)
        persona->version = ust_persona_version_of(spec, node);
    return source == UST_OK ? persona : NULL;
}
