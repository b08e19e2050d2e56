/* User personas: the table of the document, and what must hold between its keys. */
#include <math.h>

#include "models/persona/document.h"
#include "models/retry/retry.h"
#include "sim/base/limits.h"

static const char *const kinds[] = {"user", NULL};
static const char *const covers[] = {"answer", "wait", NULL};

static const struct ust_field origin_fields[] = {
    {.key = "share",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_origin, share),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_SHORT,
     .help = "Share of the users; all places add up to 100 %."},
    {.key = "latitude",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_origin, latitude),
     .low = -90,
     .high = 90,
     .given = offsetof(struct ust_origin, latitude_node) + 1,
     .help = "Degrees north, for a place that the catalogue does not know."},
    {.key = "longitude",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_origin, longitude),
     .low = -180,
     .high = 180,
     .given = offsetof(struct ust_origin, longitude_node) + 1,
     .help = "Degrees east."},
    {.key = "utc_offset",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct ust_origin, utc_offset),
     .given = offsetof(struct ust_origin, utc_offset_node) + 1,
     .help = "Standard time, ahead of Greenwich: +05:30, -03:00 or Z."},
    {.key = "summer",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_origin, summer),
     .choices = ust_summer_names,
     .fallback = "none",
     .given = offsetof(struct ust_origin, summer_node) + 1,
     .help = "Whose law of summer time holds there."},
    {.key = NULL},
};

static const struct ust_field device_fields[] = {
    {.key = "share",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_device, share),
     .low = 0,
     .high = 1,
     .flags = UST_FIELD_REQUIRED | UST_FIELD_SHORT,
     .help = "Share of the requests; all devices add up to 100 %."},
    {.key = "access",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_device, access),
     .low = 0,
     .high = 60,
     .given = offsetof(struct ust_device, access_node) + 1,
     .help = "Round trip of the access network. Known devices have their own."},
    {.key = "bandwidth",
     .kind = UST_FIELD_BANDWIDTH,
     .offset = offsetof(struct ust_device, bandwidth),
     .word = "unlimited",
     .word_value = 0,
     .low = 0,
     .high = HUGE_VAL,
     .flags = UST_FIELD_LOW_OPEN,
     .given = offsetof(struct ust_device, bandwidth_node) + 1,
     .help = "Bits per second towards the user. Known devices have their own."},
    {.key = NULL},
};

static const struct ust_field week_fields[] = {
    {.key = "peak",
     .kind = UST_FIELD_CLOCK,
     .offset = offsetof(struct ust_week, peak),
     .fallback = "20:00",
     .help = "Local time of the busiest moment."},
    {.key = "trough",
     .kind = UST_FIELD_CLOCK,
     .offset = offsetof(struct ust_week, trough),
     .fallback = "04:00",
     .help = "Local time of the quietest moment."},
    {.key = "peak_to_trough",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_week, peak_to_trough),
     .low = 1,
     .high = 1000,
     .fallback = "4",
     .help = "Rate at the peak over rate at the trough; half cosines lie between them."},
    {.key = "weekend",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_week, weekend),
     .low = 0,
     .high = 1000,
     .fallback = "1",
     .help = "Factor on the rate on Saturday and Sunday, local time."},
    {.key = NULL},
};

static const struct ust_field session_fields[] = {
    {.key = "requests",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_session, requests),
     .low = 1,
     .high = 1e6,
     .flags = UST_FIELD_REQUIRED,
     .help = "Requests of one session; at least one is made."},
    {.key = "think",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_session, think),
     .flags = UST_FIELD_REQUIRED,
     .help = "Pause between an answer and the next request."},
    {.key = NULL},
};

static const struct ust_field action_fields[] = {
    {.key = "share",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_action, share),
     .low = 0,
     .high = 1,
     .given = offsetof(struct ust_action, share_node) + 1,
     .help = "Share of the requests; all actions add up to 100 %. A single action has all."},
    {.key = "work",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_action, work),
     .flags = UST_FIELD_REQUIRED,
     .help = "CPU time that one request asks of a server, on the reference machine."},
    {.key = "request",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_BYTES,
     .offset = offsetof(struct ust_action, request),
     .fallback = "0 B",
     .help = "Size of the request."},
    {.key = "response",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_BYTES,
     .offset = offsetof(struct ust_action, response),
     .fallback = "0 B",
     .help = "Size of the answer."},
    {.key = "memory",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_BYTES,
     .offset = offsetof(struct ust_action, memory),
     .fallback = "0 B",
     .help = "Memory held while the request is in service."},
    {.key = "io",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_action, io),
     .fallback = "0",
     .help = "Storage operations."},
    {.key = NULL},
};

