#include "analysis/profile/name.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

/* A word that is long enough to be read and short enough for a column. */
#define WORD_MAX 24
/* A mean that lies farther off than its own sessions hardly ever do is another persona. */
#define SAME_LEVEL 0.5

/* ---- by what they do ---- */

static double share_of(const struct ust_described *it, const char *action)
{
    for (uint32_t a = 0; a < it->actions; a++)
        if (strcmp(it->action[a].name, action) == 0)
            return it->action[a].share;
    return 0;
}

/* How often, times how much more often than all others do it, on average. */
static const char *action_word(const struct ust_described *all, uint32_t n, uint32_t i)
{
    const struct ust_described *it = &all[i];
    const char *best = it->actions > 0 ? it->action[0].name : "user";
    double most = 0;
    for (uint32_t a = 0; a < it->actions; a++) {
        double others = 0;
        for (uint32_t k = 0; k < n; k++)
            others += k != i ? share_of(&all[k], it->action[a].name) / (n - 1) : 0;
        double score =
            it->action[a].share * log((it->action[a].share + 0.01) / (others + 0.01));
        if (n > 1 && score > most) {
            most = score;
            best = it->action[a].name;
        }
    }
    return best;
}

/* ---- by how they do it ---- */

typedef const char *word_of(const struct ust_described *it);

static const char *device_word(const struct ust_described *it)
{
    return it->devices > 0 && it->device[0].share > 0.6 ? it->device[0].name : "";
}

static const char *length_word(const struct ust_described *it)
{
    double mean = it->requests.fit.mean;
    return mean < 1.5 ? "single" : mean < 5 ? "brief" : mean < 30 ? "" : "long";
}

static const char *pace_word(const struct ust_described *it)
{
    double ns = it->think.fit.mean;
    return !it->think.said ? ""
           : ns < 2e9      ? "rapid"
           : ns < 20e9     ? "quick"
           : ns < 60e9     ? ""
                           : "slow";
}

static const char *time_word(const struct ust_described *it)
{
    uint32_t hour = it->week.peak % 24;
    if (it->week.hours < 24)
        return "";
    return hour < 6 ? "night" : hour < 11 ? "morning" : hour < 17 ? "day" : "evening";
}

/* ---- by what they were called ---- */

struct pair {
    double distance2;
    uint32_t now, before;
};

static int nearer_first(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;
    if (a->distance2 != b->distance2)
        return a->distance2 < b->distance2 ? -1 : 1;
    if (a->now != b->now)
        return a->now < b->now ? -1 : 1;
    return (a->before > b->before) - (a->before < b->before);
}

static int find_column(const struct ust_feature_plan *plan, const char *name)
{
    for (uint32_t j = 0; j < plan->n; j++)
        if (strcmp(plan->column[j].name, name) == 0)
            return (int)j;
    return -1;
}

/* The mean of a persona of now in the earlier one's scaled features; what is new is ignored,
 * what is gone is thought to be as usual. */
static void translate(const struct ust_profile_model *now, uint32_t c,
                      const struct ust_profile_model *before, double *out)
{
    double mean[UST_FEATURES_MAX], old[UST_FEATURES_MAX];
    ust_scaling_undo(&now->scaling, now->mixture.means + (size_t)c * now->plan.n, 1, mean);
    for (uint32_t j = 0; j < before->plan.n; j++) {
        int at = find_column(&now->plan, before->plan.column[j].name);
        old[j] = at >= 0 ? mean[at] : before->plan.column[j].fill;
    }
    ust_scaling_apply(&before->scaling, old, 1, out);
}

static void take_old_names(struct ust_described *persona, uint32_t n,
                           const struct ust_profile_model *before,
                           const struct ust_profile_model *now, struct ust_arena *arena)
{
    uint32_t olds = before->mixture.clusters, pairs = 0;
    struct pair *pair = ust_arena_alloc(arena, struct pair, (size_t)n * olds + 1);
    bool *taken = ust_arena_alloc(arena, bool, olds + 1);
    double x[UST_FEATURES_MAX];
    for (uint32_t c = 0; c < n; c++) {
        translate(now, c, before, x);
        for (uint32_t b = 0; b < olds; b++)
            pair[pairs++] = (struct pair){ust_mixture_distance2(&before->mixture, b, x), c, b};
    }
    qsort(pair, pairs, sizeof *pair, nearer_first);
    double limit = gsl_cdf_chisq_Pinv(SAME_LEVEL, before->plan.n);
    for (uint32_t k = 0; k < pairs && pair[k].distance2 <= limit; k++) {
        if (taken[pair[k].before] || persona[pair[k].now].name != NULL)
            continue;
        taken[pair[k].before] = true;
        persona[pair[k].now].name = ust_arena_text(arena, before->personas[pair[k].before]);
    }
}

/* ---- all ---- */

static bool is_taken(const struct ust_described *persona, uint32_t n, uint32_t i,
                     const char *name)
{
    for (uint32_t k = 0; k < n; k++)
        if (k != i && persona[k].name != NULL && strcmp(persona[k].name, name) == 0)
            return true;
    return false;
}

/* Is the name another's too, of those that have no old one? */
static bool is_shared(char *const *fresh, uint32_t n, uint32_t i)
{
    for (uint32_t k = 0; k < n; k++)
        if (k != i && fresh[k] != NULL && strcmp(fresh[k], fresh[i]) == 0)
            return true;
    return false;
}

static char *first_words(const struct ust_described *persona, uint32_t n, uint32_t i,
                         struct ust_arena *arena)
{
    const char *action = action_word(persona, n, i), *device = device_word(&persona[i]);
    return ust_arena_printf(arena, "%.*s%s%.*s", WORD_MAX, action, device[0] != '\0' ? "-" : "",
                            WORD_MAX, device);
}

static void add_words(struct ust_described *persona, uint32_t n, char **fresh,
                      struct ust_arena *arena)
{
    word_of *const words[] = {length_word, pace_word, time_word};
    bool *shared = ust_arena_alloc(arena, bool, n + 1);
    for (size_t w = 0; w < sizeof words / sizeof words[0]; w++) {
        for (uint32_t i = 0; i < n; i++)
            shared[i] = fresh[i] != NULL &&
                        (is_shared(fresh, n, i) || is_taken(persona, n, i, fresh[i]));
        for (uint32_t i = 0; i < n; i++) {
            const char *word = words[w](&persona[i]);
            if (shared[i] && word[0] != '\0')
                fresh[i] = ust_arena_printf(arena, "%s-%.*s", fresh[i], WORD_MAX, word);
        }
    }
}

void ust_profile_name(struct ust_described *persona, uint32_t n,
                      const struct ust_profile_model *before,
                      const struct ust_profile_model *now, struct ust_arena *arena)
{
    char **fresh = ust_arena_alloc(arena, char *, n + 1);
    for (uint32_t i = 0; i < n; i++)
        persona[i].name = NULL;
    if (before != NULL && now != NULL)
        take_old_names(persona, n, before, now, arena);
    for (uint32_t i = 0; i < n; i++)
        if (persona[i].name == NULL)
            fresh[i] = first_words(persona, n, i, arena);
    add_words(persona, n, fresh, arena);
    for (uint32_t i = 0; i < n; i++) {
        const char *name = fresh[i];
        for (unsigned k = 2; name != NULL && is_taken(persona, n, i, name); k++)
            name = ust_arena_printf(arena, "%s-%u", fresh[i], k);
        persona[i].name = name != NULL ? name : persona[i].name;
    }
}
