/* The mix of personas over time, against the mix that they were learned with.
 *
 * Sessions are counted by the window in which they begin. Windows lie at whole multiples of
 * their width; counts are kept in narrow slots, which widen as time goes on, so memory does not
 * grow. Each window is held against the learned mix:
 *
 *   chi-square   of homogeneity: the learned sessions (as the same rule answers of them,
 *                ust_judge_expected) and the window's, as two samples of one
 *                mix; answers that let expect fewer than 5 are put together; p is adjusted over
 *                all windows by Holm's rule
 *   PSI          sum of (a - b) ln(a / b) over the shares, half a session added to each count;
 *                by custom 0.1 is a small change and 0.25 a large one
 *
 * With many sessions a difference that matters to nobody is significant, with few a large PSI
 * is chance: a window has moved where the PSI reaches `moved` and p is at most `significance`,
 * shifted where it reaches `shifted`.
 */
#ifndef UST_CLASSIFY_MIX_H
#define UST_CLASSIFY_MIX_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/time.h"

enum ust_mix_state { UST_MIX_FEW, UST_MIX_STEADY, UST_MIX_MOVED, UST_MIX_SHIFTED };
extern const char *const ust_mix_state_names[]; /* "few", "steady", "moved", "shifted", NULL */

struct ust_mix; /* opaque */

/* answers: personas and, last, none. width: of a window, 0: chosen at the end. */
struct ust_mix *ust_mix_new(uint32_t answers, ust_time width);
void ust_mix_free(struct ust_mix *mix); /* NULL is fine */

void ust_mix_add(struct ust_mix *mix, int64_t at_ns, uint32_t answer);

struct ust_mix_options {
    const double *learned; /* of each answer, the sessions that it was learned from */
    double moved, shifted; /* of the PSI */
    double significance;
    double confidence;       /* of the intervals of shares */
    uint64_t sessions_least; /* fewer say nothing of a window */
    bool untimed;            /* times are made up: all sessions are one window */
};

struct ust_mix_window {
    int64_t begin, end; /* ns since 1970 */
    uint64_t sessions;
    uint64_t *count;            /* of each answer */
    double *share, *low, *high; /* Wilson's intervals */
    double chi2, p, adjusted;   /* NAN with fewer than sessions_least */
    uint32_t freedom;
    double psi;
    enum ust_mix_state state;
};

struct ust_mix_result {
    uint32_t answers, n;
    ust_time width;
    double *learned; /* shares */
    struct ust_mix_window *window;
    struct ust_mix_window all; /* one window; begin and end: of the first and last session */
    uint32_t moved, shifted;   /* windows; shifted ones are not counted as moved */
};

/* Lives in the arena. n is 0 where nothing was added, or nobody knows when. */
void ust_mix_end(const struct ust_mix *mix, const struct ust_mix_options *options,
                 struct ust_arena *arena, struct ust_mix_result *out);

#endif
