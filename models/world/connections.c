/* How users keep connections, compiled. */
#include "models/world/steering.h"

/* A lifetime stands for as many equally likely ones, each the middle of its part of the law. */
#define LIVES 512

/* Where the law reaches q; lives are not negative. */
static double quantile(const struct ust_dist *dist, double q)
{
    double low = 0, high = ust_dist_mean(dist) + 1;
    while (dist->type->cdf(dist, high) < q && high < (double)UST_DIST_TIME_MAX)
        high *= 2;
    for (int i = 0; i < 64 && high - low > 0.5; i++) { /* ns */
        double middle = low + (high - low) / 2;
        if (dist->type->cdf(dist, middle) >= q)
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* A request meets a connection by its length, anywhere in its life. */
static struct ust_ages ages_of(struct ust_arena *arena, const struct ust_dist *lifetime)
{
    double *life = ust_arena_alloc(arena, double, LIVES);
    for (uint32_t i = 0; i < LIVES; i++)
        life[i] = quantile(lifetime, (i + 0.5) / LIVES);
    return (struct ust_ages){
        .life = life, .choice = ust_choice_new(arena, life, LIVES), .n = LIVES};
}

void ust_connections_build(struct ust_arena *arena, const struct ust_resource_persona *server,
                           struct ust_traffic_config *out)
{
    const struct ust_connection *connection = &out->persona->connection;
    if (connection->node == NULL)
        return;
    out->connections = true;
    out->idle_timeout = connection->idle_timeout;
    if (server->keep_alive > 0 && server->keep_alive < out->idle_timeout)
        out->idle_timeout = server->keep_alive;
    if (!out->sessions && connection->lifetime.type != NULL &&
        ust_dist_mean(&connection->lifetime) > 0)
        out->ages = ages_of(arena, &connection->lifetime);
}

void ust_connections_sum_up(struct ust_config *config)
{
    if (config->routing.kind.kind == NULL || config->regions_n < 2)
        return;
    for (uint32_t i = 0; i < config->traffic_n; i++) {
        const struct ust_traffic_config *traffic = &config->traffic[i];
        config->connections |= traffic->connections;
        for (uint32_t k = 0; k < traffic->ages.n; k++)
            if (traffic->ages.life[k] > (double)config->connection_age)
                config->connection_age = (ust_time)traffic->ages.life[k] + 1;
    }
}
