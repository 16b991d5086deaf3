#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# Of a pair of disks one may be gone.  An array that lacks a half waits for it as
# long as mdadm does on a running system, 30 s, and is started without it then;
# dracut's own rule would wait for two minutes.  Run each time udev is idle.

read -r now _ < /proc/uptime
now=${now%.*}
for state in /sys/block/md*/md/array_state; do
	[ -e "$state" ] || continue
	md=${state#/sys/block/}
	md=${md%%/*}
	[ "$(cat "$state")" = inactive ] || continue
	[ -e "/run/socle-$md" ] || echo "$now" > "/run/socle-$md"
	read -r since < "/run/socle-$md"
	[ $((now - since)) -ge 30 ] || continue
	warn "Socle: $md lacks a disk and is started without it"
	mdadm --run "/dev/$md" > /dev/null 2>&1
done
