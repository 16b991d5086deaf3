# SPDX-License-Identifier: GPL-2.0-or-later
"""
Record the facts of machines that QEMU can make, again: mk/enter python3
tests/record_facts.py [NAME...] writes installer/tests/facts/NAME.json.
It needs "make iso".  What it records is then the unit tests' data: read the
difference before you keep it.
"""
import json
import pathlib
import sys

from machine import Machine, disk, iso, live

FACTS = pathlib.Path("installer/tests/facts")

# Intel's metadata without Intel's option ROM; the array is not started again by itself.
IMSM = """set -e
export IMSM_NO_PLATFORM=1
a=$(readlink -f /dev/disk/by-id/virtio-RST0) b=$(readlink -f /dev/disk/by-id/virtio-RST1)
mdadm --create /dev/md/imsm0 --run --metadata=imsm --raid-devices=2 $a $b
mdadm --create /dev/md/Volume0 --run --level=1 --raid-devices=2 --assume-clean /dev/md/imsm0
sleep 1
udevadm settle"""


def drive(number, path, device):
    return ["-drive", f"if=none,id=x{number},format=raw,file={path},cache=unsafe",
            "-device", f"{device},drive=x{number}"]


def nvme():
    """Nothing but NVMe, one with sectors of 4096 bytes; six network cards."""
    args = drive(0, disk("record-0", 32 << 30), "nvme,serial=NVME-512")
    args += drive(1, disk("record-1", 64 << 30),
                  "nvme,serial=NVME-4K,logical_block_size=4096,physical_block_size=4096")
    for i in range(5):
        args += ["-device", f"{'e1000e' if i % 2 else 'virtio-net-pci'},mac=52:54:00:aa:00:0{i}"]
    return {"extra": args, "firmware": "uefi"}, None


def shelf():
    """24 disks behind one SCSI controller."""
    args = ["-device", "virtio-scsi-pci,id=shelf"]
    for i in range(24):
        args += drive(i, disk(f"record-{i}", 20 << 30),
                      f"scsi-hd,bus=shelf.0,scsi-id={i},serial=SHELF-{i:02},"
                      f"wwn=0x5000c5001000{i:04x},vendor=SOCLE,product=SHELFDISK")
    return {"extra": args}, None


def odd():
    """An SD card, a USB disk, and half a mirror of Intel's firmware RAID each on two disks."""
    args = ["-device", "sdhci-pci,id=sdhci"] + drive(0, disk("record-0", 32 << 30), "sd-card")
    args += ["-device", "qemu-xhci"] + drive(1, disk("record-1", 32 << 30),
                                             "usb-storage,serial=STICK1,removable=on")
    disks = [(disk(f"record-{2 + i}", 20 << 30), {"serial": f"RST{i}"}) for i in range(2)]
    return {"extra": args, "disks": disks}, IMSM


MACHINES = {"qemu-nvme": nvme, "qemu-24-disks": shelf, "qemu-odd": odd}


def record(name):
    options, prepare = MACHINES[name]()
    with Machine(f"record-{name}", cdrom=iso(), kernel="", **options) as m:
        live(m)
        if prepare:
            m.ssh(f"cat > /run/prepare <<'X'\n{prepare}\nX\nsh /run/prepare 2>&1")
        facts = json.loads(m.ssh("socle facts"))
    (FACTS / f"{name}.json").write_text(json.dumps(facts, indent=1) + "\n")
    print(f"{name}: {len(facts['disks'])} disks, {len(facts['nics'])} cards")


for machine in sys.argv[1:] or MACHINES:
    record(machine)
