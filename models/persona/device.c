#include "models/persona/persona.h"

static const struct ust_device_facts catalogue[] = {
#define UST_DEVICE(name, access_ms, mbit_s, help)                                              \
    {name, access_ms * UST_MS, mbit_s * 1e6, help},
#include "models/persona/device.def"
#undef UST_DEVICE
};

const struct ust_device_facts *ust_device_catalogue(uint32_t *n)
{
    *n = (uint32_t)(sizeof(catalogue) / sizeof(catalogue[0]));
    return catalogue;
}

const struct ust_device_facts *ust_device_find(const char *name)
{
    for (size_t i = 0; i < sizeof(catalogue) / sizeof(catalogue[0]); i++)
        if (ust_text_equal(catalogue[i].name, name))
            return &catalogue[i];
    return NULL;
}
