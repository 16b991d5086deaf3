# SPDX-License-Identifier: GPL-2.0-or-later
#
# Xen, the dom0 kernel, the firmware its drivers load, and that of UEFI guests.

.PHONY: xen linux firmware ovmf

# What shapes a compile, whatever else is in the build root.
hv_tools := gcc-14-x86-64-linux-gnu binutils-x86-64-linux-gnu libc6-dev make bison flex \
	bc perl-base python3.13-minimal libelf-dev gzip zstd kmod

linux: buildroot ## compile the dom0 kernel
	@LOCKED="$$(hypervisor/locked linux-source-6.12 $(hv_tools))" && export LOCKED && \
	mk/stage --cache --enter linux hypervisor/linux env:LOCKED -- hypervisor/linux/build

xen: buildroot ## compile the hypervisor
	@LOCKED="$$(hypervisor/locked xen-orig xen-debian $(hv_tools))" && export LOCKED && \
	mk/stage --cache --enter xen hypervisor/xen hypervisor/linux/check-config env:LOCKED -- hypervisor/xen/build

ovmf: buildroot ## compile the firmware of guests that start by UEFI
	@LOCKED="$$(hypervisor/locked edk2-orig edk2-debian gcc-14-x86-64-linux-gnu \
	binutils-x86-64-linux-gnu nasm acpica-tools python3.13-minimal)" && export LOCKED && \
	mk/stage --cache --enter ovmf hypervisor/ovmf env:LOCKED -- hypervisor/ovmf/build

firmware: buildroot linux ## the firmware that the kernel's drivers name, microcode
	@mk/stage --cache --enter firmware hypervisor/firmware stage:linux lock:firmware -- \
		hypervisor/firmware
