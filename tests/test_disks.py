# SPDX-License-Identifier: GPL-2.0-or-later
"""
Disks that were used before: what the installer finds on them, what it takes
apart, and that a disk which is not chosen never changes by a byte.
"""
import base64
import json
import struct
import subprocess

import host
import pytest
from machine import WORK, disk, fingerprint, ssh_public_key
from resume import resumed

KICKSTART = """rootpw --plaintext correct-horse
network --bootproto=dhcp --hostname=again
ignoredisk --only-use=/dev/disk/by-id/virtio-{serial}
zerombr
clearpart --all
autopart
poweroff
"""


def zfs_label(**pairs):
    """A pool's label of these pairs: an XDR list of pairs of a name and a text or number."""
    def text(value):
        return struct.pack(">I", len(value)) + value.encode() + bytes(-len(value) % 4)

    def pair(name, value):
        body = struct.pack(">II", 9, 1) + text(value) if isinstance(value, str) else \
            struct.pack(">IIQ", 8, 1, value)
        size = 8 + len(text(name)) + len(body)
        return struct.pack(">II", size, size) + text(name) + body

    return struct.pack("4B2I", 1, 1, 0, 0, 0, 1 << 24) + \
        b"".join(pair(*item) for item in pairs.items()) + bytes(8)


# What others left: TARGET has half of a RAID1 with LVM on it, a group that is called
# socle, and ZFS; OTHER has the other half, and a group of its own that is called socle.
# ZFS has four labels, two at the start and two at the end, with a list 16 KiB behind each.
PREPARE = r"""set -e
exec > /run/prepare.log 2>&1
target=$(readlink -f /dev/disk/by-id/virtio-TARGET)
other=$(readlink -f /dev/disk/by-id/virtio-OTHER)
printf 'label: gpt\nsize=256M\nsize=256M\nsize=256M\n' | sfdisk -q $target
printf 'label: gpt\nsize=256M\nsize=256M\n' | sfdisk -q $other
udevadm settle
mdadm --create /dev/md/old --run --level=1 --raid-devices=2 --metadata=1.2 --assume-clean \
    ${target}1 ${other}1
pvcreate -q -y /dev/md/old
vgcreate -q -y old /dev/md/old
lvcreate -q -y -n root -L 64M old
mkfs.ext4 -q -L oldroot /dev/old/root
vgchange -q -an old
mdadm --stop /dev/md/old
vgcreate -q -y --devices ${target}2 socle ${target}2
lvcreate -q -y --devices ${target}2 -n state -L 64M socle
vgchange -q -an --devices ${target}2 socle
vgcreate -q -y --devices ${other}2 socle ${other}2
lvcreate -q -y --devices ${other}2 -an -Zn -n state -L 64M socle
for label in 0 256 261632 261888; do
    echo ZFS | base64 -d | dd of=${target}3 bs=1024 seek=$((label + 16)) conv=notrunc status=none
done
sync
udevadm trigger --settle --subsystem-match=block --action=add
""".replace("ZFS", base64.b64encode(zfs_label(
    version=5000, name="tank", state=0, txg=4, pool_guid=0x5a0c1e, guid=0xd15c)).decode())


LUN_LINK = "/dev/disk/by-id/dm-uuid-mpath-35000c50015ea71aa"


def scsi_paths(path):
    """Two controllers that lead to one disk."""
    args = []
    for i in range(2):
        args += ["-drive", f"if=none,id=p{i},format=raw,file={path},file.locking=off,cache=unsafe",
                 "-device", f"virtio-scsi-pci,id=s{i}",
                 "-device", f"scsi-hd,drive=p{i},bus=s{i}.0,serial=LUN0,share-rw=on,"
                            "wwn=0x5000c50015ea71aa,vendor=SOCLE,product=TESTLUN"]
    return args


@pytest.fixture(scope="module")
def disks():
    return {name: disk(f"disks-{name}") for name in ("target", "other", "lun")}


@pytest.fixture(scope="module")
def used(disks):
    """A live system whose disks were used before."""
    with resumed("disks", extra=scsi_paths(disks["lun"]),
                 links=[LUN_LINK],
                 disks=[(disks[n], {"serial": n.upper()}) for n in ("target", "other")]) as m:
        m.ssh(f"cat > /run/prepare <<'X'\n{PREPARE}X\nsh /run/prepare || {{ cat /run/prepare.log; exit 1; }}")
        for serial in ("TARGET", "OTHER"):
            m.ssh(f"cat > /run/{serial}.cfg <<'X'\n{KICKSTART.format(serial=serial)}X")
        yield m


@pytest.fixture(scope="module")
def facts(used):
    return json.loads(used.ssh("socle facts"))


def volumes(facts, kind):
    return {v["name"].split(":")[-1]: v for v in facts["volumes"] if v["kind"] == kind}


