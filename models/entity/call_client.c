/* Budgets of retries and copies, as each instance that calls keeps them (calls.h). */
#include "models/entity/pool.h"

static const struct ust_variant *retry_budget(const struct ust_call_edge *edge)
{
    return &ust_retry_common_of(&edge->config->retries)->budget;
}

static const struct ust_variant *copy_budget(const struct ust_call_edge *edge)
{
    return &edge->config->hedge->budget;
}

static void *state_of(unsigned char *states, const struct ust_variant *budget, uint32_t client)
{
    return states + client * ust_budget_of(budget->kind)->state_size;
}

static void called(unsigned char *states, const struct ust_variant *budget, uint32_t client)
{
    const struct ust_budget_type *type = ust_budget_of(budget->kind);
    if (type->called != NULL)
        type->called(budget->params, state_of(states, budget, client));
}

static void ended(unsigned char *states, const struct ust_variant *budget, uint32_t client,
                  ust_time now, bool good)
{
    const struct ust_budget_type *type = ust_budget_of(budget->kind);
    if (type->ended != NULL)
        type->ended(budget->params, state_of(states, budget, client), now, good);
}

static bool allows(unsigned char *states, const struct ust_variant *budget, uint32_t client,
                   const struct ust_budget_view *view)
{
    return ust_budget_of(budget->kind)
        ->allows(budget->params, state_of(states, budget, client), view);
}

void ust_call_client_begins(struct ust_call_edge *edge, const struct ust_call *call)
{
    if (edge->clients == NULL)
        return;
    edge->clients[call->client].requests++;
    if (call->sends > 0)
        return;
    if (edge->budgets != NULL)
        called(edge->budgets, retry_budget(edge), call->client);
    if (edge->copy_budgets != NULL)
        called(edge->copy_budgets, copy_budget(edge), call->client);
}

void ust_call_client_ends(struct ust_model *model, struct ust_call_edge *edge,
                          const struct ust_call *call, bool good)
{
    if (edge->clients == NULL)
        return;
    struct ust_call_client *client = &edge->clients[call->client];
    client->requests--;
    client->retries -= call->sends > 1;
    client->copies -= call->copies > 1 ? call->copies - 1u : 0;
    if (edge->budgets != NULL)
        ended(edge->budgets, retry_budget(edge), call->client, model->engine.now, good);
    if (edge->copy_budgets != NULL)
        ended(edge->copy_budgets, copy_budget(edge), call->client, model->engine.now, good);
}

bool ust_call_client_repeats(struct ust_model *model, struct ust_call_edge *edge,
                             const struct ust_call *call)
{
    if (edge->clients == NULL)
        return true;
    struct ust_call_client *client = &edge->clients[call->client];
    const struct ust_budget_view view = {model->engine.now, client->requests, client->retries};
    if (edge->budgets != NULL &&
        !allows(edge->budgets, retry_budget(edge), call->client, &view))
        return false;
    client->retries++;
    return true;
}

bool ust_call_client_copies(struct ust_model *model, struct ust_call_edge *edge,
                            const struct ust_call *call)
{
    if (edge->clients == NULL)
        return true;
    struct ust_call_client *client = &edge->clients[call->client];
    const struct ust_budget_view view = {model->engine.now, client->requests, client->copies};
    if (edge->copy_budgets != NULL &&
        !allows(edge->copy_budgets, copy_budget(edge), call->client, &view))
        return false;
    client->copies++;
    return true;
}

void ust_call_client_rests(struct ust_call_edge *edge, const struct ust_call *call)
{
    if (edge->clients != NULL)
        edge->clients[call->client].retries--;
}

static unsigned char *make_states(struct ust_model *model, const struct ust_variant *budget,
                                  uint32_t n)
{
    const struct ust_budget_type *type = ust_budget_of(budget->kind);
    unsigned char *states =
        ust_arena_bytes(model->arena, n, type->state_size + (type->state_size == 0));
    for (uint32_t i = 0; i < n && type->start != NULL; i++)
        type->start(budget->params, state_of(states, budget, i));
    return states;
}

void ust_call_client_make(struct ust_model *model, const struct ust_pool *pool,
                          struct ust_call_edge *edge)
{
    const struct ust_retry_common *retries = ust_retry_common_of(&edge->config->retries);
    const struct ust_hedge *hedge = edge->config->hedge;
    uint32_t n = pool->instances_max;
    edge->retry_on = retries == NULL ? 0 : ust_retry_mask(retries);
    if (retries != NULL && retries->budget.kind != NULL)
        edge->budgets = make_states(model, &retries->budget, n);
    if (hedge != NULL && hedge->budget.kind != NULL)
        edge->copy_budgets = make_states(model, &hedge->budget, n);
    if (edge->budgets != NULL || edge->copy_budgets != NULL)
        edge->clients = ust_arena_alloc(model->arena, struct ust_call_client, n);
    if (hedge != NULL)
        edge->delay = ust_hedge_delay_make(model->arena, hedge);
}
