"""Rows inserted, updated and deleted in PostgreSQL are found, changed and gone in the index.

Once by `sluice run` alone, once with Debezium as the source.
"""
from harness.console import say
from harness.stack import DEBEZIUM, SLUICE, Stack
from harness.story import TABLES, Story


def run(context):
    for source in (SLUICE, DEBEZIUM):
        say(f"the records are written by {source}")
        tell(context, source)


def tell(context, source):
    world = context.world(f"story{source}", Stack(context.stack.search_kind, source))
    service = world.service() if source == DEBEZIUM else world.run_service(TABLES)
    Story(world).run(service)
    context.watch_memory(service)
    code = service.stop()
    context.check(code == 0, f"SIGTERM ended it with {code}, not 0:\n{service.log_end()}")
