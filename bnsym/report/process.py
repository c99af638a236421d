"""What a process starts from that judges documents: all that judging needs, loaded while the collector rests.

It is a module so that the server from which processes are forked can load it too, before there is any of them.
"""

from bnsym.collector import loading

with loading():
    from bnsym.report.judging import judge, lost

__all__ = ["judge", "lost"]
