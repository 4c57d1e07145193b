#!/usr/bin/env bash
# Starts OpenStack Swift with its S3 API, all of it on this machine, to be thrown away: a real store
# for the tests. Answers at once when it runs already. Prints NAME=VALUE lines, also to
# STATE/s3.env; swift-down.sh stops it.
#
#   STATE          folder for everything; its file system holds user extended attributes
#   S3_PORT        where it is reached (8085)
#   BASE_PORT      its parts use BASE_PORT to BASE_PORT+3 (16200)
#   S3_ACCESS_KEY, S3_SECRET_KEY
#   S3_BUCKET      is created; empty: none (captures)
#   S3_DNS_NAME    buckets are hosts below it, too (s3.localhost)
#   ENCRYPTION     yes: what it stores is encrypted, and may be asked to be (SSE-S3) (no)
#   BOOT_TIMEOUT   seconds (60)
set -euo pipefail
NAME=swift-up
STATE=${STATE:?the folder for everything}
S3_PORT=${S3_PORT:-8085}
BASE_PORT=${BASE_PORT:-16200}
S3_ACCESS_KEY=${S3_ACCESS_KEY:-test:tester} # tempauth's form: account:user
S3_SECRET_KEY=${S3_SECRET_KEY:-xepacketcapSecretKey/For+Tests/0000000001}
S3_BUCKET=${S3_BUCKET-captures}
S3_DNS_NAME=${S3_DNS_NAME:-s3.localhost}
ENCRYPTION=${ENCRYPTION:-no}
BOOT_TIMEOUT=${BOOT_TIMEOUT:-60}
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

needs "swift-proxy swift-account swift-container swift-object memcached curl procps" swift-proxy-server \
    swift-account-server swift-container-server swift-object-server swift-ring-builder memcached curl ps
ACCOUNT=${S3_ACCESS_KEY%%:*}
USERNAME=${S3_ACCESS_KEY#*:}
case $ACCOUNT:$USERNAME in
    "$S3_ACCESS_KEY") ;;
    *) die "S3_ACCESS_KEY must be account:user" ;;
esac
case $ACCOUNT$USERNAME in
    *[!A-Za-z0-9-]*) die "S3_ACCESS_KEY: only letters, digits and '-' around the colon" ;;
esac

mkdir -p "$STATE/log" "$STATE/conf/backups" "$STATE/dev/d1" "$STATE/cache" || die "cannot create $STATE"
STATE=$(cd "$STATE" && pwd)
CONF=$STATE/conf
URL=http://$ADDRESS:$S3_PORT

emit() {
    tee "$STATE/s3.env" <<END
S3_ENDPOINT=$URL
S3_REGION=us-east-1
S3_ACCESS_KEY=$S3_ACCESS_KEY
S3_SECRET_KEY=$S3_SECRET_KEY
S3_BUCKET=$S3_BUCKET
S3_DNS_NAME=$S3_DNS_NAME
END
}

healthy() { curl -fsS -o /dev/null --noproxy '*' --max-time 5 "$URL/healthcheck"; }

if alive proxy && healthy 2>/dev/null; then
    say "already up"
    emit
    exit 0
fi

# the object server keeps its metadata in extended attributes
/usr/bin/python3 - "$STATE/dev/d1" <<'END' || die "$STATE/dev/d1: this file system holds no user extended attributes"
import os, sys
path = sys.argv[1] + "/.xattr-test"
open(path, "w").close()
os.setxattr(path, b"user.swift.metadata", b"x" * 3000)
os.unlink(path)
END

PARTS=(account container object memcached)
for i in "${!PARTS[@]}"; do alive "${PARTS[i]}" || want_port $((BASE_PORT + i)); done
want_port "$S3_PORT"

cat >"$CONF/swift.conf" <<END
[swift-hash]
swift_hash_path_suffix = xepacketcap
swift_hash_path_prefix = test
[storage-policy:0]
name = Policy-0
default = yes
END

make_ring() { # PART PORT
    [ ! -s "$CONF/$1.ring.gz" ] || return 0
    (
        cd "$CONF"
        rm -f "$1.builder"
        swift-ring-builder "$1.builder" create 4 1 0
        swift-ring-builder "$1.builder" add --region 1 --zone 1 --ip $ADDRESS --port "$2" --device d1 --weight 1
        swift-ring-builder "$1.builder" rebalance
    ) >"$STATE/log/ring-$1.out" 2>&1 || true # a warning about a single device counts as an error, too
    [ -s "$CONF/$1.ring.gz" ] || die "building the $1 ring failed (log: $STATE/log/ring-$1.out)"
}

for i in 0 1 2; do
    part=${PARTS[i]}
    cat >"$CONF/$part-server.conf" <<END
[DEFAULT]
bind_ip = $ADDRESS
bind_port = $((BASE_PORT + i))
swift_dir = $CONF
devices = $STATE/dev
mount_check = false
user = $(id -un)
workers = 0
log_level = WARNING
log_name = $part
fallocate_reserve = 0
[pipeline:main]
pipeline = $part-server
[app:$part-server]
use = egg:swift#$part
END
    make_ring "$part" $((BASE_PORT + i)) &
done
wait

crypto=
[ "$ENCRYPTION" = no ] || crypto=" keymaster encryption"
cat >"$CONF/proxy-server.conf" <<END
[DEFAULT]
bind_ip = $ADDRESS
bind_port = $S3_PORT
swift_dir = $CONF
user = $(id -un)
workers = 0
log_level = WARNING
log_name = proxy
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats bulk s3api tempauth copy slo dlo versioned_writes symlink$crypto proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = true
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:cache]
use = egg:swift#memcache
memcache_servers = $ADDRESS:$((BASE_PORT + 3))
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
storage_domain = $S3_DNS_NAME
# 1000 by default, where S3 has 10000
max_upload_part_num = 10000
s3_acl = false
check_bucket_owner = false
[filter:tempauth]
use = egg:swift#tempauth
user_${ACCOUNT}_$USERNAME = $S3_SECRET_KEY .admin
[filter:copy]
use = egg:swift#copy
[filter:slo]
use = egg:swift#slo
max_manifest_segments = 10000
max_manifest_size = 33554432
[filter:dlo]
use = egg:swift#dlo
[filter:versioned_writes]
use = egg:swift#versioned_writes
allow_versioned_writes = true
allow_object_versioning = true
[filter:symlink]
use = egg:swift#symlink
[filter:keymaster]
use = egg:swift#keymaster
encryption_root_secret = $(head -c 32 /dev/zero | base64)
[filter:encryption]
use = egg:swift#encryption
END

alive memcached || start memcached memcached -u "$(id -un)" -l $ADDRESS -p $((BASE_PORT + 3)) -U 0 -m 64
for part in account container object; do
    alive $part || start $part "swift-$part-server" "$CONF/$part-server.conf" -v
done
alive proxy || start proxy swift-proxy-server "$CONF/proxy-server.conf" -v
listens() { ! port_is_free "$1"; }
for i in "${!PARTS[@]}"; do wait_for "${PARTS[i]}" listens $((BASE_PORT + i)); done
wait_for proxy healthy
say "up on $URL"

# curl takes no access key with a colon as --user; percent-encoded in the address it does
percent_encoded() { /usr/bin/python3 -c 'import sys, urllib.parse as u; print(u.quote(sys.argv[1], safe=""))' "$1"; }
make_bucket "http://$(percent_encoded "$S3_ACCESS_KEY"):$(percent_encoded "$S3_SECRET_KEY")@$ADDRESS:$S3_PORT"
say "ready"
emit
