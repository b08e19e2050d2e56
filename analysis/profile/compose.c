#include "analysis/profile/compose.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/persona/persona.h"
#include "sim/spec/spec.h"

#define TABLES_MAX (UST_PROFILE_ACTIONS_MAX * UST_LAWS_OF + UST_LAWS_OF)

struct composing {
    const struct ust_described *it;
    const struct ust_provenance *from;
    struct ust_arena *arena;
    struct ust_persona_text *out;
    struct ust_text *y;
};

static struct ust_field unit_of(enum ust_law_of of)
{
    static const enum ust_field_kind units[UST_LAWS_OF] = {
        [UST_LAW_REQUESTS] = UST_FIELD_NUMBER, [UST_LAW_THINK] = UST_FIELD_DURATION,
        [UST_LAW_WORK] = UST_FIELD_DURATION,   [UST_LAW_REQUEST] = UST_FIELD_BYTES,
        [UST_LAW_RESPONSE] = UST_FIELD_BYTES,  [UST_LAW_MEMORY] = UST_FIELD_BYTES,
        [UST_LAW_IO] = UST_FIELD_NUMBER,
    };
    return (struct ust_field){
        .key = ust_law_names[of], .kind = UST_FIELD_DIST, .unit = units[of]};
}

void ust_law_write(const struct ust_described_law *law, struct ust_text *out)
{
    struct ust_field field = unit_of(law->of);
    if (law->dist.type == NULL)
        ust_text_printf(out, "empirical(%zu values)", law->values.n);
    else
        ust_field_write(&field, &law->dist, out);
}

/* ---- tables ---- */

static const char *add_table(struct composing *c, const char *part,
                             const struct ust_described_law *law)
{
    static const struct {
        const char *unit;
        double of;
    } units[UST_LAWS_OF] = {
        [UST_LAW_REQUESTS] = {"", 1},     [UST_LAW_THINK] = {" [s]", 1e9},
        [UST_LAW_WORK] = {" [ms]", 1e6},  [UST_LAW_REQUEST] = {" [B]", 1},
        [UST_LAW_RESPONSE] = {" [B]", 1}, [UST_LAW_MEMORY] = {" [B]", 1},
        [UST_LAW_IO] = {"", 1},
    };
    struct ust_persona_table *table = &c->out->table[c->out->tables++];
    *table = (struct ust_persona_table){
        .file = ust_arena_printf(c->arena, "%s.%s%s%s.csv", c->it->name, part,
                                 part[0] != '\0' ? "-" : "", ust_law_names[law->of])};
    ust_text_printf(&table->text, "%s%s%s\n", ust_law_names[law->of], units[law->of].unit,
                    law->values.weight != NULL ? ",weight" : "");
    for (size_t i = 0; i < law->values.n; i++) {
        ust_text_printf(&table->text, "%.6g", law->values.value[i] / units[law->of].of);
        if (law->values.weight != NULL)
            ust_text_printf(&table->text, ",%.0f", law->values.weight[i]);
        ust_text_add(&table->text, "\n");
    }
    return table->file;
}

/* ---- one law ---- */

/* "KS 0.013, p 0.42 of 4,312" */
static void add_goodness(struct composing *c, const struct ust_described_law *law)
{
    char count[UST_COUNT_TEXT_MAX];
    const struct ust_fit *fit = &law->fit;
    ust_count_text(fit->n, count);
    if (law->assumed) {
        ust_text_add(c->y, "   # assumed: no event says it");
    } else if (fit->constant) {
        ust_text_printf(c->y, "   # in all of %s", count);
    } else if (ust_fit_best(fit) == NULL) {
        ust_text_printf(c->y, "   # %s values are too few for a law", count);
    } else {
        ust_text_add(c->y, "   # ");
        if (law->dist.type == NULL)
            ust_text_printf(c->y, "no law fits; the nearest: %s, ",
                            ust_fit_best(fit)->dist.type->name);
        ust_text_printf(c->y, "KS %.3f, p %s%.*g of %s", fit->distance,
                        fit->p_below && fit->p < 0.5 ? "< " : "", fit->p < 0.1 ? 1 : 2,
                        fit->p < 0.001 ? 0.001 : fit->p, count);
    }
    ust_text_add(c->y, "\n");
}

