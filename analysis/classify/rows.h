/* One JSON object a line: a session and what it was taken for, or an event and its session.
 *
 * Written as sessions close, flushed with each batch of them, so that a pipe sees them. Names
 * of users are not in it; `file` and `line` say where a session begins.
 */
#ifndef UST_CLASSIFY_ROWS_H
#define UST_CLASSIFY_ROWS_H

#include <stdio.h>

#include "analysis/classify/judge.h"
#include "analysis/profile/reader.h"

void ust_rows_session(const struct ust_judge *judge, const struct ust_reader *reader,
                      const struct ust_session *session, const struct ust_answer *answer,
                      FILE *out);
void ust_rows_event(const struct ust_reader *reader, const struct ust_event *event,
                    uint64_t session, FILE *out);

#endif
