/* What a study of sizes says: the curve, the smallest that is READY, and what the formulas say.
 */
#include <math.h>
#include <string.h>

#include "analysis/study/size.h"
#include "analysis/study/table.h"

static unsigned width(void)
{
    return ust_cli_width(stderr, 120);
}

static bool same(const struct ust_size *size, const uint32_t *a, const uint32_t *b)
{
    return memcmp(a, b, size->varied.n * sizeof *a) == 0;
}

static double month(double an_hour)
{
    return an_hour * UST_SIZE_HOURS_A_MONTH;
}

/* ---- the curve ---- */

enum { C_SIZE, C_VERDICT, C_READINESS, C_READY, C_N, C_MONTH, C_RUN, C_NOTE, COLUMNS };

static void add_bound(struct ust_table *table, uint32_t column,
                      const struct ust_readiness_bound *bound, int digits)
{
    if (isnan(bound->low))
        ust_table_cell(table, column, "%.*f", digits, bound->value);
    else
        ust_table_cell(table, column, "%.*f (%.*f – %.*f)", digits, bound->value, digits,
                       bound->low, digits, bound->high);
}

/* READY on the curve, and not where other users came. */
static bool refuted(const struct ust_size *size, const struct ust_size_point *point)
{
    for (uint32_t i = 0; i < size->points_n; i++)
        if (size->point[i]->attempt > 0 && same(size, size->point[i]->level, point->level) &&
            size->point[i]->verdict != UST_READY)
            return true;
    return false;
}

static void add_note(const struct ust_size *size, const struct ust_size_point *point,
                     struct ust_table *table)
{
    struct ust_text note = {0};
    bool any = size->outcome != UST_SIZE_NONE, written = true;
    for (uint32_t i = 0; i < size->varied.n; i++)
        written = written && ust_vary_value(&size->varied.vary[i], point->level[i]) ==
                                 size->varied.vary[i].written;
    if (any && same(size, point->level, size->answer))
        ust_text_add(&note, size->outcome == UST_SIZE_UNCONFIRMED ? "" : ", the answer");
    if (written)
        ust_text_add(&note, ", as written");
    if (size->erlang_c_fits && same(size, point->level, size->erlang_c))
        ust_text_add(&note, ", Erlang C");
    if (size->n_plus_k_fits && same(size, point->level, size->n_plus_k))
        ust_text_printf(&note, ", N+%u", size->spare);
    if (point->verdict == UST_READY && refuted(size, point))
        ust_text_add(&note, ", not confirmed");
    if (note.length > 0)
        ust_table_cell(table, C_NOTE, "%s", note.data + 2);
    ust_text_free(&note);
}

static void add_money(struct ust_table *table, uint32_t column, double usd)
{
    if (!isnan(usd))
        ust_table_cell(table, column, "%.*f USD", fabs(usd) >= 100.0 ? 0 : 2, usd);
}

static void add_point(const struct ust_size *size, const struct ust_size_point *point,
                      struct ust_table *table)
{
    ust_table_row(table);
    ust_table_cell(table, C_SIZE, "%s", ust_size_text(size, point->level));
    ust_table_cell(table, C_VERDICT, "%s", ust_verdict_name(point->verdict));
    add_bound(table, C_READINESS, &point->readiness, 1);
    add_bound(table, C_READY, &point->p_ready, 2);
    ust_table_cell(table, C_N, "%u", point->n);
    add_money(table, C_MONTH, month(point->cost_hour));
    add_money(table, C_RUN, point->cost);
    if (point->attempt == 0)
        add_note(size, point, table);
}

