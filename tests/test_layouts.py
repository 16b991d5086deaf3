# SPDX-License-Identifier: GPL-2.0-or-later
"""Layouts: a pair of disks, guests that stay, sectors of 4 KiB, more than 2 TiB."""
import json

import host
import pytest
from machine import GIB, MIB, WORK, Machine, WebServer, disk, iso, live, ssh_public_key

KICKSTART = """rootpw --lock
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname={name}
{more}
"""
LIVE = "mkdir -p /run/stay; printf '#!/bin/sh\\n' > /run/stay/systemctl; chmod +x /run/stay/*"


def kickstart(name, more):
    return KICKSTART.format(key=ssh_public_key(), name=name, more=more)


PAIR = [("FIRST", 16 * GIB), ("SECOND", 17 * GIB)]


@pytest.fixture(scope="module")
def pair():
    """Two disks of different sizes with one Socle on both, said by two selectors."""
    disks = [(disk(f"pair-{name.lower()}", size), {"serial": name}) for name, size in PAIR]
    text = kickstart("pair", "disk --serial=FIRST\ndisk --serial=SECOND\nmirror\nzerombr\n"
                             "clearpart --all\nautopart\npoweroff\n")
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


# Sectors of 4 KiB for the system, and a small disk for data beside it.
OWN = """disk --serial=FOURK
zerombr
clearpart --all
guests --size=2G
logvol /home --vgname=socle --name=home --size=64
part swap --size=64 --ondisk=/dev/disk/by-id/virtio-DATA
part /opt/x --fstype=xfs --size=400 --ondisk=/dev/disk/by-id/virtio-DATA
part raid.1 --size=128 --ondisk=/dev/disk/by-id/virtio-DATA
part raid.2 --size=128 --grow --ondisk=/dev/disk/by-id/virtio-DATA
raid pv.1 --device=md0 --level=1 raid.1 raid.2
volgroup data pv.1
logvol /srv/vms --vgname=data --name=vms --size=32 --grow --label=vms
poweroff
"""


def install(m, name, more):
    """By hand in the live system, which stays; what happened."""
    m.ssh(f"cat > /run/{name}.ks <<'X'\n{kickstart(name, more)}X")
    return m.ssh(f"PATH=/run/stay:$PATH socle-install --yes --kickstart /run/{name}.ks"
                 f" < /dev/null > /run/{name}.log 2>&1 || {{ tail -n 40 /run/{name}.log; exit 1; }};"
                 f" udevadm settle; cat /run/{name}.log", timeout=600)


@pytest.fixture(scope="module")
def lab():
    """A live system with disks of all sorts."""
    disks = [(disk("lab-4kn"), {"serial": "FOURK", "logical_block_size": 4096,
                                "physical_block_size": 4096}),
             (disk("lab-data", 2 * GIB), {"serial": "DATA"}),
             (disk("lab-big", 3 << 40), {"serial": "BIG"})]
    with Machine("lab", cdrom=iso(), kernel="", disks=disks) as m:
        live(m)
        m.ssh(LIVE)
        yield m


@pytest.fixture(scope="module")
def own(lab):
    install(lab, "own", OWN)
    lab.ssh("vgchange -qay socle data; mkdir -p /run/s; mount /dev/socle/state /run/s")
    return lab


def test_own_partitions_beside_the_system(own):
    fstab = own.ssh("cat /run/s/etc/upper/fstab").splitlines()
    assert [line.split()[1:3] for line in fstab] == [["none", "swap"], ["/opt/x", "xfs"],
                                                    ["/srv/vms", "ext4"], ["/home", "ext4"]]
    for line in fstab:
        assert own.ssh(f"blkid -o value -s TYPE -t {line.split()[0]}").strip() == line.split()[2]
    table = json.loads(own.ssh("sfdisk -J /dev/disk/by-id/virtio-FOURK"))["partitiontable"]
    assert table["sectorsize"] == 4096
    assert [p["name"] for p in table["partitions"]] == ["bios", "esp", "system-a", "system-b",
                                                        "data"]
    assert own.ssh("lvs --noheadings --units g -o lv_size socle/guests").strip() == "2.00g"


def test_guests_are_kept(own):
    """A guest's data and the partitions stay; what was on the state volume is gone."""
    own.ssh("touch /run/s/root/old; umount /run/s; lvcreate -q -V 16M -T socle/guests -n vm1;"
            " head -c 16M /dev/urandom > /run/vm1; cp /run/vm1 /dev/socle/vm1; sync;"
            " sfdisk -d /dev/disk/by-id/virtio-FOURK > /run/before")
    said = install(own, "again", "disk --serial=FOURK\nguests --keep\npoweroff\n")
    assert "KEEPS" in said and "vm1, 16 MiB" in said
    own.ssh("sfdisk -d /dev/disk/by-id/virtio-FOURK | cmp - /run/before;"
            " vgchange -qay socle; cmp /run/vm1 /dev/socle/vm1; mount /dev/socle/state /run/s;"
            " test ! -e /run/s/root/old; grep -x again /run/s/etc/upper/hostname; umount /run/s")
    own.ssh("vgchange -qan socle && vgrename -q socle first")


def test_beyond_2_tib(own):
    install(own, "big", "disk --serial=BIG\nzerombr\nclearpart --all\nautopart\npoweroff\n")
    table = json.loads(own.ssh("sfdisk -J /dev/disk/by-id/virtio-BIG"))["partitiontable"]
    data = table["partitions"][-1]
    assert (data["start"] + data["size"]) * 512 > 3 * (1 << 40) - 64 * MIB
    assert "3." in own.ssh("vgs --noheadings --units t -o vg_size socle")
