/* What the tests of whole scenarios share: one that is valid, and changes to it. */
#ifndef UST_TESTS_SCENARIO_HELP_H
#define UST_TESTS_SCENARIO_HELP_H

#include "models/world/scenario.h"
#include "tests/unit/spec_help.h"

static const char base[] =
    "understudy: 1\n"
    "name: t\n"
    "warmup: 1 min\n"
    "duration: 1 h\n"
    "personas:\n"
    "  - name: shopper\n"
    "    actions: {browse: {work: 10 ms}}\n"
    "    tolerance: {latency: 700 ms, errors: 2 %}\n"
    "    source: {how: assumed, note: test}\n"
    "regions:\n"
    "  us-east-1: {zones: 3, role: primary}\n"
    "  us-west-2: {zones: 3, role: standby}\n"
    "services:\n"
    "  web:\n"
    "    instance: {name: small, tuning: {slots: 4}, source: {how: assumed, note: test}}\n"
    "    health_check: {interval: 10 s}\n"
    "    pools:\n"
    "      us-east-1: {instances: 4, min: 2, max: 8}\n"
    "      us-west-2: 2\n"
    "traffic:\n"
    "  - {persona: shopper, service: web, arrivals: {kind: poisson, rate: 20 req/s}}\n"
    "routing:\n"
    "  policy: {kind: failover_order, order: [us-east-1, us-west-2]}\n"
    "  health_check: {interval: 10 s, timeout: 4 s}\n"
    "faults:\n"
    "  - {kind: region_loss, region: us-east-1, at: 10 min}\n"
    "objectives:\n"
    "  default: {rto: 3 min}\n";

struct world {
    struct ust_spec spec;
    struct ust_scenario *scenario;
};

static inline void world_open(struct world *world, const char *text)
{
    world->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    world->scenario = NULL;
    struct ust_node *root = ust_spec_read_text(&world->spec, "t.yaml", text, strlen(text));
    if (root != NULL)
        world->scenario = ust_scenario_decode(&world->spec, "t.yaml", root);
}

static inline void world_close(struct world *world)
{
    ust_diag_free(world->spec.diag);
    ust_arena_free(world->spec.arena);
}

/* The base with one piece replaced; the caller frees it. */
static inline char *with(const char *text, const char *old, const char *new)
{
    const char *at = strstr(text, old);
    assert_non_null(at);
    assert_null(strstr(at + 1, old)); /* a piece that occurs once */
    struct ust_text out = {0};
    ust_text_add_n(&out, text, (size_t)(at - text));
    ust_text_add(&out, new);
    ust_text_add(&out, at + strlen(old));
    return out.data;
}

static inline void show(const struct world *world)
{
    ust_diag_print(world->spec.diag, stderr, NULL);
}

/* The base with this change is refused, with exactly one message, at this place. */
static inline void refused_at(const char *old, const char *new, uint32_t line, uint32_t column,
                              const char *message)
{
    struct world world;
    char *text = with(base, old, new);
    world_open(&world, text);
    if (ust_diag_errors(world.spec.diag) != 1)
        show(&world);
    assert_null(world.scenario);
    assert_int_equal(ust_diag_errors(world.spec.diag), 1);
    const struct ust_diag_message *first = ust_diag_at(world.spec.diag, 0);
    assert_string_equal(first->text, message);
    assert_int_equal(first->place.line, line);
    assert_int_equal(first->place.column, column);
    world_close(&world);
    free(text);
}

static inline void world_with(struct world *world, const char *old, const char *new)
{
    char *text = old == NULL ? NULL : with(base, old, new);
    world_open(world, text == NULL ? base : text);
    if (world->scenario == NULL)
        show(world);
    assert_non_null(world->scenario);
    free(text);
}

#endif
