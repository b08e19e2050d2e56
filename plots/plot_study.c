/* A picture of a study, from the index into a file. */
#include <stdio.h>
#include <string.h>

#include "plots/study.h"

const struct ust_plot_study_kind *const ust_plot_study_kinds[] = {
    &ust_plot_tornado, &ust_plot_morris, &ust_plot_best, NULL};

const struct ust_plot_study_kind *ust_plot_study_kind(const char *name)
{
    for (size_t i = 0; ust_plot_study_kinds[i] != NULL; i++)
        if (strcmp(ust_plot_study_kinds[i]->name, name) == 0)
            return ust_plot_study_kinds[i];
    return NULL;
}

void ust_plot_unit_axis(char axis, const char *unit, const char *title, struct ust_text *out)
{
    struct ust_text format = {0}, label = {0};
    bool brief = strlen(unit) <= 2;
    ust_text_printf(&format, "%s%s%s", "%g", brief && *unit != '\0' ? " " : "",
                    !brief                   ? ""
                    : strcmp(unit, "%") == 0 ? "%%"
                                             : unit);
    if (title != NULL)
        ust_text_printf(&label, "%s%s%s", title, brief ? "" : ", in ", brief ? "" : unit);
    ust_text_printf(out, "set format %c ", axis);
    ust_gnuplot_quote(out, ust_text_string(&format));
    ust_text_printf(out, "\nset %clabel ", axis);
    ust_gnuplot_quote(out, ust_text_string(&label));
    ust_text_add(out, " noenhanced textcolor rgb '#4a4f58'\n");
    ust_text_free(&format);
    ust_text_free(&label);
}

static enum ust_status find_answer(const struct ust_plot_study *study, bool of_selection,
                                   const char *name, uint32_t *out)
{
    uint32_t n = of_selection ? study->selections_n : study->answers_n;
    const char **names = ust_arena_alloc(study->arena, const char *, n + 1);
    *out = n;
    if (name == NULL)
        return UST_OK;
    for (uint32_t i = 0; i < n; i++) {
        names[i] = of_selection ? study->selections[i].name : study->answers[i].name;
        if (strcmp(names[i], name) == 0)
            *out = i;
    }
    if (*out < n)
        return UST_OK;
    const char *near = ust_text_nearest(name, names, n);
    fprintf(stderr, "understudy plot: the study was not asked about '%s'", name);
    if (near != NULL)
        fprintf(stderr, "; did you mean '%s'?", near);
    fprintf(stderr, " (known:");
    for (uint32_t i = 0; i < n; i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", names[i]);
    fprintf(stderr, ")\n");
    return UST_INVALID;
}

static enum ust_status draw(struct ust_plot_study_request *request,
                            const struct ust_plot_study_kind *kind, const char *path)
{
    enum ust_picture picture;
    struct ust_text script = {0};
    UST_TRY(ust_gnuplot_picture("plot", path, &picture));
    ust_gnuplot_terminal(&script, picture, request->width, request->height);
    enum ust_status status = kind->script(request, &script);
    if (status == UST_OK)
        status = ust_gnuplot_file(&script, path);
    ust_text_free(&script);
    return status;
}

enum ust_status ust_plot_study_draw(const char *database,
                                    const struct ust_plot_study_kind *kind, const char *answer,
                                    unsigned width, unsigned height, const char *path)
{
    struct ust_plot_study study;
    UST_TRY(ust_plot_study_open(database, &study));
    struct ust_plot_study_request request = {.study = &study, .width = width > 0 ? width : 960};
    enum ust_status status = find_answer(&study, kind->of_selection, answer, &request.answer);
    request.height = height > 0 ? height : kind->height(&request);
    if (status == UST_OK)
        status = draw(&request, kind, path);
    ust_plot_study_close(&study);
    return status;
}
