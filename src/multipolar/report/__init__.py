"""From the summary of a study to what people read: sentences, tables, figures, the report."""

from __future__ import annotations

from multipolar.report.narrative import Passage, focus, passages
from multipolar.report.page import html_fragment, report_html
from multipolar.report.tables import effects_table
from multipolar.report.words import VERDICTS, verdict
from multipolar.report.write import summary_text, write_result

__all__ = [
    "VERDICTS",
    "Passage",
    "effects_table",
    "focus",
    "html_fragment",
    "passages",
    "report_html",
    "summary_text",
    "verdict",
    "write_result",
]
