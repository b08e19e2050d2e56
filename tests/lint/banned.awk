# Banned calls: banned.txt and exceptions.txt first, then what strip.awk prints.
FILENAME ~ /banned\.txt$/ {
    if (/^#/ || NF == 0)
        next
    split($0, field, /[ ]*\|[ ]*/)
    n = split(field[1], name, " ")
    for (i = 1; i <= n; i++) {
        for (s = 0; s < 3; s++) {
            # logf and logl are log; sinf is sin. No other name in the list ends so by chance.
            if (s > 0 && field[3] !~ /detmath/)
                continue
            scope[name[i] substr(" fl", s + 1, s > 0)] = field[2]
            why[name[i] substr(" fl", s + 1, s > 0)] = field[3]
        }
    }
    next
}
FILENAME ~ /exceptions\.txt$/ {
    if (/^#/ || NF == 0)
        next
    sub(/:$/, "", $2)
    excepted[$1, $2] = FILENAME ":" FNR ": " $1 " does not call " $2
    next
}
{
    split($0, part, ":")
    code = substr($0, length(part[1]) + length(part[2]) + 3)
    while (match(code, /[A-Za-z_][A-Za-z_0-9]*[ ]*\(/)) {
        word = substr(code, RSTART, RLENGTH)
        before = RSTART > 1 ? substr(code, RSTART - 1, 1) : " "
        code = substr(code, RSTART + RLENGTH)
        sub(/[ ]*\($/, "", word)
        if (!(word in scope) || before == "." || before == ">")
            continue
        if (scope[word] == "below" && part[1] !~ /^(sim|models)\//)
            continue
        if ((part[1], word) in excepted) {
            used[part[1], word] = 1
            continue
        }
        print part[1] ":" part[2] ": '" word "' is banned: " why[word]
    }
}
END {
    for (key in excepted)
        if (!(key in used))
            print excepted[key]
}
