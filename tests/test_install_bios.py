# SPDX-License-Identifier: GPL-2.0-or-later
"""BIOS, from CD, by kickstart over HTTP; then the installed host and its guests."""
import re

import guests
import host
import pytest
from machine import Machine, WebServer, disk, iso, ssh_public_key

KICKSTART = """lang en_US.UTF-8
keyboard us
timezone Europe/Berlin --utc --nontp
rootpw --plaintext correct-horse
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname=bios1
zerombr
clearpart --all
autopart
%post --erroronfail
setsid -f sleep 1000
echo "post ran in $(. /etc/os-release; echo $ID)" > /root/post.txt
%end
poweroff
"""


@pytest.fixture(scope="module")
def installed():
    """A disk with Socle on it, installed through isolinux's menu."""
    target = disk("bios")
    key = ssh_public_key()
    with WebServer({"/ks.cfg": KICKSTART.format(key=key)}) as web, \
            Machine("install-bios", disks=[(target, {})], cdrom=iso(), vga=True) as m:
        m.menu(1)                       # the entry with a serial console
        m.send("\t")
        m.expect("socle.install", timeout=20)
        m.send(f" socle.ks={web.url('/ks.cfg')}\r")
        m.expect(r"Plan [0-9a-f]{16}", timeout=240)
        m.expect("Installed", timeout=600)
        m.wait_off()
    return target


@pytest.fixture(scope="module")
def running(installed):
    with host.boot("host-bios", [(installed, {})]) as m:
        host.wait_up(m)
        yield m


def test_host_is_whole(running):
    host.check_host(running, "bios1")
    assert running.ssh("cat /root/post.txt").strip() == "post ran in socle"
    assert running.ssh("readlink /etc/localtime").strip().endswith("Europe/Berlin")


@pytest.fixture(scope="module")
def guest_files(running):
    # The ESP, with the kernels of each slot, is mounted on /boot when it is looked at.
    running.ssh("mkdir -p /run/guest && cp /boot/a/vmlinuz /run/guest/")
    running.scp(guests.initramfs(), "/run/guest/initramfs")


def emulator_fault(m):
    """
    Whether a hardware-virtualized guest died of QEMU, not of Xen or itself.  When
    an interrupt meets VMRUN, QEMU's emulated SVM now and then starts the guest at
    the *hypervisor's* instruction pointer (e008:ffff82d0…); it triple-faults there.
    """
    return bool(re.search(r"Triple fault[\s\S]*RIP: +e008:\[<ffff82d0", m.ssh("xl dmesg -c")))


def answer_of_guest(m, mode, ip):
    # xl stays behind as the guest's watcher; it must not hold the ssh session.
    m.ssh(f"xl create /etc/xen/tiny-{mode}.cfg > /run/xl.log 2>&1 < /dev/null"
          " || { cat /run/xl.log; exit 1; }", timeout=240)
    return m.ssh(f"for i in $(seq 60); do curl -sf --max-time 5 http://{ip}/ && exit;"
                 f" xl domid tiny-{mode} > /dev/null 2>&1 || exit 0; sleep 2; done;"
                 " xl list; tail -n 20 /var/log/xen/*.log; exit 1", timeout=400)


@pytest.mark.parametrize("number, mode", enumerate(["pv", "pvh", "hvm"]))
def test_guest_runs_and_answers(running, guest_files, number, mode):
    ip = f"10.0.2.{50 + number}"
    text = guests.config(mode, ip)
    running.ssh(f"lvcreate -q -V 64M -T socle/guests -n tiny-{mode}")
    running.ssh(f"cat > /etc/xen/tiny-{mode}.cfg <<'X'\n{text}X")
    for _ in range(4):
        answer = answer_of_guest(running, mode, ip)
        if answer or not emulator_fault(running):
            break
    assert f"mode={mode}" in answer, running.ssh("xl dmesg | tail -n 30")
    assert f"disk=written by {mode}" in answer
    assert running.ssh(f"head -c 64 /dev/socle/tiny-{mode} | head -n 1").strip() == \
        f"written by {mode}"
    running.ssh(f"xl destroy tiny-{mode}; lvremove -qfy socle/tiny-{mode}")


def test_reboot_keeps_state(running, installed):
    """A changed file in /etc survives a reboot; so does the host's identity."""
    running.ssh("echo kept > /etc/kept.txt")
    before = running.ssh("cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub")
    running.ssh("systemctl --no-block reboot", check=False)
    running.wait_off(timeout=180)
    with host.boot("host-bios-again", [(installed, {})]) as m:
        host.wait_up(m)
        assert m.ssh("cat /etc/kept.txt").strip() == "kept"
        assert m.ssh("cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub") == before
        assert m.ssh("systemctl --failed --no-legend --plain").strip() == ""
        m.ssh("systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)
