#!/bin/sh
# Starts and stops scrobbled where no systemd does; for rc.d, autorun.sh and the like.
#
#   scrobbled.sh start|stop|restart|reload|status
#
# It looks after the program as systemd would: ended by itself, it is started anew after 5 seconds,
# but for a wrong config (exit code 2). It runs as the user in $SCROBBLED_USER, where that is set.
# Exit codes: 0 done, 1 it does not run or can't, 2 wrong usage.
set -eu
# The link that a NAS starts leads back to the folder.
folder=$(cd "$(dirname "$(readlink -f "$0")")" && pwd)
pid_file=$folder/scrobbled.pid
log=$folder/scrobbled.log

# Whether it runs. The number in the file may be another process's by now: a power cut leaves it.
keeper() {
    [ -r "$pid_file" ] && read -r pid <"$pid_file" &&
        grep -q scrobbled.sh "/proc/$pid/cmdline" 2>/dev/null
}

keep() {
    child=
    trap '' HUP
    trap 'rm -f "$pid_file"' EXIT
    trap '[ -z "$child" ] || { kill "$child"; wait "$child"; }; exit 0' TERM INT
    while :; do
        "$folder/scrobbled" serve --config "$folder/scrobbled.toml" &
        child=$!
        code=0
        wait "$child" || code=$?
        child=
        [ "$code" -ne 2 ] || exit 2
        sleep 5 &
        wait $!
    done
}

start() {
    if keeper; then
        echo "scrobbled is already running (pid $pid)"
        return
    fi
    # One old log is kept; the running one begins anew.
    [ ! -e "$log" ] || mv "$log" "$log.old"
    umask 077
    # It is read below, perhaps before the shell in the background has opened it.
    : >"$log"
    if [ -n "${SCROBBLED_USER:-}" ]; then
        touch "$pid_file"
        chown -R "$SCROBBLED_USER" "$folder"
        su -s /bin/sh "$SCROBBLED_USER" -c "'$folder/scrobbled.sh' keep" >"$log" 2>&1 &
    else
        "$folder/scrobbled.sh" keep >"$log" 2>&1 &
    fi
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        if grep '^listening on' "$log"; then
            echo "scrobbled started; its log is $log"
            return
        fi
        # What has ended is a zombie, if it is there at all. Its command line would not tell: while a
        # program begins, that is empty, too.
        grep -q '^State:.[^XZ]' "/proc/$!/status" 2>/dev/null || break
        sleep 1
    done
    tail -n 5 "$log" >&2
    if keeper; then
        echo "scrobbled keeps exiting and is restarted; see $log" >&2
    else
        echo "scrobbled did not start; fix the error above" >&2
    fi
    exit 1
}

stop() {
    keeper || { echo "scrobbled is not running"; return; }
    kill "$pid"
    # What was taken is finished first: 13 seconds at most.
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
        keeper || break
        sleep 1
    done
    echo "scrobbled is stopped"
}

case ${1:-} in
    start) start ;;
    stop) stop ;;
    restart) stop; start ;;
    reload | status)
        keeper || { echo "scrobbled is not running; start it with $folder/scrobbled.sh start" >&2; exit 1; }
        "$folder/scrobbled" "$1" --config "$folder/scrobbled.toml" ;;
    keep) echo $$ >"$pid_file"; keep ;;
    *) echo "usage: $0 start|stop|restart|reload|status" >&2; exit 2 ;;
esac
