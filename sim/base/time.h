/* Simulated time is a count of nanoseconds since the replication began, in a signed 64-bit
 * integer.
 *
 * Promise: no clock of the machine is ever read here; a duration becomes an integer in one
 * place, ust_time_from_seconds, which rounds to the nearest nanosecond, ties to even. Range:
 * 292 years, far beyond UST_DURATION_MAX_S.
 */
#ifndef UST_BASE_TIME_H
#define UST_BASE_TIME_H

#include <stddef.h>
#include <stdint.h>
#if defined __SSE2__ && defined __x86_64__
#include <emmintrin.h>
#endif

typedef int64_t ust_time; /* nanoseconds */

#define UST_NEVER  INT64_MAX
#define UST_US     ((ust_time)1000)
#define UST_MS     ((ust_time)1000000)
#define UST_S      ((ust_time)1000000000)
#define UST_MINUTE (60 * UST_S)
#define UST_HOUR   (3600 * UST_S)
#define UST_DAY    (86400 * UST_S)

/* Nanoseconds of a real number of them, to the nearest, ties to even; |ns| must stay below
 * 2^62. */
static inline ust_time ust_time_round(double ns)
{
#if defined __SSE2__ && defined __x86_64__
    return _mm_cvtsd_si64(_mm_set_sd(ns));
#else
    /* Adding and taking away 1.5 * 2^52 rounds in plain arithmetic; beyond 2^51 every double
     * that matters here is a whole number of nanoseconds already, or at most half a one away.
     */
    const double magic = 6755399441055744.0;
    if (ns < 2251799813685248.0 && ns > -2251799813685248.0)
        return (ust_time)((ns + magic) - magic);
    return (ust_time)ns;
#endif
}

static inline ust_time ust_time_from_seconds(double seconds)
{
    return ust_time_round(seconds * 1e9);
}

static inline double ust_time_seconds(ust_time t)
{
    return (double)t / 1e9;
}

#define UST_TIME_TEXT_MAX 32

/* A duration for people, two units at most: "26 s", "9m40s", "1h30m", "250 ms". Returns `text`.
 */
const char *ust_time_text(ust_time t, char text[UST_TIME_TEXT_MAX]);

/* Seconds since 1970-01-01T00:00:00Z and an offset east of Greenwich, as ISO 8601 local time.
 */
const char *ust_time_iso(int64_t unix_seconds, int offset_minutes,
                         char text[UST_TIME_TEXT_MAX]);

/* Civil date arithmetic, proleptic Gregorian, no time zone data base. */
int64_t ust_days_from_civil(int year, int month, int day);
void ust_civil_from_days(int64_t days, int *year, int *month, int *day);

#endif
