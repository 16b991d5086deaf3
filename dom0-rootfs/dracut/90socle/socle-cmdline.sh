#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# Wait for the state volume as well as for the root.
state=$(getarg socle.state=)
case $state in
UUID=*) wait_for_dev "/dev/disk/by-uuid/${state#UUID=}" ;;
esac
