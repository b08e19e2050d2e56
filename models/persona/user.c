/* User personas: what is filled in from catalogues, and what must hold between keys. */
#include "models/persona/document.h"
#include "models/persona/versions.h"

/* ---- geography ---- */

static bool two_digits(const char *text, int *out)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return false;
    *out = (text[0] - '0') * 10 + text[1] - '0';
    return true;
}

static bool parse_offset(const char *text, int *minutes)
{
    *minutes = 0;
    if (ust_text_equal(text, "Z") || ust_text_equal(text, "UTC"))
        return true;
    int hour, minute = 0;
    if ((text[0] != '+' && text[0] != '-') || !two_digits(text + 1, &hour))
        return false;
    if (text[3] != '\0' &&
        (text[3] != ':' || !two_digits(text + 4, &minute) || text[6] != '\0'))
        return false;
    *minutes = (hour * 60 + minute) * (text[0] == '-' ? -1 : 1);
    return hour <= 14 && minute < 60;
}

enum ust_status ust_place_unknown(struct ust_spec *spec, struct ust_place place,
                                  const char *name, const char *instead)
{
    uint32_t n;
    const struct ust_place_facts *all = ust_place_catalogue(&n);
    const char **names = ust_arena_alloc(spec->arena, const char *, n);
    for (uint32_t i = 0; i < n; i++)
        names[i] = all[i].name;
    const char *near = ust_text_nearest(name, names, n);
    if (near)
        ust_diag_error(spec->diag, place, "unknown place '%s'; did you mean '%s'?", name, near);
    else
        ust_diag_error(spec->diag, place, "unknown place '%s'", name);
    ust_diag_note(spec->diag, "known: %u cities and cloud regions (understudy list place)%s%s",
                  n, instead ? "; or give " : "", instead ? instead : "");
    return UST_INVALID;
}

static enum ust_status find_place(struct ust_spec *spec, struct ust_origin *origin)
{
    const struct ust_place_facts *known = ust_place_find(origin->id.name);
    if (known) {
        origin->place = *known;
        return UST_OK;
    }
    return ust_place_unknown(spec, origin->id.node->key_place, origin->id.name,
                             "{share, latitude, longitude, utc_offset}");
}

/* A place is the catalogue's unless a coordinate says that it is the user's own. */
static enum ust_status resolve_origin(struct ust_spec *spec, struct ust_origin *origin)
{
    const struct ust_node *own =
        origin->latitude_node ? origin->latitude_node : origin->longitude_node;
    if (!own) {
        const struct ust_node *time =
            origin->utc_offset_node ? origin->utc_offset_node : origin->summer_node;
        UST_TRY(find_place(spec, origin));
        if (!time)
            return UST_OK;
        return ust_diag_error(spec->diag, time->key_place,
                              "'%s' comes with 'latitude' and 'longitude'; the catalogue knows "
                              "the time in '%s'",
                              time->key, origin->id.name);
    }
    origin->place = (struct ust_place_facts){.name = origin->id.name,
                                             .latitude = origin->latitude,
                                             .longitude = origin->longitude,
                                             .summer = (enum ust_summer)origin->summer};
    const char *missing = !origin->latitude_node     ? "latitude"
                          : !origin->longitude_node  ? "longitude"
                          : !origin->utc_offset_node ? "utc_offset"
                                                     : NULL;
    if (missing)
        return ust_diag_error(
            spec->diag, origin->id.node->place,
            "place '%s' has no '%s'; a point needs 'latitude', 'longitude' and "
            "'utc_offset'",
            origin->id.name, missing);
    if (parse_offset(origin->utc_offset, &origin->place.utc_offset_min))
        return UST_OK;
    return ust_diag_error(spec->diag, origin->utc_offset_node->place,
                          "'utc_offset' is '%s', must be like +05:30, -03:00 or Z, at most 14 "
                          "hours",
                          origin->utc_offset);
}

static enum ust_status resolve_geography(struct ust_spec *spec,
                                         struct ust_user_persona *persona)
{
    struct ust_origin *origins = persona->geography.at;
    uint32_t n = persona->geography.n;
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < n; i++)
        if (resolve_origin(spec, &origins[i]) != UST_OK)
            status = UST_INVALID;
    if (n > 0 && ust_persona_shares(spec, "geography", persona->geography.node,
                                    &origins[0].share, sizeof(origins[0]), n) != UST_OK)
        status = UST_INVALID;
    return status;
}

/* ---- devices ---- */

static enum ust_status resolve_device(struct ust_spec *spec, struct ust_device *device)
{
    const struct ust_device_facts *known = ust_device_find(device->id.name);
    if (known && !device->access_node)
        device->access = known->access;
    if (known && !device->bandwidth_node)
        device->bandwidth = known->bandwidth;
    if (known || (device->access_node && device->bandwidth_node))
        return UST_OK;

