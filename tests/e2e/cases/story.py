"""Rows inserted, updated and deleted in PostgreSQL are found, changed and gone in the index."""
from harness.story import Story


def run(context):
    world = context.world("story")
    service = world.service()
    Story(world).run(service)
    context.watch_memory(service)
    code = service.stop()
    context.check(code == 0, f"SIGTERM ended it with {code}, not 0:\n{service.log_end()}")
