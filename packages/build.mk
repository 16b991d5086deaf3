# SPDX-License-Identifier: GPL-2.0-or-later
# Our C programs: each a .deb in build/packages, and a wrapper in build/bin.

C_SOURCES := mk/c.mk versions/socle packages/libsocle/src packages/libsocle/include \
	packages/libsocle/module.mk packages/appliance packages/netboot packages/socle kickstart installer

.PHONY: packages programs
packages: buildroot ## compile and package our programs
	@mk/stage --enter packages packages/build $(C_SOURCES) env:SOURCE_DATE_EPOCH -- packages/build

programs: buildroot ## build/bin/NAME: our programs, runnable on this host
	@mk/enter $(MAKE) -j$$(nproc) -f mk/c.mk MODE=release O=build/c/release all
	@mk/wrappers
