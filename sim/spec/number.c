/* Plain numbers: decimal, without locale, over the whole text. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/spec/csv.h"
#include "sim/spec/parts.h"

#define DIGITS "0123456789"

/* Longer ones are junk; every double has a shorter text. */
#define NUMBER_MAX 400

size_t ust_number_extent(const char *text)
{
    size_t at = text[0] == '-' || text[0] == '+';
    size_t whole = strspn(text + at, DIGITS);
    at += whole;
    size_t fraction = 0;
    if (text[at] == '.') {
        fraction = strspn(text + at + 1, DIGITS);
        if (whole + fraction == 0)
            return 0;
        at += 1 + fraction;
    }
    if (whole + fraction == 0)
        return 0;
    if (text[at] == 'e' || text[at] == 'E') {
        size_t sign = text[at + 1] == '-' || text[at + 1] == '+';
        size_t digits = strspn(text + at + 1 + sign, DIGITS);
        if (digits > 0)
            at += 1 + sign + digits;
    }
    return at > NUMBER_MAX ? 0 : at;
}

bool ust_number_parse(const char *text, double *out)
{
    size_t extent = ust_number_extent(text);
    if (extent == 0 || text[extent] != '\0')
        return false;
    double value = strtod(text, NULL);
    if (!isfinite(value))
        return false;
    *out = value + 0.0; /* -0 is 0 */
    return true;
}

bool ust_integer_parse(const char *text, int64_t *out)
{
    size_t sign = text[0] == '-' || text[0] == '+';
    size_t digits = strspn(text + sign, DIGITS);
    if (digits == 0 || text[sign + digits] != '\0')
        return false;
    errno = 0;
    *out = strtoll(text, NULL, 10);
    return errno == 0;
}

/* Without an exponent, with as many places as it takes. */
static void write_small(double value, struct ust_text *out)
{
    char text[40];
    for (int places = 6; places <= 24; places++) {
        snprintf(text, sizeof text, "%.*f", places, value);
        if (strtod(text, NULL) == value)
            break;
    }
    ust_text_add(out, text);
}

void ust_number_write(double value, struct ust_text *out)
{
    char text[40];
    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    const char *e = strchr(text, 'e');
    /* "1e+06" is shorter than "1000000", but not what people write. */
    if (e != NULL && fabs(value) >= 1 && fabs(value) < 1e9) {
        ust_text_printf(out, "%lld", (long long)value);
    } else if (e != NULL && fabs(value) < 1 && fabs(value) >= 1e-6) {
        write_small(value, out);
    } else if (e != NULL) {
        ust_text_printf(out, "%.*se%d", (int)(e - text), text, atoi(e + 1));
    } else {
        ust_text_add(out, text);
    }
}
