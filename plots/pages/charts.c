#include "plots/pages/charts.h"

#include <math.h>
#include <string.h>

#include "analysis/profile/words.h"
#include "plots/format.h"
#include "plots/html.h"
#include "sim/base/utf8.h"

const char *ust_page_colour(uint32_t persona)
{
    static const char *const colours[] = {"c1",        "c2",        "c3",        "c4",
                                          "c5",        "c6",        "c7",        "c1 square",
                                          "c2 square", "c3 square", "c4 square", "c5 square",
                                          "c6 square", "c7 square"};
    return persona == UST_NOISE ? "c0" : colours[persona % 14];
}

const char *ust_page_clip(const char *text, size_t n, struct ust_text *out)
{
    struct ust_text clean = {0};
    ust_html_clean(&clean, text);
    const char *at = ust_text_string(&clean);
    size_t all = ust_text_columns(at);
    for (size_t i = 0; *at != '\0' && (all <= n || i + 1 < n); i++) {
        size_t length;
        ust_utf8_decode(at, &length);
        ust_text_add_n(out, at, length);
        at += length;
    }
    ust_text_free(&clean);
    if (all > n)
        ust_text_add(out, "\xe2\x80\xa6");
    return ust_text_string(out);
}

/* Width and height are also those of its type: a wider picture has no larger letters. */
static void begin(struct ust_text *out, double width, double height, const char *label)
{
    ust_html_put(out,
                 "<svg class=\"picture\" viewBox=\"0 0 %f %f\" width=\"%f\" role=\"img\" "
                 "aria-label=\"%s\">\n",
                 width, height, width, label);
}

static void end(struct ust_text *out)
{
    ust_text_add(out, "</svg>\n");
}

static void text(struct ust_text *out, double x, double y, const char *class, const char *what)
{
    ust_html_put(out, "<text x=\"%f\" y=\"%f\" class=\"%s\">%s</text>\n", x, y, class, what);
}

static void line(struct ust_text *out, double x1, double y1, double x2, double y2,
                 const char *class)
{
    ust_html_put(out, "<line x1=\"%f\" y1=\"%f\" x2=\"%f\" y2=\"%f\" class=\"%s\"/>\n", x1, y1,
                 x2, y2, class);
}

/* ---- what a persona has of each feature ---- */

#define PROFILE_W    480.0
#define PROFILE_LEFT 108.0
#define PROFILE_END  282.0
#define PROFILE_ROW  26.0
/* Robust deviations from the middle of all; what lies farther is drawn at the edge. */
#define PROFILE_SPAN 4.0

static double profile_x(double scaled, double span)
{
    double at = fmin(fmax(scaled, -span), span);
    return PROFILE_LEFT + (at + span) / (2 * span) * (PROFILE_END - PROFILE_LEFT);
}

/* Values of all features as they are compared: people's values, scaled. */
static void scale(const struct ust_profile_model *model, const double *shown, double *out)
{
    ust_scaling_apply(&model->scaling, shown, 1, out);
}

/* The same for all personas: as far as any of their bars reaches. */
static double profile_span(const struct ust_profile_model *model)
{
    double span = 1.0;
    for (uint32_t p = 0; p < model->mixture.clusters; p++) {
        double low[UST_FEATURES_MAX], high[UST_FEATURES_MAX];
        scale(model, model->low[p], low);
        scale(model, model->high[p], high);
        for (uint32_t j = 0; j < model->plan.n; j++)
            span = fmax(span, fmax(fabs(low[j]), fabs(high[j])));
    }
    return fmin(span, PROFILE_SPAN);
}