static void print_curve(const struct ust_size *size, struct ust_text *out)
{
    const char *title = size->varied.vary[0].label;
    for (uint32_t i = 1; i < size->varied.n; i++)
        title = ust_arena_printf(size->arena, "%s, %s", title, size->varied.vary[i].label);
    const struct ust_table_column columns[COLUMNS] = {[C_SIZE] = {title, 0, true},
                                                      [C_VERDICT] = {"verdict", 0, true},
                                                      [C_READINESS] = {"readiness", 1, false},
                                                      [C_READY] = {"P(ready)", 0, false},
                                                      [C_N] = {"replications", 2, false},
                                                      [C_MONTH] = {"a month", 0, false},
                                                      [C_RUN] = {"this run", 3, false},
                                                      [C_NOTE] = {"", 0, true}};
    struct ust_table table;
    ust_table_begin(&table, columns, COLUMNS);
    for (uint32_t i = 0; i < size->points_n; i++)
        if (size->point[i]->attempt == 0)
            add_point(size, size->point[i], &table);
    ust_table_print(&table, width(), "  ", out);
    ust_table_free(&table);
}

/* ---- in words ---- */

static void say(const char *first, const struct ust_text *text, struct ust_text *out)
{
    static const char indent[] = "                   ";
    ust_text_wrap(out, ust_text_string(text), width(), first, indent);
}

/* "7", or "3 of web in west and 2 of data in west" */
static void name_levels(const struct ust_size *size, const uint32_t *level,
                        struct ust_text *out)
{
    for (uint32_t i = 0; i < size->varied.n; i++) {
        const struct ust_vary *vary = &size->varied.vary[i];
        ust_text_add(out, i == 0 ? "" : i + 1 < size->varied.n ? ", " : " and ");
        ust_text_printf(out, vary->pool ? "%s of %s" : "%s for %s",
                        ust_vary_text(size->arena, vary, level[i]), vary->label);
    }
}

static void describe(const struct ust_size_point *point, struct ust_text *out)
{
    ust_text_printf(out, "%s: %u of %u replications ready, P(ready) %.3f – %.3f",
                    ust_verdict_name(point->verdict), point->ready, point->n,
                    point->p_ready.low, point->p_ready.high);
}

static bool is_scaled(const struct ust_size *size, const struct ust_vary *vary)
{
    const struct ust_config *config = size->scenario->config;
    uint32_t at = (uint32_t)vary->service * config->regions_n + (uint32_t)vary->region;
    return config->pools[at].max > config->pools[at].min;
}

static void tell_varied(const struct ust_size *size, struct ust_text *out)
{
    struct ust_text text = {0};
    for (uint32_t i = 0; i < size->varied.n; i++) {
        const struct ust_vary *vary = &size->varied.vary[i];
        const char *from = ust_vary_text(size->arena, vary, 0);
        ust_text_printf(&text, "%s%s from %s to %s", i > 0 ? "; " : "", vary->label, from,
                        ust_vary_text(size->arena, vary, vary->levels - 1));
        if (vary->pool)
            ust_text_add(&text, is_scaled(size, vary)
                                    ? " instances, below which its scaler does not go"
                                    : " instances");
    }
    if (size->varied.found)
        ust_text_printf(&text, " (%s is what the verdict is about)", size->region);
    say("  varied           ", &text, out);
    ust_text_free(&text);
}

static const struct ust_size_point *written_point(const struct ust_size *size)
{
    for (uint32_t i = 0; i < size->points_n; i++) {
        bool is = size->point[i]->attempt == 0;
        for (uint32_t k = 0; k < size->varied.n; k++)
            is = is && ust_vary_value(&size->varied.vary[k], size->point[i]->level[k]) ==
                           size->varied.vary[k].written;
        if (is)
            return size->point[i];
    }
    return NULL;
}

static void tell_cost(const struct ust_size *size, struct ust_text *out)
{
    const struct ust_size_point *written = written_point(size);
    double cost = size->proof->cost_hour;
    if (!(cost > 0.0))
        return;
    struct ust_text text = {0};
    ust_text_printf(&text, "%.4g USD an hour, %.0f USD a month for %s while nothing is broken",
                    cost, month(cost), size->region);
    if (written != NULL && !same(size, written->level, size->answer))
        ust_text_printf(&text, "; as written %.0f USD", month(written->cost_hour));
    say("  costs            ", &text, out);
    ust_text_free(&text);
}

