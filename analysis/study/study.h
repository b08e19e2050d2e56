/* What commands share that run a scenario many times with something changed: the scenario as
 * written is run into the output, where its report and its readiness can be asked for, and
 * trials (trial.h) follow with the same seeds and as many replications. */
#ifndef UST_ANALYSIS_STUDY_STUDY_H
#define UST_ANALYSIS_STUDY_STUDY_H

#include "analysis/study/trial.h"
#include "models/world/scenario.h"

struct ust_study {
    /* from the command line; output NULL: the scenario's name with the suffix */
    const char *path, *output, *suffix;
    const struct ust_texts *sets;
    uint32_t replications, jobs; /* 0: as the scenario says, as many as processors */
    uint64_t seed;
    bool seed_given, replace, quiet;
    /* Asked when the scenario is read and nothing has run: UST_INVALID after a message. NULL:
     * no questions. `trial` knows the path and the sets then. */
    enum ust_status (*may_run)(void *context, const struct ust_study *study);
    void *context;
    /* filled by ust_study_begin */
    struct ust_spec spec;
    struct ust_scenario *scenario;
    struct ust_store *store; /* complete and judged */
    struct ust_trial trial;
};

/* Reads, runs what is missing of the scenario as written, judges it, makes room for trials. End
 * with ust_study_end in any case. */
enum ust_status ust_study_begin(struct ust_study *study);
void ust_study_end(struct ust_study *study);

/* What to type to go on. */
void ust_study_stopped(const struct ust_study *study, const char *command);

/* The options that go into these members of a command's own struct. */
#define UST_STUDY_OPTIONS(type, where)                                                         \
    {.name = "output",                                                                         \
     .letter = 'o',                                                                            \
     .kind = UST_OPTION_TEXT,                                                                  \
     .offset = offsetof(type, output),                                                         \
     .value = "FILE",                                                                          \
     .help = "database of results; " where},                                                   \
        {.name = "replications",                                                               \
         .letter = 'n',                                                                        \
         .kind = UST_OPTION_COUNT,                                                             \
         .offset = offsetof(type, replications),                                               \
         .value = "N",                                                                         \
         .low = 2,                                                                             \
         .high = UST_REPLICATIONS_MAX,                                                         \
         .help = "of each trial, instead of the scenario's number"},                           \
        {.name = "seed",                                                                       \
         .letter = 's',                                                                        \
         .kind = UST_OPTION_COUNT,                                                             \
         .offset = offsetof(type, seed),                                                       \
         .value = "S",                                                                         \
         .low = 0,                                                                             \
         .high = UINT64_MAX,                                                                   \
         .given = offsetof(type, seed_given) + 1,                                              \
         .help = "instead of the scenario's seed"},                                            \
        {.name = "jobs",                                                                       \
         .letter = 'j',                                                                        \
         .kind = UST_OPTION_COUNT,                                                             \
         .offset = offsetof(type, jobs),                                                       \
         .value = "N",                                                                         \
         .low = 1,                                                                             \
         .high = UST_THREADS_MAX,                                                              \
         .help = "threads; as many as there are processors where absent"},                     \
        {.name = "set",                                                                        \
         .kind = UST_OPTION_TEXTS,                                                             \
         .offset = offsetof(type, sets),                                                       \
         .value = "PATH=VALUE",                                                                \
         .help = "override one value, as in --set services.web.pools.eu=12"},                  \
        {.name = "json",                                                                       \
         .kind = UST_OPTION_FLAG,                                                              \
         .offset = offsetof(type, json),                                                       \
         .help = "the result as JSON on stdout"},                                              \
        {.name = "force",                                                                      \
         .letter = 'f',                                                                        \
         .kind = UST_OPTION_FLAG,                                                              \
         .offset = offsetof(type, force),                                                      \
         .help = "start anew where the file holds another run"},                               \
    {                                                                                          \
        .name = "quiet", .letter = 'q', .kind = UST_OPTION_FLAG,                               \
        .offset = offsetof(type, quiet), .help = "no progress and no summary"                  \
    }

#endif
