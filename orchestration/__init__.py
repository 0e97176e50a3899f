"""Moves the figures: fetches and parses publishers' responses, runs the transformations, publishes."""
