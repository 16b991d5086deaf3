# SPDX-License-Identifier: GPL-2.0-or-later
"""
Record the facts of machines that QEMU can make, again: mk/enter python3
tests/record_facts.py [NAME...] writes installer/tests/facts/NAME.json.
It needs "make iso"; SOCLE=PROGRAM takes another one than the medium's.  What
it records is then the unit tests' data: read the difference before you keep it.
"""
import contextlib
import json
import os
import pathlib
import sys
import uuid

import test_disks
from machine import Machine, disk, iso, live
from resume import resumed

FACTS = pathlib.Path("installer/tests/facts")
GIB = 1 << 30

# Nothing is started again by itself behind our back.
PREPARE = """set -e
exec > /run/prepare.log 2>&1
settle() {{ udevadm trigger --settle --subsystem-match=block --action=add; udevadm settle; }}
{script}
sync
settle
"""

# Partitions for GRUB and for half of an array on each, as installers of others make them.
MIRROR_LVM = """for d in sda sdb; do printf 'label: gpt\\nsize=1M\\n+\\n' | sfdisk -q /dev/$d; done
settle
mdadm --create /dev/md/0 --run --level=1 --raid-devices=2 --homehost=old --assume-clean \
    /dev/sda2 /dev/sdb2
settle
pvcreate -q -y /dev/md/0
vgcreate -q -y vg0 /dev/md/0
lvcreate -q -y -n root -L 64G vg0
lvcreate -q -y -n swap -L 8G vg0
mkfs.ext4 -q -L root -E nodiscard /dev/vg0/root
mkswap /dev/vg0/swap"""

GROUP_TWO_DISKS = """pvcreate -q -y /dev/sda /dev/sdb
vgcreate -q -y big /dev/sda /dev/sdb
lvcreate -q -y -an -Zn -n vms -L 1900G big"""

GROUP_CLASH = """printf 'label: gpt\\nstart=8G, name=data\\n' | sfdisk -q /dev/sdb
settle
vgcreate -q -y socle /dev/sdb1
lvcreate -q -y -an -Zn -n state -L 4G socle"""

RAID5 = """mdadm --create /dev/md/0 --run --level=5 --raid-devices=3 --homehost=nas --assume-clean \
    /dev/sda /dev/sdb /dev/sdc
settle
mkfs.xfs -q -K -L srv /dev/md/0"""

# Intel's metadata without Intel's option ROM.
IMSM = """export IMSM_NO_PLATFORM=1
mdadm --create /dev/md/imsm0 --run --metadata=imsm --raid-devices=2 /dev/sda /dev/sdb
mdadm --create /dev/md/Volume0 --run --level=1 --raid-devices=2 --assume-clean /dev/md/imsm0
sleep 1"""

# The installer's own work, with a guest's volume beside it.
HOST = """cat > /run/ks.cfg <<'Y'
rootpw --plaintext correct-horse
network --bootproto=dhcp --hostname=host1
zerombr
clearpart --all
autopart
poweroff
Y
mkdir -p /run/stay
printf '#!/bin/sh\\n' > /run/stay/systemctl
chmod +x /run/stay/systemctl
PATH=/run/stay:$PATH socle-install -y -k /run/ks.cfg < /dev/null
lvcreate -q -V 10G -T socle/guests -n vm1
vgchange -qan socle"""


def drive(number, size, device):
    path = disk(f"record-{number}", size)
    return ["-drive", f"if=none,id=x{number},format=raw,file={path},cache=unsafe,discard=unmap",
            "-device", f"{device},drive=x{number}"]


def scsi(*disks):
    """Disks as (size, vendor, product, serial, WWN), behind one controller."""
    args = ["-device", "virtio-scsi-pci,id=hba"]
    for i, (size, vendor, product, serial, wwn) in enumerate(disks):
        args += drive(i, size, f"scsi-hd,bus=hba.0,scsi-id={i},serial={serial},wwn={wwn:#x},"
                               f"vendor={vendor},product={product}")
    return {"extra": args}


def wdc(number):
    return (1000204886016, "ATA", "WDC WD1005FBYZ-0", f"WD-WMC6M0D{number}",
            0x50014ee0aaaa0000 + number)


def intel(number):
    return (480103981056, "ATA", "INTEL SSDSC2KB48", f"BTYF123{3 + number}480BGN",
            0x55cd2e4150aa0000 + number)


def toshiba(number):
    return (2000398934016, "ATA", "TOSHIBA DT01ACA2", f"Z5T000{number}",
            0x5000039ff0000000 + number)


def seagate(number):
    return (1200243695616, "SEAGATE", "ST1200MM0009", f"W3T0{number:04}",
            0x5000c5007a0b0000 + number)


def nvme():
    """Nothing but NVMe, one with sectors of 4096 bytes; six network cards."""
    args = drive(0, 32 * GIB, "nvme,serial=NVME-512")
    args += drive(1, 64 * GIB, "nvme,serial=NVME-4K,logical_block_size=4096,"
                               "physical_block_size=4096")
    for i in range(5):
        args += ["-device", f"{'e1000e' if i % 2 else 'virtio-net-pci'},mac=52:54:00:aa:00:0{i}"]
    return {"start": {"firmware": "uefi"}, "extra": args}


