/* From a line of any format to an event: the fields that all formats share, by one table.
 *
 * A parser finds names and values; what a value means, which unit it has and what is wrong with
 * it is decided here. A line that makes no event has a reason, a text without anything of the
 * line in it: logs hold addresses and names.
 */
#ifndef UST_PROFILE_PARSE_H
#define UST_PROFILE_PARSE_H

#include <stddef.h>

#include "analysis/profile/agent.h"
#include "analysis/profile/event.h"
#include "analysis/profile/session_table.h"
#include "sim/spec/stamp.h"

/* Different actions, as of a persona; what is rarer to come first is "other". */
#define UST_PROFILE_ACTIONS_MAX 64
#define UST_PROFILE_DEVICES_MAX 64
#define UST_PROFILE_PLACES_MAX  4096
#define UST_PROFILE_LABELS_MAX  256

enum ust_event_field {
    UST_EVENT_USER,
    UST_EVENT_TIME,
    UST_EVENT_ACTION,
    UST_EVENT_CPU,
    UST_EVENT_MEMORY,
    UST_EVENT_BYTES,
    UST_EVENT_ATTEMPTS,
    UST_EVENT_REQUEST, /* bytes of the request */
    UST_EVENT_IO,
    UST_EVENT_LATENCY, /* ms */
    UST_EVENT_LATENCY_S,
    UST_EVENT_STATUS,
    UST_EVENT_REGION,
    UST_EVENT_LATITUDE,
    UST_EVENT_LONGITUDE,
    UST_EVENT_DEVICE,
    UST_EVENT_AGENT,
    UST_EVENT_ID,
    UST_EVENT_LABEL,
    UST_EVENT_FIELDS,
};

/* Canonical name first ("user_id"), then what others call it; NULL-terminated. */
extern const char *const *const ust_event_field_names[UST_EVENT_FIELDS];
/* The field of a name, letters' case ignored; UST_EVENT_FIELDS where it is none. */
enum ust_event_field ust_event_field_find(const char *name);

struct ust_action_rule; /* a pattern and a name, for access logs */

struct ust_parse {
    struct ust_names actions, devices, places, labels;
    struct ust_agents *agents;
    enum ust_stamp stamp; /* of times that are numbers; AUTO: by their size */
    int64_t zone_s;       /* of times that name none, seconds east */
    ust_time pause_max;   /* within the row of a table of sessions */
    const char *reason;   /* why the last line made no event */

    /* the line at hand */
    struct ust_event event;
    bool has_user, has_time;
    struct ust_session_row row; /* of a table of sessions, in place of an event */
    double latitude, longitude;
    struct ust_point_cache *points; /* of the arena */
    struct ust_field_cache *fields;
};

struct ust_parse ust_parse_new(struct ust_arena *arena, struct ust_agents *agents);

/* ust_event_field_find, which remembers: a file says the same few names in each line. */
enum ust_event_field ust_parse_field(struct ust_parse *parse, const char *name);

/* A line's life: begin, set fields, end. A setter that returns false has set the reason. */
void ust_parse_begin(struct ust_parse *parse);
bool ust_parse_text(struct ust_parse *parse, enum ust_event_field field, const char *text);
bool ust_parse_number(struct ust_parse *parse, enum ust_event_field field, double value);
bool ust_parse_whole(struct ust_parse *parse, enum ust_event_field field, int64_t value);
/* `line`: of it is made the id of an event without one. False without a user or a time. */
bool ust_parse_end(struct ust_parse *parse, uint64_t line_hash);

/* ---- formats: each fills parse->event; false with a reason ---- */

bool ust_parse_ndjson(struct ust_parse *parse, const char *line, size_t length);
bool ust_parse_access(struct ust_parse *parse, char *line);

/* Which field stands in which column. */
#define UST_PARSE_COLUMNS_MAX 512
struct ust_columns {
    uint32_t n;     /* cells that a row must have */
    char separator; /* , ; or tab */
    bool mapped;    /* some column has a field */
    enum ust_event_field field[UST_PARSE_COLUMNS_MAX];
    struct ust_session_table table; /* without parts: the rows are events */
};
/* "user_id=visitor,timestamp=5": field and the name or number of its column, for rows whose
 * header is `header` (NULL: there is none). Without a map, columns go by their names. NULL, or
 * a message (arena's) about the map. */
const char *ust_columns_map(struct ust_columns *columns, const char *map, char *header,
                            struct ust_arena *arena);
/* Of a table of sessions, the row goes to parse->row; it may lack user and time. */
bool ust_parse_csv(struct ust_parse *parse, const struct ust_columns *columns, char *line);
/* Cuts a row into cells in place; returns how many (beyond `max`: max + 1), -1 where a quote
 * does not end. */
int ust_csv_cut(char *line, char separator, char **cell, int max);
char ust_csv_separator(const char *line);

#endif
