/* The page of a set of personas: who they are, how they differ, how many, and what it rests on.
 */
#include <math.h>
#include <string.h>

#include "analysis/profile/words.h"
#include "plots/embed.h"
#include "plots/format.h"
#include "plots/html.h"
#include "plots/pages/charts.h"
#include "plots/pages/page.h"
#include "plots/shell.h"
#include "sim/base/time.h"

/* Features in a persona's picture and in the table: those that tell personas apart most. */
#define FEATURES_MAX 12

struct page {
    const struct ust_model_source *source;
    const struct ust_profile_model *model;
    const struct ust_evidence *e;
    struct ust_text *out;
    uint32_t feature[FEATURES_MAX]; /* in the order of the model */
    uint32_t features;
};

/* A table of sessions may not say when they were. */
static bool knows_when(const struct ust_profile_model *model)
{
    return model->first != 0 || model->last != 0;
}

/* How far the personas' middles lie apart, in scaled features. */
static double apart(const struct ust_profile_model *model, uint32_t j)
{
    double low = (double)INFINITY, high = -low;
    for (uint32_t p = 0; p < model->mixture.clusters; p++) {
        double mean = model->mixture.means[(size_t)p * model->plan.n + j];
        low = fmin(low, mean);
        high = fmax(high, mean);
    }
    return high - low;
}

static void choose_features(struct page *page)
{
    uint32_t d = page->model->plan.n;
    for (uint32_t j = 0; j < d; j++) {
        uint32_t farther = 0;
        for (uint32_t i = 0; i < d; i++) {
            double a = apart(page->model, i), b = apart(page->model, j);
            farther += a > b || (!(a < b) && i < j);
        }
        if (farther < FEATURES_MAX)
            page->feature[page->features++] = j;
    }
}

static const char *day(int64_t at_ns, char text[UST_TIME_TEXT_MAX])
{
    ust_time_iso(at_ns / UST_S - (at_ns % UST_S < 0), 0, text);
    text[strlen("2026-12-02")] = '\0';
    return text;
}

/* ---- at the top ---- */

static void fact(struct page *page, const char *what, const char *value)
{
    ust_html_put(page->out, "<div><dt>%s</dt><dd>%s</dd></div>\n", what, value);
}

static void facts(struct page *page)
{
    char text[UST_COUNT_TEXT_MAX], first[UST_TIME_TEXT_MAX], last[UST_TIME_TEXT_MAX];
    struct ust_text window = {0}, features = {0};
    ust_text_add(page->out, "<dl class=\"facts\">\n");
    fact(page, "Sessions", ust_count_text(page->e->sessions, text));
    fact(page, "Events", ust_count_text(page->e->events, text));
    if (knows_when(page->model)) {
        ust_text_printf(&window, "%s to %s", day(page->model->first, first),
                        day(page->model->last, last));
        fact(page, "Window", ust_text_string(&window));
    }
    fact(page, "A session ends after", ust_time_text(page->model->gap, first));
    fact(page, "Method", page->e->method);
    ust_text_printf(&features, "%u", page->model->plan.n);
    fact(page, "Features", ust_text_string(&features));
    if (page->e->alone > 0)
        fact(page, "Sessions of none", ust_count_text(page->e->alone, text));
    ust_text_add(page->out, "</dl>\n");
    ust_text_free(&window);
    ust_text_free(&features);
}

static void top(struct page *page)
{
    uint32_t n = page->model->mixture.clusters;
    char count[UST_COUNT_TEXT_MAX];
    ust_html_put(page->out,
                 "<header class=\"top\"><p class=\"brand\">understudy</p>\n"
                 "<nav aria-label=\"Sections\"><a href=\"#personas\">Personas</a>"
                 "<a href=\"#differ\">How they differ</a><a href=\"#many\">How many</a>"
                 "<a href=\"#source\">What it rests on</a></nav></header>\n<main>\n"
                 "<section class=\"hero\" aria-label=\"Summary\">\n"
                 "<p class=\"asked\">Who are the users behind %s sessions?</p>\n"
                 "<h1><span class=\"big\">%u %s</span></h1>\n",
                 ust_count_text(page->e->sessions, count), n, n == 1 ? "persona" : "personas");
    facts(page);
    ust_text_add(page->out, "</section>\n");
}

/* ---- a persona ---- */

static void part(struct page *page, const char *what, double value)
{
    char text[UST_FORMAT_MAX];
    ust_html_put(page->out,
                 "<div><dt>%s</dt><dd>%s<span class=\"meter\"><i style=\"width:%f%%\"></i>"
                 "</span></dd></div>\n",
                 what, ust_format_fixed(value, 2, text), 100.0 * fmin(fmax(value, 0.0), 1.0));
}