static void tell_fewer(const struct ust_size *size, struct ust_text *out)
{
    for (uint32_t i = 0; i < size->varied.n; i++) {
        if (size->fewer[i] == NULL)
            continue;
        struct ust_text text = {0};
        name_levels(size, size->fewer[i]->level, &text);
        ust_text_add(&text, ": ");
        describe(size->fewer[i], &text);
        if (size->fewer[i]->why[0] != '\0')
            ust_text_printf(&text, "; %s", size->fewer[i]->why);
        say(size->fewer[i]->verdict == UST_NOT_READY ? "  not with         "
                                                     : "  not proven with  ",
            &text, out);
        ust_text_free(&text);
    }
}

static void tell_answer(const struct ust_size *size, struct ust_text *out)
{
    struct ust_text text = {0};
    if (size->outcome == UST_SIZE_NONE) {
        ust_text_add(&text, "not even ");
        name_levels(size, size->answer, &text);
        const struct ust_size_point *top = ust_size_at(size, size->answer, 0);
        ust_text_add(&text, "; ");
        describe(top, &text);
        if (top->why[0] != '\0')
            ust_text_printf(&text, "; %s", top->why);
    } else {
        name_levels(size, size->answer, &text);
        if (size->outcome == UST_SIZE_LEAST)
            ust_text_add(&text, ", the lowest that was asked for,");
        ust_text_printf(&text, " at %.4g %% confidence; of other users: ",
                        100.0 * size->settings.confidence);
        describe(size->proof, &text);
        if (size->outcome == UST_SIZE_UNCONFIRMED)
            ust_text_add(&text, "; more replications (-n) can tell more");
    }
    static const char *const titles[] = {[UST_SIZE_FOUND] = "  smallest READY   ",
                                         [UST_SIZE_LEAST] = "  READY            ",
                                         [UST_SIZE_NONE] = "  none is READY    ",
                                         [UST_SIZE_UNCONFIRMED] = "  not confirmed    "};
    say(titles[size->outcome], &text, out);
    ust_text_free(&text);
    if (size->outcome == UST_SIZE_NONE)
        return;
    tell_cost(size, out);
    tell_fewer(size, out);
}

static void tell_order(const struct ust_size *size, struct ust_text *out)
{
    struct ust_text text = {0};
    if (!size->monotone)
        ust_text_add(&text,
                     "a larger candidate is NOT READY where a smaller one is READY: more "
                     "is not always better here, and another answer may be smaller; ");
    if (size->reversed > 0)
        ust_text_printf(&text,
                        "%u of %u pairs of replications were ready with fewer and not with "
                        "more; ",
                        size->reversed, size->compared);
    if (text.length > 0) {
        text.data[text.length - 2] = '\0';
        say("  not monotone     ", &text, out);
    }
    ust_text_free(&text);
}

/* ---- formulas ---- */

static void tell_load(const struct ust_size *size, uint32_t i, struct ust_text *out)
{
    const struct ust_naive *naive = &size->naive[i];
    struct ust_text text = {0};
    ust_text_printf(&text,
                    "%s: %.4g req/s of %.4g ms (cv %.2f) keep %.4g server%s busy, %u an "
                    "instance",
                    size->varied.vary[i].label, naive->rate, 1000.0 * naive->service_s,
                    sqrt(naive->cv2), naive->load, fabs(naive->load - 1.0) < 5e-5 ? "" : "s",
                    naive->servers);
    if (!isinf(naive->latency_s))
        ust_text_printf(&text, "; %.4g %% within %.4g s", 100.0 * naive->attainment,
                        naive->latency_s);
    say("  by formula       ", &text, out);
    ust_text_free(&text);
}

static void tell_formula(const struct ust_size *size, const char *first, bool fits,
                         const uint32_t *level, const char *otherwise, struct ust_text *out)
{
    struct ust_text text = {0};
    const struct ust_size_point *point = fits ? ust_size_at(size, level, 0) : NULL;
    if (point == NULL) {
        ust_text_add(&text, otherwise);
    } else {
        name_levels(size, level, &text);
        ust_text_add(&text, ", which is ");
        describe(point, &text);
        if (point->verdict != UST_READY && point->why[0] != '\0')
            ust_text_printf(&text, "; %s", point->why);
    }
    say(first, &text, out);
    ust_text_free(&text);
}

