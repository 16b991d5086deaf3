#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# shellcheck disable=SC2154 # netroot is dracut's
#
# A boot over the network: root=live:URL/socle/system.squashfs with socle.sums=SHA256,
# that of URL/SHA256SUMS.  Where livenet would take the image as it comes,
# soclenetroot does all that such a boot needs.
case $netroot in
livenet:*/socle/system.squashfs)
	[ -z "$(getarg socle.sums=)" ] || netroot=soclenet:${netroot#livenet:}
	;;
esac
