/* Pictures of the pages as SVG in the page: no script, colours by the roles of report.css, so
 * that they turn dark with it and print.
 *
 * Every picture says in its label what it shows, and adds itself to `out`. Personas are
 * numbered from 0; the colour of one is --c1 to --c7, and round again.
 */
#ifndef UST_PLOTS_PAGES_CHARTS_H
#define UST_PLOTS_PAGES_CHARTS_H

#include "analysis/profile/model.h"
#include "sim/base/text.h"

/* "c3": the class of a persona's colour; from the eighth on "c1 square". */
const char *ust_page_colour(uint32_t persona);

/* The text cut to n characters, with "..." as one of them. Returns `out`'s string. */
const char *ust_page_clip(const char *text, size_t n, struct ust_text *out);

/* What a persona's sessions have of each of these features, against all sessions. */
void ust_page_profile(const struct ust_profile_model *model, uint32_t persona,
                      const uint32_t *feature, uint32_t n, struct ust_text *out);
/* Sessions by hour and day. */
void ust_page_week(const struct ust_profile_model *model, uint32_t persona,
                   struct ust_text *out);
/* Sessions on the plane on which they differ most. */
void ust_page_plane(const struct ust_profile_model *model, struct ust_text *out);
/* Silhouettes of each persona, sorted. */
void ust_page_silhouettes(const struct ust_profile_model *model, struct ust_text *out);

enum ust_page_evidence { UST_PAGE_SILHOUETTE, UST_PAGE_GAP, UST_PAGE_BIC, UST_PAGE_KINDS };
/* A figure by the number of personas; false where none of it is known. */
bool ust_page_choice(const struct ust_choice_of_k *choice, enum ust_page_evidence what,
                     struct ust_text *out);

#endif