static const struct ust_field tolerance_fields[] = {
    {.key = "latency",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_tolerance, latency),
     .low = 0,
     .high = 86400,
     .flags = UST_FIELD_LOW_OPEN,
     .word = "any",
     .word_value = HUGE_VAL,
     .fallback = "any",
     .given = offsetof(struct ust_tolerance, latency_node) + 1,
     .help = "An answer later than this, counted from the first send, is no good answer."},
    {.key = "timeout",
     .kind = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_tolerance, timeout),
     .low = 0,
     .high = 86400,
     .flags = UST_FIELD_LOW_OPEN,
     .word = "none",
     .word_value = 0,
     .fallback = "none",
     .given = offsetof(struct ust_tolerance, timeout_node) + 1,
     .help = "How long one attempt is waited for."},
    {.key = "retries",
     .kind = UST_FIELD_VARIANT,
     .offset = offsetof(struct ust_tolerance, retries),
     .registry = &ust_retry_registry,
     .help = "When the client sends again after an attempt failed or timed out."},
    {.key = "patience",
     .kind = UST_FIELD_DIST,
     .unit = UST_FIELD_DURATION,
     .offset = offsetof(struct ust_tolerance, patience),
     .given = offsetof(struct ust_tolerance, patience_node) + 1,
     .help = "When the user gives up, counted from the first send; without it, never."},
    {.key = "patience_covers",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_tolerance, patience_covers),
     .choices = covers,
     .fallback = "answer",
     .given = offsetof(struct ust_tolerance, covers_node) + 1,
     .help = "answer: the user leaves unless answered by then; wait: unless service has begun "
             "(a caller who is put through stays)."},
    {.key = "errors",
     .kind = UST_FIELD_RATIO,
     .offset = offsetof(struct ust_tolerance, errors),
     .low = 0,
     .high = 1,
     .fallback = "0 %",
     .help = "Share of bad answers that the persona forgives; what an objective that gives no "
             "attainment is made of."},
    {.key = NULL},
};

const struct ust_field ust_user_persona_fields[] = {
    {.key = "persona",
     .kind = UST_FIELD_INT,
     .offset = offsetof(struct ust_user_persona, format),
     .low = 1,
     .high = 1,
     .fallback = "1",
     .help = "Version of this format."},
    {.key = "kind",
     .kind = UST_FIELD_CHOICE,
     .offset = offsetof(struct ust_user_persona, kind),
     .choices = kinds,
     .fallback = "user",
     .help = "What the document describes."},
    {.key = "name",
     .kind = UST_FIELD_NAME,
     .offset = offsetof(struct ust_user_persona, name),
     .flags = UST_FIELD_REQUIRED,
     .help = "What scenarios call it."},
    {.key = "description",
     .kind = UST_FIELD_TEXT,
     .offset = offsetof(struct ust_user_persona, description),
     .help = "Who they are and what they do, in a sentence."},
    {.key = "tags",
     .kind = UST_FIELD_LIST,
     .offset = offsetof(struct ust_user_persona, tags),
     .unit = UST_FIELD_NAME,
     .size = sizeof(const char *),
     .low = 0,
     .high = 100,
     .help = "Words to find it by."},
    {.key = "weight",
     .kind = UST_FIELD_NUMBER,
     .offset = offsetof(struct ust_user_persona, weight),
     .low = 0,
     .high = 1e6,
     .fallback = "1",
     .help = "Business weight in readiness, relative to the other personas."},
    {.key = "geography",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct ust_user_persona, geography),
     .fields = origin_fields,
     .size = sizeof(struct ust_origin),
     .low = 1,
     .high = UST_PLACES_MAX,
     .help = "Where the users are: a place of the catalogue, or a point, with its share. "
             "Without it they sit next to every region, without a network between."},
    {.key = "devices",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct ust_user_persona, devices),
     .fields = device_fields,
     .size = sizeof(struct ust_device),
     .low = 1,
     .high = UST_DEVICES_MAX,
     .help = "What they use; known are desktop, laptop, mobile, tablet, tv, iot and server. "
             "Without it there is no access network."},
    {.key = "week",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_user_persona, week),
     .fields = week_fields,
     .given = offsetof(struct ust_user_persona, week_node) + 1,
     .help = "Shape of day and week in the local time of each place, for diurnal arrivals."},
    {.key = "session",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_user_persona, session),
     .fields = session_fields,
     .given = offsetof(struct ust_user_persona, session_node) + 1,
     .help = "Sessions of requests with pauses, for traffic that arrives in sessions."},
    {.key = "actions",
     .kind = UST_FIELD_MAP,
     .offset = offsetof(struct ust_user_persona, actions),
     .fields = action_fields,
     .size = sizeof(struct ust_action),
     .low = 1,
     .high = UST_ACTIONS_MAX,
     .flags = UST_FIELD_REQUIRED,
     .help = "What they do, each with its share and what it asks of a server."},
    {.key = "tolerance",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_user_persona, tolerance),
     .fields = tolerance_fields,
     .help = "How much delay and error they forgive, and what they do about it."},
    {.key = "source",
     .kind = UST_FIELD_GROUP,
     .offset = offsetof(struct ust_user_persona, source),
     .fields = ust_source_fields,
     .given = offsetof(struct ust_user_persona, source.node) + 1,
     .help = "Where the numbers come from. Every persona file says it."},
    {.key = NULL},
};

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

