"""The code location: the assets of `defs/`, the run, the job and the schedule; nothing else."""

import dagster as dg

from orchestration.defs.attribution import definitions as attribution
from orchestration.defs.events import definitions as events
from orchestration.defs.publish import definitions as publish
from orchestration.defs.sources import definitions as sources
from orchestration.defs.transform import definitions as transform
from orchestration.run import WarehouseRun

daily = dg.define_asset_job(
    "daily",
    selection=dg.AssetSelection.all(),
    executor_def=dg.in_process_executor,
    description="Everything, from the publishers to the publish. In a sample home nothing is fetched.",
)

# 13:00 UTC: Farside's table is final by 12:00 UTC and the European fixings of the day before are long out.
schedule = dg.ScheduleDefinition(
    name="daily_live",
    job=daily,
    cron_schedule="0 13 * * *",
    execution_timezone="UTC",
    run_config={"resources": {"run": {"config": {"mode": "live"}}}},
    default_status=dg.DefaultScheduleStatus.STOPPED,
)

defs = dg.Definitions.merge(
    sources.defs,
    transform.defs,
    attribution.defs,
    events.defs,
    publish.defs,
    dg.Definitions(
        resources={"run": WarehouseRun()}, jobs=[daily], schedules=[schedule], executor=dg.in_process_executor
    ),
)
