/* A failure takes a token, an answer gives a part of one back, and while no more than half of
 * the tokens are left nothing is repeated (gRPC's retry throttling, proposal A6). A retry
 * itself costs nothing: what it comes to does. Failures of more than r / (1 + r) of the
 * attempts, r for the ratio, drain it for good: 9.1 % with a tenth. */
#include "models/client/budget.h"

/* Tokens are counted in thousandths, as gRPC does. */
#define TOKEN 1000

struct params {
    int64_t max_tokens;
    double token_ratio;
};

struct state {
    int64_t tokens;
};

static const struct ust_field fields[] = {
    {.key = "max_tokens",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct params, max_tokens),
     .low = 1,
     .high = 1000,
     .fallback = "10",
     .help =
         "Tokens at the beginning, and at most (maxTokens). gRPC has no default; 10 is that of "
         "its proposal's example."},
    {.key = "token_ratio",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct params, token_ratio),
     .low = 0.001,
     .high = 1000,
     .fallback = "0.1",
     .help =
         "What an answer gives back (tokenRatio), in whole thousandths. gRPC has no default; "
         "0.1 is that of its proposal's example."},
    {.key = NULL},
};

static void start(const void *from, void *state)
{
    ((struct state *)state)->tokens = ((const struct params *)from)->max_tokens * TOKEN;
}

static void ended(const void *from, void *state, ust_time now, bool good)
{
    const struct params *params = from;
    int64_t *tokens = &((struct state *)state)->tokens, most = params->max_tokens * TOKEN;
    (void)now;
    *tokens += good ? (int64_t)(params->token_ratio * TOKEN + 1e-6) : -TOKEN;
    *tokens = *tokens < 0 ? 0 : *tokens > most ? most : *tokens;
}

static bool allows(const void *from, void *state, const struct ust_budget_view *view)
{
    (void)view;
    return 2 * ((const struct state *)state)->tokens >
           ((const struct params *)from)->max_tokens * TOKEN;
}

const struct ust_budget_type ust_budget_failure_tokens = {
    .kind = {.name = "failure_tokens",
             .help =
                 "gRPC's retry throttling: a failure takes a token, an answer gives a part of "
                 "one back; nothing is repeated while half of the tokens or more are gone.",
             .params_size = sizeof(struct params),
             .fields = fields},
    .state_size = sizeof(struct state),
    .start = start,
    .ended = ended,
    .allows = allows,
};