static enum ust_status find_place(struct ust_spec *spec, struct ust_origin *origin)
{
    const struct ust_place_facts *known = ust_place_find(origin->id.name);
    if (known) {
        origin->place = *known;
        return UST_OK;
    }
    uint32_t n;
    const struct ust_place_facts *all = ust_place_catalogue(&n);
    const char **names = ust_arena_alloc(spec->arena, const char *, n);
    for (uint32_t i = 0; i < n; i++)
        names[i] = all[i].name;
    struct ust_place place = origin->id.node->key_place;
    const char *near = ust_text_nearest(origin->id.name, names, n);
    if (near)
        ust_diag_error(spec->diag, place, "unknown place '%s'; did you mean '%s'?",
                       origin->id.name, near);
    else
        ust_diag_error(spec->diag, place, "unknown place '%s'", origin->id.name);
    ust_diag_note(spec->diag,
                  "known: %u cities and cloud regions (understudy list places); or give "
                  "{share, latitude, longitude, utc_offset}",
                  n);
    return UST_INVALID;
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

static enum ust_status check_week(struct ust_spec *spec, const struct ust_user_persona *persona)
{
    const struct ust_week *week = &persona->week;
    if (!persona->week_node || week->peak != week->trough || !(week->peak_to_trough > 1))
        return UST_OK;
    return ust_diag_error(spec->diag, persona->week_node->place,
                          "'peak' and 'trough' are the same time of day");
}

static enum ust_status check_tolerance(struct ust_spec *spec,
                                       const struct ust_user_persona *persona)
{
    const struct ust_tolerance *tolerance = &persona->tolerance;
    char latency[UST_TIME_TEXT_MAX], timeout[UST_TIME_TEXT_MAX];
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
    if (tolerance->covers_node && !tolerance->patience_node)
        ust_diag_error(spec->diag, tolerance->covers_node->key_place,
                       "'patience_covers' says nothing without 'patience'");
    return ust_diag_errors(spec->diag) == before ? UST_OK : UST_INVALID;
}

struct ust_user_persona *ust_user_persona_decode(struct ust_spec *spec,
                                                 const struct ust_node *node)
{
    if (ust_persona_kind_check(spec, node, UST_PERSONA_USER) != UST_OK)
        return NULL;
    struct ust_user_persona *persona = ust_arena_alloc(spec->arena, struct ust_user_persona, 1);
    if (ust_spec_decode(spec, node, ust_user_persona_fields, persona) != UST_OK)
        return NULL;
    persona->node = node;
    if (!persona->description)
        persona->description = "";
    persona->path = node->place.file;
    persona->hash = ust_persona_hash(node);

    unsigned before = ust_diag_errors(spec->diag);
    resolve_geography(spec, persona);
    resolve_devices(spec, persona);
    check_actions(spec, persona);
    check_week(spec, persona);
    check_tolerance(spec, persona);
    return ust_diag_errors(spec->diag) == before ? persona : NULL;
}

struct ust_user_persona *ust_user_persona_read(struct ust_spec *spec, const char *path,
                                               struct ust_place from)
{
    struct ust_node *node = ust_persona_open(spec, path, from, UST_PERSONA_USER);
    if (!node)
        return NULL;
    enum ust_status source = ust_persona_source_check(spec, node);
    struct ust_user_persona *persona = ust_user_persona_decode(spec, node);
    return source == UST_OK ? persona : NULL;
}
