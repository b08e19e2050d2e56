/* The parts of clients and what they share: client_birth.c is how requests and sessions begin,
 * client_send.h how an attempt leaves, client.c the end of a request that goes well, attempt.c
 * what becomes of attempts that fail and of clients that give up, client_start.c how streams
 * begin. model.h has what others call. */
#ifndef UST_MODELS_ENTITY_CLIENT_PARTS_H
#define UST_MODELS_ENTITY_CLIENT_PARTS_H

#include "models/entity/plain.h"
#include "models/entity/pool.h"

/* ---- client.c and client_birth.c ---- */

/* An attempt leaves the client now. */
void ust_client_send(struct ust_model *model, struct ust_traffic *traffic, uint32_t id);
/* Its client has the answer. */
void ust_client_answered(struct ust_model *model, struct ust_traffic *traffic, uint32_t id,
                         ust_time seen);
void ust_client_end_session(struct ust_model *model, uint32_t session);
void ust_client_continue_session(struct ust_model *model, uint32_t session, ust_time from);
void ust_client_tell(struct ust_model *model, const struct ust_traffic *traffic,
                     const struct ust_request *request, enum ust_outcome outcome,
                     ust_time seen);
bool ust_client_comes_too_late(struct ust_model *model, const struct ust_traffic *traffic,
                               const struct ust_request *request, ust_time seen);
void ust_client_return_at(struct ust_model *model, uint32_t id, enum ust_outcome outcome,
                          ust_time seen);
/* Do its requests need nothing special (plain.h)? */
bool ust_client_is_plain(const struct ust_model *model,
                         const struct ust_traffic_config *config);
uint32_t ust_client_draw_place(struct ust_traffic *traffic, ust_time when);

/* The region that its next attempt goes to. */
static inline uint32_t ust_client_goes_to(struct ust_model *model,
                                          const struct ust_traffic *traffic,
                                          struct ust_request *request)
{
    if (UST_RARE(traffic->config->synthetic))
        return ust_injection_goes_to(model, request);
    return model->places_matter ? ust_path_region(model, request) : model->only_region;
}

/* ... and one that leaves later than that was asked, as a copy of an attempt does. */
static inline uint32_t ust_client_goes_later(const struct ust_model *model,
                                             const struct ust_traffic *traffic,
                                             const struct ust_request *request, uint32_t region)
{
    if (traffic->config->synthetic)
        return ust_injection_goes_to(model, request);
    return model->places_matter ? ust_path_later(model, request, region) : region;
}

/* ---- handlers of events ---- */

void ust_client_on_arrival(void *context, uint64_t number);
void ust_client_on_plain_arrival(void *context, uint64_t number);
void ust_client_on_arrive(void *context, uint64_t id);
void ust_client_on_finish(void *context, uint64_t id);
void ust_client_on_think(void *context, uint64_t session);
void ust_client_on_resend(void *context, uint64_t id);
void ust_client_on_timeout(void *context, uint64_t argument);
void ust_client_on_patience(void *context, uint64_t argument);
void ust_client_on_expiry(void *context, uint64_t id);
void ust_client_on_returned(void *context, uint64_t argument);

/* ---- clocks and outcomes ---- */

/* Of streams with a deadline: when the whole request has timed out. */
static inline ust_time ust_client_expires(const struct ust_traffic *traffic,
                                          const struct ust_request *request)
{
    return request->sent + traffic->config->persona->tolerance.deadline;
}

/* Counts the outcome in the cohort of the first send and lets the session go on at `seen`. */
static inline void ust_client_conclude(struct ust_model *model, struct ust_traffic *traffic,
                                       const struct ust_request *request,
                                       enum ust_outcome outcome, ust_time seen)
{
    traffic->count.cohort[request->cohort].outcome[outcome]++;
    if (UST_RARE(model->listener != NULL))
        ust_client_tell(model, traffic, request, outcome, seen);
    if (UST_RARE(request->session != UST_NONE)) {
        if (outcome == UST_ABANDONED)
            ust_client_end_session(model, request->session);
        else
            ust_client_continue_session(model, request->session, seen);
    }
}

/* The clocks of the whole request. */
static inline void ust_client_stop_clocks(struct ust_model *model,
                                          const struct ust_traffic *traffic,
                                          const struct ust_request *request)
{
    if (traffic->deadline_line != UST_NONE)
        ust_line_cancel(&model->engine, traffic->deadline_line, request->expiry);
    if (traffic->config->patience)
        ust_cancel(&model->engine, request->patience);
}

static inline void ust_client_forget_timers(struct ust_model *model,
                                            const struct ust_traffic *traffic,
                                            const struct ust_request *request)
{
    if (traffic->timeout_line != UST_NONE)
        ust_line_cancel(&model->engine, traffic->timeout_line, request->timeout);
    ust_client_stop_clocks(model, traffic, request);
}

#endif
