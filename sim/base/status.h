/* How functions fail: a status travels up, success falls through.
 *
 * UST_INVALID  the input is wrong; every message is in the caller's ust_diag; exit code 2
 * UST_REFUSED  the world refused (disk full, locked database, no such file); exit code 1
 * UST_STOPPED  the user asked to stop; what was committed stays; exit code 5
 * A mistake of our own is not a status: it is a failed UST_ASSERT (assert.h).
 */
#ifndef UST_BASE_STATUS_H
#define UST_BASE_STATUS_H

enum ust_status {
    UST_OK = 0,
    UST_INVALID,
    UST_REFUSED,
    UST_STOPPED,
};

/* What the process says to its caller. */
enum ust_exit {
    UST_EXIT_OK = 0,
    UST_EXIT_INTERNAL = 1,
    UST_EXIT_INVALID = 2,
    UST_EXIT_CHECK_FAILED = 3,
    UST_EXIT_WORSE = 4,
    UST_EXIT_INTERRUPTED = 5,
};

#define UST_TRY(expression)                                                                    \
    do {                                                                                       \
        enum ust_status ust_try_status = (expression);                                         \
        if (ust_try_status != UST_OK)                                                          \
            return ust_try_status;                                                             \
    } while (0)

int ust_exit_code(enum ust_status status);

#endif
