"""The built-in presets, one YAML file per listener."""
