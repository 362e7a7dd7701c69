"""Progress lines, checks that say what they saw, and waits with an end."""
import sys
import time

_BEGAN = time.monotonic()
PROGRESS_SECONDS = 10


class Failure(Exception):
    """A check did not hold; the text says what was expected and what was seen."""


class Hopeless(Failure):
    """A failure that waiting cannot mend."""


def say(text):
    print(f"[{time.monotonic() - _BEGAN:6.1f} s] {text}", flush=True)


def check(holds, text):
    """Ends the case with `text` unless `holds`."""
    if not holds:
        raise Failure(text)


def wait_until(what, probe, seconds, every=0.1):
    """Calls `probe` until it returns something true, and returns that.

    `probe` may return false or raise Failure, whose text is then told when the time is up. A line of
    progress is printed every ten seconds.
    """
    began = told = time.monotonic()
    last = ""
    while True:
        try:
            value = probe()
            if value:
                return value
        except Hopeless:
            raise
        except Failure as failure:
            last = f"; last seen: {failure}"
        now = time.monotonic()
        if now - began > seconds:
            raise Failure(f"{what}: not within {seconds} s{last}")
        if now - told > PROGRESS_SECONDS:
            told = now
            say(f"waiting for {what} ({now - began:.0f} of at most {seconds} s){last}")
        time.sleep(every)


def fail_program(text):
    print(text, file=sys.stderr)
    sys.exit(2)
