# SPDX-License-Identifier: GPL-2.0-or-later
"""BIOS, from CD, by kickstart over HTTP; then the installed host and its guests."""
import guests
import host
import pytest
from machine import Machine, WebServer, disk, fingerprint, iso, ssh_public_key

KICKSTART = """lang en_US.UTF-8
keyboard us
timezone Europe/Berlin --utc --nontp
rootpw --plaintext correct-horse
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname=bios1
zerombr
clearpart --all
autopart
firewall --enabled --port=8006:tcp
services --enabled=rpcbind --disabled=smartmontools
%post --nochroot --erroronfail
echo "beside $(cat /mnt/sysroot/etc/hostname), in $(findmnt -no FSTYPE /)" > /mnt/sysroot/root/nochroot.txt
%end
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
        m.expect(r"Plan [0-9a-f]{16}", timeout=420)
        m.expect("Installed", timeout=600)
        m.wait_off()
    return target


@pytest.fixture(scope="module")
def rescue(installed):
    """The medium's rescue shell on the installed machine, before its host runs."""
    failing = ["-drive", f"if=none,id=f0,format=raw,file={disk('rescue-failing')}",
               "-device", "nvme,id=failing,drive=f0,serial=FAILING"]
    with Machine("rescue-bios", disks=[(installed, {})], cdrom=iso(), extra=failing) as m:
        m.menu(2)
        m.send("\r")
        m.expect("root@.*#", timeout=300)
        yield m


def run(m, command):
    """Whatever is looked up on all disks takes its time in emulation.  Lines are joined."""
    out, code = m.shell(command, timeout=300)
    return " ".join(out.split()), code


def root_hash(m):
    return run(m, "socle rescue mount --read-only > /dev/null;"
                  " grep ^root: /mnt/sysroot/etc/shadow; socle rescue umount")[0]


def test_rescue_finds_and_looks(rescue, installed):
    """What is installed is found; looking at it changes not a byte of it."""
    before = fingerprint(installed)
    out, code = run(rescue, "socle rescue list")
    assert code == 0 and "/dev/vda (one disk): bios1, Socle" in out, out
    out, code = run(rescue, "socle rescue mount --read-only && cat /mnt/sysroot/etc/hostname"
                            " && touch /mnt/sysroot/etc/x")
    assert code != 0 and "bios1" in out and "Read-only" in out, out
    assert run(rescue, "socle rescue umount")[1] == 0
    out, code = run(rescue, "socle rescue logs /run/logs/ && tar -tf /run/logs/*.zst | grep host")
    assert code == 0 and "/run/logs/socle-logs-bios1-" in out, out
    assert "host/install.jsonl" in out and "host/plan.json" in out, out
    out, code = run(rescue, "socle rescue slot")
    assert code == 0 and "slot a boots" in out, out
    out, code = run(rescue, "socle rescue slot b")
    assert code == 1 and "nothing is installed in slot b" in out, out
    assert fingerprint(installed) == before


def test_rescue_sets_the_root_password(rescue):
    before = root_hash(rescue)
    rescue.send("socle rescue passwd\r")
    rescue.expect("New password:", timeout=240)
    rescue.send("battery-staple\r")
    rescue.expect("Retype new password:", timeout=240)
    rescue.send("battery-staple\r")
    rescue.expect("password updated successfully", timeout=240)
    rescue.expect("#", timeout=240)
    after = root_hash(rescue)
    assert "root:$y$" in after and after.split("root:$y$")[1] != before.split("root:$y$")[1]
    assert run(rescue, "grep -e sysroot -e /run/socle/target /proc/mounts")[1] == 1


def test_rescue_repairs_the_boot_loader(rescue):
    """The host boots by it in the tests that follow."""
    run(rescue, "dd if=/dev/zero of=/dev/vda bs=440 count=1 conv=notrunc;"
                " dd if=/dev/zero of=/dev/vda1 bs=64K count=1; sync")
    out, code = run(rescue, "socle rescue grub")
    assert code == 0 and "GRUB for BIOS and for UEFI is written to /dev/vda" in out, out
    assert run(rescue, "head -c 440 /dev/vda | grep -qa GRUB")[1] == 0


