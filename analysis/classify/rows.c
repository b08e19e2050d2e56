#include "analysis/classify/rows.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>

#include "sim/base/time.h"

#define FLAGS (JSON_COMPACT | JSON_REAL_PRECISION(10))

/* As ISO 8601 in UTC, with milliseconds where there are some; null where nobody knows. */
static json_t *instant(const struct ust_reader *reader, int64_t at_ns)
{
    if (ust_reader_report(reader)->untimed > 0)
        return json_null();
    char text[UST_TIME_TEXT_MAX], whole[UST_TIME_TEXT_MAX + 8];
    int64_t second = at_ns / UST_S - (at_ns % UST_S < 0);
    int64_t ms = (at_ns - second * UST_S) / UST_MS;
    ust_time_iso(second, 0, text);
    if (ms > 0)
        snprintf(whole, sizeof whole, "%.19s.%03" PRId64 "Z", text, ms);
    else
        snprintf(whole, sizeof whole, "%.19sZ", text);
    return json_string(whole);
}

static json_t *name(const struct ust_judge *judge, uint32_t persona)
{
    return persona == UST_NOISE ? json_null() : json_string(judge->model->personas[persona]);
}

/* A path may be any bytes; JSON may not. */
static json_t *path(const struct ust_reader *reader, uint32_t input)
{
    json_t *text = json_string(ust_reader_path(reader, input));
    return text != NULL ? text : json_integer(input + 1);
}

static json_t *reason_json(const struct ust_judge *judge, const struct ust_answer *answer,
                           const struct ust_reason *reason)
{
    struct ust_text words = {0};
    ust_judge_words(judge, answer, reason, &words);
    json_t *it =
        json_pack("{s:s, s:f, s:f, s:s}", "feature",
                  judge->model->plan.column[reason->feature].name, "value", reason->value,
                  "deviations", reason->deviations, "says", ust_text_string(&words));
    ust_text_free(&words);
    return it;
}

static void write_line(json_t *it, FILE *out)
{
    json_dumpf(it, out, FLAGS);
    fputc('\n', out);
    json_decref(it);
}

void ust_rows_session(const struct ust_judge *judge, const struct ust_reader *reader,
                      const struct ust_session *session, const struct ust_answer *answer,
                      FILE *out)
{
    json_t *it = json_object();
    json_object_set_new(it, "session", json_integer((json_int_t)session->number));
    json_object_set_new(it, "file", path(reader, session->input));
    json_object_set_new(it, "line", json_integer((json_int_t)session->line));
    json_object_set_new(it, "begin", instant(reader, session->first));
    json_object_set_new(it, "seconds",
                        json_real((double)(session->last - session->first) / 1e9));
    json_object_set_new(it, "events", json_integer(session->events));
    json_object_set_new(it, "persona", name(judge, answer->persona));
    json_object_set_new(it, "likeliest", name(judge, answer->likeliest));
    json_object_set_new(it, "probability", json_real(answer->probability));
    json_object_set_new(it, "distance", json_real(fmin(answer->distance, 1e300)));
    json_object_set_new(it, "p", json_real(answer->p));
    if (session->label > 0)
        json_object_set_new(it, "label",
                            json_string(ust_reader_labels(reader)->at[session->label]));
    if (answer->reasons > 0) {
        json_t *why = json_array();
        for (uint32_t i = 0; i < answer->reasons; i++)
            json_array_append_new(why, reason_json(judge, answer, &answer->reason[i]));
        json_object_set_new(it, "nearest", name(judge, answer->nearest));
        json_object_set_new(it, "why", why);
    }
    write_line(it, out);
}

void ust_rows_event(const struct ust_reader *reader, const struct ust_event *event,
                    uint64_t session, FILE *out)
{
    json_t *it = json_object();
    json_object_set_new(it, "session", json_integer((json_int_t)session));
    json_object_set_new(it, "file", path(reader, event->input));
    json_object_set_new(it, "line", json_integer((json_int_t)event->line));
    json_object_set_new(it, "time", instant(reader, event->at));
    write_line(it, out);
}
