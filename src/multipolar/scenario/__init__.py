"""Scenario and study files, and the policy that a scenario means for a world."""

from multipolar.scenario.derive import derive_policy
from multipolar.scenario.fields import ClubRef
from multipolar.scenario.files import load_scenario, parse_scenario, shipped_scenarios
from multipolar.scenario.models import DEFAULT_DAY, Scenario, Source
from multipolar.scenario.policy import Policy, status_quo
from multipolar.scenario.quantity import Range
from multipolar.scenario.schema import json_schema
from multipolar.scenario.shocks import (
    KINDS,
    Association,
    CustomsUnion,
    EnergyContract,
    ExternalTariff,
    FreeTradeArea,
    Leave,
    NonTariffCost,
    Productivity,
    Resolve,
    Sanction,
    Shock,
    Tariff,
    Transfer,
    WtoAccession,
)
from multipolar.scenario.studies import load_study, parse_study, shipped_studies
from multipolar.scenario.studyfile import MEASURES, Contrast, Published, Study, Use

__all__ = [
    "DEFAULT_DAY",
    "KINDS",
    "MEASURES",
    "Association",
    "ClubRef",
    "Contrast",
    "CustomsUnion",
    "EnergyContract",
    "ExternalTariff",
    "FreeTradeArea",
    "Leave",
    "NonTariffCost",
    "Policy",
    "Productivity",
    "Published",
    "Range",
    "Resolve",
    "Sanction",
    "Scenario",
    "Shock",
    "Source",
    "Study",
    "Tariff",
    "Transfer",
    "Use",
    "WtoAccession",
    "derive_policy",
    "json_schema",
    "load_scenario",
    "load_study",
    "parse_scenario",
    "parse_study",
    "shipped_scenarios",
    "shipped_studies",
    "status_quo",
]
