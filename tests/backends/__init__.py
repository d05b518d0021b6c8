"""The AWS that the tests talk to: moto's wire format with the behaviour in time that moto lacks.

    python -m backends.server --port 0 --estate portal      (from tests/, on the pinned venv; see requirements.txt)

server      the command line, the WSGI layers, the control endpoints
faults      errors, delays, hangs, cut answers, looping page tokens; before or after a call is carried out
wire        which call a request makes, and what an error looks like in each protocol
cbor        CloudWatch's protocol, which moto lacks
clock       one clock and one pace for everything that takes time
groups      Auto Scaling groups: launches and terminations that take time, zones, bounds, cooldown, suspended processes
activities  what the groups did and why
pools       target health: initial, healthy, unhealthy with a reason, draining
gaps        calls that moto does not know and the console reads
estate      what stands in the account at the start

Timing and wording follow the service's documentation where the console depends on them; they are not recorded from AWS.
"""
