/* A model in a file: all that it takes to tell of a new session which persona it is.
 *
 * JSON, one object: how sessions were cut (`gap_s`), the features with what is done to each,
 * and for each persona its weight, mean and covariance in scaled features, what its sessions
 * are like for people (`low`, `middle`, `high` of each feature), how far from it sessions lie
 * that it has not seen (`held_out`), and how sure it may be of these (`temperature`). Numbers
 * are written with all their digits, so a model that was written and read is the same model.
 */
#ifndef UST_PROFILE_MODEL_H
#define UST_PROFILE_MODEL_H

#include <jansson.h>

#include "analysis/cluster/mixture.h"
#include "analysis/cluster/scale.h"
#include "analysis/cluster/tail.h"
#include "analysis/profile/evidence.h"
#include "analysis/profile/feature.h"
#include "sim/base/time.h"

#define UST_PROFILE_MODEL_FORMAT 1

/* Its name in a folder of personas that were made of traffic: beside NAME.yaml, or beside the
 * folder `users` of a library. Its `personas` have the names of these files. */
#define UST_PROFILE_MODEL_FILE "profile.json"

struct ust_profile_model {
    ust_time gap;
    struct ust_feature_plan plan;
    struct ust_scaling scaling;
    struct ust_mixture mixture; /* prepared */
    const char **personas;      /* names, one a cluster */
    uint64_t *sessions;         /* that each was made from */
    double *confidence;
    /* What a model of another making may leave out: */
    const double **low, **middle, **high; /* of each persona, each feature; NULL: not said */
    struct ust_tail *tail; /* clusters + 1, the last of all; n is 0 where it is not said */
    double temperature;    /* of posteriors: cluster/temper.h; 0: not said */
    int64_t first, last;   /* ns since 1970, of its events; both 0: not said */
    double half_life_s;    /* of its confidence; 0: it does not decay */
    const struct ust_evidence *evidence; /* NULL: not kept */
};

/* A new reference of jansson's. */
json_t *ust_profile_model_json(const struct ust_profile_model *model);

/* NULL, or what is wrong with it (the arena's). The model lives in the arena. */
const char *ust_profile_model_read(const json_t *root, struct ust_arena *arena,
                                   struct ust_profile_model *out);

#endif
