/* Pieces of gnuplot scripts, and the process that draws them. */
#ifndef UST_PLOTS_GNUPLOT_H
#define UST_PLOTS_GNUPLOT_H

#include "plots/band.h"
#include "plots/plot.h"
#include "sim/base/text.h"
#include "sim/cli/output.h"

enum ust_picture { UST_SVG, UST_PNG, UST_PDF };

/* Okabe and Ito's colours, darkened for white paper; 0 is ink. */
const char *ust_gnuplot_colour(int index);

/* The text in single quotes: nothing in it is expanded, it cannot end the string or the line.
 */
void ust_gnuplot_quote(struct ust_text *out, const char *text);

/* Terminal, size in pixels of 1/96 inch, fonts, borders. */
void ust_gnuplot_terminal(struct ust_text *out, enum ust_picture picture, unsigned width,
                          unsigned height);

/* "name: what", and a line of small print; wrapped to the width. `left_chars` is the left
 * margin: 10, or more where labels of an axis need it. Sets the top margin. */
void ust_gnuplot_title(struct ust_text *out, const struct ust_plot_request *request,
                       unsigned left_chars, const char *what, const char *small);

/* "set xtics" at times that people read, as many as stand side by side, and the range. */
void ust_gnuplot_clock_axis(struct ust_text *out, const struct ust_plot_request *request,
                            double from_s, double to_s);
/* The same in minutes after something. */
void ust_gnuplot_minute_axis(struct ust_text *out, const struct ust_plot_request *request,
                             unsigned left_chars, double to_min);
/* Ticks of a logarithmic axis ('x' or 'y') in ms: every power of ten, as "10 ms", "1 s". */
void ust_gnuplot_latency_axis(struct ust_text *out, char axis);
/* The faults as shaded times. */
void ust_gnuplot_faults(struct ust_text *out, const struct ust_plot_run *run);

/* A data block `$name` of t, low, mid, high; a gap where a band has none. `scale` multiplies;
 * `floor` is the least value written (a logarithmic axis has no zero). */
void ust_gnuplot_band(struct ust_text *out, const char *name, const struct ust_plot_band *band,
                      double scale, double floor);
/* Its parts of a plot command: the band (only with several replications) and the median. */
void ust_gnuplot_band_area(struct ust_text *out, const struct ust_plot_run *run,
                           const char *name, int colour);
void ust_gnuplot_band_line(struct ust_text *out, const char *name, const char *title,
                           int colour, bool dashed);

/* "Median of 20 replications, band: 90 % of them; shaded: the fault" */
void ust_gnuplot_small_print(struct ust_text *out, const struct ust_plot_run *run);

/* Which picture a file's ending asks for; another ending is told, with the command's name:
 * UST_INVALID. */
enum ust_status ust_gnuplot_picture(const char *command, const char *path,
                                    enum ust_picture *picture);

/* Draws the script into a file, which appears whole or not at all. */
enum ust_status ust_gnuplot_file(const struct ust_text *script, const char *path);

/* Draws the script into the output. Failures are printed: UST_REFUSED. */
enum ust_status ust_gnuplot_draw(const struct ust_text *script, struct ust_output *output);

#endif