static void profile_row(const struct ust_profile_model *model, uint32_t persona, uint32_t j,
                        double y, double span, struct ust_text *out)
{
    const struct ust_evidence *e = model->evidence;
    const struct ust_feature_column *column = &model->plan.column[j];
    double low[UST_FEATURES_MAX], middle[UST_FEATURES_MAX], high[UST_FEATURES_MAX];
    double all_low[UST_FEATURES_MAX], all_high[UST_FEATURES_MAX];
    struct ust_text name = {0}, value = {0};
    scale(model, model->low[persona], low);
    scale(model, model->middle[persona], middle);
    scale(model, model->high[persona], high);
    scale(model, e->low, all_low);
    scale(model, e->high, all_high);
    ust_feature_value_text(column, model->middle[persona][j], &value);
    ust_html_put(out, "<g><title>%s: in the middle %s, nine of ten from ", column->name,
                 ust_text_string(&value));
    struct ust_text range = {0}, top = {0};
    ust_feature_value_text(column, model->low[persona][j], &range);
    ust_feature_value_text(column, model->high[persona][j], &top);
    if (strcmp(ust_text_string(&range), ust_text_string(&top)) != 0)
        ust_text_printf(&range, " to %s", ust_text_string(&top));
    ust_text_free(&top);
    ust_html_put(out, "%s</title>\n", ust_text_string(&range));
    text(out, PROFILE_LEFT - 10, y + 4, "right", ust_page_clip(column->name, 15, &name));
    double x1 = profile_x(all_low[j], span), x2 = profile_x(all_high[j], span);
    ust_html_put(out, "<rect x=\"%f\" y=\"%f\" width=\"%f\" height=\"12\" class=\"all\"/>\n",
                 x1, y - 6, fmax(x2 - x1, 2.0));
    x1 = profile_x(low[j], span);
    x2 = profile_x(high[j], span);
    ust_html_put(out,
                 "<rect x=\"%f\" y=\"%f\" width=\"%f\" height=\"6\" rx=\"2\" class=\"%s\" "
                 "fill-opacity=\".55\"/>\n",
                 x1, y - 3, fmax(x2 - x1, 2.0), ust_page_colour(persona));
    ust_html_put(out, "<circle cx=\"%f\" cy=\"%f\" r=\"4.5\" class=\"%s ring\"/></g>\n",
                 profile_x(middle[j], span), y, ust_page_colour(persona));
    text(out, PROFILE_END + 10, y + 4, "", ust_text_string(&value));
    struct ust_text small = {0};
    text(out, PROFILE_W, y + 4, "right quiet range",
         ust_page_clip(ust_text_string(&range), 24, &small));
    ust_text_free(&small);
    ust_text_free(&name);
    ust_text_free(&value);
    ust_text_free(&range);
}

void ust_page_profile(const struct ust_profile_model *model, uint32_t persona,
                      const uint32_t *feature, uint32_t n, struct ust_text *out)
{
    double span = profile_span(model);
    begin(out, PROFILE_W, PROFILE_ROW * n + 8,
          "What its sessions have of each feature, in deviations from the middle of all");
    line(out, profile_x(0, span), 2, profile_x(0, span), PROFILE_ROW * n + 6, "zero");
    for (uint32_t i = 0; i < n; i++)
        profile_row(model, persona, feature[i], PROFILE_ROW * i + PROFILE_ROW / 2 + 4, span,
                    out);
    end(out);
}

/* ---- the week ---- */

#define WEEK_W    480.0
#define WEEK_LEFT 40.0
#define CELL_H    17.0

