/* What all pages begin and end with: one file, which asks nothing of any network, in the look
 * of report.css. */
#ifndef UST_PLOTS_SHELL_H
#define UST_PLOTS_SHELL_H

#include "sim/base/text.h"

/* Up to <body>. nonce: the page's own scripts carry it; NULL: it has none, and none may run.
 * style: further rules, or NULL. skip: the id of the section that answers. */
void ust_shell_begin(struct ust_text *out, const char *title, const char *nonce,
                     const char *style, const char *skip);
/* The footer. The caller may still add scripts, and then closes body and html. */
void ust_shell_footer(struct ust_text *out);

#endif
