/* A lease keeps two writers apart, also on machines that share nothing but a folder.
 *
 * It is a row: who (host, process, when that process began) and when it last said so. It is
 * free when there is no row, when its process is gone (as can be told on the same host), or
 * when nothing was heard of it for UST_LEASE_S. A writer that finds itself replaced stops.
 */
#ifndef UST_ANALYSIS_STUDY_LEASE_H
#define UST_ANALYSIS_STUDY_LEASE_H

#include "sim/base/status.h"

/* Longer than a network file system stalls, short enough to wait for. */
#define UST_LEASE_S       60
#define UST_LEASE_RENEW_S 10

struct sqlite3;
struct ust_lease; /* opaque */

/* `path`: a database with a table `lease`. */
enum ust_status ust_lease_take(const char *path, struct ust_lease **out);
/* Writes when UST_LEASE_RENEW_S have passed. */
enum ust_status ust_lease_renew(struct ust_lease *lease);
void ust_lease_return(struct ust_lease *lease); /* NULL is fine */

#endif
