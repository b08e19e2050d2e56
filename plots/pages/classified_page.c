/* The page of a classification: how many are strangers, whether the mix moves, how far sessions
 * lie, and why the farthest are of none. */
#include <math.h>
#include <string.h>

#include "plots/embed.h"
#include "plots/format.h"
#include "plots/html.h"
#include "plots/pages/charts.h"
#include "plots/pages/classified_data.h"
#include "plots/pages/page.h"
#include "plots/shell.h"
#include "sim/base/limits.h"
#include "sim/base/time.h"

struct page {
    const struct ust_class_data *data;
    struct ust_text *out;
};

static const char *name_of(const struct ust_class_persona *persona)
{
    return persona->name != NULL ? persona->name : "none";
}

/* None is drawn in ink. */
static const char *colour(const struct page *page, uint32_t answer)
{
    return ust_page_colour(answer + 1 < page->data->answers ? answer : UINT32_MAX);
}

/* "2026-12-02 06:00" in UTC. */
static const char *instant(double unix_s, char text[UST_TIME_TEXT_MAX])
{
    ust_time_iso((int64_t)floor(fmin(fmax(unix_s, -1e11), 1e11)), 0, text);
    text[strlen("2026-12-02")] = ' ';
    text[strlen("2026-12-02 06:00")] = '\0';
    return text;
}

/* A duration that may be anything. */
static const char *span(double seconds, char text[UST_TIME_TEXT_MAX])
{
    return ust_time_text(ust_time_from_seconds(fmin(fmax(seconds, 0.0), 1e9)), text);
}

/* ---- at the top ---- */

static void fact(struct page *page, const char *what, const char *value)
{
    ust_html_put(page->out, "<div><dt>%s</dt><dd>%s</dd></div>\n", what, value);
}

static void facts(struct page *page)
{
    const struct ust_class_data *data = page->data;
    char text[UST_COUNT_TEXT_MAX], first[UST_TIME_TEXT_MAX], last[UST_TIME_TEXT_MAX],
        level[UST_FORMAT_MAX];
    struct ust_text window = {0};
    ust_text_add(page->out, "<dl class=\"facts\">\n");
    fact(page, "Events", ust_count_text(data->events, text));
    if (!isnan(data->first)) {
        ust_text_printf(&window, "%s to %s", instant(data->first, first),
                        instant(data->last, last));
        fact(page, "Window (UTC)", ust_text_string(&window));
    }
    fact(page, "Model", data->model);
    fact(page, "A session ends after", span(data->gap_s, first));
    fact(page, "Of a persona's own, kept", ust_format_percent(data->level, level));
    fact(page, "Malformed lines", ust_count_text(data->malformed, text));
    fact(page, "Events of programs", ust_count_text(data->programs, text));
    fact(page, "Second copies", ust_count_text(data->copies, text));
    ust_text_add(page->out, "</dl>\n");
    ust_text_free(&window);
}

static void top(struct page *page)
{
    const struct ust_class_data *data = page->data;
    char count[UST_COUNT_TEXT_MAX], share[UST_FORMAT_MAX], learned[UST_FORMAT_MAX];
    uint32_t shifted = 0, moved = 0;
    for (uint32_t i = 0; i < data->windows; i++) {
        shifted += strcmp(data->window[i].state, "shifted") == 0;
        moved += strcmp(data->window[i].state, "moved") == 0;
    }
    double none = data->sessions > 0 ? (double)data->none / (double)data->sessions : 0.0;
    ust_html_put(page->out,
                 "<header class=\"top\"><p class=\"brand\">understudy</p>\n"
                 "<nav aria-label=\"Sections\">%r"
                 "<a href=\"#distances\">Distances</a><a href=\"#strangers\">Strangers</a>"
                 "%r</nav></header>\n<main>\n<section class=\"hero\" aria-label=\"Summary\">\n"
                 "<p class=\"asked\">Whose are these %s sessions?</p>\n"
                 "<h1><span class=\"big\">%s of none</span><span class=\"of\">%s expected by "
                 "chance <span class=\"quiet\">\xc2\xb7 ",
                 data->windows > 0 ? "<a href=\"#mix\">The mix</a>" : "",
                 data->labels > 0 ? "<a href=\"#labels\">Labels</a>" : "",
                 ust_count_text(data->sessions, count), ust_format_percent(none, share),
                 ust_format_percent(1.0 - data->level, learned));
    if (data->windows == 0)
        ust_text_add(page->out,
                     data->sessions > 0 ? "nobody knows when it was" : "there are no sessions");
    else if (shifted + moved == 0)
        ust_html_put(page->out, "no window of %u has moved", data->windows);
    else
        ust_html_put(page->out, "of %u windows %u shifted, %u moved", data->windows, shifted,
                     moved);
    ust_text_add(page->out, "</span></span></h1>\n");
    if (!data->complete)
        ust_text_add(page->out, "<p class=\"lead\">It was stopped before the end.</p>\n");
    facts(page);
    ust_text_add(page->out, "</section>\n");
}

