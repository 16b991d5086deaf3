# SPDX-License-Identifier: GPL-2.0-or-later
"""A mirror: one Socle on two disks, either of which boots by itself."""
import json

import host
import pytest
from machine import GIB, WORK, disk, fingerprint, ssh_public_key
from resume import install, resumed, unplug

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
KEEP = KICKSTART.replace("zerombr\nclearpart --all\nautopart\n", "guests --keep\n")


@pytest.fixture(scope="module")
def lab():
    """A live system with two disks of different sizes."""
    disks = [(disk(f"pair-{name.lower()}", size), {"serial": name}) for name, size in PAIR]
    with resumed("install-pair", disks=disks) as m:
        # The halves are made equal by the host; here it would only take the processor.
        m.ssh("echo 100 > /proc/sys/dev/raid/speed_limit_max")
        yield m


@pytest.fixture(scope="module")
def installed(lab):
    """One Socle on both, said by two selectors."""
    install(lab, "pair", KICKSTART.format(key=ssh_public_key()))
    return lab


@pytest.fixture(scope="module")
def pair(installed):
    """The disks, taken out of that machine: the last of the tests that need it."""
    installed.ssh("sync")
    installed.qmp("quit")
    return [(WORK / f"pair-{name.lower()}.img", {"serial": name}) for name, _ in PAIR]


def state(m):
    m.ssh("grep -q ' /mnt/sysroot ' /proc/mounts && exit 1; cat /proc/mdstat")
    return json.loads(m.ssh("socle rescue list --json"))


def images(names):
    return {name: fingerprint(WORK / f"pair-{name}.img") for name in names}


@pytest.mark.long
def test_a_pair_over_a_pair(installed):
    """The arrays of the old one are taken apart, and not found again in the new."""
    installed.ssh(USE + "true" + LEAVE)
    said = install(installed, "again", KICKSTART.format(key=ssh_public_key()).replace("=pair", "=new"))
    assert "DESTROYS" in said and "stopped array" in " ".join(said.split()), said
    arrays = installed.ssh("mdadm --examine --scan; " + USE + "true" + LEAVE)
    assert arrays.count("ARRAY ") == 4, arrays
    found = state(installed)
    assert len(found) == 1 and not found[0]["degraded"] and found[0]["hostname"] == "new", found
    install(installed, "back", KICKSTART.format(key=ssh_public_key()))


# The arrays are started by udev, as it does when such a machine is started.
USE = "udevadm trigger --settle --subsystem-match=block --action=add; vgchange -qay socle; "
LEAVE = "; vgchange -qan socle"


def test_guests_are_kept_on_a_pair(installed):
    """A guest's data stays, and both halves have the new system."""
    installed.ssh(USE + "lvcreate -q -V 16M -T socle/guests -n vm1 &&"
                  " head -c 16M /dev/urandom > /run/vm1 && cp /run/vm1 /dev/socle/vm1 && sync" + LEAVE)
    said = install(installed, "keep", KEEP.format(key=ssh_public_key()))
    assert "KEEPS" in said and "vm1, 16 MiB" in said, said
    assert "same" in installed.ssh(USE + "cmp /run/vm1 /dev/socle/vm1 && echo same" + LEAVE)


def test_rescue_of_a_pair(installed):
    """Found as one system; what is changed in it is changed on both."""
    found = state(installed)
    assert len(found) == 1 and found[0]["mirror"] and not found[0]["degraded"], found
    assert len(found[0]["disks"]) == 2 and found[0]["hostname"] == "pair"
    installed.ssh("socle rescue mount && echo mended > /mnt/sysroot/root/mended &&"
                  " socle rescue umount && sync", timeout=240)
    assert state(installed) == found
    for command in ("socle rescue grub", "socle rescue slot"):
        installed.ssh(command, timeout=300)


def test_rescue_of_half_a_pair(installed):
    """The other disk is gone: it is told, and to look at what is left changes not a byte."""
    installed.ssh("mdadm --stop --scan; ! grep ^md /proc/mdstat")
    unplug(installed, "FIRST")
    before = images(["first", "second"])
    found = state(installed)
    assert len(found) == 1 and found[0]["degraded"] and len(found[0]["disks"]) == 1, found
    said = installed.ssh("socle rescue mount --read-only && cat /mnt/sysroot/root/mended"
                         " && socle rescue umount && sync", timeout=240)
    assert "mended" in said
    assert images(["first", "second"]) == before


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
