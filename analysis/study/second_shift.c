#include "analysis/study/second_shift.h"

#include <math.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/stats/stats.h"
#include "sim/base/arena.h"
#include "sim/base/time.h"

struct shifts {
    double *begin_s, *end_s; /* end: INFINITY where it was not over within the run */
    double offered, good;
    size_t n, capacity;
    char region[256];
};

static void grow(struct shifts *shifts)
{
    shifts->capacity = shifts->capacity * 2 + 16;
    shifts->begin_s = ust_realloc(shifts->begin_s, shifts->capacity * sizeof *shifts->begin_s);
    shifts->end_s = ust_realloc(shifts->end_s, shifts->capacity * sizeof *shifts->end_s);
}

/* The first of each replication. A database of an older version has no such view: nothing. */
static void read_shifts(struct ust_store *store, struct shifts *shifts)
{
    sqlite3_stmt *row;
    if (sqlite3_prepare_v2(
            ust_store_sqlite(store),
            "SELECT replication, min(begin_s), end_s, offered, good, region FROM "
            "failback WHERE persona IS NULL GROUP BY replication ORDER BY "
            "replication",
            -1, &row, NULL) != SQLITE_OK)
        return;
    while (sqlite3_step(row) == SQLITE_ROW) {
        if (shifts->n == shifts->capacity)
            grow(shifts);
        shifts->begin_s[shifts->n] = sqlite3_column_double(row, 1);
        shifts->end_s[shifts->n++] = sqlite3_column_type(row, 2) == SQLITE_NULL
                                         ? (double)INFINITY
                                         : sqlite3_column_double(row, 2);
        shifts->offered += sqlite3_column_double(row, 3);
        shifts->good += sqlite3_column_double(row, 4);
        const char *region = (const char *)sqlite3_column_text(row, 5);
        snprintf(shifts->region, sizeof shifts->region, "%s", region ? region : "");
    }
    sqlite3_finalize(row);
}

void ust_second_shift_tell(struct ust_store *store, double onset_s, struct ust_text *out)
{
    struct shifts shifts = {0};
    read_shifts(store, &shifts);
    if (shifts.n > 0) {
        char begin[UST_TIME_TEXT_MAX], end[UST_TIME_TEXT_MAX];
        double first = ust_stats_quantile(shifts.begin_s, shifts.n, 0.5) - onset_s;
        double last = ust_stats_quantile(shifts.end_s, shifts.n, 0.5) - onset_s;
        ust_text_printf(out, "back to %s: from +%s on", shifts.region,
                        ust_time_text(ust_time_from_seconds(first), begin));
        if (isfinite(last))
            ust_text_printf(out, ", 99 %% by +%s",
                            ust_time_text(ust_time_from_seconds(last), end));
        else
            ust_text_add(out, ", not over when the run ends");
        if (shifts.offered > 0)
            ust_text_printf(out, "; answered well meanwhile %.2f %%",
                            100 * shifts.good / shifts.offered);
    }
    free(shifts.begin_s);
    free(shifts.end_s);
}
