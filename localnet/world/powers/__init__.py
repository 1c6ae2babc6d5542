"""What a scenario can make the bridge's neighbours do: `world.relay`, `world.media`, `world.pds`, `world.video`, `world.names`,
`world.keycast`. Each is a power of a fake: granted over its control routes, counted there, and taken back at the
end of the scenario, which fails when one of them made no difference.
"""
