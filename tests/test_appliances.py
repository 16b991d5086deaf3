# SPDX-License-Identifier: GPL-2.0-or-later
"""
Our own appliances on an installed host: imported from a web server, started as PV, PVH and
HVM guests, their pages read on the bridge.
"""
import functools
import http.server
import pathlib
import threading

import guests
import host
import pytest
from machine import BUILD, Machine, WebServer, disk, iso, ssh_public_key

KICKSTART = """lang en_US.UTF-8
keyboard us
timezone UTC
rootpw --lock
sshkey --username=root "{key}"
network --bootproto=dhcp --hostname=appliances
zerombr
clearpart --all
autopart
poweroff
"""

pytestmark = pytest.mark.long


def package(template):
    found = sorted((BUILD / "templates").glob(f"{template}-*.ova"))
    if not found:
        pytest.skip(f"{template} is not built: make templates TEMPLATE={template}")
    return found[-1]


@pytest.fixture(scope="module")
def packages():
    """The URL of each package, as QEMU's user network shows it."""
    handler = functools.partial(http.server.SimpleHTTPRequestHandler,
                                directory=str(pathlib.Path(BUILD / "templates").absolute()))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield lambda t: f"http://10.0.2.2:{server.server_address[1]}/{package(t).name}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def running():
    """An installed host that runs."""
    target = disk("appliances")
    with WebServer({"/ks.cfg": KICKSTART.format(key=ssh_public_key())}) as web, \
            Machine("install-appliances", disks=[(target, {})], cdrom=iso(),
                    kernel=f"socle.install socle.ks={web.url('/ks.cfg')}") as m:
        m.expect("Installed", timeout=900)
        m.wait_off()
    with host.boot("host-appliances", [(target, {})]) as m:
        host.wait_up(m)
        yield m


def start(m, name, url, virt, *properties):
    """Import and start; what the guest's page says, found among the addresses of the bridge."""
    given = " ".join(f"--property '{p}'" for p in properties)
    m.ssh(f"socle appliance import --name {name} --type {virt} --accept-eula {given} {url}"
          " < /dev/null", timeout=600)
    for _ in range(4):
        m.ssh(f"socle vm start {name} > /run/vm.log 2>&1 < /dev/null"
              " || { cat /run/vm.log; exit 1; }", timeout=240)
        answer = m.ssh(
            "for i in $(seq 90); do for n in $(seq 16 30); do"
            " curl -sf --connect-timeout 1 --max-time 10 http://10.0.2.$n/ && exit; done;"
            f" xl domid {name} > /dev/null 2>&1 || exit 0; sleep 2; done;"
            " xl list; xl dmesg | tail -n 20; tail -n 20 /var/log/xen/*.log; exit 1", timeout=900)
        if answer or not guests.emulator_fault(m):
            return answer
    raise AssertionError(f"{name}: the emulator's fault, each time")


def stop(m, name):
    """With the guest goes all that was made for it."""
    m.ssh(f"socle vm stop --force {name} && socle vm destroy --force {name} < /dev/null",
          timeout=240)
    left = m.ssh(f"ls -d /etc/xen/{name}* /var/lib/socle/guests/{name}* 2>/dev/null;"
                 f" lvs --noheadings -o lv_name socle | grep {name}", check=False)
    assert left.strip() == "", left


@pytest.mark.parametrize("virt", ["pv", "pvh", "hvm"])
def test_tiny(running, packages, virt):
    answer = start(running, f"tiny-{virt}", packages("tiny"), virt,
                   f"com.socle.tiny.message=As {virt}")
    assert f"role={virt}" in answer.splitlines(), answer
    assert f"message=As {virt}" in answer.splitlines(), answer
    stop(running, f"tiny-{virt}")


@pytest.mark.parametrize("virt", ["pv", "pvh", "hvm"])
def test_web(running, packages, virt):
    title = f"A page of a {virt} guest"
    answer = start(running, f"web-{virt}", packages("web"), virt, f"com.socle.web.title={title}")
    assert f"<title>{title}</title>" in answer, answer
    stop(running, f"web-{virt}")
