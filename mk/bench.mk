# SPDX-License-Identifier: GPL-2.0-or-later
# Benchmarks: both sides of each comparison in one run; every one ends with a
# JSON line {"bench", "ours", "theirs", "unit", "ratio"}.

.PHONY: bench-build bench-size bench-install bench-kickstart bench-appliance bench-netboot
bench-build: iso ## time of 'make iso' with little changed, or COLD=1
	@mk/bench-build $(if $(COLD),cold)

bench-size: iso ## size of the ISO, and what takes the space
	@mk/bench-size

bench-install: iso ## an install against dd + mkfs + grub-install
	@mk/enter env PYTHONDONTWRITEBYTECODE=1 python3 tests/bench_install.py

bench-kickstart: programs ## the kickstart checker: files a second, the slowest, memory
	@mk/enter env PYTHONDONTWRITEBYTECODE=1 python3 tests/bench_kickstart.py

bench-appliance: programs ## import and export of appliances against sha256sum, tar and qemu-img
	@mk/enter env PYTHONDONTWRITEBYTECODE=1 python3 tests/bench_appliance.py

bench-netboot: iso pxe programs ## boot over the network: time, bytes, the server's processor; 50 clients at once
	@mk/enter env PYTHONDONTWRITEBYTECODE=1 python3 tests/bench_netboot.py $(T)
