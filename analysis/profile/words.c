#include "analysis/profile/words.h"

#include <math.h>
#include <string.h>

#include "sim/base/time.h"

void ust_feature_value_text(const struct ust_feature_column *column, double value,
                            struct ust_text *out)
{
    const bool share = column->action || strcmp(column->name, "errors") == 0;
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB"};
    char text[UST_TIME_TEXT_MAX], count[UST_COUNT_TEXT_MAX];
    if (share) {
        ust_text_printf(out, "%.3g %%", 100.0 * fmin(fmax(value, 0.0), 1.0));
    } else if (strcmp(column->name, "requests") == 0) {
        ust_text_add(out, ust_count_text((unsigned long long)llround(fmax(value, 0.0)), count));
    } else if (strcmp(column->name, "think") == 0) {
        ust_text_add(out,
                     ust_time_text(ust_time_from_seconds(fmin(fmax(value, 0.0), 1e9)), text));
    } else if (strcmp(column->name, "bytes") == 0 || strcmp(column->name, "memory") == 0) {
        uint32_t unit = 0;
        for (; value >= 1000.0 && unit < 4; unit++)
            value /= 1000.0;
        ust_text_printf(out, "%.3g %s", value, units[unit]);
    } else if (strcmp(column->name, "cpu") == 0 || strcmp(column->name, "latency") == 0) {
        ust_text_printf(out, "%.3g ms", value);
    } else {
        ust_text_printf(out, "%.3g", value);
    }
}

void ust_feature_name_text(const struct ust_feature_column *column, struct ust_text *out)
{
    ust_text_printf(out, column->action ? "share of '%s'" : "%s", column->name);
}

char *ust_plain_name(const char *word, char *out)
{
    size_t n = 0;
    for (const char *c = word; *c != '\0'; c++) {
        bool fine = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                    (*c >= '0' && *c <= '9') || (n > 0 && (*c == '_' || *c == '.'));
        if (fine)
            out[n++] = *c;
        else if (n > 0 && out[n - 1] != '-')
            out[n++] = '-';
    }
    while (n > 0 && out[n - 1] == '-')
        n--;
    out[n] = '\0';
    return n > 0 ? out : memcpy(out, "action", sizeof "action");
}

void ust_words_count(struct ust_text *out, uint64_t n, const char *what)
{
    char text[UST_COUNT_TEXT_MAX];
    ust_text_printf(out, "%s %s", ust_count_text(n, text), what);
}

void ust_words_some(struct ust_text *out, uint64_t n, const char *what)
{
    if (n > 0) {
        ust_text_add(out, " · ");
        ust_words_count(out, n, what);
    }
}
