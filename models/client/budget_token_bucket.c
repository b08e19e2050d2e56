/* Each call pays a part of a retry into a bucket, each retry takes a whole one out: far below
 * the rate of deposits failures are repeated as ever, far above it only that share of them is
 * (Brooker, "Fixing retries with token buckets and circuit breakers", 2022; the AWS SDKs
 * limit retries by the same means). */
#include "models/client/budget.h"

/* Tokens are counted in millionths, so that ten deposits of 0.1 are one retry. */
#define TOKEN 1e6

enum from { FROM_CALLS, FROM_ANSWERS };
static const char *const froms[] = {"calls", "answers", NULL};

struct params {
    double deposit, capacity, cost;
    int from;
    const struct ust_node *cost_node, *capacity_node;
};

struct state {
    int64_t tokens;
};

static const struct ust_field fields[] = {
    {.key = "deposit",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, deposit),
     .low = 0,
     .high = 1000,
     .fallback = "0.1",
     .help = "Tokens that are paid in each time."},
    {.key = "from",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct params, from),
     .choices = froms,
     .fallback = "calls",
     .help = "What pays. calls: every request, when it is sent for the first time; answers: "
             "every attempt that is answered without error."},
    {.key = "capacity",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, capacity),
     .low = 0,
     .high = 1e6,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "5",
     .given = offsetof(struct params, capacity_node) + 1,
     .help = "Tokens that the bucket holds; it begins full."},
    {.key = "cost",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, cost),
     .low = 0,
     .high = 1e6,
     .flags = UST_FIELD_LOW_OPEN,
     .fallback = "1",
     .given = offsetof(struct params, cost_node) + 1,
     .help = "Tokens that a retry takes; without so many there is none."},
    {.key = NULL},
};

static void check(struct ust_spec *spec, const void *from, const struct ust_node *node)
{
    const struct params *params = from;
    if (params->cost <= params->capacity)
        return;
    const struct ust_node *blamed = params->cost_node       ? params->cost_node
                                    : params->capacity_node ? params->capacity_node
                                                            : node;
    ust_diag_error(spec->diag, blamed->place,
                   "'cost' is %g, must not exceed 'capacity', %g: no retry could ever be paid",
                   params->cost, params->capacity);
}

static int64_t tokens(double number)
{
    return (int64_t)(number * TOKEN + 0.5);
}

static void start(const void *from, void *at)
{
    struct state *state = at;
    state->tokens = tokens(((const struct params *)from)->capacity);
}

static void pay(const struct params *params, struct state *state)
{
    int64_t most = tokens(params->capacity);
    state->tokens += tokens(params->deposit);
    state->tokens = state->tokens < most ? state->tokens : most;
}

static void called(const void *from, void *state)
{
    const struct params *params = from;
    if (params->from == FROM_CALLS)
        pay(params, state);
}

static void ended(const void *from, void *state, ust_time now, bool good)
{
    const struct params *params = from;
    (void)now;
    if (good && params->from == FROM_ANSWERS)
        pay(params, state);
}

static bool allows(const void *from, void *at, const struct ust_budget_view *view)
{
    struct state *state = at;
    int64_t cost = tokens(((const struct params *)from)->cost);
    (void)view;
    if (state->tokens < cost)
        return false;
    state->tokens -= cost;
    return true;
}

const struct ust_budget_type ust_budget_token_bucket = {
    .kind = {.name = "token_bucket",
             .help =
                 "Calls pay parts of a token into a bucket, a retry takes a whole one out; so "
                 "retries are at most that part of the calls, once the bucket is empty.",
             .params_size = sizeof(struct params),
             .fields = fields,
             .check = check},
    .state_size = sizeof(struct state),
    .start = start,
    .called = called,
    .ended = ended,
    .allows = allows,
};