static void add_law(struct composing *c, const char *indent, const char *part,
                    const struct ust_described_law *law)
{
    if (!law->said)
        return;
    ust_text_printf(c->y, "%s%s: ", indent, ust_law_names[law->of]);
    if (law->dist.type == NULL)
        ust_text_printf(c->y, "empirical(%s)", add_table(c, part, law));
    else
        ust_law_write(law, c->y);
    add_goodness(c, law);
}

/* ---- shares ---- */

/* Hundredths of a percent, by the largest remainders, so that they add up to 100 %. */
struct part {
    uint32_t index, units;
    double rest;
};

static int larger_rest_first(const void *left, const void *right)
{
    const struct part *a = left, *b = right;
    if (a->rest != b->rest)
        return a->rest < b->rest ? 1 : -1;
    return (a->index > b->index) - (a->index < b->index);
}

static uint32_t *hundredths(struct ust_arena *arena, const double *share, uint32_t n)
{
    struct part *part = ust_arena_alloc(arena, struct part, n);
    uint32_t *out = ust_arena_alloc(arena, uint32_t, n), sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        part[i] = (struct part){i, (uint32_t)(share[i] * 10000), 0};
        part[i].rest = share[i] * 10000 - part[i].units;
        sum += part[i].units;
    }
    qsort(part, n, sizeof *part, larger_rest_first);
    for (uint32_t i = 0; i < n; i++)
        out[part[i].index] = part[i].units + (sum + i < 10000);
    return out;
}

static void add_percent(struct ust_text *y, uint32_t units)
{
    ust_text_printf(y,
                    units % 100 == 0  ? "%u %%"
                    : units % 10 == 0 ? "%u.%u %%"
                                      : "%u.%02u %%",
                    units / 100, units % 10 == 0 ? units / 10 % 10 : units % 100);
}

static uint32_t *share_units(struct composing *c, const struct ust_described_share *share,
                             uint32_t n)
{
    double *value = ust_arena_alloc(c->arena, double, n + 1);
    for (uint32_t i = 0; i < n; i++)
        value[i] = share[i].share;
    return hundredths(c->arena, value, n);
}

/* ---- sections ---- */

static const char *day_and_hour(struct composing *c, uint32_t hour)
{
    static const char *const days[] = {"Mondays", "Tuesdays",  "Wednesdays", "Thursdays",
                                       "Fridays", "Saturdays", "Sundays"};
    return c->it->week.hours == 168
               ? ust_arena_printf(c->arena, "%s at %u:00", days[hour / 24], hour % 24)
               : ust_arena_printf(c->arena, "at %u:00", hour % 24);
}

static void add_description(struct composing *c)
{
    const struct ust_described *it = c->it;
    struct ust_text *y = c->y;
    ust_text_printf(y, "description: >-\n  %.1f %% of the sessions: ", 100 * it->share);
    if (it->has_sessions)
        ust_text_printf(y, "%.3g requests on average, %.3g s between them",
                        it->requests.fit.mean, it->think.fit.mean / 1e9);
    else
        ust_text_add(y, "one request");
    ust_text_printf(y, ";\n  mostly %s", it->action[0].name);
    if (it->devices > 0 && it->device[0].share > 0.5)
        ust_text_printf(y, ", on %s", it->device[0].name);
    if (it->places > 0)
        ust_text_printf(y, ", %s %s", it->place[0].share > 0.5 ? "in" : "most of them in",
                        it->place[0].name);
    if (it->week.hours >= 24)
        ust_text_printf(y, "; busiest %s", day_and_hour(c, it->week.peak));
    ust_text_add(y, "\n");
}

static void add_head(struct composing *c)
{
    ust_text_add(
        c->y, "# Made of traffic by understudy profile. Behind a distribution: how far it lies "
              "from what was\n# seen (Kolmogorov and Smirnov's distance), how often chance "
              "alone makes that, and of how many values.\n");
    ust_text_printf(c->y, "persona: 1\nkind: user\nname: %s\n", c->it->name);
    add_description(c);
    ust_text_add(c->y, "tags: [profiled]\n");
}