    uint32_t n;
    const struct ust_device_facts *all = ust_device_catalogue(&n);
    const char **names = ust_arena_alloc(spec->arena, const char *, n);
    for (uint32_t i = 0; i < n; i++)
        names[i] = all[i].name;
    ust_spec_unknown(spec, device->id.node->key_place, "device", device->id.name, names, n);
    ust_diag_note(spec->diag, "or describe it: {share, access, bandwidth}");
    return UST_INVALID;
}

static enum ust_status resolve_devices(struct ust_spec *spec, struct ust_user_persona *persona)
{
    struct ust_device *devices = persona->devices.at;
    uint32_t n = persona->devices.n;
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; i < n; i++)
        if (resolve_device(spec, &devices[i]) != UST_OK)
            status = UST_INVALID;
    if (n > 0 && ust_persona_shares(spec, "devices", persona->devices.node, &devices[0].share,
                                    sizeof(devices[0]), n) != UST_OK)
        status = UST_INVALID;
    return status;
}

/* ---- the rest ---- */

static enum ust_status check_actions(struct ust_spec *spec, struct ust_user_persona *persona)
{
    struct ust_action *actions = persona->actions.at;
    uint32_t n = persona->actions.n;
    if (n == 1 && !actions[0].share_node)
        actions[0].share = 1;
    enum ust_status status = UST_OK;
    for (uint32_t i = 0; n > 1 && i < n; i++)
        if (!actions[i].share_node)
            status = ust_diag_error(spec->diag, actions[i].id.node->key_place,
                                    "action '%s' has no 'share'", actions[i].id.name);
    if (status != UST_OK)
        return status;
    return ust_persona_shares(spec, "actions", persona->actions.node, &actions[0].share,
                              sizeof(actions[0]), n);
}

static void check_hours(struct ust_spec *spec, const struct ust_week *week)
{
    const struct ust_node *curve[] = {week->peak_node, week->trough_node, week->ratio_node,
                                      week->hours.n == 168 ? week->weekend_node : NULL};
    const double *rate = week->hours.at;
    double sum = 0;
    for (size_t i = 0; i < sizeof curve / sizeof curve[0]; i++)
        if (curve[i] != NULL)
            ust_diag_error(spec->diag, curve[i]->key_place,
                           "'%s' says nothing beside 'hours' of a whole %s", curve[i]->key,
                           week->hours.n == 168 ? "week" : "day");
    if (week->hours.n != 24 && week->hours.n != 168)
        ust_diag_error(spec->diag, week->hours.node->place,
                       "'hours' are %u, must be the 24 of a day or the 168 of a week",
                       week->hours.n);
    const struct ust_node *at = ust_items_first(&week->hours);
    for (uint32_t i = 0; i < week->hours.n && at != NULL; i++, at = at->next) {
        if (!(rate[i] >= 0))
            ust_diag_error(spec->diag, at->place, "'hours' has %g, must be at least 0",
                           rate[i]);
        sum += rate[i];
    }
    if (!(sum > 0 && sum < 1e30))
        ust_diag_error(spec->diag, week->hours.node->place,
                       "'hours' add up to %g: nobody would ever come", sum);
}

static enum ust_status check_week(struct ust_spec *spec, const struct ust_user_persona *persona)
{
    const struct ust_week *week = &persona->week;
    unsigned before = ust_diag_errors(spec->diag);
    if (persona->week_node && week->hours.n > 0)
        check_hours(spec, week);
    else if (persona->week_node && week->peak == week->trough && week->peak_to_trough > 1)
        ust_diag_error(spec->diag, persona->week_node->place,
                       "'peak' and 'trough' are the same time of day");
    if (week->dispersion.node && week->dispersion.interval % (UST_WEEK_GRID_S * UST_S) != 0)
        ust_diag_error(spec->diag, week->dispersion.node->place,
                       "'interval' must be a whole number of five minutes");
    return ust_diag_errors(spec->diag) == before ? UST_OK : UST_INVALID;
}

