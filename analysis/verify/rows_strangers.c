/* Are strangers told from personas, and are personas' own sessions left alone? Each trial
 * learns personas anew from traffic whose makers are known (analysis/classify/strangers.h). */
#include <math.h>

#include "analysis/classify/strangers.h"
#include "analysis/verify/verify.h"

#define TRIALS  40
#define LEARNED 1200
#define JUDGED  300
#define LEVEL   0.99

static void add(struct ust_verify *verify, const char *parameters, const char *quantity,
                double least, double most, uint64_t successes, uint64_t n)
{
    const struct ust_verify_row row = {.section = "Strangers",
                                       .law = "Distances of unseen sessions",
                                       .source = "Vovk, Gammerman and Shafer 2005",
                                       .parameters = parameters,
                                       .quantity = quantity,
                                       .least = least,
                                       .most = most};
    ust_verify_add_share(verify, row, successes, n);
}

/* Of the sessions whose probability lay between the bins: as many right as was said. `off`:
 * what one temperature for all probabilities leaves. */
static void add_reliability(struct ust_verify *verify, const struct ust_strangers *all,
                            int first, int end, double off)
{
    uint64_t n = 0, right = 0;
    double said = 0.0;
    for (int b = first; b < end; b++) {
        n += all->reliability[b].n;
        right += all->reliability[b].right;
        said += all->reliability[b].said;
    }
    if (n == 0)
        return;
    said /= (double)n;
    const struct ust_verify_row row = {
        .section = "Strangers",
        .law = "Probabilities of unseen sessions",
        .source = "Guo and others 2017",
        .parameters = ust_arena_printf(verify->arena, "said %.0f to %.0f %%, %.1f on the mean",
                                       100.0 * first / UST_RELIABILITY_BINS,
                                       100.0 * end / UST_RELIABILITY_BINS, 100.0 * said),
        .quantity = "own persona",
        .least = said - off,
        .most = fmin(said + off, 1.0)};
    ust_verify_add_share(verify, row, right, n);
}

enum ust_status ust_verify_strangers(struct ust_verify *verify)
{
    uint32_t trials = verify->less > 1 ? TRIALS / 4 : TRIALS;
    struct ust_strangers all = {0};
    for (uint32_t i = 0; i < trials; i++) {
        struct ust_strangers one;
        if (ust_cli_stop_wanted())
            return UST_STOPPED;
        ust_strangers_try(LEARNED, JUDGED, UST_GATE_HELD_OUT, LEVEL, verify->seed * TRIALS + i,
                          &one);
        all.users += one.users;
        all.alarms += one.alarms;
        all.right += one.right;
        ust_reliability_add(all.reliability, one.reliability);
        for (uint32_t k = 0; k < UST_STRANGER_KINDS; k++) {
            all.strangers[k] += one.strangers[k];
            all.found[k] += one.found[k];
        }
    }
    add(verify, "users of three kinds, level 99 %", "false alarms", 0.0, 0.01, all.alarms,
        all.users);
    add(verify, "users of three kinds, level 99 %", "own persona", 0.9, 1.0, all.right,
        all.users);
    for (uint32_t k = UST_STRANGER_USERS; k < UST_STRANGER_KINDS; k++)
        add(verify, "strangers of one kind, level 99 %",
            ust_arena_printf(verify->arena, "finds a %s", ust_stranger_kinds[k].name), 0.9, 1.0,
            all.found[k], all.strangers[k]);
    add_reliability(verify, &all, 0, 16, 0.05);
    add_reliability(verify, &all, 16, 19, 0.04);
    add_reliability(verify, &all, 19, UST_RELIABILITY_BINS, 0.01);
    ust_progress_step(&verify->progress, ++verify->progress.done);
    return UST_OK;
}
