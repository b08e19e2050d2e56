#!/bin/sh
# Every kind that a source file defines is in its folder's kinds.def, and the other way round; every
# command is in sim/main.c.
find sim models analysis plots -name kinds.def | LC_ALL=C sort | while read -r list; do
    folder=${list%/*}
    listed=$(sed -n 's/^UST_[A-Z_]*KIND(\([a-z0-9_]*\).*/\1/p' "$list" | LC_ALL=C sort)
    defined=$(sed -n 's/^const struct ust_[a-z]*_\(type\|kind\) ust_[a-z]*_\(kind_\)\{0,1\}\([a-z0-9_]*\) = .*/\3/p' \
        "$folder"/*.c | LC_ALL=C sort)
    for kind in $defined; do
        echo "$listed" | grep -qx "$kind" || echo "$folder: kind '$kind' is not in kinds.def"
    done
    for kind in $listed; do
        echo "$defined" | grep -qx "$kind" || echo "$list: no file defines '$kind'"
    done
    [ -n "$listed" ] || echo "$list: lists no kind"
done

# A command that sim/main.c does not list is never run.
sed -n 's/^const struct ust_command \(ust_command_[a-z_]*\) = .*/\1/p' $(find sim models analysis plots -name '*.c') |
    while read -r command; do
        grep -q "&$command\b" sim/main.c || echo "sim/main.c: does not list '$command'"
    done
