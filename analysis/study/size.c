#include "analysis/study/size.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/stats/stats.h"
#include "sim/rand/rng.h"

/* Fewer say too little to give a candidate up. */
#define FIRST_LOOK 10

uint32_t ust_size_least_proof(double ready_p, double confidence)
{
    for (uint32_t n = 1; n <= UST_REPLICATIONS_MAX; n++)
        if (ust_stats_wilson(n, n, confidence).low >= ready_p)
            return n;
    return 0;
}

/* ---- candidates ---- */

const char *ust_size_text(const struct ust_size *size, const uint32_t *level)
{
    struct ust_text text = {0};
    for (uint32_t i = 0; i < size->varied.n; i++)
        ust_text_printf(&text, "%s%s", i > 0 ? ", " : "",
                        ust_vary_text(size->arena, &size->varied.vary[i], level[i]));
    const char *out = ust_arena_text(size->arena, ust_text_string(&text));
    ust_text_free(&text);
    return out;
}

static int compare(const struct ust_size *size, const struct ust_size_point *point,
                   const uint32_t *level, uint32_t attempt)
{
    if (point->attempt != attempt)
        return point->attempt < attempt ? -1 : 1;
    for (uint32_t i = 0; i < size->varied.n; i++)
        if (point->level[i] != level[i])
            return point->level[i] < level[i] ? -1 : 1;
    return 0;
}

const struct ust_size_point *ust_size_at(const struct ust_size *size, const uint32_t *level,
                                         uint32_t attempt)
{
    for (uint32_t i = 0; i < size->points_n; i++)
        if (compare(size, size->point[i], level, attempt) == 0)
            return size->point[i];
    return NULL;
}

static void remember(struct ust_size *size, struct ust_size_point *point)
{
    if (size->points_n == size->points_capacity) {
        uint32_t wanted = 2 * size->points_capacity + 32;
        struct ust_size_point **more =
            ust_arena_alloc(size->arena, struct ust_size_point *, wanted);
        if (size->points_n > 0)
            memcpy(more, size->point, size->points_n * sizeof(struct ust_size_point *));
        size->point = more;
        size->points_capacity = wanted;
    }
    uint32_t at = size->points_n++;
    while (at > 0 && compare(size, size->point[at - 1], point->level, point->attempt) > 0) {
        size->point[at] = size->point[at - 1];
        at--;
    }
    size->point[at] = point;
}

/* ---- when a candidate has been replicated enough ---- */

enum until {
    UNTIL_DECIDED,          /* the curve: READY or NOT READY */
    WHILE_IT_CAN_BE_READY,  /* a confirmation, as long as all of them could still confirm */
    WHILE_IT_CAN_BE_EITHER, /* one fewer: as long as all of them might not show NOT READY */
};

struct sampler {
    struct ust_readiness_settings settings;
    enum until until;
    uint32_t next, most, proof;
};

static uint32_t ready_of(const struct ust_readiness_result *result)
{
    uint32_t ready = 0;
    for (uint32_t i = 0; i < result->n; i++)
        ready += result->ready[i];
    return ready;
}

/* What the fixed number of replications will say is certain before the last of them: that does
 * not touch how often it errs. */
static bool ends(const struct sampler *sampler, const struct ust_readiness_result *result)
{
    if (sampler->until == UNTIL_DECIDED)
        return result->verdict != UST_UNDECIDED;
    uint32_t failed = result->n - ready_of(result);
    struct ust_interval best =
        ust_stats_wilson(sampler->most - failed, sampler->most, sampler->settings.confidence);
    if (sampler->until == WHILE_IT_CAN_BE_READY)
        return best.low < sampler->settings.ready_p;
    return best.high < sampler->settings.ready_p;
}

static enum ust_status enough(void *context, struct ust_store *store, uint32_t n, bool *is)
{
    struct sampler *sampler = context;
    *is = false;
    if (n < sampler->next)
        return UST_OK;
    struct ust_readiness_result result;
    UST_TRY(ust_readiness_compute(store, &sampler->settings, &result));
    *is = ends(sampler, &result);
    ust_readiness_free(&result);
    /* A look reads all that is stored: so twice as many, until READY is in reach, then a
     * quarter more. */
    sampler->next = n < sampler->proof ? 2 * n : n + n / 4 + 1;
    if (n < sampler->proof && sampler->next > sampler->proof)
        sampler->next = sampler->proof;
    return UST_OK;
}

