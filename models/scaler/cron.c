#include "models/scaler/cron.h"

#include <string.h>

#include "sim/base/time.h"

struct part {
    int low, high;
    const char *const *names; /* of `low` and what follows */
    const char *wrong;
};

static const char *const months[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                     "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const weekdays[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

static const struct part parts[] = {
    {0, 59, NULL, "has minutes that are not 0 to 59"},
    {0, 23, NULL, "has hours that are not 0 to 23"},
    {1, 31, NULL, "has days of the month that are not 1 to 31"},
    {1, 12, months, "has months that are not 1 to 12 or jan to dec"},
    {0, 7, weekdays, "has days of the week that are not 0 to 7 or sun to sat"},
};

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool number(const char **text, int *out)
{
    if (!digit(**text))
        return false;
    *out = 0;
    for (int n = 0; digit(**text); n++, ++*text) {
        if (n == 3)
            return false;
        *out = *out * 10 + (**text - '0');
    }
    return true;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool value(const char **text, const struct part *part, int *out)
{
    if (number(text, out))
        return *out >= part->low && *out <= part->high;
    for (int i = 0; part->names != NULL && part->names[i] != NULL; i++) {
        const char *name = part->names[i], *at = *text;
        if (lower(at[0]) != name[0] || lower(at[1]) != name[1] || lower(at[2]) != name[2])
            continue;
        *out = part->low + i;
        *text += 3;
        return true;
    }
    return false;
}

/* "*", "5", "8-17", each with "/15" behind it. */
static bool range(const char **text, const struct part *part, uint64_t *bits)
{
    int first = part->low, last = part->high, step = 1;
    bool one = false;
    if (**text == '*') {
        ++*text;
    } else {
        if (!value(text, part, &first))
            return false;
        last = first;
        one = true;
        if (**text == '-') {
            ++*text;
            one = false;
            if (!value(text, part, &last) || last < first)
                return false;
        }
    }
    if (**text == '/') {
        ++*text;
        if (!number(text, &step) || step < 1)
            return false;
        last = one ? part->high : last; /* "5/15" is "5-59/15" */
    }
    for (int i = first; i <= last; i += step)
        *bits |= (uint64_t)1 << i;
    return true;
}

static bool list(const char **text, const struct part *part, uint64_t *bits)
{
    *bits = 0;
    do
        if (!range(text, part, bits))
            return false;
    while (**text == ',' && *++*text != '\0');
    return **text == ' ' || **text == '\0';
}

const char *ust_cron_parse(const char *text, struct ust_cron *out)
{
    uint64_t bits[5] = {0};
    bool any[5] = {false};
    for (int i = 0; i < 5; i++) {
        text += strspn(text, " ");
        if (*text == '\0')
            return "needs five parts: minute, hour, day, month and day of the week";
        any[i] = *text == '*';
        if (!list(&text, &parts[i], &bits[i]))
            return parts[i].wrong;
    }
    if (text[strspn(text, " ")] != '\0')
        return "has more than five parts: minute, hour, day, month and day of the week";
    if (bits[4] >> 7 & 1)
        bits[4] |= 1; /* 7 is Sunday too */
    *out = (struct ust_cron){.minute = bits[0],
                             .hour = (uint32_t)bits[1],
                             .day = (uint32_t)bits[2],
                             .month = (uint32_t)bits[3],
                             .weekday = (uint32_t)bits[4],
                             .any_day = any[2],
                             .any_weekday = any[4]};
    return NULL;
}

static int64_t floor_to(int64_t value, int64_t of)
{
    return value / of - (value % of < 0);
}

bool ust_cron_matches(const struct ust_cron *cron, int64_t minute)
{
    int64_t days = floor_to(minute, 1440), of_day = minute - days * 1440;
    if (!(cron->minute >> (of_day % 60) & 1) || !(cron->hour >> (of_day / 60) & 1))
        return false;
    int year, month, day;
    ust_civil_from_days(days, &year, &month, &day);
    int weekday = (int)((days + 4) - floor_to(days + 4, 7) * 7); /* 1970 began on a Thursday */
    bool on_day = cron->day >> day & 1, on_weekday = cron->weekday >> weekday & 1;
    bool either = !cron->any_day && !cron->any_weekday;
    return (cron->month >> month & 1) && (either ? on_day || on_weekday : on_day && on_weekday);
}
