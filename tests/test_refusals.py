# SPDX-License-Identifier: GPL-2.0-or-later
"""What the installer must refuse, without a byte of a disk changed."""
import os
import subprocess

from machine import GIB, MIB, WORK, Machine, WebServer, disk, fingerprint, iso

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


def refused(name, disks, pattern, kickstart=GOOD, url=None, cdrom=None, timeout=300):
    """Boot the installer, expect its refusal and a root shell, and unchanged disks."""
    before = [fingerprint(p) for p, _ in disks]
    with WebServer({"/ks.cfg": kickstart}) as web, \
            Machine(f"refuse-{name}", disks=disks, cdrom=cdrom or iso(),
                    kernel=f"socle.install socle.ks={url or web.url('/ks.cfg')}") as m:
        m.expect(pattern, timeout=timeout)
        m.expect("No disk was changed", timeout=30)
        m.expect("root shell follows", timeout=30)
        m.expect("#", timeout=60)
        assert m.shell("id -u")[1] == 0
    assert [fingerprint(p) for p, _ in disks] == before
    return web


def test_no_disk():
    refused("no-disk", [], "no disk")


def test_disk_too_small():
    refused("small", [(used_disk("small", 15 * GIB), {})], "smaller than 16 GiB")


def test_two_disks_and_no_choice():
    disks = [(used_disk("two-a"), {"serial": "FIRST"}), (used_disk("two-b"), {"serial": "SECOND"})]
    refused("two", disks, r"(?s)FIRST.*SECOND")


def test_kickstart_error_is_named_with_line_and_column():
    refused("ks-error", [(used_disk("ks"), {})], r"ks\.cfg:2:\d+:.*netwrk",
            kickstart=GOOD.replace("network", "netwrk"))


def test_unreachable_kickstart():
    refused("ks-gone", [(used_disk("gone"), {})], r"REFUSED: http://10\.0\.2\.2:1/",
            url="http://10.0.2.2:1/ks.cfg socle.ks.timeout=20")


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
    web = refused("damaged", [(used_disk("damaged"), {})], r"system\.squashfs", cdrom=damaged,
                  kickstart=lambda web: GOOD + REPORTS.format(url=web.url("")))
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
