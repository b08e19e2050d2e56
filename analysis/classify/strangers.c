#include "analysis/classify/strangers.h"

#include <math.h>
#include <string.h>

#include "analysis/profile/learn.h"
#include "sim/base/detmath.h"
#include "sim/base/time.h"
#include "sim/rand/variate.h"

const struct ust_stranger_kind ust_stranger_kinds[UST_STRANGER_KINDS] = {
    {"shopper", false, 14, 0.8, 12, 1.2, 40e3, 1.0, {0.75, 0.15, 0.10}, 0.002},
    {"reader", false, 5, 0.7, 60, 1.5, 120e3, 1.2, {0.95, 0.05, 0.00}, 0.002},
    {"program", false, 60, 0.5, 1.0, 0.8, 3e3, 0.6, {0.05, 0.90, 0.05}, 0.010},
    {"scraper", true, 800, 1.0, 0.5, 0.1, 60e3, 1.0, {1.00, 0.00, 0.00}, 0.010},
    {"slow scraper", true, 400, 0.5, 6.0, 0.3, 60e3, 1.0, {1.00, 0.00, 0.00}, 0.005},
    {"flood", true, 3000, 1.0, 0.02, 1.0, 2e3, 0.3, {0.90, 0.00, 0.10}, 0.300},
    {"broken client", true, 200, 0.8, 1.0, 0.05, 300, 0.1, {0.00, 0.00, 1.00}, 1.000},
};

#define ACTIONS 3
static const char *const actions[ACTIONS] = {"browse", "search", "buy"};
/* How much paces and sizes differ between sessions of one kind, as a lognormal sigma. */
#define OWN_PACE 0.35

/* Lognormal of this mean and coefficient of variation. */
static double draw(struct ust_rng *rng, double mean, double cv)
{
    double variance = ust_log(1.0 + cv * cv);
    return mean * ust_exp(sqrt(variance) * ust_normal(rng) - variance / 2.0);
}

void ust_stranger_session(const struct ust_stranger_kind *kind, uint64_t user,
                          struct ust_rng *rng, struct ust_sessions *sessions)
{
    double at = ust_rng_unit(rng) * 7 * 86400;
    double pace = ust_exp(OWN_PACE * ust_normal(rng)),
           size = ust_exp(OWN_PACE * ust_normal(rng));
    uint32_t n = 1 + (uint32_t)draw(rng, kind->requests - 1, kind->requests_cv);
    for (uint32_t i = 0; i < n; i++) {
        struct ust_event event = {.user = user, .at = (int64_t)(at * 1e9), .zone_min = 0};
        for (int q = 0; q < UST_QUANTITIES; q++)
            event.quantity[q] = (double)NAN;
        event.quantity[UST_QUANTITY_BYTES] = size * draw(rng, kind->bytes, kind->bytes_cv);
        double u = ust_rng_unit(rng);
        event.action = u < kind->shares[0] ? 1 : u < kind->shares[0] + kind->shares[1] ? 2 : 3;
        event.failed = ust_rng_unit(rng) < kind->failed;
        ust_sessions_add(sessions, &event);
        double pause = pace * draw(rng, kind->pause_s, kind->pause_cv);
        at += fmin(pause, 1700.0); /* within a gap of half an hour: one session */
    }
}

/* ---- a trial ---- */

struct trial {
    struct ust_arena *arena;
    struct ust_names actions;
    struct ust_feature_plan plan;
    struct ust_learned learned;
    struct ust_rng rng;
    uint64_t user;
};

static struct ust_session_options options(void)
{
    return (struct ust_session_options){.gap = 30 * UST_MINUTE};
}

/* Half, a third and a sixth. */
static uint32_t kind_of(size_t i)
{
    return i % 6 < 3 ? 0 : i % 6 < 5 ? 1 : 2;
}

static bool learn(struct trial *t, size_t n, uint64_t seed)
{
    struct ust_session_options how = options();
    struct ust_sessions *sessions = ust_sessions_new(&how);
    struct ust_features features;
    struct ust_rows rows;
    const struct ust_learn_options learning = {.method = UST_LEARN_KINDS,
                                               .scale = UST_SCALE_ROBUST,
                                               .samples = 5,
                                               .seed = seed,
                                               .rows = &rows};
    for (size_t i = 0; i < n; i++)
        ust_stranger_session(&ust_stranger_kinds[kind_of(i)], t->user++, &t->rng, sessions);
    struct ust_session_list list = ust_sessions_end(sessions);
    ust_features_plan(&list, &t->actions, 0, t->arena, &t->plan);
    ust_features_apply(&t->plan, &list, &t->actions, t->arena, &features);
    ust_rows_make(&list, &t->actions, 0, t->arena, &rows);
    enum ust_cluster_status status = ust_learn(&features, &learning, t->arena, &t->learned);
    ust_sessions_free(sessions);
    return status == UST_CLUSTER_OK && t->learned.has_model;
}

