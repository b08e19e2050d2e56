/* The commands of this folder, and how every command reads a scenario. */
#ifndef UST_MODELS_WORLD_COMMAND_H
#define UST_MODELS_WORLD_COMMAND_H

#include "models/metric/metric.h"
#include "models/world/scenario.h"
#include "sim/cli/cli.h"

extern const struct ust_command ust_command_validate, ust_command_show, ust_command_list,
    ust_command_schema, ust_command_new;

/* The registries of kinds that `list` prints; NULL-terminated. */
extern const struct ust_registry *const ust_listed_registries[];

/* Reads with a spec of its own and prints every message; NULL where there were errors, of which
 * `consequence` says what follows. End with ust_command_forget in either case. */
struct ust_scenario *ust_command_read(struct ust_spec *spec, const char *path,
                                      const struct ust_texts *sets, const char *consequence);
void ust_command_forget(struct ust_spec *spec);

/* The sets (NULL: none) as a database remembers them: joined by newlines, in the arena. */
const char *ust_command_overrides(struct ust_arena *arena, const struct ust_texts *sets);

#endif
