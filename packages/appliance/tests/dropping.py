#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""
A server whose connections drop: dropping.py FILE BYTES KIND prints its port, gives BYTES
bytes of FILE for each request and closes.  KIND: "ranges"; "whole" (no ranges); "changing"
(another file after the first request); "folder" (what is in FILE, each under its name).
Requests are written to requests.log.
"""
import http.server
import os
import re
import sys
import urllib.parse

most, kind = int(sys.argv[2]), sys.argv[3]
requests = 0


def contents(path):
    if kind == "folder":
        path = sys.argv[1] + urllib.parse.unquote(path.partition("?")[0])
        return open(path, "rb").read() if os.path.exists(path) else None
    return open(sys.argv[1], "rb").read() if path == "/x.ova" else None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global requests
        requests += 1
        with open("requests.log", "a") as log:
            log.write("%s %s\n" % (self.headers.get("Range"), self.headers.get("If-Range")))
        data = contents(self.path)
        if data is None:
            self.send_error(404)
            return
        tag = '"%d"' % (requests if kind == "changing" else 1)
        wanted = re.match(r"bytes=(\d+)-", self.headers.get("Range") or "")
        start = int(wanted[1]) if wanted else 0
        if kind == "whole" or self.headers.get("If-Range") not in (None, tag):
            start = 0
        self.send_response(206 if start else 200)
        self.send_header("ETag", tag)
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (start, len(data) - 1, len(data)))
        self.end_headers()
        self.close_connection = True
        try:
            self.wfile.write(data[start:start + (most if kind != "whole" else most * requests)])
        except OSError:
            pass  # who asked has enough

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
