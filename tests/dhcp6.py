# SPDX-License-Identifier: GPL-2.0-or-later
"""
A DHCPv6 server (RFC 8415) that has one address to give; it runs on the switch.

    python3 dhcp6.py INTERFACE ADDRESS
"""
import socket
import struct
import sys

CLIENT_ID, SERVER_ID, IA_NA, IA_ADDRESS = 1, 2, 3, 5
# Solicit is answered by Advertise, what follows by Reply.
ANSWERS = {1: 2, 3: 7, 5: 7, 6: 7}
DUID = b"\0\3\0\1\x52\x54\0\x50\x5c\0"


def options(data):
    found = {}
    while len(data) >= 4:
        code, size = struct.unpack_from("!HH", data)
        found[code] = data[4:4 + size]
        data = data[4 + size:]
    return found


def option(code, data):
    return struct.pack("!HH", code, len(data)) + data


def answer(packet, address):
    asked = options(packet[4:])
    if packet[0] not in ANSWERS or IA_NA not in asked:
        return None
    lease = socket.inet_pton(socket.AF_INET6, address) + struct.pack("!II", 3600, 7200)
    given = asked[IA_NA][:4] + struct.pack("!II", 0, 0) + option(IA_ADDRESS, lease)
    return (bytes([ANSWERS[packet[0]]]) + packet[1:4] + option(CLIENT_ID, asked[CLIENT_ID]) +
            option(SERVER_ID, DUID) + option(IA_NA, given))


def main(interface, address):
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as s:
        s.bind(("::", 547))
        group = socket.inet_pton(socket.AF_INET6, "ff02::1:2")
        s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP,
                     group + struct.pack("@I", socket.if_nametoindex(interface)))
        while True:
            packet, client = s.recvfrom(2048)
            reply = answer(packet, address)
            if reply:
                s.sendto(reply, client)


if __name__ == "__main__":
    main(*sys.argv[1:])
