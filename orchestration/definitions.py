"""The code location: loads `defs/`, adds the run, the job and the schedule; nothing else."""

from pathlib import Path

import dagster as dg
from dagster.components import load_from_defs_folder

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
    load_from_defs_folder(path_within_project=Path(__file__).parent),
    dg.Definitions(
        resources={"run": WarehouseRun()}, jobs=[daily], schedules=[schedule], executor=dg.in_process_executor
    ),
)
