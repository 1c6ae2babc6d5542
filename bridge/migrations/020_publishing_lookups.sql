-- Open jobs by account: what a worker may claim, however long the list of finished ones.
CREATE INDEX IF NOT EXISTS idx_publish_jobs_open
    ON publish_jobs (nostr_pubkey, created_at) WHERE completed_at IS NULL;

-- An author's revisions of one address, and an author's deletions.
CREATE INDEX IF NOT EXISTS idx_publish_jobs_address ON publish_jobs (
    nostr_pubkey,
    (event_payload ->> 'kind'),
    (COALESCE(jsonb_path_query_first(event_payload, 'strict $.tags[*] ? (@[0] == "d")', '{}', TRUE) ->> 1, ''))
);
