# SPDX-License-Identifier: GPL-2.0-or-later
# Tests: units under sanitizers, then whole machines.

.PHONY: check check-unit check-system check-long check-repro check-repro-short fuzz

check: iso pxe programs ## all tests: units, the ISO built twice, whole machines in QEMU
	@mk/check unit repro system

check-unit: buildroot ## the unit tests and fuzz corpora, under ASan and UBSan
	@mk/check unit

check-system: iso pxe programs ## whole machines in QEMU (T=EXPRESSION picks tests)
	@mk/check system $(if $(T),"$(T)")

check-long: iso pxe programs templates ## what takes too long for make check (T=EXPRESSION picks tests)
	@LONG=1 mk/check system $(if $(T),"$(T)")

fuzz: buildroot ## fuzz every parser for FUZZ_SECONDS (60) each
	@mk/enter mk/fuzz $(or $(FUZZ_SECONDS),60)

check-repro: iso pxe ## build all again elsewhere, kernel too, and compare
	@mk/repro all

check-repro-short: iso pxe ## the same, the kernel taken from the cache
	@mk/repro short
