"""MQTT 3.1.1 and 5: our own listener, where "acknowledged" means "in the database", and a client for brokers outside.

    reasons, wire, packets, reading   the protocol as pure functions: bytes in, packets out
    topics, sessions, shelf           who hears what, and what outlives a connection
    grouping                          many publishes, one transaction; nothing is acknowledged before it
    connection, listener              the devices' side over TCP and TLS
    outside                           the same promise with a broker of the city's

What it offers: QoS 0 and 1, wills, keep-alive, session expiry, topic aliases, receive maximum. What it does not:
QoS 2 (refused), retained messages (the flag is ignored; nothing is retained), subscriptions other than a device's own.
"""
