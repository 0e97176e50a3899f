"""`drivers docs`: the driver page, written from a publish: the seeds as dimensions, and what the sample says of signs.

Nothing on the page is written by hand but its frame; a test compares it with the sample's publish.
"""

from pathlib import Path
from typing import Any

import duckdb

from orchestration.printing import open_release, rows_of
from orchestration.transforms import TRANSFORMS
from warehouse.home import CHECKOUT

PAGE = CHECKOUT / "docs" / "drivers.md"
LAYERS = {
    "A1": "A1 common risk",
    "A2": "A2 priced shock of its theme",
    "A3": "A3 associated with flows",
    "S": "signal only",
    "E": "event study",
}
SHOCK_NULL_REASONS = {
    "printed_next_day": "the figure is printed the next day",
    "no_daily_shock": "the input has no daily shock",
    "pegged": "the rate is pegged, and its fixing overlaps the session by hours",
    "collinear": "it moves with other shocks of the model",
    "revised_series": "its past is revised",
    "event_only": "events are studied one by one",
    "price_derived": "it is made of BTC's own price",
    "follows_price": "it follows the price",
}
BASES = {
    "priced": "A price of its market: what BTC does with it on a day is association, not cause, and forecasts nothing.",
    "flow": "Which day a printed flow belongs to is not documented by its publishers.",
    "price_derived": "Made of BTC's own price: it describes a fall and explains none.",
    "follows_price": "Follows the price: it describes a fall and explains none.",
    "text_index": "Counts words in newspapers.",
    "incident": "Incidents are listed late and revised.",
    "release": "Released with a lag, and revised.",
}
FRAME = """\
# Drivers

Written by `make docs` from the publish of the sample; do not edit. Every driver is one line of
`dbt_project/seeds/drivers.csv` and its inputs in `driver_inputs.csv`.

**Pressure** of a driver on a day is 200 x Phi(direction x z) - 100: where its signal, as known at the end of the day,
stands among its own signals of the window before. It is fitted to nothing and forecasts nothing. **Direction** is the
article's hypothesis: +1, a rise presses crypto down; -1, a fall does; 0, the article names none. **Empirical sign** is
what the sample says of it: the correlation of the driver's daily shock with BTC's return of the same session, with its
90% interval; a driver without a daily shock has none. A signal is *stale* past its limit (shown, still counted) and
*missing* past twice the limit (null, never zero).

"""


def write_page(release: Path, page: Path = PAGE) -> Path:
    """Write the page of a release."""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(render(release), encoding="utf-8")
    return page


def render(release: Path) -> str:
    """The page's text."""
    with open_release(release) as connection:
        drivers = rows_of(
            connection,
            "select d.*, t.label as theme_label from marts.dim_driver d join marts.dim_theme t using (theme) "
            "order by t.sort_order, d.driver_id",
        )
        inputs = rows_of(
            connection,
            "select i.driver_id, i.series_id, i.role, s.title, s.unit, s.publisher, s.frequency, s.known_at_rule, "
            "s.release, s.revisions, s.licence, c.state from marts.dim_driver_input i "
            "join marts.dim_series s using (series_id) left join marts.mart_source_coverage c using (series_id) "
            "order by i.driver_id, i.series_id",
        )
        links = same_session_links(connection)
    lines, theme = [FRAME], None
    lines.append(
        "| driver | theme | direction | empirical sign | window | stale after (days) | layer |\n|" + " --- |" * 7
    )
    for d in drivers:
        lines.append(
            f"| [{d['driver_id']}](#{d['driver_id']}) | {d['theme']} | {_direction(d)} | "
            f"{empirical_sign(d, links.get(d['driver_id']))[0]} | {d['window_length']} {d['window_kind']} | "
            f"{d['stale_after_days']} | {d['layer']} |"
        )
    for d in drivers:
        if d["theme"] != theme:
            theme = d["theme"]
            lines.append(f"\n## {d['theme_label']}")
        lines.append(_section(d, [i for i in inputs if i["driver_id"] == d["driver_id"]], links))
    return "\n".join(lines) + "\n"


