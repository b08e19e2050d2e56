#include "analysis/classify/judge.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <string.h>

#include "analysis/cluster/classify.h"
#include "analysis/cluster/temper.h"
#include "analysis/profile/words.h"

/* A tail speaks for a persona where at least so many of its sessions lie beyond the gate. */
#define BEYOND_MIN 5.0
/* Standard deviations from which a feature is odd alone. */
#define ODD 3.0

const char *const ust_gate_names[] = {"held_out", "chi_square", NULL};
const char *const ust_gate_source_names[] = {"own", "pooled", "chi-square"};

static struct ust_judge_gate gate_of(const struct ust_profile_model *model, uint32_t persona,
                                     enum ust_gate gate, double level)
{
    const struct ust_tail *own = &model->tail[persona],
                          *all = &model->tail[model->mixture.clusters];
    struct ust_judge_gate it = {UST_GATE_LAW, ust_class_gate(model->mixture.d, level)};
    if (gate == UST_GATE_CHI_SQUARE)
        return it;
    if ((1.0 - level) * (double)own->n >= BEYOND_MIN)
        it = (struct ust_judge_gate){UST_GATE_OWN, ust_tail_gate(own, level)};
    else if (isfinite(ust_tail_gate(all, level)))
        it = (struct ust_judge_gate){UST_GATE_TOGETHER, ust_tail_gate(all, level)};
    else if (all->n > 0) /* farther than any is the most that so few can say */
        it.distance2 = fmax(it.distance2, all->distance2[all->points - 1]);
    return it;
}

struct ust_judge ust_judge_new(const struct ust_profile_model *model,
                               const struct ust_names *actions, enum ust_gate gate,
                               double level, struct ust_arena *arena)
{
    struct ust_judge judge = {.model = model, .actions = actions, .level = level};
    judge.gate = ust_arena_alloc(arena, struct ust_judge_gate, model->mixture.clusters);
    judge.done = ust_arena_alloc(arena, uint64_t, UST_PROFILE_ACTIONS_MAX + 1);
    judge.silent = ust_arena_alloc(arena, uint64_t, model->plan.n);
    for (uint32_t c = 0; c < model->mixture.clusters; c++)
        judge.gate[c] = gate_of(model, c, gate, level);
    return judge;
}

static double p_of(const struct ust_judge *judge, uint32_t persona, double distance2)
{
    const struct ust_profile_model *model = judge->model;
    switch (judge->gate[persona].source) {
    case UST_GATE_OWN:
        return ust_tail_p(&model->tail[persona], distance2);
    case UST_GATE_TOGETHER:
        return ust_tail_p(&model->tail[model->mixture.clusters], distance2);
    case UST_GATE_LAW:
        break;
    }
    return gsl_cdf_chisq_Q(distance2, model->mixture.d);
}

void ust_judge_expected(const struct ust_profile_model *model, double level, double *answers)
{
    uint32_t n = model->mixture.clusters;
    uint64_t given = 0;
    for (uint32_t c = 0; c < n; c++)
        given += model->tail[c].given;
    /* What lay alone where the model was made is of none. */
    answers[n] = model->evidence != NULL ? (double)model->evidence->alone : 0.0;
    for (uint32_t c = 0; c < n; c++) {
        double own = (double)(given > 0 ? model->tail[c].given : model->sessions[c]);
        answers[c] = own * level; /* at this level, so many of them would be of none */
        answers[n] += own * (1.0 - level);
    }
}

/* ---- reasons ---- */

/* A session's features: as people see them, as they are compared, and which it does not say.
 * What it does not say is no reason. */
struct look {
    double shown[UST_FEATURES_MAX], x[UST_FEATURES_MAX];
    bool silent[UST_FEATURES_MAX];
};

/* Puts it among the worst. */
static void add_reason(struct ust_answer *answer, struct ust_reason reason)
{
    uint32_t at = answer->reasons;
    while (at > 0 && fabs(answer->reason[at - 1].deviations) < fabs(reason.deviations)) {
        if (at < UST_REASONS_MAX)
            answer->reason[at] = answer->reason[at - 1];
        at--;
    }
    if (at == UST_REASONS_MAX)
        return;
    answer->reason[at] = reason;
    answer->reasons += answer->reasons < UST_REASONS_MAX;
}

/* Row j of the covariance's inverse times the gap, and its diagonal: with W the whitener,
 * inverse = W'W. */
static void against_others(const struct ust_mixture *model, uint32_t cluster, const double *gap,
                           uint32_t j, double *pull, double *diagonal)
{
    uint32_t d = model->d;
    const double *w = model->whiteners + (size_t)cluster * d * d;
    *pull = *diagonal = 0.0;
    for (uint32_t i = j; i < d; i++) { /* W is lower triangular */
        double z = 0.0;
        for (uint32_t l = 0; l <= i; l++)
            z += w[(size_t)i * d + l] * gap[l];
        *pull += w[(size_t)i * d + j] * z;
        *diagonal += w[(size_t)i * d + j] * w[(size_t)i * d + j];
    }
}

/* A single scaled value, as people see it. */
static double undone(const struct ust_scaling *scaling, uint32_t feature, double scaled)
{
    const struct ust_scaled_feature *it = &scaling->feature[feature];
    double value = scaled * it->spread + it->centre;
    return it->how == UST_SCALE_AS_IS ? scaled
           : it->how == UST_SCALE_LOG ? expm1(value)
                                      : value;
}

