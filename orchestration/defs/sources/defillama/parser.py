"""DefiLlama: bytes to stablecoin supply series and to the list of hacks.

`stablecoincharts_all` gives `defillama.stablecoins_total_usd`: the market value in US dollars of the stablecoins pegged
to the dollar (totalCirculatingUSD.peggedUSD; coins pegged to other currencies are not in it). `stablecoin_USDT` and
`stablecoin_USDC` give `defillama.<SYMBOL>_circulating` in coins. A row without a dollar figure is a null. A day may
still move until 01:00 UTC of the next; rows fetched earlier than that are left out. `hacks` gives the records
`hack_incidents`, amounts in US dollars, null where nobody knows.
"""

from collections import Counter
from datetime import date, datetime, time, timedelta
from statistics import median
from typing import Any

from orchestration.parsing import ParseError, epoch_date, json_body, member, number, quote, refuse_silence
from warehouse.landing import Landed
from warehouse.parsed import Parsed, ParsedSeries, series_of

PUBLISHER = "defillama"
TOTAL = f"{PUBLISHER}.stablecoins_total_usd"
HACKS = "hack_incidents"
COINS = ("USDT", "USDC")
# The median hack is about four million dollars; a list in thousands or millions, or cents, lies outside.
MEDIAN_USD = (1e4, 1e8)
ENOUGH_FOR_A_MEDIAN = 20


def parse(landed: Landed, body: bytes) -> Parsed:
    """The series or the records of one answer."""
    if landed.endpoint == "stablecoincharts_all":
        rows = json_body(PUBLISHER, body, TOTAL)
        return Parsed([_supply(landed, TOTAL, rows, "totalCirculatingUSD")])
    if landed.endpoint == "hacks":
        return Parsed(records={HACKS: _incidents(json_body(PUBLISHER, body, HACKS))})
    for symbol in COINS:
        if landed.endpoint == f"stablecoin_{symbol}":
            return Parsed([_coin(landed, symbol, body)])
    raise ParseError(PUBLISHER, f"no reading for endpoint {quote(landed.endpoint)}", field="endpoint")


def _coin(landed: Landed, symbol: str, body: bytes) -> ParsedSeries:
    series = f"{PUBLISHER}.{symbol}_circulating"
    payload = json_body(PUBLISHER, body, series)
    printed = member(PUBLISHER, payload, "symbol", series=series)
    if printed != symbol:
        raise ParseError(PUBLISHER, f"{quote(printed)} where {symbol} is due", series=series, field="symbol")
    return _supply(landed, series, member(PUBLISHER, payload, "tokens", series=series), "circulating")


def _supply(landed: Landed, series: str, rows: object, field: str) -> ParsedSeries:
    """Dollar-pegged amounts of the days that no longer moved when they were fetched."""
    if not isinstance(rows, list) or not rows:
        raise ParseError(PUBLISHER, f"{quote(rows)} where a list of days is due", series=series, field="body")
    days = [
        epoch_date(PUBLISHER, member(PUBLISHER, row, "date", series=series), series=series, field="date")
        for row in rows
    ]
    values = [
        (day, _pegged_to_dollar(series, day, field, member(PUBLISHER, row, field, series=series)))
        for day, row in zip(days, rows, strict=True)
        if datetime.combine(day + timedelta(days=1), time(1)) <= landed.fetched_at
    ]
    if all(value is None for _, value in values):
        # Every answer is the whole history: days that no longer move are in it, and figures.
        refuse_silence(PUBLISHER, landed.fetched_at, None, None, 0, series=series, field=f"{field}.peggedUSD")
    return series_of(series, values, min(days))


def _pegged_to_dollar(series: str, day: date, field: str, amounts: object) -> float | None:
    if not isinstance(amounts, dict):
        raise ParseError(
            PUBLISHER, f"{quote(amounts)} where an object is due", series=series, observation_date=day, field=field
        )
    amount = amounts.get("peggedUSD")
    if amount is None or amount == {}:
        return None
    return number(PUBLISHER, amount, series=series, observation_date=day, field=f"{field}.peggedUSD")


def _incidents(rows: object) -> list[dict[str, Any]]:
    """One record an incident, sorted by date, name and amount, the largest first.

    The publisher numbers nothing and repeats names, so an incident is known by date and name; several of one name on
    one day are told apart by their place in that order.
    """
    if not isinstance(rows, list) or not rows:
        raise ParseError(PUBLISHER, f"{quote(rows)} where a list of incidents is due", series=HACKS, field="body")
    incidents = sorted((_incident(row) for row in rows), key=_order)
    _check_magnitude([i["loss_usd"] for i in incidents if i["loss_usd"] is not None])
    seen: Counter[str] = Counter()
    for incident in incidents:
        name = f"{incident['observation_date']}|{incident['name']}"
        seen[name] += 1
        incident["record_id"] = name if seen[name] == 1 else f"{name}|{seen[name]}"
    return incidents


def _incident(row: Any) -> dict[str, Any]:
    day = epoch_date(PUBLISHER, member(PUBLISHER, row, "date", series=HACKS), series=HACKS, field="date")
    name = member(PUBLISHER, row, "name", series=HACKS)
    loss = member(PUBLISHER, row, "amount", series=HACKS)
    if not isinstance(name, str) or not name.strip():
        raise ParseError(
            PUBLISHER, f"{quote(name)} where a name is due", series=HACKS, observation_date=day, field="name"
        )
    return {
        "record_id": "",
        "observation_date": day,
        "name": name.strip(),
        "loss_usd": _dollars(day, "amount", loss),
        "returned_funds_usd": _dollars(day, "returnedFunds", row.get("returnedFunds")),
        "chain": _chains(day, row.get("chain")),
        "classification": _text(day, "classification", row.get("classification")),
        "technique": _text(day, "technique", row.get("technique")),
        "target_type": _text(day, "targetType", row.get("targetType")),
        "source_url": _text(day, "source", row.get("source")),
        "bridge_hack": _flag(day, "bridgeHack", row.get("bridgeHack")),
    }


def _order(incident: dict[str, Any]) -> tuple[date, str, float]:
    loss = incident["loss_usd"]
    return incident["observation_date"], incident["name"], 1.0 if loss is None else -loss


def _check_magnitude(losses: list[float]) -> None:
    """Refuse a list in another unit: DefiLlama's own pages count in millions."""
    low, high = MEDIAN_USD
    if len(losses) >= ENOUGH_FOR_A_MEDIAN and not low <= median(losses) <= high:
        raise ParseError(
            PUBLISHER,
            f"the median loss is {median(losses):g}: not in US dollars (expected {low:g} to {high:g})",
            series=HACKS,
            field="amount",
        )


def _dollars(day: date, field: str, value: object) -> float | None:
    if value is None:
        return None
    amount = number(PUBLISHER, value, series=HACKS, observation_date=day, field=field)
    if amount < 0:
        raise _odd(day, field, value)
    return amount


def _chains(day: date, value: object) -> str | None:
    """The chains in the order they are printed."""
    if value is None:
        return None
    if not isinstance(value, list) or not all(isinstance(chain, str) for chain in value):
        raise _odd(day, "chain", value)
    return ", ".join(value) or None


def _text(day: date, field: str, value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _odd(day, field, value)
    return value or None


def _flag(day: date, field: str, value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise _odd(day, field, value)
    return value


def _odd(day: date, field: str, value: object) -> ParseError:
    return ParseError(PUBLISHER, f"cannot read {quote(value)}", series=HACKS, observation_date=day, field=field)
