"""A simulator of both platforms' APIs with seeded data, for tests, the demo and benchmarks.

`simulator.Simulator` holds the world (the shops' data), the fault plan and a log of requests.
`transport.SimulatorTransport` serves it to an httpx client in the same process, `server` on a loopback port.
"""
