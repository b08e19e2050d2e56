#include "plots/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/text.h"
#include "sim/base/time.h"

#define UNKNOWN "\xe2\x80\x93" /* an en dash */

static const char *unknown(char out[UST_FORMAT_MAX])
{
    snprintf(out, UST_FORMAT_MAX, UNKNOWN);
    return out;
}

const char *ust_format_duration(double seconds, char out[UST_FORMAT_MAX])
{
    if (!isfinite(seconds))
        return unknown(out);
    if (fabs(seconds) < 0.9995)
        return ust_format_latency(seconds, out);
    long long s = llround(fabs(seconds));
    const char *sign = seconds < 0 ? "-" : "";
    if (s < 60 && fabs(seconds) < 9.95 && fabs(seconds) != (double)s)
        snprintf(out, UST_FORMAT_MAX, "%s%.1f s", sign, fabs(seconds));
    else if (s < 60)
        snprintf(out, UST_FORMAT_MAX, "%s%lld s", sign, s);
    else if (s < 3600 && s % 60 == 0)
        snprintf(out, UST_FORMAT_MAX, "%s%lld min", sign, s / 60);
    else if (s < 3600)
        snprintf(out, UST_FORMAT_MAX, "%s%lldm%02llds", sign, s / 60, s % 60);
    else if (s % 3600 < 30)
        snprintf(out, UST_FORMAT_MAX, "%s%lld h", sign, s / 3600);
    else
        snprintf(out, UST_FORMAT_MAX, "%s%lldh%02lldm", sign, (s + 30) / 3600,
                 (s + 30) % 3600 / 60);
    return out;
}

const char *ust_format_latency(double seconds, char out[UST_FORMAT_MAX])
{
    double ms = seconds * 1e3;
    if (!isfinite(seconds))
        return unknown(out);
    if (seconds == 0)
        snprintf(out, UST_FORMAT_MAX, "0 s");
    else if (fabs(ms) < 0.9995)
        snprintf(out, UST_FORMAT_MAX, "%.3g \xc2\xb5s", ms * 1e3);
    else if (fabs(ms) < 9.95)
        snprintf(out, UST_FORMAT_MAX, "%.1f ms", ms);
    else if (fabs(ms) < 999.5)
        snprintf(out, UST_FORMAT_MAX, "%.0f ms", ms);
    else if (fabs(seconds) < 9.995)
        snprintf(out, UST_FORMAT_MAX, "%.2f s", seconds);
    else if (fabs(seconds) < 99.95)
        snprintf(out, UST_FORMAT_MAX, "%.1f s", seconds);
    else
        return ust_format_duration(seconds, out);
    return out;
}

const char *ust_format_percent(double ratio, char out[UST_FORMAT_MAX])
{
    if (!isfinite(ratio))
        return unknown(out);
    double percent = ratio * 100;
    /* More digits where the nines are, and never 100 % for what is less. */
    if (percent > 99.9 && percent < 100) {
        double shown = floor(percent * 1000) / 1000;
        snprintf(out, UST_FORMAT_MAX, "%.3f %%", shown);
    } else if (percent >= 10 && percent <= 99.9 && ratio > 0.9)
        snprintf(out, UST_FORMAT_MAX, "%.2f %%", percent);
    else if (percent == 0 || percent == 100)
        snprintf(out, UST_FORMAT_MAX, "%.0f %%", percent);
    else if (fabs(percent) >= 0.095)
        snprintf(out, UST_FORMAT_MAX, "%.1f %%", percent);
    else
        snprintf(out, UST_FORMAT_MAX, "%.2g %%", percent);
    return out;
}

const char *ust_format_count(double count, char out[UST_FORMAT_MAX])
{
    char digits[UST_COUNT_TEXT_MAX];
    if (!isfinite(count))
        return unknown(out);
    if (count < 0)
        snprintf(out, UST_FORMAT_MAX, "-%s",
                 ust_count_text((unsigned long long)llround(-count), digits));
    else
        snprintf(out, UST_FORMAT_MAX, "%s",
                 ust_count_text((unsigned long long)llround(count), digits));
    return out;
}

const char *ust_format_short(double value, char out[UST_FORMAT_MAX])
{
    if (!isfinite(value))
        return unknown(out);
    if (fabs(value) >= 999.5)
        return ust_format_count(value, out);
    if (fabs(value) >= 99.95 || value == rint(value))
        snprintf(out, UST_FORMAT_MAX, "%.0f", value);
    else if (fabs(value) >= 9.95)
        snprintf(out, UST_FORMAT_MAX, "%.1f", value);
    else if (fabs(value) >= 0.0995)
        snprintf(out, UST_FORMAT_MAX, "%.2f", value);
    else
        snprintf(out, UST_FORMAT_MAX, "%.2g", value);
    return out;
}

const char *ust_format_fixed(double value, int digits, char out[UST_FORMAT_MAX])
{
    if (!isfinite(value))
        return unknown(out);
    snprintf(out, UST_FORMAT_MAX, "%.*f", digits, value);
    return out;
}

/* Local seconds since the epoch at t_s: t_s counts from the end of the warm-up. */
static int64_t local_seconds(const struct ust_plot_run *run, double t_s)
{
    return run->start_unix_s + run->utc_offset_min * 60 + (int64_t)floor(run->warmup_s + t_s);
}

static int64_t day_of(int64_t seconds)
{
    return seconds >= 0 ? seconds / 86400 : -((86399 - seconds) / 86400);
}

const char *ust_format_clock(const struct ust_plot_run *run, double t_s,
                             char out[UST_FORMAT_MAX])
{
    static const char *const days[] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    if (!isfinite(t_s))
        return unknown(out);
    int64_t at = local_seconds(run, t_s), day = day_of(at);
    int second = (int)(at - day * 86400);
    bool other = day != day_of(local_seconds(run, -run->warmup_s));
    snprintf(out, UST_FORMAT_MAX, "%s%s%02d:%02d:%02d", other ? days[((day % 7) + 7) % 7] : "",
             other ? " " : "", second / 3600, second % 3600 / 60, second % 60);
    return out;
}

const char *ust_format_date(const struct ust_plot_run *run, double t_s,
                            char out[UST_FORMAT_MAX])
{
    static const char *const months[] = {"January",   "February", "March",    "April",
                                         "May",       "June",     "July",     "August",
                                         "September", "October",  "November", "December"};
    int year, month, day_of_month, offset = abs(run->utc_offset_min);
    if (!isfinite(t_s))
        return unknown(out);
    int64_t at = local_seconds(run, t_s), day = day_of(at);
    int minute = (int)(at - day * 86400) / 60;
    ust_civil_from_days(day, &year, &month, &day_of_month);
    snprintf(out, UST_FORMAT_MAX, "%d %s %d, %02d:%02d (UTC%c%02d:%02d)", day_of_month,
             months[(month - 1) % 12], year, minute / 60, minute % 60,
             run->utc_offset_min < 0 ? '-' : '+', offset / 60 % 100, offset % 60);
    return out;
}
