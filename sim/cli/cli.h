/* The command line: a table of commands, a table of options for each.
 *
 * Options may stand before or after operands; `--` ends them; `--json` is for programs,
 * people's text goes to stderr, results to stdout. A mistake in usage names the option,
 * suggests the near one, and exits with 2.
 */
#ifndef UST_CLI_CLI_H
#define UST_CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/limits.h"
#include "sim/base/status.h"

enum ust_option_kind {
    UST_OPTION_FLAG,  /* bool */
    UST_OPTION_TEXT,  /* const char * */
    UST_OPTION_COUNT, /* uint64_t, low..high */
    UST_OPTION_TEXTS, /* struct ust_texts: may be repeated */
};

struct ust_texts {
    const char **at;
    size_t n;
};

struct ust_option {
    const char *name; /* "replications" for --replications */
    char letter;      /* 'n' for -n, or 0 */
    enum ust_option_kind kind;
    size_t offset;     /* into the command's options struct */
    const char *value; /* "N", "FILE": for help; NULL for flags */
    const char *help;
    uint64_t low, high;         /* COUNT */
    const char *const *choices; /* TEXT: allowed words, NULL-terminated, or NULL */
    size_t given;               /* offset + 1 of a bool that says it was given, or 0 */
};

/* The row of --jobs, which means the same wherever something is simulated: `jobs`, a uint64_t
 * of the command's options; 0 where it is not given. */
#define UST_OPTION_JOBS(options)                                                               \
    {                                                                                          \
        .name = "jobs", .letter = 'j', .kind = UST_OPTION_COUNT,                               \
        .offset = offsetof(options, jobs), .value = "N", .low = 1, .high = UST_THREADS_MAX,    \
        .help = "threads; as many as there are processors where absent"                        \
    }

struct ust_command {
    const char *name;
    const char *operands;             /* "SCENARIO", "RUN.db [RUN.db ...]" */
    const char *help;                 /* one line */
    const char *more;                 /* paragraphs for `understudy help COMMAND`, or NULL */
    const struct ust_option *options; /* ends with a NULL name */
    size_t options_size;
    int operands_min, operands_max; /* max -1: any number */
    /* options: zeroed then filled. Returns an exit code (status.h). */
    int (*run)(const void *options, int operands, char **operand);
};

/* Dispatches argv to a command; also `help`, `--help`, `--version`. commands: NULL-terminated.
 */
int ust_cli_main(int argc, char **argv, const struct ust_command *const *commands);

/* Terminal facts, asked once per use: is `file` a terminal, how wide (80 where unknown), and
 * may it be coloured (a terminal, NO_COLOR unset, TERM not dumb). */
bool ust_cli_is_terminal(FILE *file);
unsigned ust_cli_columns(FILE *file);
bool ust_cli_colour(FILE *file);

/* The error line of commands: "understudy: cannot open 'x': No such file or directory". Returns
 * UST_REFUSED. */
__attribute__((format(printf, 1, 2))) enum ust_status ust_cli_refused(const char *format, ...);

/* SIGINT and SIGTERM: the first asks for a stop, the second ends the process with 5. */
void ust_cli_catch_signals(void);
bool ust_cli_stop_wanted(void);

/* A progress line with ETA on a terminal, a plain line now and then elsewhere. */
struct ust_progress {
    FILE *out;
    const char *title;
    uint64_t total, done;
    double started, shown; /* seconds of the monotonic clock */
    bool terminal, quiet;
};
void ust_progress_start(struct ust_progress *progress, FILE *out, const char *title,
                        uint64_t total, bool quiet);
void ust_progress_step(struct ust_progress *progress, uint64_t done);
void ust_progress_end(struct ust_progress *progress);

#endif
