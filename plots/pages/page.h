/* Pages beside that of a run: of a set of personas, of a library, and of a classification. Each
 * is one file without scripts, the same bytes for the same input. */
#ifndef UST_PLOTS_PAGES_PAGE_H
#define UST_PLOTS_PAGES_PAGE_H

#include "analysis/classify/source.h"
#include "sim/base/status.h"
#include "sim/base/text.h"

/* Of the personas of a model. UST_INVALID after a message where it has kept no evidence. */
enum ust_status ust_page_personas(const struct ust_model_source *source, struct ust_text *out);

/* Of a library: what its files say, learned or not. UST_INVALID after messages where a file
 * cannot be read as one, or there is none. */
enum ust_status ust_page_library(const char *folder, struct ust_text *out);

/* Of a database that `classify` wrote. UST_REFUSED after a message. */
enum ust_status ust_page_classified(const char *path, struct ust_text *out);

#endif