def odd():
    """An SD card, a USB stick and a USB disk: none is taken unless it is named."""
    args = ["-device", "sdhci-pci,id=sdhci"] + drive(0, 32 * GIB, "sd-card")
    args += ["-device", "qemu-xhci"]
    args += drive(1, 32 * GIB, "usb-storage,serial=STICK1,removable=on")
    args += drive(2, 64 * GIB, "usb-storage,serial=EXTERN1,removable=off")
    return {"start": {}, "extra": args}


def four_paths():
    """One LUN by four controllers, where no multipathd runs."""
    path, args = disk("record-lun", 200 * GIB), []
    for i in range(4):
        args += ["-drive", f"if=none,id=p{i},format=raw,file={path},file.locking=off,cache=unsafe",
                 "-device", f"virtio-scsi-pci,id=s{i}",
                 "-device", f"scsi-hd,drive=p{i},bus=s{i}.0,serial=8081Lk-NZjk,share-rw=on,"
                            "wwn=0x600a0980383,vendor=NETAPP,product=LUN"]
    return {"extra": args}


def controllers():
    """Cards of servers and of hypervisors that QEMU imitates, each with a disk."""
    args, kinds = [], ("megasas-gen2", "mptsas1068", "pvscsi", "virtio-scsi-pci")
    for i, kind in enumerate(kinds):
        wwn = ",wwn=0x5000c5002000000" + str(i) if kind != "pvscsi" else ""
        args += ["-device", f"{kind},id=h{i}"]
        args += drive(i, (20 + i) * GIB, f"scsi-hd,bus=h{i}.0,serial={kind.upper()[:8]}{wwn}")
    for i, card in enumerate(("e1000", "e1000e", "igb", "vmxnet3", "virtio-net-pci")):
        args += ["-device", f"{card},mac=52:54:00:bb:00:0{i}"]
    return {"start": {}, "extra": args}


def used():
    """The disks of tests/test_disks.py."""
    return {"extra": test_disks.scsi_paths(disk("record-lun")),
            "disks": [(disk(f"record-{n}"), {"serial": n.upper()}) for n in ("target", "other")]}


def shelf():
    """24 disks behind one controller."""
    return scsi(*((20 * GIB, "SOCLE", "SHELFDISK", f"SHELF-{i:02}", 0x5000c50010000000 + i)
                  for i in range(24)))


def bios():
    return {"start": {"memory": 4096, "cpus": 2}, "disks": [(disk("record-0", 20 * GIB),
                                                             {"serial": ""})]}


def uefi():
    """From a USB stick, to a SATA disk."""
    return {"start": {"firmware": "uefi", "usb": iso(), "cdrom": None, "memory": 3072, "cpus": 2,
                      "bus": "sata"}, "disks": [(disk("record-0", 64 * GIB),
                                                 {"serial": "QM00003"})]}


def one(size, **props):
    return {"disks": [(disk("record-0", size), props)]}


# Those with "start" are started as they are; into the others' live system disks are plugged.
MACHINES = {
    "qemu-24-disks": (shelf, ""),
    "qemu-used": (used, test_disks.PREPARE),
    "disk-4kn": (lambda: one(8001563222016, serial="ZR51ABCD", logical_block_size=4096,
                             physical_block_size=4096), ""),
    "qemu-paths": (four_paths, "systemctl stop multipathd.socket multipathd; multipath -F"),
    "mirror-lvm": (lambda: scsi(wdc(1), wdc(2)), MIRROR_LVM),
    "raid5": (lambda: scsi(toshiba(1), toshiba(2), toshiba(3)), RAID5),
    "group-two-disks": (lambda: scsi(seagate(1), seagate(2)), GROUP_TWO_DISKS),
    "group-clash": (lambda: scsi(intel(3), intel(4)), GROUP_CLASH),
    "intel-imsm": (lambda: scsi(intel(1), intel(2)), IMSM),
    "socle-host": (lambda: one(20 * GIB, serial="HOST1"), HOST),
    "qemu-bios": (bios, ""),
    "qemu-uefi": (uefi, ""),
    "qemu-nvme": (nvme, ""),
    "qemu-odd": (odd, ""),
    "qemu-controllers": (controllers, ""),
}


@contextlib.contextmanager
def started(name, disks=(), extra=(), start=None):
    """Each with an identity of its own, as real machines have one."""
    identity = ["-uuid", str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{name}.example"))]
    options = {"cdrom": iso(), "kernel": "", "disks": disks, "extra": [*extra, *identity], **start}
    with Machine(f"record-{name}", **options) as m:
        live(m, timeout=900)
        yield m


def record(name):
    make, script = MACHINES[name]
    options = make()
    with started(name, **options) if "start" in options else resumed(f"record-{name}", **options) as m:
        drives = sum("drive=" in word for word in options.get("extra", ()))
        m.ssh(f"for i in $(seq 100); do [ $(ls -d /sys/block/[svn][dv]* | wc -l) -ge {drives} ] &&"
              " break; sleep 0.2; done; udevadm settle")
        if script:
            text = PREPARE.format(script=script)
            m.ssh(f"cat > /run/prepare <<'X'\n{text}X\n"
                  "sh /run/prepare || { cat /run/prepare.log; exit 1; }", timeout=900)
        program = "socle"
        if "SOCLE" in os.environ:
            program = "/run/socle-facts"
            m.scp(os.environ["SOCLE"], program)
        facts = json.loads(m.ssh(f"{program} facts"))
    (FACTS / f"{name}.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(f"{name}: {len(facts['disks'])} disks, {len(facts['nics'])} cards", flush=True)


if __name__ == "__main__":
    for machine in sys.argv[1:] or MACHINES:
        record(machine)
