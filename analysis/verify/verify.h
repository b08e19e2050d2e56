/* Does this program, as installed, agree with what is known? Rows of a law, where it comes
 * from, what it says, and what the simulator says.
 *
 *   scenario as text ─▶ a file ─▶ ust_scenario_read ─▶ ust_run ─▶ run.db ─▶ rows, by SQL
 *
 * Everything goes the way that a user's scenario goes. A row of a law is tested with Student's
 * t over replications; a row of a procedure counts how often, over many independent
 * experiments, an interval covered or a test cried wolf. All tests together are one family:
 * Holm's rule, so that a correct program fails in any row with a probability of FAMILY at most,
 * whatever the seed. A law must also be met within a stated relative error, so that a wide
 * interval proves nothing.
 *
 * Nothing is tuned: seeds derive from the one that is given.
 */
#ifndef UST_ANALYSIS_VERIFY_VERIFY_H
#define UST_ANALYSIS_VERIFY_VERIFY_H

#include "analysis/stats/stats.h"
#include "sim/base/arena.h"
#include "sim/base/text.h"
#include "sim/cli/cli.h"

/* Probability that a correct program fails in any row. */
#define UST_VERIFY_FAMILY 0.01

enum ust_verify_kind {
    UST_VERIFY_LAW,   /* a mean over replications, against a number */
    UST_VERIFY_EXACT, /* equal, or wrong */
    UST_VERIFY_SHARE, /* a share of experiments, against a range */
};

struct ust_verify_row {
    enum ust_verify_kind kind;
    const char *section;      /* "Queues" */
    const char *law, *source; /* "M/M/c, Erlang C", "Kleinrock I, 3.5" */
    const char *parameters;   /* "c = 10, load 8" */
    const char *quantity;     /* "mean wait" */
    double reference;         /* SHARE: NAN */
    double least, most;       /* SHARE: the range that is promised */
    double allowed;           /* LAW: relative error */
    double
        resolution; /* LAW: relative error of the reading, allowed for in p; not in the plot */
    struct ust_interval estimate; /* 95 % */
    double p, adjusted;           /* NAN for EXACT */
    uint64_t n;                   /* replications, experiments */
    bool passed;
};

struct ust_verify {
    struct ust_arena *arena;
    uint64_t seed;
    uint32_t jobs;
    unsigned less; /* runs are so many times shorter; more than 1 with --quick */
    char *folder;  /* of its own, for scenarios and databases */
    struct ust_verify_row *rows;
    uint32_t n, capacity, failed;
    uint64_t requests;
    struct ust_progress progress;
};

/* Rows are copied, their texts kept in the arena. */
void ust_verify_add(struct ust_verify *verify, const struct ust_verify_row *row);
/* From the experiments that succeeded: estimate, p. Only below `least` or above `most` counts.
 */
void ust_verify_add_share(struct ust_verify *verify, struct ust_verify_row row,
                          uint64_t successes, uint64_t n);
/* Holm's rule over all rows, and who passed. */
void ust_verify_conclude(struct ust_verify *verify);

/* ---- runs (experiment.c) ---- */

/* What is read of each replication. */
struct ust_verify_asked {
    const char *quantity;
    const char *metric, *over; /* over: divided by this metric, of the same scope; or NULL */
    const char *region;        /* of a pool's metric; NULL: of users, all together */
    const char *service;       /* ... of this one; NULL: of the first that has it */
    bool over_users;           /* `over` is of users whatever the region */
    int from, to;      /* mean over the intervals from .. to - 1; 0, 0: of the whole run */
    const char *event; /* in place of metric: when it first happened, in s */
    double minus, per; /* (value - minus) / per; per 0: 1 */
    double reference;
    double allowed; /* relative error; 0: must be equal */
    double
        resolution; /* relative error of the reading itself, which no length of run removes */
};

#define UST_VERIFY_ASKED_MAX 16

struct ust_verify_experiment {
    const char *section, *law, *source, *parameters;
    char *scenario; /* text; freed */
    uint32_t replications;
    const struct ust_verify_asked *asked;
    uint32_t asked_n;
};

/* Runs it and adds a row for each that is asked. */
enum ust_status ust_verify_run(struct ust_verify *verify,
                               const struct ust_verify_experiment *experiment);

/* The same run, values only: [asked_n * replications], asked-major; free() them. */
enum ust_status ust_verify_values(struct ust_verify *verify,
                                  const struct ust_verify_experiment *experiment,
                                  double **values);

/* One pool called `here` of one service and one stream of users; what is NULL or 0 is left to
 * the language's defaults. The caller frees. */
struct ust_verify_queue {
    double rate;                       /* Poisson arrivals per second */
    const char *arrivals;              /* in place of rate */
    const char *work;                  /* "exponential(mean 1 s)" */
    const char *tolerance;             /* "timeout: 3 s" */
    const char *client;                /* "hedge: 50 ms" */
    const char *instance;              /* "tuning: {slots: 1}" */
    const char *service;               /* further lines of the service */
    const char *more;                  /* further lines of the top level */
    const char *pool;                  /* "1", or a mapping */
    double warmup, duration, interval; /* s; interval 0: the whole duration */
    double drain; /* s: in the last of them nobody comes, so that every fate is known */
};
char *ust_verify_queue_text(const struct ust_verify_queue *queue);

/* Writes a file into the folder; its path lives in the arena. NULL after a message. */
const char *ust_verify_file(struct ust_verify *verify, const char *name, const char *text);

/* ---- the rows ---- */

enum ust_status ust_verify_queues(struct ust_verify *verify);
enum ust_status ust_verify_networks(struct ust_verify *verify);
enum ust_status ust_verify_failures(struct ust_verify *verify);
enum ust_status ust_verify_clients(struct ust_verify *verify);
enum ust_status ust_verify_scalers(struct ust_verify *verify);
enum ust_status ust_verify_sizes(struct ust_verify *verify);
enum ust_status ust_verify_coverage(struct ust_verify *verify);
enum ust_status ust_verify_strangers(struct ust_verify *verify);

/* ---- what is told ---- */

void ust_verify_print(const struct ust_verify *verify, FILE *out);
struct json_t;
struct json_t *ust_verify_json(const struct ust_verify *verify);
/* One HTML file with the table and the calibration plot. */
void ust_verify_report(const struct ust_verify *verify, struct ust_text *out);
/* Share of the law rows whose reference lies in their interval of this confidence; without
 * those that are read through buckets. */
double ust_verify_covered(const struct ust_verify *verify, double confidence);

#endif
