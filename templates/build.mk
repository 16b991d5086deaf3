# SPDX-License-Identifier: GPL-2.0-or-later
#
# Appliances of our own: a kernel for small guests, a boot loader, and one OVA a recipe.

.PHONY: guest-linux
guest-linux: buildroot ## compile the kernel of small guests
	@LOCKED="$$(hypervisor/locked linux-source-6.12 $(hv_tools))" && export LOCKED && \
	mk/stage --cache --enter guest-linux templates/linux hypervisor/linux/build \
		hypervisor/linux/check-config env:LOCKED -- templates/linux/build

# make templates [TEMPLATE=NAME] [KEY=FILE CERT=FILE]
TEMPLATE ?= $(notdir $(patsubst %/appliance.conf,%,$(wildcard templates/*/appliance.conf)))

.PHONY: templates $(TEMPLATE:%=template-%)
templates: $(TEMPLATE:%=template-%) ## the appliances: build/templates/NAME-VERSION.ova (TEMPLATE=NAME picks)

$(TEMPLATE:%=template-%): template-%: buildroot guest-linux programs
	@if [ -f templates/$*/packages.list ]; then \
		mk/fetch template-$* && \
		mk/stage --enter template-root-$* templates/rootfs mk/debrepo lock:template-$* lock:epoch \
			-- templates/rootfs $*; \
	fi
	@LOCKED="$$(hypervisor/locked busybox-static grub-pc-bin grub-efi-amd64-unsigned \
		grub-common e2fsprogs mtools fdisk gzip cpio)" && export LOCKED && \
	mk/stage --enter template-disk-$* templates/disk templates/recipe.py templates/common \
		templates/$* env:LOCKED lock:epoch stage:guest-linux \
		$$([ ! -f templates/$*/packages.list ] || echo stage:template-root-$*) \
		-- templates/disk $*
	@mk/stage template-$* templates/ova templates/model templates/recipe.py templates/$* lock:epoch \
		build/c/release/bin/socle $(KEY) $(CERT) stage:template-disk-$* -- \
		templates/ova $* $(KEY) $(CERT)
	@mkdir -p build/templates && rm -f build/templates/$*-*.ova && \
	ln -s ../template-$*/$$(cd build/template-$* && echo *.ova) build/templates/
	@ls -l -L --block-size=K build/templates/$*-*.ova | awk '{ print "  OVA     " $$NF " (" $$5 ")" }'
