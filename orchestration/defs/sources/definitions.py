"""Every publisher's folder becomes an asset; a new folder needs no line here."""

import dagster as dg

from orchestration.extraction import source_asset
from orchestration.source import discover

defs = dg.Definitions(assets=[source_asset(source) for source in discover().values()])
