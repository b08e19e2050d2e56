# Mutable state that outlives a call: variables at file scope and `static` ones in functions that
# are not const. Reads state.txt, the exceptions, then what strip.awk prints.
function judge(text, terminator,    head, stars) {
    gsub(/__attribute__[ ]*\(\([^)]*(\([^)]*\))?\)\)/, " ", text)
    gsub(/_Static_assert[^;]*/, " ", text)
    gsub(/^[ ]+|[ ]+$/, "", text)
    if (text == "" || text ~ /^typedef / || text ~ /(^| )typedef /)
        return
    head = text
    sub(/=.*/, "", head)
    sub(/[ ]+$/, "", head)
    if (head ~ /\(/ && head !~ /\(\*/)
        return # a function or a macro's call
    if (head ~ /\(\*/ && head !~ /\(\*[ ]*const/ && text !~ /=/)
        return # a function that returns or takes a function
    if (head ~ /^(static )?(struct|union|enum)( [A-Za-z_0-9]+)?$/ && terminator != "=")
        return # a type
    if (head !~ /[A-Za-z_0-9\]\)]$/ || head !~ / /)
        return
    if (head ~ /(^| )const( |$)/) {
        stars = head
        if (stars !~ /\*/)
            return
        sub(/.*\*/, "", stars)
        if (stars ~ /(^| )const( |$)/)
            return
    }
    for (key in excepted) {
        split(key, exception, SUBSEP)
        if (exception[1] == file && head ~ ("(^|[ *])" exception[2] "(\\[|,|$)")) {
            used[key] = 1
            return
        }
    }
    print where ": state that can change: " substr(text, 1, 60)
}
FILENAME ~ /state\.txt$/ {
    if (/^#/ || NF == 0)
        next
    sub(/:$/, "", $2)
    excepted[$1, $2] = FILENAME ":" FNR ": " $1 " has no " $2 " that can change"
    next
}
{
    split($0, part, ":")
    file = part[1]
    if (file != last_file) {
        depth = 0
        statement = ""
        last_file = file
    }
    code = substr($0, length(part[1]) + length(part[2]) + 3)
    if (depth > 0 && code ~ /^[ \t]*static /) {
        where = file ":" part[2]
        local = code
        gsub(/^[ \t]+/, "", local)
        sub(/[;{].*/, "", local)
        judge(local, local ~ /=/ ? "=" : ";")
    }
    for (i = 1; i <= length(code); i++) {
        c = substr(code, i, 1)
        if (c == "{") {
            if (depth == 0) {
                where = file ":" part[2]
                judge(statement, statement ~ /=[ ]*$/ ? "=" : "{")
                was_variable = statement ~ /=[ ]*$/
                statement = ""
            }
            depth++
        } else if (c == "}") {
            depth--
        } else if (depth == 0 && c == ";") {
            where = file ":" part[2]
            if (!was_variable)
                judge(statement, statement ~ /=/ ? "=" : ";")
            was_variable = 0
            statement = ""
        } else if (depth == 0) {
            statement = statement c
        }
    }
    if (depth == 0)
        statement = statement " "
}
END {
    for (key in excepted)
        if (!(key in used))
            print excepted[key]
}
