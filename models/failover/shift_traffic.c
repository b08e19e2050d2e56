/* Users are sent to the standby, at once or little by little. */
#include <math.h>

#include "models/failover/step.h"
#include "sim/base/limits.h"

enum { KEEP, CLOSE };
static const char *const connection_names[] = {"keep", "close", NULL};

struct params {
    struct ust_step_common common;
    struct ust_items services;
    int users, connections;
    struct ust_ramp ramp;
    double followed;
};

static const struct ust_field fields[] = {
    UST_STEP_ROWS(struct params),
    UST_STEP_SERVICES(struct params, "Services whose users go; all where absent."),
    {.key = "users",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, users),
     .choices = ust_step_users_names,
     .fallback = "all",
     .help = "sticky: only traffic in sessions and of personas that keep connections; "
             "stateless: only all other. Two steps, the stateless one first, are the order in "
             "which Facebook's Maelstrom drains."},
    UST_STEP_RAMP(struct params, "They are sent away"),
    {.key = "connections",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, connections),
     .choices = connection_names,
     .fallback = "keep",
     .help = "keep: open ones end by themselves, and their users go then; close: they are "
             "closed as their users are sent away."},
    {.key = "followed",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct params, followed),
     .low = 0,
     .high = 1,
     .fallback = "0 %",
     .help =
         "The step is over when this share of its users has gone, as caches and connections "
         "let them; 0 %: as soon as all have been told."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    (void)node;
    ust_ramp_check(spec, &params->ramp);
}

static void scope(const void *from, struct ust_step_scope *out)
{
    const struct params *params = from;
    out->services = &params->services;
    out->users = params->users;
    out->shifts = true;
    out->closes = params->connections == CLOSE;
    out->follow = params->followed;
}

static struct ust_step_answer look(const void *from, const struct ust_step_view *view,
                                   struct ust_step_memory *memory)
{
    const struct params *params = from;
    ust_time age = view->now - view->began;
    struct ust_step_answer answer = {.moved = ust_ramp_share(&params->ramp, age),
                                     .next = ust_ramp_next(&params->ramp, age)};
    (void)memory;
    if (answer.next != UST_NEVER)
        answer.next += view->began;
    bool told = view->moved >= 1;
    if (answer.next == UST_NEVER &&
        (params->followed <= 0 || (told && view->followed >= params->followed)))
        answer.verdict = UST_STEP_OVER;
    return answer;
}

const struct ust_step_type ust_step_shift_traffic = {
    .kind = {.name = "shift_traffic",
             .help = "Users are sent to the standby, at once or little by little.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .scope = scope,
    .look = look,
};
