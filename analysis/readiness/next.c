/* What would decide: an undecided verdict has a next step, and it is a command. */
#include "analysis/readiness/internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_cdf.h>

#include "analysis/stats/stats.h"
#include "sim/base/limits.h"

/* Where one replication has no interval: enough for a first one. */
#define SOME 20

/* ---- how many ---- */

/* Wilson's interval leaves p0 behind where the score test rejects it: n = z^2 p0 (1 - p0) / d^2
 * at a distance d, if the share stays what it is; then whole replications are tried. */
static double for_share(const struct ust_readiness_settings *settings, uint32_t n, double share)
{
    double p0 = settings->ready_p, z = gsl_cdf_ugaussian_Pinv(0.5 + settings->confidence / 2);
    double distance = fabs(share - p0);
    if (!(distance > 1e-9) || !(p0 < 1.0))
        return ust_infinity();
    double wanted = ceil(z * z * p0 * (1.0 - p0) / (distance * distance) - 1e-6);
    wanted = fmax(wanted, n + 1.0);
    if (wanted > UST_REPLICATIONS_MAX)
        return wanted;
    uint64_t count = (uint64_t)wanted;
    for (; count <= UST_REPLICATIONS_MAX; count++) {
        double successes = share * (double)count;
        bool above = share > p0;
        uint64_t whole = (uint64_t)(above ? floor(successes + 1e-9) : ceil(successes - 1e-9));
        struct ust_interval w = ust_stats_wilson(whole, count, settings->confidence);
        if (above ? w.low >= p0 : w.high < p0)
            break;
    }
    return (double)count;
}

/* An interval's half width shrinks with the root of the number. */
static double for_score(const struct ust_readiness_settings *settings, uint32_t n,
                        const struct ust_readiness_bound *readiness)
{
    double distance = readiness->value - settings->ready_score;
    if (isnan(readiness->low))
        return SOME;
    if (readiness->low >= settings->ready_score)
        return 0.0;
    if (!(distance > 0.0))
        return ust_infinity();
    double ratio = (readiness->value - readiness->low) / distance;
    return fmax(n + 1.0, ceil(n * ratio * ratio));
}

struct ust_readiness_wanted ust_readiness_wanted(const struct ust_readiness_settings *settings,
                                                 uint32_t n,
                                                 struct ust_readiness_bound readiness,
                                                 struct ust_readiness_bound p_ready)
{
    struct ust_readiness_wanted out = {.replications = 0};
    if (ust_readiness_decide(settings, readiness, p_ready) != UST_UNDECIDED)
        return out;
    double share =
        p_ready.low >= settings->ready_p ? 0.0 : for_share(settings, n, p_ready.value);
    /* Below the threshold P(ready) alone decides; above, both have to. */
    bool above = p_ready.value >= settings->ready_p;
    double score = above ? for_score(settings, n, &readiness) : 0.0;
    double wanted = fmax(share, score);
    out.by_share = share > 0.0;
    out.by_score = score > 0.0;
    out.never =
        above && (!(settings->ready_p < 1.0) || readiness.value <= settings->ready_score);
    out.far = !out.never && wanted > UST_REPLICATIONS_MAX;
    if (!out.never)
        out.replications =
            out.far ? (uint32_t)fmin(4.0 * n, UST_REPLICATIONS_MAX) : (uint32_t)wanted;
    return out;
}

/* ---- in words ---- */

static void add_share(const struct ust_readiness_settings *settings, uint32_t n,
                      const struct ust_readiness_bound *p_ready, struct ust_text *out)
{
    uint32_t ready = (uint32_t)(p_ready->value * n + 0.5);
    if (ready == n)
        ust_text_printf(out,
                        "all %u replication%s ready, which proves P(ready) %.3g, not yet %g", n,
                        n == 1 ? " was" : "s were", p_ready->low, settings->ready_p);
    else
        ust_text_printf(out, "P(ready) %.2f (%.2f – %.2f) may lie on either side of %g",
                        p_ready->value, p_ready->low, p_ready->high, settings->ready_p);
}

void ust_readiness_undecided(const struct ust_readiness_settings *settings, uint32_t n,
                             struct ust_readiness_bound readiness,
                             struct ust_readiness_bound p_ready, struct ust_text *out)
{
    struct ust_readiness_wanted wanted = ust_readiness_wanted(settings, n, readiness, p_ready);
    if (wanted.never && !(settings->ready_p < 1.0)) {
        ust_text_printf(out,
                        "no number of replications proves P(ready) %g; by a lower standard:",
                        settings->ready_p);
        return;
    }
    if (wanted.never) {
        ust_text_printf(out,
                        "the objectives are met, but readiness %.1f does not reach %g, however "
                        "many the replications; by a lower standard:",
                        readiness.value, settings->ready_score);
        return;
    }
    if (wanted.by_share)
        add_share(settings, n, &p_ready, out);
    else
        ust_text_printf(out,
                        "P(ready) is proven; readiness %.1f (%.1f – %.1f) may lie on either "
                        "side of %g",
                        readiness.value, readiness.low, readiness.high, settings->ready_score);
    ust_text_printf(out,
                    wanted.far ? ", too near to tell soon; %u replications narrow it"
                               : "; %u replications decide, if they go on like this",
                    wanted.replications);
}