def test_what_lies_on_the_disks_is_known(facts):
    array = volumes(facts, "array")["old"]
    assert array["level"] == "raid1" and array["metadata"] == "1.2" and array["active"]
    assert sorted(array["in_sync"]) == sorted(array["on"]) and len(array["on"]) == 2
    groups = [v for v in facts["volumes"] if v["kind"] == "group"]
    assert sorted(v["name"] for v in groups) == ["old", "socle", "socle"]
    assert next(v for v in groups if v["name"] == "old")["on"] == [array["id"]]
    # Nobody activates what lies on the disks of a machine that is to be installed.
    assert not any(v.get("active") for v in facts["volumes"] if v["kind"] == "volume")
    types = {c.get("type") for d in facts["disks"] for c in d["contents"]}
    assert {"linux_raid_member", "LVM2_member", "zfs_member"} <= types


def test_paths_of_one_disk_are_joined(facts):
    lun = [d for d in facts["disks"] if d["serial"] == "LUN0"]
    assert len(lun) == 1, lun
    assert lun[0]["path"] == f"/dev/mapper/{lun[0]['name']}" and len(lun[0]["paths"]) == 2


def test_a_group_of_our_name_elsewhere_is_refused(used, facts, disks):
    before = fingerprint(disks["other"])
    out = used.ssh("socle-install -n -k /run/TARGET.cfg 2>&1", check=False)
    other = next(v for v in facts["volumes"] if v["name"] == "socle" and
                 v["on"][0].startswith(next(d["name"] for d in facts["disks"]
                                            if d["serial"] == "OTHER")))
    assert "REFUSED" in out and f"vgrename {other['uuid']} NEWNAME" in " ".join(out.split()), out
    used.ssh("sync")
    assert fingerprint(disks["other"]) == before
    used.ssh(f"vgrename -q {other['uuid']} elsewhere && sync")


def test_plan_elsewhere_is_the_same(used, disks):
    """The facts and the medium's manifest, taken away, give the hash that the installer shows."""
    for name, command in (("hw.json", "socle facts"), ("ks.cfg", "cat /run/TARGET.cfg"),
                          ("manifest.json", "cat /run/initramfs/live/socle/manifest.json")):
        (WORK / f"disks-{name}").write_text(used.ssh(command))
    here = subprocess.run(["build/c/release/bin/socle", "plan", "--json", "--facts", WORK / "disks-hw.json",
                           "--image", WORK / "disks-manifest.json", WORK / "disks-ks.cfg"],
                          check=True, capture_output=True, text=True)
    plan = json.loads(here.stdout)
    there = used.ssh("socle-install -n -k /run/TARGET.cfg")
    assert f"Plan {plan['hash'][:16]}" in there, there
    stops = next(o for o in plan["operations"] if o["op"] == "clear-disk")["args"]["stops"]
    assert [s["stop"] for s in stops] == ["array"], stops


def test_reinstall_over_all_of_it(used, disks):
    """Half a mirror, a foreign group of our name and ZFS go; the other half is as it was."""
    # Two groups of other people's are in use, one of them on the half that stays.
    used.ssh("vgchange -q -ay old && vgchange -q -ay socle && sync")
    before = {n: fingerprint(disks[n]) for n in ("other", "lun")}
    out = used.ssh("socle-install -n -k /run/TARGET.cfg")
    assert "stopped LVM group old, then LVM group socle, then array" in " ".join(out.split()), out
    used.send("socle-install -y -k /run/TARGET.cfg\r")
    used.expect("Installed. Plan", timeout=600)
    used.wait_off()
    assert {n: fingerprint(disks[n]) for n in before} == before


LUN = """rootpw --lock
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname=paths
disk --serial=LUN0
zerombr
clearpart --all
autopart
poweroff
"""


@pytest.mark.long
def test_host_on_two_paths():
    """Installed to, and booted from, a disk that two controllers lead to."""
    lun = disk("paths-lun")
    with resumed("paths-install", extra=scsi_paths(lun), links=[LUN_LINK]) as m:
        m.ssh(f"cat > /run/ks.cfg <<'X'\n{LUN.format(key=ssh_public_key())}X")
        m.send("socle-install -y -k /run/ks.cfg\r")
        m.expect("Installed. Plan", timeout=600)
        m.wait_off()
    with host.boot("paths-host", [], extra=scsi_paths(lun)) as m:
        host.wait_up(m)
        host.check_host(m, "paths")
        maps = m.ssh("multipath -ll")
        assert maps.count("active ready running") == 2, maps
        backing = m.ssh("lsblk -nso TYPE $(findmnt -no SOURCE /)")
        assert "mpath" in backing, backing
        m.ssh("test -f /boot/a/xen.gz")
        m.ssh("systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)
