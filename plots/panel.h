/* Several charts of one kind in one picture, one for each persona or region. */
#ifndef UST_PLOTS_PANEL_H
#define UST_PLOTS_PANEL_H

#include "plots/plot.h"

/* More would be stamps. */
#define UST_PANELS_MAX 6

/* Adds one panel's data and plot command; `*empty` when there was nothing, and then no plot. */
typedef enum ust_status (*ust_plot_panel)(const struct ust_plot_request *request, uint32_t id,
                                          bool *empty, struct ust_text *out);

enum ust_status ust_plot_panels(const struct ust_plot_request *request, const char *what,
                                const char *small, const uint32_t *ids, uint32_t n,
                                const char *(*name)(const struct ust_plot_run *, uint32_t),
                                ust_plot_panel panel, struct ust_text *out);

#endif
