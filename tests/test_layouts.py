# SPDX-License-Identifier: GPL-2.0-or-later
"""Layouts: partitions of one's own, guests that stay, sectors of 4 KiB, more than 2 TiB."""
import json
import subprocess

import host
import pytest
from machine import GIB, MIB, WORK, disk, ssh_public_key
from resume import install, resumed

KICKSTART = """rootpw --lock
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname={name}
{more}
"""


def kickstart(name, more):
    return KICKSTART.format(key=ssh_public_key(), name=name, more=more)


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


@pytest.fixture(scope="module")
def lab():
    """A live system with disks of all sorts."""
    disks = [(disk("lab-4kn"), {"serial": "FOURK", "logical_block_size": 4096,
                                "physical_block_size": 4096}),
             (disk("lab-data", 2 * GIB), {"serial": "DATA"}),
             (disk("lab-big", 3 << 40), {"serial": "BIG"})]
    with resumed("lab", disks=disks) as m:
        yield m


@pytest.fixture(scope="module")
def own(lab):
    install(lab, "own", kickstart("own", OWN))
    lab.ssh("vgchange -qay socle data; mkdir -p /run/s; mount /dev/socle/state /run/s")
    return lab


def test_own_partitions_beside_the_system(own):
    fstab = own.ssh("cat /run/s/etc/upper/fstab").splitlines()
    assert sorted(line.split()[1:3] for line in fstab) == [["/home", "ext4"], ["/opt/x", "xfs"],
                                                          ["/srv/vms", "ext4"], ["none", "swap"]]
    for line in fstab:
        assert own.ssh(f"blkid -o value -s TYPE -t {line.split()[0]}").strip() == line.split()[2]
    table = json.loads(own.ssh("sfdisk -J /dev/disk/by-id/virtio-FOURK"))["partitiontable"]
    assert table["sectorsize"] == 4096
    assert [p["name"] for p in table["partitions"]] == ["bios", "esp", "system-a", "system-b",
                                                        "data"]
    assert own.ssh("lvs --noheadings --units g -o lv_size socle/guests").strip() == "2.00g"


@pytest.mark.long
def test_host_on_them(own):
    """By UEFI, as a BIOS starts no disk of 4 KiB sectors; from copies, as others go on here."""
    own.ssh("umount /run/s; vgchange -qan data socle; sync")
    disks = []
    for name, props in (("4kn", {"serial": "FOURK", "logical_block_size": 4096,
                                 "physical_block_size": 4096}), ("data", {"serial": "DATA"})):
        copy = WORK / f"own-{name}.img"
        subprocess.run(["cp", "--sparse=always", WORK / f"lab-{name}.img", copy], check=True)
        disks.append((copy, props))
    (WORK / "own.vars.fd").unlink(missing_ok=True)
    with host.boot("own", disks, firmware="uefi") as m:
        host.wait_up(m)
        host.check_host(m, "own", swap=True)
        types = m.ssh("for d in /home /opt/x /srv/vms; do findmnt -no FSTYPE $d; done")
        assert types.split() == ["ext4", "xfs", "ext4"]
        assert m.ssh("lsblk -dno LOG-SEC /dev/disk/by-id/virtio-FOURK").strip() == "4096"
        assert "[2/2]" in m.ssh("cat /proc/mdstat")
        m.ssh("echo kept > /srv/vms/kept; systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)


GUEST = {"etc/upper/xen/vm1.cfg": 'name = "vm1"',
         "var/lib/socle/guests/vm1/guest.json": '{"name": "vm1"}'}
# Deleted by an overlay, changed by hand, and no guest's.
OTHERS = ("mknod /run/s/etc/upper/xen/gone.cfg c 0 0; echo old > /run/s/etc/upper/xen/xl.conf;"
          " echo old > /run/s/etc/upper/old.cfg; touch /run/s/root/old")


def write_guest(m, root):
    """What tells of a guest, as it lies on a state volume that is mounted there."""
    for path, text in GUEST.items():
        m.ssh(f"mkdir -p $(dirname {root}/{path}); echo '{text}' > {root}/{path}")
    m.ssh(f"mkdir -p {root}/etc/upper/xen/auto; ln -sf ../vm1.cfg {root}/etc/upper/xen/auto/vm1;"
          f" chmod 600 {root}/var/lib/socle/guests/vm1/guest.json")


def check_guest(m, root):
    for path, text in GUEST.items():
        assert m.ssh(f"cat {root}/{path}").strip() == text
    assert m.ssh(f"readlink {root}/etc/upper/xen/auto/vm1").strip() == "../vm1.cfg"
    assert m.ssh(f"stat -c %a {root}/var/lib/socle/guests/vm1/guest.json").strip() == "600"


def test_guests_are_kept(own):
    """A guest's data, what tells of it, and the partitions stay; all else of the state is gone."""
    # The host that is booted from copies has it unmounted.
    own.ssh("vgchange -qay socle data; mountpoint -q /run/s || mount /dev/socle/state /run/s")
    write_guest(own, "/run/s")
    own.ssh(f"{OTHERS}; umount /run/s; lvcreate -q -V 16M -T socle/guests -n vm1;"
            " head -c 16M /dev/urandom > /run/vm1; cp /run/vm1 /dev/socle/vm1; sync;"
            " sfdisk -d /dev/disk/by-id/virtio-FOURK > /run/before")
    said = install(own, "again", kickstart("again", "disk --serial=FOURK\nguests --keep\npoweroff\n"))
    assert "KEEPS" in said and "vm1, 16 MiB" in said
    own.ssh("sfdisk -d /dev/disk/by-id/virtio-FOURK | cmp - /run/before;"
            " vgchange -qay socle; cmp /run/vm1 /dev/socle/vm1; mount /dev/socle/state /run/s;"
            " test ! -e /run/s/root/old; grep -x again /run/s/etc/upper/hostname;"
            " test ! -e /run/s/etc/upper/old.cfg; test ! -e /run/s/etc/upper/xen/gone.cfg;"
            " ! grep old /run/s/etc/upper/xen/xl.conf")
    check_guest(own, "/run/s")
    own.ssh("umount /run/s; vgchange -qan socle && vgrename -q socle first")


def test_beyond_2_tib(own):
    install(own, "big", kickstart(
        "big", "disk --serial=BIG\nzerombr\nclearpart --all\nautopart\npoweroff\n"))
    table = json.loads(own.ssh("sfdisk -J /dev/disk/by-id/virtio-BIG"))["partitiontable"]
    data = table["partitions"][-1]
    assert (data["start"] + data["size"]) * 512 > 3 * (1 << 40) - 64 * MIB
    size = own.ssh("vgs --noheadings --units g --nosuffix -o vg_size socle")
    assert float(size) > 3 * 1024 - 8