/* ---- the mix ---- */

#define MIX_W    960.0
#define MIX_H    320.0
#define MIX_LEFT 48.0
#define MIX_LOW  272.0

static void mix_bar(struct page *page, const struct ust_class_window *w, double x, double width)
{
    char when[UST_TIME_TEXT_MAX], share[UST_FORMAT_MAX], count[UST_COUNT_TEXT_MAX];
    double y = MIX_LOW;
    for (uint32_t a = 0; a < page->data->answers; a++) {
        double height = w->share[a] * (MIX_LOW - 8);
        y -= height;
        ust_html_put(page->out,
                     "<rect x=\"%f\" y=\"%f\" width=\"%f\" height=\"%f\" class=\"%r\" "
                     "fill-opacity=\".85\"><title>%s, %s sessions: %s %s</title></rect>\n",
                     x, y, width, height, colour(page, a), instant(w->begin, when),
                     ust_count_text(w->sessions, count), name_of(&page->data->persona[a]),
                     ust_format_percent(w->share[a], share));
    }
    bool shifted = strcmp(w->state, "shifted") == 0, moved = strcmp(w->state, "moved") == 0;
    if (shifted || moved)
        ust_html_put(
            page->out, "<text x=\"%f\" y=\"%f\" class=\"middle\">%s<title>%s</title></text>\n",
            x + width / 2, MIX_LOW + 14, shifted ? "\xe2\x96\xb2" : "\xe2\x96\xb3", w->state);
}

/* Bars stand where their windows lie in time; the first is what was learned. */
static void mix_picture(struct page *page)
{
    const struct ust_class_data *data = page->data;
    double begin = data->window[0].begin, end = data->window[data->windows - 1].end;
    double left = MIX_LEFT + 72, wide = MIX_W - left - 4;
    char text[UST_TIME_TEXT_MAX];
    struct ust_class_window learned = {.begin = begin, .state = "", .share = data->learned};
    ust_html_put(page->out,
                 "<div class=\"scroll\">\n<svg class=\"picture wide\" viewBox=\"0 0 %f %f\" "
                 "width=\"%f\" role=\"img\" "
                 "aria-label=\"Shares of personas by window\">\n",
                 MIX_W, MIX_H, MIX_W);
    for (int i = 0; i <= 4; i++) {
        double y = MIX_LOW - (MIX_LOW - 8) * i / 4;
        ust_html_put(page->out,
                     "<line x1=\"%f\" y1=\"%f\" x2=\"%f\" y2=\"%f\" class=\"grid\"/>"
                     "<text x=\"%f\" y=\"%f\" class=\"right quiet\">%d %%</text>\n",
                     MIX_LEFT, y, MIX_W - 4, y, MIX_LEFT - 6, y + 4, 25 * i);
    }
    mix_bar(page, &learned, MIX_LEFT + 8, 40);
    ust_html_put(page->out, "<text x=\"%f\" y=\"%f\" class=\"middle quiet\">learned</text>\n",
                 MIX_LEFT + 28, MIX_LOW + 32);
    for (uint32_t i = 0; i < data->windows; i++) {
        const struct ust_class_window *w = &data->window[i];
        double x = left + (w->begin - begin) / (end - begin) * wide;
        double width = (w->end - w->begin) / (end - begin) * wide;
        mix_bar(page, w, x, fmax(width - fmin(2.0, width / 4), 0.5));
    }
    for (int i = 0; i <= 3; i++) {
        double at = begin + (end - begin) * i / 3;
        ust_html_put(page->out, "<text x=\"%f\" y=\"%f\" class=\"%r quiet\">%s</text>\n",
                     left + wide * i / 3, MIX_LOW + 32,
                     i == 0   ? ""
                     : i == 3 ? "right"
                              : "middle",
                     instant(at, text));
    }
    ust_text_add(page->out, "</svg>\n</div>\n");
}

