#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=dash
# Before systemd-networkd reads its files: those of the port that leads to the disk.
/usr/libexec/socle/ibft network || warn "Socle: the iBFT cannot be read"
