/* A study as pictures see it: the index of a sweep (study.db), with what `sensitivity` found.
 *
 * Everything lives in one arena and is const after ust_plot_study_open. Names and values come
 * from a scenario that somebody else may have written: whoever prints them escapes them.
 */
#ifndef UST_PLOTS_STUDY_H
#define UST_PLOTS_STUDY_H

#include <stdbool.h>
#include <stdint.h>

#include "plots/gnuplot.h"
#include "sim/base/arena.h"
#include "sim/base/status.h"

struct ust_plot_bounds {
    double value, low, high; /* NAN: not known */
};

/* What one range does to an answer; the measures of the method are known, others NAN. */
struct ust_plot_effect {
    const char *label, *path, *from, *to;
    struct ust_plot_bounds effect, star, mean, deviation, first, total;
};

struct ust_plot_answer {
    const char *name, *unit, *better;
    uint32_t replications, effects_n;
    double mean, deviation, noise, confidence;
    const struct ust_plot_effect *effects; /* largest first */
};

struct ust_plot_unit {
    uint32_t number;
    const char *name, *file, *verdict; /* verdict "": not whole */
    double readiness, low, high, p_ready;
};

/* What `best` found of units that had run. */
struct ust_plot_rival {
    uint32_t number;
    const char *name;
    struct ust_plot_bounds ahead; /* of the best of the others */
};
struct ust_plot_selection {
    const char *name, *unit;
    double confidence;
    uint32_t replications, rivals_n;
    const struct ust_plot_rival *rivals; /* the best first */
};

struct ust_plot_study {
    struct ust_arena *arena;
    struct sqlite3 *db;
    const char *path, *name, *scenario, *seed, *hash;
    const char *method; /* "morris", "sobol", "effects"; NULL: no study of sensitivity */
    uint32_t n, units_n, answers_n;
    const struct ust_plot_unit *units;
    const struct ust_plot_answer *answers;
    const struct ust_plot_selection *selections; /* by intervals, not stage by stage */
    uint32_t selections_n;
};

/* Is the file the index of a study? False for what cannot be read, too. */
bool ust_plot_is_study(const char *path);
/* On failure a message was printed and nothing is left open. */
enum ust_status ust_plot_study_open(const char *path, struct ust_plot_study *study);
void ust_plot_study_close(struct ust_plot_study *study);

/* The measure that sorts and is drawn as a bar. */
struct ust_plot_bounds ust_plot_main(const struct ust_plot_study *study,
                                     const struct ust_plot_effect *effect);
/* How values of a unit are drawn: times `*factor`, with `*unit` behind them ("ms", "%"). */
void ust_plot_scale(const char *unit, double largest, double *factor, const char **shown);

/* An axis ('x' or 'y') of values in a unit: a short one stands behind every number, a long one
 * once, in the title; without a title (NULL) whoever draws says it elsewhere. */
void ust_plot_unit_axis(char axis, const char *unit, const char *title, struct ust_text *out);

/* A picture of a study. answer: the number of an answer, or answers_n for all of them; of a
 * selection where the kind is of those. */
struct ust_plot_study_request {
    const struct ust_plot_study *study;
    uint32_t answer;
    unsigned width, height;
};

struct ust_plot_study_kind {
    const char *name, *help;
    bool of_selection;
    unsigned (*height)(const struct ust_plot_study_request *request);
    enum ust_status (*script)(const struct ust_plot_study_request *request,
                              struct ust_text *out);
};
extern const struct ust_plot_study_kind ust_plot_tornado, ust_plot_morris, ust_plot_best;

/* The kinds, NULL-terminated; the first is drawn where none is named. */
extern const struct ust_plot_study_kind *const ust_plot_study_kinds[];
const struct ust_plot_study_kind *ust_plot_study_kind(const char *name); /* or NULL */

/* Draws a study into a file (plot_study.c). answer: its name, or NULL for all; 0 as width and
 * height: what suits. An unknown answer is told: UST_INVALID. */
enum ust_status ust_plot_study_draw(const char *database,
                                    const struct ust_plot_study_kind *kind, const char *answer,
                                    unsigned width, unsigned height, const char *path);

/* "understudy: x/study.db: asks for no sensitivity"; UST_REFUSED. */
enum ust_status ust_plot_study_nothing(const struct ust_plot_study *study, const char *why);

#endif
