#!/bin/sh
# Installs what lies beside it, as root, and starts nothing.
#
#   ./install.sh              where systemd runs (247 or later): /usr/bin, the unit, /etc/scrobbled
#   ./install.sh FOLDER       elsewhere, for example a NAS: all in FOLDER, with a start script
#
# Run again it updates the program and leaves config and data alone. `--remove`, before the FOLDER
# if there is one, stops it and takes all away but these two.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
# Synology starts what is there at boot.
boot_scripts=/usr/local/etc/rc.d
# Where shells look for completions.
bash_completion=/usr/local/share/bash-completion/completions/scrobbled
zsh_completion=/usr/local/share/zsh/site-functions/_scrobbled
fish_completion=/usr/local/share/fish/vendor_completions.d/scrobbled.fish

# New files take the place of old ones in one step: a running program can't be written to.
put() {
    mkdir -p "$(dirname "$3")"
    cp "$here/$2" "$3.new"
    chmod "$1" "$3.new"
    mv "$3.new" "$3"
}
put_config() {
    [ -e "$1" ] || put 600 scrobbled.toml "$1"
}

into_folder() {
    put 755 scrobbled "$1/scrobbled"
    put 755 scrobbled.sh "$1/scrobbled.sh"
    put_config "$1/scrobbled.toml"
    if [ -d "$boot_scripts" ]; then
        ln -sf "$1/scrobbled.sh" "$boot_scripts/scrobbled.sh"
    else
        echo "Have your machine run this at boot: $1/scrobbled.sh start"
    fi
    next_steps "$1/scrobbled.toml" "$1/scrobbled.sh start; after an update: restart" \
        "$1/scrobbled --config $1/scrobbled.toml"
}

into_system() {
    put 755 scrobbled /usr/bin/scrobbled
    put 644 scrobbled.service /etc/systemd/system/scrobbled.service
    put 644 scrobbled.socket /etc/systemd/system/scrobbled.socket
    put 644 scrobbled.1 /usr/local/share/man/man1/scrobbled.1
    put 644 scrobbled.bash $bash_completion
    put 644 scrobbled.zsh $zsh_completion
    put 644 scrobbled.fish $fish_completion
    put_config /etc/scrobbled/scrobbled.toml
    systemctl daemon-reload
    next_steps /etc/scrobbled/scrobbled.toml \
        "systemctl enable --now scrobbled; after an update: systemctl restart scrobbled" scrobbled
}

next_steps() {
    echo "Installed. Edit $1, then:"
    echo "  $2"
    echo "  $3 login"
    echo "  $3 urls"
}

out_of_folder() {
    [ -x "$1/scrobbled.sh" ] || { echo "scrobbled is not in $1" >&2; exit 1; }
    "$1/scrobbled.sh" stop
    # The link may be another installation's.
    [ "$(readlink "$boot_scripts/scrobbled.sh")" != "$1/scrobbled.sh" ] ||
        rm "$boot_scripts/scrobbled.sh"
    rm -f "$1/scrobbled" "$1/scrobbled.sh" "$1/scrobbled.log" "$1/scrobbled.log.old"
    echo "Removed. Config and data are still in $1."
}

out_of_system() {
    systemctl disable --now scrobbled.socket scrobbled.service
    rm -f /usr/bin/scrobbled /etc/systemd/system/scrobbled.service \
        /etc/systemd/system/scrobbled.socket /usr/local/share/man/man1/scrobbled.1 \
        $bash_completion $zsh_completion $fish_completion
    systemctl daemon-reload
    echo "Removed. Config and data are still in /etc/scrobbled and /var/lib/scrobbled."
}

direction=into
if [ "${1:-}" = --remove ]; then
    direction=out_of
    shift
fi
if [ $# -gt 0 ]; then
    case $1 in
        -*) sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
    mkdir -p "$1"
    "${direction}_folder" "$(cd "$1" && pwd)"
elif [ -d /run/systemd/system ]; then
    "${direction}_system"
else
    echo "no systemd runs here: name a folder, for example ./install.sh /opt/scrobbled" >&2
    exit 2
fi
