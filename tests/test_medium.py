# SPDX-License-Identifier: GPL-2.0-or-later
"""The other entries of the boot menu."""
import pytest
from machine import Machine, disk, iso


def test_check_this_medium():
    with Machine("medium-check", cdrom=iso()) as m:
        m.menu(3)
        m.send("\r")
        m.expect(r"This medium is good: \d+ files match", timeout=300)


KICKSTART = ("zerombr", "clearpart --all", "autopart", "rootpw --plaintext correct-horse",
             "network --bootproto=dhcp --hostname=again", "poweroff")
INTERRUPT = ("for i in $(seq 600); do grep -q /run/socle/target /proc/mounts && break;"
             " sleep 0.1; done; kill -INT $(cat /run/pid); wait $(cat /run/pid)")


@pytest.fixture(scope="module")
def rescue():
    """A machine in the medium's rescue shell, with an empty disk."""
    with Machine("medium-rescue", disks=[(disk("rescue"), {})], cdrom=iso(), vga=True) as m:
        m.menu(2)
        m.send("\r")
        m.expect("root@.*#", timeout=300)
        yield m


def test_install_without_a_kickstart(rescue):
    """Where nobody can be asked, the installer tells how to give it one."""
    out, code = rescue.shell("socle-install < /dev/null")
    assert code == 1
    assert "socle.ks=" in out
    assert rescue.shell("lsblk -dno NAME /dev/sr0")[1] == 0
    rescue.screenshot()


def test_interrupted_install_can_begin_again(rescue):
    """Whoever stops an install finds nothing mounted or active, and the next one succeeds."""
    for line in KICKSTART:
        rescue.shell(f"echo '{line}' >> /run/ks.cfg")
    rescue.shell("socle-install -y -k /run/ks.cfg > /run/out 2>&1 & echo $! > /run/pid")
    _, code = rescue.shell(INTERRUPT, timeout=300)
    out, _ = rescue.shell("cat /run/out")
    assert code == 1 and "interrupted" in out, out
    assert "It can be installed again" in out
    assert rescue.shell("grep -e /run/socle -e sysroot /proc/mounts")[1] == 1
    assert rescue.shell("lvs --noheadings -o lv_active socle | grep active")[1] == 1
    rescue.send("socle-install -y -k /run/ks.cfg\r")
    rescue.expect("Installed. Plan", timeout=600)
    rescue.wait_off()
