# SPDX-License-Identifier: GPL-2.0-or-later
"""A mirror: one Socle on two disks, either of which boots by itself."""
import host
import pytest
from machine import GIB, WORK, Machine, WebServer, disk, iso, ssh_public_key

KICKSTART = """rootpw --lock
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname=pair
disk --serial=FIRST
disk --serial=SECOND
mirror
zerombr
clearpart --all
autopart
poweroff
"""
PAIR = [("FIRST", 16 * GIB), ("SECOND", 17 * GIB)]


@pytest.fixture(scope="module")
def pair():
    """Two disks of different sizes with one Socle on both, said by two selectors."""
    disks = [(disk(f"pair-{name.lower()}", size), {"serial": name}) for name, size in PAIR]
    text = KICKSTART.format(key=ssh_public_key())
    with WebServer({"/ks.cfg": text}) as web, \
            Machine("install-pair", disks=disks,
                    kernel=f"socle.install socle.ks={web.url('/ks.cfg')}",
                    cdrom=iso()) as m:
        m.expect(r"Plan [0-9a-f]{16}", timeout=240)
        m.expect("Installed", timeout=600)
        m.wait_off()
    return disks


def check_alone(name, disks, **more):
    """A host of which one disk is gone: it boots, knows, and has nothing that failed."""
    with host.boot(name, disks, **more) as m:
        host.wait_up(m)
        host.check_host(m, "pair")
        assert m.ssh("cat /proc/mdstat").count("[2/1]") == 4, m.ssh("cat /proc/mdstat")
        assert "/dev/md" in m.ssh("ls /boot/a/vmlinuz && findmnt -no SOURCE -t vfat /boot")
        assert m.ssh("systemctl is-active mdmonitor.service").strip() == "active"
        m.ssh("systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)


def test_second_disk_alone(pair):
    check_alone("pair-second-alone", pair[1:])


@pytest.mark.long
def test_first_disk_alone(pair):
    check_alone("pair-first-alone", pair[:1])


@pytest.mark.long
def test_pair_by_uefi(pair):
    """The disks boot by either firmware, here with fresh NVRAM and the first one gone."""
    (WORK / "pair-uefi.vars.fd").unlink(missing_ok=True)
    check_alone("pair-uefi", pair[1:], firmware="uefi")


@pytest.mark.long
def test_disk_dies_while_the_host_runs(pair):
    """Both disks: the halves are made equal; one is lost, and the host goes on."""
    with host.boot("pair-both", pair) as m:
        host.wait_up(m)
        host.check_host(m, "pair")
        assert m.ssh("cat /proc/mdstat").count("[2/2] [UU]") == 4
        m.ssh("for a in /dev/md/socle-*; do"
              " mdadm -q $a --fail $(lsblk -nro PATH /dev/vdb | grep -Fx -f <(mdadm -D $a |"
              " grep -o '/dev/vdb[0-9]')); done; echo alive > /root/alive; sync")
        assert m.ssh("cat /proc/mdstat").count("[2/1]") == 4
        m.ssh("systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)
    with host.boot("pair-survivor", pair[:1]) as m:
        host.wait_up(m)
        assert m.ssh("cat /root/alive").strip() == "alive"
