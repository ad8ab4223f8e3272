"""Which error codes there are: in the sources, and in docs/ERRORS.md.

A code is a word that stands where codes stand: as the argument of a function whose parameter is called
`code`, as a value of a `code` or `error_code`, in a #define of a CODE. So a new one is found by itself,
also through a new helper."""

import os
import pathlib
import re

ROOT = pathlib.Path(os.environ.get("TMESH_SOURCE_DIR",
                                   pathlib.Path(__file__).resolve().parent.parent.parent))
NOT_OURS = ("build", "tests", "docs", "conf")
WORD = re.compile(r'"([a-z][a-z0-9]*(?:_[a-z0-9]+)*)"')
CALL = re.compile(r"\b(\w+)\(")
PARAMETER = re.compile(r"\s*const char \*(error_)?code\s*")
VALUE = re.compile(r"\b(?:error_)?code\s*=\s*([^;{}]*?)[;,}]")
DEFINE = re.compile(r"#define \w*CODE\w* (\"\w+\")")
WORDS_OF_ERRORS = re.compile(r'^\s*X\([A-Z_]+, "(\w+)",', re.MULTILINE)
ROW = re.compile(r"^\| (`[^|]*`) \| (?:(\d{3}) \| )?", re.MULTILINE)


def without_comments(text):
    return re.sub(r"//[^\n]*", "", re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL))


def arguments(text, opening):
    """The arguments of a call or a definition whose parenthesis is at `opening`."""
    found, depth, start, in_text = [], 0, opening + 1, False
    for at in range(opening, len(text)):
        each = text[at]
        if each == '"' and text[at - 1] != "\\":
            in_text = not in_text
        elif in_text:
            continue
        elif each in "([{":
            depth += 1
        elif each in ")]}":
            depth -= 1
            if depth == 0:
                return found + [text[start:at]]
        elif each == "," and depth == 1:
            found.append(text[start:at])
            start = at + 1
    return found


def sources():
    """Path -> text, comments left out."""
    paths = [path for path in ROOT.rglob("*.[ch]")
             if not path.relative_to(ROOT).parts[0].startswith(NOT_OURS)]
    return {path.relative_to(ROOT): without_comments(path.read_text("utf-8")) for path in paths}


def places_of_codes(texts):
    """(function, file or None for everywhere) -> which of its arguments is a code."""
    places = {}
    for path, text in texts.items():
        for call in CALL.finditer(text):
            for index, argument in enumerate(arguments(text, call.end() - 1)):
                if PARAMETER.fullmatch(argument):
                    name = call.group(1)
                    places[name, None if name.startswith("tmesh_") else path] = index
    return places


def in_sources():
    """Code -> the files that it stands in."""
    texts = sources()
    places = places_of_codes(texts)
    found = {}
    for path, text in texts.items():
        pieces = VALUE.findall(text) + DEFINE.findall(text)
        for call in CALL.finditer(text):
            index = places.get((call.group(1), None), places.get((call.group(1), path)))
            if index is not None:
                pieces += arguments(text, call.end() - 1)[index:index + 1]
        for code in WORD.findall(" ".join(pieces)):
            found.setdefault(code, []).append(str(path))
    for word in WORDS_OF_ERRORS.findall((ROOT / "runtime/base/error.h").read_text("utf-8")):
        found.setdefault(word, []).append("runtime/base/error.h")
    return found


def in_documents():
    """Code -> its status, or None for a code that is no answer."""
    found = {}
    for codes, status in ROW.findall((ROOT / "docs/ERRORS.md").read_text("utf-8")):
        for code in re.findall("`([a-z0-9_]+)`", codes):
            assert code not in found, code + " is documented twice"
            found[code] = int(status) if status else None
    return found
