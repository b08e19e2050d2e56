/* Files of loads before a run, for tests of scalers that forecast. */
#ifndef UST_TESTS_UNIT_HISTORY_H
#define UST_TESTS_UNIT_HISTORY_H

#include <unistd.h>

#include "tests/unit/scaler.h"

#include "models/scaler/forecast.h"

#define HOUR 3600
/* Monday, 2 March 2026, 00:00 UTC. */
#define MONDAY 1772409600LL

/* A file of hourly loads that end with the run's beginning at `start`, of `n` hours; `load`
 * says what an hour was, by its number from -n to -1. To be freed. */
static inline char *history_write(int64_t start, int n, double (*load)(int hour))
{
    char *path = strdup("/tmp/understudy-history-XXXXXX");
    int file = mkstemp(path);
    assert_true(file >= 0);
    FILE *out = fdopen(file, "w");
    fprintf(out, "time,load\n");
    for (int hour = -n; hour < 0; hour++)
        fprintf(out, "%lld,%.17g\n", (long long)(start + (int64_t)hour * HOUR), load(hour));
    fclose(out);
    return path;
}

static inline enum ust_status history_bind(struct group *group, int64_t start, ust_time length)
{
    static const char *const here[] = {"here"};
    const struct ust_scaler_world world = {
        .regions = here, .regions_n = 1, .start_unix_ns = start * UST_S, .length = length};
    return group->type->bind(&group->policy.spec, group->policy.variant.params,
                             group->policy.variant.node, &world);
}

/* A group of n that begins at `start`: "{kind: KIND, KEYS<the history>END}"; where `hours` is
 * 0, without one. */
static inline void history_begin(struct group *group, const char *kind, const char *keys,
                                 const char *end, int64_t start, int hours,
                                 double (*load)(int hour), uint32_t n)
{
    char text[1000];
    char *path = hours > 0 ? history_write(start, hours, load) : NULL;
    snprintf(text, sizeof text, "{kind: %s, %s%s%s%s%s}", kind, keys,
             path == NULL ? "" : ", history: {file: ", path == NULL ? "" : path,
             path == NULL ? "" : "}", end);
    group_begin(group, text, n);
    group->view.unix_s = group->view.local_s = start;
    enum ust_status status = history_bind(group, start, 100 * UST_DAY);
    if (status != UST_OK)
        ust_diag_print(group->policy.spec.diag, stderr, NULL);
    assert_int_equal(status, UST_OK);
    if (path != NULL)
        unlink(path);
    free(path);
}

/* Runs to `minute` of the run; all instances, as many as wanted, have this value. */
static inline int64_t run_to(struct group *group, int64_t start, int minute, double value)
{
    while (group->view.unix_s < start + (int64_t)minute * 60) {
        settle(group, UST_HOUR);
        point(group, value);
    }
    return group->view.desired;
}

/* 4 instances' worth of work at night, 10 from 8 to 20. */
static inline double office(int hour)
{
    int of_day = ((hour % 24) + 24) % 24;
    return of_day >= 8 && of_day < 20 ? 10 : 4;
}

#endif
