# SPDX-License-Identifier: GPL-2.0-or-later
# The dom0 image and its initramfs.

.PHONY: dom0-base initrd system
dom0-base: buildroot ## install the locked packages of dom0
	@mk/stage --enter dom0-base dom0-rootfs/base mk/debrepo lock:dom0 lock:epoch -- dom0-rootfs/base

initrd: dom0-base linux firmware ## the initramfs for all roles
	@mk/stage --enter initrd dom0-rootfs/initrd dom0-rootfs/dracut dom0-rootfs/dracut.conf \
		dom0-rootfs/overlay/etc/multipath.conf \
		dom0-rootfs/overlay/usr/lib/systemd/system/multipathd.service.d \
		dom0-rootfs/overlay/usr/lib/systemd/system/socle-ibft.service \
		dom0-rootfs/overlay/usr/libexec/socle/ibft \
		lock:epoch stage:dom0-base stage:linux stage:firmware -- dom0-rootfs/initrd

system: dom0-base linux firmware packages xen ovmf ## the system image
	@mk/stage --enter system dom0-rootfs/system dom0-rootfs/sbom dom0-rootfs/buildinfo \
		dom0-rootfs/overlay versions/socle build/lock env:SOURCE_DATE_EPOCH \
		stage:dom0-base stage:linux stage:firmware stage:packages stage:xen stage:ovmf -- \
		dom0-rootfs/system
