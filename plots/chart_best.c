/* best: how far each unit may be ahead of the best of the others. */
#include <math.h>

#include "plots/forest.h"
#include "plots/study.h"

#define ROWS_MOST 40

/* In the order of the forest's colours: worse, better, neutral. */
enum { NOT, BEST, POSSIBLE };

static const struct ust_plot_selection *asked(const struct ust_plot_study_request *request)
{
    const struct ust_plot_study *study = request->study;
    if (study->selections_n == 0)
        return NULL;
    return &study->selections[request->answer < study->selections_n ? request->answer : 0];
}

static uint32_t rows_of(const struct ust_plot_selection *selection)
{
    return selection->rivals_n < ROWS_MOST ? selection->rivals_n : ROWS_MOST;
}

static unsigned height(const struct ust_plot_study_request *request)
{
    const struct ust_plot_selection *selection = asked(request);
    return ust_forest_height(selection == NULL ? 1 : rows_of(selection));
}

static int group_of(const struct ust_plot_bounds *ahead)
{
    if (!(ahead->low < 0.0))
        return BEST;
    return ahead->high > 0.0 ? POSSIBLE : NOT;
}

static enum ust_status script(const struct ust_plot_study_request *request,
                              struct ust_text *out)
{
    const struct ust_plot_study *study = request->study;
    const struct ust_plot_selection *selection = asked(request);
    if (selection == NULL)
        return ust_plot_study_nothing(study,
                                      "compares no units with the best; `understudy best "
                                      "FOLDER` does");
    uint32_t n = rows_of(selection);
    double most = 0.0, factor;
    const char *unit;
    for (uint32_t i = 0; i < n; i++)
        most = fmax(most, fmax(fabs(selection->rivals[i].ahead.low),
                               fabs(selection->rivals[i].ahead.high)));
    ust_plot_scale(selection->unit, most, &factor, &unit);
    struct ust_forest_row *row = ust_arena_alloc(study->arena, struct ust_forest_row, n);
    for (uint32_t i = 0; i < n; i++) {
        const struct ust_plot_rival *rival = &selection->rivals[i];
        double own;
        const char *own_unit;
        ust_plot_scale(selection->unit, fabs(rival->ahead.value), &own, &own_unit);
        row[i] = (struct ust_forest_row){
            .label = ust_arena_printf(study->arena, "%u  %s", rival->number, rival->name),
            .text =
                ust_arena_printf(study->arena, "%+.3g %s", own * rival->ahead.value, own_unit),
            .value = factor * rival->ahead.value,
            .low = factor * rival->ahead.low,
            .high = factor * rival->ahead.high,
            .group = group_of(&rival->ahead)};
    }
    struct ust_text what = {0}, small = {0};
    ust_text_printf(&what, "%s, ahead of the best of the others", selection->name);
    ust_text_printf(&small,
                    "%u replications; to the right is better; all intervals hold together "
                    "with %g %%",
                    selection->replications, 100.0 * selection->confidence);
    if (n < selection->rivals_n)
        ust_text_printf(&small, "; %u more are farther behind", selection->rivals_n - n);
    const struct ust_forest forest = {
        .name = study->name,
        .what = ust_text_string(&what),
        .small = ust_text_string(&small),
        .unit = unit,
        .group =
            {[NOT] = "is not the best", [BEST] = "the best", [POSSIBLE] = "may be the best"},
        .row = row,
        .n = n};
    ust_forest_script(&forest, request->width, out);
    ust_text_free(&what);
    ust_text_free(&small);
    return UST_OK;
}

const struct ust_plot_study_kind ust_plot_best = {
    .name = "best",
    .help = "how far each unit may be ahead of the best of the others",
    .of_selection = true,
    .height = height,
    .script = script,
};
