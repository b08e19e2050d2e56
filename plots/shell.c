#include "plots/shell.h"

#include "plots/embed.h"
#include "plots/html.h"

/* The page may run its own script and nothing else, and ask no one for anything. The nonce need
 * not be secret from the reader; it keeps text that slipped through from being a script. */
void ust_shell_begin(struct ust_text *out, const char *title, const char *nonce,
                     const char *style, const char *skip)
{
    ust_html_put(out,
                 "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                 "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                 "<meta name=\"color-scheme\" content=\"light dark\">\n"
                 "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                 "style-src 'unsafe-inline'; ");
    if (nonce != NULL)
        ust_html_put(out, "script-src 'nonce-%s'; ", nonce);
    ust_html_put(out,
                 "img-src data:\">\n"
                 "<link rel=\"icon\" href=\"data:,\">\n<title>%s</title>\n<style>\n",
                 title);
    ust_text_add(out, ust_embed_report_css);
    if (style != NULL)
        ust_text_add(out, style);
    ust_html_put(out,
                 "</style>\n</head>\n<body>\n"
                 "<a class=\"skip\" href=\"#%s\">Skip to the %s</a>\n",
                 skip, skip);
}

void ust_shell_footer(struct ust_text *out)
{
    ust_html_put(out, "</main>\n<footer><p>understudy %s</p></footer>\n", UST_VERSION);
}
