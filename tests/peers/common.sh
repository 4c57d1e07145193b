# What the scripts for real stores share: sourced by them, with NAME and STATE set.
# shellcheck shell=bash

ADDRESS=127.0.0.1
STARTED=()

say() { echo "$NAME: [${SECONDS}s] $*" >&2; }

# What this call started, each in a process group of its own, is stopped again.
die() {
    echo "$NAME: ERROR: $*" >&2
    local pid
    for pid in ${STARTED[@]+"${STARTED[@]}"}; do kill -9 -- "-$pid" 2>/dev/null || true; done
    exit 1
}

needs() { # PACKAGES PROGRAM...
    local packages=$1 program
    shift
    for program; do
        command -v "$program" >/dev/null || die "$program not found: apt-get install -y --no-install-recommends $packages"
    done
}

# A process that was killed, and whose parent has not collected it yet, does not run.
runs() { # PID
    [ -r "/proc/$1/stat" ] && ! grep -q '^[0-9]* (.*) Z' "/proc/$1/stat"
}

group_runs() { # PID
    [[ $(ps -o stat= -g "$1" 2>/dev/null) =~ (^|$'\n')[^Z$'\n'] ]]
}

alive() { # DAEMON
    [ -s "$STATE/$1.pid" ] && runs "$(cat "$STATE/$1.pid")"
}

port_is_free() { # PORT
    ! (exec 3<>"/dev/tcp/$ADDRESS/$1") 2>/dev/null
}

want_port() { # PORT
    port_is_free "$1" || die "port $1 on $ADDRESS is already in use"
}

start() { # DAEMON COMMAND...
    local daemon=$1
    shift
    setsid "$@" >"$STATE/log/$daemon.out" 2>&1 </dev/null &
    echo $! >"$STATE/$daemon.pid"
    STARTED+=($!)
}

# Until the command succeeds, the daemon dies, or BOOT_TIMEOUT is over.
wait_for() { # DAEMON COMMAND...
    local daemon=$1
    shift
    until "$@" >/dev/null 2>&1; do
        if ! alive "$daemon" || [ "$SECONDS" -ge "$BOOT_TIMEOUT" ]; then
            tail -n 20 "$STATE/log/$daemon.out" >&2 || true
            die "$daemon is not ready after ${SECONDS}s (log: $STATE/log/$daemon.out)"
        fi
        sleep 0.1
    done
}

# A certificate for ADDRESS and S3_DNS_NAME, by an authority of its own: tls/ca.crt, tls/server.pem.
make_certificate() {
    [ ! -s "$STATE/tls/server.pem" ] || return 0
    needs openssl openssl
    mkdir -p "$STATE/tls"
    (
        cd "$STATE/tls"
        openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=xepacketcap test CA" -keyout ca.key -out ca.crt
        openssl req -newkey rsa:2048 -nodes -subj "/CN=localhost" -keyout server.key -out server.csr
        printf 'subjectAltName=DNS:localhost,DNS:%s,DNS:*.%s,IP:%s\n' "$S3_DNS_NAME" "$S3_DNS_NAME" "$ADDRESS" >extensions
        openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 30 -extfile extensions \
            -out server.crt
        cat server.key server.crt >server.pem
    ) >"$STATE/log/tls.out" 2>&1 || die "making the certificate failed (log: $STATE/log/tls.out)"
}

make_bucket() { # URL CURL-OPTIONS...
    local url=$1 status
    shift
    [ -n "$S3_BUCKET" ] || return 0
    # the hash of an empty body
    status=$(curl -sS -o "$STATE/log/bucket.out" -w '%{http_code}' --noproxy '*' --max-time 30 -X PUT \
        --aws-sigv4 aws:amz:us-east-1:s3 "$@" \
        -H 'x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855' \
        "$url/$S3_BUCKET") || true
    case $status in
        200 | 409) ;;
        *)
            cat "$STATE/log/bucket.out" >&2
            die "creating the bucket $S3_BUCKET answered $status"
            ;;
    esac
}

# Stops a daemon that start() started, if its command line still shows it to be that one.
stop() { # DAEMON PATTERN
    local file=$STATE/$1.pid pid i
    [ -s "$file" ] || return 0
    pid=$(cat "$file")
    if [ -r "/proc/$pid/cmdline" ] && tr '\0' ' ' <"/proc/$pid/cmdline" | grep -q -- "$2"; then
        kill -TERM -- "-$pid" 2>/dev/null || true
        # what is in the state folder is thrown away: a second is enough
        for ((i = 0; i < 10; ++i)); do
            group_runs "$pid" || break
            sleep 0.1
        done
        ! group_runs "$pid" || kill -9 -- "-$pid" 2>/dev/null || true
        for ((i = 0; i < 50; ++i)); do
            group_runs "$pid" || break
            sleep 0.1
        done
        ! group_runs "$pid" || die "$1 (pid $pid) does not stop"
        say "stopped $1 (pid $pid)"
    fi
    rm -f "$file"
}
