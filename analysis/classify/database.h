/* A classification as SQLite: docs/classify.md says what its tables hold.
 *
 * It is written beside its place and renamed when it is whole; what is there and is no
 * classification of understudy is refused and left untouched. Errors: UST_REFUSED with a
 * message printed.
 */
#ifndef UST_CLASSIFY_DATABASE_H
#define UST_CLASSIFY_DATABASE_H

#include "analysis/classify/classified.h"

#define UST_CLASSIFY_APPLICATION_ID 0x55535443 /* "USTC" */
#define UST_CLASSIFY_VERSION        1

struct ust_classify_db; /* opaque */

/* NULL after a message. */
struct ust_classify_db *ust_classify_db_open(const char *path);

enum ust_status ust_classify_db_session(struct ust_classify_db *db,
                                        const struct ust_judge *judge,
                                        const struct ust_reader *reader,
                                        const struct ust_session *session,
                                        const struct ust_answer *answer);
enum ust_status ust_classify_db_event(struct ust_classify_db *db,
                                      const struct ust_reader *reader,
                                      const struct ust_event *event, uint64_t session);

/* The rest, the indexes, and the rename. */
enum ust_status ust_classify_db_keep(struct ust_classify_db *db,
                                     const struct ust_classified *found);
/* Frees; what has not been kept is gone. NULL is fine. */
void ust_classify_db_close(struct ust_classify_db *db);

#endif
