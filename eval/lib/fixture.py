"""Builds the sandbox tree that every evaluation task runs in. Same content every time; times are
relative to now, so that "in the last week" keeps its meaning."""

import gzip
import json
import os
import random
import subprocess
import tarfile
import time
import zipfile
from pathlib import Path

MINUTE, HOUR, DAY = 60, 3600, 86400
NAMES = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy"]
CITIES = ["Berlin", "Paris", "Oslo", "Rome", "Vienna"]
PRODUCTS = ["lamp", "chair", "table", "desk"]
REGIONS = ["north", "south", "east", "west"]


class Tree:
    """Writes files below a root and remembers each file's age, set in one go at the end (writing a
    file changes the time of its folder)."""

    def __init__(self, root: Path):
        self.root = root
        self.random = random.Random(20240607)
        self.ages: dict[Path, float] = {}

    def put(self, name: str, content: str | bytes = "", age: float = 5 * DAY, mode: int = 0o644):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        path.chmod(mode)
        self.ages[path] = age
        return path

    def fill(self, name: str, size: int, age: float = 5 * DAY, mode: int = 0o644):
        return self.put(name, self.random.randbytes(size), age, mode)

    def folder(self, name: str, age: float = 5 * DAY):
        path = self.root / name
        path.mkdir(parents=True, exist_ok=True)
        self.ages[path] = age

    def link(self, name: str, target: str):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)

    def settle(self):
        now = time.time()
        for path in sorted(self.root.rglob("*"), key=lambda p: len(p.parts), reverse=True):
            if path.is_dir() and not path.is_symlink() and ".git" not in path.parts:
                self.ages.setdefault(path, 6 * DAY)
        for path, age in sorted(self.ages.items(), key=lambda item: -len(item[0].parts)):
            os.utime(path, (now - age, now - age))


def sales_csv(rng: random.Random) -> str:
    rows = ["date,region,product,units,price"]
    for day in range(40):
        date = time.strftime("%Y-%m-%d", time.gmtime(1704067200 + day * 2 * DAY))
        rows.append(
            f"{date},{rng.choice(REGIONS)},{rng.choice(PRODUCTS)},{rng.randint(1, 30)},"
            f"{rng.randint(10, 99)}.50"
        )
    return "\n".join(rows) + "\n"


def users_csv(rng: random.Random) -> str:
    rows = ["id,name,email,age,city"]
    for index, name in enumerate(NAMES, 1):
        domain = "example.com" if index % 3 else "mail.org"
        rows.append(f"{index},{name},{name}@{domain},{rng.randint(19, 70)},{CITIES[index % 5]}")
    return "\n".join(rows) + "\n"


def app_log(rng: random.Random, lines: int) -> str:
    levels = ["INFO"] * 6 + ["DEBUG"] * 3 + ["WARNING"] * 2 + ["ERROR"]
    texts = ["user login", "cache miss", "disk almost full", "connection timeout", "job finished"]
    out = []
    for index in range(lines):
        stamp = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(1705300000 + index * 97))
        level = rng.choice(levels)
        out.append(f"{stamp} {level} [{rng.choice(NAMES)}] {rng.choice(texts)} id={rng.randint(1, 99)}")
    return "\n".join(out) + "\n"


def access_log(rng: random.Random, lines: int) -> str:
    pages = ["/", "/index.html", "/about", "/login", "/api/items", "/img/logo.png"]
    out = []
    for index in range(lines):
        stamp = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(1705300000 + index * 61))
        status = rng.choice([200] * 7 + [301, 404, 404, 500])
        out.append(
            f"10.0.{rng.randint(0, 3)}.{rng.randint(1, 6)} - - [{stamp}] "
            f'"{rng.choice(["GET"] * 4 + ["POST"])} {rng.choice(pages)} HTTP/1.1" {status} '
            f"{rng.randint(120, 9000)}"
        )
    return "\n".join(out) + "\n"


