/* Numbers for readers. Every function writes to `out` and returns it; what is not known is
 * "–". No locale is asked, so the bytes are the same everywhere. */
#ifndef UST_PLOTS_FORMAT_H
#define UST_PLOTS_FORMAT_H

#include "plots/data.h"

#define UST_FORMAT_MAX 48

const char *ust_format_duration(double seconds, char out[UST_FORMAT_MAX]); /* "11m05s" */
const char *ust_format_latency(double seconds, char out[UST_FORMAT_MAX]);  /* "2.9 s" */
const char *ust_format_percent(double ratio, char out[UST_FORMAT_MAX]);    /* "98.71 %" */
const char *ust_format_count(double count, char out[UST_FORMAT_MAX]);      /* "1,728,034" */
const char *ust_format_short(double value, char out[UST_FORMAT_MAX]);      /* 3 digits */
const char *ust_format_fixed(double value, int digits, char out[UST_FORMAT_MAX]);

/* The local time of the run at t_s: "18:30:00", with the day in front ("Sat 18:30:00") when it
 * is not the day on which the run starts. */
const char *ust_format_clock(const struct ust_plot_run *run, double t_s,
                             char out[UST_FORMAT_MAX]);
/* "27 November 2026, 16:00 (UTC-05:00)" of t_s. */
const char *ust_format_date(const struct ust_plot_run *run, double t_s,
                            char out[UST_FORMAT_MAX]);

#endif