void ust_page_week(const struct ust_profile_model *model, uint32_t persona,
                   struct ust_text *out)
{
    static const char *const days[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    const uint64_t *week = model->evidence->persona[persona].week;
    const double cell = (WEEK_W - WEEK_LEFT) / 24;
    uint64_t most = 1;
    char count[UST_COUNT_TEXT_MAX], hour[16];
    for (int i = 0; i < UST_EVIDENCE_HOURS; i++)
        most = week[i] > most ? week[i] : most;
    begin(out, WEEK_W, 7 * CELL_H + 24, "Sessions by hour and day of the week");
    for (int d = 0; d < 7; d++) {
        text(out, WEEK_LEFT - 8, CELL_H * d + 13, "right quiet", days[d]);
        for (int h = 0; h < 24; h++) {
            uint64_t n = week[d * 24 + h];
            ust_html_put(out,
                         "<rect x=\"%f\" y=\"%f\" width=\"%f\" height=\"%f\" class=\"%s\" "
                         "fill-opacity=\"%f\"><title>%s %d:00: %s sessions</title></rect>\n",
                         WEEK_LEFT + cell * h, CELL_H * d, cell - 1.5, CELL_H - 1.5,
                         n > 0 ? ust_page_colour(persona) : "empty",
                         n > 0 ? 0.12 + 0.88 * (double)n / (double)most : 1.0, days[d], h,
                         ust_count_text(n, count));
        }
    }
    for (int h = 0; h < 24; h += 6) {
        snprintf(hour, sizeof hour, "%d:00", h);
        text(out, WEEK_LEFT + cell * h, 7 * CELL_H + 16, "quiet", hour);
    }
    end(out);
}

/* ---- the plane ---- */

#define PLANE_W 620.0
#define PLANE_H 420.0
#define PLANE_M 30.0

struct plane {
    double x0, y0, scale;
};

/* One scale for both axes: distances mean the same in all directions. */
static struct plane fit_plane(const struct ust_evidence *e)
{
    double x1 = -(double)INFINITY, x0 = -x1, y0 = x0, y1 = x1;
    for (uint32_t i = 0; i < e->points; i++) {
        x0 = fmin(x0, e->point[i].x);
        x1 = fmax(x1, e->point[i].x);
        y0 = fmin(y0, e->point[i].y);
        y1 = fmax(y1, e->point[i].y);
    }
    double wide = fmax(x1 - x0, 1e-9), high = fmax(y1 - y0, 1e-9);
    double by_x = (PLANE_W - 2 * PLANE_M) / wide, by_y = (PLANE_H - 2 * PLANE_M) / high;
    struct plane it = {.scale = fmin(by_x, by_y)};
    it.x0 = (x0 + x1) / 2 - PLANE_W / 2 / it.scale;
    it.y0 = (y0 + y1) / 2 - PLANE_H / 2 / it.scale;
    return it;
}

void ust_page_plane(const struct ust_profile_model *model, struct ust_text *out)
{
    const struct ust_evidence *e = model->evidence;
    if (e->points == 0)
        return;
    struct plane at = fit_plane(e);
    char first[80], second[80], share[UST_FORMAT_MAX];
    begin(out, PLANE_W, PLANE_H, "Sessions on the first two principal components");
    line(out, 6, PLANE_H - 6, PLANE_W - 6, PLANE_H - 6, "grid");
    line(out, 6, 6, 6, PLANE_H - 6, "grid");
    for (uint32_t i = 0; i < e->points; i++) {
        uint32_t persona = e->point[i].persona;
        double x = (e->point[i].x - at.x0) * at.scale,
               y = PLANE_H - (e->point[i].y - at.y0) * at.scale;
        if (persona == UST_NOISE || persona % 14 < 7)
            ust_html_put(out, "<circle cx=\"%f\" cy=\"%f\" r=\"2.6\" class=\"%s dot\"/>\n", x,
                         y, ust_page_colour(persona));
        else
            ust_html_put(out,
                         "<rect x=\"%f\" y=\"%f\" width=\"5\" height=\"5\" class=\"%s "
                         "dot\"/>\n",
                         x - 2.5, y - 2.5, ust_page_colour(persona));
    }
    snprintf(first, sizeof first, "1st component, %s of the variance",
             ust_format_percent(e->share[0], share));
    snprintf(second, sizeof second, "2nd, %s", ust_format_percent(e->share[1], share));
    text(out, PLANE_W - 8, PLANE_H - 12, "right quiet", first);
    text(out, 12, 16, "quiet", second);
    end(out);
}

/* ---- silhouettes ---- */

#define SIL_W    480.0
#define SIL_LEFT 136.0 /* for names in the larger letters of narrow screens */
#define SIL_H    300.0
#define SIL_LOW  (-0.4)

static double sil_x(double value)
{
    double at = fmin(fmax(value, SIL_LOW), 1.0);
    return SIL_LEFT + (at - SIL_LOW) / (1.0 - SIL_LOW) * (SIL_W - SIL_LEFT - 10);
}

/* A persona's share of the height, but never less than a line of text. */
static double band(const struct ust_profile_model *model, uint32_t persona)
{
    return fmax(SIL_H * model->mixture.weights[persona], 18.0);
}

static void sil_band(const struct ust_profile_model *model, uint32_t persona, double top,
                     struct ust_text *out)
{
    const struct ust_evidence_persona *it = &model->evidence->persona[persona];
    double height = band(model, persona);
    struct ust_text name = {0};
    char value[UST_FORMAT_MAX];
    text(out, SIL_LEFT - 10, top + height / 2 + 1, "right",
         ust_page_clip(model->personas[persona], 14, &name));
    ust_text_free(&name);
    if (it->silhouettes == 0)
        return;
    ust_html_put(out, "<path class=\"%s\" fill-opacity=\".75\" d=\"M%f %f",
                 ust_page_colour(persona), sil_x(0), top);
    for (uint32_t i = 0; i < it->silhouettes; i++) {
        double y = top + height * (i + 0.5) / it->silhouettes;
        ust_html_put(out, "L%f %f", sil_x(it->value[i]), y);
    }
    ust_html_put(out, "L%f %fZ\"><title>mean silhouette %s</title></path>\n", sil_x(0),
                 top + height, ust_format_fixed(it->silhouette, 2, value));
}

void ust_page_silhouettes(const struct ust_profile_model *model, struct ust_text *out)
{
    double height = 0.0, top = 4.0, mean = 0.0, all = 0.0;
    char value[UST_FORMAT_MAX], label[96];
    for (uint32_t p = 0; p < model->mixture.clusters; p++) {
        double silhouette = model->evidence->persona[p].silhouette;
        height += band(model, p) + 6.0;
        if (isnan(silhouette))
            continue;
        mean += model->mixture.weights[p] * silhouette;
        all += model->mixture.weights[p];
    }
    begin(out, SIL_W, height + 44, "Silhouettes of sampled sessions, by persona");
    for (int tick = -4; tick <= 10; tick += 2) {
        double x = sil_x(tick / 10.0);
        line(out, x, 2, x, height, tick == 0 ? "zero" : "grid");
        text(out, x, height + 16, "middle quiet", ust_format_fixed(tick / 10.0, 1, value));
    }
    for (uint32_t p = 0; p < model->mixture.clusters; p++) {
        sil_band(model, p, top, out);
        top += band(model, p) + 6.0;
    }
    if (all > 0.0) {
        mean /= all;
        line(out, sil_x(mean), 2, sil_x(mean), height, "mark");
        snprintf(label, sizeof label, "mean %s", ust_format_fixed(mean, 2, value));
        text(out, sil_x(mean), height + 36, "middle", label);
    }
    end(out);
}

/* ---- how many ---- */

#define CHOICE_W    320.0
#define CHOICE_H    200.0
#define CHOICE_LEFT 68.0 /* likewise, for numbers */

static double figure(const struct ust_k_evidence *at, enum ust_page_evidence what)
{
    return what == UST_PAGE_SILHOUETTE ? at->silhouette
           : what == UST_PAGE_GAP      ? at->gap
           : what == UST_PAGE_BIC      ? at->bic
                                       : at->kinds_bic;
}

static double y_of(double value, double low, double high)
{
    return CHOICE_H - 30 - (value - low) / (high - low) * (CHOICE_H - 48);
}

bool ust_page_choice(const struct ust_choice_of_k *choice, enum ust_page_evidence what,
                     struct ust_text *out)
{
    static const char *const labels[] = {
        "Mean silhouette by number of personas", "Gap statistic by number of personas",
        "BIC by number of personas", "BIC of kinds by number of components"};
    const uint32_t says[] = {choice->by_silhouette, choice->by_gap, choice->by_bic,
                             choice->by_kinds};
    double high = -(double)INFINITY, low = -high;
    for (uint32_t i = 0; i < choice->n; i++) {
        double value = figure(&choice->at[i], what);
        double error = what == UST_PAGE_GAP ? choice->at[i].gap_error : 0.0;
        if (isnan(value) || isnan(error))
            continue;
        low = fmin(low, value - error);
        high = fmax(high, value + error);
    }
    if (!(low <= high))
        return false;
    high = high > low ? high : low + 1.0;
    double k0 = choice->at[0].k, k1 = choice->at[choice->n - 1].k;
    double step = (CHOICE_W - CHOICE_LEFT - 16) / fmax(k1 - k0, 1.0);
    char value[UST_FORMAT_MAX], number[16];
    begin(out, CHOICE_W, CHOICE_H, labels[what]);
    for (int i = 0; i <= 2; i++) {
        double at = low + (high - low) * i / 2;
        line(out, CHOICE_LEFT, y_of(at, low, high), CHOICE_W - 8, y_of(at, low, high), "grid");
        text(out, CHOICE_LEFT - 6, y_of(at, low, high) + 4, "right quiet",
             ust_format_short(at, value));
    }
    bool open = false;
    ust_text_add(out, "<path class=\"curve\" d=\"");
    for (uint32_t i = 0; i < choice->n; i++) {
        double at = figure(&choice->at[i], what);
        if (!isnan(at))
            ust_html_put(out, open ? "L%f %f" : "M%f %f",
                         CHOICE_LEFT + 8 + (choice->at[i].k - k0) * step, y_of(at, low, high));
        open |= !isnan(at);
    }
    ust_text_add(out, "\"/>\n");
    for (uint32_t i = 0; i < choice->n; i++) {
        const struct ust_k_evidence *at = &choice->at[i];
        double x = CHOICE_LEFT + 8 + (at->k - k0) * step, y = figure(at, what);
        snprintf(number, sizeof number, "%u", at->k);
        if (choice->n <= 16 || at->k % 5 == 0)
            text(out, x, CHOICE_H - 8, at->k == choice->k ? "middle" : "middle quiet", number);
        if (isnan(y))
            continue;
        if (what == UST_PAGE_GAP && at->gap_error > 0.0)
            line(out, x, y_of(y - at->gap_error, low, high), x,
                 y_of(y + at->gap_error, low, high), "error");
        ust_html_put(out,
                     "<circle cx=\"%f\" cy=\"%f\" r=\"%f\" class=\"%s\"><title>%s personas: "
                     "%s</title></circle>\n",
                     x, y_of(y, low, high), at->k == says[what] ? 5.5 : 3.0,
                     at->k == says[what] ? "c2 ring" : "c1", number,
                     ust_format_short(y, value));
    }
    end(out);
    return true;
}