def add_text(tree: Tree):
    tree.put("README.md", "# Shop\n\nA small shop.\n\nTODO: write the install part\nSee https://example.com/docs and http://mirror.example.org\nContact: help@example.com\n", 2 * DAY)
    tree.put("notes.txt", "buy milk\ncall Bob\nTODO: pay rent\nbuy bread\n\nerror in the shed light\n", 3 * HOUR)
    tree.put("meeting notes.txt", "agenda\n- budget\n- TODO plan\n", 12 * DAY)
    tree.put(".env", "DB_HOST=localhost\nDB_PORT=5432\nAPI_KEY=abc123\n", 30 * DAY, 0o600)
    tree.put(".hidden_note", "psst\n", 9 * DAY)
    tree.put("docs/guide.md", "# Guide\n\n## Install\n\nrun make\n\n## Usage\n\ntype shop --help\n", 8 * DAY)
    tree.put("docs/intro.txt", "Welcome to the shop.\nThe shop sells lamps.\nlamps are nice\n", 20 * DAY)
    tree.put("docs/api.rst", "API\n===\n\nGET /items\nPOST /items\n", 90 * DAY)
    tree.fill("docs/manual.pdf", 300_000, 100 * DAY)
    tree.fill("docs/user guide.pdf", 45_000, 2 * DAY)
    tree.put("docs/archive/old.md", "old text\nTODO nothing\n", 400 * DAY)
    tree.put("docs/archive/older.txt", "older text\n", 500 * DAY)


def add_source(tree: Tree):
    tree.put("src/main.c", '#include <stdio.h>\n#include "util.h"\n\n// TODO: parse arguments\nint main(void) {\n    printf("hello\\n");\n    return add(1, 2);\n}\n', 4 * DAY)
    tree.put("src/util.c", '#include "util.h"\n\nint add(int a, int b) {\n    return a + b; \n}\n', 15 * DAY)
    tree.put("src/util.h", "#pragma once\nint add(int a, int b);\n", 15 * DAY)
    tree.put("src/app.py", "import os\nimport sys\n\n\ndef main():\n    # TODO use logging\n    print('start')\n\n\ndef stop():\n    print('stop')\n", 30 * MINUTE)
    tree.put("src/test_app.py", "import app\n\n\ndef test_main():\n    assert app.main() is None\n", 6 * HOUR)
    tree.put("src/helpers/__init__.py", "", 60 * DAY)
    tree.put("src/helpers/strings.py", "def upper(s):\n    return s.upper()\n\n\ndef lower(s):\n\treturn s.lower()\n", 60 * DAY)
    tree.put("src/helpers/strings.pyc", b"\x00\x01compiled", 60 * DAY)
    tree.put("src/web/index.html", '<html>\n<body class="main">\n<a href="/about">about</a>\n<a href="/login">login</a>\n</body>\n</html>\n', 7 * DAY + HOUR)
    tree.put("src/web/style.css", "body { color: #ff0000; }\na { color: #00ff00; }\n", 33 * DAY)
    tree.put("src/web/app.js", "console.log('one');\nfunction go() {\n  console.log('two');\n}\n", 26 * HOUR)
    tree.put("src/web/app.min.js", "console.log('one')", 26 * HOUR)
    tree.put("src/build.sh", "#!/bin/sh\nmake all\n", 45 * DAY, 0o644)
    tree.put("src/run.sh", "#!/bin/bash\necho running\n", 45 * DAY, 0o755)
    tree.put("src/Makefile", "all: main\n\nclean:\n\trm -f main\n", 45 * DAY)


def add_logs(tree: Tree):
    rng = tree.random
    tree.put("logs/app.log", app_log(rng, 120), 10 * MINUTE)
    tree.put("logs/error.log", "".join(line + "\n" for line in app_log(rng, 60).splitlines() if "ERROR" in line) + "ERROR disk failure\nerror: retry failed\n", 2 * DAY)
    tree.put("logs/access.log", access_log(rng, 150), HOUR)
    tree.put("logs/access.log.1.gz", gzip.compress(access_log(rng, 80).encode(), mtime=0), 8 * DAY)
    tree.put("logs/debug-2024-01-15.log", app_log(rng, 10), 35 * DAY)
    tree.put("logs/debug-2024-01-16.log", app_log(rng, 14), 34 * DAY)
    tree.put("logs/old/app-2023.log", app_log(rng, 30), 300 * DAY)
    tree.put("logs/old/empty.log", "", 300 * DAY)


