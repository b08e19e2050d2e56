#include "models/failover/plan.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/assert.h"
#include "sim/base/limits.h"

static const struct ust_step_common *common_of(const struct ust_plan_step *step)
{
    return step->kind.params;
}

static uint64_t bit(uint32_t step)
{
    return UINT64_C(1) << step;
}

/* ---- names and needs ---- */

static void name_steps(struct ust_spec *spec, struct ust_plan_step *steps, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_step_common *common = common_of(&steps[i]);
        const struct ust_node *node = common->name_node;
        steps[i].name = common->name != NULL ? common->name : steps[i].kind.kind->name;
        for (uint32_t k = 0; k < i; k++) {
            if (strcmp(steps[k].name, steps[i].name) != 0)
                continue;
            (void)ust_diag_error(
                spec->diag, node != NULL ? node->place : steps[i].kind.node->place,
                "two steps are called '%s'; give one of them a 'name'", steps[i].name);
            break;
        }
    }
}

static void bind_needs(struct ust_spec *spec, struct ust_plan_step *steps, uint32_t n,
                       uint32_t which)
{
    const struct ust_items *needs = &common_of(&steps[which])->needs;
    const char *const *name = needs->at;
    const char **known = ust_arena_alloc(spec->arena, const char *, n + 1);
    if (needs->node == NULL) {
        steps[which].needs = which > 0 ? bit(which - 1) : 0;
        return;
    }
    for (uint32_t i = 0; i < n; i++)
        known[i] = steps[i].name;
    const struct ust_node *at = ust_items_first(needs);
    for (uint32_t i = 0; i < needs->n; i++, at = at != NULL ? at->next : NULL) {
        uint32_t other = 0;
        while (other < n && strcmp(steps[other].name, name[i]) != 0)
            other++;
        struct ust_place place = at != NULL ? at->place : needs->node->place;
        if (other == n)
            (void)ust_spec_unknown(spec, place, "step", name[i], known, n);
        else
            steps[which].needs |= bit(other);
    }
}

/* ---- cycles ---- */

struct walk {
    const struct ust_plan_step *steps;
    uint32_t n;
    uint32_t path[UST_STEPS_MAX + 1], length;
    uint64_t done;
};

/* Follows needs from `step` on; true: the path ends where a cycle closes. */
static bool closes(struct walk *walk, uint32_t step)
{
    if (walk->done & bit(step))
        return false;
    for (uint32_t i = 0; i < walk->length; i++) {
        if (walk->path[i] != step)
            continue;
        memmove(walk->path, walk->path + i, (walk->length - i) * sizeof *walk->path);
        walk->length -= i;
        return true;
    }
    walk->path[walk->length++] = step;
    for (uint32_t other = 0; other < walk->n; other++)
        if ((walk->steps[step].needs & bit(other)) && closes(walk, other))
            return true;
    walk->length--;
    walk->done |= bit(step);
    return false;
}

static void refuse_cycles(struct ust_spec *spec, const struct ust_plan_step *steps, uint32_t n)
{
    struct walk walk = {.steps = steps, .n = n};
    for (uint32_t i = 0; i < n; i++) {
        walk.length = 0;
        if (!closes(&walk, i))
            continue;
        struct ust_text text = {0};
        ust_text_printf(&text, "'%s'", steps[walk.path[0]].name);
        for (uint32_t k = 1; k <= walk.length; k++) {
            ust_text_printf(&text, k == 1 ? " needs '%s'" : ", which needs '%s'",
                            steps[walk.path[k % walk.length]].name);
            walk.done |= bit(walk.path[k % walk.length]); /* one message a cycle */
        }
        const struct ust_node *blamed = common_of(&steps[walk.path[0]])->needs.node;
        (void)ust_diag_error(
            spec->diag, blamed != NULL ? blamed->place : steps[walk.path[0]].kind.node->place,
            "%s: none of them can begin", ust_text_string(&text));
        ust_text_free(&text);
    }
}

