/* Which texts are fit to be keys and names. */
#include "sim/spec/parts.h"

bool ust_spec_printable(const char *text)
{
    for (size_t length; *text != '\0'; text += length)
        if (!ust_utf8_stands(ust_utf8_decode(text, &length)))
            return false;
    return true;
}

enum ust_status ust_spec_key(struct ust_spec *spec, const char *key, struct ust_place place)
{
    if (ust_text_columns(key) <= UST_SPEC_KEY_MAX && ust_spec_printable(key))
        return UST_OK;
    return ust_diag_error(spec->diag, place,
                          "a key is at most %d characters long, all of them in one line",
                          UST_SPEC_KEY_MAX);
}
