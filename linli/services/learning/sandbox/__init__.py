"""练习: a safe copy of everyday tasks on a telephone, over made-up data in a table of its own.

Nothing that happens here leaves here: no notice, case, booking, ledger entry, event or audit line. Three things see to
it. This package imports none of the modules that could write one (`tests/test_sandbox.py` reads its imports); every
page runs inside `guard.only_here()`, which refuses any statement that would write to another table; and every page is
drawn by one template, which has the yellow frame and the word 练习 on the screen and on paper.
"""