/* ---- one of them ---- */

static const char *why_of(struct ust_arena *arena, const struct ust_readiness_result *result)
{
    struct ust_text text = {0};
    ust_readiness_why(result, 1, "", &text);
    const char *line = ust_text_string(&text);
    static const char lead[] = "why: ";
    if (strncmp(line, lead, sizeof lead - 1) == 0)
        line += sizeof lead - 1;
    const char *out = ust_arena_text_n(arena, line, strcspn(line, "\n"));
    ust_text_free(&text);
    return out;
}

static enum ust_status read_point(struct ust_size *size, struct ust_store *store,
                                  const struct sampler *sampler, struct ust_size_point *point)
{
    struct ust_readiness_result result;
    UST_TRY(ust_readiness_compute(store, &sampler->settings, &result));
    point->n = result.n;
    point->ready = ready_of(&result);
    point->verdict = result.verdict;
    point->confidence = sampler->settings.confidence;
    point->readiness = result.readiness;
    point->p_ready = result.p_ready;
    point->why = why_of(size->arena, &result);
    enum ust_status status =
        ust_size_measure(store, result.fault ? result.onset_s : -1.0, result.horizon_s, point);
    if (status == UST_OK)
        status = ust_size_keep(size, point, &result);
    ust_readiness_free(&result);
    return status;
}

static enum ust_status run_point(struct ust_size *size, struct sampler *sampler,
                                 struct ust_size_point *point)
{
    struct ust_trial trial = size->trial;
    trial.enough = enough;
    trial.context = sampler;
    if (point->attempt > 0) {
        struct ust_rng rng = ust_rng_derive(size->seed, 0, "analysis/study/size/confirmation");
        trial.seed = ust_rng_u64(&rng);
        trial.seed_given = true;
    }
    struct ust_arena *arena = ust_arena_new();
    const char **sets = ust_arena_alloc(arena, const char *, 3 * UST_SMALLEST_COUNTS_MAX);
    size_t n = ust_vary_sets(arena, &size->varied, point->level, sets);
    struct ust_store *store = NULL;
    enum ust_status status = ust_trial_run(&trial, sets, n, &store);
    if (status == UST_OK) {
        status = read_point(size, store, sampler, point);
        ust_trial_done(&trial, store);
    }
    ust_arena_free(arena);
    return status;
}

static void tell(const struct ust_size *size, const struct ust_size_point *point)
{
    if (size->progress == NULL)
        return;
    fprintf(size->progress, "  %-12s %-9s  %u of %u ready%s\n",
            ust_size_text(size, point->level), ust_verdict_name(point->verdict), point->ready,
            point->n, point->attempt > 0 ? ", fresh" : "");
}

/* Confirmations share 1 - confidence: a half, a quarter, ... of twice it. */
static double confidence_of(const struct ust_size *size, uint32_t attempt)
{
    double error = 1.0 - size->settings.confidence;
    return attempt < 2 ? 1.0 - error : 1.0 - ldexp(error, 1 - (int)attempt);
}

static enum ust_status look_at(struct ust_size *size, const uint32_t *level, uint32_t attempt,
                               enum until until, const struct ust_size_point **out)
{
    *out = ust_size_at(size, level, attempt);
    if (*out != NULL)
        return UST_OK;
    struct ust_size_point *point = ust_arena_alloc(size->arena, struct ust_size_point, 1);
    memcpy(point->level, level, size->varied.n * sizeof *level);
    point->attempt = attempt;
    point->why = "";
    bool found = false;
    UST_TRY(ust_size_recall(size, point, &found));
    if (!found) {
        struct sampler sampler = {.settings = size->settings,
                                  .until = until,
                                  .next = FIRST_LOOK,
                                  .most = size->trial.replications};
        sampler.settings.confidence = confidence_of(size, attempt);
        sampler.proof =
            ust_size_least_proof(sampler.settings.ready_p, sampler.settings.confidence);
        UST_TRY(run_point(size, &sampler, point));
    }
    size->ran += !found;
    size->known += found;
    remember(size, point);
    tell(size, point);
    *out = point;
    return UST_OK;
}

