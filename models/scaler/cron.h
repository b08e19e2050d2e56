/* Cron expressions: minute, hour, day of the month, month, day of the week, in numbers, three
 * letters of English, lists, ranges and steps ("0 8 * * mon-fri"). As in cron, where both kinds
 * of day are restricted either may match. */
#ifndef UST_MODELS_SCALER_CRON_H
#define UST_MODELS_SCALER_CRON_H

#include <stdbool.h>
#include <stdint.h>

struct ust_cron {
    uint64_t minute;                    /* bit 0: the full hour */
    uint32_t hour, day, month, weekday; /* bit of the number; Sunday is 0 */
    bool any_day, any_weekday;
};

/* NULL, or what is wrong, as "has no hour 24". */
const char *ust_cron_parse(const char *text, struct ust_cron *out);

/* Does it name this minute, since 1970 on the clock on the wall? */
bool ust_cron_matches(const struct ust_cron *cron, int64_t minute);

#endif
