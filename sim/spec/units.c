/* Units: one table per kind, the base unit first. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/spec/parts.h"

struct unit {
    const char *name;
    const char *alt; /* another spelling, read but never written */
    /* value * times / per is in the base unit (durations: nanoseconds); both whole, so that
     * 60 % is 0.6 and not 0.6 and a little */
    double times, per;
};

static const struct unit durations[] = {
    {"s", NULL, 1e9, 1},     {"ms", NULL, 1e6, 1},  {"us", "\xc2\xb5s", 1e3, 1},
    {"ns", NULL, 1, 1},      {"min", "m", 6e10, 1}, {"h", NULL, 3.6e12, 1},
    {"d", NULL, 8.64e13, 1}, {NULL, NULL, 0, 0},
};
static const struct unit byte_units[] = {
    {"B", NULL, 1, 1},         {"kB", NULL, 1e3, 1},         {"MB", NULL, 1e6, 1},
    {"GB", NULL, 1e9, 1},      {"TB", NULL, 1e12, 1},        {"KiB", NULL, 1024, 1},
    {"MiB", NULL, 1048576, 1}, {"GiB", NULL, 1073741824, 1}, {"TiB", NULL, 0x1p40, 1},
    {NULL, NULL, 0, 0},
};
static const struct unit bandwidths[] = {
    {"bit/s", "bps", 1, 1},     {"kbit/s", "kbps", 1e3, 1},  {"Mbit/s", "Mbps", 1e6, 1},
    {"Gbit/s", "Gbps", 1e9, 1}, {"Tbit/s", "Tbps", 1e12, 1}, {NULL, NULL, 0, 0},
};
static const struct unit rates[] = {
    {"/s", NULL, 1, 1},     {"/min", "/m", 1, 60}, {"/h", NULL, 1, 3600},
    {"/d", NULL, 1, 86400}, {NULL, NULL, 0, 0},
};
static const struct unit operations[] = {{"IOPS", NULL, 1, 1}, {NULL, NULL, 0, 0}};
static const struct unit moneys[] = {{"USD", NULL, 1, 1}, {NULL, NULL, 0, 0}};
/* A month of 730 hours is how clouds bill by the month. */
static const struct unit prices[] = {{"USD/h", NULL, 1, 1},
                                     {"USD/d", NULL, 1, 24},
                                     {"USD/month", NULL, 1, 730},
                                     {NULL, NULL, 0, 0}};
static const struct unit distances[] = {
    {"km", NULL, 1, 1}, {"m", NULL, 1, 1000}, {NULL, NULL, 0, 0}};
static const struct unit ratios[] = {{"%", NULL, 1, 100}, {NULL, NULL, 0, 0}};
static const struct unit no_units[] = {{NULL, NULL, 0, 0}};

/* What may stand before "/s". Another word, "MB/s" say, is a mistake worth a message. */
static const char *const rate_words[] = {
    "req",   "reqs",  "request", "requests", "session",  "sessions", "call",
    "calls", "event", "events",  "arrival",  "arrivals", "customer", "customers",
    "job",   "jobs",  "user",    "users",    NULL};

static const struct unit *units_of(enum ust_field_kind kind)
{
    switch (kind) {
    case UST_FIELD_DURATION:
        return durations;
    case UST_FIELD_BYTES:
        return byte_units;
    case UST_FIELD_BANDWIDTH:
        return bandwidths;
    case UST_FIELD_RATE:
        return rates;
    case UST_FIELD_IOPS:
        return operations;
    case UST_FIELD_MONEY:
        return moneys;
    case UST_FIELD_PRICE:
        return prices;
    case UST_FIELD_DISTANCE:
        return distances;
    case UST_FIELD_RATIO:
        return ratios;
    default:
        return no_units;
    }
}

bool ust_unit_needed(enum ust_field_kind kind)
{
    return kind != UST_FIELD_RATIO && units_of(kind)->name != NULL;
}

const char *ust_unit_base(enum ust_field_kind kind)
{
    const struct unit *unit = units_of(kind);
    return unit->name == NULL || kind == UST_FIELD_RATIO ? "" : unit->name;
}

