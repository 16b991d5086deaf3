# SPDX-License-Identifier: GPL-2.0-or-later
# The boot loader of installed systems, and the ISO.

.PHONY: grub iso
grub: buildroot ## the boot loader of installed systems
	@mk/stage --enter grub iso/grub stage:buildroot -- iso/grub

iso: system initrd grub $(if $(KS),programs) $(TEMPLATES:%=template-%) ## build/socle-VERSION-amd64.iso (with KS=FILE on it)
	@if [ -n "$(KS)" ]; then build/bin/socle kickstart check "$(KS)" && cp "$(KS)" build/ks.cfg; fi
	@mk/stage --enter iso iso/build iso/boot versions/socle env:SOURCE_DATE_EPOCH \
		stage:system stage:initrd stage:linux stage:xen stage:grub $(if $(KS),build/ks.cfg) \
		$(TEMPLATES:%=stage:template-%) \
		-- iso/build $(TEMPLATES:%=--appliance %) $(if $(KS),build/ks.cfg)
	@for f in build/iso/socle-*; do ln -sfn "$${f#build/}" "build/$${f##*/}"; done
	@ls -l -L --block-size=M build/socle-*.iso | awk '{ print "  ISO     " $$NF " (" $$5 ")" }'
