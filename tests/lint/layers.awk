# Includes against the layers: layers.txt first, then the sources.
function folder_of(path) {
    sub(/\/[^\/]*$/, "", path)
    return path
}
FILENAME ~ /layers\.txt$/ {
    if (/^#/ || !/:/)
        next
    name = $1
    from = $0
    sub(/^[^:]*:/, "", from)
    n = split(from, below, " ")
    for (i = 1; i <= n; i++) {
        if (!(below[i] in known)) {
            print FILENAME ":" FNR ": '" name "' names '" below[i] "', which is not above it"
            bad = 1
        }
        allowed[name, below[i]] = 1
    }
    allowed[name, name] = 1
    known[name] = 1
    next
}
FNR == 1 {
    folder = folder_of(FILENAME)
    if (FILENAME !~ /^sim\/main(_mpi)?\.c$/ && !(folder in known))
        print FILENAME ": its folder has no line in layers.txt"
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    split($0, part, "\"")
    if (part[2] !~ /\//)
        print FILENAME ":" FNR ": \"" part[2] "\" is named without its folder"
    else if (FILENAME !~ /^sim\/main(_mpi)?\.c$/ && !((folder, folder_of(part[2])) in allowed))
        print FILENAME ":" FNR ": '" folder "' may not include '" part[2] "' (layers.txt)"
}
