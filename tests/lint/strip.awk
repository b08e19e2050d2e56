# C without comments, texts and preprocessor lines, the line numbers kept: "FILE:LINE:code".
FNR == 1 { in_comment = 0; continued = 0 }
{
    line = $0
    out = ""
    directive = !in_comment && (continued || line ~ /^[ \t]*#/)
    continued = directive && line ~ /\\$/
    n = length(line)
    for (i = 1; i <= n; i++) {
        c = substr(line, i, 1)
        two = substr(line, i, 2)
        if (in_comment) {
            if (two == "*/") {
                in_comment = 0
                i++
            }
        } else if (two == "/*") {
            in_comment = 1
            i++
            out = out " "
        } else if (two == "//") {
            break
        } else if (c == "\"" || c == "'") {
            for (i++; i <= n && substr(line, i, 1) != c; i++)
                if (substr(line, i, 1) == "\\")
                    i++
            out = out c c
        } else {
            out = out c
        }
    }
    # Macros are code too where calls are banned; where state is sought they only confuse.
    if (!directive || keep_macros)
        print FILENAME ":" FNR ":" out
}
