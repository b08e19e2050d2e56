#include "models/arrival/plan.h"

#include <stdlib.h>
#include <string.h>

void ust_knots_add(struct ust_knots *knots, ust_time at, double rate, double rate_end)
{
    if (knots->n == knots->capacity) {
        knots->capacity = knots->capacity ? 2 * knots->capacity : 64;
        knots->at = ust_realloc(knots->at, knots->capacity * sizeof(*knots->at));
    }
    knots->at[knots->n++] = (struct ust_rate_knot){at, rate, rate_end};
}

void ust_knots_line(struct ust_knots *knots, ust_time at, ust_time until, double rate,
                    double rate_end)
{
    double length = (double)(until - at), begin = rate;
    for (ust_time here = at; here < until;) {
        ust_time next = until - here > UST_DAY ? here + UST_DAY : until;
        double end = next == until ? rate_end
                                   : rate + (rate_end - rate) * ((double)(next - at) / length);
        ust_knots_add(knots, here, begin, end);
        begin = end;
        here = next;
    }
}

void ust_knots_finish(struct ust_knots *knots, struct ust_arena *arena,
                      struct ust_arrival_plan *out)
{
    struct ust_rate_knot *kept = ust_arena_alloc(arena, struct ust_rate_knot, knots->n);
    memcpy(kept, knots->at, knots->n * sizeof(*kept));
    out->kind = UST_PLAN_RATE;
    out->knots = kept;
    out->knots_n = knots->n;
    free(knots->at);
    *knots = (struct ust_knots){0};
}

double ust_knots_mass(const struct ust_rate_knot *knots, uint32_t n, ust_time until)
{
    double mass = 0;
    for (uint32_t i = 0; i + 1 < n && knots[i].at < until; i++) {
        double length = (double)(knots[i + 1].at - knots[i].at), end = knots[i].rate_end;
        double inside = length;
        if (knots[i + 1].at > until) {
            inside = (double)(until - knots[i].at);
            end = knots[i].rate + (end - knots[i].rate) * (inside / length);
        }
        mass += (knots[i].rate + end) * 0.5 * (inside / 1e9);
    }
    return mass;
}

static bool whole_number(const char *text, uint32_t *out)
{
    uint32_t value = 0;
    for (const char *c = text; *c; c++) {
        if (*c < '0' || *c > '9' || value > UST_CSV_COLUMNS_MAX)
            return false;
        value = value * 10 + (uint32_t)(*c - '0');
    }
    *out = value;
    return *text != '\0';
}

int ust_trace_column(struct ust_csv *csv, struct ust_spec *spec, struct ust_place from,
                     const char *text, uint32_t fallback)
{
    uint32_t columns = ust_csv_columns(csv), number;
    if (!text)
        return (int)fallback;
    int found = ust_csv_find(csv, text);
    if (found >= 0)
        return found;
    if (whole_number(text, &number) && number >= 1 && number <= columns)
        return (int)(number - 1);

    const char **names = ust_arena_alloc(spec->arena, const char *, columns);
    for (uint32_t i = 0; i < columns; i++)
        names[i] = ust_arena_text(spec->arena, ust_csv_name(csv, i));
    if (columns > 0 && names[0][0] != '\0')
        ust_spec_unknown(spec, from, "column", text, names, columns);
    else
        ust_diag_error(
            spec->diag, from,
            "'column' is '%s', but the file has no header; must be a number from 1 to "
            "%u",
            text, columns);
    return -1;
}
