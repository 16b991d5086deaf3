# SPDX-License-Identifier: GPL-2.0-or-later
"""The time of an install against dd of the same image, mkfs and grub-install.

Both sides run in the same booted live system, on the same disk, in turn; the
medians are compared.  dom0's memory at rest is measured on the installed disk.
"""
import json
import re
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import host
from machine import Machine, disk, iso, ssh_public_key

ROUNDS = 3
KICKSTART = """rootpw --plaintext correct-horse
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname=bench
zerombr
clearpart --all
autopart
"""
# What one would do by hand with the same image on the same disk.
THEIRS = """set -e
m=/run/initramfs/live/socle
vgchange -qan >/dev/null 2>&1 || true
wipefs -qaf /dev/vda[1-9] /dev/vda >/dev/null 2>&1 || true
sfdisk -q --wipe always /dev/vda <<'X'
label: gpt
size=1MiB, type=21686148-6449-6E6F-744E-656564454649
size=1GiB, type=U
size=3GiB, type=L
size=3GiB, type=L
type=L
X
udevadm settle
dd if=$m/system.squashfs of=/dev/vda3 bs=4M oflag=direct conv=fsync status=none
mkfs.vfat -F 32 /dev/vda2 >/dev/null
mkfs.ext4 -qF /dev/vda5 4G
mount /dev/vda2 /mnt
mkdir -p /mnt/a
cp $m/vmlinuz $m/initrd.img $m/xen.gz /mnt/a/
grub-install --target=i386-pc --boot-directory=/mnt /dev/vda 2>/dev/null
grub-install --target=x86_64-efi --removable --no-nvram --efi-directory=/mnt --boot-directory=/mnt 2>/dev/null
umount /mnt
sync
"""


def timed(m, command):
    out, code = m.shell(f"s=$(date +%s%N); {command} > /run/bench.log 2>&1; c=$?;"
                        " echo took $(( ($(date +%s%N) - s) / 1000000 )) ms; (exit $c)", timeout=900)
    if code:
        print(m.shell("tail -n 30 /run/bench.log")[0])
        raise SystemExit("a side of the comparison failed")
    return int(re.findall(r"took (\d+) ms", out)[-1]) / 1000


def heredoc(m, path, text):
    m.send(f"cat > {path} <<'EOF_BENCH'\r")
    for line in text.splitlines():
        m.send(line + "\r")
    m.send("EOF_BENCH\r")
    m.shell("true")


def main():
    target = disk("bench")
    key = ssh_public_key()
    ours, theirs = [], []
    with Machine("bench", disks=[(target, {})], cdrom=iso(), kernel="socle.rescue") as m:
        m.expect(r"root@.*#", timeout=300)
        m.shell("dmesg --console-level err; stty -echo; bind 'set enable-bracketed-paste off'")
        heredoc(m, "/run/ks.cfg", KICKSTART.format(key=key))
        heredoc(m, "/run/theirs", THEIRS)
        # The installer ends by asking systemctl for a reboot; here it goes on.
        m.shell("mkdir /run/stay; printf '#!/bin/sh\\n' > /run/stay/systemctl; chmod +x /run/stay/*")
        # Both read the image from the medium: let both find it in the page cache.
        m.shell("cat /run/initramfs/live/socle/* > /dev/null", timeout=300)
        for n in range(ROUNDS):
            theirs.append(timed(m, "bash /run/theirs"))
            ours.append(timed(m, "PATH=/run/stay:$PATH socle-install --yes --kickstart /run/ks.cfg"))
            print(f"round {n + 1}: socle-install {ours[-1]:.1f} s,"
                  f" dd + mkfs + grub-install {theirs[-1]:.1f} s", flush=True)
        print(m.shell("cat /run/bench.log")[0])
        m.shell("sync")
    with host.boot("bench-host", [(target, {})]) as m:
        host.wait_up(m)
        m.ssh("sleep 30")
        used = int(m.ssh("awk '/^MemTotal/ { t = $2 } /^MemAvailable/ { a = $2 }"
                         " END { print int((t - a) / 1024) }' /proc/meminfo"))
        print(m.ssh("free -m; ps -eo rss,comm --sort=-rss | head -n 12"))
    o, t = statistics.median(ours), statistics.median(theirs)
    print(json.dumps({"bench": "install", "ours": round(o, 1), "theirs": round(t, 1),
                      "unit": "s", "ratio": round(o / t, 2)}))
    print(json.dumps({"bench": "dom0-memory", "ours": used, "theirs": 300, "unit": "MiB",
                      "ratio": round(used / 300, 2)}))


if __name__ == "__main__":
    main()