static enum ust_status ask(void *context, const uint32_t *level, bool *is)
{
    const struct ust_size_point *point;
    UST_TRY(look_at(context, level, 0, UNTIL_DECIDED, &point));
    *is = point->verdict == UST_READY;
    return UST_OK;
}

/* ---- the curve ---- */

/* What one more costs; where that is not known of all, a share of its ladder. */
static void set_prices(const struct ust_size *size, struct ust_smallest *search)
{
    bool known = true;
    for (uint32_t i = 0; i < size->varied.n; i++)
        known = known && !isnan(size->varied.vary[i].price);
    for (uint32_t i = 0; i < size->varied.n; i++)
        search->price[i] =
            known ? size->varied.vary[i].price : 1.0 / size->varied.vary[i].levels;
}

static enum ust_status draw_curve(struct ust_size *size)
{
    struct ust_smallest search = {.counts = size->varied.n, .ask = ask, .context = size};
    for (uint32_t i = 0; i < size->varied.n; i++) {
        search.levels[i] = size->varied.vary[i].levels;
        search.start[i] = size->varied.vary[i].start;
    }
    set_prices(size, &search);
    UST_TRY(ust_smallest_run(&search));
    memcpy(size->answer, search.level, sizeof size->answer);
    size->outcome = search.any ? UST_SIZE_UNCONFIRMED : UST_SIZE_NONE;
    return UST_OK;
}

static bool raise_all(const struct ust_size *size, uint32_t *level)
{
    bool raised = false;
    for (uint32_t i = 0; i < size->varied.n; i++)
        if (level[i] + 1 < size->varied.vary[i].levels) {
            level[i]++;
            raised = true;
        }
    return raised;
}

/* What the formulas say, and what lies above the answer. */
static enum ust_status try_others(struct ust_size *size)
{
    bool is;
    if (size->erlang_c_fits)
        UST_TRY(ask(size, size->erlang_c, &is));
    if (size->n_plus_k_fits)
        UST_TRY(ask(size, size->n_plus_k, &is));
    uint32_t above[UST_SMALLEST_COUNTS_MAX];
    memcpy(above, size->answer, sizeof above);
    if (size->outcome != UST_SIZE_NONE && raise_all(size, above))
        UST_TRY(ask(size, above, &is));
    return UST_OK;
}

static bool at_most(const struct ust_size *size, const struct ust_size_point *a,
                    const struct ust_size_point *b)
{
    for (uint32_t i = 0; i < size->varied.n; i++)
        if (a->level[i] > b->level[i])
            return false;
    return a->attempt == b->attempt;
}

/* More is never worse: was that so? */
static enum ust_status check_order(struct ust_size *size)
{
    size->monotone = true;
    for (uint32_t i = 0; i < size->points_n; i++)
        for (uint32_t k = i + 1; k < size->points_n; k++) {
            const struct ust_size_point *fewer = size->point[i], *more = size->point[k];
            if (!at_most(size, fewer, more))
                continue;
            size->monotone &= !(fewer->verdict == UST_READY && more->verdict == UST_NOT_READY);
            if (k == i + 1 && fewer->attempt == 0)
                UST_TRY(ust_size_reversals(size, fewer, more));
        }
    return UST_OK;
}

/* ---- its end held against others ---- */

/* One fewer of each: down where that is READY too, which is no new attempt, as the order in
 * which they are asked stood before. */
static enum ust_status try_fewer(struct ust_size *size, uint32_t attempt)
{
    bool down = true;
    while (down) {
        down = false;
        for (uint32_t i = 0; i < size->varied.n; i++)
            size->fewer[i] = NULL;
        for (uint32_t i = 0; i < size->varied.n && !down; i++) {
            if (size->answer[i] == 0)
                continue;
            size->answer[i]--;
            UST_TRY(
                look_at(size, size->answer, attempt, WHILE_IT_CAN_BE_EITHER, &size->fewer[i]));
            down = size->fewer[i]->verdict == UST_READY;
            if (down)
                size->proof = size->fewer[i];
            else
                size->answer[i]++;
        }
    }
    return UST_OK;
}

