#!/usr/bin/env bash
# Starts a Ceph cluster of one node with its S3 gateway (radosgw), to be thrown away: a real store
# for the tests. Answers at once when it runs already. Prints NAME=VALUE lines, also to
# STATE/s3.env; ceph-down.sh stops it.
#
#   STATE          folder for everything
#   S3_PORT        http (7480)
#   S3_TLS_PORT    https, with a certificate by STATE/tls/ca.crt; 0: none (0)
#   MON_PORT       monitor (13300)
#   OSD_PORT_MIN, OSD_PORT_MAX   (16800, 16899)
#   STORE          memstore: quick, in memory; bluestore: a sparse file, and a cluster that was
#                  stopped is started again with its data (memstore)
#   STORE_GB       size of the store (4). A full cluster answers no write at all: clients hang
#   S3_ACCESS_KEY, S3_SECRET_KEY
#   S3_BUCKET      is created; empty: none (captures)
#   S3_DNS_NAME    buckets are hosts below it, too (s3.localhost). Any other name that is not an
#                  address is taken for a bucket: use http://127.0.0.1:PORT, not http://localhost
#   KMS_KEY        name of the one key that SSE-KMS may use (xepacketcap-key)
#   BOOT_TIMEOUT   seconds (120)
set -euo pipefail
NAME=ceph-up
STATE=${STATE:?the folder for everything}
S3_PORT=${S3_PORT:-7480}
S3_TLS_PORT=${S3_TLS_PORT:-0}
MON_PORT=${MON_PORT:-13300}
OSD_PORT_MIN=${OSD_PORT_MIN:-16800}
OSD_PORT_MAX=${OSD_PORT_MAX:-16899}
STORE=${STORE:-memstore}
STORE_GB=${STORE_GB:-4}
S3_ACCESS_KEY=${S3_ACCESS_KEY:-XEPACKETCAPTEST00001}
S3_SECRET_KEY=${S3_SECRET_KEY:-xepacketcapSecretKey/For+Tests/0000000001}
S3_BUCKET=${S3_BUCKET-captures}
S3_DNS_NAME=${S3_DNS_NAME:-s3.localhost}
KMS_KEY=${KMS_KEY:-xepacketcap-key}
BOOT_TIMEOUT=${BOOT_TIMEOUT:-120}
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

needs "radosgw ceph-mon ceph-osd ceph-common curl procps" \
    ceph-mon ceph-osd radosgw radosgw-admin monmaptool ceph ceph-authtool curl ps
case $STORE in
    bluestore | memstore) ;;
    *) die "STORE must be bluestore or memstore" ;;
esac

mkdir -p "$STATE/log" "$STATE/run" || die "cannot create $STATE"
STATE=$(cd "$STATE" && pwd)
CONF=$STATE/ceph.conf
URL=http://$ADDRESS:$S3_PORT

emit() {
    {
        echo "S3_ENDPOINT=$URL"
        if [ "$S3_TLS_PORT" != 0 ]; then
            echo "S3_TLS_ENDPOINT=https://$ADDRESS:$S3_TLS_PORT"
            echo "S3_CA_FILE=$STATE/tls/ca.crt"
        fi
        echo "S3_REGION=us-east-1"
        echo "S3_ACCESS_KEY=$S3_ACCESS_KEY"
        echo "S3_SECRET_KEY=$S3_SECRET_KEY"
        echo "S3_BUCKET=$S3_BUCKET"
        echo "S3_DNS_NAME=$S3_DNS_NAME"
        echo "CEPH_CONF=$CONF"
    } | tee "$STATE/s3.env"
}

healthy() { curl -fsS -o /dev/null --noproxy '*' --max-time 5 "$URL/"; }

if alive rgw && healthy 2>/dev/null; then
    say "already up"
    emit
    exit 0
fi

IS_NEW=1
if [ -e "$STATE/mon/done" ]; then IS_NEW=0; fi
alive mon || want_port "$MON_PORT"
alive rgw || want_port "$S3_PORT"
if [ $IS_NEW = 1 ]; then
    rm -rf "$STATE/mon" "$STATE/osd"
    FSID=$(cat /proc/sys/kernel/random/uuid)
else
    FSID=$(sed -n 's/^ *fsid *= *//p' "$CONF")
fi

FRONTENDS="beast endpoint=$ADDRESS:$S3_PORT"
if [ "$S3_TLS_PORT" != 0 ]; then
    make_certificate
    FRONTENDS+=" ssl_endpoint=$ADDRESS:$S3_TLS_PORT ssl_certificate=$STATE/tls/server.pem"
fi

cat >"$CONF" <<END
[global]
  fsid = $FSID
  mon_host = [v2:$ADDRESS:$MON_PORT]
  mon_initial_members = a
  public_addr = $ADDRESS
  cluster_addr = $ADDRESS
  ms_bind_ipv4 = true
  ms_bind_ipv6 = false
  ms_bind_msgr1 = false
  ms_bind_msgr2 = true
  ms_bind_port_min = $OSD_PORT_MIN
  ms_bind_port_max = $OSD_PORT_MAX
  # radosgw does not work without authentication
  auth_cluster_required = cephx
  auth_service_required = cephx
  auth_client_required = cephx
  keyring = $STATE/keyring
  run_dir = $STATE/run
  admin_socket = $STATE/run/\$name.asok
  log_file = $STATE/log/\$name.log
  log_max_recent = 50
  crash_dir = $STATE/run
  osd_pool_default_size = 1
  osd_pool_default_min_size = 1
  osd_pool_default_pg_num = 8
  osd_pool_default_pgp_num = 8
  osd_pool_default_pg_autoscale_mode = off
  osd_crush_chooseleaf_type = 0
  mon_allow_pool_size_one = true
  mon_max_pg_per_osd = 2000
  mon_warn_on_pool_no_redundancy = false
  auth_allow_insecure_global_id_reclaim = false
