/* What a user agent says: a program or a person, and on what device.
 *
 * Agents claim what they like. The common honest programs name themselves, which is what the
 * patterns find; the rest is left to their behaviour.
 */
#ifndef UST_PROFILE_AGENT_H
#define UST_PROFILE_AGENT_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"

/* POSIX extended regular expression, case ignored. */
extern const char ust_bot_pattern[];

struct ust_agents; /* opaque: patterns, and a cache of agents that were seen */

/* patterns: n further expressions; with `only`, instead of ust_bot_pattern. NULL and a message
 * in *error (arena's) where one is no expression. Free with ust_agents_free. */
struct ust_agents *ust_agents_new(const char *const *patterns, size_t n, bool only,
                                  struct ust_arena *arena, const char **error);
void ust_agents_free(struct ust_agents *agents);

struct ust_agent {
    bool bot;
    const char *device; /* "mobile", "tablet", "desktop", "tv", "iot", "server", or "" */
};
struct ust_agent ust_agents_look(struct ust_agents *agents, const char *text);

#endif
