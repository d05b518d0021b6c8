"""What stands in the account when a test begins, built through the API like anybody else's.

    portal        the portal app: a group behind an ALB over two zones, a hardware server, MySQL, Redis, a jumpbox, metrics, alarms
    fleet:G:M     G groups of M members, one pool for every tenth group
    pages         enough of everything that each list takes more than one page
    twins:N:M     a group of N (4) of at most M (8) behind a listener rule that shares traffic between two pools, blue 100 and green 0
    empty         a network and nothing else

Each may be followed by @REGION; the default is eu-central-1.
"""

from . import fleet, portal, twins
from .client import Cloud

DEFAULT_REGION = "eu-central-1"


def build(name, endpoint):
    """Builds one estate and returns what a test needs to know of it."""
    what, _, region = name.partition("@")
    kind, *numbers = what.split(":")
    cloud = Cloud(endpoint, region or DEFAULT_REGION)
    match kind, [int(n) for n in numbers]:
        case "portal", []:
            return portal.build(cloud)
        case "fleet", [groups, members]:
            return fleet.build(cloud, groups, members)
        case "pages", []:
            return fleet.build_pages(cloud)
        case "twins", sizes:
            return twins.build(cloud, *sizes)
        case "empty", []:
            cloud.network(("a", "b"))
            return {}
    raise SystemExit(f"no estate {name!r}; one of portal, fleet:G:M, pages, twins:N:M, empty, each with @REGION")
