#include "models/world/load.h"

#include "models/arrival/plan.h"

/* ---- arrivals ---- */

static double counted(const struct ust_arrival_plan *plan, ust_time until)
{
    double sum = 0;
    for (uint64_t i = 0; i < plan->n; i++) {
        ust_time begin = (ust_time)i * plan->interval;
        if (begin >= until)
            break;
        double inside = (double)(until - begin) / (double)plan->interval;
        sum += (double)plan->counts[i] * (inside < 1 ? inside : 1);
    }
    return sum;
}

static double listed(const struct ust_arrival_plan *plan, ust_time until)
{
    uint64_t low = 0, high = plan->n;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (plan->instants[middle] < until)
            low = middle + 1;
        else
            high = middle;
    }
    return (double)low;
}

static double in_one_cycle(const struct ust_arrival_plan *plan, ust_time until)
{
    if (plan->kind == UST_PLAN_RATE)
        return ust_knots_mass(plan->knots, plan->knots_n, until);
    return plan->kind == UST_PLAN_COUNTS ? counted(plan, until) : listed(plan, until);
}

/* Expected before `until`. */
static double arrivals(const struct ust_arrival_plan *plan, ust_time until)
{
    if (plan->period <= 0 || until <= plan->period)
        return in_one_cycle(plan, until);
    ust_time cycles = until / plan->period;
    return (double)cycles * in_one_cycle(plan, plan->period) +
           in_one_cycle(plan, until - cycles * plan->period);
}

/* ---- what each brings ---- */

struct parts {
    struct ust_arena *arena;
    const struct ust_config *config;
    const struct ust_traffic_config *traffic;
    uint32_t target, n, capacity;
    struct ust_load_part *part;
};

static void add(struct parts *parts, double rate, const struct ust_dist *work)
{
    if (parts->n == parts->capacity) {
        uint32_t wanted = 2 * parts->capacity + 16;
        struct ust_load_part *more =
            ust_arena_alloc(parts->arena, struct ust_load_part, wanted);
        for (uint32_t i = 0; i < parts->n; i++)
            more[i] = parts->part[i];
        parts->part = more;
        parts->capacity = wanted;
    }
    parts->part[parts->n++] = (struct ust_load_part){parts->traffic, rate, work};
}

/* Services that call each other form a tree without a way back. */
static void follow_calls(struct parts *parts, uint32_t service, double rate)
{
    const struct ust_calls_config *calls = &parts->config->services[service].calls;
    for (uint32_t i = 0; i < calls->n; i++) {
        const struct ust_call_config *call = &calls->call[i];
        double called = rate * call->probability * call->count;
        if (call->service == parts->target)
            add(parts, called, &call->work);
        follow_calls(parts, call->service, called);
    }
}

/* For one arrival of a stream. */
static void follow(struct parts *parts, const struct ust_traffic_config *traffic)
{
    const struct ust_user_persona *persona = traffic->persona;
    double requests = traffic->sessions ? ust_dist_mean(&persona->session.requests) : 1;
    parts->traffic = traffic;
    for (uint32_t a = 0; a < traffic->actions_n && traffic->service == parts->target; a++)
        add(parts, requests * traffic->actions[a].share, &traffic->actions[a].work);
    follow_calls(parts, traffic->service, requests);
}

/* ---- the peak ---- */

static double work_at(const struct parts *parts, ust_time from, ust_time to)
{
    double sum = 0, seconds = ust_time_seconds(to - from);
    const struct ust_traffic_config *of = NULL;
    double rate = 0;
    for (uint32_t i = 0; i < parts->n; i++) {
        const struct ust_load_part *part = &parts->part[i];
        if (part->traffic != of) {
            of = part->traffic;
            rate = (arrivals(&of->arrivals, to) - arrivals(&of->arrivals, from)) / seconds;
        }
        sum += rate * part->rate * ust_dist_mean(part->work) / 1e9;
    }
    return sum;
}

void ust_load_peak(struct ust_arena *arena, const struct ust_config *config, uint32_t service,
                   ust_time from, ust_time to, struct ust_load *out)
{
    struct parts parts = {.arena = arena, .config = config, .target = service};
    *out = (struct ust_load){.at = from};
    for (uint32_t i = 0; i < config->traffic_n; i++)
        if (!config->traffic[i].synthetic)
            follow(&parts, &config->traffic[i]);
    ust_time length = to - from < UST_MINUTE ? to - from : UST_MINUTE;
    for (ust_time at = from; length > 0 && at + length <= to; at += length) {
        double work = work_at(&parts, at, at + length);
        if (work > out->work) {
            out->work = work;
            out->at = at;
        }
    }
    for (uint32_t i = 0; i < parts.n; i++) {
        const struct ust_arrival_plan *plan = &parts.part[i].traffic->arrivals;
        parts.part[i].rate *= (arrivals(plan, out->at + length) - arrivals(plan, out->at)) /
                              (length > 0 ? ust_time_seconds(length) : 1);
        out->rate += parts.part[i].rate;
    }
    out->part = parts.part;
    out->n = parts.n;
}
