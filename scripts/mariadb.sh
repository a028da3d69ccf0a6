#!/usr/bin/env bash
# Runs a throwaway MariaDB on loopback, in a folder that the caller gives and removes:
#   mariadb.sh FOLDER
# When the server is ready it prints one line, "ready PORT SOCKET"; it ends when its standard input closes.
# The administrator is root, without a password, through the socket only (the folder is made private).
set -euo pipefail

folder=$(mkdir -p "$1" && cd "$1" && pwd)
chmod 700 "$folder"
socket=$folder/s.sock
log=$folder/error.log
server=

fail() {
    echo "mariadb.sh: $*" >&2
    if [ -s "$log" ]; then
        tail -n 5 "$log" >&2
    fi
    exit 1
}

stop() {
    trap - EXIT INT TERM HUP
    if [ -n "$server" ]; then
        # Nothing in it is worth an orderly end.
        kill -KILL "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
}
trap stop EXIT
trap 'exit 143' INT TERM HUP

# Debian keeps the server where only root's PATH looks.
PATH=$PATH:/usr/sbin:/usr/local/sbin
for tool in mariadbd mariadb-install-db mariadb; do
    command -v "$tool" >/dev/null || fail "$tool is missing (scripts/setup.sh demo installs it)"
done
# A path in sockaddr_un has room for 107 characters.
[ ${#socket} -le 107 ] || fail "the folder's name is too long for a socket: $folder"

as=()
if [ "$(id -u)" = 0 ]; then
    as=(--user=root)
fi
# Without its parent the server must not go on, even if this script is killed outright.
leash=()
if command -v setpriv >/dev/null && setpriv --pdeathsig KILL true 2>/dev/null; then
    leash=(setpriv --pdeathsig KILL)
fi

# A server that starts removes every temporary table of its folder for them, so it must not be another one's.
export TMPDIR=$folder/tmp
mkdir -p "$TMPDIR"

mariadb-install-db --no-defaults "${as[@]}" --datadir="$folder/data" --auth-root-authentication-method=normal \
    --skip-test-db --skip-name-resolve >"$folder/install.log" 2>&1 ||
    fail "the server's own tables could not be made: $(grep -i error "$folder/install.log" | head -n 5)"

free_port() {
    # A port is free when nobody answers on it; bash can ask without other tools.
    local port
    for _ in $(seq 50); do
        port=$((20000 + (RANDOM * 32768 + RANDOM) % 30000))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            echo "$port"
            return
        fi
    done
    return 1
}

ask() {
    mariadb --no-defaults --socket="$socket" --user=root --batch --skip-column-names --execute="$1" 2>/dev/null
}

# Somebody else may take the port between the look and the start, so there is more than one attempt.
ready=
for _ in 1 2 3; do
    port=$(free_port) || fail "no free port on loopback"
    "${leash[@]}" mariadbd --no-defaults "${as[@]}" --datadir="$folder/data" --socket="$socket" \
        --pid-file="$folder/pid" --port="$port" --bind-address=127.0.0.1 --skip-name-resolve --skip-log-bin \
        --tmpdir="$TMPDIR" --innodb-buffer-pool-size=16M --innodb-log-file-size=8M --innodb-flush-log-at-trx-commit=0 \
        --performance-schema=OFF --log-error="$log" </dev/null >/dev/null 2>&1 &
    server=$!
    for _ in $(seq 600); do
        if ask "SELECT 1" >/dev/null; then
            ready=yes
            break 2
        fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    kill -KILL "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
done
[ -n "$ready" ] || fail "the server did not start"

ask "DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost'); FLUSH PRIVILEGES" ||
    fail "root could not be confined to the socket"
echo "ready $port $socket"

while read -r _; do :; done