def test_health_of_disks(rescue):
    """What the disk itself says of its health is asked; what comes of it is the planner's."""
    rescue.qmp("qom-set", path="/machine/peripheral/failing", property="smart_critical_warning",
               value=4)
    out, code = run(rescue, "socle facts | grep health")
    assert code == 0 and '"health": "failing"' in out and "NVMe health log" in out, out
    run(rescue, "echo 1 > /sys/class/nvme/nvme0/device/remove")


def test_unattended_install_is_not_done_twice(rescue):
    """Started again from a CD that stays first, the machine ejects it and boots its disk."""
    kickstart = KICKSTART.format(key=ssh_public_key())
    with WebServer({"/ks.cfg": kickstart}) as web:
        run(rescue, f"sed 's,$, socle.ks={web.url('/ks.cfg')},' /proc/cmdline > /run/cmdline;"
                    " mount --bind /run/cmdline /proc/cmdline")
        rescue.send("socle-install --yes\r")
        rescue.expect("installed by exactly this kickstart", timeout=300)
        rescue.wait_off()


@pytest.fixture(scope="module")
def running(installed):
    with host.boot("host-bios", [(installed, {})]) as m:
        host.wait_up(m)
        yield m


def test_host_is_whole(running):
    host.check_host(running, "bios1")
    assert running.ssh("readlink /etc/localtime").strip().endswith("Europe/Berlin")


def test_scripts_and_services_of_the_kickstart(running):
    assert running.ssh("cat /root/post.txt").strip() == "post ran in socle"
    assert running.ssh("cat /root/nochroot.txt").strip() == "beside bios1, in overlay"
    assert running.ssh("systemctl is-active rpcbind").strip() == "active"
    assert running.ssh("systemctl is-enabled smartmontools", check=False).strip() == "disabled"


def test_firewall_of_the_kickstart(running):
    """Of a machine's knocks on the host: SSH gets in, 8006 is answered, 8007 is not."""
    running.ssh("ip netns add out && ip link add knock type veth peer name eth0 netns out &&"
                " ip link set knock master xenbr0 up && ip -n out link set eth0 up &&"
                " ip -n out addr add 10.0.2.77/24 dev eth0")
    knock = "ip netns exec out timeout 8 bash -c '< /dev/tcp/10.0.2.15/{}' 2>&1; echo code $?"
    assert "code 0" in running.ssh(knock.format(22))
    assert "refused" in running.ssh(knock.format(8006))
    assert "code 124" in running.ssh(knock.format(8007))
    running.ssh("ip netns del out")


def test_ipv6_by_a_router(running):
    """Nobody asked for it, and nobody said no."""
    assert "fec0::5054:ff:fe50:c1e0/64" in running.ssh("ip -6 -br addr show xenbr0")


@pytest.fixture(scope="module")
def guest_files(running):
    # The ESP, with the kernels of each slot, is mounted on /boot when it is looked at.
    running.ssh("mkdir -p /run/guest && cp /boot/a/vmlinuz /run/guest/")
    running.scp(guests.initramfs(), "/run/guest/initramfs")


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
        if answer or not guests.emulator_fault(running):
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
    # What is stopped, and what is waited for, goes to the serial line.
    running.ssh("kill -SIGRTMIN+20 1; systemctl --no-block reboot", check=False)
    running.wait_off(timeout=360)
    with host.boot("host-bios-again", [(installed, {})]) as m:
        host.wait_up(m)
        assert m.ssh("cat /etc/kept.txt").strip() == "kept"
        assert m.ssh("cat /etc/machine-id /etc/ssh/ssh_host_ed25519_key.pub") == before
        assert m.ssh("systemctl --failed --no-legend --plain").strip() == ""
        m.ssh("systemctl --no-block poweroff", check=False)
        m.wait_off(timeout=180)