static enum ust_status check_tolerance(struct ust_spec *spec,
                                       const struct ust_user_persona *persona)
{
    const struct ust_tolerance *tolerance = &persona->tolerance;
    char latency[UST_TIME_TEXT_MAX], timeout[UST_TIME_TEXT_MAX], deadline[UST_TIME_TEXT_MAX];
    unsigned before = ust_diag_errors(spec->diag);

    bool retries = tolerance->retries.kind != NULL &&
                   !ust_text_equal(tolerance->retries.kind->name, "none");
    if (retries && tolerance->timeout == 0)
        ust_diag_error(spec->diag, tolerance->retries.node->place,
                       "'retries' need a 'timeout': without one, an attempt that is never "
                       "answered is never repeated");
    if (!retries && tolerance->timeout > 0 && tolerance->latency != UST_NEVER &&
        tolerance->timeout < tolerance->latency)
        ust_diag_error(
            spec->diag, tolerance->latency_node->place,
            "'latency' is %s, must not exceed 'timeout', %s: no answer comes so late",
            ust_time_text(tolerance->latency, latency),
            ust_time_text(tolerance->timeout, timeout));
    if (tolerance->deadline > 0 && tolerance->timeout > tolerance->deadline)
        ust_diag_error(spec->diag, tolerance->timeout_node->place,
                       "'timeout' is %s, must not exceed 'deadline', %s, which ends all "
                       "attempts",
                       ust_time_text(tolerance->timeout, timeout),
                       ust_time_text(tolerance->deadline, deadline));
    if (tolerance->deadline > 0 && tolerance->latency != UST_NEVER &&
        tolerance->deadline < tolerance->latency)
        ust_diag_error(
            spec->diag, tolerance->latency_node->place,
            "'latency' is %s, must not exceed 'deadline', %s: no answer comes so late",
            ust_time_text(tolerance->latency, latency),
            ust_time_text(tolerance->deadline, deadline));
    if (tolerance->covers_node && !tolerance->patience_node)
        ust_diag_error(spec->diag, tolerance->covers_node->key_place,
                       "'patience_covers' says nothing without 'patience'");
    return ust_diag_errors(spec->diag) == before ? UST_OK : UST_INVALID;
}

/* A copy that is due when nobody waits any more. */
static void check_hedge(struct ust_spec *spec, const struct ust_user_persona *persona)
{
    const struct ust_hedge *hedge = &persona->client.hedge;
    const struct ust_tolerance *tolerance = &persona->tolerance;
    ust_time end = tolerance->timeout > 0 ? tolerance->timeout : tolerance->deadline;
    char delay[UST_TIME_TEXT_MAX], text[UST_TIME_TEXT_MAX];
    if (hedge->delay_node != NULL && end > 0 && hedge->delay >= end)
        ust_diag_error(spec->diag, hedge->delay_node->place,
                       "'delay' is %s, must lie below '%s', %s: no copy would ever be sent",
                       ust_time_text(hedge->delay, delay),
                       tolerance->timeout > 0 ? "timeout" : "deadline",
                       ust_time_text(end, text));
}

/* Each part that was read without a mistake, whatever the others have. */
static void check(struct ust_spec *spec, struct ust_user_persona *persona)
{
    const struct ust_node *node = persona->node;
    bool tolerance = !ust_spec_blamed(spec, ust_node_get(node, "tolerance"));
    bool client = !ust_spec_blamed(spec, ust_node_get(node, "client"));
    if (!ust_spec_blamed(spec, persona->geography.node))
        resolve_geography(spec, persona);
    if (!ust_spec_blamed(spec, persona->devices.node))
        resolve_devices(spec, persona);
    if (persona->actions.n > 0 && !ust_spec_blamed(spec, persona->actions.node))
        check_actions(spec, persona);
    if (!ust_spec_blamed(spec, persona->week_node))
        check_week(spec, persona);
    if (tolerance)
        check_tolerance(spec, persona);
    if (client)
        ust_client_check(spec, &persona->client);
    if (tolerance && client)
        check_hedge(spec, persona);
}

struct ust_user_persona *ust_user_persona_decode(struct ust_spec *spec,
                                                 const struct ust_node *node)
{
    if (ust_persona_kind_check(spec, node, UST_PERSONA_USER) != UST_OK)
        return NULL;
    struct ust_user_persona *persona = ust_arena_alloc(spec->arena, struct ust_user_persona, 1);
    unsigned before = ust_diag_errors(spec->diag);
    bool fine = ust_spec_decode(spec, node, ust_user_persona_fields, persona) == UST_OK;
    persona->node = node;
    if (!persona->description)
        persona->description = "";
    persona->path = node->place.file;
    if (fine)
        persona->hash = ust_spec_meaning(spec, ust_user_persona_fields, persona, NULL, NULL);
    check(spec, persona);
    return ust_diag_errors(spec->diag) == before ? persona : NULL;
}

struct ust_user_persona *ust_user_persona_read(struct ust_spec *spec, const char *path,
                                               struct ust_place from,
                                               const struct ust_node **document)
{
    struct ust_node *node = ust_persona_open(spec, path, from, UST_PERSONA_USER);
    if (document)
        *document = node;
    if (!node)
        return NULL;
    enum ust_status source = ust_persona_source_check(spec, node);
    struct ust_user_persona *persona = ust_user_persona_decode(spec, node);
    if (persona)
        persona->version = ust_persona_version_of(spec, node);
    return source == UST_OK ? persona : NULL;
}
