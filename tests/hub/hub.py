"""A hub on loopback that speaks what the real one does, and that fails on request. Standard library only.

The hub and its storage are two servers, so that redirects leave the host: the hub is 127.0.0.1, the storage localhost.
"""
import hashlib
import http.server
import json
import pathlib
import re
import socket
import ssl
import subprocess
import threading
import time
import urllib.parse

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PIECE = 1 << 16


class Faults:
    """What goes wrong; all off. Byte counts are of the storage's answers."""

    def __init__(self):
        self.status = {}  # "hub" or "storage" -> list of (status, headers) to answer first
        self.no_ranges = False
        self.wrong_range = False
        self.cut_after = None  # each answer ends after so many bytes
        self.cuts = None  # how many answers are cut; None = all
        self.rate = None  # bytes a second of each answer
        self.shared_rate = None  # bytes a second of all answers together
        self.stall_after = None  # says nothing more, for ever
        self.flip = None  # offset of a byte that is changed
        self.say_size = None  # X-Linked-Size
        self.say_hash = None  # X-Linked-ETag; "" = none at all
        self.extra = b""  # after the file's own bytes, with a Content-Length that matches
        self.listing = {}  # replaces what the listing says by key
        self.redirect_to = None  # address the hub redirects to instead


class Hub:
    def __init__(self, files, tls=None, name="localhost"):
        """files: {"owner/name": {"file.gguf": path}}; tls: folder for a test authority and its certificates; name: that of the
        hub with tls. Another one than localhost is found by a proxy only."""
        self.files = {repo: {name: pathlib.Path(path) for name, path in entries.items()} for repo, entries in files.items()}
        self.hashes = {}
        self.faults = Faults()
        self.requests = []  # (server, method, path, headers)
        self.gated = {}  # repo -> token that lets in
        self.stopping = False
        self.lock = threading.Lock()
        self.wire = threading.Lock()
        self.storage = self._serve("storage", "localhost", tls)
        self.front = self._serve("hub", name, tls)
        scheme = "https" if tls else "http"
        host = name if tls else "127.0.0.1"
        self.url = f"{scheme}://{host}:{self.front.server_address[1]}"
        self.storage_url = f"{scheme}://localhost:{self.storage.server_address[1]}"

    def _serve(self, role, name, tls):
        hub = self

        class Handler(_Handler):
            pass

        Handler.hub, Handler.role = hub, role
        server = _Server(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate(pathlib.Path(tls), name))
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return server

    def hash_of(self, path):
        key = str(path)
        if key not in self.hashes:
            digest = hashlib.sha256()
            with open(path, "rb") as stream:
                while piece := stream.read(1 << 20):
                    digest.update(piece)
            self.hashes[key] = digest.hexdigest()
        return self.hashes[key]

    def bodies(self):
        """Requests for bytes that reached the storage."""
        return [r for r in self.requests if r[0] == "storage" and r[1] == "GET"]

    def close(self):
        self.stopping = True
        for server in (self.front, self.storage):
            server.shutdown()
            server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 512

    def handle_error(self, request, client_address):  # clients that go away are what is tested
        pass


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    hub = None
    role = ""

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self._answer()

    def do_GET(self):
        self._answer()

    def _answer(self):
        hub, faults = self.hub, self.hub.faults
        with hub.lock:
            hub.requests.append((self.role, self.command, self.path, dict(self.headers)))
            queue = faults.status.get(self.role)
            planned = queue.pop(0) if queue else None
        if planned:
            self._head(planned[0], {"Content-Length": "0", **planned[1]})
        elif self.role == "storage":
            self._blob()
        else:
            self._front()

    def _head(self, status, headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _json(self, value):
        body = json.dumps(value).encode()
        self._head(200, {"Content-Type": "application/json", "Content-Length": str(len(body))})
        if self.command == "GET":
            self.wfile.write(body)

    def _front(self):
        hub = self.hub
        url = urllib.parse.urlparse(self.path)
        path = urllib.parse.unquote(url.path)
        if path == "/api/models":
            words = urllib.parse.parse_qs(url.query).get("search", [""])[0].lower()
            self._json([{"id": repo, "downloads": 100, "likes": 5, "gated": False, "tags": ["gguf", "license:apache-2.0"]}
                        for repo in hub.files if words in repo.lower()])
            return
        listing = re.fullmatch(r"/api/models/([^/]+/[^/]+)(?:/revision/([^/]+))?", path)
        resolve = re.fullmatch(r"/([^/]+/[^/]+)/resolve/([^/]+)/(.+)", path)
        found = listing or resolve
        repo = found.group(1) if found else ""
        if repo in hub.gated:
            token = self.headers.get("Authorization", "")
            if not token:
                self._head(401, {"Content-Length": "0", "X-Error-Code": "GatedRepo"})
                return
            if token != f"Bearer {hub.gated[repo]}":
                self._head(403, {"Content-Length": "0"})
                return
        if repo not in hub.files or (resolve and resolve.group(3) not in hub.files[repo]):
            self._head(404, {"Content-Length": "0"})
        elif listing:
            self._json({"id": repo, "sha": COMMIT, "gated": False, "cardData": {"license": "apache-2.0"}, "siblings": [
                {"rfilename": name, "size": size, "lfs": {"sha256": hub.hash_of(file), "size": size}}
                for name, file in hub.files[repo].items() for size in [file.stat().st_size]], **hub.faults.listing})
        else:
            self._resolve(repo, resolve.group(3))

    def _resolve(self, repo, name):
        hub, faults = self.hub, self.hub.faults
        file = hub.files[repo][name]
        digest = hub.hash_of(file) if faults.say_hash is None else faults.say_hash
        headers = {"X-Repo-Commit": COMMIT, "Content-Length": "0", "Accept-Ranges": "bytes",
                   "X-Linked-Size": str(faults.say_size or file.stat().st_size),
                   "ETag": f'"{COMMIT[:20]}"',
                   "Location": faults.redirect_to or f"{hub.storage_url}/blob/{urllib.parse.quote(repo)}/{urllib.parse.quote(name)}?sig=1"}
        if digest:
            headers["X-Linked-ETag"] = f'"{digest}"'
        self._head(302, headers)

    def _blob(self):
        hub, faults = self.hub, self.hub.faults
        _, _, rest = urllib.parse.unquote(urllib.parse.urlparse(self.path).path).partition("/blob/")
        owner, name, file = rest.split("/", 2)
        path = hub.files[f"{owner}/{name}"][file]
        size = path.stat().st_size + len(faults.extra)
        first = 0
        wanted = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        last = size - 1
        if wanted and not faults.no_ranges:
            first = int(wanted.group(1))
            if first >= size:
                self._head(416, {"Content-Range": f"bytes */{size}", "Content-Length": "0"})
                return
            last = min(last, int(wanted.group(2) or last))
            said = first + 7 if faults.wrong_range else first
            self._head(206, {"Content-Range": f"bytes {said}-{last}/{size}", "Content-Length": str(last + 1 - first)})
        else:
            self._head(200, {"Content-Length": str(size), **({} if faults.no_ranges else {"Accept-Ranges": "bytes"})})
        if self.command == "GET":
            self._send(path, first, last)

    def _send(self, path, first, last):
        hub, faults = self.hub, self.hub.faults
        sent = 0
        cut = faults.cut_after
        if cut is not None and faults.cuts is not None:
            with hub.lock:
                cut = cut if faults.cuts > 0 else None
                faults.cuts -= 1
        began = time.monotonic()
        with open(path, "rb") as stream:
            stream.seek(first)
            while not hub.stopping:
                piece = bytearray(stream.read(min(PIECE, max(0, last + 1 - first - sent))))
                at = first + sent
                if faults.flip is not None and at <= faults.flip < at + len(piece):
                    piece[faults.flip - at] ^= 0xFF
                if not piece:
                    self.wfile.write(faults.extra)
                    return
                if faults.shared_rate:
                    with hub.wire:
                        time.sleep(len(piece) / faults.shared_rate)
                if cut is not None and sent + len(piece) > cut:
                    self.wfile.write(piece[:cut - sent])
                    self.wfile.flush()
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.wfile.write(piece)
                sent += len(piece)
                if faults.stall_after is not None and sent >= faults.stall_after:
                    while not hub.stopping:
                        time.sleep(0.05)
                    return
                if faults.rate:
                    time.sleep(max(0.0, sent / faults.rate - (time.monotonic() - began)))


def certificate(folder, name):
    """A certificate for `name` by a test authority in `folder`/ca.pem; both are made if missing. (certificate, key)"""
    folder.mkdir(parents=True, exist_ok=True)
    ca, ca_key, cert, key = (folder / f for f in ("ca.pem", "ca.key", f"{name}.pem", f"{name}.key"))

    def openssl(*words):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)

    if not ca.exists():
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                "-subj", "/CN=caro test authority", "-keyout", ca_key, "-out", ca)
    if not cert.exists():
        request, extra = folder / "request.pem", folder / "extra.cnf"
        extra.write_text(f"subjectAltName=DNS:{name}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-CAcreateserial", "-days", "2",
                "-extfile", extra, "-out", cert)
    return str(cert), str(key)