static void check_common(struct ust_spec *spec, const struct ust_plan_step *step)
{
    const struct ust_step_common *common = common_of(step);
    if (common->on_limit_node != NULL && common->on_limit != UST_LIMIT_PAGE &&
        common->limit ==
            UST_NEVER) /* its default may stand there, as in what a run remembers */
        (void)ust_diag_error(spec->diag, common->on_limit_node->key_place,
                             "'on_limit' says nothing without a 'limit'");
}

enum ust_status ust_plan_bind(struct ust_spec *spec, const struct ust_items *kinds,
                              struct ust_plan *out)
{
    unsigned errors = ust_diag_errors(spec->diag);
    const struct ust_variant *kind = kinds->at;
    struct ust_plan_step *steps =
        ust_arena_alloc(spec->arena, struct ust_plan_step, kinds->n + 1);
    *out = (struct ust_plan){.steps = steps, .n = kinds->n};
    UST_ASSERT(kinds->n <= UST_STEPS_MAX);
    for (uint32_t i = 0; i < kinds->n; i++) {
        if (kind[i].kind == NULL || kind[i].params == NULL)
            return UST_INVALID; /* an unknown kind: whoever needs it is no news */
        steps[i].kind = kind[i];
    }
    name_steps(spec, steps, kinds->n);
    for (uint32_t i = 0; i < kinds->n; i++) {
        bind_needs(spec, steps, kinds->n, i);
        check_common(spec, &steps[i]);
    }
    refuse_cycles(spec, steps, kinds->n);
    return ust_diag_errors(spec->diag) > errors ? UST_INVALID : UST_OK;
}

/* ---- a run ---- */

static struct ust_rng stream(uint64_t seed, uint32_t replication, const char *step,
                             const char *purpose)
{
    char name[512];
    snprintf(name, sizeof name, "failover/%s/%s", step, purpose);
    return ust_rng_derive(seed, replication, name);
}

void ust_plan_make(struct ust_plan_run *run, const struct ust_plan *plan,
                   struct ust_arena *arena, uint64_t seed, uint32_t replication)
{
    *run = (struct ust_plan_run){.plan = plan,
                                 .step = ust_arena_alloc(arena, struct ust_step_run, plan->n)};
    for (uint32_t i = 0; i < plan->n; i++) {
        const char *name = plan->steps[i].name;
        run->step[i].approval = stream(seed, replication, name, "approval");
        run->step[i].page = stream(seed, replication, name, "page");
        run->step[i].own = stream(seed, replication, name, "own");
    }
}

void ust_plan_trigger(struct ust_plan_run *run, ust_time now, bool planned,
                      const struct ust_plan_world *world)
{
    if (run->state == UST_PLAN_RUNS)
        run->planned &= planned;
    if (run->state != UST_PLAN_READY)
        return;
    run->state = UST_PLAN_RUNS;
    run->planned = planned;
    run->began = now;
    for (uint32_t i = 0; i < run->plan->n; i++) {
        struct ust_step_run *step = &run->step[i];
        step->state = UST_STEP_WAITS;
        step->late = false;
        step->paged = step->next = UST_NEVER;
        step->memory = (struct ust_step_memory){0};
    }
    world->tell(world->owner, "failover_begin", run->plan->n, 0);
}

static struct ust_step_view view_of(const struct ust_plan_run *run, uint32_t number,
                                    ust_time now, const struct ust_plan_world *world)
{
    struct ust_step_view view = {.now = now,
                                 .began = run->step[number].began,
                                 .planned = run->planned,
                                 .assumed = true,
                                 .ready = 1,
                                 .followed = 1,
                                 .indicator = __builtin_nan("")};
    world->see(world->owner, number, &view);
    return view;
}

static bool is_over(const struct ust_plan_run *run)
{
    for (uint32_t i = 0; i < run->plan->n; i++)
        if (run->step[i].state != UST_STEP_DONE)
            return false;
    return true;
}

