/* Clients with a memory: how they begin. */
#include <stdio.h>

#include "models/entity/caller.h"

static void make_caller(struct ust_model *model, const struct ust_callers *callers,
                        struct ust_caller *caller)
{
    const struct ust_client_rules *rules = callers->rules;
    *caller = (struct ust_caller){.head = UST_NONE, .tail = UST_NONE};
    if (callers->breaks)
        caller->breaker_state = ust_arena_alloc(
            model->arena, uint64_t, ust_breaker_of(rules->breaker.kind)->state_size / 8 + 1);
    if (rules->throttle.node != NULL)
        caller->throttle = ust_arena_alloc(model->arena, struct ust_recent, 1);
    if (callers->retry_budget != NULL) {
        caller->retry_state =
            ust_arena_alloc(model->arena, uint64_t, callers->retry_budget->state_size / 8 + 1);
        if (callers->retry_budget->start != NULL)
            callers->retry_budget->start(callers->retry_params, caller->retry_state);
    }
    if (callers->hedge_budget != NULL) {
        caller->hedge_state =
            ust_arena_alloc(model->arena, uint64_t, callers->hedge_budget->state_size / 8 + 1);
        if (callers->hedge_budget->start != NULL)
            callers->hedge_budget->start(callers->hedge_params, caller->hedge_state);
    }
}

static struct ust_rng stream(struct ust_model *model, const struct ust_traffic *traffic,
                             const char *purpose)
{
    char name[512];
    snprintf(name, sizeof name, "%s/client/%s", traffic->config->path, purpose);
    return ust_rng_derive(model->config->seed, model->replication, name);
}

static void make_callers(struct ust_model *model, struct ust_traffic *traffic,
                         const struct ust_variant *retry_budget)
{
    const struct ust_client_rules *rules = &traffic->config->persona->client;
    struct ust_callers *callers = ust_arena_alloc(model->arena, struct ust_callers, 1);
    callers->rules = rules;
    callers->processes = rules->processes > 0 ? (uint32_t)rules->processes : 1;
    callers->scopes = rules->per == UST_PER_REGION ? model->config->regions_n : 1;
    callers->breaks = rules->breaker.kind != NULL;
    callers->hedges = rules->hedge.node != NULL;
    if (retry_budget != NULL && retry_budget->kind != NULL) {
        callers->retry_budget = ust_budget_of(retry_budget->kind);
        callers->retry_params = retry_budget->params;
    }
    if (callers->hedges && rules->hedge.budget.kind != NULL) {
        callers->hedge_budget = ust_budget_of(rules->hedge.budget.kind);
        callers->hedge_params = rules->hedge.budget.params;
    }
    callers->choose = stream(model, traffic, "process");
    callers->throttle = stream(model, traffic, "throttle");
    callers->work = stream(model, traffic, "hedge");
    if (callers->hedges)
        callers->delay = ust_hedge_delay_make(model->arena, &rules->hedge);
    uint32_t n = callers->processes * callers->scopes;
    callers->at = ust_arena_alloc(model->arena, struct ust_caller, n);
    for (uint32_t i = 0; i < n; i++)
        make_caller(model, callers, &callers->at[i]);
    traffic->callers = callers;
}

void ust_caller_start(struct ust_model *model)
{
    model->on.release = ust_engine_handler(&model->engine, ust_caller_on_release, model);
    for (uint32_t i = 0; i < model->config->traffic_n; i++) {
        struct ust_traffic *traffic = &model->traffic[i];
        const struct ust_user_persona *persona = traffic->config->persona;
        const struct ust_client_rules *rules = &persona->client;
        const struct ust_retry_common *retries =
            ust_retry_common_of(&persona->tolerance.retries);
        const struct ust_variant *budget = retries == NULL ? NULL : &retries->budget;
        bool budgets = budget != NULL && budget->kind != NULL;
        if (budgets || rules->breaker.kind != NULL || rules->throttle.node != NULL ||
            rules->limits.node != NULL || rules->hedge.node != NULL)
            make_callers(model, traffic, budget);
    }
    ust_hedge_start(model);
}
