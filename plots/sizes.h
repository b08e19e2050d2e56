/* A study of sizes as charts and the report want it: its candidates along one axis.
 *
 * Where one thing was varied, a candidate stands at its value; where several, candidates stand
 * side by side in the order of what they cost. Of several studies in one file, the last. */
#ifndef UST_PLOTS_SIZES_H
#define UST_PLOTS_SIZES_H

#include "analysis/readiness/readiness.h"
#include "plots/data.h"

struct ust_sizes_point {
    const char *candidate;
    double at; /* on the axis */
    uint32_t attempt, n, ready;
    const char *verdict;
    struct ust_readiness_bound readiness, p_ready;
    double cost_hour, confidence;
    const char *why;
};

/* Who says so, and where it lies. */
struct ust_sizes_mark {
    const char *what;      /* "answer", "Erlang C", "N+1", or several of them at one place */
    const char *candidate; /* NULL: none, or outside what was varied */
    double at;             /* NAN: nowhere */
};

#define UST_SIZES_MARKS_MAX 8

struct ust_sizes {
    const char *asked, *title;     /* "web in west" */
    bool one;                      /* thing was varied */
    const char *note;              /* of the answer: "smallest", ... */
    const char *answer;            /* candidate; NULL: none */
    const char *answer_text;       /* "2 of web in west, 1 of data in west" */
    struct ust_sizes_point *point; /* the curve by place, then what was held against others */
    uint32_t n, curve_n;           /* all; of attempt 0 */
    struct ust_sizes_mark mark[UST_SIZES_MARKS_MAX];
    uint32_t marks_n;
    double low, high; /* of the axis */
    struct ust_readiness_settings settings;
};

/* n 0: the file holds no study of sizes. */
enum ust_status ust_sizes_read(const struct ust_plot_run *run, struct ust_sizes *out);

#endif
