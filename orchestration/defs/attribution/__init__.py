"""The attribution asset and its mathematics: pure functions on arrays, and the asset that feeds them."""
