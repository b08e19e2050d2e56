/* What the tests of readiness share. */
#ifndef UST_TESTS_READINESS_HELP_H
#define UST_TESTS_READINESS_HELP_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analysis/readiness/internal.h"
#include "analysis/stats/stats.h"
#include "tests/unit/rundb.h"

#define CHECK_NEAR(value, expected, tolerance)                                                 \
    do {                                                                                       \
        double got = (value);                                                                  \
        if (!(fabs(got - (expected)) <= (tolerance)))                                          \
            fail_msg("%s is %.15g, expected %.15g", #value, got, (double)(expected));          \
    } while (0)

#define INTERVALS 900 /* of 10 s: 2.5 h; the fault strikes at 600 s */
#define ONSET     60

#endif
