"""Queued events become posts in their authors' repositories, and deleted ones disappear from them.

queue holds the work, worker shares it out, publish and erase do it; text, translate and reference are pure.
"""