uint32_t ust_unit_names(enum ust_field_kind kind, const char *names[UST_UNITS_MAX])
{
    uint32_t n = 0;
    for (const struct unit *unit = units_of(kind); unit->name != NULL; unit++)
        names[n++] = unit->name;
    return n;
}

static bool spelled(const char *name, const char *word, size_t length)
{
    return name != NULL && strlen(name) == length && memcmp(name, word, length) == 0;
}

static const struct unit *find(enum ust_field_kind kind, const char *word, size_t length)
{
    for (const struct unit *unit = units_of(kind); unit->name != NULL; unit++)
        if (spelled(unit->name, word, length) || spelled(unit->alt, word, length))
            return unit;
    return NULL;
}

static size_t blanks(const char *text)
{
    return strspn(text, " ");
}

/* "req/s": the word is skipped if it is one of ours. */
static const char *skip_rate_word(const char *text)
{
    const char *slash = strchr(text, '/');
    if (slash == NULL)
        return text;
    for (uint32_t i = 0; rate_words[i] != NULL; i++)
        if (spelled(rate_words[i], text, (size_t)(slash - text)))
            return slash;
    return text;
}

static void note_unit(struct ust_quantity *out, const char *word, size_t length)
{
    size_t n = length < sizeof out->unit - 1 ? length : sizeof out->unit - 1;
    while (n < length && n > 0 && ((unsigned char)word[n] & 0xc0) == 0x80)
        n--; /* never half a character */
    memcpy(out->unit, word, n);
    out->unit[n] = '\0';
}

/* "1m30s", "1h 30m": numbers with units, each unit smaller than the one before. */
static enum ust_unit_result parse_duration(const char *text, struct ust_quantity *out)
{
    double sum = 0, sign = *text == '-' ? -1 : 1, last = HUGE_VAL;
    for (uint32_t part = 0; *text != '\0'; part++) {
        size_t extent = ust_number_extent(text);
        if (extent == 0 || (part > 0 && (*text == '-' || *text == '+')))
            return UST_UNIT_NOT_A_NUMBER;
        double value = fabs(strtod(text, NULL));
        text += extent;
        text += blanks(text);
        size_t length = strcspn(text, " +-.0123456789");
        const struct unit *unit = find(UST_FIELD_DURATION, text, length);
        if (unit == NULL || unit->times >= last) {
            note_unit(out, text, length);
            return unit != NULL  ? UST_UNIT_NOT_A_NUMBER
                   : length == 0 ? UST_UNIT_MISSING
                                 : UST_UNIT_UNKNOWN;
        }
        last = unit->times;
        sum += value * unit->times;
        text += length;
        text += blanks(text);
    }
    if (!(sum < 0x1p62))
        return UST_UNIT_TOO_LARGE;
    out->value = sign * sum + 0.0;
    return UST_UNIT_OK;
}

enum ust_unit_result ust_unit_parse(enum ust_field_kind kind, const char *text,
                                    struct ust_quantity *out)
{
    *out = (struct ust_quantity){0};
    size_t extent = ust_number_extent(text);
    if (extent == 0)
        return UST_UNIT_NOT_A_NUMBER;
    double value = strtod(text, NULL);
    if (!isfinite(value))
        return UST_UNIT_TOO_LARGE;
    const char *rest = text + extent;
    rest += blanks(rest);
    if (*rest == '\0') {
        out->bare = true;
        out->value = value + 0.0;
        return ust_unit_needed(kind) && value != 0 ? UST_UNIT_MISSING : UST_UNIT_OK;
    }
    if (kind == UST_FIELD_DURATION)
        return parse_duration(text, out);
    const struct unit *unit = find(kind, rest, strlen(rest));
    if (unit == NULL && kind == UST_FIELD_RATE) {
        const char *per = skip_rate_word(rest);
        unit = find(kind, per, strlen(per));
    }
    if (unit == NULL) {
        note_unit(out, rest, strlen(rest));
        return UST_UNIT_UNKNOWN;
    }
    out->value = value * unit->times / unit->per + 0.0;
    return isfinite(out->value) ? UST_UNIT_OK : UST_UNIT_TOO_LARGE;
}

