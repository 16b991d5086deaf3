#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# Before udev sees the first disk: the paths of the disks that socle.mpath=WWID
# names are known for paths from the start, or the root would be mounted from one
# of them before the other has come.
mkdir -p /etc/multipath
for wwid in $(getargs socle.mpath=); do
	echo "/$wwid/" >> /etc/multipath/wwids
done
if getargbool 0 inst.nompath; then
	mkdir -p /run/udev/rules.d
	ln -sf /dev/null /run/udev/rules.d/60-multipath.rules
fi
