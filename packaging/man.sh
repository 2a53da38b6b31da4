#!/bin/sh
# Makes the manual page from the text of `scrobbled --help` on stdin, and those of `scrobbled help
# COMMAND` behind it, so that they can't differ.
#
#   { scrobbled --help; scrobbled help login; … } | packaging/man.sh VERSION DATE > scrobbled.1
set -eu

awk -v version="$1" -v date="$2" '
    # Roff takes a dot at the start of a line for a command, and - for a hyphen.
    function plain(text) {
        gsub(/\\/, "\\e", text)
        gsub(/-/, "\\-", text)
        return text ~ /^[.\x27]/ ? "\\&" text : text
    }
    function section(name) { print ".SH " name }

    NR == 1 {
        print ".TH SCROBBLED 1 \"" date "\" \"scrobbled " version "\" \"User Commands\""
        section("NAME")
        print "scrobbled \\- takes webhooks of media servers and scrobbles to Trakt, Simkl and MDBList"
        about = $0
        next
    }
    # What stands behind the help itself is of one command each.
    /^Usage: / && is_over {
        if (!of_command++) section("COMMANDS IN DETAIL")
        sub(/ \[--config FILE\]$/, "")
        print ".SS " plain(substr($0, 8))
        next
    }
    /^Options:$/ && is_over { next }
    /^Example:$/ && is_over { print ".PP"; is_example = 1; next }
    is_example {
        print "Example:\n.RS 4\n\\fB" plain(substr($0, 3)) "\\fR\n.RE"
        is_example = 0
        next
    }
    /^Usage: / {
        section("SYNOPSIS")
        print plain(substr($0, 8))
        section("DESCRIPTION")
        print plain(about)
        next
    }
    /^Exit codes: / {
        section("EXIT STATUS")
        print plain(substr($0, 13))
        is_over = 1
        next
    }
    /^[A-Z][a-z]+:$/ {
        section(toupper(substr($0, 1, length($0) - 1)))
        next
    }
    # An entry: two spaces, the word, at least two spaces, its meaning.
    /^  [^ ]/ {
        word = substr($0, 3)
        meaning = ""
        if (match(word, /   */)) {
            meaning = substr(word, RSTART + RLENGTH)
            word = substr(word, 1, RSTART - 1)
        }
        print ".TP\n\\fB" plain(word) "\\fR"
        print meaning == "" ? "\\&" : plain(meaning)
        next
    }
    /^ +/ { sub(/^ +/, "") }
    /./ { print plain($0) }
'
cat <<'E2'
.SH FILES
.TP
/etc/scrobbled/scrobbled.toml
The config; every key with its meaning and default.
.TP
/etc/scrobbled/trakt_client_secret
The client secret of the Trakt API app, if the config says
client_secret_file = "trakt_client_secret".
.TP
/var/lib/scrobbled
Sessions, the queue for each tracker, the logins there and the webhooks' tokens.
.TP
/run/scrobbled/control.sock
The socket over which this command talks to the running daemon.
E2
