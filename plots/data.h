/* A run as pictures see it: what was simulated, read once from the results database.
 *
 * Everything lives in one arena and is const after ust_plot_run_open. Names come from a
 * scenario that somebody else may have written: they are text, never markup, and whoever prints
 * them escapes them (html.h, gnuplot.h).
 *
 * A partial run can be drawn: `replications_n` says how many replications are there. The tables
 * of judgement may be empty; `verdict` is then NULL.
 */
#ifndef UST_PLOTS_DATA_H
#define UST_PLOTS_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/status.h"

struct sqlite3;
struct sqlite3_stmt;
struct ust_store;

struct ust_plot_region {
    uint32_t id;
    const char *name, *role;
    uint32_t zones;
    bool under_test;
};
struct ust_plot_service {
    uint32_t id;
    const char *name;
};
struct ust_plot_persona {
    uint32_t id;
    const char *name;
    uint32_t service;
    double weight; /* as a share of all weights */
    double latency_objective_s, attainment_objective, rto_s, rpo_s;
    const char *document, *document_hash;
};
struct ust_plot_fault {
    uint32_t id;
    const char *kind, *what;
    uint32_t region; /* 0: none */
    double start_s, end_s;
};
struct ust_plot_verdict {
    const char *verdict, *region, *weakest, *method;
    const char *lost; /* what happens: "the loss of us-east-1" */
    uint32_t n;
    double readiness, low, high, p_ready, p_low, p_high, percentile5; /* NAN: none */
};
struct ust_plot_pair {
    const char *name, *value;
};

struct ust_plot_run {
    struct ust_arena *arena;
    struct ust_store *store;
    struct sqlite3 *db;

    const char *database; /* its file, as commands in a report name it */
    const char *name, *scenario_path, *scenario, *scenario_hash, *overrides, *seed;
    const char *digest;        /* NULL: not finished */
    uint32_t replications;     /* asked for */
    uint32_t replications_n;   /* there */
    uint32_t *replication;     /* their numbers, ascending */
    const char **fingerprint;  /* by the same index */
    uint64_t requests, events; /* of all replications */
    int64_t start_unix_s;
    int utc_offset_min;
    double warmup_s, duration_s, interval_s;
    bool complete;

    const struct ust_plot_region *regions;
    const struct ust_plot_service *services;
    const struct ust_plot_persona *personas;
    const struct ust_plot_fault *faults;
    const struct ust_plot_pair *machine;
    uint32_t regions_n, services_n, personas_n, faults_n, machine_n;
    const struct ust_plot_verdict *verdict; /* NULL: not judged */
    const struct ust_plot_fault *fault;     /* where moments are counted from, or NULL */
};

/* Opens the file for reading. On failure a message was printed and nothing is left open. */
enum ust_status ust_plot_run_open(const char *path, struct ust_plot_run *run);
void ust_plot_run_close(struct ust_plot_run *run);

/* "all" for 0 and for numbers that the run does not have. */
const char *ust_plot_region_name(const struct ust_plot_run *run, uint32_t id);
const char *ust_plot_service_name(const struct ust_plot_run *run, uint32_t id);
const char *ust_plot_persona_name(const struct ust_plot_run *run, uint32_t id);

/* The number of a name, 0 when the run has none. */
uint32_t ust_plot_region_id(const struct ust_plot_run *run, const char *name);
uint32_t ust_plot_persona_id(const struct ust_plot_run *run, const char *name);

/* Prepared statements with one kind of failure: printed, UST_REFUSED. `next` gives UST_OK and
 * `*row` false at the end. Texts are copied into the arena, never NULL; numbers that are NULL
 * become NAN. */
enum ust_status ust_plot_prepare(const struct ust_plot_run *run, const char *sql,
                                 struct sqlite3_stmt **statement);
enum ust_status ust_plot_next(const struct ust_plot_run *run, struct sqlite3_stmt *statement,
                              bool *row);
const char *ust_plot_text(const struct ust_plot_run *run, struct sqlite3_stmt *statement,
                          int column);
double ust_plot_number(struct sqlite3_stmt *statement, int column);

#endif
