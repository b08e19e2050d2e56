/* What CI is told: a list of questions, each with its answer in words.
 *
 *     checks of the scenario ─┐
 *                             ├─▶ findings ─▶ text, JSON, JUnit, Markdown, GitHub's commands
 *     a baseline, compared ───┘
 */
#ifndef UST_ANALYSIS_COMPARE_FINDINGS_H
#define UST_ANALYSIS_COMPARE_FINDINGS_H

#include "analysis/compare/compare.h"
#include "analysis/stats/stats.h"
#include "models/world/checks.h"
#include "sim/base/diag.h"

enum ust_finding_kind { UST_FINDING_CHECK, UST_FINDING_REGRESSION };

struct ust_finding {
    enum ust_finding_kind kind;
    bool failed;
    const char *name;             /* "latency_p99 of shopper at most 800 ms" */
    const char *text;             /* "its upper bound is 912 ms (estimate 874 ms)" */
    struct ust_place place;       /* of the bound in the scenario; file NULL: none */
    double bound, used;           /* of a check, in the unit; used: what was held against it */
    struct ust_interval interval; /* of a check: the estimate; else of the difference */
};

struct ust_findings {
    struct ust_arena *arena;
    struct ust_finding *at;
    uint32_t n, failed[2]; /* by kind */
};

/* Holds checks against what is stored, by the confidence that the run is judged at. `places`:
 * the checks were read out of a file, so that a place means something. A check whose names or
 * metric the run has not is a failed finding. */
enum ust_status ust_findings_check(struct ust_findings *findings, struct ust_store *store,
                                   const struct ust_items *checks, bool places);

/* A finding for each row that is judged. */
void ust_findings_compare(struct ust_findings *findings, const struct ust_compare *compare);

/* ---- how it is told ---- */

void ust_findings_text(const struct ust_findings *findings, struct ust_text *out);
void ust_findings_markdown(const struct ust_findings *findings, struct ust_text *out);
/* JUnit XML as Jenkins' and GitLab's readers take it: a suite of checks, a suite of
 * regressions. */
void ust_findings_junit(const struct ust_findings *findings, const char *name,
                        struct ust_text *out);
/* "::error file=...,line=...::..." (GitHub's workflow commands), failed ones only. */
void ust_findings_github(const struct ust_findings *findings, struct ust_text *out);
#define UST_NOT_RUN "it could not be run; the log says why"

/* Where there was no run to ask: the scenario's mistakes; that it could not be run, where it
 * has none (diag NULL: none). */
void ust_diag_github(const struct ust_diag *diag, struct ust_text *out);
void ust_diag_junit(const struct ust_diag *diag, const char *name, struct ust_text *out);
void ust_diag_markdown(const struct ust_diag *diag, const char *name, struct ust_text *out);
struct json_t;
struct json_t *ust_findings_json(const struct ust_findings *findings);
/* SARIF 2.1.0 of the scenario's mistakes and warnings (OASIS 2020); a run without results where
 * there are none. diag NULL: none. */
struct json_t *ust_diag_sarif(const struct ust_diag *diag);

#endif
