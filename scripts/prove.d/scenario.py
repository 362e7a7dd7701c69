"""What the items about the scenarios of scripts/quickstart share: one story in one command."""
from item import QUICKSTART_INSTANCE, checkout, result, run

SECONDS_MAX = 300


def tell_story(name, parts, prints):
    """Runs scripts/quickstart `name`; tells whether it held in time and printed all `parts`, in words
    `prints`. Returns (whether it held, what it printed)."""
    command = f"scripts/quickstart {name}"
    with checkout() as (folder, environment, words):
        environment = {**environment, "SLUICE_STACK_INSTANCE": QUICKSTART_INSTANCE}
        run(["scripts/quickstart", "--down"], 120, folder, **environment)
        try:
            code, seconds, output = run(command.split(), 2 * SECONDS_MAX, folder, **environment)
        finally:
            run(["scripts/stack", "down", "--wipe"], 300, folder, **environment)
    result(f"{command} ({words})", code == 0 and seconds <= SECONDS_MAX,
           f"exit {code} after {seconds:.0f} s", f"exit 0 within {SECONDS_MAX} s on warm caches")
    missing = [part for part in parts if part not in output]
    result(f"{command} prints {prints}", code == 0 and not missing,
           f"missing: {missing}" if missing else "all printed", "all")
    return code == 0, output
