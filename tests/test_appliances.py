# SPDX-License-Identifier: GPL-2.0-or-later
"""
Our own appliances on an installed host: imported from a web server, started as PV, PVH and
HVM guests, their pages read on the bridge; and what the host's thin pool does for them.
"""
import functools
import http.server
import pathlib
import subprocess
import threading

import guests
import host
import pytest
from machine import BUILD, MIB, WORK, Machine, WebServer, disk, iso, ssh_public_key

KICKSTART = """lang en_US.UTF-8
keyboard us
timezone UTC
rootpw --lock
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname=appliances
zerombr
clearpart --all
autopart
appliance {url} --name=firstboot --type=pv --start --property=com.socle.tiny.message=kickstart
poweroff
"""

pytestmark = pytest.mark.long


def package(template):
    found = sorted((BUILD / "templates").glob(f"{template}-*.ova"))
    if not found:
        pytest.skip(f"{template} is not built: make templates TEMPLATE={template}")
    return found[-1]


@pytest.fixture(scope="module")
def served():
    """The URL of a file in build, as QEMU's user network shows it."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler,
                                directory=str(pathlib.Path(BUILD).absolute()))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield lambda p: f"http://10.0.2.2:{server.server_address[1]}/{p.relative_to(BUILD)}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def packages(served):
    return lambda template: served(package(template))


@pytest.fixture(scope="module")
def running(packages):
    """An installed host that runs."""
    target = disk("appliances")
    kickstart = KICKSTART.format(key=ssh_public_key(), url=packages("tiny"))
    with WebServer({"/ks.cfg": kickstart}) as web, \
            Machine("install-appliances", disks=[(target, {})], cdrom=iso(),
                    kernel=f"socle.install socle.ks={web.url('/ks.cfg')}") as m:
        m.expect("Installed", timeout=900)
        m.wait_off()
    with host.boot("host-appliances", [(target, {})]) as m:
        host.wait_up(m)
        yield m


def page(m, name, timeout=600):
    """What the guest's page says, found among the addresses of the bridge; "" when it died."""
    return m.ssh(
        f"end=$(($(date +%s) + {timeout})); while [ $(date +%s) -lt $end ]; do"
        " a=$(curl -sfZ --connect-timeout 3 --max-time 30 'http://10.0.2.[16-30]/' 2>/dev/null);"
        ' [ -z "$a" ] || { echo "$a"; exit 0; };'
        f" xl domid {name} > /dev/null 2>&1 || exit 0; sleep 1; done;"
        " xl list; xl dmesg | tail -n 20; tail -n 20 /var/log/xen/*.log; exit 1",
        timeout=timeout + 120)


def load(m, name, url, virt, *options):
    m.ssh(f"socle appliance import --name {name} --type {virt} --accept-eula {' '.join(options)}"
          f" {url} < /dev/null", timeout=600)


def start(m, name, timeout=600):
    """What the page of the guest says once it has started."""
    for _ in range(4):
        m.ssh(f"socle vm start {name} > /run/vm.log 2>&1 < /dev/null"
              " || { cat /run/vm.log; exit 1; }", timeout=240)
        answer = page(m, name, timeout)
        if answer or not guests.emulator_fault(m):
            return answer
    raise AssertionError(f"{name}: the emulator's fault, each time")


def stop(m, name):
    """With the guest goes all that was made for it."""
    m.ssh(f"! xl domid {name} > /dev/null 2>&1 || socle vm stop --force {name};"
          f" socle vm destroy --force {name} < /dev/null", timeout=240)
    left = m.ssh(f"ls -d /etc/xen/{name}* /var/lib/socle/guests/{name}* 2>/dev/null;"
                 f" lvs --noheadings -o lv_name socle | grep {name}", check=False)
    assert left.strip() == "", left


def test_line_of_the_kickstart(running):
    """Imported and started at the first boot, with nobody there."""
    running.ssh("for i in $(seq 300); do xl domid firstboot > /dev/null 2>&1 && exit; sleep 2; done;"
                " journalctl -b --no-pager -n 30 -u socle-firstboot; exit 1", timeout=900)
    answer = page(running, "firstboot")
    assert "message=kickstart" in answer.splitlines(), answer
    assert "role=pv" in answer.splitlines(), answer
    stop(running, "firstboot")


@pytest.mark.parametrize("virt", ["pv", "pvh", "hvm"])
def test_tiny(running, packages, virt):
    load(running, f"tiny-{virt}", packages("tiny"), virt,
         f"--property 'com.socle.tiny.message=As {virt}'")
    answer = start(running, f"tiny-{virt}")
    assert f"role={virt}" in answer.splitlines(), answer
    assert f"message=As {virt}" in answer.splitlines(), answer
    stop(running, f"tiny-{virt}")


@pytest.mark.parametrize("virt", ["pv", "pvh", "hvm"])
def test_web(running, packages, virt):
    title = f"A page of a {virt} guest"
    load(running, f"web-{virt}", packages("web"), virt, f"--property 'com.socle.web.title={title}'")
    answer = start(running, f"web-{virt}")
    assert f"<title>{title}</title>" in answer, answer
    stop(running, f"web-{virt}")


