"""Facts about places and clubs: economies and their codes, groups, clubs and dated memberships.

Every row of every table carries a source; `sources` resolves the keys. Nothing here computes.
"""

from multipolar.atlas.clubs import (
    CONSENTS,
    KINDS,
    MIXED,
    PRECISIONS,
    STATUSES,
    Club,
    Membership,
    club,
    clubs,
    clubs_of,
    members,
    memberships,
    status_by_member,
)
from multipolar.atlas.economies import (
    Economy,
    codes_named,
    economies,
    economy,
    group_name,
    group_of,
    groups,
    join_numeric,
)
from multipolar.atlas.sources import Source, source, sources

__all__ = [
    "CONSENTS",
    "KINDS",
    "MIXED",
    "PRECISIONS",
    "STATUSES",
    "Club",
    "Economy",
    "Membership",
    "Source",
    "club",
    "clubs",
    "clubs_of",
    "codes_named",
    "economies",
    "economy",
    "group_name",
    "group_of",
    "groups",
    "join_numeric",
    "members",
    "memberships",
    "source",
    "sources",
    "status_by_member",
]
