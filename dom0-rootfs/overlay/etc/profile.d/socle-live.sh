# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Where one is, and what one can do here, for who got a shell of the live system.
case " $(cat /proc/cmdline) " in
*" rd.live.image "*" socle.rescue "*)
	cat <<'TEXT'

This is Socle's rescue shell, running from its medium.  Nothing was changed.

  socle rescue list               the systems installed on this machine's disks
  socle rescue passwd             set the root password of one
  socle rescue grub               write its boot loader and boot entries again
  socle rescue slot a|b           choose the slot that boots
  socle rescue mount, umount      mount it at /mnt/sysroot, and let go of it
  socle rescue chroot             a shell in it
  socle rescue logs PLACE         save its logs to a stick, a server or a folder
  lsblk, vgs, mdadm, e2fsck, ...  to look at disks and mend them
  reboot

TEXT
	;;
*" rd.live.image "*)
	cat <<'TEXT'

This is Socle's live system, running from its medium.

  socle facts                     this machine, as the installer sees it
  socle-install --dry-run         what would be done (-k FILE|URL: the kickstart)
  socle-install                   ask by screens, show it, and do it
  socle rescue list               installed systems; socle rescue --help mends them
  lsblk, vgs, mdadm, e2fsck, ...  to look at disks and mend them
  reboot

TEXT
	;;
esac
