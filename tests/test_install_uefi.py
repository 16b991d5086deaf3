# SPDX-License-Identifier: GPL-2.0-or-later
"""UEFI (OVMF), from the ISO as a USB disk, onto SATA, with a static network."""
import time

import host
import pytest
from machine import WORK, Machine, WebServer, disk, iso, ssh_public_key

# GRUB takes the pieces of an arrow key for keys of their own when they come slowly.
DOWN = "\x0e"

KICKSTART = """timezone UTC
rootpw --lock
sshkey --username=root "{key}"
network --bootproto=static --ip=10.0.2.15 --netmask=255.255.255.0 --gateway=10.0.2.2 \
--nameserver=10.0.2.3 --hostname=uefi1
ignoredisk --only-use=/dev/disk/by-id/ata-*SOCLE-TEST-0
zerombr
clearpart --all
autopart
reboot
"""


@pytest.fixture(scope="module")
def installed():
    """A disk with Socle on it, installed through GRUB's menu."""
    target = disk("uefi", size=32 << 30)
    for name in ("install-uefi", "host-uefi"):
        (WORK / f"{name}.vars.fd").unlink(missing_ok=True)
    key = ssh_public_key()
    with WebServer({"/ks.cfg": KICKSTART.format(key=key)}) as web, \
            Machine("install-uefi", firmware="uefi", disks=[(target, {})], bus="sata",
                    usb=iso()) as m:
        m.menu(1, down=DOWN)            # the entry with a serial console
        m.send("e")
        m.expect("setparams 'Install with serial console'", timeout=20)
        m.expect("socle.install", timeout=20)
        time.sleep(1)
        m.send(DOWN + DOWN + "\x05")     # to the kernel's line, to its end
        m.send(f" socle.ks={web.url('/ks.cfg')}\x18")
        m.expect(r"Plan [0-9a-f]{16}", timeout=300)
        m.expect("Installed", timeout=600)
        m.wait_off()
    return target


def test_host_is_whole(installed):
    """Booted with fresh NVRAM, so the fallback path of the ESP must be enough; two CPUs."""
    with host.boot("host-uefi", [(installed, {})], bus="sata", firmware="uefi", cpus=2) as m:
        host.wait_up(m)
        host.check_host(m, "uefi1")
        assert m.ssh("nproc").strip() == "2"
        assert "10.0.2.15/24" in m.ssh("ip -br addr show xenbr0")
        assert m.ssh("test -d /sys/firmware/efi && echo efi").strip() == "efi"
        # The firmware kept the entry and the order as they were written.
        journal = m.ssh("grep boot-entry /var/log/socle/install.jsonl")
        assert '"done"' in journal and '"warning"' not in journal, journal
        m.ssh("systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)


def test_first_start_goes_to_the_disk(installed):
    """The medium is first in the machine's order still, and BootNext has the disk start."""
    with Machine("install-uefi", firmware="uefi", disks=[(installed, {})], bus="sata",
                 usb=iso()) as m:
        m.expect("Loading Socle, slot a", timeout=120)
