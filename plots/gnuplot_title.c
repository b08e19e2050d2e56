/* What stands above a chart: the run's name and what is drawn, and the small print below it;
 * wrapped to the width, for gnuplot draws over the edge. */
#include <string.h>

#include "plots/gnuplot.h"

/* Pixels of a mean character, a little more than they take, and of the margins beside them. */
#define TITLE_PIXELS 10.6
#define SMALL_PIXELS 6.9
#define CHAR_PIXELS  8.0
#define LEFT_CHARS   10
#define RIGHT_PIXELS 12

#define LINES_MAX 3
#define LABELS    (2 * LINES_MAX)

struct lines {
    const char *at[LINES_MAX];
    size_t length[LINES_MAX];
    uint32_t n;
    bool all; /* nothing is left over */
};

/* Bytes of the first `columns` characters. */
static size_t bytes_of(const char *text, size_t columns)
{
    size_t bytes = 0;
    while (text[bytes] != '\0' && columns > 0) {
        bytes++;
        while (((unsigned char)text[bytes] & 0xc0) == 0x80)
            bytes++;
        columns--;
    }
    return bytes;
}

/* Breaks behind blanks, and where a word is too long behind a hyphen, or within it. */
static struct lines wrap(const char *text, size_t columns, uint32_t most)
{
    struct lines out = {.n = 0};
    while (*text != '\0' && out.n < most) {
        size_t take = bytes_of(text, columns), end = take;
        if (text[take] != '\0') {
            while (end > 0 && text[end] != ' ' && text[end - 1] != '-' && text[end - 1] != '_')
                end--;
            if (end < take / 2)
                end = take;
        }
        out.at[out.n] = text;
        out.length[out.n++] = end;
        text += end;
        text += strspn(text, " ");
    }
    out.all = *text == '\0';
    return out;
}

/* "name: what" within two lines; of a name that is too long, its beginning. */
static struct lines name_and_what(struct ust_text *title, const char *name, const char *what,
                                  size_t columns)
{
    struct lines lines;
    size_t keep = ust_text_columns(name);
    do {
        size_t bytes = bytes_of(name, keep);
        ust_text_clear(title);
        ust_text_add_n(title, name, bytes);
        ust_text_printf(title, "%s: %s", name[bytes] == '\0' ? "" : "\xe2\x80\xa6", what);
        lines = wrap(ust_text_string(title), columns, 2);
    } while (!lines.all && keep-- > 3);
    return lines.all ? lines : wrap(ust_text_string(title), columns, LINES_MAX);
}

static double place(const struct lines *lines, uint32_t *label, double bottom, double step,
                    int shift, const char *style, struct ust_text *out)
{
    struct ust_text line = {0};
    for (uint32_t i = 0; i < lines->n; i++) {
        ust_text_clear(&line);
        ust_text_add_n(&line, lines->at[i], lines->length[i]);
        ust_text_printf(out, "set label %u ", (*label)++);
        ust_gnuplot_quote(out, ust_text_string(&line));
        ust_text_printf(out,
                        " at graph 0, graph 1 offset character %d,%.4g noenhanced"
                        " textcolor rgb %s\n",
                        -shift, bottom + step * (lines->n - 1 - i), style);
    }
    ust_text_free(&line);
    return bottom + step * lines->n;
}

void ust_gnuplot_title(struct ust_text *out, const struct ust_plot_request *request,
                       unsigned left_chars, const char *what, const char *small)
{
    /* Where the left margin is wide, the title begins in it. */
    int shift = left_chars > LEFT_CHARS ? (int)left_chars - 2 : 0;
    double room = request->width - RIGHT_PIXELS -
                  CHAR_PIXELS * (left_chars > LEFT_CHARS ? 2 : LEFT_CHARS);
    size_t title_columns = room > 8 * TITLE_PIXELS ? (size_t)(room / TITLE_PIXELS) : 8;
    size_t small_columns = room > 12 * SMALL_PIXELS ? (size_t)(room / SMALL_PIXELS) : 12;
    struct ust_text title = {0};
    struct lines lines = name_and_what(&title, request->run->name, what, title_columns);
    struct lines print = wrap(small, small_columns, LINES_MAX);
    uint32_t label = 1;
    double top = place(&print, &label, 2.3 - 0.5 * (print.n - 1), 1.1, shift,
                       "'#6a6f78' font ',10'", out);
    top = place(&lines, &label, top + 0.2, 1.65, shift, "'#1b1d21' font ',15'", out);
    for (; label <= LABELS; label++)
        ust_text_printf(out, "unset label %u\n", label); /* of the panel before */
    ust_text_printf(out, "set tmargin %.4g\n", top - 0.65);
    ust_text_free(&title);
}
