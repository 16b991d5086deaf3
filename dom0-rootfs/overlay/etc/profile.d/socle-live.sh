# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Where one is, and what one can do here, for who got a shell of the live system.
case " $(cat /proc/cmdline) " in
*" rd.live.image "*)
	cat <<'TEXT'

This is Socle's live system, running from its medium.

  socle facts                     this machine, as the installer sees it
  socle-install --dry-run         what would be done (-k FILE|URL: the kickstart)
  socle-install                   show it, and do it
  lsblk, vgs, mdadm, e2fsck, ...  to look at disks and mend them
  reboot

TEXT
	;;
esac
