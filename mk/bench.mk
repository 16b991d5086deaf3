# SPDX-License-Identifier: GPL-2.0-or-later
# Benchmarks: both sides of each comparison in one run; every one ends with a
# JSON line {"bench", "ours", "theirs", "unit", "ratio"}.

.PHONY: bench-build bench-size bench-install
bench-build: iso ## time of 'make iso': nothing changed, one C file changed, and (COLD=1) cold
	@mk/bench-build $(if $(COLD),cold)

bench-size: iso ## size of the ISO, and what takes the space
	@mk/bench-size

bench-install: iso ## an install against dd + mkfs + grub-install in the same machine
	@mk/enter env PYTHONDONTWRITEBYTECODE=1 python3 tests/bench_install.py
