"""How well a fitted listener forecasts a log, and how real its simulated behaviour is."""
