#!/bin/sh
# Installs what lies beside it, as root, and starts nothing.
#
#   ./install.sh              where systemd runs (247 or later): /usr/bin, the unit, /etc/scrobbled
#   ./install.sh FOLDER       elsewhere, for example a NAS: all in FOLDER, with a start script
#
# Run again it updates the program and leaves config and data alone.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

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

if [ $# -gt 0 ]; then
    folder=$1
    put 755 scrobbled "$folder/scrobbled"
    put 755 scrobbled.sh "$folder/scrobbled.sh"
    put_config "$folder/scrobbled.toml"
    folder=$(cd "$folder" && pwd)
    start="$folder/scrobbled.sh start"
    tool="$folder/scrobbled --config $folder/scrobbled.toml"
    # Synology starts what is there at boot.
    if [ -d /usr/local/etc/rc.d ]; then
        ln -sf "$folder/scrobbled.sh" /usr/local/etc/rc.d/scrobbled.sh
    else
        echo "Have your machine run this at boot: $start"
    fi
    config=$folder/scrobbled.toml
elif [ -d /run/systemd/system ]; then
    put 755 scrobbled /usr/bin/scrobbled
    put 644 scrobbled.service /etc/systemd/system/scrobbled.service
    put 644 scrobbled.1 /usr/local/share/man/man1/scrobbled.1
    put_config /etc/scrobbled/scrobbled.toml
    systemctl daemon-reload
    start="systemctl enable --now scrobbled; after an update: systemctl restart scrobbled"
    tool=scrobbled
    config=/etc/scrobbled/scrobbled.toml
else
    echo "no systemd runs here: name a folder, for example ./install.sh /opt/scrobbled" >&2
    exit 2
fi

echo "Installed. Edit $config, then:"
echo "  $start"
echo "  $tool login"
echo "  $tool urls"