static void add_places(struct composing *c)
{
    const struct ust_described *it = c->it;
    if (it->places == 0)
        return;
    uint32_t *units = share_units(c, it->place, it->places);
    ust_text_add(c->y, "geography:");
    if (it->places_unknown > 0.0005)
        ust_text_printf(c->y, "   # and %.1f %% at places that no catalogue has",
                        100 * it->places_unknown);
    ust_text_add(c->y, "\n");
    for (uint32_t i = 0; i < it->places; i++) {
        ust_text_printf(c->y, "  %s: ", it->place[i].name);
        add_percent(c->y, units[i]);
        ust_text_add(c->y, "\n");
    }
}

static void add_devices(struct composing *c)
{
    const struct ust_described *it = c->it;
    if (it->devices == 0)
        return;
    uint32_t *units = share_units(c, it->device, it->devices);
    ust_text_add(c->y, "devices:\n");
    for (uint32_t i = 0; i < it->devices; i++) {
        bool known = ust_device_find(it->device[i].name) != NULL;
        ust_text_printf(c->y, "  %s: %s", it->device[i].name, known ? "" : "{share: ");
        add_percent(c->y, units[i]);
        ust_text_add(c->y, known ? "\n" : ", access: 0 s, bandwidth: unlimited}   # unknown\n");
    }
}

static void add_hours(struct composing *c)
{
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    const struct ust_intensity *week = &c->it->week;
    ust_text_add(c->y, "  hours: [");
    for (uint32_t h = 0; h < week->hours; h++) {
        const char *end = h + 1 == week->hours ? "]" : ", ";
        if (h % 12 == 0) {
            ust_text_add(c->y, h > 0 && h % 24 == 0 && week->hours > 24 ? "   # " : "");
            if (h > 0 && h % 24 == 0 && week->hours > 24)
                ust_text_add(c->y, days[h / 24 - 1]);
            ust_text_add(c->y, "\n    ");
        }
        ust_text_printf(c->y, "%.3g%s", week->rate[h], h % 12 == 11 && *end == ',' ? "," : end);
    }
    ust_text_add(c->y, week->hours > 24 ? "   # Sunday\n" : "\n");
}

static void add_week(struct composing *c)
{
    const struct ust_intensity *week = &c->it->week;
    ust_text_add(c->y, "week:\n");
    if (week->hours >= 24)
        add_hours(c);
    else
        ust_text_printf(c->y, "  peak_to_trough: 1   # %s\n",
                        c->from->untimed ? "the recording has no times, and its span is assumed"
                                         : "less than a day was seen");
    if (week->hours == 24 && week->weekend != 1)
        ust_text_printf(c->y, "  weekend: %.4g\n", week->weekend);
    bool often = week->mean >= 1;
    ust_text_printf(c->y, "  mean: %.5g %s   # of %s\n", often ? week->mean : 3600 * week->mean,
                    often ? "/s" : "/h", c->it->has_sessions ? "sessions" : "requests");
    if (week->cv > 0)
        ust_text_printf(c->y, "  dispersion: {cv: %.3g, interval: %.0f min}   # index %.3g\n",
                        fmin(fmax(week->cv, 0.001), 30), week->interval_s / 60, week->index);
    else if (!isnan(week->index))
        ust_text_printf(c->y, "  # no dispersion beyond chance: index %.3g of %u intervals\n",
                        week->index, week->intervals);
}

static void add_session(struct composing *c)
{
    if (!c->it->has_sessions)
        return;
    ust_text_add(c->y, "session:\n");
    add_law(c, "  ", "session", &c->it->requests);
    add_law(c, "  ", "session", &c->it->think);
}

static void add_actions(struct composing *c)
{
    const struct ust_described *it = c->it;
    double *share = ust_arena_alloc(c->arena, double, it->actions + 1);
    for (uint32_t a = 0; a < it->actions; a++)
        share[a] = it->action[a].share;
    uint32_t *units = hundredths(c->arena, share, it->actions);
    ust_text_add(c->y, "actions:\n");
    for (uint32_t a = 0; a < it->actions; a++) {
        ust_text_printf(c->y, "  %s:\n    share: ", it->action[a].name);
        add_percent(c->y, units[a]);
        ust_text_add(c->y, "\n");
        for (int of = UST_LAW_WORK; of < UST_LAWS_OF; of++)
            add_law(c, "    ", it->action[a].name, &it->action[a].law[of]);
    }
}

static void add_time(struct ust_text *y, double ns)
{
    struct ust_field field = {.key = "time", .kind = UST_FIELD_DURATION};
    ust_time time = ust_time_round(ns);
    ust_field_write(&field, &time, y);
}

