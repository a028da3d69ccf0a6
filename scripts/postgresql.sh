#!/usr/bin/env bash
# Runs a throwaway PostgreSQL on loopback, in a folder that the caller gives and removes:
#   postgresql.sh FOLDER
# When the server is ready it prints one line, "ready PORT SOCKET_FOLDER"; it ends when its standard input closes.
# The administrator is postgres, without a password, through the socket only. Logins over TCP take SCRAM-SHA-256.
# The server refuses to be root: root starts it as postgres, or nobody, to which the folder then belongs.
set -euo pipefail

folder=$(mkdir -p "$1" && cd "$1" && pwd)
chmod 700 "$folder"
log=$folder/server.log
server=

fail() {
    echo "postgresql.sh: $*" >&2
    if [ -s "$log" ]; then
        tail -n 5 "$log" >&2
    fi
    exit 1
}

stop() {
    trap - EXIT INT TERM HUP
    if [ -n "$server" ]; then
        # An immediate shutdown: nothing in it is worth an orderly end, but its children must end with it.
        kill -QUIT "$server" 2>/dev/null || true
        for _ in $(seq 100); do
            kill -0 "$server" 2>/dev/null || break
            sleep 0.05
        done
        kill -KILL "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
}
trap stop EXIT
trap 'exit 143' INT TERM HUP

# Debian keeps the programs in a folder of each version, of which only some are in the PATH.
newest=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
PATH=$PATH${newest:+:$newest}
for tool in postgres initdb psql; do
    command -v "$tool" >/dev/null || fail "$tool is missing (scripts/setup.sh test installs it)"
done
# A path in sockaddr_un has room for 107 characters, and the name of the socket takes 15.
[ ${#folder} -le 90 ] || fail "the folder's name is too long for a socket: $folder"

as=()
if [ "$(id -u)" = 0 ]; then
    user=postgres
    id "$user" >/dev/null 2>&1 || user=nobody
    command -v setpriv >/dev/null || fail "root needs setpriv (util-linux) to start the server as another user"
    as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
    chown "$user" "$folder"
fi
# Without its parent the server must not go on, even if this script is killed outright.
leash=()
if command -v setpriv >/dev/null && setpriv --pdeathsig KILL true 2>/dev/null; then
    leash=(setpriv --pdeathsig QUIT)
fi

# The folder's parents may be closed to the other user, who has no need to read where it starts.
cd /
"${as[@]}" env LC_ALL=C initdb --pgdata="$folder/data" --username=postgres --auth-local=trust \
    --auth-host=scram-sha-256 --encoding=UTF8 --no-sync --no-instructions >"$folder/initdb.log" 2>&1 ||
    fail "the server's own tables could not be made: $(tail -n 1 "$folder/initdb.log")"

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
    psql --no-psqlrc --quiet --tuples-only --host="$folder" --port="$port" --username=postgres --command="$1" \
        postgres 2>/dev/null
}

# Somebody else may take the port between the look and the start, so there is more than one attempt.
ready=
for _ in 1 2 3; do
    port=$(free_port) || fail "no free port on loopback"
    "${as[@]}" "${leash[@]}" env LC_ALL=C postgres -D "$folder/data" -h 127.0.0.1 -p "$port" -k "$folder" \
        -c fsync=off -c full_page_writes=off -c synchronous_commit=off -c shared_buffers=16MB -c max_connections=120 \
        -c autovacuum=off -c logging_collector=off </dev/null >"$log" 2>&1 &
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
echo "ready $port $folder"

while read -r _; do :; done
