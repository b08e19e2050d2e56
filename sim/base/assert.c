#include "sim/base/assert.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static _Thread_local const struct ust_assert_context *current;

void ust_assert_enter(const struct ust_assert_context *context)
{
    current = context;
}

_Noreturn void ust_assert_failed(const char *expression, const char *file, int line)
{
    fprintf(stderr, "understudy: internal error: '%s' does not hold at %s:%d\n", expression,
            file, line);
    if (current != NULL) {
        char text[UST_TIME_TEXT_MAX];
        fprintf(stderr,
                "  simulated time %s (%" PRId64 " ns), seed %" PRIu64 ", replication %" PRIu32
                "\n"
                "  repeat it: understudy run %s --seed %" PRIu64 " --only %" PRIu32 "\n",
                ust_time_text(*current->now, text), *current->now, current->seed,
                current->replication, current->scenario, current->seed, current->replication);
    }
    abort();
}
