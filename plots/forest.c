#include "plots/forest.h"

#include <math.h>
#include <string.h>

#include "plots/gnuplot.h"

#define CHAR_PIXELS 7.6
#define ROW_PIXELS  24
#define TICK_PIXELS 58
#define LABEL_MOST  44
#define TEXT_MOST   30
#define EVEN_MOST   12.0 /* reaches farther: logarithmic */

struct layout {
    unsigned left, right; /* characters */
    bool bent, texts;
    double reach;
};

static double place(const struct layout *layout, double value)
{
    return layout->bent ? asinh(value) : value;
}

static struct layout lay_out(const struct ust_forest *forest, unsigned width)
{
    struct layout it = {.left = 8, .right = 3, .texts = width >= 700};
    for (uint32_t i = 0; i < forest->n; i++) {
        const struct ust_forest_row *row = &forest->row[i];
        unsigned label = (unsigned)ust_text_columns(row->label) + 2;
        unsigned text = (unsigned)ust_text_columns(row->text) + 2;
        it.left = label > it.left ? label : it.left;
        it.right = it.texts && text > it.right ? text : it.right;
        it.reach = fmax(it.reach, fabs(row->value));
        if (isfinite(row->low))
            it.reach = fmax(it.reach, fmax(fabs(row->low), fabs(row->high)));
    }
    unsigned most = (unsigned)(width * 0.42 / CHAR_PIXELS);
    most = most < LABEL_MOST ? most : LABEL_MOST;
    it.left = it.left > most ? most : it.left;
    it.right = it.right > TEXT_MOST ? TEXT_MOST : it.right;
    it.reach = it.reach > 0 ? it.reach : 1;
    it.bent = !forest->even && it.reach > EVEN_MOST;
    return it;
}

/* A label of at most so many characters: its end is what tells rows apart less. */
static void add_label(const char *label, unsigned most, struct ust_text *out)
{
    struct ust_text cut = {0};
    unsigned columns = 0;
    const char *at = label;
    while (*at != '\0' && columns + 1 < most) {
        do
            at++;
        while (((unsigned char)*at & 0xc0) == 0x80);
        columns++;
    }
    if (*at == '\0' || ust_text_columns(label) <= most)
        ust_text_add(&cut, label);
    else
        ust_text_printf(&cut, "%.*s\xe2\x80\xa6", (int)(at - label), label);
    /* A tick's label is a format. */
    struct ust_text safe = {0};
    for (const char *c = ust_text_string(&cut); *c != '\0'; c++)
        ust_text_add_n(&safe, *c == '%' ? "%%" : c, *c == '%' ? 2 : 1);
    ust_gnuplot_quote(out, ust_text_string(&safe));
    ust_text_free(&safe);
    ust_text_free(&cut);
}

static bool has_group(const struct ust_forest *forest, int group)
{
    for (uint32_t i = 0; i < forest->n; i++)
        if (forest->row[i].group == group)
            return true;
    return false;
}

static void add_rows(const struct ust_forest *forest, const struct layout *layout,
                     struct ust_text *out)
{
    ust_text_add(out, "set ytics (");
    for (uint32_t i = 0; i < forest->n; i++) {
        ust_text_add(out, i > 0 ? ", " : "");
        add_label(forest->row[i].label, layout->left - 2, out);
        ust_text_printf(out, " %u", forest->n - i);
    }
    ust_text_add(out, ") nomirror\n");
    for (uint32_t i = 0; layout->texts && i < forest->n; i++) {
        ust_text_printf(out, "set label %u ", 20 + i);
        ust_gnuplot_quote(out, forest->row[i].text);
        ust_text_printf(out,
                        " at graph 1, first %u left offset character 1,0 noenhanced textcolor "
                        "rgb '#4a4f58'\n",
                        forest->n - i);
    }
    for (int g = 0; g < UST_FOREST_GROUPS; g++) {
        if (!has_group(forest, g))
            continue;
        ust_text_printf(out, "$group%d << EOD\n", g);
        for (uint32_t i = 0; i < forest->n; i++) {
            const struct ust_forest_row *row = &forest->row[i];
            if (row->group != g)
                continue;
            bool whole = isfinite(row->low) && isfinite(row->high);
            ust_text_printf(out, "%.8g %u %.8g %.8g\n", place(layout, row->value),
                            forest->n - i, place(layout, whole ? row->low : row->value),
                            place(layout, whole ? row->high : row->value));
        }
        ust_text_add(out, "EOD\n");
    }
}

