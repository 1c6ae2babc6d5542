-- Older writers recorded "nothing to publish" as published: such a job has no record.
UPDATE publish_jobs
SET state = 'ineligible', updated_at = NOW()
WHERE state = 'published'
    AND NOT EXISTS (
        SELECT 1 FROM record_mappings WHERE record_mappings.nostr_event_id = publish_jobs.nostr_event_id
    );