def test_properties_without_the_cd_that_has_them(running, packages):
    """As somebody who takes it out finds them: in xenstore."""
    load(running, "tiny-xs", packages("tiny"), "pv", "--property com.socle.tiny.message=xenstore")
    running.ssh("sed -i '/seed.iso/d' /etc/xen/tiny-xs.cfg")
    assert "message=xenstore" in start(running, "tiny-xs").splitlines()
    stop(running, "tiny-xs")


def test_debian_by_cloud_init(running, packages):
    (WORK / "user-data").write_text("""#cloud-config
runcmd:
  - [sh, -c, "mkdir /run/page && hostname > /run/page/index.html"]
  - [sh, -c, "python3 -m http.server -d /run/page 80 > /dev/null 2>&1 &"]
""")
    running.scp(WORK / "user-data", "/run/user-data")
    load(running, "debian", packages("debian-13"), "pv",
         "--hostname cloudy --user-data /run/user-data")
    answer = start(running, "debian", timeout=1800)
    assert answer.strip() == "cloudy", answer
    stop(running, "debian")


def test_a_clone_shares_its_original_until_either_goes(running, packages):
    running.ssh(f"socle appliance import --name first {packages('tiny')} < /dev/null", timeout=600)
    running.ssh("socle vm clone first second")
    volumes = running.ssh("lvs --noheadings -o lv_name,origin socle").split()
    assert volumes[volumes.index("second.disk0") + 1] == "first.disk0"
    sums = running.ssh("sha256sum /dev/socle/first.disk0 /dev/socle/second.disk0").split()
    assert sums[0] == sums[2]
    stop(running, "first")
    assert running.ssh("sha256sum /dev/socle/second.disk0").split()[0] == sums[0]
    stop(running, "second")


def scattered():
    """A disk of 64 MiB with a block of data here and there, and its package."""
    path = WORK / "scattered.raw"
    with open(path, "wb") as f:
        f.truncate(64 * MIB + 4096)
        for n in range(300):
            f.seek(n * 52 * 4096)
            f.write(bytes([n % 255 + 1]) * 4096)
    subprocess.run(["build/c/release/bin/socle", "appliance", "export", "--force", path,
                    WORK / "scattered.ova"], check=True)
    return path, WORK / "scattered.ova"


@pytest.mark.parametrize("clears", ["n", "y"])
def test_what_others_left_in_the_pool_is_not_seen(running, served, clears):
    """Neither in a new volume nor in one that is written over."""
    disk_file, ova = scattered()
    want = subprocess.run(["sha256sum", disk_file], check=True, capture_output=True,
                          text=True).stdout.split()[0]
    size = disk_file.stat().st_size
    dirty = (f"lvcreate -q -y --type thin -V 96m --thinpool socle/guests -n %s && {{ tr '\\0' x"
             " < /dev/zero | head -c 96M | dd of=/dev/socle/%s bs=1M iflag=fullblock; }")
    # A pool that is started gives out its first free chunks: the dirty ones are the first again.
    restart = "lvchange -an socle/guests && lvchange -ay socle/guests"
    running.ssh(f"lvchange --zero {clears} socle/guests && {restart} && {dirty % ('old', 'old')}"
                f" && lvremove -y -f socle/old && {restart}", timeout=300)
    # What the test is about: a chunk of such a pool shows what was there, of whichever volume.
    # lvcreate itself clears the first 4 KiB.
    seen = running.ssh("lvcreate -q -y --type thin -V 8m --thinpool socle/guests -n bare > /dev/null"
                       " && printf y | dd of=/dev/socle/bare bs=1 seek=32768 2> /dev/null;"
                       " dd if=/dev/socle/bare bs=32k count=1 iflag=direct 2> /dev/null"
                       " | tr -d '\\0' | wc -c;"
                       " lvremove -q -y -f socle/bare > /dev/null")
    assert (int(seen) > 0) == (clears == "n"), seen
    running.ssh(f"socle appliance import --name scattered {served(ova)} < /dev/null",
                timeout=300)
    volume = "/dev/socle/scattered.disk0"
    assert running.ssh(f"head -c {size} {volume} | sha256sum").split()[0] == want
    assert running.ssh(f"tail -c +{size + 1} {volume} | tr -d '\\0' | wc -c").strip() == "0"
    running.ssh(f"{dirty % ('reused', 'reused')} && socle appliance convert --force --to raw"
                f" {volume} /dev/socle/reused", timeout=300)
    whole = int(running.ssh(f"blockdev --getsize64 {volume}"))
    sums = running.ssh(f"head -c {whole} /dev/socle/reused | sha256sum; sha256sum {volume};"
                       " lvremove -q -y -f socle/reused > /dev/null").split()
    assert sums[0] == sums[2]
    stop(running, "scattered")


def test_uefi(running, packages):
    """The last one: not every QEMU outlives it."""
    load(running, "tiny-uefi", packages("tiny"), "hvm", "--firmware uefi")
    try:
        answer = start(running, "tiny-uefi")
    except (AssertionError, subprocess.TimeoutExpired):
        if guests.emulator_ended(running):
            pytest.skip("QEMU ended by an assertion of its own (bql_locked) at the guest's CR8")
        raise
    assert "firmware=uefi" in answer.splitlines(), answer
    stop(running, "tiny-uefi")
