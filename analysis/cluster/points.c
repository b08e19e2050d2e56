#include "analysis/cluster/points.h"

#include <math.h>

const char *ust_cluster_status_text(enum ust_cluster_status status)
{
    switch (status) {
    case UST_CLUSTER_OK:
        return "ok";
    case UST_CLUSTER_NO_POINTS:
        return "there are no points";
    case UST_CLUSTER_TOO_LARGE:
        return "more points, features or clusters than the limits allow";
    case UST_CLUSTER_NOT_FINITE:
        return "a feature is not a finite number below 1e150";
    case UST_CLUSTER_TOO_FEW:
        return "there are fewer distinct points than clusters";
    case UST_CLUSTER_SINGULAR:
        return "a covariance has no inverse";
    case UST_CLUSTER_PARAMETER:
        return "an option is out of its range";
    }
    return "unknown";
}

enum ust_cluster_status ust_points_check(const struct ust_points *points, size_t *bad)
{
    if (points->n == 0 || points->d == 0)
        return UST_CLUSTER_NO_POINTS;
    if (points->n > UST_POINTS_MAX || points->d > UST_FEATURES_MAX)
        return UST_CLUSTER_TOO_LARGE;
    for (size_t i = 0; i < points->n * points->d; i++) {
        if (!(fabs(points->x[i]) <= UST_POINTS_LARGE)) { /* NaN fails it too */
            if (bad != NULL)
                *bad = i / points->d;
            return UST_CLUSTER_NOT_FINITE;
        }
    }
    return UST_CLUSTER_OK;
}
