# SPDX-License-Identifier: GPL-2.0-or-later
"""UEFI (OVMF), from the ISO as a USB disk, onto SATA, with a static network on one of two cards."""
import json
import shutil
import time

import host
import pytest
from machine import WORK, Machine, WebServer, card, disk, fingerprint, iso, ssh_public_key

# GRUB takes the pieces of an arrow key for keys of their own when they come slowly.
DOWN = "\x0e"

# A card that the kickstart does not name; what the firmware was booted over is the other one.
OTHER = 16
# What the firmware keeps of the machine that installs.
VARIABLES = WORK / "install-uefi.vars.fd"

KICKSTART = """timezone UTC
rootpw --lock
sshkey --username=root "{key}"
group --name=ops --gid=3000
user --name=ann --groups=ops,disk --gecos="Ann A" --password=correct-horse
sshkey --username=ann "{key}"
network --device=bootif --bootproto=static --ip=10.0.2.15 --netmask=255.255.255.0 --gateway=10.0.2.2 \
--nameserver=10.0.2.3 --ipv6=fec0::15/64 --ipv6gateway=fec0::2 --hostname=uefi1
ignoredisk --only-use=/dev/disk/by-id/ata-*SOCLE-TEST-0
zerombr
clearpart --all
%include /tmp/layout.ks
reboot
webhook --url={url}/hook/{{event}} --events=start,planned,step,done
%pre --erroronfail
echo autopart > /tmp/layout.ks
%end
%pre-install --erroronfail
test -d /mnt/sysroot/var/lib && echo early > /mnt/sysroot/root/pre-install.txt
%end
%firstboot
echo "first boot of $(hostname)" >> /root/firstboot.txt
%end
"""


@pytest.fixture(scope="module")
def web():
    key = ssh_public_key()
    with WebServer({"/ks.cfg": lambda web: KICKSTART.format(key=key, url=web.url(""))}) as web:
        yield web


def machine(target):
    """The medium stays first in its order: QEMU says so to the firmware at each start."""
    return Machine("install-uefi", firmware="uefi", disks=[(target, {})], bus="sata", usb=iso(),
                   extra=card(OTHER))


def start_installer(m, web):
    """By the entry of GRUB's menu with a serial console, and more on its kernel's line."""
    m.menu(1, down=DOWN)
    m.send("e")
    m.expect("setparams 'Install with serial console'", timeout=20)
    m.expect("socle.install", timeout=20)
    time.sleep(1)
    m.send(DOWN + DOWN + "\x05")
    m.send(f" socle.ks={web.url('/ks.cfg')} BOOTIF=01-52-54-00-50-c1-e0\x18")


@pytest.fixture(scope="module")
def installed(web):
    """A disk with Socle on it, installed through GRUB's menu."""
    target = disk("uefi", size=32 << 30)
    for path in (VARIABLES, WORK / "host-uefi.vars.fd"):
        path.unlink(missing_ok=True)
    with machine(target) as m:
        start_installer(m, web)
        m.expect(r"Plan [0-9a-f]{16}", timeout=300)
        m.expect("Installed", timeout=600)
        m.wait_off()
    check_events(web.events("/hook/"))
    shutil.copy(VARIABLES, VARIABLES.with_suffix(".left"))
    return target


def check_events(events):
    """Who was to be told heard all of it, in order, and with the report at the end."""
    names = [e["event"] for e in events]
    assert names[:2] == ["start", "planned"] and names[-1] == "done", names
    assert set(names[2:-1]) == {"step"}
    done = events[-1]
    assert done["plan"] == events[1]["plan"] and done["hostname"] == "uefi1"
    assert sorted(done["machine"]["macs"]) == ["52:54:00:50:c1:e0", "52:54:00:50:de:10"]
    report = done["report"]
    assert report["result"] == "installed"
    assert [d["serial"] for d in report["disks"]] == ["SOCLE-TEST-0"]
    assert "run-pre-install" in [s["name"] for s in report["steps"] if s["result"] == "done"]


def test_host_is_whole(installed):
    """Booted with fresh NVRAM, so the fallback path of the ESP must be enough; two CPUs."""
    with host.boot("host-uefi", [(installed, {})], bus="sata", firmware="uefi", cpus=2,
                   extra=card(OTHER)) as m:
        host.wait_up(m)
        shown = host.check_host(m, "uefi1", unused=[f"enp0s{OTHER}"])
        assert m.ssh("nproc").strip() == "2"
        addresses = m.ssh("ip -br addr show xenbr0")
        assert "10.0.2.15/24" in addresses and "fec0::15/64" in addresses
        m.ssh("ping -6 -q -c 1 -w 20 fec0::2")
        assert m.ssh("test -d /sys/firmware/efi && echo efi").strip() == "efi"
        # The firmware kept the entry and the order as they were written.
        journal = m.ssh("grep boot-entry /var/log/socle/install.jsonl")
        assert '"done"' in journal and '"warning"' not in journal, journal
        assert m.ssh("cat /root/pre-install.txt").strip() == "early"
        m.ssh("systemctl start socle-firstboot.service")
        assert m.ssh("cat /root/firstboot.txt") == "first boot of uefi1\n"
        assert m.ssh("id ann").strip() == \
            "uid=1000(ann) gid=1000(ann) groups=1000(ann),6(disk),3000(ops)"
        assert m.ssh("getent passwd ann").strip() == "ann:x:1000:1000:Ann A:/home/ann:/bin/bash"
        assert m.ssh("getent shadow ann").startswith("ann:$y$")
        assert m.ssh("stat -c %U:%a /home/ann/.ssh /home/ann/.ssh/authorized_keys").split() == \
            ["ann:700", "ann:600"]
        report = json.loads(m.ssh("cat /var/lib/socle/install-report.json"))
        assert shown["install"]["plan"] == report["plan"]
        m.ssh("systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)


@pytest.fixture
def left(installed):
    """The disk, and the firmware as the installer left it."""
    shutil.copy(VARIABLES.with_suffix(".left"), VARIABLES)
    return installed


def expect_disk(target):
    with machine(target) as m:
        m.expect("Loading Socle, slot a", timeout=120)


def test_first_start_goes_to_the_disk(left):
    """The medium is first in the machine's order still, and BootNext has the disk start."""
    expect_disk(left)


@pytest.mark.long
def test_no_start_from_the_medium_installs_again(left, web):
    """From the second start on the medium is first: it finds its work done, and starts the disk."""
    expect_disk(left)
    for _ in range(2):
        before = fingerprint(left)
        with machine(left) as m:
            start_installer(m, web)
            m.expect("installed by exactly this kickstart", timeout=300)
            m.wait_off()
        assert fingerprint(left) == before
        expect_disk(left)
