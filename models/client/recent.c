#include "models/client/recent.h"

void ust_recent_move(struct ust_recent *recent, ust_time width, ust_time now)
{
    ust_time length = width / UST_RECENT_SLICES > 0 ? width / UST_RECENT_SLICES : 1;
    int64_t slice = now / length;
    if (slice - recent->slice >= UST_RECENT_SLICES) {
        *recent = (struct ust_recent){.slice = slice};
        return;
    }
    while (recent->slice < slice) {
        uint32_t oldest = (uint32_t)(++recent->slice % UST_RECENT_SLICES);
        recent->goods -= recent->good[oldest];
        recent->bads -= recent->bad[oldest];
        recent->good[oldest] = recent->bad[oldest] = 0;
    }
}

void ust_recent_add(struct ust_recent *recent, ust_time width, ust_time now, bool good)
{
    ust_recent_move(recent, width, now);
    uint32_t newest = (uint32_t)(recent->slice % UST_RECENT_SLICES);
    (good ? recent->good : recent->bad)[newest]++;
    recent->goods += good;
    recent->bads += !good;
}
