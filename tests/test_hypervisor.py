# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel and Xen by themselves, before anything is made of them."""
import subprocess


def test_linux_and_xen_boot():
    out = subprocess.run(["prove", "--verbose", "hypervisor/tests/boot"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                         timeout=600, check=False)
    assert out.returncode == 0, out.stdout