/* ---- several runs ---- */

/* The gate, were every run so many times as long and its shares and means the same. */
static enum ust_verdict decided_by(const struct ust_readiness_result *results,
                                   const double *weights, uint32_t n, double factor,
                                   const struct ust_readiness_whole *whole,
                                   struct ust_interval *shares)
{
    const struct ust_readiness_settings *settings = &results[0].settings;
    for (uint32_t i = 0; i < n; i++) {
        double more = ceil(factor * results[i].n - 1e-9);
        shares[i] = ust_stats_wilson((uint64_t)(results[i].p_ready.value * more + 0.5),
                                     (uint64_t)more, settings->confidence);
    }
    struct ust_interval p = ust_stats_stratified_share(weights, shares, n);
    struct ust_readiness_bound share = {p.value, p.low, p.high}, score = whole->readiness;
    score.low = score.value - (score.value - score.low) / sqrt(factor);
    score.high = score.value + (score.high - score.value) / sqrt(factor);
    return ust_readiness_decide(settings, score, share);
}

double ust_readiness_factor(const struct ust_readiness_result *results, const double *weights,
                            uint32_t n, const struct ust_readiness_whole *whole)
{
    struct ust_interval *shares = ust_malloc(n * sizeof *shares);
    double *scaled = ust_malloc(n * sizeof *scaled), sum = 0.0, factor = 1.0;
    uint32_t most = 1;
    for (uint32_t i = 0; i < n; i++)
        sum += weights ? weights[i] : 1.0;
    for (uint32_t i = 0; i < n; i++) {
        scaled[i] = (weights ? weights[i] : 1.0) / sum;
        most = results[i].n > most ? results[i].n : most;
    }
    while (factor * most <= UST_REPLICATIONS_MAX &&
           decided_by(results, scaled, n, factor, whole, shares) == UST_UNDECIDED)
        factor *= 1.02;
    free(shares);
    free(scaled);
    return factor * most <= UST_REPLICATIONS_MAX ? factor : 0.0;
}

/* ---- the command ---- */

/* The seed that the stored scenario names, so that only another one has to be given. */
static bool is_own_seed(const char *scenario, uint64_t seed)
{
    static const char key[] = "\nseed: ";
    const char *at = strstr(scenario, key);
    return at != NULL && strtoull(at + strlen(key), NULL, 10) == seed;
}

void ust_readiness_sets(const struct ust_readiness_origin *origin, struct ust_text *out)
{
    struct ust_text word = {0};
    for (const char *at = origin->overrides; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        ust_text_clear(&word);
        ust_text_add_n(&word, at, length);
        ust_text_add(out, " --set ");
        ust_text_shell(out, ust_text_string(&word));
        at += length + (at[length] == '\n');
    }
    ust_text_free(&word);
}

void ust_readiness_command(const struct ust_readiness_origin *origin, uint32_t replications,
                           struct ust_text *out)
{
    ust_text_add(out, "understudy run ");
    ust_text_shell(out, origin->path);
    ust_text_add(out, " -o ");
    ust_text_shell(out, origin->database);
    ust_text_printf(out, " --replications %u", replications);
    if (!is_own_seed(origin->scenario, origin->seed))
        ust_text_printf(out, " --seed %" PRIu64, origin->seed);
    ust_readiness_sets(origin, out);
}

void ust_readiness_next(const struct ust_readiness_result *result, struct ust_text *sentence,
                        struct ust_text *command)
{
    if (result->verdict != UST_UNDECIDED)
        return;
    ust_text_add(sentence, "undecided: ");
    ust_readiness_undecided(&result->settings, result->n, result->readiness, result->p_ready,
                            sentence);
    struct ust_readiness_wanted wanted =
        ust_readiness_wanted(&result->settings, result->n, result->readiness, result->p_ready);
    if (wanted.replications > 0) {
        ust_readiness_command(&result->origin, wanted.replications, command);
        return;
    }
    ust_text_add(command, "understudy readiness ");
    ust_text_shell(command, result->origin.database);
    if (!(result->settings.ready_p < 1.0))
        ust_text_printf(command, " --set ready_p='%g %%'", floor(100.0 * result->p_ready.low));
    if (result->readiness.high < result->settings.ready_score)
        ust_text_printf(command, " --set ready_score=%g", floor(result->readiness.low));
}
