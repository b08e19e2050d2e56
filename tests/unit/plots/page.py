"""Reads a report the way a careful browser would, and says what is wrong with it.

Exit 0 and silence: every element is closed, ids are unique, links stay in the page, nothing is
fetched, tables say what their headings head, the data is JSON, and there are no scripts but the
page's own three."""
import json
import re
import sys
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.wrong, self.ids, self.links = [], [], [], []
        self.scripts, self.styles, self.headings, self.json = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in a:
            self.ids.append(a["id"])
        for name, value in attrs:
            if name.startswith("on"):
                self.wrong.append(f"<{tag}> has a handler {name}")
            if name == "style" and "url(" in value:
                self.wrong.append(f"<{tag}> has a style with url()")
            if name in ("src", "srcset", "action", "data", "poster", "background", "formaction"):
                self.wrong.append(f"<{tag}> wants {name}={value}")
        if "href" in a:
            self.links.append(a["href"])
        if tag == "script":
            self.scripts.append(a)
        if tag == "th" and "scope" not in a:
            self.wrong.append("a <th> without scope")
        if tag in ("iframe", "object", "embed", "img", "base", "form", "u", "x") or (
                tag == "svg" and a.get("class") != "sizes"):
            self.wrong.append(f"a <{tag}>")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        if not self.open or self.open[-1] != tag:
            self.wrong.append(f"</{tag}> closes {self.open[-1:]} at {self.getpos()}")
        else:
            self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] == "script" and self.scripts[-1].get("id") == "data":
            self.json += data
        if self.open and self.open[-1] == "style":
            self.styles.append(data)


def check(text):
    page = Page()
    page.feed(text)
    page.close()
    wrong = page.wrong
    if page.open:
        wrong.append(f"never closed: {page.open}")
    if len(page.ids) != len(set(page.ids)):
        wrong.append("an id is there twice")
    for link in page.links:
        if link != "data:," and link[1:] not in page.ids:
            wrong.append(f"a link to {link}")
    if len(page.scripts) != 3:
        wrong.append(f"{len(page.scripts)} scripts")
    if any("url(" in style or "@import" in style for style in page.styles):
        wrong.append("a style sheet that fetches")
    for before, after in zip(page.headings, page.headings[1:]):
        if after > before + 1:
            wrong.append(f"a heading of level {after} below one of level {before}")
    if page.headings.count(1) != 1:
        wrong.append("not one main heading")
    data = json.loads(page.json)
    for chart in data["charts"]:
        for line in chart["lines"]:
            if len(line["mid"]) != chart["points"]:
                wrong.append(f"{chart['title']}: points are missing")
            bands = [k for k in ("low", "high") if k in line]
            for m, *rest in zip(line["mid"], *(line[k] for k in bands)):
                if m is not None and rest and not rest[0] <= m <= rest[1]:
                    wrong.append(f"{chart['title']}: a median outside its band")
                    break
    return wrong


problems = check(open(sys.argv[1], encoding="utf-8", errors="strict").read())
print("\n".join(problems), end="")
sys.exit(1 if problems else 0)
