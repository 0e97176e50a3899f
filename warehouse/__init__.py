"""Keeps the figures: landed responses, vintages, publishes. Knows nothing of Dagster, dbt or HTTP."""