static struct ust_reason reason_of(const struct ust_judge *judge, uint32_t persona, uint32_t j,
                                   double shown)
{
    const struct ust_profile_model *model = judge->model;
    const struct ust_mixture *mixture = &model->mixture;
    uint32_t d = mixture->d;
    double mean = mixture->means[(size_t)persona * d + j];
    double spread = sqrt(mixture->covariances[((size_t)persona * d + j) * d + j]);
    struct ust_reason it = {.feature = j, .value = shown, .expected = (double)NAN};
    if (model->low[persona] != NULL && model->high[persona] != NULL) {
        it.low = model->low[persona][j];
        it.high = model->high[persona][j];
    } else { /* of a normal law in scaled features */
        it.low = undone(&model->scaling, j, mean - 1.644854 * spread);
        it.high = undone(&model->scaling, j, mean + 1.644854 * spread);
    }
    return it;
}

/* Each feature is common alone: the one that explains most of the distance, given the rest. */
static struct ust_reason unfitting(const struct ust_judge *judge, const struct look *at,
                                   const double *gap, uint32_t persona)
{
    struct ust_reason worst = {0};
    for (uint32_t j = 0; j < judge->model->mixture.d; j++) {
        double pull, diagonal;
        against_others(&judge->model->mixture, persona, gap, j, &pull, &diagonal);
        double deviations = pull / sqrt(diagonal);
        if (at->silent[j] || fabs(deviations) <= fabs(worst.deviations))
            continue;
        worst = reason_of(judge, persona, j, at->shown[j]);
        worst.deviations = deviations;
        worst.expected = undone(&judge->model->scaling, j, at->x[j] - pull / diagonal);
    }
    return worst;
}

static void find_reasons(const struct ust_judge *judge, const struct look *at,
                         struct ust_answer *answer)
{
    const struct ust_mixture *mixture = &judge->model->mixture;
    uint32_t d = mixture->d, persona = answer->nearest;
    double deviations[UST_FEATURES_MAX], gap[UST_FEATURES_MAX];
    ust_class_reasons(mixture, persona, at->x, deviations);
    for (uint32_t j = 0; j < d; j++) {
        gap[j] = at->x[j] - mixture->means[(size_t)persona * d + j];
        struct ust_reason it = reason_of(judge, persona, j, at->shown[j]);
        it.deviations = deviations[j];
        bool within = it.value >= it.low && it.value <= it.high;
        if (fabs(deviations[j]) >= ODD && !within && !at->silent[j])
            add_reason(answer, it);
    }
    if (answer->reasons == 0)
        add_reason(answer, unfitting(judge, at, gap, persona));
}

void ust_judge_session(struct ust_judge *judge, const struct ust_session *session,
                       struct ust_answer *out)
{
    const struct ust_profile_model *model = judge->model;
    double raw[UST_FEATURES_MAX];
    struct look at;
    memset(out, 0, sizeof *out);
    ust_features_row(&model->plan, session, judge->actions, raw, at.shown, at.silent);
    for (uint32_t j = 0; j < model->plan.n; j++)
        judge->silent[j] += at.silent[j];
    for (uint32_t a = 0; a < judge->actions->n; a++)
        judge->done[a] += session->actions[a];
    judge->events += session->events;
    ust_scaling_apply(&model->scaling, raw, 1, at.x);
    double posterior[UST_CLUSTERS_MAX];
    struct ust_class class = ust_classify(&model->mixture, at.x, judge->level, posterior);
    if (model->temperature > 0.0)
        ust_temper(posterior, model->mixture.clusters, model->temperature);
    out->likeliest = out->persona = class.likeliest;
    out->probability = posterior[class.likeliest];
    out->nearest = class.nearest;
    out->distance = sqrt(class.distance2);
    out->p = p_of(judge, class.nearest, class.distance2);
    if (class.distance2 < judge->gate[class.nearest].distance2)
        return;
    out->persona = UST_NOISE;
    find_reasons(judge, &at, out);
}

double ust_judge_unknown(const struct ust_judge *judge, uint16_t *most)
{
    const struct ust_feature_plan *plan = &judge->model->plan;
    bool known[UST_PROFILE_ACTIONS_MAX + 1] = {false}, any = false;
    uint64_t unknown = 0, largest = 0;
    uint16_t number = 0;
    for (uint32_t j = 0; j < plan->n; j++)
        if (plan->column[j].action) {
            known[ust_feature_action(&plan->column[j], judge->actions)] = true;
            any = true;
        }
    for (uint32_t a = 1; any && a < judge->actions->n; a++) {
        if (known[a])
            continue;
        unknown += judge->done[a];
        if (judge->done[a] > largest) {
            largest = judge->done[a];
            number = (uint16_t)a;
        }
    }
    if (most != NULL)
        *most = number;
    return judge->events > 0 ? (double)unknown / (double)judge->events : 0.0;
}

/* ---- words ---- */

void ust_judge_words(const struct ust_judge *judge, const struct ust_answer *answer,
                     const struct ust_reason *reason, struct ust_text *out)
{
    const struct ust_feature_column *column = &judge->model->plan.column[reason->feature];
    const char *persona = judge->model->personas[answer->nearest];
    ust_feature_name_text(column, out);
    ust_text_add(out, " ");
    ust_feature_value_text(column, reason->value, out);
    if (!isnan(reason->expected)) {
        ust_text_printf(out, ", where the rest of it lets expect ");
        ust_feature_value_text(column, reason->expected, out);
        ust_text_printf(out, " of a session of '%s'", persona);
        return;
    }
    ust_text_printf(out, ", where 9 of 10 sessions of '%s' have ", persona);
    ust_feature_value_text(column, reason->low, out);
    if (reason->high > reason->low) {
        ust_text_add(out, " to ");
        ust_feature_value_text(column, reason->high, out);
    }
}
