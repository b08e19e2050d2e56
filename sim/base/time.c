#include "sim/base/time.h"

#include <inttypes.h>
#include <stdio.h>

/* Two neighbouring units, the smaller left out when it is zero: "9m40s", "4 h", "1h30m". */
static const char *two_units(ust_time t, ust_time big, const char *big_name, ust_time small,
                             const char *small_name, const char *sign,
                             char text[UST_TIME_TEXT_MAX])
{
    ust_time rounded = (t + small / 2) / small;
    ust_time per_big = big / small;
    if (rounded % per_big == 0)
        snprintf(text, UST_TIME_TEXT_MAX, "%s%" PRId64 " %s", sign, rounded / per_big,
                 big_name);
    else
        snprintf(text, UST_TIME_TEXT_MAX, "%s%" PRId64 "%s%" PRId64 "%s", sign,
                 rounded / per_big, big_name, rounded % per_big, small_name);
    return text;
}

/* One unit with up to three significant digits: "26 s", "1.25 s", "250 ms". */
static const char *one_unit(ust_time t, ust_time unit, const char *name, const char *sign,
                            char text[UST_TIME_TEXT_MAX])
{
    snprintf(text, UST_TIME_TEXT_MAX, "%s%.3g %s", sign, (double)t / (double)unit, name);
    return text;
}

const char *ust_time_text(ust_time t, char text[UST_TIME_TEXT_MAX])
{
    if (t == UST_NEVER) {
        snprintf(text, UST_TIME_TEXT_MAX, "never");
        return text;
    }
    const char *sign = t < 0 ? "-" : "";
    if (t < 0)
        t = -t;
    if (t == 0)
        return snprintf(text, UST_TIME_TEXT_MAX, "0 s"), text;
    if (t < UST_US)
        return one_unit(t, 1, "ns", sign, text);
    if (t < UST_MS)
        return one_unit(t, UST_US, "us", sign, text);
    if (t < UST_S - UST_MS / 2)
        return one_unit(t, UST_MS, "ms", sign, text);
    if (t < UST_MINUTE - UST_S / 2)
        return one_unit(t, UST_S, "s", sign, text);
    if (t < UST_HOUR - UST_S / 2)
        return two_units(t, UST_MINUTE, "m", UST_S, "s", sign, text);
    if (t < UST_DAY - UST_MINUTE / 2)
        return two_units(t, UST_HOUR, "h", UST_MINUTE, "m", sign, text);
    return two_units(t, UST_DAY, "d", UST_HOUR, "h", sign, text);
}

/* Days since 1970-01-01 by counting leap years from March, so that the leap day comes last. */
int64_t ust_days_from_civil(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t year_of_era = y - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

void ust_civil_from_days(int64_t days, int *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t day_of_era = days - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year =
        day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;
    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = (int)(year_of_era + era * 400 + (*month <= 2));
}

const char *ust_time_iso(int64_t unix_seconds, int offset_minutes, char text[UST_TIME_TEXT_MAX])
{
    int64_t local = unix_seconds + offset_minutes * 60;
    int64_t days = local >= 0 ? local / 86400 : -((86399 - local) / 86400);
    int64_t second = local - days * 86400;
    int year, month, day;
    ust_civil_from_days(days, &year, &month, &day);
    int zone = offset_minutes < 0 ? -offset_minutes : offset_minutes;
    if (year < 0 || year > 9999)
        snprintf(text, UST_TIME_TEXT_MAX, "(out of range)");
    else
        snprintf(text, UST_TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d",
                 year % 10000, month % 100, day % 100, (int)(second / 3600),
                 (int)(second / 60 % 60), (int)(second % 60), offset_minutes < 0 ? '-' : '+',
                 zone / 60 % 100, zone % 60);
    return text;
}
