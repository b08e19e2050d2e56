/* Round trips between places and regions: out of a matrix where it has the pair, else by
 * distance.
 *
 * Formula by distance: base + per_1000_km * great circle / 1000 km. The matrix is a CSV with a
 * row per ordered pair; a pair that stands there in the other order only is taken from there.
 */
#ifndef UST_MODELS_WORLD_NETWORK_H
#define UST_MODELS_WORLD_NETWORK_H

#include "models/world/scenario.h"

struct ust_matrix; /* opaque: pairs of names and milliseconds */

/* Never NULL: with messages, what could be read; empty where the scenario names no file. */
struct ust_matrix *ust_matrix_read(struct ust_spec *spec,
                                   const struct ust_network_spec *network);

/* ms of round trip, or -1 where the matrix has no such pair. */
double ust_matrix_rtt(const struct ust_matrix *matrix, const char *from, const char *to);

/* Where a region is: its own coordinates or its place's. False: unknown. */
bool ust_region_place(const struct ust_region_spec *region, struct ust_place_facts *out);

/* Does a matrix that was given have none of the pairs that were asked for? */
bool ust_matrix_useless(const struct ust_matrix *matrix);

/* Round trips from an origin to every region, in ms; -1 where nothing is known. */
void ust_network_rtt(const struct ust_scenario *scenario, struct ust_matrix *matrix,
                     const struct ust_origin *origin, double *rtt_ms);

/* The same from one region to another; -1 where nobody knows where one of them is. */
double ust_network_between(const struct ust_scenario *scenario, const struct ust_matrix *matrix,
                           uint32_t from, uint32_t to);

#endif