/* What became of the sessions of one kind. */
struct given {
    uint64_t *to;                      /* each persona, and last none */
    struct ust_reliability *likeliest; /* personas * UST_RELIABILITY_BINS */
};

static void judge_kind(struct trial *t, struct ust_judge *judge, uint32_t kind, size_t n,
                       struct given *given)
{
    struct ust_session_options how = options();
    struct ust_sessions *sessions = ust_sessions_new(&how);
    for (size_t i = 0; i < n; i++)
        ust_stranger_session(&ust_stranger_kinds[kind], t->user++, &t->rng, sessions);
    struct ust_session_list list = ust_sessions_end(sessions);
    uint32_t k = t->learned.n;
    memset(given->to, 0, (k + 1) * sizeof *given->to);
    memset(given->likeliest, 0, k * UST_RELIABILITY_BINS * sizeof *given->likeliest);
    for (size_t i = 0; i < list.n; i++) {
        struct ust_answer answer;
        ust_judge_session(judge, &list.at[i], &answer);
        given->to[answer.persona == UST_NOISE ? k : answer.persona]++;
        double bin = fmin(answer.probability * UST_RELIABILITY_BINS, UST_RELIABILITY_BINS - 1);
        struct ust_reliability *of =
            &given->likeliest[answer.likeliest * UST_RELIABILITY_BINS + (uint32_t)bin];
        of->n++;
        of->said += answer.probability;
    }
    ust_sessions_free(sessions);
}

static void add_users(struct given *given, uint32_t personas, struct ust_strangers *out)
{
    uint32_t own = 0;
    for (uint32_t a = 0; a < personas; a++)
        own = given->to[a] > given->to[own] ? a : own;
    for (uint32_t a = 0; a <= personas; a++)
        out->users += given->to[a];
    out->alarms += given->to[personas];
    out->right += given->to[own];
    for (uint32_t a = 0; a < personas; a++) {
        struct ust_reliability *of = &given->likeliest[a * UST_RELIABILITY_BINS];
        for (int b = 0; b < UST_RELIABILITY_BINS; b++)
            of[b].right = a == own ? of[b].n : 0;
        ust_reliability_add(out->reliability, of);
    }
}

static void judge_all(struct trial *t, size_t judged, enum ust_gate gate, double level,
                      struct ust_strangers *out)
{
    uint32_t k = t->learned.n;
    struct given given = {
        ust_arena_alloc(t->arena, uint64_t, k + 1),
        ust_arena_alloc(t->arena, struct ust_reliability, (size_t)k * UST_RELIABILITY_BINS)};
    struct ust_profile_model model = {.gap = 30 * UST_MINUTE,
                                      .plan = t->plan,
                                      .scaling = t->learned.scaling,
                                      .mixture = t->learned.model,
                                      .tail = t->learned.tail,
                                      .temperature = t->learned.temperature};
    model.low = model.middle = model.high = ust_arena_alloc(t->arena, const double *, k);
    struct ust_judge judge = ust_judge_new(&model, &t->actions, gate, level, t->arena);
    const size_t parts[UST_STRANGER_USERS] = {judged / 2, judged / 3, judged / 6};
    out->personas = k;
    for (uint32_t kind = 0; kind < UST_STRANGER_USERS; kind++) {
        judge_kind(t, &judge, kind, parts[kind], &given);
        add_users(&given, k, out);
    }
    for (uint32_t kind = UST_STRANGER_USERS; kind < UST_STRANGER_KINDS; kind++) {
        judge_kind(t, &judge, kind, judged, &given);
        out->strangers[kind] = judged;
        out->found[kind] = given.to[k];
    }
}

bool ust_strangers_try(size_t learned, size_t judged, enum ust_gate gate, double level,
                       uint64_t seed, struct ust_strangers *out)
{
    struct trial t = {.arena = ust_arena_new()};
    *out = (struct ust_strangers){0};
    t.rng = ust_rng_derive(seed, 0, "classify/strangers");
    t.actions = ust_names_new(t.arena, UST_PROFILE_ACTIONS_MAX);
    for (int i = 0; i < ACTIONS; i++)
        ust_names_number(&t.actions, actions[i]);
    bool able = learn(&t, learned, seed);
    if (able)
        judge_all(&t, judged, gate, level, out);
    ust_arena_free(t.arena);
    return able;
}

void ust_reliability_add(struct ust_reliability *bins, const struct ust_reliability *more)
{
    for (int b = 0; b < UST_RELIABILITY_BINS; b++) {
        bins[b].n += more[b].n;
        bins[b].right += more[b].right;
        bins[b].said += more[b].said;
    }
}

double ust_calibration_error(const struct ust_reliability *bins)
{
    double error = 0.0, n = 0.0;
    for (int b = 0; b < UST_RELIABILITY_BINS; b++) {
        error += fabs(bins[b].said - (double)bins[b].right);
        n += (double)bins[b].n;
    }
    return n > 0.0 ? error / n : 0.0;
}
