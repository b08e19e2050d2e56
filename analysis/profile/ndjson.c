/* One JSON object a line: a plain event, or a CloudEvent (1.0) whose data is one. */
#include <jansson.h>
#include <math.h>
#include <string.h>

#include "analysis/profile/parse.h"
#include "sim/base/hash.h"

static bool set_value(struct ust_parse *parse, enum ust_event_field field, const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return ust_parse_text(parse, field, json_string_value(value));
    case JSON_INTEGER:
        return ust_parse_whole(parse, field, json_integer_value(value));
    case JSON_REAL:
        return ust_parse_number(parse, field, json_real_value(value));
    case JSON_TRUE:
    case JSON_FALSE: /* of a status: did it go well */
        return ust_parse_text(parse, field, json_is_true(value) ? "true" : "false");
    case JSON_NULL:
        return true;
    default:
        parse->reason = "a field is neither text nor number";
        return false;
    }
}

static bool set_members(struct ust_parse *parse, json_t *object);

/* {latitude, longitude} or GeoJSON's [longitude, latitude]. */
static bool set_coordinates(struct ust_parse *parse, json_t *value)
{
    if (json_is_object(value))
        return set_members(parse, value);
    const json_t *east = json_array_get(value, 0), *north = json_array_get(value, 1);
    if (!json_is_number(east) || !json_is_number(north)) {
        parse->reason = "coordinates are not a pair of numbers";
        return false;
    }
    return ust_parse_number(parse, UST_EVENT_LONGITUDE, json_number_value(east)) &&
           ust_parse_number(parse, UST_EVENT_LATITUDE, json_number_value(north));
}

static bool set_members(struct ust_parse *parse, json_t *object)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        enum ust_event_field field = ust_parse_field(parse, key);
        bool fine = true;
        if (strcmp(key, "coordinates") == 0 ||
            (json_is_object(value) && field == UST_EVENT_REGION))
            fine = set_coordinates(parse, value);
        else if (strcmp(key, "resource_consumption") == 0 && json_is_object(value))
            fine = set_members(parse, value);
        else if (field != UST_EVENT_FIELDS)
            fine = set_value(parse, field, value);
        if (!fine)
            return false;
    }
    return true;
}

/* What the envelope says counts where the data is silent, so it comes first. */
static bool set_envelope(struct ust_parse *parse, json_t *object)
{
    const char *type = json_string_value(json_object_get(object, "type"));
    const char *source = json_string_value(json_object_get(object, "source"));
    const char *id = json_string_value(json_object_get(object, "id"));
    const char *time = json_string_value(json_object_get(object, "time"));
    const char *subject = json_string_value(json_object_get(object, "subject"));
    json_t *data = json_object_get(object, "data");
    data = json_is_null(data) ? NULL : data;
    if (type == NULL || source == NULL || id == NULL) {
        parse->reason = "a CloudEvent without type, source or id";
        return false;
    }
    const char *dot = strrchr(type, '.');
    uint64_t unique = ust_hash_text(ust_hash_text(3, source), id); /* as the standard has it */
    bool fine = ust_parse_text(parse, UST_EVENT_ACTION, dot != NULL ? dot + 1 : type) &&
                (time == NULL || ust_parse_text(parse, UST_EVENT_TIME, time)) &&
                (subject == NULL || ust_parse_text(parse, UST_EVENT_USER, subject));
    if (fine && data != NULL && !json_is_object(data)) {
        parse->reason = "the data of a CloudEvent is no object";
        return false;
    }
    fine = fine && (data == NULL || set_members(parse, data));
    parse->event.id = unique;
    parse->event.identified = true;
    return fine;
}

bool ust_parse_ndjson(struct ust_parse *parse, const char *line, size_t length)
{
    json_error_t error;
    ust_parse_begin(parse);
    json_t *object = json_loadb(line, length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(object)) {
        parse->reason = object == NULL ? "not JSON" : "JSON, but no object";
        json_decref(object);
        return false;
    }
    bool fine = json_object_get(object, "specversion") != NULL ? set_envelope(parse, object)
                                                               : set_members(parse, object);
    json_decref(object);
    return fine && ust_parse_end(parse, ust_hash_bytes(4, line, length));
}
