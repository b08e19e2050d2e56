/* "empirical(sizes.csv)": one column of values, and a second of weights if there is one.
 *
 * A value may carry its unit; without one it is in the unit that the header names in brackets,
 * "think [ms]", or else in the base unit (seconds, bytes, per second). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/spec/csv.h"
#include "sim/spec/parts.h"

/* Values of one file; a histogram of that many bars needs no more. */
#define VALUES_MAX 4000000

struct samples {
    double *value, *weight; /* weight: NULL when there is one column */
    size_t n, capacity;
};

static void add(struct samples *samples, bool weighted, double value, double weight)
{
    if (samples->n == samples->capacity) {
        samples->capacity = samples->capacity * 2 + 256;
        samples->value = ust_realloc(samples->value, samples->capacity * sizeof(double));
        if (weighted)
            samples->weight = ust_realloc(samples->weight, samples->capacity * sizeof(double));
    }
    samples->value[samples->n] = value;
    if (weighted)
        samples->weight[samples->n] = weight;
    samples->n++;
}

/* The unit in "think [ms]" or "think (ms)", or the base unit. */
static const char *header_unit(struct ust_spec *spec, const char *name,
                               enum ust_field_kind kind)
{
    size_t length = strlen(name);
    const char *open = strrchr(name, '[');
    if (open == NULL)
        open = strrchr(name, '(');
    if (open == NULL || (name[length - 1] != ']' && name[length - 1] != ')'))
        return ust_unit_base(kind);
    return ust_arena_text_n(spec->arena, open + 1, (size_t)(name + length - 1 - (open + 1)));
}

/* A cell as a number in the unit of samples; durations are nanoseconds. */
static bool read_value(struct ust_spec *spec, struct ust_csv *csv,
                       const struct ust_field *field, const char *unit, double *out)
{
    const char *cell = ust_csv_cell(csv, 0);
    struct ust_quantity quantity;
    char with_unit[512];
    if (strlen(cell) < 400 && *unit != '\0' && strlen(unit) < 100 &&
        ust_number_extent(cell) == strlen(cell)) {
        snprintf(with_unit, sizeof with_unit, "%s %s", cell, unit);
        cell = with_unit;
    }
    if (ust_unit_parse(field->kind, cell, &quantity) == UST_UNIT_OK && quantity.value >= 0) {
        *out = quantity.value;
        return true;
    }
    struct ust_node node = {
        .kind = UST_NODE_SCALAR, .place = ust_csv_place(csv, 0), .text = cell};
    union {
        double number;
        ust_time time;
    } ignored;
    ust_spec_scalar(spec, &node, field, &ignored);
    return false;
}

static enum ust_status read_samples(struct ust_spec *spec, struct ust_csv *csv,
                                    const struct ust_field *field, struct samples *samples)
{
    bool weighted = ust_csv_columns(csv) > 1;
    const char *unit = header_unit(spec, ust_csv_name(csv, 0), field->kind);
    unsigned bad = 0;
    while (ust_csv_next(csv) && bad < UST_CSV_MESSAGES_MAX) {
        double value = 0, weight = 1;
        bool fine = read_value(spec, csv, field, unit, &value);
        if (weighted && !ust_csv_number(csv, 1, &weight))
            fine = false;
        bad += !fine;
        if (samples->n == VALUES_MAX)
            return ust_diag_error(spec->diag, ust_csv_place(csv, 0), "more than %d values",
                                  VALUES_MAX);
        add(samples, weighted, value, weight);
    }
    return bad > 0 ? UST_INVALID : UST_OK;
}

enum ust_status ust_spec_empirical(struct ust_spec *spec, const struct ust_node *node,
                                   const struct ust_field *field, const char *path,
                                   struct ust_dist *out)
{
    struct ust_csv *csv = ust_csv_open(spec, ust_spec_path(spec, node->place, path),
                                       node->place, UST_CSV_HEADER_MAYBE);
    enum ust_field_kind kind = field->unit == UST_FIELD_INT ? UST_FIELD_NUMBER : field->unit;
    /* At least 0, said with the field's name. */
    struct ust_field plain = {.key = field->key, .kind = kind, .high = HUGE_VAL};
    struct samples samples = {0};
    if (ust_csv_columns(csv) > 2)
        ust_diag_error(spec->diag, node->place,
                       "'%s' has %u columns, needs one of values and perhaps one of weights",
                       ust_spec_shown(spec, path), ust_csv_columns(csv));
    else
        read_samples(spec, csv, &plain, &samples);
    enum ust_status status = ust_csv_close(csv);
    if (status == UST_OK) {
        const char *why =
            ust_dist_empirical(out, spec->arena, samples.value, samples.weight, samples.n);
        if (why != NULL)
            status = ust_diag_error(spec->diag, node->place, "'%s' is %s: %s", field->key,
                                    ust_spec_shown(spec, node->text), why);
    }
    free(samples.value);
    free(samples.weight);
    return status;
}