static void add_tolerance(struct composing *c)
{
    const struct ust_described *it = c->it;
    char count[UST_COUNT_TEXT_MAX];
    struct ust_text *y = c->y;
    if (!(it->timeout_ns > 0) && !(it->patience_ns > 0))
        return;
    ust_text_add(y, "tolerance:\n");
    if (it->timeout_ns > 0) {
        ust_text_add(y, "  timeout: ");
        add_time(y, it->timeout_ns);
        ust_text_printf(y, "   # %s of them\n", ust_count_text(it->timeouts, count));
    }
    if (it->timeout_ns > 0 && it->attempts > 1) {
        ust_text_printf(y, "  retries: {kind: backoff, attempts: %u", it->attempts);
        if (it->retry_ns > 0) {
            ust_text_add(y, ", jitter: none, base: ");
            add_time(y, fmax(it->retry_ns, 1e6));
        }
        if (it->retried > 0)
            ust_text_printf(y, "}   # %.0f %% of failed requests were repeated for it\n",
                            100 * it->retried);
        else
            ust_text_add(y, "}   # as events say; the pauses between them are assumed\n");
    }
    if (it->patience_ns > 0) {
        ust_text_add(y, "  patience: exponential(mean ");
        add_time(y, it->patience_ns);
        ust_text_printf(y, ")   # %s left\n", ust_count_text(it->abandons, count));
    }
}

static const char *minute(int64_t ns, char text[UST_TIME_TEXT_MAX])
{
    return ust_time_iso(ns / UST_MINUTE * 60, 0, text);
}

static void add_source(struct composing *c)
{
    const struct ust_described *it = c->it;
    const struct ust_confidence *trust = c->from->confidence;
    char first[UST_TIME_TEXT_MAX], last[UST_TIME_TEXT_MAX];
    bool assumed = false;
    struct ust_text *y = c->y;
    for (uint32_t a = 0; a < it->actions; a++)
        assumed |= it->action[a].law[UST_LAW_WORK].assumed;
    ust_text_printf(
        y, "source:\n  how: profiled\n  note: Sessions of recorded events, clustered%s.\n",
        assumed ? "; work is assumed, since no event says it" : "");
    ust_text_printf(y, "  events: %" PRIu64 "\n  sessions: %" PRIu64 "\n  files: [", it->events,
                    it->sessions);
    for (uint32_t i = 0; i < c->from->files_n; i++) {
        ust_text_add(y, i > 0 ? ", \"" : "\"");
        for (const char *p = c->from->files[i]; *p != '\0'; p++) {
            if (*p == '"' || *p == '\\')
                ust_text_add_n(y, "\\", 1);
            ust_text_add_n(y, p, 1);
        }
        ust_text_add(y, "\"");
    }
    ust_text_add(y, "]\n");
    if (!c->from->untimed) {
        ust_text_printf(y, "  window: %s/%s\n  age: ", minute(it->first, first),
                        minute(it->last, last));
        add_time(y, (double)(c->from->age / UST_MINUTE * UST_MINUTE));
        ust_text_add(y, "\n");
    }
    ust_text_printf(y,
                    "  confidence: %.1f %%\n  parts: {size: %.1f %%, stable: %.1f %%, apart: "
                    "%.1f %%, age: %.1f %%}\n",
                    100 * trust->value, 100 * trust->size, 100 * trust->stability,
                    100 * trust->separation, 100 * trust->age);
}

void ust_persona_compose(const struct ust_described *persona,
                         const struct ust_provenance *provenance, struct ust_arena *arena,
                         struct ust_persona_text *out)
{
    *out = (struct ust_persona_text){
        .table = ust_arena_alloc(arena, struct ust_persona_table, TABLES_MAX)};
    struct composing c = {persona, provenance, arena, out, &out->yaml};
    add_head(&c);
    add_places(&c);
    add_devices(&c);
    add_week(&c);
    add_session(&c);
    add_actions(&c);
    add_tolerance(&c);
    add_source(&c);
}

void ust_persona_text_free(struct ust_persona_text *text)
{
    ust_text_free(&text->yaml);
    for (uint32_t i = 0; i < text->tables; i++)
        ust_text_free(&text->table[i].text);
}
