"""The verbs of 无障碍: facts and outages, the path network, works, guides."""
