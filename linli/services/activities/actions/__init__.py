"""The verbs of activities. Each opens one transaction, asks who may, changes, writes it down, says it."""
