# Relative links of Markdown files: "FILE TARGET" a line, for run.sh to look up.
{
    text = $0
    while (match(text, /\]\([^)]*\)/)) {
        target = substr(text, RSTART + 2, RLENGTH - 3)
        text = substr(text, RSTART + RLENGTH)
        sub(/#.*/, "", target)
        if (target != "" && target !~ /^[a-z]+:/)
            print FILENAME, target
    }
}
