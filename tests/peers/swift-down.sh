#!/usr/bin/env bash
# Stops what swift-up.sh started in STATE, by its recorded pids only. PURGE=1 removes STATE, too.
set -euo pipefail
NAME=swift-down
STATE=${STATE:?the folder that was given to swift-up.sh}
[ -e "$STATE/conf" ] || exit 0
STATE=$(cd "$STATE" && pwd)
# shellcheck source=common.sh
. "$(dirname "$0")/common.sh"

for daemon in proxy object container account; do stop $daemon "$STATE/conf/"; done
stop memcached memcached
if [ "${PURGE:-0}" = 1 ]; then rm -rf "$STATE"; fi
