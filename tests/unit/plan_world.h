/* Failover plans without a simulation: a world that sees what the test says and writes down
 * what is done, and a clock that jumps to wherever the plan wants to look next. */
#ifndef UST_TESTS_UNIT_PLAN_WORLD_H
#define UST_TESTS_UNIT_PLAN_WORLD_H

#include "models/failover/plan.h"
#include "sim/base/limits.h"
#include "tests/unit/policy.h"

#define MOMENTS_MAX 200

struct world {
    struct ust_spec spec;
    struct ust_plan plan;
    struct ust_plan_run run;
    struct ust_plan_world world;
    enum ust_status status;
    ust_time now;
    struct {
        ust_time at;
        const char *event;
        uint32_t step;
    } moment[MOMENTS_MAX];
    uint32_t moments_n;
    double moved, indicator, ready;
    bool lost, rolled_back, promoting, assumed;
    ust_time since, lag;
};

static inline void see(void *owner, uint32_t step, struct ust_step_view *view)
{
    const struct world *world = owner;
    (void)step;
    view->lost = world->lost;
    view->since = world->since;
    view->moved = world->moved;
    view->indicator = world->indicator;
    view->ready = world->ready;
    view->lag = world->lag;
    view->promoting = world->promoting;
    view->assumed = world->assumed;
}

static inline void nothing(void *owner, uint32_t step)
{
    (void)owner;
    (void)step;
}

static inline void act(void *owner, uint32_t step, const struct ust_step_answer *answer)
{
    struct world *world = owner;
    (void)step;
    if (answer->moved >= 0)
        world->moved = answer->moved;
}

static inline void roll_back(void *owner)
{
    struct world *world = owner;
    world->rolled_back = true;
    world->moved = 0;
}

static inline void tell(void *owner, const char *event, uint32_t step, ust_time took)
{
    struct world *world = owner;
    (void)took;
    assert_in_range(world->moments_n, 0, MOMENTS_MAX - 1);
    world->moment[world->moments_n].at = world->now;
    world->moment[world->moments_n].event = event;
    world->moment[world->moments_n++].step = step;
}

/* `steps`: the lines of a list. */
static inline struct world *world_try(const char *steps, uint32_t replication)
{
    static const struct ust_field fields[] = {
        {.key = "steps",
         .kind = UST_FIELD_LIST,
         .unit = UST_FIELD_VARIANT,
         .offset = 0,
         .registry = &ust_step_registry,
         .size = sizeof(struct ust_variant),
         .high = UST_STEPS_MAX,
         .flags = UST_FIELD_REQUIRED},
        {.key = NULL},
    };
    struct world *world = calloc(1, sizeof *world);
    struct ust_items kinds = {0};
    char *text = NULL;
    world->spec = (struct ust_spec){.arena = ust_arena_new(), .diag = ust_diag_new()};
    assert_true(asprintf(&text, "steps:\n%s", steps) > 0);
    struct ust_node *root = ust_spec_read_text(&world->spec, "test.yaml", text, strlen(text));
    free(text);
    assert_non_null(root);
    world->status = ust_spec_decode(&world->spec, root, fields, &kinds);
    if (world->status == UST_OK)
        world->status = ust_plan_bind(&world->spec, &kinds, &world->plan);
    if (world->status != UST_OK)
        return world;
    world->world = (struct ust_plan_world){world, see, nothing, act, nothing, roll_back, tell};
    world->lost = true;
    world->ready = 1;
    world->assumed = true;
    ust_plan_make(&world->run, &world->plan, world->spec.arena, 5, replication);
    return world;
}

static inline struct world *world_new(const char *steps)
{
    struct world *world = world_try(steps, 1);
    if (world->status != UST_OK)
        ust_diag_print(world->spec.diag, stderr, NULL);
    assert_int_equal(world->status, UST_OK);
    return world;
}

static inline void world_free(struct world *world)
{
    ust_diag_free(world->spec.diag);
    ust_arena_free(world->spec.arena);
    free(world);
}

/* Until `end`, or until nothing more will happen by itself. */
static inline void go(struct world *world, ust_time end)
{
    for (;;) {
        ust_time next = ust_plan_look(&world->run, world->now, &world->world);
        assert_true(next > world->now);
        if (next > end || next == UST_NEVER)
            break;
        world->now = next;
    }
    if (end != UST_NEVER)
        world->now = end;
}

static inline void begin(struct world *world, bool planned)
{
    world->since = world->now;
    ust_plan_trigger(&world->run, world->now, planned, &world->world);
}

/* In seconds; -1: it did not happen. */
static inline double when(const struct world *world, const char *event, const char *step)
{
    for (uint32_t i = 0; i < world->moments_n; i++) {
        const char *name = world->moment[i].step < world->plan.n
                               ? world->plan.steps[world->moment[i].step].name
                               : "";
        if (strcmp(world->moment[i].event, event) == 0 && strcmp(name, step) == 0)
            return (double)world->moment[i].at / 1e9;
    }
    return -1;
}

#define AT(event, step, seconds) CHECK_NEAR(when(world, event, step), seconds, 1e-9)

static inline void refuses(const char *steps, uint32_t number, unsigned line,
                           const char *message)
{
    struct world *world = world_try(steps, 1);
    const struct ust_diag_message *found = ust_diag_at(world->spec.diag, number);
    assert_int_equal(world->status, UST_INVALID);
    assert_non_null(found);
    assert_string_equal(found->text, message);
    assert_int_equal(found->place.line, line);
    world_free(world);
}

#endif
