# SPDX-License-Identifier: GPL-2.0-or-later
#
# Socle: from pinned sources to a bootable Xen host.  'make help' lists the targets.
#
#	MIRROR=URL      the Debian archive, if not the one of this host's apt sources
#	LOCK=strict     stop when a locked file is gone from the mirror
#	KEEP=1          update-lock: keep what is locked, add what the lists gained
#	SOCLE_CACHE=DIR what was fetched, and the kernels, by hash
#	KS=FILE         a kickstart file to put on the ISO, which then asks nothing
#	TEMPLATE=NAME   templates: these appliances, not all
#	KEY=, CERT=     templates: sign with this key and certificate (PEM files)
#	TEMPLATES=NAMES iso: put these appliances on the ISO
#	JOBS=N          jobs at once, by default one per processor
#	V=1             show what is run

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

export SOCLE_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/socle
export LC_ALL := C
export TZ := UTC
export V JOBS LOCK MIRROR MIRROR_SECURITY
# Images carry the date of the commit that they were built from.
export SOURCE_DATE_EPOCH ?= $(shell git log -1 --format=%ct 2>/dev/null || echo 1767225600)

include mk/inputs.mk hypervisor/build.mk packages/build.mk dom0-rootfs/build.mk iso/build.mk
include templates/build.mk mk/check.mk mk/bench.mk mk/lint.mk

.PHONY: help clean
help: ## list the targets
	@echo "Socle $$(cat versions/socle)"
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@sed -n 's/^#\t\([A-Z_]*=.*\)/  \1/p' Makefile

clean: ## remove build/ (the cache stays)
	@mk/userns -- rm -rf build
