/* What a study of a basin says: a map in characters for each mitigation and load, and where the
 * boundary lies. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "analysis/study/basin.h"
#include "sim/base/text.h"
#include "sim/cli/output.h"

/* Stays down in none, some, half or more, all. */
static const char *shade(const struct ust_basin_cell *cell)
{
    if (cell->stuck == 0)
        return "·";
    if (cell->stuck == cell->n)
        return "█";
    return 2 * cell->stuck >= cell->n ? "▓" : "░";
}

/* The first size at which half of the replications or more stay down; UINT32_MAX: none. */
static uint32_t boundary(const struct ust_basin *basin, uint32_t m, uint32_t load,
                         uint32_t duration)
{
    for (uint32_t s = 0; s < basin->size.n; s++) {
        const struct ust_basin_cell *cell = ust_basin_at(basin, m, load, duration, s);
        if (2 * cell->stuck >= cell->n)
            return s;
    }
    return UINT32_MAX;
}

static void print_row(const struct ust_basin *basin, uint32_t m, uint32_t load, uint32_t d,
                      struct ust_text *out)
{
    ust_text_printf(out, "    %10s  ", basin->duration.value[d]);
    for (uint32_t s = 0; s < basin->size.n; s++)
        ust_text_printf(out, "%s%s", shade(ust_basin_at(basin, m, load, d, s)),
                        shade(ust_basin_at(basin, m, load, d, s)));
    uint32_t first = boundary(basin, m, load, d);
    if (first == UINT32_MAX)
        ust_text_add(out, "   recovers from all\n");
    else if (first == 0)
        ust_text_printf(out, "   stays down from %s on or less\n", basin->size.value[0]);
    else
        ust_text_printf(out, "   stays down from between %s and %s on\n",
                        basin->size.value[first - 1], basin->size.value[first]);
}

static void print_plane(const struct ust_basin *basin, uint32_t m, uint32_t load,
                        struct ust_text *out)
{
    uint32_t stuck = 0, n = 0;
    for (uint32_t d = 0; d < basin->duration.n; d++)
        for (uint32_t s = 0; s < basin->size.n; s++) {
            stuck += ust_basin_at(basin, m, load, d, s)->stuck;
            n += ust_basin_at(basin, m, load, d, s)->n;
        }
    ust_text_printf(out, "\n  %s, %s times the load: %.0f %% of the grid stays down\n",
                    m == 0 ? "as written" : basin->mitigation[m].name, basin->load.value[load],
                    100.0 * stuck / (n > 0 ? n : 1));
    for (uint32_t d = basin->duration.n; d-- > 0;)
        print_row(basin, m, load, d, out);
}

enum ust_status ust_basin_print(const struct ust_basin *basin, FILE *out)
{
    struct ust_text page = {0};
    ust_text_printf(&page, "\n%s   who does not come back by himself, of %u replications\n",
                    basin->scenario->name, basin->trial.replications);
    ust_text_printf(
        &page, "  rows: %s   columns: %s from %s to %s   · none ░ some ▓ half █ all\n",
        basin->duration.path != NULL ? basin->duration.path : "as written", basin->size.path,
        basin->size.value[0], basin->size.value[basin->size.n - 1]);
    for (uint32_t m = 0; m < basin->mitigations; m++)
        for (uint32_t load = 0; load < basin->load.n; load++)
            print_plane(basin, m, load, &page);
    ust_text_printf(&page, "\n  results  %s     next: understudy plot %s --kind basin\n",
                    ust_store_path(basin->store), ust_store_path(basin->store));
    fputs(ust_text_string(&page), out);
    ust_text_free(&page);
    return UST_OK;
}

static json_t *cell_json(const struct ust_basin *basin, uint32_t m, uint32_t load, uint32_t d,
                         uint32_t s)
{
    const struct ust_basin_cell *cell = ust_basin_at(basin, m, load, d, s);
    json_t *one = json_object();
    json_object_set_new(one, "mitigation", json_string(basin->mitigation[m].name));
    json_object_set_new(one, "load", json_string(basin->load.value[load]));
    json_object_set_new(one, "duration", json_string(basin->duration.value[d]));
    json_object_set_new(one, "size", json_string(basin->size.value[s]));
    json_object_set_new(one, "n", json_integer(cell->n));
    json_object_set_new(one, "stuck", json_integer(cell->stuck));
    json_object_set_new(one, "low", json_real(cell->low));
    json_object_set_new(one, "high", json_real(cell->high));
    json_object_set_new(one, "good", json_real(cell->good));
    json_object_set_new(one, "sends", json_real(cell->sends));
    return one;
}

static json_t *boundary_json(const struct ust_basin *basin, uint32_t m, uint32_t load,
                             uint32_t d)
{
    uint32_t first = boundary(basin, m, load, d);
    json_t *one = json_object();
    json_object_set_new(one, "mitigation", json_string(basin->mitigation[m].name));
    json_object_set_new(one, "load", json_string(basin->load.value[load]));
    json_object_set_new(one, "duration", json_string(basin->duration.value[d]));
    json_object_set_new(one, "stays_down_from",
                        first == UINT32_MAX ? json_null()
                                            : json_string(basin->size.value[first]));
    return one;
}

enum ust_status ust_basin_json(const struct ust_basin *basin, FILE *out)
{
    json_t *root = json_object(), *cells = json_array(), *edges = json_array();
    for (uint32_t m = 0; m < basin->mitigations; m++)
        for (uint32_t load = 0; load < basin->load.n; load++)
            for (uint32_t d = 0; d < basin->duration.n; d++) {
                json_array_append_new(edges, boundary_json(basin, m, load, d));
                for (uint32_t s = 0; s < basin->size.n; s++)
                    json_array_append_new(cells, cell_json(basin, m, load, d, s));
            }
    json_object_set_new(root, "scenario", json_string(basin->scenario->name));
    json_object_set_new(root, "replications", json_integer(basin->trial.replications));
    json_object_set_new(root, "boundary", edges);
    json_object_set_new(root, "cells", cells);
    return ust_output_json(out, root, 12);
}