static const char *outside(const struct ust_size *size, bool erlang)
{
    struct ust_text text = {0};
    for (uint32_t i = 0; i < size->varied.n; i++) {
        uint32_t n = erlang ? size->naive[i].erlang_c : size->naive[i].n_plus_k;
        const char *label = size->varied.vary[i].label;
        ust_text_add(&text, i > 0 ? ", " : "");
        if (n > 0)
            ust_text_printf(&text, "%u of %s", n, label);
        else
            ust_text_printf(&text, "no number of %s: %.2g %% take longer in service alone",
                            label, 100.0 * size->naive[i].beyond);
    }
    ust_text_add(&text, "; not tried, as outside what is varied");
    const char *out = ust_arena_text(size->arena, ust_text_string(&text));
    ust_text_free(&text);
    return out;
}

/* What is in the scenario and not in a formula. */
static void tell_left_out(const struct ust_size *size, struct ust_text *out)
{
    const struct ust_config *config = size->scenario->config;
    const struct ust_size_point *there =
        size->erlang_c_fits ? ust_size_at(size, size->erlang_c, 0) : NULL;
    struct ust_text text = {0};
    bool scaled = false, cold = false;
    for (uint32_t i = 0; i < size->varied.n; i++) {
        const struct ust_vary *vary = &size->varied.vary[i];
        uint32_t at = (uint32_t)vary->service * config->regions_n + (uint32_t)vary->region;
        scaled = scaled || is_scaled(size, vary);
        cold = cold || config->pools[at].persona->launch.warm_up > 0;
    }
    if (there != NULL && there->sends > 1.005)
        ust_text_printf(&text, ", retries (with Erlang C's, %.2f sends for each request%s)",
                        there->sends, size->lost != NULL ? " from the fault on" : "");
    if (size->lost != NULL)
        ust_text_add(&text, ", the time until the fault is noticed");
    if (config->routing.dns.ttl > 0 && size->lost != NULL)
        ust_text_add(&text, ", DNS, which brings users bit by bit and some late");
    if (scaled)
        ust_text_add(&text, ", the scaler, which adds instances after a while");
    if (cold)
        ust_text_add(&text, ", instances that are slow at first");
    ust_text_add(&text, ", that the objectives have to hold minute by minute");
    struct ust_text line = {0};
    ust_text_add(&line, text.data + 2);
    say("  not in formulas  ", &line, out);
    ust_text_free(&line);
    ust_text_free(&text);
}

static void tell_naive(const struct ust_size *size, struct ust_text *out)
{
    if (!size->has_naive)
        return;
    ust_text_add(out, "\n");
    for (uint32_t i = 0; i < size->varied.n; i++)
        tell_load(size, i, out);
    tell_formula(size, "  Erlang C         ", size->erlang_c_fits, size->erlang_c,
                 outside(size, true), out);
    tell_formula(size, ust_arena_printf(size->arena, "  N+%-2u             ", size->spare),
                 size->n_plus_k_fits, size->n_plus_k, outside(size, false), out);
    tell_left_out(size, out);
}

enum ust_status ust_size_print(const struct ust_size *size, FILE *out)
{
    struct ust_text page = {0};
    char tried[64];
    snprintf(tried, sizeof tried, "%u candidates now, %u known before", size->ran, size->known);
    ust_text_printf(&page, "\n%s   the smallest that is READY%s%s   %s\n\n",
                    size->scenario->name, size->lost != NULL ? " for " : "",
                    size->lost != NULL ? size->lost : "", tried);
    print_curve(size, &page);
    ust_text_add(&page, "\n");
    tell_answer(size, &page);
    tell_varied(size, &page);
    tell_order(size, &page);
    tell_naive(size, &page);
    const char *path = ust_store_path(size->store);
    ust_text_printf(&page, "\n  results  %s     next: understudy plot %s --kind size\n", path,
                    path);
    fputs(ust_text_string(&page), out);
    ust_text_free(&page);
    return UST_OK;
}
