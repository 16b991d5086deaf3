# SPDX-License-Identifier: GPL-2.0-or-later
# Network boot: what serves the tree of make pxe to a rack of servers.
$(eval $(call library,netboot,packages/netboot,installer kickstart socle,libmicrohttpd))
