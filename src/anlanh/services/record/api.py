"""What other services may use of this one: a person's chart, its courses and its timeline, for whoever acts.

chart = await record.open_chart(work, record_of(request), patient_id, {Section.PROBLEMS, Section.MEDICINES})
for each in chart.medicines: each.title, each.lines[0].dose, each.lines[0].source.facility
"""

from anlanh.services.record.actions.coming import Awaited, awaited, candidates
from anlanh.services.record.actions.reading import (
    EVERY_SECTION,
    VITAL_SIGNS,
    open_banner,
    open_chart,
    open_timeline,
    paper_of,
    results_of,
    series_of,
)
from anlanh.services.record.model import (
    AllergyLine,
    Banner,
    Chart,
    DocumentLine,
    Due,
    DueLine,
    EncounterLine,
    Event,
    Flag,
    ImmunizationLine,
    Medicine,
    MedicineLine,
    NoSuchPerson,
    Paper,
    ProblemLine,
    ReportLine,
    Result,
    ResultLine,
    Section,
    Series,
    Source,
    Standing,
    Timeline,
)

__all__ = [
    "EVERY_SECTION", "VITAL_SIGNS", "AllergyLine", "Awaited", "Banner", "Chart", "DocumentLine", "Due", "DueLine",
    "EncounterLine", "Event", "Flag", "ImmunizationLine", "Medicine", "MedicineLine", "NoSuchPerson", "Paper",
    "ProblemLine", "ReportLine", "Result", "ResultLine", "Section", "Series", "Source", "Standing", "Timeline", "awaited",
    "candidates", "open_banner",
    "open_chart", "open_timeline", "paper_of", "results_of", "series_of",
]  # fmt: skip
