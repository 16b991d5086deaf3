# SPDX-License-Identifier: GPL-2.0-or-later
"""BIOS, from CD, by kickstart over HTTP; then the installed host and its guests."""
import guests
import host
import pytest
from machine import Machine, WebServer, disk, iso, ssh_public_key

KICKSTART = """lang en_US.UTF-8
keyboard us
timezone Europe/Berlin --utc
rootpw --plaintext correct-horse
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname=bios1
zerombr
clearpart --all
autopart
%post --erroronfail
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
        m.expect(host.DOM0_LOGIN, timeout=300)
        m.wait_ssh()
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


@pytest.mark.parametrize("number, mode", enumerate(["pv", "pvh", "hvm"]))
def test_guest_runs_and_answers(running, guest_files, number, mode):
    ip = f"10.0.2.{50 + number}"
    text = guests.config(mode, ip)
    running.ssh(f"lvcreate -q -V 64M -T socle/guests -n tiny-{mode}")
    running.ssh(f"cat > /etc/xen/tiny-{mode}.cfg <<'X'\n{text}X")
    # xl stays behind as the guest's watcher; it must not hold the ssh session.
    running.ssh(f"xl create /etc/xen/tiny-{mode}.cfg > /run/xl.log 2>&1 < /dev/null"
                " || { cat /run/xl.log; exit 1; }", timeout=240)
    answer = running.ssh(f"for i in $(seq 90); do"
                         f" curl -sf --max-time 5 http://{ip}/ && exit; sleep 2; done;"
                         f" xl list; tail -n 20 /var/log/xen/*.log; exit 1", timeout=400)
    assert f"mode={mode}" in answer
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
        m.expect(host.DOM0_LOGIN, timeout=300)
        m.wait_ssh()
        assert m.ssh("cat /etc/kept.txt").strip() == "kept"
        assert m.ssh("cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub") == before
        assert m.ssh("systemctl --failed --no-legend --plain").strip() == ""
        m.ssh("systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)
