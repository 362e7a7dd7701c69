"""A proxy that does to servers' clients what networks and servers do at the worst moment."""
from .plan import HTTP, KAFKA, TCP, PlanError
from .proxy import FaultProxy

__all__ = ["FaultProxy", "PlanError", "HTTP", "KAFKA", "TCP"]
