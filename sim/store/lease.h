/* A lease keeps two writers apart, also on machines that share nothing but a folder.
 *
 * It is a row of a table `lease`: who (host, machine, process, when that process began), since
 * when, and when it last said so. Whoever asks for it finds it
 *
 *   no row ─────────────────────────────────▶ free
 *   of this machine, process gone ──────────▶ free, at once
 *   of this machine, process alive ─────────▶ held
 *   of another, heard of in the last life_s ▶ held
 *   of another, not heard of ──watch_s──────▶ free if it kept silent, else held
 *
 * Clocks: the row has the writer's clock, and clocks of two machines may differ by more than
 * life_s, so a row that looks old, or of the future, is only taken for dead after this machine
 * has seen it stand still for watch_s, counted by its own monotonic clock. A writer that finds
 * itself replaced stops. "This machine" is the same boot and the same space of process numbers:
 * two containers of one host, or two hosts of one name, are not taken for one.
 */
#ifndef UST_STORE_LEASE_H
#define UST_STORE_LEASE_H

#include "sim/base/status.h"

struct ust_lease_terms {
    int life_s, renew_s, watch_s; /* renew_s well below the others */
};
/* Longer than a network file system stalls, short enough to wait for. */
extern const struct ust_lease_terms ust_lease_usual;

struct sqlite3;
struct ust_lease; /* opaque */

/* path: a database with a table `lease`. Refused with a message that names the holder. */
enum ust_status ust_lease_take(const char *path, const struct ust_lease_terms *terms,
                               struct ust_lease **out);
/* The same question, changing nothing. */
enum ust_status ust_lease_look(const char *path, const struct ust_lease_terms *terms);
/* Writes when renew_s have passed. */
enum ust_status ust_lease_renew(struct ust_lease *lease);
/* Within a transaction of `db`: is it still ours? */
enum ust_status ust_lease_hold(const struct ust_lease *lease, struct sqlite3 *db);
void ust_lease_return(struct ust_lease *lease); /* NULL is fine */

#endif
