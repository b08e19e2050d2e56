/* The parts of a run's summary: summary.c has its head, the verdict and its foot,
 * summary_tables.c the rows of personas and pools. */
#ifndef UST_ANALYSIS_STUDY_SUMMARY_PARTS_H
#define UST_ANALYSIS_STUDY_SUMMARY_PARTS_H

#include "analysis/study/summary.h"
#include "sim/base/text.h"

struct sqlite3_stmt;

#define UST_CELL_MAX 48

struct ust_summary_page {
    struct ust_store *store;
    const struct ust_readiness_result *readiness;
    const struct ust_summary_facts *facts;
    struct ust_text text;
    unsigned width;
    bool colour;
    uint32_t regions;
};

/* NULL where the store has no such table. */
struct sqlite3_stmt *ust_summary_query(struct ust_store *store, const char *sql);
/* A cell of a row: "" and NAN for NULL. */
const char *ust_summary_text(struct sqlite3_stmt *row, int column);
double ust_summary_number(struct sqlite3_stmt *row, int column);

/* "118 ms", "1,680,487", "97.25 %"; "-" for NAN. */
const char *ust_cell_latency(double s, char out[UST_CELL_MAX]);
const char *ust_cell_count(double n, char out[UST_CELL_MAX]);
const char *ust_cell_percent(double ratio, char out[UST_CELL_MAX]);
/* Local time of the scenario, t seconds after the warm-up: "20:30:15". */
const char *ust_cell_clock(struct ust_store *store, double t_s, char out[UST_CELL_MAX]);

/* Add their table to the page's text. */
enum ust_status ust_summary_personas(struct ust_summary_page *page);
enum ust_status ust_summary_pools(struct ust_summary_page *page);

#endif