static bool returns(const struct ust_plan_run *run)
{
    for (uint32_t i = 0; i < run->plan->n; i++) {
        const struct ust_variant *kind = &run->plan->steps[i].kind;
        struct ust_step_scope scope = {0};
        if (ust_step_of(kind->kind)->scope != NULL)
            ust_step_of(kind->kind)->scope(kind->params, &scope);
        if (scope.returns)
            return true;
    }
    return false;
}

static void stop(struct ust_plan_run *run, enum ust_plan_state state, const char *event,
                 const struct ust_plan_world *world)
{
    run->state = state;
    for (uint32_t i = 0; i < run->plan->n; i++)
        if (run->step[i].state == UST_STEP_RUNS || run->step[i].state == UST_STEP_ASKS)
            world->tell(world->owner, "step_stopped", i, 0);
    world->tell(world->owner, event, run->plan->n, 0);
}

static void finish(struct ust_plan_run *run, uint32_t number, ust_time now,
                   const struct ust_plan_world *world)
{
    struct ust_step_run *step = &run->step[number];
    bool ran = step->state == UST_STEP_RUNS;
    step->state = UST_STEP_DONE;
    if (ran)
        world->end(world->owner, number);
    world->tell(world->owner, "step_end", number, now - step->due);
}

/* ---- one step ---- */

static void start(struct ust_plan_run *run, uint32_t number, ust_time now,
                  const struct ust_plan_world *world)
{
    const struct ust_plan_step *of = &run->plan->steps[number];
    const struct ust_step_type *type = ust_step_of(of->kind.kind);
    struct ust_step_run *step = &run->step[number];
    step->state = UST_STEP_RUNS;
    step->began = now;
    world->begin(world->owner, number);
    struct ust_step_view view = view_of(run, number, now, world);
    if (type->begin != NULL)
        type->begin(of->kind.params, &view, &step->own, &step->memory);
}

static bool needs_are_over(const struct ust_plan_run *run, uint32_t number)
{
    for (uint32_t i = 0; i < run->plan->n; i++)
        if ((run->plan->steps[number].needs & bit(i)) && run->step[i].state != UST_STEP_DONE)
            return false;
    return true;
}

static void enter(struct ust_plan_run *run, uint32_t number, ust_time now,
                  const struct ust_plan_world *world)
{
    const struct ust_step_common *common = common_of(&run->plan->steps[number]);
    struct ust_step_run *step = &run->step[number];
    step->due = now;
    world->tell(world->owner, "step_begin", number, 0);
    if (common->approval.type == NULL) {
        start(run, number, now, world);
        return;
    }
    step->state = UST_STEP_ASKS;
    step->approved = now + ust_dist_time(&common->approval, &step->approval);
}

static void pass_limit(struct ust_plan_run *run, uint32_t number, ust_time now,
                       const struct ust_plan_world *world)
{
    const struct ust_step_common *common = common_of(&run->plan->steps[number]);
    struct ust_step_run *step = &run->step[number];
    step->late = true;
    world->tell(world->owner, "step_limit", number, now - step->due);
    if (common->on_limit == UST_LIMIT_ABORT)
        stop(run, UST_PLAN_ABORTED, "failover_aborted", world);
    else if (common->on_limit == UST_LIMIT_CONTINUE)
        finish(run, number, now, world);
    else
        step->paged = now + ust_dist_time(&common->page, &step->page);
}

static void obey(struct ust_plan_run *run, uint32_t number, ust_time now,
                 const struct ust_step_answer *answer, const struct ust_plan_world *world)
{
    switch (answer->verdict) {
    case UST_STEP_GOES_ON:
        return;
    case UST_STEP_OVER:
        finish(run, number, now, world);
        return;
    case UST_STEP_CALLED_OFF:
        world->roll_back(world->owner);
        stop(run, UST_PLAN_READY, "failover_called_off", world);
        return;
    case UST_STEP_ABORTS:
        stop(run, UST_PLAN_ABORTED, "failover_aborted", world);
        return;
    case UST_STEP_ROLLS_BACK:
        world->roll_back(world->owner);
        stop(run, UST_PLAN_READY, "failover_rolled_back", world);
        return;
    }
}

