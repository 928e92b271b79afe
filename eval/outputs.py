"""What a run is written as: run.json, run.csv, junit.xml and report.html, each whole or not at all."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.case import Case
from eval.compare import GATED, Scored
from eval.errors import BadRecord, BadRun
from eval.measures import ALL, Score
from eval.record import from_json
from eval.report import report
from eval.run import FORMAT, VERSION

MAX_BYTES = 1024**3
BASELINE = "dateline-eval-baseline"

# XML 1.0 allows no other control characters, not even escaped.
_NOT_XML = {code: " " for code in (*range(0x20), 0xFFFE, 0xFFFF) if code not in (0x9, 0xA, 0xD)}


def write(path: Path, record: Mapping[str, Any]) -> None:
    """Write a run in the format of the file's ending. Raises BadRecord on an unknown one."""
    name = path.name.lower()
    if name.endswith(".json"):
        text = json.dumps(record, ensure_ascii=False, indent=1)
    elif name.endswith(".csv"):
        text = as_csv(record)
    elif name.endswith(".xml"):
        text = as_junit(record)
    elif name.endswith((".html", ".htm")):
        text = report(record)
    else:
        raise BadRecord(f"cannot tell what to write to {path}: end its name in .html, .json, .csv or .xml")
    write_text(path, text)


def write_text(path: Path, text: str) -> None:
    """Write a file so that a crash leaves the old one or the new one. Raises BadRecord where it cannot."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogatepass", newline="") as file:
                file.write(text)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):
                Path(name).unlink()
            raise
    except OSError as error:
        raise BadRecord(f"{path} cannot be written ({error.strerror or error}): check the folder") from error


def read(path: Path) -> Mapping[str, Any]:
    """A run.json. Raises BadRun on anything else."""
    record = _json(path)
    if record.get("format") != FORMAT:
        raise BadRun(f"{path} is not a run: give the run.json that `eval run -o run.json` wrote")
    if record.get("version") != VERSION or not isinstance(record.get("questions"), list):
        raise BadRun(f"{path} was written by another version: run the suite again")
    return record


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadRun(f"{path} is larger than {MAX_BYTES >> 30} GB: is it a run.json?")
        record = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
    except OSError as error:
        raise BadRun(f"{path} cannot be read ({error.strerror or error}): check the path") from error
    except (ValueError, RecursionError) as error:
        raise BadRun(f"{path} is not JSON ({error}): give the run.json that `eval run -o run.json` wrote") from error
    if not isinstance(record, dict):
        raise BadRun(f"{path} is not a run: give the run.json that `eval run -o run.json` wrote")
    return record


def cases(record: Mapping[str, Any]) -> list[Case]:
    """The cases of a run. Raises BadRun."""
    return [from_json(entry) for entry in record["questions"]]


def scored(path: Path) -> Scored:
    """The scores of a run.json, by today's measures, or of a baseline as it was kept. Raises BadRun."""
    record = _json(path)
    if record.get("format") == BASELINE:
        return _baseline(path, record)
    return Scored.of(cases(read(path)))


def as_baseline(record: Mapping[str, Any]) -> str:
    """The scores of a run in the measures that a change is held to: small enough to commit beside the gold."""
    scored = Scored.of(cases(record))
    told = {
        name: {q: [round(score.value, 5), round(score.weight, 5)] for q, score in held.items()}
        for name, held in scored.scores.items()
        if name in GATED and held
    }
    head = {"format": BASELINE, "version": VERSION, "suite": record["suite"], "system": record["system"]}
    return json.dumps({**head, "questions": scored.questions, "scores": told}, ensure_ascii=False, indent=0) + "\n"


def _baseline(path: Path, record: Mapping[str, Any]) -> Scored:
    try:
        scores = {
            str(name): {str(q): Score(float(value), float(weight)) for q, (value, weight) in held.items()}
            for name, held in record["scores"].items()
        }
        return Scored(tuple(str(q) for q in record["questions"]), scores)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRun(f"{path} is a damaged baseline ({error!r}): export it again from a run.json") from error


def as_csv(record: Mapping[str, Any]) -> str:
    """One row per question and repeat, one column per measure; empty where not eligible."""
    names = [measure.name for measure in ALL]
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["id", "kind", "tags", "answerable", "question", "expected", "outcome", "answer", *names])
    for entry in record["questions"]:
        gold, answer = entry["gold"], entry["answer"] or {}
        told = [
            gold["question"],
            gold["answer"],
            answer.get("outcome", "error"),
            answer.get("answer", entry["error"]),
        ]
        rows.writerow(
            [
                *(_cell(value) for value in (gold["id"], gold["kind"], " ".join(gold["tags"]))),
                gold["answerable"],
                *(_cell(value) for value in told),
                *(entry["scores"].get(name, "") for name in names),
            ]
        )
    return out.getvalue()


def _cell(value: object) -> str:
    """Text that a spreadsheet will not take for a formula."""
    text = str(value or "")
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def as_junit(record: Mapping[str, Any]) -> str:
    """JUnit XML: a test case per question and repeat, a failure per fault, an error where nothing came."""
    entries = record["questions"]
    failed = [entry for entry in entries if entry["failures"] and entry["error"] is None]
    suite = ET.Element(
        "testsuite",
        name=_xml(f"dateline.{record['suite']['name']}"),
        tests=str(len(entries)),
        failures=str(len(failed)),
        errors=str(sum(entry["error"] is not None for entry in entries)),
        time=f"{sum(entry['seconds'] for entry in entries):.3f}",
        timestamp=str(record["started_at"]),
    )
    for entry in entries:
        gold = entry["gold"]
        case = ET.SubElement(
            suite,
            "testcase",
            classname=_xml(f"{record['suite']['name']}.{gold['kind']}"),
            name=_xml(f"{gold['id']} {gold['question']}"),
            time=f"{entry['seconds']:.3f}",
        )
        if entry["failures"]:
            kind = "failure" if entry["error"] is None else "error"
            fault = ET.SubElement(case, kind, message=_xml(entry["failures"][0]))
            answer = (entry["answer"] or {}).get("answer", "")
            fault.text = _xml("\n".join([*entry["failures"], "", f"expected: {gold['answer']}", f"got: {answer}"]))
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def _xml(text: str) -> str:
    return text.translate(_NOT_XML).encode("utf-8", "replace").decode("utf-8")


def check_name(path: Path) -> None:
    """Find out before a long run that its output could not be written. Raises BadRecord."""
    if not path.name.lower().endswith((".json", ".csv", ".xml", ".html", ".htm")):
        raise BadRecord(f"cannot tell what to write to {path}: end its name in .html, .json, .csv or .xml")
    if path.is_dir():
        raise BadRecord(f"{path} is a folder: name a file in it")


def shown(value: float, unit: str) -> str:
    """A figure for a reader: `87.5 %`, `1,240 ms`, `3.1 days`."""
    if unit == "share":
        return f"{100 * value:.1f} %"
    if unit == "USD":
        return f"${value:.5f}"
    return f"{value:,.1f} {unit}" if unit == "days" else f"{value:,.0f} {unit}"
