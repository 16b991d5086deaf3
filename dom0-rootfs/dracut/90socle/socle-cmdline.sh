#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# Wait for the state volume as well as for the root.
state=$(getarg socle.state=)
case $state in
UUID=*) wait_for_dev "/dev/disk/by-uuid/${state#UUID=}" ;;
esac

# An installed host needs no network yet.  dracut would ask DHCP on every card, and
# what it gets stays on those that the host's own network does not name.
if [ -n "$state" ] && ! getargbool 0 rd.neednet; then
	rm -f /etc/systemd/network/zzzz-dracut-default.network
fi
