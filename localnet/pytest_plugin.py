"""The pytest plugin of Localnet: inert in every run that collects no scenario."""