static void mix_table(struct page *page)
{
    const struct ust_class_data *data = page->data;
    char text[UST_FORMAT_MAX], low[UST_FORMAT_MAX], high[UST_FORMAT_MAX],
        when[UST_TIME_TEXT_MAX], count[UST_COUNT_TEXT_MAX];
    ust_text_add(
        page->out,
        "<div class=\"scroll matrix\" tabindex=\"0\" role=\"region\" aria-label=\"The mix "
        "by window\">\n<table class=\"events\">\n<caption>Shares with 95 % "
        "intervals</caption>\n<thead><tr><th scope=\"col\">From (UTC)</th><th "
        "scope=\"col\" class=\"num\">Sessions</th>");
    for (uint32_t a = 0; a < data->answers; a++)
        ust_html_put(page->out, "<th scope=\"col\" class=\"num\">%n</th>",
                     name_of(&data->persona[a]));
    ust_text_add(page->out, "<th scope=\"col\" class=\"num\">PSI</th><th scope=\"col\" "
                            "class=\"num\">p, adjusted</th><th scope=\"col\">Mix</th></tr>"
                            "</thead>\n<tbody>\n");
    for (uint32_t i = 0; i < data->windows; i++) {
        const struct ust_class_window *w = &data->window[i];
        ust_html_put(page->out, "<tr><th scope=\"row\">%s</th><td class=\"num\">%s</td>",
                     instant(w->begin, when), ust_count_text(w->sessions, count));
        for (uint32_t a = 0; a < data->answers; a++)
            ust_html_put(
                page->out,
                "<td class=\"num\">%s<span class=\"note\">%s \xe2\x80\x93 %s</span></td>",
                ust_format_percent(w->share[a], text), ust_format_percent(w->low[a], low),
                ust_format_percent(w->high[a], high));
        ust_html_put(page->out, "<td class=\"num\">%s</td>", ust_format_fixed(w->psi, 3, text));
        ust_html_put(page->out,
                     "<td class=\"num\">%s</td><td class=\"state %s\">%s</td></tr>\n",
                     isnan(w->adjusted)     ? "\xe2\x80\x93"
                     : w->adjusted < 0.0001 ? "< 0.0001"
                                            : ust_format_fixed(w->adjusted, 4, text),
                     w->state, w->state);
    }
    ust_text_add(page->out, "</tbody></table></div>\n");
}

static void keys(struct page *page)
{
    ust_text_add(page->out, "<ul class=\"keys\">\n");
    for (uint32_t a = 0; a < page->data->answers; a++)
        ust_html_put(page->out, "<li><span class=\"chip %r\"></span>%n</li>\n", colour(page, a),
                     name_of(&page->data->persona[a]));
    ust_text_add(page->out, "</ul>\n");
}

static void mix(struct page *page)
{
    const struct ust_class_data *data = page->data;
    char width[UST_TIME_TEXT_MAX], moved[UST_FORMAT_MAX], shifted[UST_FORMAT_MAX],
        chance[UST_FORMAT_MAX];
    ust_html_put(
        page->out,
        "<section id=\"mix\">\n<h2>The mix over time</h2>\n<p class=\"lead\">Windows of "
        "%s. \xe2\x96\xb3 has moved: the stability index (PSI) is %s or more and so "
        "large a difference has a chance of at most %s in all windows together; "
        "\xe2\x96\xb2 has shifted: %s or more.</p>\n<figure class=\"chart\">\n",
        span(data->window_s, width), ust_format_short(data->moved, moved),
        ust_format_percent(data->significance, chance),
        ust_format_short(data->shifted, shifted));
    keys(page);
    mix_picture(page);
    ust_text_add(page->out, "</figure>\n");
    mix_table(page);
    ust_text_add(page->out, "</section>\n");
}

/* ---- distances ---- */

#define BIN_W    440.0
#define BIN_H    170.0
#define BIN_LOW  138.0
#define BIN_LEFT 8.0

