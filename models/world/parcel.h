/* A replication's rows as one block of bytes: what a worker hands to the one who writes, on
 * another thread or on another machine. Numbers travel as the processor holds them, so all
 * machines of one sweep are of one kind. */
#ifndef UST_MODELS_WORLD_PARCEL_H
#define UST_MODELS_WORLD_PARCEL_H

#include <stddef.h>

#include "sim/store/store.h"

struct ust_model;

struct ust_parcel {
    void *bytes; /* malloc'ed; the caller frees it */
    size_t length;
};

struct ust_parcel ust_parcel_pack(const struct ust_model *model);

/* Rows that point into the parcel; false: it is not whole. Free `*moments` afterwards. */
bool ust_parcel_open(const struct ust_parcel *parcel, struct ust_store_replication *rows,
                     struct ust_store_moment **moments);

#endif
