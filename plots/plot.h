/* Charts to print or publish, drawn by gnuplot.
 *
 * A kind is one const struct in its own file and one line in kinds.def. It turns a run into a
 * gnuplot script; how big, in which format and where is not its business. Scripts hold every
 * foreign text in single quotes, where gnuplot expands nothing, and turn enhanced text off.
 */
#ifndef UST_PLOTS_PLOT_H
#define UST_PLOTS_PLOT_H

#include "plots/band.h"
#include "plots/data.h"
#include "sim/base/text.h"

struct ust_plot_request {
    const struct ust_plot_run *run;
    uint32_t region, persona; /* 0: all */
    unsigned width;           /* of a panel, in pixels */
};

struct ust_plot_kind {
    const char *name, *help;
    bool by_region, by_persona; /* takes the filter */
    /* A table: where it has rows, the file is of a study that this kind draws, and it is drawn
     * where no kind is named. NULL: of any run. */
    const char *table;
    /* Adds the script behind the terminal's lines. With nothing to draw: UST_REFUSED, after a
     * message. */
    enum ust_status (*script)(const struct ust_plot_request *request, struct ust_text *out);
    /* The height that it needs, in pixels; NULL: as any other. */
    unsigned (*height)(const struct ust_plot_request *request);
};

#define UST_PLOT_KIND(id) extern const struct ust_plot_kind ust_plot_##id;
#include "plots/kinds.def"
#undef UST_PLOT_KIND

/* "understudy: run.db: holds no fault, so there is no waterfall"; UST_REFUSED. */
enum ust_status ust_plot_nothing(const struct ust_plot_request *request, const char *why);

#endif