static void histogram(struct page *page, uint32_t persona)
{
    const struct ust_class_persona *it = &page->data->persona[persona];
    const double width = (BIN_W - 2 * BIN_LEFT) / UST_DISTANCE_BINS;
    const int gate = (int)(UST_DISTANCE_BINS / UST_DISTANCE_GATES);
    uint64_t most = 1;
    char count[UST_COUNT_TEXT_MAX], number[UST_FORMAT_MAX];
    for (int b = 0; b < UST_DISTANCE_BINS; b++)
        most = it->bin[b] > most ? it->bin[b] : most;
    ust_html_put(page->out,
                 "<svg class=\"picture\" viewBox=\"0 0 %f %f\" width=\"%f\" role=\"img\" "
                 "aria-label=\"Sessions by distance\">\n",
                 BIN_W, BIN_H, BIN_W);
    for (int b = 0; b < UST_DISTANCE_BINS; b++) {
        /* By the root, or a handful of strangers could not be seen beside thousands. */
        double height = sqrt((double)it->bin[b] / (double)most) * (BIN_LOW - 8);
        if (it->bin[b] > 0)
            ust_html_put(page->out,
                         "<rect x=\"%f\" y=\"%f\" width=\"%f\" height=\"%f\" class=\"%r\" "
                         "fill-opacity=\"%f\"><title>%s sessions</title></rect>\n",
                         BIN_LEFT + width * b, BIN_LOW - height, width - 1, height,
                         b < gate ? ust_page_colour(persona) : "c0", b < gate ? 0.75 : 1.0,
                         ust_count_text(it->bin[b], count));
    }
    for (int i = 0; i <= (int)UST_DISTANCE_GATES; i++) {
        double x = BIN_LEFT + width * gate * i;
        ust_html_put(page->out,
                     "<line x1=\"%f\" y1=\"%f\" x2=\"%f\" y2=\"%f\" class=\"%r\"/>"
                     "<text x=\"%f\" y=\"%f\" class=\"%r quiet\">%s%s</text>\n",
                     x, i == 1 ? 4.0 : BIN_LOW, x, BIN_LOW + 4, i == 1 ? "mark" : "grid", x,
                     BIN_LOW + 20,
                     i == 0                         ? ""
                     : i == (int)UST_DISTANCE_GATES ? "right"
                                                    : "middle",
                     ust_format_short(i * it->gate, number),
                     i == (int)UST_DISTANCE_GATES ? " and more" : "");
    }
    ust_text_add(page->out, "</svg>\n");
}

static void distances(struct page *page)
{
    const struct ust_class_data *data = page->data;
    char number[UST_FORMAT_MAX];
    ust_text_add(page->out,
                 "<section id=\"distances\">\n<h2>Distances</h2>\n<p class=\"lead\">How far "
                 "sessions lie from the persona that is nearest to them (Mahalanobis). Beyond "
                 "the dashed line they are of none. Heights go by the root of counts.</p>\n"
                 "<div class=\"charts\">\n");
    for (uint32_t a = 0; a + 1 < data->answers; a++) {
        const struct ust_class_persona *it = &data->persona[a];
        ust_html_put(page->out,
                     "<figure class=\"chart\"><figcaption><h3><span class=\"chip "
                     "%r\"></span>%n</h3>\n<p>Gate at %s, by %s",
                     ust_page_colour(a), name_of(it), ust_format_short(it->gate, number),
                     strcmp(it->gate_from, "own") == 0      ? "its own unseen sessions"
                     : strcmp(it->gate_from, "pooled") == 0 ? "unseen sessions of all personas"
                                                            : "the chi-square law");
        ust_html_put(page->out, "; confidence %s.</p></figcaption>\n",
                     ust_format_fixed(it->confidence, 2, number));
        histogram(page, a);
        ust_text_add(page->out, "</figure>\n");
    }
    ust_text_add(page->out, "</div>\n</section>\n");
}

/* ---- strangers ---- */

