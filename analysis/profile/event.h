/* An event is one request of one user, as far as its record says: when, what, how much it took
 * and how it went.
 *
 * Who the user is does not stay: names and addresses become 64-bit hashes as they are read.
 * Actions, devices and places are numbers in tables of the reader, 0 where the record is
 * silent; a quantity that is not said is NAN.
 */
#ifndef UST_PROFILE_EVENT_H
#define UST_PROFILE_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"

#define UST_NO_ZONE INT16_MIN

enum ust_quantity {
    UST_QUANTITY_CPU,      /* ms of processor time */
    UST_QUANTITY_MEMORY,   /* bytes */
    UST_QUANTITY_BYTES,    /* of network traffic; of the answer, where the request's are said */
    UST_QUANTITY_IO,       /* operations */
    UST_QUANTITY_LATENCY,  /* ms */
    UST_QUANTITY_ATTEMPTS, /* sends until it was over */
    UST_QUANTITY_REQUEST,  /* bytes towards the server, where they are said apart */
    UST_QUANTITIES,
};

struct ust_event {
    int64_t at; /* ns since 1970, UTC */
    uint64_t user;
    uint64_t id;      /* what two copies of one event share */
    bool identified;  /* the record itself has an id; else `id` is of all that it says */
    bool fine;        /* its time is finer than a second */
    bool failed;      /* status 408, 429 or 500 and above, or a word that says so */
    bool timed_out;   /* status 408 or 504, or a word that says so */
    bool abandoned;   /* its user went away: status 499, or a word that says so */
    bool bot;         /* its user agent is a program's */
    bool begins;      /* of a table of sessions: the first of one, whenever the last one was */
    int16_t zone_min; /* its own zone, minutes east of Greenwich, or UST_NO_ZONE */
    int16_t status;   /* as HTTP counts; 0: not said */
    uint16_t action, device, place;
    uint16_t label; /* what somebody knows it to be, for tests of a classification */
    uint32_t input; /* which of the reader's, from 0, and its line there, from 1 */
    uint64_t line;
    double quantity[UST_QUANTITIES];
};

/* Words by number, from 1; at most `max` of them, later ones are all UST_NAMES_OTHER's number.
 */
#define UST_NAMES_OTHER "other"

struct ust_names {
    struct ust_arena *arena;
    const char **at; /* at[0] is "" */
    uint32_t *slot;  /* hash table of numbers; 0: free */
    uint32_t n, max, slots;
    uint64_t overflows; /* how often "other" stood for a new word */
};

struct ust_names ust_names_new(struct ust_arena *arena, uint32_t max);
uint16_t ust_names_number(struct ust_names *names, const char *word);
uint16_t ust_names_find(const struct ust_names *names, const char *word); /* 0: not there */

#endif