static void confidence(struct page *page, uint32_t persona)
{
    const struct ust_confidence *c = &page->e->persona[persona].confidence;
    ust_text_add(page->out, "<dl class=\"meters\">\n");
    part(page, "confidence", c->value);
    part(page, "= size", c->size);
    part(page, "\xc3\x97 stable", c->stability);
    part(page, "\xc3\x97 apart", c->separation);
    part(page, "\xc3\x97 age", c->age);
    ust_text_add(page->out, "</dl>\n");
}

static void persona(struct page *page, uint32_t p)
{
    char share[UST_FORMAT_MAX], count[UST_COUNT_TEXT_MAX];
    ust_html_put(page->out,
                 "<article class=\"chart\" id=\"persona-%u\">\n<span class=\"share\">%s</span>"
                 "<h3><span class=\"chip %r\"></span>%n</h3>\n<p class=\"quiet\">%s "
                 "sessions</p>\n",
                 p + 1, ust_format_percent(page->model->mixture.weights[p], share),
                 ust_page_colour(p), page->model->personas[p],
                 ust_count_text(page->model->sessions[p], count));
    confidence(page, p);
    ust_page_profile(page->model, p, page->feature, page->features, page->out);
    if (knows_when(page->model)) {
        ust_text_add(page->out, "<h4>When its sessions begin</h4>\n");
        ust_page_week(page->model, p, page->out);
    }
    ust_text_add(page->out, "</article>\n");
}

static void personas(struct page *page)
{
    ust_html_put(
        page->out,
        "<section id=\"personas\">\n<h2>Personas</h2>\n<p class=\"lead\">A feature's "
        "dot is what is in the middle of a persona's sessions, its bar holds nine of "
        "ten of them, and the grey one behind it nine of ten of all sessions, in robust "
        "deviations from the middle of all.%s</p>\n<div class=\"people\">\n",
        page->model->plan.n > page->features
            ? " Shown are the features that tell the personas apart most."
            : "");
    for (uint32_t p = 0; p < page->model->mixture.clusters; p++)
        persona(page, p);
    ust_text_add(page->out, "</div>\n</section>\n");
}

/* ---- how they differ ---- */

static void keys(struct page *page)
{
    ust_text_add(page->out, "<ul class=\"keys\">\n");
    for (uint32_t p = 0; p < page->model->mixture.clusters; p++)
        ust_html_put(page->out, "<li><span class=\"chip %r\"></span>%n</li>\n",
                     ust_page_colour(p), page->model->personas[p]);
    if (page->e->alone > 0)
        ust_text_add(page->out, "<li><span class=\"chip c0\"></span>of none</li>\n");
    ust_text_add(page->out, "</ul>\n");
}

/* "requests, think and buy": what an axis is made of, the largest parts first. */
static void axis_words(struct page *page, uint32_t axis, struct ust_text *out)
{
    const double *a = page->e->axes + (size_t)axis * page->e->d;
    uint32_t d = page->e->d, told = 0;
    double last = (double)INFINITY;
    for (uint32_t round = 0; round < 3 && round < d; round++) {
        uint32_t best = d;
        for (uint32_t j = 0; j < d; j++)
            if (fabs(a[j]) < last && (best == d || fabs(a[j]) > fabs(a[best])))
                best = j;
        if (best == d || fabs(a[best]) < 0.2)
            break;
        last = fabs(a[best]);
        ust_text_printf(out, "%s%s%s", told > 0 ? ", " : "", a[best] > 0 ? "more " : "less ",
                        page->model->plan.column[best].name);
        told++;
    }
}

static void plane(struct page *page)
{
    struct ust_text first = {0}, second = {0};
    axis_words(page, 0, &first);
    axis_words(page, 1, &second);
    ust_html_put(page->out,
                 "<figure class=\"chart\"><figcaption><h3>On the plane on which they "
                 "differ most</h3>\n<p>To the right: %s.",
                 ust_text_string(&first));
    if (second.length > 0)
        ust_html_put(page->out, " Upwards: %s.", ust_text_string(&second));
    ust_text_add(page->out, " A dot is a sampled session.</p></figcaption>\n");
    keys(page);
    ust_page_plane(page->model, page->out);
    ust_text_add(page->out, "</figure>\n");
    ust_text_free(&first);
    ust_text_free(&second);
}

