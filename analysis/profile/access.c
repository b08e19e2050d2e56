/* Access logs in common and combined format, with or without what servers put behind:
 *   host ident user [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.0" 200 2326 "referer" "agent"
 *
 * A user is a host and, where it is said, an agent: behind one address sit many. An action is
 * the kind of what was asked for, so that no path of the log is kept. */
#include <string.h>
#include <strings.h>

#include "analysis/profile/parse.h"
#include "sim/base/hash.h"
#include "sim/base/time.h"

static bool fail(struct ust_parse *parse, const char *reason)
{
    parse->reason = reason;
    return false;
}

/* The next word up to a blank, cut off; moves on. */
static char *word(char **at)
{
    while (**at == ' ')
        (*at)++;
    char *begin = *at;
    *at = strchrnul(begin, ' ');
    if (**at != '\0')
        *(*at)++ = '\0';
    return begin;
}

/* What stands between quotes; a quote after a backslash is part of it. NULL: it is none. */
static char *quoted(char **at)
{
    while (**at == ' ')
        (*at)++;
    if (**at != '"')
        return NULL;
    char *begin = ++*at;
    for (; **at != '"'; (*at)++) {
        if (**at == '\0')
            return NULL;
        if (**at == '\\' && (*at)[1] != '\0')
            (*at)++;
    }
    *(*at)++ = '\0';
    return begin;
}

static int two(const char *text)
{
    return text[0] >= '0' && text[0] <= '9' && text[1] >= '0' && text[1] <= '9'
               ? (text[0] - '0') * 10 + text[1] - '0'
               : -1;
}

/* "10/Oct/2000:13:55:36 -0700" */
static bool set_time(struct ust_parse *parse, const char *text)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int64_t zone;
    if (strlen(text) != strlen("10/Oct/2000:13:55:36 -0700") || text[2] != '/' ||
        text[6] != '/' || text[11] != ':' || text[14] != ':' || text[17] != ':' ||
        text[20] != ' ')
        return fail(parse, "the time cannot be read");
    int month = 0, day = two(text), hour = two(text + 12), minute = two(text + 15);
    int second = two(text + 18), century = two(text + 7), year = two(text + 9);
    while (month < 12 && strncmp(months + 3 * (size_t)month, text + 3, 3) != 0)
        month++;
    /* Beyond these years nanoseconds since 1970 leave 64 bits. */
    if (month == 12 || century < 17 || century > 21 || day < 1 || day > 31 || hour < 0 ||
        hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60 || year < 0 ||
        !ust_zone_parse(text + 21, &zone))
        return fail(parse, "the time cannot be read");
    int64_t days = ust_days_from_civil(century * 100 + year, month + 1, day);
    int y, m, d;
    ust_civil_from_days(days, &y, &m, &d);
    if (d != day) /* 30 February */
        return fail(parse, "the time cannot be read");
    parse->event.at = (days * 86400 + hour * 3600 + minute * 60 + second - zone) * UST_S;
    parse->event.zone_min = (int16_t)(zone / 60);
    parse->has_time = true;
    return true;
}

struct kind {
    const char *ending, *name;
};

static const struct kind kinds[] = {
    {"html", "page"}, {"htm", "page"},  {"php", "page"},   {"asp", "page"},  {"aspx", "page"},
    {"jsp", "page"},  {"cgi", "page"},  {"png", "image"},  {"jpg", "image"}, {"jpeg", "image"},
    {"gif", "image"}, {"svg", "image"}, {"webp", "image"}, {"ico", "image"}, {"css", "style"},
    {"js", "script"}, {"woff", "font"}, {"woff2", "font"}, {"ttf", "font"},  {"eot", "font"},
    {"mp3", "media"}, {"mp4", "media"}, {"webm", "media"}, {"mpg", "media"}, {"json", "data"},
    {"xml", "data"},  {"rss", "data"},  {"atom", "data"},  {"csv", "data"},  {"txt", "data"},
    {"pdf", "file"},  {"zip", "file"},  {"gz", "file"},    {"tgz", "file"},  {"bz2", "file"},
    {"exe", "file"},  {"rpm", "file"},  {"deb", "file"},   {"jar", "file"},  {"iso", "file"},
};

/* "GET /a/b.png?x HTTP/1.1": what is changed goes by its method, what is read by its ending. */
static const char *action_of(char *request)
{
    char *at = request;
    const char *method = word(&at);
    static const char *const changing[] = {"POST", "PUT", "PATCH", "DELETE", NULL};
    static const char *const names[] = {"post", "put", "patch", "delete"};
    for (int i = 0; changing[i] != NULL; i++)
        if (strcmp(method, changing[i]) == 0)
            return names[i];
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return "other";
    char *path = word(&at);
    path[strcspn(path, "?#;")] = '\0';
    const char *slash = strrchr(path, '/');
    const char *dot = strrchr(slash != NULL ? slash : path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcasecmp(dot + 1, kinds[i].ending) == 0)
            return kinds[i].name;
    return "page";
}

bool ust_parse_access(struct ust_parse *parse, char *line)
{
    ust_parse_begin(parse);
    uint64_t hash = ust_hash_text(6, line);
    char *at = line;
    const char *host = word(&at);
    char *time = strchr(at, '['), *end = time != NULL ? strchr(time, ']') : NULL;
    if (end == NULL)
        return fail(parse, "no time in brackets");
    *end = '\0';
    at = end + 1;
    char *request = quoted(&at);
    if (request == NULL)
        return fail(parse, "no request in quotes");
    const char *status = word(&at), *bytes = word(&at);
    const char *referer = quoted(&at), *agent = referer != NULL ? quoted(&at) : NULL;
    if (host[0] == '\0' || status[0] == '\0')
        return fail(parse, "too few fields");
    if (!set_time(parse, time + 1) || !ust_parse_text(parse, UST_EVENT_STATUS, status) ||
        !ust_parse_text(parse, UST_EVENT_BYTES, bytes) ||
        !ust_parse_text(parse, UST_EVENT_ACTION, action_of(request)) ||
        (agent != NULL && !ust_parse_text(parse, UST_EVENT_AGENT, agent)))
        return false;
    parse->event.user = ust_hash_text(ust_hash_text(1, host), agent != NULL ? agent : "");
    parse->has_user = true;
    return ust_parse_end(parse, hash);
}
