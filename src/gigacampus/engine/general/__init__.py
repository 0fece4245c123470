"""The general loop: every policy on a count or on nodes, with planned runs, quotas and functions of one's own.

The fast loops beside it (`fifo`, `loop`, `preempt`, `conservative`, `fair`, `placed`) play what is asked most often;
this one plays all the rest, by the same rules, at the price of a walk through the queue at every event.
"""
