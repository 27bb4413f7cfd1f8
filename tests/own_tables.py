"""People's own tables of three economies, and the recipe of a world of one sector from them; figures are made up."""

from __future__ import annotations

RECIPE = """schema: 1
kind: world
id: mine
title: Three economies of a test
year: 2009
method: single-sector
elasticity: {value: 4.5, source: my choice}
value_added_share: {value: 0.5, source: my choice}
preferences: false
sources:
  trade: {reader: trade-csv, file: trade.csv}
  tariffs: {reader: tariffs-csv, file: tariffs.csv}
  indicators: {reader: economies-csv, file: economies.csv}
"""
TABLES = {
    "trade.csv": "origin,destination,value_usd_mn\nRUS,KAZ,9500\nRUS,CHN,21000\nKAZ,RUS,4100\nKAZ,CHN,5800\n"
    "CHN,RUS,22800\nCHN,KAZ,3600\n",
    "economies.csv": "economy,gdp_usd_mn\nRUS,1220000\nKAZ,115000\nCHN,5100000\n",
    "tariffs.csv": "importer,exporter,rate_pct\nRUS,,9.5\nKAZ,,3.9\nCHN,,4.5\nKAZ,RUS,0\nRUS,KAZ,0\n",
}
