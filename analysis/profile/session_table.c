#include "analysis/profile/session_table.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "sim/base/text.h"
#include "sim/base/time.h"
#include "sim/spec/csv.h"

/* A month: what is longer was no session. */
#define SECONDS_MAX (30 * 86400.0)

/* ---- the map ---- */

/* What stands behind "requests:" or is "" behind "requests" alone; NULL: another name. */
static const char *action_in(const char *name, const char *what)
{
    size_t length = strlen(what);
    if (strncasecmp(name, what, length) != 0 || (name[length] != '\0' && name[length] != ':'))
        return NULL;
    return name[length] == ':' ? name + length + 1 : name + length;
}

static struct ust_session_part *part_of(struct ust_session_table *table, const char *action,
                                        struct ust_arena *arena)
{
    for (uint32_t p = 0; p < table->parts; p++)
        if (ust_text_equal(table->part[p].action, action))
            return &table->part[p];
    if (table->parts == UST_SESSION_PARTS_MAX)
        return NULL;
    struct ust_session_part *part = &table->part[table->parts++];
    *part = (struct ust_session_part){ust_arena_text(arena, action), -1, -1};
    return part;
}

bool ust_session_table_map(struct ust_session_table *table, const char *name, int column,
                           struct ust_arena *arena, const char **wrong)
{
    const char *requests = action_in(name, "requests"), *seconds = action_in(name, "seconds");
    const char *action = requests != NULL ? requests : seconds;
    *wrong = NULL;
    if (action == NULL)
        return false;
    struct ust_session_part *part = part_of(table, action, arena);
    if (part == NULL) {
        *wrong = ust_arena_printf(arena, "more than %d actions", UST_SESSION_PARTS_MAX);
        return true;
    }
    int *at = requests != NULL ? &part->requests : &part->seconds;
    if (*at >= 0)
        *wrong = ust_arena_printf(arena, "'%s' stands in two columns", name);
    *at = column;
    return true;
}

const char *ust_session_table_needs(const struct ust_session_table *table)
{
    for (uint32_t p = 0; p < table->parts; p++) {
        if (table->part[p].requests < 0)
            return "a table of sessions needs 'requests' for each 'seconds'";
        if (table->part[p].seconds < 0)
            return "a table of sessions needs 'seconds' for each 'requests', or nobody knows "
                   "the pauses between them";
    }
    return NULL;
}

/* ---- rows ---- */

/* A cell of nothing is none of it. */
static bool number_in(const char *cell, double most, double *out)
{
    *out = 0.0;
    return cell[0] == '\0' || (ust_number_parse(cell, out) && *out >= 0.0 && *out <= most);
}

bool ust_session_table_begin(const struct ust_session_table *table, char *const *cell,
                             const struct ust_event *event, ust_time pause_max,
                             struct ust_names *actions, struct ust_session_row *row,
                             const char **reason)
{
    uint64_t all = 0;
    *row = (struct ust_session_row){.event = *event};
    row->event.begins = true;
    for (uint32_t p = 0; p < table->parts; p++) {
        const struct ust_session_part *part = &table->part[p];
        double requests, seconds;
        if (!number_in(cell[part->requests], UST_SESSION_REQUESTS_MAX, &requests) ||
            requests != floor(requests)) {
            *reason = "a number of requests is not 0 to 1,000,000";
            return false;
        }
        if (!number_in(cell[part->seconds], SECONDS_MAX, &seconds)) {
            *reason = "seconds are negative, more than a month or no number";
            return false;
        }
        bool whole = part->action[0] == '\0'; /* from the first to the last */
        double pauses = whole ? fmax(requests - 1.0, 1.0) : fmax(requests, 1.0);
        row->requests[p] = (uint32_t)requests;
        ust_time pause = ust_time_from_seconds(seconds / pauses);
        row->pause[p] = pause < pause_max ? pause : pause_max;
        row->action[p] = whole ? event->action : ust_names_number(actions, part->action);
        all += row->requests[p];
    }
    if (all == 0)
        *reason = "a session without requests";
    row->left = row->requests[0];
    return all > 0;
}

bool ust_session_table_next(const struct ust_session_table *table, struct ust_session_row *row,
                            struct ust_event *event)
{
    while (row->left == 0) {
        if (++row->part >= table->parts)
            return false;
        row->left = row->requests[row->part];
    }
    *event = row->event;
    event->action = row->action[row->part];
    row->event.begins = false;
    row->event.at += row->pause[row->part];
    row->left--;
    return true;
}

double ust_session_table_share(uint64_t number)
{
    double share = 0.0, step = 0.5;
    for (; number > 0; number /= 2, step /= 2)
        share += (number % 2) ? step : 0.0;
    return share;
}
