# SPDX-License-Identifier: GPL-2.0-or-later
# The boot loader of installed systems, the ISO, and the tree of a network boot.

.PHONY: grub iso pxe
grub: buildroot ## the boot loader of installed systems
	@mk/stage --enter grub iso/grub stage:buildroot -- iso/grub

iso: system initrd grub $(if $(KS),programs) $(TEMPLATES:%=template-%) ## build/socle-VERSION-amd64.iso (with KS=FILE on it)
	@if [ -n "$(KS)" ]; then build/bin/socle kickstart check "$(KS)" && cp "$(KS)" build/ks.cfg; fi
	@mk/stage --enter iso iso/build iso/medium iso/menu iso/entries versions/socle env:SOURCE_DATE_EPOCH \
		stage:system stage:initrd stage:linux stage:xen stage:grub $(if $(KS),build/ks.cfg) \
		$(TEMPLATES:%=stage:template-%) \
		-- iso/build $(TEMPLATES:%=--appliance %) $(if $(KS),build/ks.cfg)
	@for f in build/iso/socle-*; do ln -sfn "$${f#build/}" "build/$${f##*/}"; done
	@ls -l -L --block-size=M build/socle-*.iso | awk '{ print "  ISO     " $$NF " (" $$5 ")" }'

pxe: system initrd grub ## build/pxe: what machines boot from and are installed from over a network
	@mk/stage --enter pxe iso/pxe iso/medium iso/menu iso/entries iso/configure iso/boot.ipxe iso/autoexec.ipxe \
		iso/grub-net.cfg versions/socle env:SOURCE_DATE_EPOCH stage:buildroot \
		stage:system stage:initrd stage:linux stage:xen stage:grub -- iso/pxe
	@cd build/pxe && du -b --apparent-size *.0 *.c32 *.efi *.kpxe boot.ipxe socle/* | sort -rn | \
		awk '{ printf "  PXE     %-24s %9.1f KB\n", $$2, $$1 / 1000 }'
