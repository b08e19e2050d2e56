/* What a bundle says of itself, for machines: RO-Crate metadata 1.1
 * (https://w3id.org/ro/crate/1.1), JSON-LD in ro-crate-metadata.json; and a README for people.
 */
#ifndef UST_ANALYSIS_BUNDLE_CRATE_H
#define UST_ANALYSIS_BUNDLE_CRATE_H

#include <stdint.h>

#include "analysis/bundle/portable.h"
#include "sim/base/text.h"

struct ust_crate_part {
    const char *name; /* in the bundle */
    uint64_t bytes;
};

struct ust_crate {
    const struct ust_portable *portable;
    const struct ust_crate_part *part;
    uint32_t parts;
    int64_t made_unix_s; /* when the results were written last */
    const char *licence; /* of the bundle: a name or a URL; NULL: none is stated */
};

void ust_crate_metadata(const struct ust_crate *crate, struct ust_text *out);
void ust_crate_readme(const struct ust_crate *crate, struct ust_text *out);

#endif
