"""Landings changed by hand."""

from warehouse.landing import Landed, Landing


def land_like(landing: Landing, landed: Landed, body: bytes) -> Landed:
    """Land another body with all that was told of a response: publisher, endpoint, url, time."""
    told = {name: value for name, value in vars(landed).items() if name not in ("landing_id", "sha256", "path")}
    return landing.land(**told, body=body)


def remove(landing: Landing, landed: Landed) -> None:
    """Take a response out of a landing."""
    body = landing.root / landed.path
    body.unlink()
    body.with_suffix(".meta.json").unlink()
