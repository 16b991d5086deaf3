#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
#
# What is written on a host lies on the state volume, so that the system image
# can be replaced as a whole: /etc is an overlay over the image's, /var, /root,
# /home, /srv and /opt are folders of the volume.

socle_state() {
	state=$(getarg socle.state=)
	[ -n "$state" ] || return 0
	dev=/dev/disk/by-uuid/${state#UUID=}

	# Repair what can be repaired without a decision; 2 and above needs a person.
	e2fsck -p "$dev" > /run/initramfs/fsck-state.log 2>&1
	[ $? -lt 4 ] || warn "Socle: $state needs a repair by hand: e2fsck $dev"
	mount -t ext4 -o noatime "$dev" "$NEWROOT/state" ||
		die "Socle: the state volume $state cannot be mounted"
	mount -t overlay -o "lowerdir=$NEWROOT/etc,upperdir=$NEWROOT/state/etc/upper,workdir=$NEWROOT/state/etc/work" \
		etc "$NEWROOT/etc" || die "Socle: the overlay of /etc cannot be mounted"
	for dir in var root home srv opt; do
		mount --bind "$NEWROOT/state/$dir" "$NEWROOT/$dir" && continue
		# Hosts of the first releases have neither of them there.
		case $dir in srv | opt) continue ;; esac
		die "Socle: /$dir cannot be mounted from the state volume"
	done
}

socle_state
