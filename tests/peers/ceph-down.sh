#!/usr/bin/env bash
# Stops what ceph-up.sh started in STATE, by its recorded pids only. PURGE=1 removes STATE, too.
set -euo pipefail
NAME=ceph-down
STATE=${STATE:?the folder that was given to ceph-up.sh}
[ -e "$STATE/ceph.conf" ] || exit 0
STATE=$(cd "$STATE" && pwd)
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

for daemon in rgw osd mon; do stop $daemon "--conf $STATE/ceph.conf"; done
if [ "${PURGE:-0}" = 1 ]; then rm -rf "$STATE"; fi
