# SPDX-License-Identifier: GPL-2.0-or-later
"""
What takes long: a host whose disk has two paths, and installs that are killed
at any moment.  Part of make check-long.
"""
import random
import time

import host
import pytest
import test_disks
from machine import Machine, disk, fingerprint, iso, live, ssh_public_key

pytestmark = pytest.mark.long

LUN = """rootpw --lock
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname=paths
disk --serial=LUN0
zerombr
clearpart --all
autopart
poweroff
"""


def test_host_on_two_paths():
    """Installed to, and booted from, a disk that two controllers lead to."""
    lun = disk("paths-lun")
    with Machine("paths-install", cdrom=iso(), kernel="",
                 extra=test_disks.scsi_paths(lun)) as m:
        live(m)
        m.ssh(f"cat > /run/ks.cfg <<'X'\n{LUN.format(key=ssh_public_key())}X")
        m.send("socle-install -y -k /run/ks.cfg\r")
        m.expect("Installed. Plan", timeout=600)
        m.wait_off()
    with host.boot("paths-host", [], extra=test_disks.scsi_paths(lun)) as m:
        host.wait_up(m)
        host.check_host(m, "paths")
        maps = m.ssh("multipath -ll")
        assert maps.count("active ready running") == 2, maps
        backing = m.ssh("lsblk -nso TYPE $(findmnt -no SOURCE /)")
        assert "mpath" in backing, backing
        m.ssh("test -f /boot/a/xen.gz")
        m.ssh("systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)


def begin(m, seed):
    m.ssh("mkdir -p /run/socle; (setsid socle-install -y -k /run/TARGET.cfg > /run/install.log"
          " 2>&1 < /dev/null & echo $! > /run/install.pid)")
    time.sleep(random.Random(seed).uniform(1, 60))


def write_kickstart(m):
    text = test_disks.KICKSTART.format(serial="TARGET")
    m.ssh(f"cat > /run/TARGET.cfg <<'X'\n{text}X")


def machine(name, disks):
    return Machine(name, cdrom=iso(), kernel="",
                   disks=[(disks[n], {"serial": n.upper()}) for n in ("target", "other")])


def finish(m):
    m.send("socle-install -y -k /run/TARGET.cfg\r")
    m.expect("Installed. Plan", timeout=600)
    m.wait_off()


@pytest.fixture
def pair():
    """A target, and another disk with a group, a mirror's half and a file system on it."""
    disks = {n: disk(f"killed-{n}") for n in ("target", "other")}
    with machine("killed-prepare", disks) as m:
        live(m)
        m.ssh(f"cat > /run/prepare <<'X'\n{test_disks.PREPARE}X\nsh /run/prepare")
        group = m.ssh("vgs --noheadings -o vg_uuid -S pv_name=$(readlink -f "
                      "/dev/disk/by-id/virtio-OTHER)2").strip()
        m.ssh(f"vgrename -q {group} elsewhere; sync; sleep 1")
    return disks


def test_killed_installer(pair):
    """SIGKILL at ten moments of one session; the next run finishes."""
    before = fingerprint(pair["other"])
    with machine("killed-program", pair) as m:
        live(m)
        write_kickstart(m)
        for i in range(10):
            begin(m, i)
            m.ssh("kill -9 -- -$(cat /run/install.pid) 2>/dev/null; sync", check=False)
            assert fingerprint(pair["other"]) == before
        finish(m)
    assert fingerprint(pair["other"]) == before


def test_power_cut(pair):
    """The power goes at ten moments; the next start finds what it needs, and the last finishes."""
    before = fingerprint(pair["other"])
    for i in range(10):
        with machine("killed-power", pair) as m:
            live(m)
            write_kickstart(m)
            begin(m, 100 + i)
            m.qmp("quit")
        assert fingerprint(pair["other"]) == before
    with machine("killed-power", pair) as m:
        live(m)
        write_kickstart(m)
        finish(m)
    assert fingerprint(pair["other"]) == before
