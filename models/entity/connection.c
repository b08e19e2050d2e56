/* Connections that users keep: while one is open, requests go where it leads, whatever routing
 * has learnt since.
 *
 * A user in a session keeps one until it is too old, idle for too long, worn out, or broken;
 * then the next request looks the address up and opens another. A request that arrives by
 * itself is one of the many of an unknown user; it rides on a connection whose age is that of a
 * renewal process met at random, and goes where that connection was led when it was opened.
 * Whoever has to try again opens a new one, and so does who finds his region gone: such
 * connections break.
 */
#include "models/entity/pool.h"

bool ust_connection_is_gone(const struct ust_model *model, uint32_t traffic, uint32_t region)
{
    const struct ust_failover *failover = model->failover;
    return model->regions[region].down ||
           (failover != NULL && region == failover->config->from && failover->closes[traffic]);
}

/* ---- requests by themselves ---- */

ust_time ust_connection_opened(struct ust_model *model, struct ust_traffic *traffic)
{
    const struct ust_ages *ages = &traffic->config->ages;
    if (ages->n == 0)
        return model->engine.now;
    uint32_t at = ust_choice_pick(&ages->choice, ust_rng_u64(&traffic->connection));
    double age = ages->life[at] * ust_rng_unit(&traffic->connection);
    return model->engine.now - ust_time_round(age);
}

static uint32_t region_alone(struct ust_model *model, const struct ust_request *request)
{
    ust_time now = model->engine.now;
    if (request->attempt > 1 || request->opened >= now)
        return ust_path_lookup(model, request, now);
    uint32_t region = ust_path_lookup(model, request, request->opened);
    return ust_connection_is_gone(model, request->traffic, region)
               ? ust_path_lookup(model, request, now)
               : region;
}

/* ---- sessions ---- */

static bool still_open(const struct ust_model *model, const struct ust_traffic *traffic,
                       const struct ust_visit *visit)
{
    ust_time now = model->engine.now;
    return visit->connected && visit->rides > 0 && now < visit->expires &&
           now - visit->quiet < traffic->config->idle_timeout &&
           !ust_connection_is_gone(model, visit->traffic, visit->region);
}

static uint32_t rides_of(struct ust_traffic *traffic)
{
    const struct ust_dist *requests = &traffic->config->persona->connection.max_requests;
    if (requests->type == NULL)
        return UINT32_MAX;
    double n = ust_dist_sample(requests, &traffic->connection);
    return n < 1 ? 1 : n < 4e9 ? (uint32_t)(n + 0.5) : UINT32_MAX;
}

static void open_new(struct ust_model *model, struct ust_traffic *traffic,
                     const struct ust_request *request, struct ust_visit *visit)
{
    const struct ust_dist *lifetime = &traffic->config->persona->connection.lifetime;
    ust_time now = model->engine.now;
    visit->connected = true;
    visit->region = ust_path_lookup(model, request, now);
    visit->expires = UST_NEVER;
    if (lifetime->type != NULL)
        visit->expires = now + ust_dist_time(lifetime, &traffic->connection);
    visit->rides = rides_of(traffic);
    visit->quiet = now;
}

static uint32_t region_in_session(struct ust_model *model, struct ust_traffic *traffic,
                                  const struct ust_request *request)
{
    struct ust_visit *visit = &model->sessions[request->session];
    if (request->attempt > 1 || !still_open(model, traffic, visit))
        open_new(model, traffic, request, visit);
    if (visit->rides != UINT32_MAX)
        visit->rides--;
    return visit->region;
}

uint32_t ust_connection_region(struct ust_model *model, struct ust_request *request)
{
    struct ust_traffic *traffic = &model->traffic[request->traffic];
    if (!traffic->config->connections)
        return ust_path_lookup(model, request, model->engine.now);
    if (request->session != UST_NONE)
        return region_in_session(model, traffic, request);
    return region_alone(model, request);
}

bool ust_connection_leads(const struct ust_model *model, const struct ust_request *request,
                          uint32_t region)
{
    if (!model->traffic[request->traffic].config->connections || request->attempt > 1 ||
        ust_connection_is_gone(model, request->traffic, region))
        return false;
    if (request->session == UST_NONE)
        return ust_path_lookup(model, request, request->opened) == region;
    const struct ust_visit *visit = &model->sessions[request->session];
    return visit->connected && visit->region == region;
}
