#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# A live system writes to no disk by itself: an array is started without a change
# to its members until somebody writes to it, and no volume group is activated
# unasked, for already that a thin pool is opened changes it.  The installer
# must find, and leave, the disks that it was not told to take as they are.
socle_live() {
	getargbool 0 rd.live.image || return 0
	echo 1 > /sys/module/md_mod/parameters/start_ro
	mkdir -p "$NEWROOT/etc/lvm"
	printf 'activation {\n\tauto_activation_volume_list = []\n}\n' \
		> "$NEWROOT/etc/lvm/lvmlocal.conf"
}

socle_live
