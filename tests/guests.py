# SPDX-License-Identifier: GPL-2.0-or-later
"""A tiny Linux guest: the dom0 kernel and a busybox initramfs; what guests may die of."""
import os
import pathlib
import re
import stat
import subprocess

from machine import WORK

INIT = """#!/bin/busybox sh
/bin/busybox mkdir -p /proc /sys /dev /www
/bin/busybox mount -t proc proc /proc
/bin/busybox mount -t sysfs sysfs /sys
/bin/busybox mount -t devtmpfs dev /dev
/bin/busybox --install -s /bin
for word in $(cat /proc/cmdline); do
	case $word in guest.*) eval "${word#guest.}" ;; esac
done
i=0
while [ ! -b /dev/xvda ] && [ $i -lt 100 ]; do sleep 0.2; i=$((i + 1)); done
echo "written by $mode" | dd of=/dev/xvda bs=512 conv=sync,fsync 2>/dev/null
ip link set lo up
ip addr add "$ip/24" dev eth0
ip link set eth0 up
{
	echo "mode=$mode"
	echo "disk=$(head -c 64 /dev/xvda | head -n 1)"
	echo "kernel=$(uname -r)"
	echo "cpus=$(grep -c ^processor /proc/cpuinfo)"
} > /www/index.html
echo "guest $mode is up"
httpd -f -h /www
"""


def initramfs():
    """Build the guest's initramfs; its path."""
    root = WORK / "guest"
    (root / "bin").mkdir(parents=True, exist_ok=True)
    (root / "bin/busybox").write_bytes(pathlib.Path("/bin/busybox").read_bytes())
    (root / "init").write_text(INIT)
    for f in ("bin/busybox", "init"):
        os.chmod(root / f, stat.S_IRWXU)
    out = WORK / "guest.cpio.gz"
    subprocess.run(f"find . | cpio -o -H newc --quiet | gzip -1 > ../{out.name}",
                   shell=True, check=True, cwd=root)
    return out


def config(mode, ip):
    """xl's configuration of a guest: mode is "pv", "pvh" or "hvm"."""
    return f"""name = "tiny-{mode}"
type = "{mode}"
kernel = "/run/guest/vmlinuz"
ramdisk = "/run/guest/initramfs"
cmdline = "console=hvc0 quiet guest.mode={mode} guest.ip={ip}"
memory = 128
vcpus = 1
disk = [ "format=raw,vdev=xvda,access=rw,target=/dev/socle/tiny-{mode}" ]
vif = [ "bridge=xenbr0,type=vif" ]
on_crash = "destroy"
on_reboot = "destroy"
"""


def emulator_fault(m):
    """
    Whether a hardware-virtualized guest died of QEMU, not of Xen or itself.  When
    an interrupt meets VMRUN, QEMU's emulated SVM now and then starts the guest at
    the *hypervisor's* instruction pointer (e008:ffff82d0…); it triple-faults there.
    """
    return bool(re.search(r"Triple fault[\s\S]*RIP: +e008:\[<ffff82d0", m.ssh("xl dmesg -c")))


def emulator_ended(m):
    """
    Whether QEMU ended, not the host in it.  A guest that writes CR8 while Xen waits for its
    interrupt window makes the emulated SVM (seen in 10.0) raise an interrupt without the lock
    that its own assertion wants.  edk2 restores CR8 after every interrupt.
    """
    m.read_rest()
    return not m.qemu.isalive() and "bql_locked" in m.log.read_text(errors="replace")
