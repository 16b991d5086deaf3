# SPDX-License-Identifier: GPL-2.0-or-later
"""What the installer must refuse, without a byte of a disk changed."""
import os
import re
import subprocess

import pytest
from machine import (GIB, MIB, WORK, Machine, WebServer, disk, fingerprint, iso,
                     ssh_public_key)

GOOD = """rootpw --plaintext correct-horse
network --bootproto=dhcp
zerombr
clearpart --all
autopart
poweroff
"""


def used_disk(name, size=16 * GIB):
    """A disk that holds something: a byte pattern at both ends and in the middle."""
    path = disk(name, size)
    with open(path, "r+b") as f:
        for at in (0, size // 2, size - MIB):
            f.seek(at)
            f.write(os.urandom(MIB))
    return path


def expect_refusal(m, pattern, timeout=300):
    m.expect(pattern, timeout=timeout)
    m.expect("No disk was changed", timeout=30)
    m.expect("root shell follows", timeout=30)
    m.expect("#", timeout=60)
    assert m.shell("id -u")[1] == 0


@pytest.fixture(scope="module")
def refused_already():
    """Started with a kickstart that cannot be had: refused, and the shell goes on from there."""
    sizes = {"FIRST": 16 * GIB, "SECOND": 16 * GIB, "SMALL": 15 * GIB}
    disks = {n: used_disk(f"refuse-{n}", size) for n, size in sizes.items()}
    before = {n: fingerprint(path) for n, path in disks.items()}
    with Machine("refuse", disks=[(path, {"serial": n}) for n, path in disks.items()], cdrom=iso(),
                 kernel="socle.install socle.ks=http://10.0.2.2:1/ks.cfg socle.ks.timeout=20") as m:
        expect_refusal(m, r"REFUSED: http://10\.0\.2\.2:1/")
        yield m
    assert {n: fingerprint(path) for n, path in disks.items()} == before


def install(m, kickstart):
    """What the installer says to a kickstart, and its code."""
    with WebServer({"/ks.cfg": kickstart}) as web:
        out, code = m.shell(f"socle-install -y -k {web.url('/ks.cfg')}", timeout=120)
    return " ".join(out.split()), code


def test_kickstart_error_is_named_with_line_and_column(refused_already):
    out, code = install(refused_already, GOOD.replace("network", "netwrk"))
    assert code == 1 and re.search(r"ks\.cfg:2:\d+:.*netwrk", out), out
    assert "No disk was changed" in out


@pytest.mark.long
def test_who_may_look_on_is_let_in(refused_already):
    """sshpw is for the running installer, also for one that then refuses."""
    key = ssh_public_key()
    install(refused_already, GOOD + f'sshpw --username=root --sshkey "{key}"\n')
    refused_already.wait_ssh()
    assert refused_already.ssh("id -u").strip() == "0"


def test_two_disks_and_no_choice(refused_already):
    out, code = install(refused_already, GOOD)
    assert code == 1 and re.search("REFUSED.*FIRST.*SECOND", out), out
    assert "No disk was changed" in out


def test_disk_too_small(refused_already):
    out, code = install(refused_already, GOOD + "disk --serial=SMALL\n")
    assert code == 1 and re.search("REFUSED.*smaller than 16 GiB", out), out


def test_no_disk(refused_already):
    """The last of these: the disks are taken out."""
    refused_already.shell("for d in /sys/block/vd*; do echo 1 > $d/device/../remove; done")
    out, code = install(refused_already, GOOD)
    assert code == 1 and "REFUSED: this machine has no disk" in out, out


def test_damaged_image_on_the_medium():
    """One byte of the system image flipped, in the middle of the ISO's largest file."""
    damaged = WORK / "damaged.iso"
    subprocess.run(["cp", "--reflink=auto", iso(), damaged], check=True)
    with open(damaged, "r+b") as f:
        size = os.path.getsize(damaged)
        # Far behind what the live system itself reads while it boots is not known
        # beforehand; the last tenth of the file is the squashfs's tables and tail.
        at = system_image_offset(damaged) + 64 * MIB
        assert at < size
        f.seek(at)
        byte = f.read(1)
        f.seek(at)
        f.write(bytes([byte[0] ^ 0xFF]))
    target = used_disk("damaged")
    before = fingerprint(target)
    with WebServer({"/ks.cfg": lambda web: GOOD + REPORTS.format(url=web.url(""))}) as web, \
            Machine("refuse-damaged", disks=[(target, {})], cdrom=damaged,
                    kernel=f"socle.install socle.ks={web.url('/ks.cfg')}") as m:
        expect_refusal(m, r"system\.squashfs")
    assert fingerprint(target) == before
    check_told(web)


# A brace of the webhook is doubled, for format().
REPORTS = """webhook --url={url}/hook/{{mac}}/{{event}} --token=t0psecret
onfailure --bundle={url}/logs/ --token=t0psecret
%onerror
echo "onerror knows: $SOCLE_WROTE $SOCLE_ERROR"
%end
"""


def check_told(web):
    """The failure of an unattended install reaches those who are not there."""
    events = web.events("/hook/52:54:00:50:c1:e0/")
    assert [e["event"] for e in events if e["event"] != "progress"] == \
        ["start", "planned", "step", "failed", "bundle"]
    failed = events[-2]
    assert "system.squashfs" in failed["error"] and failed["wrote"] is False
    assert failed["report"]["result"] == "failed"
    assert failed["report"]["disks"][0]["serial"] == "SOCLE-TEST-0"
    logs = [(path, body) for method, path, _, body in web.sent if method == "PUT"]
    assert len(logs) == 1 and logs[0][0].startswith("/logs/socle-logs-")
    assert all(h["Authorization"] == "Bearer t0psecret" for _, _, h, _ in web.sent)
    check_bundle(logs[0][1])
    serial = (WORK / "refuse-damaged.serial.log").read_text(errors="replace")
    assert "onerror knows: 0 verify-image: " in serial
    assert "t0psecret" not in serial


def check_bundle(data):
    path = WORK / "logs.tar.zst"
    path.write_bytes(data)
    names = subprocess.run(["tar", "--zstd", "-tf", path], check=True, capture_output=True,
                           text=True).stdout
    for name in ("journal.txt", "install.log", "install.jsonl", "install-report.json", "plan.json",
                 "kickstart.txt", "dmesg.txt", "facts.json", "storage/lsblk.txt",
                 "network/networkctl.txt"):
        assert f"/{name}\n" in names, names
    text = subprocess.run(["tar", "--zstd", "-xOf", path], check=True, capture_output=True).stdout
    assert b"system.squashfs" in text
    # Neither the token nor root's password.
    assert b"t0psecret" not in text and b"correct-horse" not in text


def system_image_offset(path):
    """Where system.squashfs lies in the ISO, in bytes, by xorriso's report."""
    out = subprocess.run(["xorriso", "-indev", path, "-find", "/socle/system.squashfs",
                          "-exec", "report_lba"], check=True, capture_output=True, text=True)
    line = next(x for x in out.stdout.splitlines() if x.startswith("File data lba:"))
    return int(line.split(",")[1]) * 2048
