#!/bin/sh
# Runs a command as nobody, on a file system of which only one folder can be written to: confine.sh FOLDER COMMAND…
# Needs root and a mount namespace of its own (unshare --mount).
set -e
folder=$1
shift
mount --make-rprivate /
chown 65534:65534 "$folder"
mount --bind "$folder" "$folder"
awk '{ print $2 }' /proc/self/mounts | sort -u | while read -r place; do
  case $place in
    "$folder" | /proc* | /sys*) ;;
    *) mount -o remount,bind,ro "$place" 2>/dev/null || true ;;
  esac
done
cd /
exec setpriv --reuid 65534 --regid 65534 --clear-groups --no-new-privs --inh-caps=-all --pdeathsig KILL "$@"
