/* What the tests against theory share: a scenario as text, through the real language and the
 * real model, many replications of it, and one rule of comparison.
 *
 * A value is taken once per replication, so the replications' mean has a Student t interval. A
 * reference passes when it lies within four standard errors of that mean (every comparison is
 * made with fixed seeds, so this is decided once and for all; among the few hundred that are
 * made here a 95 % interval each would miss a dozen by chance) and when the relative error is
 * at most the stated one: 2 % for means, 5 % for quantiles and heavy load. How many references
 * the 95 % intervals cover is counted too, and must not be fewer than chance allows.
 *
 * Builds with sanitizers or without optimisation simulate THEORY_LESS times shorter and allow
 * relative errors that are wider by its root; the first line of the output says so.
 */
#ifndef UST_TESTS_THEORY_HELP_H
#define UST_TESTS_THEORY_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/entity/model.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || !defined __OPTIMIZE__
#define THEORY_REDUCED 1
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define THEORY_REDUCED 1
#endif
#endif
#ifdef THEORY_REDUCED
#define THEORY_LESS 25
#else
#define THEORY_LESS 1
#endif

#define THEORY_MEANS     0.02
#define THEORY_QUANTILES 0.05
#define THEORY_VALUES    64 /* most that one replication yields */

/* A scenario, read and compiled; a wrong one prints its messages and ends the test. */
struct theory *theory_open(const char *text);
void theory_close(struct theory *theory);
const struct ust_config *theory_config(const struct theory *theory);

/* The text of a region `here` with one pool and one stream of Poisson arrivals. What is NULL or
 * 0 is left to the language's defaults; the text is the caller's to free. */
struct theory_queue {
    double rate;           /* arrivals per second */
    const char *arrivals;  /* in place of `rate`: "{kind: ...}" */
    const char *work;      /* "exponential(mean 1 s)" */
    const char *tolerance; /* "timeout: 3 s" */
    const char *instance;  /* "tuning: {slots: 1, queue: unlimited}" */
    const char *balancer;
    const char *service;     /* a further line of the service: "health_check: {...}" */
    const char *more;        /* further lines of the top level */
    unsigned instances;      /* 0: 1 */
    double warmup, duration; /* s; the duration is divided by THEORY_LESS */
    bool whole;              /* keep the duration: it is what the law is about */
};
char *theory_queue(const struct theory_queue *queue);

/* ---- replications ---- */

/* What is read of a finished replication. */
typedef void theory_read(struct ust_model *model, void *context, double *values);

/* Called once between making and running, to plan what is looked at on the way. */
typedef void theory_plan(struct ust_model *model, void *context, double *values);

struct theory_value {
    double mean, sd, least, most;
    uint32_t n;
};

/* `n` replications of the text, `k` values of each. `text` is freed. */
void theory_run(char *text, uint32_t n, uint32_t k, theory_plan *plan, theory_read *read,
                void *context, struct theory_value *out);

/* A KPI of a finished replication; names count from 1 as in struct ust_key, 0: all. */
double theory_kpi(const struct ust_model *model, enum ust_metric metric, uint32_t region,
                  uint32_t service, uint32_t persona);
double theory_series(const struct ust_model *model, enum ust_metric metric, uint32_t region,
                     uint32_t service, uint32_t persona, uint32_t interval);
/* Of the pool of the first service in the first region; of the first stream. */
double theory_pool(const struct ust_model *model, enum ust_metric metric);
double theory_users(const struct ust_model *model, enum ust_metric metric);

/* Runs look(context, argument) at `at` of the run's clock, after all that happens then. */
void theory_look_at(struct ust_model *model, ust_time at, ust_handler *look, void *context,
                    uint64_t argument);

/* ---- comparison ---- */

/* The rule above; prints one line, which begins with what `format` says. */
__attribute__((format(printf, 4, 5))) void
theory_check(struct theory_value seen, double exact, double relative, const char *format, ...);

/* The same for a variance over replications, against sd^2: normal values' sample variance has
 * the standard error sd^2 sqrt(2 / (n - 1)); `kurtosis` is the law's excess, which adds to it.
 */
__attribute__((format(printf, 4, 5))) void
theory_check_sd(struct theory_value seen, double sd, double kurtosis, const char *format, ...);

/* A literal comparison, relative. */
void theory_near(double seen, double exact, double relative, const char *what);

/* Largest gap between the empirical distribution of x (sorted here) and a law, times sqrt n. */
double theory_ks(double *x, uint32_t n, double (*law)(double, const void *),
                 const void *params);

/* Last test of every program: the 95 % intervals covered as many references as they should. */
void intervals_cover_as_many_references_as_they_promise(void **state);

/* cmocka_run_group_tests with a line on the mode. */
#define THEORY_MAIN(tests)                                                                     \
    (printf(THEORY_LESS > 1 ? "reduced set: runs are %d times shorter\n" : "full set: %d\n",   \
            THEORY_LESS),                                                                      \
     cmocka_run_group_tests(tests, NULL, NULL))

#endif