def add_data(tree: Tree):
    rng = tree.random
    tree.put("data/sales.csv", sales_csv(rng), 3 * DAY)
    tree.put("data/users.csv", users_csv(rng), 3 * DAY)
    tree.put("data/employees.tsv", "name\tdept\tsalary\nann\tit\t5200\nben\thr\t4100\ncid\tit\t6100\ndan\tops\t3900\neve\thr\t4700\nfay\tops\t4300\n", 14 * DAY)
    tree.put("data/scores.txt", "".join(f"{name} {rng.randint(40, 100)}\n" for name in NAMES), DAY + HOUR)
    tree.put("data/config.json", json.dumps({"name": "shop", "version": "1.4.2", "port": 8080, "debug": False, "db": {"host": "localhost", "user": "shop"}, "tags": ["a", "b", "c"]}) + "\n", 21 * DAY)
    people = [{"id": i, "name": n, "age": 20 + i * 3, "active": i % 2 == 0, "city": CITIES[i % 5]} for i, n in enumerate(NAMES[:6], 1)]
    tree.put("data/people.json", json.dumps(people, indent=2) + "\n", 21 * DAY)
    tree.put("data/events.jsonl", "".join(json.dumps({"type": rng.choice(["click", "view", "buy"]), "user": rng.choice(NAMES), "ms": rng.randint(1, 500)}) + "\n" for _ in range(30)), DAY * 1.5)
    tree.put("data/numbers.txt", "".join(f"{rng.randint(1, 500)}\n" for _ in range(40)), 11 * DAY)
    tree.put("data/words.txt", "".join(rng.choice(["apple", "Banana", "cherry", "apple", "date", "fig", "Apple"]) + "\n" for _ in range(35)), 11 * DAY)
    tree.put("data/left.txt", "ant\nbee\ncat\ndog\nelk\n", 50 * DAY)
    tree.put("data/right.txt", "bee\ncow\ndog\nfox\n", 50 * DAY)
    tree.put("data/copy of left.txt", "ant\nbee\ncat\ndog\nelk\n", 50 * DAY)
    tree.put("data/latin1.txt", "Grüße aus Köln\ncafé\n".encode("latin-1"), 70 * DAY)
    tree.put("data/dos.txt", b"one\r\ntwo\r\nthree\r\n", 70 * DAY)
    tree.put("data/tabs.txt", "a\tb\tc\n1\t2\t3\n", 70 * DAY)
    tree.put("data/spaces.txt", "  lead\ntrail  \n\nmid   dle\n\n\nend\n", 70 * DAY)
    tree.put("data/settings.ini", "[server]\nhost=localhost\nport=8080\n; a comment\n# another\n\n[client]\ntimeout=30\nport=9090\n", 16 * DAY)
    tree.put("data/matrix.txt", "1 2 3\n4 5 6\n7 8 9\n", 16 * DAY)
    tree.put("data/passwd.txt", "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nann:x:1000:1000:Ann:/home/ann:/bin/bash\nben:x:1001:1001:Ben:/home/ben:/bin/zsh\nwww:x:33:33:www:/var/www:/usr/sbin/nologin\n", 16 * DAY)
    tree.put("data/story.txt", "It was a dark night. The wind was cold.\nNobody spoke, and nobody moved.\nThe end\n" * 3, 16 * DAY)
    tree.put("data/ips.txt", "192.168.1.10\n10.0.0.5\n192.168.1.2\n172.16.0.9\n10.0.0.5\n8.8.8.8\n", 16 * DAY)


def add_binary(tree: Tree):
    tree.fill("images/IMG_001.JPG", 61_000, 65 * DAY)
    tree.fill("images/img_002.jpg", 42_000, 64 * DAY)
    tree.fill("images/summer trip.jpg", 88_000, 5 * DAY)
    tree.fill("images/photo.jpeg", 23_000, 12 * DAY)
    tree.fill("images/logo.png", 9_000, 200 * DAY)
    tree.put("images/icon.svg", "<svg/>\n", 200 * DAY)
    tree.fill("images/screenshots/shot1.png", 150_000, 2 * HOUR)
    tree.fill("images/screenshots/shot2.png", 160_000, 50 * HOUR)
    tree.fill("media/song1.mp3", 1_600_000, 80 * DAY)
    tree.fill("media/my song.mp3", 2_300_000, 81 * DAY)
    tree.fill("media/clip.mp4", 6_500_000, 4 * DAY)
    tree.fill("media/old clip.avi", 3_200_000, 220 * DAY)
    tree.put("tmp/a.tmp", "x\n", 9 * DAY)
    tree.put("tmp/b.tmp", "yy\n", HOUR)
    tree.put("tmp/cache.bak", "cache\n", 40 * DAY)
    tree.put("tmp/notes.txt~", "old\n", 40 * DAY)
    tree.put("tmp/empty.txt", "", 40 * DAY)
    tree.put("tmp/core.1234", b"\x7fELF", 3 * DAY)
    tree.folder("tmp/emptydir")
    tree.folder("tmp/sub/emptydir2")
    tree.put("tmp/sub/deep/deeper/file.tmp", "deep\n", 9 * DAY)
    tree.put("keys/secret.key", "secret\n", 25 * DAY, 0o600)
    tree.put("keys/public.pem", "public\n", 25 * DAY, 0o644)
    tree.put("keys/shared.txt", "shared\n", 25 * DAY, 0o777)
    tree.put("keys/readonly.txt", "read\n", 25 * DAY, 0o444)
    tree.put("bin/tool", "#!/bin/sh\necho tool\n", 25 * DAY, 0o755)
    tree.put("bin/helper.py", "#!/usr/bin/env python3\nprint('help')\n", 25 * DAY, 0o755)
    tree.put("bin/broken.sh", "#!/bin/sh\nexit 1\n", 25 * DAY, 0o644)
    tree.link("links/current", "../docs")
    tree.link("links/conf", "../data/config.json")
    tree.link("links/broken", "../nowhere.txt")


