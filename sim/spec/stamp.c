/* Instants as recordings write them, to nanoseconds without rounding through a double. */
#include "sim/spec/stamp.h"

#include <string.h>
#include <strings.h>

#include "sim/spec/csv.h"

const char *const ust_stamp_names[] = {"auto", "iso", "s", "ms", "us", "ns", NULL};

#define DIGITS_MAX 9 /* of a fraction that nanoseconds can hold */

/* Exactly `n` digits; NULL when there are none such. */
static const char *digits(const char *text, int n, int64_t *out)
{
    *out = 0;
    for (int i = 0; i < n; i++, text++) {
        if (*text < '0' || *text > '9')
            return NULL;
        *out = *out * 10 + (*text - '0');
    }
    return text;
}

/* Digits behind a point, as a count of 10^-scale; further ones are cut off. */
static const char *fraction(const char *text, int scale, int64_t *out)
{
    int n = 0;
    *out = 0;
    for (; *text >= '0' && *text <= '9'; text++, n++)
        if (n < scale)
            *out = *out * 10 + (*text - '0');
    for (int i = n; i < scale; i++)
        *out *= 10;
    return n > 0 ? text : NULL;
}

bool ust_zone_parse(const char *text, int64_t *seconds)
{
    int64_t hour, minute = 0;
    *seconds = 0;
    if (strcasecmp(text, "Z") == 0 || ust_text_equal(text, "UTC") ||
        ust_text_equal(text, "GMT"))
        return true;
    if (*text != '+' && *text != '-')
        return false;
    int64_t sign = *text == '-' ? -1 : 1;
    text = digits(text + 1, 2, &hour);
    if (text && *text != '\0')
        text = digits(*text == ':' ? text + 1 : text, 2, &minute);
    *seconds = sign * (hour * 3600 + minute * 60);
    return text && *text == '\0' && hour <= 14 && minute < 60;
}

/* Without one: UTC. */
static bool zone(const char *text, int64_t *seconds)
{
    *seconds = 0;
    return *text == '\0' || ust_zone_parse(text + (*text == ' '), seconds);
}

const char *ust_stamp_zone(const char *text)
{
    size_t date = strlen("2023-11-16");
    return strlen(text) > date ? strpbrk(text + date, "Zz+-UG") : NULL;
}

static bool parse_iso(const char *text, int64_t *ns)
{
    int64_t year, month, day, hour, minute, second = 0, part = 0, offset;
    text = digits(text, 4, &year);
    text = text && *text == '-' ? digits(text + 1, 2, &month) : NULL;
    text = text && *text == '-' ? digits(text + 1, 2, &day) : NULL;
    text = text && (*text == 'T' || *text == 't' || *text == ' ') ? digits(text + 1, 2, &hour)
                                                                  : NULL;
    text = text && *text == ':' ? digits(text + 1, 2, &minute) : NULL;
    if (text && *text == ':')
        text = digits(text + 1, 2, &second);
    if (text && (*text == '.' || *text == ','))
        text = fraction(text + 1, DIGITS_MAX, &part);
    if (!text || !zone(text, &offset))
        return false;
    /* A leap second reads as the next one. */
    if (year < UST_STAMP_FIRST_YEAR || year > UST_STAMP_LAST_YEAR || month < 1 || month > 12 ||
        day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60)
        return false;
    int64_t days = ust_days_from_civil((int)year, (int)month, (int)day);
    int y, m, d;
    ust_civil_from_days(days, &y, &m, &d);
    if (d != (int)day) /* 30 February */
        return false;
    *ns = (days * 86400 + hour * 3600 + minute * 60 + second - offset) * UST_S + part;
    return true;
}

static bool parse_number(const char *text, int scale, int64_t *ns)
{
    int64_t whole = 0, part = 0, unit = 1;
    for (int i = 0; i < scale; i++)
        unit *= 10;
    const char *c = text + (*text == '-' || *text == '+');
    const char *first = c;
    for (; *c >= '0' && *c <= '9'; c++) {
        if (whole > (INT64_MAX / unit - 10) / 10)
            return false;
        whole = whole * 10 + (*c - '0');
    }
    if (c == first)
        return false;
    if (*c == '.' && !(c = fraction(c + 1, scale, &part)))
        return false;
    if (*c == 'e' || *c == 'E') { /* a spreadsheet's 1.5e3 is not exact to begin with */
        double value;
        if (!ust_number_parse(text, &value) || !(value * (double)unit < 9e18) ||
            !(value * (double)unit > -9e18))
            return false;
        *ns = ust_time_round(value * (double)unit);
        return true;
    }
    *ns = (whole * unit + part) * (*text == '-' ? -1 : 1);
    return *c == '\0';
}

static bool parse(const char *text, enum ust_stamp unit, int64_t *ns)
{
    int64_t year;
    switch (unit) {
    case UST_STAMP_AUTO:
        if (digits(text, 4, &year) && text[4] == '-')
            return parse_iso(text, ns);
        return parse_number(text, 9, ns);
    case UST_STAMP_ISO:
        return parse_iso(text, ns);
    case UST_STAMP_S:
        return parse_number(text, 9, ns);
    case UST_STAMP_MS:
        return parse_number(text, 6, ns);
    case UST_STAMP_US:
        return parse_number(text, 3, ns);
    case UST_STAMP_NS:
        break;
    }
    return parse_number(text, 0, ns);
}

/* Dates by their years, a day for the zone; numbers as far. */
bool ust_stamp_parse(const char *text, enum ust_stamp unit, int64_t *ns)
{
    const int64_t day = 86400;
    int64_t first = (ust_days_from_civil(UST_STAMP_FIRST_YEAR, 1, 1) - 1) * day * UST_S;
    int64_t last = (ust_days_from_civil(UST_STAMP_LAST_YEAR + 1, 1, 1) + 1) * day * UST_S;
    return parse(text, unit, ns) && *ns >= first && *ns <= last;
}
