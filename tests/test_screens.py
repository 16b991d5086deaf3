# SPDX-License-Identifier: GPL-2.0-or-later
"""An install by hand: on the serial line, with the machine's own screen looking on."""
import os
import re
import subprocess

import pytest
from machine import MIB, WORK, Machine, disk, iso, ssh_public_key
from resume import plug
from terminal import Terminal

PASSWORD = "correct horse battery"


def png(machine, name):
    path = machine.screenshot()
    target = WORK / "screens" / f"{name}.png"
    target.parent.mkdir(exist_ok=True)
    path.rename(target)
    return target


class ByHand(Terminal):
    """A person at the serial line, whose screens are kept in build/tests/screens."""

    def __init__(self, machine):
        super().__init__(machine.qemu, pause=0.012)

    def keep(self, pattern, name, timeout=60):
        text = self.see(pattern, timeout)
        (WORK / "screens").mkdir(exist_ok=True)
        (WORK / "screens" / f"{name}.txt").write_text(text + "\n")
        return text

    def shell(self, *commands):
        """A root shell from the screen's button; back on the screen afterwards."""
        self.button("Shell")
        self.see("goes back to the installer.*#", 60)
        for i, command in enumerate(commands):
            self.type(f"clear; {command}; echo done''-{i}\r")
            self.see(f"done-{i}", 60)
        text = self.text()
        self.type("exit\r")
        return text


def used_disk():
    path = disk("by-hand")
    with open(path, "r+b") as f:
        f.write(os.urandom(MIB))
    return path


def stick():
    """A USB stick with a file system, for the logs."""
    path = disk("by-hand-stick", 64 * MIB)
    subprocess.run(["mformat", "-i", path, "-T", str(64 * MIB // 512), "-v", "LOGS", "::"],
                   check=True)
    return path


def check_logs(path):
    """What was saved from the screen that tells of the failure is whole, and tells of it."""
    names = subprocess.run(["mdir", "-b", "-i", path, "::"], check=True, capture_output=True,
                           text=True).stdout.split()
    assert len(names) == 1 and names[0].startswith("::/socle-logs-"), names
    bundle = WORK / "by-hand.tar.zst"
    bundle.unlink(missing_ok=True)
    subprocess.run(["mcopy", "-i", path, names[0], bundle], check=True)
    told = subprocess.run(["tar", "-xOf", bundle, "--wildcards", "*/install.jsonl"], check=True,
                          capture_output=True, text=True).stdout
    assert "vmlinuz: ends after 0" in told, told


def save_logs(t, m):
    """To a stick that is put in now."""
    logs = stick()
    plug(m, ["-drive", f"if=none,id=logs,format=raw,file={logs}",
             "-device", "usb-storage,bus=usb.0,drive=logs,serial=LOGS,removable=on"])
    t.button("Save logs")
    t.see("Where is the log bundle")
    t.type("hd:sda:/")
    t.keep("hd:sda:/", "save-logs")
    t.button("Save")
    t.see("Saved as hd:sda:/socle-logs-", 240)
    t.press("enter")
    t.see("The install failed")
    check_logs(logs)


@pytest.mark.parametrize("saves", [False, pytest.param(True, marks=pytest.mark.long)])
def test_install_by_hand(saves):
    with Machine("by-hand", disks=[(used_disk(), {})], cdrom=iso(), vga=True,
                 extra=["-device", "qemu-xhci,id=usb"],
                 kernel="console=tty0 console=ttyS0,115200 socle.install") as m:
        t = ByHand(m)
        t.keep("Welcome.*<Begin>", "welcome", 240)
        png(m, "vga-welcome")
        # What a medium that cannot be read does, see below.
        t.shell("mount --bind /dev/null /run/initramfs/live/socle/vmlinuz")
        t.see("<Begin>")
        t.button("Begin")
        t.see("Keyboard", 60)
        t.press("enter")
        t.keep("Which disk.*vda", "disk")
        t.press("esc")
        t.see("Keyboard")
        t.press("enter")
        t.see("Which disk")
        t.button("Details")
        t.keep("SOCLE-TEST-0", "details")
        t.press("esc")
        t.see("Which disk")
        png(m, "vga-watching")
        t.press("enter")
        t.keep(r"Management network.*52:54:00:50:c1:e0.*(link|\d[MG])", "network")
        t.press("enter")
        t.keep("How does the port", "address")
        t.button("Test")
        said = t.keep("Test of the network.*dns ", "network-test", 120)
        # QEMU's name server asks the one of a network that is not there in tests.
        assert re.search(r"good +link .*good +address .*10\.0\.2\.15/24.*"
                         r"good +gateway +10\.0\.2\.2 answers", said, re.S), said
        t.press("esc")
        t.see("How does the port")
        t.button("Next")
        t.see("Host name")
        t.press(*["bksp"] * 5)
        t.type("hand.example.com")
        t.press("enter")
        t.keep("Time zone", "zone")
        t.press("f12")
        t.see("hand.example.com")
        t.press("enter")
        t.see("Time zone")
        t.button("Next")
        t.see("Time servers")
        t.press("enter")
        t.see("Root password")
        t.type(PASSWORD)
        t.press("tab")
        t.type(PASSWORD)
        t.keep("good", "password")
        t.press("enter")
        t.see("SSH keys")
        t.type(ssh_public_key())
        t.press("enter")
        t.see("Given so far")
        t.press("enter")
        t.see("Memory of dom0")
        t.press("enter")
        plan = t.keep("The plan [0-9a-f]{16}", "plan")
        shown = re.search("The plan ([0-9a-f]{16})", plan)[1]
        assert "unrecognized data" in plan and "DESTROYED" in plan
        t.button("Install")
        t.see("Type the disk's name, vda")
        t.type("sda")
        t.press("enter")
        t.see("is not the name of the disk")
        t.press("enter")
        t.see("Type the disk's name, vda")
        t.type("vda")
        t.keep("Type the disk's name, vda", "confirm")
        t.press("enter")
        t.keep("The install failed.*vmlinuz", "failed", 240)
        if saves:
            save_logs(t, m)
        t.shell("umount /run/initramfs/live/socle/vmlinuz")
        t.see("The install failed")
        t.button("Retry")
        t.keep("Installing.*MB/s", "installing", 120)
        png(m, "vga-installing")
        t.keep(f"Socle is installed.*{shown}", "installed", 400)
        t.shell("vgchange -q -ay socle; mount /dev/socle/state /mnt",
                "stat -c 'mode=%a' /mnt/root/socle-ks.cfg; grep -o hostname=.* /mnt/root/socle-ks.cfg; "
                "socle kickstart check /mnt/root/socle-ks.cfg; echo check=$?",
                "umount /mnt; vgchange -q -an socle")
        said = m.log.read_bytes().decode(errors="replace")
        assert "mode=600" in said and "hostname=hand.example.com" in said and "check=0" in said
        t.see("Socle is installed")
        t.button("Reboot")
        m.wait_off()