def add_archives(tree: Tree):
    work = tree.root / "backups"
    work.mkdir()
    def plain(info):
        info.mtime = 1_700_000_000
        return info

    with gzip.GzipFile(work / "docs.tar.gz", "wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name in ("docs/guide.md", "docs/intro.txt", "docs/archive/old.md"):
            tar.add(tree.root / name, arcname=name, filter=plain)
    with tarfile.open(work / "site.tar", "w") as tar:
        for name in ("index.html", "style.css", "app.js"):
            tar.add(tree.root / "src/web" / name, arcname=f"site/{name}", filter=plain)
    with tarfile.open(work / "keys.tar.bz2", "w:bz2") as tar:
        tar.add(tree.root / "keys/public.pem", arcname="keys/public.pem", filter=plain)
    with zipfile.ZipFile(work / "photos.zip", "w") as pack:
        for name in ("logo.png", "icon.svg"):
            pack.writestr(zipfile.ZipInfo(f"photos/{name}"), (tree.root / "images" / name).read_bytes())
    sql = "".join(f"INSERT INTO items VALUES ({i}, 'item{i}');\n" for i in range(1, 51))
    tree.put("backups/db.sql", sql, 28 * DAY)
    tree.put("backups/dump.sql.gz", gzip.compress(sql.encode(), mtime=0), 29 * DAY)
    for name in ("docs.tar.gz", "site.tar", "keys.tar.bz2", "photos.zip"):
        tree.ages[work / name] = 13 * DAY
    big = work / "disk.img"
    with open(big, "wb") as file:
        file.truncate(120 * 1024 * 1024)
    tree.ages[big] = 100 * DAY


def add_repository(tree: Tree):
    repo = tree.root / "repo"
    repo.mkdir()
    env = dict(os.environ, GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_SYSTEM="/dev/null")

    def git(*words: str, day: int = 0, who: str = "Ann"):
        stamp = f"{1705300000 + day * DAY} +0000"
        env.update(GIT_AUTHOR_NAME=who, GIT_AUTHOR_EMAIL=f"{who.lower()}@example.com", GIT_AUTHOR_DATE=stamp,
                   GIT_COMMITTER_NAME=who, GIT_COMMITTER_EMAIL=f"{who.lower()}@example.com", GIT_COMMITTER_DATE=stamp)
        subprocess.run(["git", "-C", str(repo), *words], env=env, check=True, capture_output=True)

    def commit(name: str, text: str, message: str, day: int, who: str = "Ann"):
        (repo / name).write_text(text)
        git("add", "-A")
        git("commit", "-m", message, day=day, who=who)

    git("init", "-b", "main")
    git("config", "user.name", "Ann")
    git("config", "user.email", "ann@example.com")
    commit("main.py", "print(1)\n", "Start", 0)
    commit("util.py", "x = 1\n", "Add util", 1, "Ben")
    git("tag", "v1.0")
    git("branch", "feature/login")
    git("branch", "old-stuff")
    commit("main.py", "print(1)\nprint(2)\n", "Fix bug in main", 2)
    commit("README.md", "# repo\n", "Add readme", 3, "Ben")
    git("checkout", "-q", "feature/login")
    commit("login.py", "def login(): pass\n", "Add login", 4)
    git("checkout", "-q", "main")
    (repo / "main.py").write_text("print(1)\nprint(2)\nprint(3)\n")
    (repo / "staged.py").write_text("s = 1\n")
    git("add", "staged.py")
    (repo / "scratch.txt").write_text("untracked\n")
    (repo / "build.o").write_text("object\n")


def build(root: Path) -> None:
    """Fills `root` (must not exist): root/work is the working directory, root/home the HOME."""
    (root / "home").mkdir(parents=True)
    (root / "work").mkdir()
    tree = Tree(root / "work")
    add_text(tree)
    add_source(tree)
    add_logs(tree)
    add_data(tree)
    add_binary(tree)
    add_archives(tree)
    add_repository(tree)
    tree.settle()
