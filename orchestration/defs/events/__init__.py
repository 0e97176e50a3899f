"""Event study, the statistics of claims, and what pressure is worth: Python between facts and marts."""
