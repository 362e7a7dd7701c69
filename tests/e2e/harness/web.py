"""HTTP on loopback, without proxies, with the status as a value and not an exception."""
import http.client
import json
import urllib.error
import urllib.request

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
UNREACHABLE = 0


def request(method, url, body=None, seconds=30, content_type="application/json"):
    """Returns (status, text); status 0 with the reason as text when nothing answered."""
    if body is not None and not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    if isinstance(body, str):
        body = body.encode()
    headers = {} if body is None else {"Content-Type": content_type}
    try:
        with _OPENER.open(urllib.request.Request(url, body, headers, method=method),
                          timeout=seconds) as reply:
            return reply.status, reply.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        return UNREACHABLE, str(error)