/* As many ticks as fit, symmetric around 0. */
static void add_axis(const struct ust_forest *forest, const struct layout *layout,
                     unsigned width, struct ust_text *out)
{
    static const double bent[] = {1e6, 1e5, 1e4, 1000, 300, 100, 30, 10, 3, 1};
    double pixels = width - CHAR_PIXELS * (layout->left + layout->right);
    double room = pixels / TICK_PIXELS;
    double end = place(layout, layout->reach) * 1.06;
    /* A tick's label is a format. */
    const char *unit = strcmp(forest->unit, "%") == 0 ? "%%" : forest->unit;
    ust_text_printf(out, "set xrange [%.8g:%.8g]\nset xtics ('0' 0", -end, end);
    if (layout->bent) {
        double apart = TICK_PIXELS * 2 * end / pixels, last = end + apart;
        for (size_t i = 0; i < sizeof bent / sizeof bent[0]; i++) {
            double at = asinh(bent[i]);
            if (at > end || last - at < apart || at < apart)
                continue;
            last = at;
            ust_text_printf(out, ", '+%g %s' %.8g, '\xe2\x88\x92%g %s' %.8g", bent[i], unit, at,
                            bent[i], unit, -at);
        }
    } else {
        double step = pow(10, floor(log10(layout->reach)));
        while (layout->reach / step < 2)
            step /= 2;
        while (2 * floor(layout->reach / step) + 1 > fmax(3, room))
            step *= 2;
        for (double t = step; t <= layout->reach * 1.06; t += step)
            ust_text_printf(out, ", '+%.3g %s' %.8g, '\xe2\x88\x92%.3g %s' %.8g", t, unit, t, t,
                            unit, -t);
    }
    ust_text_add(out, ")\n");
}

unsigned ust_forest_height(uint32_t rows)
{
    return 150 + ROW_PIXELS * (rows < 4 ? 4 : rows);
}

void ust_forest_script(const struct ust_forest *forest, unsigned width, struct ust_text *out)
{
    /* Colour and sign: a filled square, a filled circle, an open circle, a cross. */
    static const int colours[UST_FOREST_GROUPS] = {2, 3, 0, 1};
    static const int signs[UST_FOREST_GROUPS] = {5, 7, 6, 7};
    struct layout layout = lay_out(forest, width);
    const struct ust_plot_run named = {.name = forest->name};
    const struct ust_plot_request request = {.run = &named, .width = width};
    struct ust_text small = {0};
    ust_text_add(&small, forest->small);
    if (layout.bent)
        ust_text_printf(&small, "; beyond 1 %s the axis is logarithmic", forest->unit);
    add_rows(forest, &layout, out);
    add_axis(forest, &layout, width, out);
    ust_gnuplot_title(out, &request, layout.left, forest->what, ust_text_string(&small));
    ust_text_printf(
        out,
        "set yrange [0.3:%u.7]\nset lmargin %u\nset rmargin %u\nset border 0\n"
        "set grid noytics xtics\nset arrow 1 from 0,graph 0 to 0,graph 1 nohead back "
        "lc rgb '#8a8f98' lw 1.2\nset key bmargin left\nplot ",
        forest->n, layout.left, layout.right);
    const char *comma = "";
    for (int g = 0; g < UST_FOREST_GROUPS; g++) {
        if (!has_group(forest, g))
            continue;
        const char *colour = ust_gnuplot_colour(colours[g]);
        ust_text_printf(
            out,
            "%s$group%d using 1:2:3:4 with xerrorbars pt -1 lw 1.6 lc rgb '%s' "
            "notitle, $group%d using 1:2 with points pt %d ps 0.8 lw 1.4 lc rgb '%s' "
            "title ",
            comma, g, colour, g, signs[g], colour);
        ust_gnuplot_quote(out, forest->group[g]);
        comma = ", \\\n";
    }
    ust_text_add(out, "\n");
    ust_text_free(&small);
}

enum ust_status ust_forest_draw(const char *command, const struct ust_forest *forest,
                                unsigned width, const char *path)
{
    struct ust_text script = {0};
    enum ust_picture picture;
    UST_TRY(ust_gnuplot_picture(command, path, &picture));
    ust_gnuplot_terminal(&script, picture, width, ust_forest_height(forest->n));
    ust_forest_script(forest, width, &script);
    enum ust_status status = ust_gnuplot_file(&script, path);
    ust_text_free(&script);
    return status;
}