static void write_in(const struct unit *unit, double value, struct ust_text *out)
{
    ust_number_write(value * unit->per / unit->times, out);
    ust_text_printf(out, " %s", unit->name);
}

/* Of the units in which the value reads back as itself, the one with the shortest number; the
 * base unit, which comes first, wins a tie. */
static void write_shortest(enum ust_field_kind kind, double value, struct ust_text *out)
{
    struct ust_text best = {0}, text = {0};
    for (const struct unit *unit = units_of(kind); unit->name != NULL; unit++) {
        struct ust_quantity back;
        ust_text_clear(&text);
        write_in(unit, value, &text);
        if (ust_unit_parse(kind, ust_text_string(&text), &back) != UST_UNIT_OK ||
            back.value != value)
            continue;
        if (best.length == 0 || strcspn(text.data, " ") < strcspn(best.data, " ")) {
            ust_text_clear(&best);
            ust_text_add(&best, text.data);
        }
    }
    if (best.length == 0)
        ust_number_write(value, &best);
    ust_text_add(out, ust_text_string(&best));
    ust_text_free(&best);
    ust_text_free(&text);
}

/* From a minute on, and in whole seconds: "5 min", "2m30s", "4 h", "1h30m", "1d2h". */
static void write_long(int64_t seconds, struct ust_text *out)
{
    static const int64_t each[] = {86400, 3600, 60, 1};
    static const char *const alone[] = {" d", " h", " min", " s"};
    static const char *const together[] = {"d", "h", "m", "s"};
    int first = seconds >= 86400 ? 0 : seconds >= 3600 ? 1 : 2;
    if (seconds % each[first] == 0) {
        ust_text_printf(out, "%lld%s", (long long)(seconds / each[first]), alone[first]);
        return;
    }
    for (int i = first; i < 4; i++) {
        if (seconds / each[i] > 0)
            ust_text_printf(out, "%lld%s", (long long)(seconds / each[i]), together[i]);
        seconds %= each[i];
    }
}

static void write_duration(double ns, struct ust_text *out)
{
    if (ns < 0) {
        ust_text_add(out, "-");
        ns = -ns;
    }
    if (ns >= 6e10 && ns < 0x1p62 && (int64_t)ns % 1000000000 == 0)
        write_long((int64_t)ns / 1000000000, out);
    else
        write_in(&durations[ns >= 1e9 || ns == 0 ? 0
                            : ns >= 1e6          ? 1
                            : ns >= 1e3          ? 2
                                                 : 3],
                 ns, out);
}

void ust_unit_write(enum ust_field_kind kind, double value, struct ust_text *out)
{
    if (kind == UST_FIELD_DURATION)
        write_duration(value, out);
    else if (units_of(kind)->name != NULL)
        write_shortest(kind, value, out);
    else
        ust_number_write(value, out);
}

#define NUMBER "([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][-+]?[0-9]+)?"

void ust_unit_pattern(enum ust_field_kind kind, struct ust_text *out)
{
    const char *names = "";
    struct ust_text all = {0};
    for (const struct unit *unit = units_of(kind); unit->name != NULL; unit++) {
        ust_text_printf(&all, "%s%s", names, unit->name);
        if (unit->alt != NULL)
            ust_text_printf(&all, "|%s", unit->alt);
        names = "|";
    }
    if (kind == UST_FIELD_DURATION)
        ust_text_printf(out, "^[-+]?(" NUMBER " *(%s) *)+$", ust_text_string(&all));
    else
        ust_text_printf(out, "^[-+]?" NUMBER " *");
    if (kind == UST_FIELD_RATE) {
        ust_text_add(out, "(");
        for (uint32_t i = 0; rate_words[i] != NULL; i++)
            ust_text_printf(out, "%s%s", i > 0 ? "|" : "", rate_words[i]);
        ust_text_add(out, ")?");
    }
    if (kind != UST_FIELD_DURATION)
        ust_text_printf(out, "(%s)$", ust_text_string(&all));
    ust_text_free(&all);
}
