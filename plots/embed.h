/* Files that the build puts into the program (EMBED in the Makefile), ended by a NUL. */
#ifndef UST_PLOTS_EMBED_H
#define UST_PLOTS_EMBED_H

extern const char ust_embed_dygraph_js[];
extern const char ust_embed_dygraph_css[];
extern const char ust_embed_report_css[];
extern const char ust_embed_report_js[];
extern const char ust_embed_pages_css[];

#endif
