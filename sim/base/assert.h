/* An assertion states what we believe; when it fails, we are wrong, not the user.
 *
 * It is compiled into every build. The message carries the simulated time, the seed, the
 * replication and the command that repeats the run, taken from the context that the running
 * thread has set; the process then aborts, so a debugger or a core dump sees the place.
 */
#ifndef UST_BASE_ASSERT_H
#define UST_BASE_ASSERT_H

#include "sim/base/time.h"

/* Filled by whoever runs a replication; `now` points at the engine's clock. */
struct ust_assert_context {
    const ust_time *now;
    uint64_t seed;
    uint32_t replication;
    const char *scenario; /* path as the user typed it */
};

/* The context belongs to the calling thread; NULL clears it. This thread-local pointer is the
 * one exception to "state is passed": a failed assertion must speak from any depth. */
void ust_assert_enter(const struct ust_assert_context *context);

_Noreturn void ust_assert_failed(const char *expression, const char *file, int line);

#define UST_ASSERT(expression)                                                                 \
    do {                                                                                       \
        if (__builtin_expect(!(expression), 0))                                                \
            ust_assert_failed(#expression, __FILE__, __LINE__);                                \
    } while (0)

#endif
