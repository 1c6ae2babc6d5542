"""From rows of `publish_jobs` to posts: claim, fetch, upload, write, note; and taking posts back.

queue and worker know jobs, job knows the steps of one, records knows the PDS; reference, text and translate are pure.
"""