/* The figures of "How many" try numbers out by k-means, whatever finds the personas then. */
static void silhouettes_differ(struct page *page)
{
    if (strcmp(page->e->method, "kmeans") == 0 || page->model->mixture.clusters < 2)
        return;
    if (strcmp(page->e->method, "kinds") == 0)
        ust_text_add(page->out, " Kinds rest on more than such distances, so a session below 0 "
                                "may be where it belongs.");
    if (page->e->choice.n > 0)
        ust_html_put(page->out, " Of %s: the means under \"How many\" are of k-means.",
                     page->e->method);
}

static void silhouettes(struct page *page)
{
    ust_text_add(page->out,
                 "<figure class=\"chart\"><figcaption><h3>Silhouettes</h3>\n<p>How much nearer "
                 "a session lies to its own persona than to the next: 1 is all its own, 0 "
                 "between two, below 0 on the wrong side.");
    silhouettes_differ(page);
    ust_text_add(page->out, "</p></figcaption>\n");
    if (page->model->mixture.clusters > 1)
        ust_page_silhouettes(page->model, page->out);
    else
        ust_text_add(page->out, "<p class=\"missing\">There is no other persona to be apart "
                                "from.</p>\n");
    ust_text_add(page->out, "</figure>\n");
}

static void table(struct page *page)
{
    const struct ust_profile_model *model = page->model;
    ust_text_add(page->out,
                 "<div class=\"scroll matrix\" tabindex=\"0\" role=\"region\" aria-label=\"All "
                 "features\">\n<table>\n<caption>What is in the middle; of actions their mean "
                 "share</caption>\n<thead><tr><th scope=\"col\">Feature</th>");
    for (uint32_t p = 0; p < model->mixture.clusters; p++)
        ust_html_put(page->out, "<th scope=\"col\" class=\"num\">%n</th>", model->personas[p]);
    ust_text_add(page->out, "<th scope=\"col\" class=\"num\">all</th></tr></thead>\n<tbody>\n");
    for (uint32_t j = 0; j < model->plan.n; j++) {
        const struct ust_feature_column *column = &model->plan.column[j];
        struct ust_text name = {0}, value = {0};
        ust_feature_name_text(column, &name);
        ust_html_put(page->out, "<tr><th scope=\"row\">%s</th>", ust_text_string(&name));
        for (uint32_t p = 0; p <= model->mixture.clusters; p++) {
            ust_text_clear(&value);
            ust_feature_value_text(
                column, p < model->mixture.clusters ? model->middle[p][j] : page->e->middle[j],
                &value);
            ust_html_put(page->out, "<td class=\"num\">%s</td>", ust_text_string(&value));
        }
        ust_text_add(page->out, "</tr>\n");
        ust_text_free(&name);
        ust_text_free(&value);
    }
    ust_text_add(page->out, "</tbody></table></div>\n");
}

static void differ(struct page *page)
{
    ust_text_add(page->out, "<section id=\"differ\">\n<h2>How they differ</h2>\n"
                            "<div class=\"charts\">\n");
    plane(page);
    silhouettes(page);
    ust_text_add(page->out, "</div>\n");
    table(page);
    ust_text_add(page->out, "</section>\n");
}

/* ---- how many ---- */

static void opinion(struct page *page, enum ust_page_evidence what, const char *title,
                    uint32_t says, const char *about)
{
    ust_html_put(page->out, "<figure class=\"chart\"><figcaption><h3>%s: ", title);
    if (says > 0)
        ust_html_put(page->out, "%u</h3>", says);
    else
        ust_text_add(page->out, "no opinion</h3>");
    ust_html_put(page->out, "\n<p>%s</p></figcaption>\n", about);
    if (!ust_page_choice(&page->e->choice, what, page->out))
        ust_text_add(page->out, "<p class=\"missing\">It is not known of any number.</p>\n");
    ust_text_add(page->out, "</figure>\n");
}

/* What decides, and what the kinds still have in common. */
static void kinds_opinion(struct page *page)
{
    const struct ust_choice_of_k *choice = &page->e->choice;
    struct ust_text about = {0};
    ust_text_add(&about, "What a mixture costs that weighs each session by how much its events "
                         "say; the least one, unless kinds overlap.");
    for (uint32_t i = 0; i < choice->n; i++)
        if (choice->at[i].k == choice->by_kinds && !isnan(choice->at[i].overlap))
            ust_text_printf(
                &about, " At most %.1f %% of the sessions of one would be taken for another's.",
                100.0 * choice->at[i].overlap);
    opinion(page, UST_PAGE_KINDS, "Kinds", choice->by_kinds, ust_text_string(&about));
    ust_text_free(&about);
}

