#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The A/B root of an installed host: the system image of a slot is mounted
# read-only by dracut itself (root=PARTUUID=…, or an array); this module puts the
# state volume of socle.state=UUID=… over it, and starts arrays that lack a half.
# Booted over the network, it fetches what a boot medium has.

check() { return 0; }

depends() { echo lvm mdraid fs-lib livenet; }

installkernel() {
	instmods squashfs overlay ext4 dm-mod dm-thin-pool bonding bridge iscsi_ibft iscsi_tcp
}

# shellcheck disable=SC2154 # moddir is dracut's
install() {
	inst_multiple mount mkdir e2fsck sha256sum cut tr stat
	inst_hook cmdline 40 "$moddir/socle-cmdline.sh"
	inst_hook cmdline 41 "$moddir/socle-bond.sh"
	inst_hook initqueue/settled 40 "$moddir/socle-raid.sh"
	inst_hook cmdline 42 "$moddir/socle-multipath.sh"
	inst_hook cmdline 43 "$moddir/socle-net.sh"
	inst_script "$moddir/soclenetroot.sh" /sbin/soclenetroot
	inst_hook cmdline 44 "$moddir/socle-ibft.sh"
	inst_hook pre-pivot 40 "$moddir/socle-state.sh"
	inst_hook pre-pivot 42 "$moddir/socle-live.sh"
	# The module multipath knows the names that these have elsewhere.
	inst_rules 56-dm-mpath.rules 56-dm-parts.rules 60-kpartx.rules 60-multipath.rules \
		68-del-part-nodes.rules 99-z-dm-mpath-late.rules
	inst_multiple partx /usr/lib/udev/kpartx_id
	inst_simple /usr/lib/systemd/system/multipathd.service.d/10-socle.conf
	inst_multiple iscsistart udevadm modprobe ip sed seq sleep cat ls /usr/libexec/socle/ibft
	inst_simple /usr/lib/systemd/system/socle-ibft.service
	# shellcheck disable=SC2154 # SYSTEMCTL and initdir are too
	$SYSTEMCTL -q --root "$initdir" enable socle-ibft.service
	dracut_need_initqueue
}
