#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# systemd-network-generator makes the interfaces of bond=NAME:SLAVES:OPTIONS:MTU, but
# drops the options, without which a switch that speaks LACP answers nothing.  The
# driver takes the same options as the defaults of all bonds; /run stays for the
# system that is switched to.
for bond in $(getargs bond=); do
	options=${bond#*:}
	case $options in
	*:*) options=${options#*:} ;;
	*) continue ;;
	esac
	options=${options%%:*}
	[ -n "$options" ] || continue
	if [ -e /run/modprobe.d/socle-bond.conf ]; then
		warn "Socle: bond=$bond: bonds have the options of the first bond= only"
		continue
	fi
	mkdir -p /run/modprobe.d
	# Several values of one option are parted by ";" here and by "," there.
	echo "options bonding max_bonds=0 $(echo "$options" | tr ',;' ' ,')" > /run/modprobe.d/socle-bond.conf
done
