"""The pages of 无障碍: residents' and the desk's."""
