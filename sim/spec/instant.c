/* Clock times and instants (ISO 8601). */
#include <stdio.h>
#include <stdlib.h>

#include "sim/spec/parts.h"

/* Two digits and what follows them, or -1. */
static int two(const char **text)
{
    const char *t = *text;
    if (t[0] < '0' || t[0] > '9' || t[1] < '0' || t[1] > '9')
        return -1;
    *text = t + 2;
    return (t[0] - '0') * 10 + (t[1] - '0');
}

static bool skip(const char **text, char c)
{
    if (**text != c)
        return false;
    ++*text;
    return true;
}

bool ust_clock_parse(const char *text, int64_t *seconds)
{
    int hour = two(&text);
    if (hour < 0 || hour > 23 || !skip(&text, ':'))
        return false;
    int minute = two(&text), second = 0;
    if (minute < 0 || minute > 59)
        return false;
    if (skip(&text, ':')) {
        second = two(&text);
        if (second < 0 || second > 59)
            return false;
    }
    *seconds = hour * 3600 + minute * 60 + second;
    return *text == '\0';
}

#define FORM "needs a date and a time such as 2026-11-27T16:00:00-05:00"

static const char *parse_date(const char **text, int64_t *days)
{
    int century = two(text), year = two(text);
    if (century < 0 || year < 0 || !skip(text, '-'))
        return FORM;
    year += century * 100;
    int month = two(text);
    if (month < 0 || !skip(text, '-'))
        return FORM;
    int day = two(text);
    if (day < 0)
        return FORM;
    if (year < 1970 || year > 2200)
        return "must lie between the years 1970 and 2200";
    if (month < 1 || month > 12)
        return "has no such month";
    *days = ust_days_from_civil(year, month, day);
    int y, m, d;
    ust_civil_from_days(*days, &y, &m, &d);
    return m == month && d == day ? NULL : "has no such day in its month";
}

/* Digits behind the decimal point, as nanoseconds. */
static bool parse_fraction(const char **text, int64_t *ns)
{
    int64_t digit = 100000000;
    *ns = 0;
    if (!skip(text, '.'))
        return true;
    const char *begin = *text;
    for (; **text >= '0' && **text <= '9'; ++*text, digit /= 10)
        *ns += (**text - '0') * digit;
    return *text > begin;
}

static const char *parse_zone(const char **text, int *minutes)
{
    *minutes = 0;
    if (**text == '\0')
        return "needs a time zone: Z or an offset such as -05:00";
    if (skip(text, 'Z') || skip(text, 'z'))
        return NULL;
    int sign = **text == '-' ? -1 : 1;
    if (!skip(text, '-') && !skip(text, '+'))
        return FORM;
    int hour = two(text);
    skip(text, ':');
    int minute = hour < 0 || **text == '\0' ? 0 : two(text);
    if (hour < 0 || minute < 0)
        return FORM;
    *minutes = sign * (hour * 60 + minute);
    return minute <= 59 && hour * 60 + minute <= 14 * 60
               ? NULL
               : "has an offset beyond 14:00, the largest in use";
}

const char *ust_instant_parse(const char *text, struct ust_instant *out)
{
    int64_t days, fraction;
    const char *why = parse_date(&text, &days);
    if (why != NULL)
        return why;
    if (*text == '\0')
        return "needs a time of day and a zone, such as 2026-11-27T16:00:00-05:00";
    if (!skip(&text, 'T') && !skip(&text, 't') && !skip(&text, ' '))
        return FORM;
    int hour = two(&text);
    if (hour < 0 || !skip(&text, ':'))
        return FORM;
    int minute = two(&text), second = 0;
    if (minute < 0 || (skip(&text, ':') && (second = two(&text)) < 0) ||
        !parse_fraction(&text, &fraction))
        return FORM;
    if (hour > 23 || minute > 59 || second > 59)
        return "has no such time of day";
    skip(&text, ' ');
    why = parse_zone(&text, &out->offset_minutes);
    if (why != NULL)
        return why;
    if (*text != '\0')
        return FORM;
    int64_t seconds =
        days * 86400 + hour * 3600 + minute * 60 + second - (int64_t)out->offset_minutes * 60;
    out->unix_ns = seconds * UST_S + fraction;
    return NULL;
}

void ust_instant_write(const struct ust_instant *instant, struct ust_text *out)
{
    int64_t local = instant->unix_ns + (int64_t)instant->offset_minutes * UST_MINUTE;
    int64_t days = local / UST_DAY - (local % UST_DAY < 0);
    int64_t of_day = local - days * UST_DAY, ns = of_day % UST_S, second = of_day / UST_S;
    int year, month, day, offset = instant->offset_minutes;
    ust_civil_from_days(days, &year, &month, &day);
    ust_text_printf(out, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, day,
                    (int)(second / 3600), (int)(second / 60 % 60), (int)(second % 60));
    if (ns > 0) {
        char digits[12];
        int n = snprintf(digits, sizeof digits, "%09d", (int)ns);
        while (n > 1 && digits[n - 1] == '0')
            digits[--n] = '\0';
        ust_text_printf(out, ".%s", digits);
    }
    if (offset == 0)
        ust_text_add(out, "Z");
    else
        ust_text_printf(out, "%c%02d:%02d", offset < 0 ? '-' : '+', abs(offset) / 60,
                        abs(offset) % 60);
}
