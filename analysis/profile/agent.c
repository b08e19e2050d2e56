#include "analysis/profile/agent.h"

#include <ctype.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/hash.h"
#include "sim/base/text.h"

const char ust_bot_pattern[] =
    "bot([^a-z]|$)|crawl|spider|slurp|archiver|scrap|fetch|preview|facebookexternalhit|"
    "headless|phantomjs|lighthouse|monitor|uptime|pingdom|healthcheck|kube-probe|elb-|"
    "^(curl|wget|python|java|go-http|okhttp|libwww|lwp|ruby|perl|php|node|axios|apache-http)|"
    "feedly|feedburner|feedfetcher|universalfeedparser|tiny tiny rss|newsgator|netvibes|"
    "nagios|zabbix|scanner|nikto|nmap|masscan|sqlmap";

/* A hundred agents make nearly all requests; each is looked at once. A power of two. */
#define CACHE 4096

struct ust_agents {
    regex_t *pattern;
    size_t n;
    struct {
        uint64_t hash;
        struct ust_agent agent;
    } cache[CACHE];
};

static bool add(struct ust_agents *agents, const char *pattern, struct ust_arena *arena,
                const char **error)
{
    char text[256];
    regex_t *at = &agents->pattern[agents->n];
    int code = regcomp(at, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
    if (code != 0) {
        regerror(code, at, text, sizeof text);
        *error = ust_arena_printf(arena, "'%s' is no pattern: %s", pattern, text);
        return false;
    }
    agents->n++;
    return true;
}

struct ust_agents *ust_agents_new(const char *const *patterns, size_t n, bool only,
                                  struct ust_arena *arena, const char **error)
{
    struct ust_agents *agents = ust_malloc(sizeof *agents);
    memset(agents, 0, sizeof *agents);
    agents->pattern = ust_malloc((n + 1) * sizeof *agents->pattern);
    bool fine = only || add(agents, ust_bot_pattern, arena, error);
    for (size_t i = 0; i < n && fine; i++)
        fine = add(agents, patterns[i], arena, error);
    if (fine)
        return agents;
    ust_agents_free(agents);
    return NULL;
}

void ust_agents_free(struct ust_agents *agents)
{
    if (agents == NULL)
        return;
    for (size_t i = 0; i < agents->n; i++)
        regfree(&agents->pattern[i]);
    free(agents->pattern);
    free(agents);
}

static bool says(const char *text, const char *word)
{
    return strcasestr(text, word) != NULL;
}

/* The order matters: tablets and televisions also say Android, telephones also say Mozilla. */
static const char *device_of(const char *text)
{
    if (says(text, "smart-tv") || says(text, "smarttv") || says(text, "appletv") ||
        says(text, "googletv") || says(text, "hbbtv") || says(text, "roku"))
        return "tv";
    if (says(text, "ipad") || says(text, "tablet") || says(text, "kindle") ||
        says(text, "playbook") || (says(text, "android") && !says(text, "mobile")))
        return "tablet";
    if (says(text, "iphone") || says(text, "ipod") || says(text, "mobile") ||
        says(text, "android") || says(text, "blackberry") || says(text, "opera mini"))
        return "mobile";
    if (says(text, "windows") || says(text, "macintosh") || says(text, "x11") ||
        says(text, "linux") || says(text, "cros"))
        return "desktop";
    return "";
}

struct ust_agent ust_agents_look(struct ust_agents *agents, const char *text)
{
    uint64_t hash = ust_hash_text(0, text) | 1; /* 0: an empty place */
    size_t at = (hash >> 1) & (CACHE - 1);
    if (agents->cache[at].hash == hash)
        return agents->cache[at].agent;
    struct ust_agent agent = {.bot = false, .device = device_of(text)};
    for (size_t i = 0; i < agents->n && !agent.bot; i++)
        agent.bot = regexec(&agents->pattern[i], text, 0, NULL, 0) == 0;
    if (agent.bot)
        agent.device = "server";
    agents->cache[at].hash = hash;
    agents->cache[at].agent = agent;
    return agent;
}
