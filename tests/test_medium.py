# SPDX-License-Identifier: GPL-2.0-or-later
"""The other entries of the boot menu."""
from machine import Machine, iso


def test_check_this_medium():
    with Machine("medium-check", cdrom=iso()) as m:
        m.menu(3)
        m.send("\r")
        m.expect(r"This medium is good: \d+ files match", timeout=300)


def test_rescue_shell_and_install_without_a_kickstart():
    """A shell without a password; the installer tells how to give it a kickstart."""
    with Machine("medium-rescue", cdrom=iso(), vga=True) as m:
        m.menu(2)
        m.send("\r")
        m.expect("root@.*#", timeout=300)
        out, code = m.shell("socle-install")
        assert code == 1
        assert "socle.ks=" in out
        assert m.shell("lsblk -dno NAME /dev/sr0")[1] == 0
        m.screenshot()
