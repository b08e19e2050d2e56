#include "analysis/readiness/aborts.h"

#include <sqlite3.h>

#include "sim/base/time.h"

/* An injection aborts once in a replication. The median is by nearest rank. */
#define ABORTS_SQL                                                                             \
    "WITH a AS (SELECT t.persona, t.t_s - (SELECT min(b.t_s) FROM timeline b WHERE"            \
    "   b.replication = t.replication AND b.persona = t.persona AND"                           \
    "   b.event = 'injection_start') AS after, t.detail AS bound,"                             \
    "  row_number() OVER (PARTITION BY t.persona ORDER BY t.t_s) AS rank,"                     \
    "  count(*) OVER (PARTITION BY t.persona) AS n"                                            \
    "  FROM timeline t WHERE t.event = 'injection_aborted')"                                   \
    " SELECT p.name, a.n, (SELECT count(*) FROM replication),"                                 \
    "  max(CASE WHEN a.rank = (a.n + 1) / 2 THEN a.after END),"                                \
    "  (SELECT group_concat(bound, ', ') FROM (SELECT DISTINCT bound FROM a o"                 \
    "   WHERE o.persona = a.persona ORDER BY 1))"                                              \
    " FROM a JOIN persona p ON p.id = a.persona GROUP BY a.persona ORDER BY a.persona"

void ust_aborts_tell(struct ust_store *store, struct ust_text *out)
{
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(store), ABORTS_SQL, -1, &row, NULL) != SQLITE_OK)
        return;
    while (sqlite3_step(row) == SQLITE_ROW) {
        char after[UST_TIME_TEXT_MAX];
        int n = sqlite3_column_int(row, 1), of = sqlite3_column_int(row, 2);
        ust_text_printf(
            out, "%s%s was aborted in %d of %d replication%s, after %s%s, by %s",
            out->length > 0 ? "\n" : "", (const char *)sqlite3_column_text(row, 0), n, of,
            of == 1 ? "" : "s",
            ust_time_text(ust_time_from_seconds(sqlite3_column_double(row, 3)), after),
            n > 1 ? " (median)" : "", (const char *)sqlite3_column_text(row, 4));
    }
    sqlite3_finalize(row);
}