[mon]
  mon_data = $STATE/mon
  mon_cluster_log_file = $STATE/log/cluster.log
  mon_data_avail_crit = 1
  mon_data_avail_warn = 2
  # map changes are proposed at once, not collected for a second: it starts in half the time
  paxos_propose_interval = 0.1
  paxos_min_wait = 0.02
  mgr_initial_modules =
[osd]
  osd_data = $STATE/osd
  osd_objectstore = $STORE
  osd_memory_target = 1073741824
  osd_scrub_begin_hour = 0
  osd_scrub_end_hour = 0
  osd_class_update_on_start = false
  bluestore_block_create = true
  bluestore_block_size = $((STORE_GB << 30))
  bluestore_block_path =
  bluestore_fsck_on_mount = false
  memstore_device_bytes = $((STORE_GB << 30))
  memstore_page_set = false
[client]
  rgw_frontends = $FRONTENDS
  rgw_data = $STATE/rgw
  rgw_dns_name = $S3_DNS_NAME
  rgw_enable_apis = s3, admin
  rgw_thread_pool_size = 64
  rgw_crypt_require_ssl = false
  # a key service inside the gateway, for SSE-KMS: KMS_KEY, 256 bits
  rgw_crypt_s3_kms_backend = testing
  rgw_crypt_s3_kms_encryption_keys = $KMS_KEY=$(printf '%s' "xepacketcap-tests-know-this-key!" | base64)
  rgw_dynamic_resharding = false
  rgw_override_bucket_index_max_shards = 1
  rgw_run_sync_thread = false
  # the space of deleted objects comes back after seconds, not after two hours
  rgw_gc_obj_min_wait = 5
  rgw_gc_processor_period = 5
  rgw_gc_processor_max_time = 5
END

CEPH=(ceph --conf "$CONF" --connect-timeout 20)
ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -Hn)" || true

# Every key goes into one keyring, which the monitor imports: no round trips for them later.
make_keyring() {
    (
        umask 077
        rm -f "$STATE/keyring"
        KEY=(ceph-authtool "$STATE/keyring" --gen-key)
        "${KEY[@]}" --create-keyring -n mon. --cap mon 'allow *'
        "${KEY[@]}" -n client.admin --cap mon 'allow *' --cap osd 'allow *' --cap mgr 'allow *'
        "${KEY[@]}" -n client.rgw --cap mon 'allow rwx' --cap osd 'allow rwx' --cap mgr 'allow rw'
        "${KEY[@]}" -n osd.0 --cap mon 'allow profile osd' --cap osd 'allow *' --cap mgr 'allow profile osd'
    )
}

make_monitor() {
    mkdir -p "$STATE/mon"
    rm -f "$STATE/monmap"
    monmaptool --create --fsid "$FSID" --addv a "[v2:$ADDRESS:$MON_PORT]" "$STATE/monmap"
    ceph-mon --conf "$CONF" -i a --mkfs --monmap "$STATE/monmap" --keyring "$STATE/keyring"
}

if [ $IS_NEW = 1 ]; then
    make_keyring >"$STATE/log/keyring.out" 2>&1 || die "ceph-authtool failed (log: $STATE/log/keyring.out)"
    make_monitor >"$STATE/log/mkfs.out" 2>&1 || die "making the monitor failed (log: $STATE/log/mkfs.out)"
fi
alive mon || start mon ceph-mon --conf "$CONF" -i a -f
wait_for mon "${CEPH[@]}" --connect-timeout 3 mon stat
say "monitor up"

if [ ! -e "$STATE/osd/ready" ]; then
    rm -rf "$STATE/osd"
    mkdir -p "$STATE/osd"
    UUID=$(cat /proc/sys/kernel/random/uuid)
    "${CEPH[@]}" osd new "$UUID" 0 >/dev/null || die "ceph osd new failed"
    ceph-osd --conf "$CONF" -i 0 --mkfs --osd-uuid "$UUID" >>"$STATE/log/mkfs.out" 2>&1 ||
        die "ceph-osd --mkfs failed (log: $STATE/log/mkfs.out)"
fi
alive osd || start osd ceph-osd --conf "$CONF" -i 0 -f
osd_is_up() { "${CEPH[@]}" osd stat 2>/dev/null | grep -q '1 osds: 1 up.*1 in'; }
wait_for osd osd_is_up
touch "$STATE/osd/ready" "$STATE/mon/done"
say "osd up ($STORE)"

mkdir -p "$STATE/rgw"
alive rgw || start rgw radosgw --conf "$CONF" -n client.rgw -f
wait_for rgw healthy
say "radosgw up on $URL"
ADMIN=(radosgw-admin --conf "$CONF" -n client.admin)
if ! "${ADMIN[@]}" user info --uid=xepacketcap >/dev/null 2>&1; then
    "${ADMIN[@]}" user create --uid=xepacketcap --display-name=xepacketcap --access-key="$S3_ACCESS_KEY" \
        --secret-key="$S3_SECRET_KEY" >"$STATE/log/user.out" 2>&1 ||
        die "radosgw-admin user create failed (log: $STATE/log/user.out)"
fi
make_bucket "$URL" --user "$S3_ACCESS_KEY:$S3_SECRET_KEY"
say "ready"
emit