static void how_many(struct page *page)
{
    const struct ust_choice_of_k *choice = &page->e->choice;
    ust_text_add(page->out, "<section id=\"many\">\n<h2>How many</h2>\n");
    if (choice->n == 0) {
        ust_html_put(page->out,
                     "<p class=\"lead\">%s, so no figure was asked.</p>\n</section>\n",
                     strcmp(page->e->method, "dbscan") == 0 ? "dbscan finds a number of its own"
                                                            : "The number was given");
        return;
    }
    uint32_t votes = (choice->by_silhouette == choice->k) + (choice->by_gap == choice->k) +
                     (choice->by_bic == choice->k);
    ust_html_put(page->out,
                 "<p class=\"lead\">%u: %s. The large dot is what a figure says.</p>\n<div "
                 "class=\"charts %s\">\n",
                 choice->k,
                 choice->by_kinds > 0          ? "so many kinds of sessions are there"
                 : votes > 1                   ? "two of three figures name it"
                 : choice->by_bic == choice->k ? "the figures differ, and then BIC decides"
                                               : "the only figure that names one does",
                 choice->by_kinds > 0 ? "two" : "three");
    if (choice->by_kinds > 0)
        kinds_opinion(page);
    opinion(page, UST_PAGE_SILHOUETTE, "Silhouette", choice->by_silhouette,
            "The mean over all sessions, in clusters of k-means; the largest one.");
    opinion(
        page, UST_PAGE_GAP, "Gap", choice->by_gap,
        "How much closer sessions lie than points without clusters; the first that the next "
        "one does not exceed by its error.");
    opinion(page, UST_PAGE_BIC, "BIC", choice->by_bic,
            "What a mixture of Gaussians costs, errors and parameters; the least one.");
    ust_text_add(page->out, "</div>\n</section>\n");
}

/* ---- what it rests on ---- */

static void source(struct page *page)
{
    const struct ust_profile_model *model = page->model;
    struct ust_text command = {0}, how = {0};
    ust_text_add(page->out,
                 "<section id=\"source\">\n<h2>What it rests on</h2>\n<div class=\"scroll "
                 "matrix\" tabindex=\"0\" role=\"region\" aria-label=\"Scaling\">\n<table>\n"
                 "<caption>How features were made comparable</caption>\n<thead><tr><th "
                 "scope=\"col\">Feature</th><th scope=\"col\">Scaled by</th><th scope=\"col\" "
                 "class=\"num\">Sessions that do not say it</th></tr></thead>\n<tbody>\n");
    for (uint32_t j = 0; j < model->plan.n; j++) {
        char silent[UST_FORMAT_MAX];
        struct ust_text name = {0};
        ust_text_clear(&how);
        ust_feature_name_text(&model->plan.column[j], &name);
        ust_scaling_state(&model->scaling, j, &how);
        ust_html_put(page->out,
                     "<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"num\">%s</td></tr>\n",
                     ust_text_string(&name), ust_text_string(&how),
                     ust_format_percent(model->plan.column[j].silent, silent));
        ust_text_free(&name);
    }
    ust_text_add(&command, "understudy classify EVENTS --personas ");
    ust_text_shell(&command, page->source->path);
    ust_html_put(page->out,
                 "</tbody></table></div>\n<p class=\"command\">Whose sessions are in another "
                 "recording: <code>%s</code></p>\n</section>\n",
                 ust_text_string(&command));
    ust_text_free(&command);
    ust_text_free(&how);
}

enum ust_status ust_page_personas(const struct ust_model_source *from, struct ust_text *out)
{
    struct page page = {
        .source = from, .model = &from->model, .e = from->model.evidence, .out = out};
    bool whole = page.e != NULL;
    for (uint32_t p = 0; p < from->model.mixture.clusters; p++)
        whole = whole && from->model.low[p] != NULL && from->model.middle[p] != NULL &&
                from->model.high[p] != NULL;
    if (!whole) {
        fprintf(stderr,
                "understudy report: '%s' has not kept what a page shows; `understudy profile` "
                "writes models that have\n",
                from->path);
        return UST_INVALID;
    }
    choose_features(&page);
    ust_shell_begin(out, "Personas", NULL, ust_embed_pages_css, "personas");
    top(&page);
    personas(&page);
    differ(&page);
    how_many(&page);
    source(&page);
    ust_shell_footer(out);
    ust_text_add(out, "</body>\n</html>\n");
    return UST_OK;
}
