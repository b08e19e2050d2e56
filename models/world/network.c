#include "models/world/network.h"

#include <stdlib.h>
#include <string.h>

#include "sim/spec/csv.h"

struct pair {
    const char *from, *to;
    double ms;
    uint64_t row;
};

struct ust_matrix {
    struct pair *pair; /* sorted by name; of equal ones the last row wins */
    size_t n;
    bool asked, used;
};

static int compare_names(const struct pair *x, const char *from, const char *to)
{
    int order = strcmp(x->from, from);
    return order != 0 ? order : strcmp(x->to, to);
}

static int by_name(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    int order = compare_names(x, y->from, y->to);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

static int column(const struct ust_csv *csv, const char *a, const char *b, int otherwise)
{
    int found = ust_csv_find(csv, a);
    if (found < 0)
        found = ust_csv_find(csv, b);
    return found < 0 ? otherwise : found;
}

struct ust_matrix *ust_matrix_read(struct ust_spec *spec,
                                   const struct ust_network_spec *network)
{
    struct ust_matrix *matrix = ust_arena_alloc(spec->arena, struct ust_matrix, 1);
    if (network->rtt == NULL)
        return matrix;
    static const struct ust_field ms = {
        .key = "rtt", .kind = UST_FIELD_NUMBER, .low = 0, .high = 60000};
    struct ust_place from = network->rtt_node->place;
    struct ust_csv *csv = ust_csv_open(spec, network->rtt, from, UST_CSV_HEADER_MAYBE);
    size_t capacity = 0;
    struct pair *pairs = NULL;
    int source = column(csv, "source", "from", 0), target = column(csv, "destination", "to", 1);
    int value = column(csv, "p50_rtt_ms", "ms", 2);
    if (ust_csv_columns(csv) > 0 && ust_csv_columns(csv) < 3)
        (void)ust_diag_error(spec->diag, from,
                             "'%s' has %u columns, needs three: from, to, milliseconds",
                             network->rtt, ust_csv_columns(csv));
    else
        while (ust_csv_next(csv)) {
            double rtt;
            if (!ust_csv_quantity(csv, (uint32_t)value, &ms, &rtt))
                continue;
            if (matrix->n == capacity) {
                capacity = capacity * 2 + 1024;
                pairs = ust_realloc(pairs, capacity * sizeof *pairs);
            }
            pairs[matrix->n] =
                (struct pair){ust_arena_text(spec->arena, ust_csv_cell(csv, (uint32_t)source)),
                              ust_arena_text(spec->arena, ust_csv_cell(csv, (uint32_t)target)),
                              rtt, matrix->n};
            matrix->n++;
        }
    enum ust_status status = ust_csv_close(csv);
    if (matrix->n > 0) {
        qsort(pairs, matrix->n, sizeof *pairs, by_name);
        matrix->pair = ust_arena_alloc(spec->arena, struct pair, matrix->n);
        memcpy(matrix->pair, pairs, matrix->n * sizeof *pairs);
    } else if (status == UST_OK) {
        (void)ust_diag_error(spec->diag, from, "'%s' has no rows", network->rtt);
    }
    free(pairs);
    return matrix;
}

static double lookup(const struct ust_matrix *matrix, const char *from, const char *to)
{
    size_t low = 0, high = matrix->n;
    while (low < high) { /* the last of equal names */
        size_t middle = low + (high - low) / 2;
        if (compare_names(&matrix->pair[middle], from, to) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == 0 || compare_names(&matrix->pair[low - 1], from, to) != 0)
        return -1;
    return matrix->pair[low - 1].ms;
}

double ust_matrix_rtt(const struct ust_matrix *matrix, const char *from, const char *to)
{
    double ms = lookup(matrix, from, to);
    return ms >= 0 ? ms : lookup(matrix, to, from);
}

bool ust_region_place(const struct ust_region_spec *region, struct ust_place_facts *out)
{
    if (region->latitude_node != NULL) {
        *out = (struct ust_place_facts){.name = region->id.name,
                                        .latitude = region->latitude,
                                        .longitude = region->longitude};
        return true;
    }
    const struct ust_place_facts *facts =
        ust_place_find(region->place != NULL ? region->place : region->id.name);
    if (facts == NULL)
        return false;
    *out = *facts;
    return true;
}

bool ust_matrix_useless(const struct ust_matrix *matrix)
{
    return matrix->n > 0 && matrix->asked && !matrix->used;
}

void ust_network_rtt(const struct ust_scenario *scenario, struct ust_matrix *matrix,
                     const struct ust_origin *origin, double *rtt_ms)
{
    const struct ust_region_spec *region = scenario->regions.at;
    for (uint32_t r = 0; r < scenario->regions.n; r++) {
        const char *name = region[r].place != NULL ? region[r].place : region[r].id.name;
        rtt_ms[r] = ust_matrix_rtt(matrix, origin->id.name, name);
        matrix->asked = true;
        matrix->used |= rtt_ms[r] >= 0;
        struct ust_place_facts there;
        if (rtt_ms[r] < 0 && ust_region_place(&region[r], &there))
            rtt_ms[r] = (double)scenario->network.base / 1e6 +
                        scenario->network.per_1000_km *
                            ust_place_distance_km(&origin->place, &there) / 1000;
    }
}

double ust_network_between(const struct ust_scenario *scenario, const struct ust_matrix *matrix,
                           uint32_t from, uint32_t to)
{
    const struct ust_region_spec *region = scenario->regions.at;
    const struct ust_region_spec *a = &region[from], *b = &region[to];
    struct ust_place_facts here, there;
    double ms = ust_matrix_rtt(matrix, a->place != NULL ? a->place : a->id.name,
                               b->place != NULL ? b->place : b->id.name);
    if (ms >= 0)
        return ms;
    if (!ust_region_place(a, &here) || !ust_region_place(b, &there))
        return -1;
    return (double)scenario->network.base / 1e6 +
           scenario->network.per_1000_km * ust_place_distance_km(&here, &there) / 1000;
}