def same_session_links(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Correlation of BTC's session return with each driver's shock of the same session, by driver."""
    links = rows_of(
        connection,
        "select subject, correlation, lower, upper, sessions, significant from marts.mart_driver_lead_lag "
        "where kind = 'driver' and lag_sessions = 0",
    )
    return {link["subject"]: link for link in links}


def _section(driver: dict[str, Any], inputs: list[dict[str, Any]], links: dict[str, dict[str, Any]]) -> str:
    d = driver
    shock = d["shock"] or f"none: {SHOCK_NULL_REASONS[d['shock_null_reason']]}"
    sign, why = empirical_sign(d, links.get(d["driver_id"]))
    layers = ", ".join(LAYERS[layer] for layer in d["layer"].split(","))
    lines = [
        f"\n### {d['driver_id']}",
        f"{d['label']}. {d['rationale']}" + (f' Article: "{d["article_passage"]}".' if d["article_passage"] else ""),
        "",
        f"- **Signal** ({d['unit']}): {TRANSFORMS[d['transform']].formula}",
        f"- **Direction**: {_direction(d)}. **Empirical sign**: {sign}, {why}",
        f"- **Daily shock**: {shock}. **Layer**: {layers}",
        f"- **Window**: the {d['window_length']} {d['window_kind']} before, at least {d['minimum_observations']} known"
        f". **Stale** after {d['stale_after_days']} days, missing after {2 * d['stale_after_days']}",
        *(_source(i) for i in inputs),
    ]
    limits = " ".join(part for part in (BASES[d["basis"]], _hours(d), *_absent(inputs)) if part)
    lines.append(f"- **Limits**: {limits}")
    return "\n".join(lines)


def _source(series: dict[str, Any]) -> str:
    role = {"against": " (held against)", "either": " (one of several that stand in for one another)"}
    known = f"by release {series['release']}" if series["release"] else f"rule `{series['known_at_rule']}`"
    revised = "revised" if series["revisions"] == "revised" else "not revised"
    return (
        f"- **Source**{role.get(series['role'], '')}: {series['title']}, {series['unit']}, {series['frequency']} "
        f"(`{series['series_id']}`); known {known}, {revised}; {series['licence']}"
    )


def _hours(driver: dict[str, Any]) -> str:
    """What of BTC's day a shock cannot bear on."""
    if not driver["shock"] or not driver["market_fixing"]:
        return ""
    fixed = driver["market_fixing"]
    return f"Its market fixes it at {fixed}; what BTC does after that, to 24:00 UTC, is left to the rest."


def _absent(inputs: list[dict[str, Any]]) -> list[str]:
    names = [f"`{i['series_id']}`" for i in inputs if i["state"] == "not_in_sample"]
    return [f"Not in the sample: {', '.join(names)}."] if names else []


def _direction(driver: dict[str, Any]) -> str:
    return f"{driver['direction']:+d}" if driver["direction"] else "0"


def empirical_sign(driver: dict[str, Any], link: dict[str, Any] | None) -> tuple[str, str]:
    """(sign, why): what the sample says of the direction, +1 where a rise goes with a fall of BTC."""
    if link is None or link["correlation"] is None:
        undated = driver["layer"] == "A3"
        return "none", "which day a printed flow belongs to is not documented" if undated else "no daily shock"
    figures = (
        f"correlation {link['correlation']:+.2f} ({link['lower']:+.2f} to {link['upper']:+.2f}) with BTC's return of "
        f"the same session, {link['sessions']} sessions"
    )
    if not link["significant"]:
        alone = link["lower"] <= 0 <= link["upper"]
        return "0", f"not told from zero{'' if alone else ' once all lags are counted'}: {figures}"
    found = -1 if link["correlation"] > 0 else 1
    if not driver["direction"]:
        return f"{found:+d}", figures
    whose = "the article has" if driver["article_passage"] else "is assumed"
    agrees = f"as {whose} it" if found == driver["direction"] else f"against what {whose}"
    return f"{found:+d}", f"{agrees}: {figures}"
