#include "plots/panel.h"

#include "plots/gnuplot.h"
#include "sim/cli/cli.h"
#include "sim/store/store.h"

enum ust_status ust_plot_nothing(const struct ust_plot_request *request, const char *why)
{
    return ust_cli_refused("'%s' %s", ust_store_path(request->run->store), why);
}

/* Each panel's title says whose it is. */
static void titles(const struct ust_plot_request *request, const char *what, const char *small,
                   const char *whose, struct ust_text *out)
{
    struct ust_text title = {0};
    ust_text_printf(&title, "%s of %s", what, whose);
    ust_gnuplot_title(out, request, 10, title.data, small);
    ust_text_free(&title);
}

enum ust_status ust_plot_panels(const struct ust_plot_request *request, const char *what,
                                const char *small, const uint32_t *ids, uint32_t n,
                                const char *(*name)(const struct ust_plot_run *, uint32_t),
                                ust_plot_panel panel, struct ust_text *out)
{
    uint32_t columns = n > 3 ? 2 : 1, drawn = 0;
    struct ust_plot_request own = *request;
    own.width = request->width / columns;
    if (n > 1)
        ust_text_printf(out, "set multiplot layout %u,%u\n", (n + columns - 1) / columns,
                        columns);
    for (uint32_t i = 0; i < n; i++) {
        struct ust_text one = {0};
        bool empty;
        enum ust_status status = panel(&own, ids[i], &empty, &one);
        if (status == UST_OK && empty && n > 1)
            ust_text_add(out, "set multiplot next\n");
        if (status == UST_OK && !empty) {
            titles(&own, what, small, name(request->run, ids[i]), out);
            ust_text_add(out, one.data);
            drawn++;
        }
        ust_text_free(&one);
        UST_TRY(status);
    }
    if (n > 1)
        ust_text_add(out, "unset multiplot\n");
    if (drawn == 0)
        return ust_plot_nothing(request, "holds nothing of this kind to draw");
    return UST_OK;
}
