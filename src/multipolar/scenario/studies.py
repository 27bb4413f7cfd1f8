"""Reading study files and the studies that ship."""

from __future__ import annotations

from pathlib import Path

from multipolar.data.yamlfile import Document, load_document, read_document
from multipolar.errors import ScenarioError, UnknownNameError
from multipolar.scenario.files import is_name, shipped_names, shipped_scenarios, shipped_text
from multipolar.scenario.reading import validated
from multipolar.scenario.studyfile import Study, Use

__all__ = ["load_study", "parse_study", "shipped_studies"]


def parse_study(text: str | bytes, file: str | None = None) -> Study:
    """Read a study from the text of its file.

    Parameters
    ----------
    text
        YAML, at most 1 MB.
    file
        Name used in messages.

    Raises
    ------
    ScenarioError
        Naming file, line, rule and remedy; also for a shipped scenario that does not exist.
    """
    return _study(load_document(text, file))


def load_study(name_or_path: str | Path) -> Study:
    """Read a study by name from the library, or else from a file.

    Parameters
    ----------
    name_or_path
        A name of lower-case letters, digits and hyphens is looked up in the library only; anything else is a path.

    Raises
    ------
    UnknownNameError
        If nothing of that name ships, with the nearest names.
    ScenarioError
        If the file cannot be read or breaks a rule.
    """
    if is_name(name_or_path):
        return parse_study(*shipped_text("study", str(name_or_path)))
    return _study(read_document(name_or_path))


def shipped_studies() -> tuple[str, ...]:
    """Return the names of the studies that ship, sorted."""
    return shipped_names("study")


def _study(document: Document) -> Study:
    study = validated(Study, document, "study")
    for i, entry in enumerate(study.scenarios):
        if isinstance(entry, Use) and entry.use not in shipped_scenarios():
            line = document.line(("scenarios", i, "use"))
            raise ScenarioError(
                str(UnknownNameError("shipped scenario", entry.use, shipped_scenarios())), document.file, line
            )
    return study
