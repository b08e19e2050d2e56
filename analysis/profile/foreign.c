#include "analysis/profile/foreign.h"

#include <string.h>

struct kind {
    const char *magic;
    size_t n;
    const char *what;
};

#define KIND(bytes, what)                                                                      \
    {                                                                                          \
        bytes, sizeof(bytes) - 1, what                                                         \
    }

static const struct kind kinds[] = {
    KIND("\x28\xb5\x2f\xfd", "compressed by zstd; zstd -dc FILE | understudy ... -"),
    KIND("BZh", "compressed by bzip2; bzip2 -dc FILE | understudy ... -"),
    KIND("\xfd"
         "7zXZ",
         "compressed by xz; xz -dc FILE | understudy ... -"),
    KIND("\x04\x22\x4d\x18", "compressed by lz4; lz4 -dc FILE | understudy ... -"),
    KIND("PK\x03\x04", "a zip archive; unzip -p FILE | understudy ... -"),
    KIND("\xff\xfe", "text in UTF-16; iconv -f UTF-16 -t UTF-8 FILE | understudy ... -"),
    KIND("\xfe\xff", "text in UTF-16; iconv -f UTF-16 -t UTF-8 FILE | understudy ... -"),
    KIND("PAR1", "a Parquet file, and has to be exported as CSV or NDJSON"),
    KIND("SQLite format 3", "an SQLite database, and has to be exported as CSV or NDJSON"),
};

const char *ust_foreign(const char *bytes, size_t n)
{
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (n >= kinds[i].n && memcmp(bytes, kinds[i].magic, kinds[i].n) == 0)
            return kinds[i].what;
    return NULL;
}
