/* The requests of one replication as events: NDJSON that `understudy profile` reads, and that
 * looks as if a recorder had stood beside the users.
 *
 * An event is a request that is over, with its intended first send, local time of its place,
 * and what came of it. Those of injected load are left out, those under way at the end of the
 * run too. Events come in the order of their times; behind a request that stays without an
 * answer so long that UST_EVENTS_HELD others are over, they go on without it, and it comes
 * late. Same scenario, seed and replication, same bytes, also compressed.
 */
#ifndef UST_MODELS_WORLD_EVENTS_H
#define UST_MODELS_WORLD_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/status.h"

struct ust_config;
struct ust_listener;

/* What one request may hold back: some 100 MB. */
#define UST_EVENTS_HELD (1u << 20)

struct ust_events; /* opaque */

/* Compressed where the path ends in ".gz"; "-" is the standard output. The file appears under
 * its name when it is whole.
 * NULL with a message on stderr where it cannot be written. `replication` is part of ids. */
struct ust_events *ust_events_open(const char *path, const struct ust_config *config,
                                   uint32_t replication);

/* For ust_model_listen. */
const struct ust_listener *ust_events_listener(struct ust_events *events);

struct ust_events_facts {
    uint64_t written, late; /* late: out of order, see above */
    uint64_t synthetic;     /* left out */
};
/* Puts the file in its place, unless `whole` is false, and frees all. NULL is fine. */
enum ust_status ust_events_close(struct ust_events *events, bool whole,
                                 struct ust_events_facts *facts);

#endif
