# SPDX-License-Identifier: GPL-2.0-or-later
# The host's few tools, the locked inputs, the build root, and programs run in it.

.PHONY: host fetch update-lock buildroot shell

host:
	@mk/host

fetch: host ## bring all locked inputs into the cache
	@mk/fetch

update-lock: host ## resolve the locks afresh against the signed indexes
	@mk/lock

buildroot: fetch ## unpack the build root (Debian 13, from the lock)
	@mk/stage buildroot mk/mkbuildroot mk/debrepo lock:buildroot -- mk/mkbuildroot

shell: buildroot ## a shell in the build root
	@mk/enter bash
