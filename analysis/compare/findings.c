#include "analysis/compare/findings.h"

#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "analysis/readiness/readiness.h"
#include "models/world/replications.h"

static struct ust_finding *add(struct ust_findings *findings)
{
    uint32_t n = findings->n;
    if ((n & (n - 1)) == 0) { /* full at each power of two */
        struct ust_finding *more =
            ust_arena_alloc(findings->arena, struct ust_finding, n == 0 ? 1 : 2 * (size_t)n);
        if (n > 0)
            memcpy(more, findings->at, n * sizeof *more);
        findings->at = more;
    }
    return &findings->at[findings->n++];
}

/* ---- checks ---- */

struct checker {
    struct ust_findings *findings;
    struct ust_store *store;
    struct ust_readiness_result readiness;
    bool places;
};

static const char *value_text(const struct ust_check_spec *check, double value,
                              char out[UST_ASKED_MAX])
{
    const struct ust_until_spec of = {.of = check->of};
    return ust_asked_shown(value, ust_until_unit(&of), out);
}

static int end_of(const struct ust_check_spec *check)
{
    if (check->by == UST_CHECK_SAFE)
        return check->least ? UST_CHECK_LOWER : UST_CHECK_UPPER;
    return check->by;
}

static const char *describe(const struct checker *checker, const struct ust_check_spec *check,
                            const char *scope)
{
    char bound[UST_ASKED_MAX];
    return ust_arena_printf(checker->findings->arena, "%s%s%s at %s %s",
                            ust_until_names[check->of], scope[0] != '\0' ? " of " : "", scope,
                            check->least ? "least" : "most",
                            value_text(check, check->bound, bound));
}

static struct ust_finding *begin(struct checker *checker, const struct ust_check_spec *check,
                                 const char *scope)
{
    struct ust_finding *finding = add(checker->findings);
    *finding = (struct ust_finding){.kind = UST_FINDING_CHECK,
                                    .name = describe(checker, check, scope),
                                    .bound = check->bound,
                                    .used = ust_nan()};
    if (checker->places)
        finding->place = check->node->place;
    return finding;
}

static void hold(struct checker *checker, const struct ust_check_spec *check, const char *scope,
                 struct ust_interval interval)
{
    struct ust_finding *finding = begin(checker, check, scope);
    struct ust_arena *arena = checker->findings->arena;
    int end = end_of(check);
    double used = end == UST_CHECK_ESTIMATE ? interval.value
                  : end == UST_CHECK_LOWER  ? interval.low
                                            : interval.high;
    char text[UST_ASKED_MAX], estimate[UST_ASKED_MAX];
    finding->interval = interval;
    finding->used = used;
    finding->failed = !(check->least ? used >= check->bound : used <= check->bound);
    checker->findings->failed[UST_FINDING_CHECK] += finding->failed;
    value_text(check, used, text);
    value_text(check, interval.value, estimate);
    if (isnan(interval.value))
        finding->text = "the run has no value of it";
    else if (isnan(used))
        finding->text = ust_arena_printf(
            arena, "no interval, so nothing bounds it (estimate %s): more replications",
            estimate);
    else if (end == UST_CHECK_ESTIMATE)
        finding->text = ust_arena_printf(arena, "the estimate is %s", text);
    else
        finding->text =
            ust_arena_printf(arena, "the %g %% interval's %s end is %s (estimate %s)",
                             100.0 * checker->readiness.settings.confidence,
                             end == UST_CHECK_LOWER ? "lower" : "upper", text, estimate);
}

/* Of each pool, those to which nobody came have no waits that could be too long. One that is
 * named was meant to be used. */
static void pass_idle(struct checker *checker, const struct ust_check_spec *check,
                      const char *scope)
{
    struct ust_finding *finding = begin(checker, check, scope);
    finding->interval = (struct ust_interval){ust_nan(), ust_nan(), ust_nan()};
    finding->text = "nobody came to it";
}

static void check_whole(struct checker *checker, const struct ust_check_spec *check)
{
    const struct ust_readiness_bound *bound = check->of == UST_UNTIL_READINESS
                                                  ? &checker->readiness.readiness
                                                  : &checker->readiness.p_ready;
    hold(checker, check, "", (struct ust_interval){bound->value, bound->low, bound->high});
}

/* Users: one row, of a persona or of all together; pools: each that the names leave, with what
 * came to it. */
#define KEYS_SQL                                                                               \
    "SELECT k.id, r.name, v.name, p.name, (SELECT coalesce(sum(c.value), 0) FROM key o"        \
    "  JOIN metric a ON a.id = o.metric AND a.name = 'arrivals' JOIN kpi c ON c.key = o.id"    \
    "  WHERE o.region = k.region AND o.service = k.service)"                                   \
    " FROM key k JOIN metric m ON m.id = k.metric"                                             \
    " LEFT JOIN region r ON r.id = k.region LEFT JOIN service v ON v.id = k.service"           \
    " LEFT JOIN persona p ON p.id = k.persona"                                                 \
    " WHERE m.name = ?1 AND CASE WHEN ?5 THEN k.region = 0 AND k.service = 0"                  \
    "  AND coalesce(p.name, '') = coalesce(?2, '')"                                            \
    " ELSE (?3 IS NULL OR r.name = ?3) AND (?4 IS NULL OR v.name = ?4) END ORDER BY k.id"

