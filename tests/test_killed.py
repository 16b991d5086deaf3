# SPDX-License-Identifier: GPL-2.0-or-later
"""
Installs that end at any moment, killed or by the loss of power: the next one finishes, and a
disk that was not chosen has not changed by a byte.
"""
import random
import time

import pytest
import test_disks
import test_layouts
from machine import disk, fingerprint
from resume import install, resumed

pytestmark = pytest.mark.long

JOURNAL = "/run/socle/install.jsonl"
STEPS = 12


def moments(count, seed):
    """Steps of an install, spread over it, and seconds in each; other seeds have others."""
    at = random.Random(seed)
    return [(1 + int(STEPS * (i + at.random()) / count), at.uniform(0, 2)) for i in range(count)]


def run_until(m, step, seconds):
    """Begin an install that does not switch the machine off when it ends, and come so far."""
    m.ssh(f"mkdir -p /run/stay; ln -sf /bin/true /run/stay/systemctl; rm -f {JOURNAL};"
          " (PATH=/run/stay:$PATH setsid socle-install -y -k /run/TARGET.cfg"
          " > /run/install.log 2>&1 < /dev/null & echo $! > /run/install.pid);"
          f" for i in $(seq 6000); do grep -qs '\"step\":{step},' {JOURNAL} && break;"
          " kill -0 $(cat /run/install.pid) || { cat /run/install.log; exit 1; }; sleep 0.05; done",
          timeout=400)
    time.sleep(seconds)
    print(f"step {step} and {seconds:.1f} s:", m.ssh(f"tail -n 1 {JOURNAL}"))


def machine(name, disks):
    return resumed(name, disks=[(disks[n], {"serial": n.upper()}) for n in ("target", "other")])


def write_kickstart(m):
    # An install that had come to its end is done again, too.
    text = test_disks.KICKSTART.format(serial="TARGET") + "reinstall\n"
    m.ssh(f"cat > /run/TARGET.cfg <<'X'\n{text}X")


def finish(m):
    m.send("socle-install -y -k /run/TARGET.cfg\r")
    m.expect("Installed. Plan", timeout=600)
    m.wait_off()


@pytest.fixture(scope="module")
def pair():
    """A target, and another disk with a group, a mirror's half and a file system on it."""
    disks = {n: disk(f"killed-{n}") for n in ("target", "other")}
    with machine("killed-prepare", disks) as m:
        m.ssh(f"cat > /run/prepare <<'X'\n{test_disks.PREPARE}X\nsh /run/prepare")
        group = m.ssh("vgs --noheadings -o vg_uuid -S pv_name=$(readlink -f "
                      "/dev/disk/by-id/virtio-OTHER)2").strip()
        m.ssh(f"vgrename -q {group} elsewhere; sync")
    return disks


@pytest.mark.parametrize("count", [3, 10])
def test_the_next_install_finishes(pair, count):
    """The power goes so often, then in one session the installer is killed so often."""
    before = fingerprint(pair["other"])
    for moment in moments(count, count):
        with machine("killed", pair) as m:
            write_kickstart(m)
            run_until(m, *moment)
            m.qmp("quit")
        assert fingerprint(pair["other"]) == before
    with machine("killed", pair) as m:
        write_kickstart(m)
        for moment in moments(count, 100 + count):
            run_until(m, *moment)
            m.ssh("kill -9 -- -$(cat /run/install.pid) 2>/dev/null; sync", check=False)
            assert fingerprint(pair["other"]) == before
        finish(m)
    assert fingerprint(pair["other"]) == before


@pytest.fixture(scope="module")
def kept():
    """A host with a guest, of which the test keeps what is on its disk."""
    disks = {"target": disk("killed-kept")}
    with resumed("killed-host", disks=[(disks["target"], {"serial": "TARGET"})]) as m:
        install(m, "first", test_disks.KICKSTART.format(serial="TARGET"))
        m.ssh(STATE)
        test_layouts.write_guest(m, "/run/s")
        m.ssh("umount /run/s; vgchange -qan socle; sync")
    return disks["target"]


STATE = "vgchange -qay socle; mkdir -p /run/s; mount /dev/socle/state /run/s"
# Where "guests --keep" has a guest's configuration in turn on the old state, the ESP and the new
# state: from reading it until the new system is written.
KEEP_STEPS = (3, 4, 6)


def test_a_kept_guest_outlives_it(kept):
    """An install that keeps the guests is ended where they are moved; the last has them all."""
    at = random.Random(7)
    moments = [(step, at.uniform(0, 2)) for step in KEEP_STEPS] + \
        [(5, tenth / 10) for tenth in range(8)]
    text = test_disks.KICKSTART.format(serial="TARGET").split("ignoredisk")[0] + \
        "disk --serial=TARGET\nguests --keep\nreinstall\npoweroff\n"
    for i, moment in enumerate([*moments, None]):
        with resumed("killed-keep", disks=[(kept, {"serial": "TARGET"})]) as m:
            m.ssh(f"cat > /run/TARGET.cfg <<'X'\n{text}X")
            if moment:
                run_until(m, *moment)
                if i % 4 == 1:
                    m.ssh("kill -9 -- -$(cat /run/install.pid) 2>/dev/null; sync", check=False)
                m.qmp("quit")
                continue
            install(m, "last", text)
            m.ssh(STATE)
            test_layouts.check_guest(m, "/run/s")
            assert m.ssh("cat /run/s/etc/upper/hostname").strip() == "again"
            assert not m.ssh("mount -o ro /dev/vda2 /mnt; find /mnt -name 'guests*'; umount /mnt")
