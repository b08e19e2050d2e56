#include "models/world/parcel.h"

#include <stdlib.h>
#include <string.h>

#include "models/entity/model.h"
#include "models/world/plan.h"

/*  head | series | kpi | buckets | moments | texts  */
struct head {
    uint64_t length, id, fingerprint, requests, events, intervals, keys, buckets, moments,
        texts;
};

/* A text is the number of its first byte behind the moments, from 1; 0: none. */
struct moment {
    double t_s, value;
    uint32_t region, service, persona, padding;
    uint64_t event, detail;
};

static uint64_t room(const char *text)
{
    return text == NULL ? 0 : strlen(text) + 1;
}

static uint64_t put_text(char *texts, uint64_t *used, const char *text)
{
    if (text == NULL)
        return 0;
    uint64_t at = *used;
    memcpy(texts + at, text, strlen(text) + 1);
    *used += strlen(text) + 1;
    return at + 1;
}

static uint64_t length_of(const struct head *head)
{
    return sizeof *head + head->keys * head->intervals * sizeof(double) +
           head->keys * sizeof(double) + head->buckets * sizeof(struct ust_store_bucket) +
           head->moments * sizeof(struct moment) + head->texts;
}

static char *append(char *at, const void *from, size_t length)
{
    if (length > 0)
        memcpy(at, from, length);
    return at + length;
}

struct ust_parcel ust_parcel_pack(const struct ust_model *model)
{
    struct ust_store_replication rows = ust_plan_rows(model);
    struct head head = {.id = rows.id,
                        .fingerprint = rows.fingerprint,
                        .requests = rows.requests,
                        .events = rows.events,
                        .intervals = rows.intervals,
                        .keys = model->measure.keys_n,
                        .buckets = rows.buckets_n,
                        .moments = rows.moments_n};
    for (uint64_t i = 0; i < rows.moments_n; i++)
        head.texts += room(rows.moments[i].event) + room(rows.moments[i].detail);
    head.length = length_of(&head);
    struct ust_parcel parcel = {ust_malloc(head.length), head.length};
    char *at = append(parcel.bytes, &head, sizeof head);
    at = append(at, rows.series, head.keys * head.intervals * sizeof(double));
    at = append(at, rows.kpi, head.keys * sizeof(double));
    at = append(at, rows.buckets, head.buckets * sizeof *rows.buckets);
    char *texts = at + head.moments * sizeof(struct moment);
    uint64_t used = 0;
    for (uint64_t i = 0; i < rows.moments_n; i++) {
        const struct ust_store_moment *from = &rows.moments[i];
        struct moment moment = {.t_s = from->t_s,
                                .value = from->value,
                                .region = from->region,
                                .service = from->service,
                                .persona = from->persona,
                                .event = put_text(texts, &used, from->event),
                                .detail = put_text(texts, &used, from->detail)};
        at = append(at, &moment, sizeof moment);
    }
    ust_plan_rows_free(&rows);
    return parcel;
}

bool ust_parcel_open(const struct ust_parcel *parcel, struct ust_store_replication *rows,
                     struct ust_store_moment **moments)
{
    struct head head;
    *moments = NULL;
    if (parcel->length < sizeof head)
        return false;
    memcpy(&head, parcel->bytes, sizeof head);
    if (head.length != parcel->length || length_of(&head) != parcel->length)
        return false;
    const char *at = (const char *)parcel->bytes + sizeof head;
    *rows = (struct ust_store_replication){.id = (uint32_t)head.id,
                                           .fingerprint = head.fingerprint,
                                           .requests = head.requests,
                                           .events = head.events,
                                           .intervals = (uint32_t)head.intervals,
                                           .buckets_n = head.buckets,
                                           .moments_n = head.moments};
    rows->series = (const double *)(const void *)at;
    at += head.keys * head.intervals * sizeof(double);
    rows->kpi = (const double *)(const void *)at;
    at += head.keys * sizeof(double);
    rows->buckets = (const struct ust_store_bucket *)(const void *)at;
    at += head.buckets * sizeof *rows->buckets;
    const struct moment *from = (const struct moment *)(const void *)at;
    const char *texts = at + head.moments * sizeof *from;
    *moments = ust_malloc((head.moments + 1) * sizeof **moments);
    for (uint64_t i = 0; i < head.moments; i++)
        (*moments)[i] = (struct ust_store_moment){
            .t_s = from[i].t_s,
            .event = from[i].event == 0 ? NULL : texts + from[i].event - 1,
            .region = from[i].region,
            .service = from[i].service,
            .persona = from[i].persona,
            .value = from[i].value,
            .detail = from[i].detail == 0 ? NULL : texts + from[i].detail - 1};
    rows->moments = *moments;
    return true;
}
