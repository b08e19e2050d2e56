/* Has the distribution of latency another shape? A mean, or a quantile, may stay where it is
 * while a second hump grows elsewhere. For each persona that both runs have, and for all
 * together, the largest gap between the two distribution functions of the stored histograms,
 * and its p-value by exchanging replications (stats/shape.h). A family of its own, after Holm.
 */
#ifndef UST_ANALYSIS_COMPARE_SHAPES_H
#define UST_ANALYSIS_COMPARE_SHAPES_H

#include "analysis/stats/shape.h"
#include "sim/base/arena.h"
#include "sim/base/text.h"
#include "sim/store/store.h"

struct ust_shape_row {
    const char *persona; /* NULL: all together */
    struct ust_shape shape;
    double at_s;     /* the latency at which the gap is widest */
    double below[2]; /* shares of A's and of B's answers up to there */
    double adjusted; /* after Holm; NAN: nothing to compare */
};

struct ust_shapes {
    struct ust_shape_row *row;
    uint32_t n;
    bool paired;
    double alpha;
};

/* paired: the same seed; then replications that both have are compared, else all of both. Fewer
 * than two of a side: n is 0. */
enum ust_status ust_shapes_make(struct ust_store *a, struct ust_store *b, bool paired,
                                double alpha, struct ust_arena *arena, struct ust_shapes *out);

void ust_shapes_print(const struct ust_shapes *shapes, struct ust_text *out);
struct json_t;
struct json_t *ust_shapes_json(const struct ust_shapes *shapes);

#endif