static void run_step(struct ust_plan_run *run, uint32_t number, ust_time now,
                     const struct ust_plan_world *world)
{
    const struct ust_plan_step *of = &run->plan->steps[number];
    struct ust_step_view view = view_of(run, number, now, world);
    struct ust_step_run *step = &run->step[number];
    struct ust_step_answer answer =
        ust_step_of(of->kind.kind)->look(of->kind.params, &view, &step->memory);
    step->next = answer.next;
    world->act(world->owner, number, &answer);
    obey(run, number, now, &answer, world);
}

static bool limit_passed(const struct ust_plan_run *run, uint32_t number, ust_time now)
{
    const struct ust_step_common *common = common_of(&run->plan->steps[number]);
    const struct ust_step_run *step = &run->step[number];
    return !step->late && common->limit != UST_NEVER && now >= step->due + common->limit;
}

/* Whatever is possible now. A step that is over just when its limit passes is in time. */
static void advance(struct ust_plan_run *run, uint32_t number, ust_time now,
                    const struct ust_plan_world *world)
{
    struct ust_step_run *step = &run->step[number];
    if (step->state == UST_STEP_WAITS && needs_are_over(run, number))
        enter(run, number, now, world);
    if (step->state == UST_STEP_ASKS && (now >= step->approved || now >= step->paged)) {
        world->tell(world->owner, "step_approved", number, now - step->due);
        step->paged = UST_NEVER;
        start(run, number, now, world);
    }
    if (step->state == UST_STEP_RUNS)
        run_step(run, number, now, world);
    if (run->state != UST_PLAN_RUNS)
        return;
    bool open = step->state == UST_STEP_ASKS || step->state == UST_STEP_RUNS;
    if (open && limit_passed(run, number, now))
        pass_limit(run, number, now, world);
    if (step->state == UST_STEP_RUNS && now >= step->paged)
        finish(run, number, now, world);
}

static ust_time sooner(ust_time a, ust_time b)
{
    return a < b ? a : b;
}

static ust_time next_look(const struct ust_plan_run *run)
{
    ust_time next = UST_NEVER;
    for (uint32_t i = 0; i < run->plan->n; i++) {
        const struct ust_step_common *common = common_of(&run->plan->steps[i]);
        const struct ust_step_run *step = &run->step[i];
        if (step->state != UST_STEP_ASKS && step->state != UST_STEP_RUNS)
            continue;
        next = sooner(next, step->state == UST_STEP_ASKS ? step->approved : step->next);
        next = sooner(next, step->paged);
        if (!step->late && common->limit != UST_NEVER)
            next = sooner(next, step->due + common->limit);
    }
    return next;
}

/* Steps that are over, so that others may begin. */
static uint32_t count_done(const struct ust_plan_run *run)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < run->plan->n; i++)
        n += run->step[i].state == UST_STEP_DONE;
    return n;
}

ust_time ust_plan_look(struct ust_plan_run *run, ust_time now,
                       const struct ust_plan_world *world)
{
    uint32_t done;
    if (run->state != UST_PLAN_RUNS)
        return UST_NEVER;
    do {
        done = count_done(run);
        for (uint32_t i = 0; i < run->plan->n && run->state == UST_PLAN_RUNS; i++)
            advance(run, i, now, world);
    } while (run->state == UST_PLAN_RUNS && count_done(run) > done);
    if (run->state != UST_PLAN_RUNS)
        return UST_NEVER;
    if (is_over(run)) {
        stop(run, returns(run) ? UST_PLAN_READY : UST_PLAN_OVER, "failover_end", world);
        return UST_NEVER;
    }
    return next_look(run);
}