static enum ust_status check_row(struct checker *checker, const struct ust_check_spec *check,
                                 sqlite3_stmt *row)
{
    const struct ust_results_key key = {.region = (const char *)sqlite3_column_text(row, 1),
                                        .service = (const char *)sqlite3_column_text(row, 2),
                                        .persona = (const char *)sqlite3_column_text(row, 3)};
    struct ust_interval interval;
    struct ust_text scope = {0};
    enum ust_status status =
        ust_stats_estimate_key(checker->store, sqlite3_column_int64(row, 0),
                               checker->readiness.settings.confidence, &interval);
    ust_results_scope(&key, &scope);
    bool idle = key.region != NULL && key.service != NULL && sqlite3_column_double(row, 4) <= 0;
    if (status == UST_OK && idle && isnan(interval.value) && check->region == NULL)
        pass_idle(checker, check, ust_text_string(&scope));
    else if (status == UST_OK)
        hold(checker, check, ust_text_string(&scope), interval);
    ust_text_free(&scope);
    return status;
}

static enum ust_status check_keys(struct checker *checker, const struct ust_check_spec *check)
{
    const struct ust_metric_facts *metric = &ust_metrics[check->of - UST_UNTIL_METRIC];
    sqlite3_stmt *row = NULL;
    if (sqlite3_prepare_v2(ust_store_sqlite(checker->store), KEYS_SQL, -1, &row, NULL) !=
        SQLITE_OK)
        return ust_store_failed(checker->store, "cannot read the keys");
    sqlite3_bind_text(row, 1, metric->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 2, check->persona, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, check->region, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 4, check->service, -1, SQLITE_STATIC);
    sqlite3_bind_int(row, 5, metric->scope == UST_PER_PERSONA);
    enum ust_status status = UST_OK;
    bool any = false;
    while (status == UST_OK && sqlite3_step(row) == SQLITE_ROW) {
        any = true;
        status = check_row(checker, check, row);
    }
    sqlite3_finalize(row);
    if (status == UST_OK && !any) {
        struct ust_finding *finding = begin(checker, check, "what the run has not");
        finding->failed = true;
        finding->text = "the run keeps no such metric, or not for these names";
        checker->findings->failed[UST_FINDING_CHECK]++;
    }
    return status;
}

enum ust_status ust_findings_check(struct ust_findings *findings, struct ust_store *store,
                                   const struct ust_items *checks, bool places)
{
    struct checker checker = {.findings = findings, .store = store, .places = places};
    if (checks->n == 0)
        return UST_OK;
    UST_TRY(ust_readiness_compute(store, NULL, &checker.readiness));
    const struct ust_check_spec *check = checks->at;
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < checks->n && status == UST_OK; i++) {
        if (check[i].of < UST_UNTIL_METRIC)
            check_whole(&checker, &check[i]);
        else
            status = check_keys(&checker, &check[i]);
    }
    ust_readiness_free(&checker.readiness);
    return status;
}

/* ---- a baseline ---- */

static const char *tell_change(struct ust_arena *arena, const struct ust_compare *compare,
                               const struct ust_compare_row *row)
{
    char a[UST_ASKED_MAX], b[UST_ASKED_MAX], least[UST_ASKED_MAX];
    const char *unit = row->key->unit;
    struct ust_text text = {0};
    ust_text_printf(&text, "%s → %s", ust_asked_shown(row->a, unit, a),
                    ust_asked_shown(row->b, unit, b));
    if (fabs(row->a) > 0.0)
        ust_text_printf(&text, " (%+.1f %%)",
                        100.0 * row->difference.mean.value / fabs(row->a));
    ust_text_printf(&text, ", p %.3g after Holm", row->adjusted);
    if (!isnan(row->detectable)) {
        ust_text_printf(&text, "; worse by %s",
                        ust_results_change(row->detectable, unit, least));
        if (fabs(row->a) > 0.0)
            ust_text_printf(&text, " (%s)",
                            ust_results_share(row->detectable / fabs(row->a), least));
        ust_text_printf(&text, " is found with probability %g %%", 100.0 * compare->power);
    }
    const char *kept = ust_arena_text(arena, ust_text_string(&text));
    ust_text_free(&text);
    return kept;
}

void ust_findings_compare(struct ust_findings *findings, const struct ust_compare *compare)
{
    for (uint32_t i = 0; i < compare->rows_n; i++) {
        const struct ust_compare_row *row = &compare->rows[i];
        if (isnan(row->p) || row->same_as != NULL)
            continue;
        struct ust_text scope = {0};
        ust_results_scope(row->key, &scope);
        *add(findings) = (struct ust_finding){
            .kind = UST_FINDING_REGRESSION,
            .failed = row->outcome == UST_CHANGE_WORSE,
            .name = ust_arena_printf(findings->arena, "%s of %s no worse than the baseline's",
                                     row->key->metric, ust_text_string(&scope)),
            .text = tell_change(findings->arena, compare, row),
            .bound = ust_nan(),
            .used = ust_nan(),
            .interval = row->difference.mean};
        ust_text_free(&scope);
        findings->failed[UST_FINDING_REGRESSION] += row->outcome == UST_CHANGE_WORSE;
    }
}
