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

/* Rows that mean the same in every command; `text` is what its help says of them. Each fills
 * the field of its own name in the command's struct `options`. */
#define UST_OPTION_JOBS(options) /* uint64_t jobs; 0 where it is not given */                  \
    {                                                                                          \
        .name = "jobs", .letter = 'j', .kind = UST_OPTION_COUNT,                               \
        .offset = offsetof(options, jobs), .value = "N", .low = 1, .high = UST_THREADS_MAX,    \
        .help = "threads; as many as there are processors where absent"                        \
    }
#define UST_OPTION_REPLICATIONS(options, text) /* uint64_t replications; 0: not given */       \
    {                                                                                          \
        .name = "replications", .letter = 'n', .kind = UST_OPTION_COUNT,                       \
        .offset = offsetof(options, replications), .value = "N", .low = 1,                     \
        .high = UST_REPLICATIONS_MAX, .help = text                                             \
    }
#define UST_OPTION_SEED(options, text) /* uint64_t seed; bool seed_given */                    \
    {                                                                                          \
        .name = "seed", .letter = 's', .kind = UST_OPTION_COUNT,                               \
        .offset = offsetof(options, seed), .value = "S", .high = UINT64_MAX,                   \
        .given = offsetof(options, seed_given) + 1, .help = text                               \
    }
#define UST_OPTION_SETS(options, text) /* struct ust_texts sets */                             \
    {                                                                                          \
        .name = "set", .kind = UST_OPTION_TEXTS, .offset = offsetof(options, sets),            \
        .value = "PATH=VALUE", .help = text                                                    \
    }
#define UST_OPTION_KPIS(options, text) /* struct ust_texts kpis */                             \
    {                                                                                          \
        .name = "kpi", .kind = UST_OPTION_TEXTS, .offset = offsetof(options, kpis),            \
        .value = "METRIC[@REGION[/SERVICE]]", .help = text                                     \
    }
#define UST_OPTION_OUTPUT(options, what, text) /* const char *output */                        \
    {                                                                                          \
        .name = "output", .letter = 'o', .kind = UST_OPTION_TEXT,                              \
        .offset = offsetof(options, output), .value = what, .help = text                       \
    }
#define UST_OPTION_JSON(options, text) /* bool json */                                         \
    {                                                                                          \
        .name = "json", .kind = UST_OPTION_FLAG, .offset = offsetof(options, json),            \
        .help = text                                                                           \
    }
#define UST_OPTION_FORCE(options, text) /* bool force */                                       \
    {                                                                                          \
        .name = "force", .letter = 'f', .kind = UST_OPTION_FLAG,                               \
        .offset = offsetof(options, force), .help = text                                       \
    }
#define UST_OPTION_QUIET(options, text) /* bool quiet */                                       \
    {                                                                                          \
        .name = "quiet", .letter = 'q', .kind = UST_OPTION_FLAG,                               \
        .offset = offsetof(options, quiet), .help = text                                       \
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
/* How wide tables may be: as wide as the terminal, or as COLUMNS says; `otherwise` where
 * neither is there, as in a file, which has no window. */
unsigned ust_cli_width(FILE *file, unsigned otherwise);
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
