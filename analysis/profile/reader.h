/* Events of many files as one stream, in the order of their times as far as each file is.
 *
 * NDJSON, CSV and access logs, compressed or not, each file by its own format; memory does not
 * grow with them. What makes no event is counted and the first such places are kept. Events of
 * programs and second copies are left out, or only counted:
 *
 * A second copy has the id of a recent event (of the last million or so). Where records have no
 * id, it has to be the same line, to the digit, with a time finer than a second: two equal
 * requests within one second are nothing strange.
 *
 * Clocks: a time without zone is in the zone that the caller says. When the times of a file
 * step back, the steps are counted and the largest is kept; what that means is for whoever puts
 * events together (session.h).
 */
#ifndef UST_PROFILE_READER_H
#define UST_PROFILE_READER_H

#include "analysis/profile/parse.h"
#include "sim/base/status.h"

#define UST_READ_INPUTS_MAX  256
#define UST_READ_MALFORMED_N 10

enum ust_event_format {
    UST_FORMAT_AUTO, /* by the first line */
    UST_FORMAT_NDJSON,
    UST_FORMAT_CSV,
    UST_FORMAT_ACCESS,
};
extern const char *const ust_event_format_names[]; /* "auto", ..., NULL */

enum ust_copies { UST_COPIES_AUTO, UST_COPIES_DROP, UST_COPIES_KEEP };
extern const char *const ust_copies_names[];

struct ust_read_options {
    enum ust_event_format format;
    const char *columns; /* ust_columns_map, or NULL */
    enum ust_stamp stamp;
    int64_t zone_s;
    ust_time gap;        /* of tables of sessions: no pause in a row is longer */
    int64_t spread_from; /* and their rows without time are spread over so long, from then */
    ust_time spread;
    enum ust_copies copies; /* DROP: every equal line; KEEP: none is left out */
    bool keep_bots;
    const char *const *bots; /* further patterns */
    size_t bots_n;
    uint64_t malformed_max; /* more are an error; UINT64_MAX: any number */
};

struct ust_malformed {
    const char *path;
    uint64_t line;
    const char *reason;
};

struct ust_read_report {
    uint64_t lines, events; /* events: that were handed out */
    uint64_t malformed, bots, copies;
    uint64_t untimed; /* sessions of tables whose times nobody knows */
    uint64_t unzoned; /* events whose time names no zone, where it could */
    uint64_t steps_back;
    int64_t step_largest; /* ns */
    int64_t first, last;  /* ns since 1970, of the events */
    struct ust_malformed first_malformed[UST_READ_MALFORMED_N];
};

struct ust_reader; /* opaque */

/* NULL and a message where a pattern is none. Lives in the arena, but for its files. */
struct ust_reader *ust_reader_new(const struct ust_read_options *options,
                                  struct ust_arena *arena, const char **error);
void ust_reader_close(struct ust_reader *reader); /* NULL is fine */

/* Adds a file, "-" for standard input. Messages are in ust_reader_error. */
enum ust_status ust_reader_open(struct ust_reader *reader, const char *path);

/* The next event; *any is false at the end of all files. UST_INVALID: too many malformed
 * lines, or columns that cannot be mapped. UST_REFUSED: a file cannot be read on. */
enum ust_status ust_reader_next(struct ust_reader *reader, struct ust_event *event, bool *any);

const struct ust_read_report *ust_reader_report(const struct ust_reader *reader);
const char *ust_reader_error(const struct ust_reader *reader); /* "" while all is well */

/* What the numbers of events stand for. */
const struct ust_names *ust_reader_actions(const struct ust_reader *reader);
const struct ust_names *ust_reader_devices(const struct ust_reader *reader);
const struct ust_names *ust_reader_places(const struct ust_reader *reader);
const struct ust_names *ust_reader_labels(const struct ust_reader *reader);
uint32_t ust_reader_inputs(const struct ust_reader *reader);
const char *ust_reader_path(const struct ust_reader *reader, uint32_t input); /* for people */

#endif
