"""Both platforms as one seeded world: for tests, the demo and benchmarks.

`simulator.Simulator` holds the world, the fault plan and a log of requests. `transport.SimulatorTransport`
puts it behind an httpx client in the same process; `server` on a loopback port.
"""