static enum ust_status confirm(struct ust_size *size)
{
    for (uint32_t attempt = 1; attempt <= UST_SIZE_ATTEMPTS_MAX; attempt++) {
        uint32_t proof =
            ust_size_least_proof(size->settings.ready_p, confidence_of(size, attempt));
        if (proof == 0 || proof > size->trial.replications)
            break; /* not even if all were ready */
        UST_TRY(look_at(size, size->answer, attempt, WHILE_IT_CAN_BE_READY, &size->proof));
        if (size->proof->verdict == UST_READY) {
            UST_TRY(try_fewer(size, attempt));
            bool least = true;
            for (uint32_t i = 0; i < size->varied.n; i++)
                least = least && size->answer[i] == 0;
            size->outcome = least ? UST_SIZE_LEAST : UST_SIZE_FOUND;
            return UST_OK;
        }
        if (!raise_all(size, size->answer))
            break;
    }
    memcpy(size->answer, size->proof->level, sizeof size->answer); /* the last that was tried */
    return UST_OK;
}

/* ---- all of it ---- */

static enum ust_status learn(struct ust_size *size)
{
    struct ust_readiness_result result;
    UST_TRY(ust_readiness_compute(size->store, NULL, &result));
    size->settings = result.settings;
    size->region = ust_arena_text(size->arena, result.region);
    size->lost = result.fault ? ust_arena_text(size->arena, result.lost) : NULL;
    ust_readiness_free(&result);
    struct ust_text asked = {0};
    for (uint32_t i = 0; i < size->varied.n; i++)
        ust_text_printf(&asked, "%s%s; ", size->varied.vary[i].path,
                        size->varied.vary[i].pool ? " with min" : "");
    ust_text_printf(&asked, "at most %u replications; confidence %g", size->trial.replications,
                    size->settings.confidence);
    size->asked = ust_arena_text(size->arena, ust_text_string(&asked));
    ust_text_free(&asked);
    return UST_OK;
}

static bool on_ladder(const struct ust_vary *vary, double value, uint32_t *level)
{
    *level = ust_vary_level(vary, value);
    return value > 0.0 && *level < vary->levels && ust_vary_value(vary, *level) == value;
}

static enum ust_status answer_naively(struct ust_size *size)
{
    size->has_naive = size->erlang_c_fits = size->n_plus_k_fits = true;
    for (uint32_t i = 0; i < size->varied.n; i++)
        size->has_naive = size->has_naive && size->varied.vary[i].pool;
    for (uint32_t i = 0; i < size->varied.n && size->has_naive; i++) {
        const struct ust_vary *vary = &size->varied.vary[i];
        uint32_t service = (uint32_t)vary->service, region = (uint32_t)vary->region;
        double share;
        UST_TRY(ust_size_share(size, service, region, &share));
        struct ust_naive *naive = &size->naive[i];
        ust_naive_answer(size->arena, size->scenario, service, region, share, size->spare,
                         naive);
        size->erlang_c_fits &= on_ladder(vary, naive->erlang_c, &size->erlang_c[i]);
        size->n_plus_k_fits &= on_ladder(vary, naive->n_plus_k, &size->n_plus_k[i]);
    }
    size->erlang_c_fits &= size->has_naive;
    size->n_plus_k_fits &= size->has_naive;
    return UST_OK;
}

enum ust_status ust_size_find(struct ust_size *size)
{
    UST_TRY(learn(size));
    UST_TRY(answer_naively(size));
    UST_TRY(draw_curve(size));
    UST_TRY(try_others(size));
    bool is;
    if (size->outcome != UST_SIZE_NONE) {
        UST_TRY(confirm(size));
        UST_TRY(ask(size, size->answer, &is)); /* its place on the curve */
    }
    UST_TRY(check_order(size));
    return ust_size_keep_answer(size);
}
