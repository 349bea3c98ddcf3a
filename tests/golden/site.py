#!/usr/bin/env python3
"""site.py DBTWIN SOURCE-ROOT - the documentation site: every page is there, no link is dead, nothing comes from elsewhere."""
import html.parser
import os
import re
import shutil
import subprocess
import sys
import tempfile

root = sys.argv[2]
n = failed = 0


def ok(good, name, why=""):
    global n, failed
    n += 1
    failed += not good
    print("ok" if good else "not ok", n, "-", name)
    if not good:
        for line in str(why).splitlines()[:20]:
            print("#", line)


VOID = {"meta", "link", "br", "hr", "img", "col"}


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.bad, self.links, self.ids, self.tags, self.names, self.title = [], [], [], [], set(), [], ""
        self.feed(text)
        self.close()
        self.bad += [f"{tag} is not closed" for tag in self.open]

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.add(tag)
        if tag not in VOID:
            self.open.append(tag)
        self.bad += [f"{tag} {a}" for a in attrs if a.startswith("on") or a == "src"]
        if "href" in attrs:
            self.links.append((tag, attrs["href"]))
        if "id" in attrs:
            self.ids.append(attrs["id"])
        self.names.append((tag, attrs.get("name"), attrs.get("content")))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.bad.append(f"/{tag} closes nothing, at {self.getpos()}")

    def handle_data(self, data):
        if self.open[-1:] == ["title"]:
            self.title += data


def widths(out, files):
    """No page is wider than a phone. One browser looks at all pages, in frames; what is wide scrolls by itself."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        ok(True, "no page is wider than a phone # SKIP no Chromium is installed")
        return
    frames = "".join(f'<iframe src="{f}" style="width:320px;height:600px;border:0"></iframe>' for f in files)
    look = ("onload = () => { document.body.textContent = 'wide:' + [...document.querySelectorAll('iframe')].map(f =>"
            " [f.getAttribute('src'), f.contentDocument.documentElement.scrollWidth]).filter(p => p[1] != 320).join(' ') }")
    with open(os.path.join(out, "all-frames.htm"), "w", encoding="utf-8") as page:
        page.write(f"<!DOCTYPE html><body>{frames}<script>{look}</script></body>")
    done = subprocess.run([browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--allow-file-access-from-files",
                           f"--user-data-dir={out}/../profile", "--dump-dom", f"file://{out}/all-frames.htm"],
                          capture_output=True, timeout=120)
    found = re.search(r"<body>wide:(.*?)</body>", done.stdout.decode(), re.S)
    ok(found and not found[1].strip(), "no page is wider than a phone", found[1] if found else done.stderr.decode()[-500:])


missing = [tool for tool in ("scdoc", "mandoc") if not shutil.which(tool)]
if missing:
    print(f"1..0 # SKIP {' and '.join(missing)} are not installed")
    sys.exit(0)
with tempfile.TemporaryDirectory() as folder:
    out = os.path.join(folder, "site")
    done = subprocess.run(["sh", os.path.join(root, "docs/site.sh"), root, out, "1.2.3"], capture_output=True, timeout=200)
    ok(done.returncode == 0 and not done.stderr, "the site is built without a word", done.stderr.decode())
    files = sorted(os.listdir(out))
    pages = {f: Page(open(os.path.join(out, f), encoding="utf-8").read()) for f in files if f.endswith(".html")}
    ok({f.rsplit(".", 1)[-1] for f in files} == {"html", "css"}, "pages and a style, nothing else", files)
    wanted = [f[:-4] + ".html" for d in ("man", "docs/guides") for f in os.listdir(os.path.join(root, d)) if f.endswith(".scd") and f != "dbtwin-guide.7.scd"]  # which is index.html
    ok(len(wanted) > 25 and set(wanted) <= set(files), "every man page and guide has a page", set(wanted) - set(files))
    linked = {link.split("#")[0] for p in pages.values() for _, link in p.links}
    manual = {link for _, link in pages["manual.html"].links}
    for f in sorted(wanted):
        ok(f in linked, f"{f}: something leads there")
        if os.path.exists(os.path.join(root, "man", f[:-5] + ".scd")):
            ok(f in manual, f"{f}: so does the manual's list")
    for f, page in pages.items():
        ok(page.bad == [], f"{f}: well-formed, no handlers, nothing that is loaded", page.bad)
        ok("script" not in page.tags and "img" not in page.tags, f"{f}: no script")
        ok(("meta", "viewport", "width=device-width, initial-scale=1") in page.names, f"{f}: fits a phone")
        ok(page.title and len(set(page.ids)) == len(page.ids), f"{f}: a title; its ids are unique", page.ids)
        ok([l for t, l in page.links if t == "link"] == ["site.css"], f"{f}: its own style alone")
        dead = []
        for tag, link in page.links:
            if tag == "link" or link.startswith("https://"):
                continue
            target, _, anchor = link.partition("#")
            there = pages.get(target or f)
            if not there or (anchor and anchor not in there.ids):
                dead.append(link)
        ok(not dead, f"{f}: no dead link", dead)
        text = open(os.path.join(out, f), encoding="utf-8").read()
        ok(not re.search(r"<b>dbtwin[a-z.-]*</b>\([157]\)(?!</a>)", text), f"{f}: every reference is a link")
        ok("@" + "@" not in text and "\\_" not in text, f"{f}: nothing is left of the making")
        ok(not re.search(r"<br/>(?=[^<]*</pre>)|>(&#x2022;|\u2022)", text), f"{f}: lists are lists, examples have no empty lines")
    widths(out, sorted(pages))
    css = open(os.path.join(out, "site.css"), encoding="utf-8").read()
    ok("prefers-color-scheme: dark" in css and "url(" not in css and "@import" not in css, "the style: dark too, and loads nothing")
    ok("703 MB" in open(os.path.join(out, "dbtwin-performance.7.html"), encoding="utf-8").read(), "performance: the bench's figures")
    size = sum(os.path.getsize(os.path.join(out, f)) for f in files)
    print(f"# {len(files)} files, {size // 1000} kB")
    ok(size < 1_500_000, "it is light", size)

print(f"1..{n}")
sys.exit(failed != 0)