static void stranger(struct page *page, const struct ust_class_stranger *it)
{
    char when[UST_TIME_TEXT_MAX], count[UST_COUNT_TEXT_MAX], gates[UST_FORMAT_MAX],
        line[UST_COUNT_TEXT_MAX];
    bool timed = !isnan(it->begin);
    snprintf(line, sizeof line, "%llu", (unsigned long long)it->line);
    ust_html_put(page->out,
                 "<tr><th scope=\"row\">%n:%s<span class=\"note\">%s%s%s event%s</span></th>"
                 "<td>%n</td><td class=\"num\">%s</td><td><ul class=\"why\">",
                 it->file, line, timed ? instant(it->begin, when) : "", timed ? ", " : "",
                 ust_count_text(it->events, count), it->events == 1 ? "" : "s", it->nearest,
                 ust_format_short(it->gates, gates));
    for (uint32_t i = 0; i < it->why_n; i++)
        ust_html_put(page->out, "<li>%s</li>", it->why[i]);
    ust_text_add(page->out, "</ul></td></tr>\n");
}

static void strangers(struct page *page)
{
    const struct ust_class_data *data = page->data;
    char count[UST_COUNT_TEXT_MAX];
    ust_text_add(page->out, "<section id=\"strangers\">\n<h2>Strangers</h2>\n");
    if (data->strangers == 0) {
        ust_text_add(page->out, "<p class=\"missing\">Every session is some persona's.</p>\n"
                                "</section>\n");
        return;
    }
    ust_html_put(page->out, "<p class=\"lead\">%s sessions are of none%s.</p>\n",
                 ust_count_text(data->none, count),
                 data->none > data->strangers ? "; the farthest are shown" : "");
    ust_text_add(page->out,
                 "<div class=\"scroll matrix\" tabindex=\"0\" role=\"region\" "
                 "aria-label=\"Strangers\">\n<table>\n<thead><tr><th scope=\"col\">Session"
                 "<span class=\"note\">where it begins</span></th><th scope=\"col\">Nearest"
                 "</th><th scope=\"col\" class=\"num\">Gates away</th><th scope=\"col\">Why it "
                 "is of none</th></tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < data->strangers; i++)
        stranger(page, &data->stranger[i]);
    ust_text_add(page->out, "</tbody></table></div>\n</section>\n");
}

/* ---- labels ---- */

static void labels(struct page *page)
{
    const struct ust_class_data *data = page->data;
    char count[UST_COUNT_TEXT_MAX];
    if (data->labels == 0)
        return;
    ust_text_add(
        page->out,
        "<section id=\"labels\">\n<h2>Against labels</h2>\n<p class=\"lead\">Who was "
        "taken for whom, in sessions.</p>\n<div class=\"scroll matrix\" tabindex=\"0\" "
        "role=\"region\" aria-label=\"Confusion\">\n<table>\n<thead><tr><th "
        "scope=\"col\">Label</th><th scope=\"col\">Means</th>");
    for (uint32_t a = 0; a < data->answers; a++)
        ust_html_put(page->out, "<th scope=\"col\" class=\"num\">%n</th>",
                     name_of(&data->persona[a]));
    ust_text_add(page->out, "</tr></thead>\n<tbody>\n");
    for (uint32_t i = 0; i < data->labels; i++) {
        const struct ust_class_label *it = &data->label[i];
        ust_html_put(page->out, "<tr><th scope=\"row\">%n</th><td>%n</td>", it->name,
                     it->means != NULL ? it->means : "a stranger");
        for (uint32_t a = 0; a < data->answers; a++)
            ust_html_put(page->out, "<td class=\"num\">%s</td>",
                         ust_count_text(it->given[a], count));
        ust_text_add(page->out, "</tr>\n");
    }
    ust_text_add(page->out, "</tbody></table></div>\n</section>\n");
}

enum ust_status ust_page_classified(const char *path, struct ust_text *out)
{
    struct ust_arena *arena = ust_arena_new();
    struct ust_class_data data;
    struct page page = {&data, out};
    enum ust_status status = ust_class_data_load(path, arena, &data);
    if (status == UST_OK) {
        ust_shell_begin(out, "Classified sessions", NULL, ust_embed_pages_css, "mix");
        top(&page);
        if (data.windows > 0)
            mix(&page);
        distances(&page);
        strangers(&page);
        labels(&page);
        ust_shell_footer(out);
        ust_text_add(out, "</body>\n</html>\n");
    }
    ust_arena_free(arena);
    return status;
}
