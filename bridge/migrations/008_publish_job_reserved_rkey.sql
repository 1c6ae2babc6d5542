-- A job's columns for exactly-once writes, and the fence that keeps writers of an older epoch from claiming jobs:
-- whoever takes a lease must have set divine_sky.writer_epoch to the row's epoch.
ALTER TABLE publish_jobs
    ADD COLUMN IF NOT EXISTS reserved_rkey TEXT,
    ADD COLUMN IF NOT EXISTS prepared_record JSONB,
    ADD COLUMN IF NOT EXISTS writer_epoch INTEGER NOT NULL DEFAULT 1;

CREATE OR REPLACE FUNCTION enforce_publish_job_writer_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    takes_lease BOOLEAN := NEW.state = 'in_progress'
        AND (OLD.state IS DISTINCT FROM 'in_progress' OR NEW.lease_owner IS DISTINCT FROM OLD.lease_owner);
BEGIN
    IF takes_lease
        AND COALESCE(current_setting('divine_sky.writer_epoch', TRUE), '') <> NEW.writer_epoch::TEXT
    THEN
        RAISE EXCEPTION 'publish job writer epoch % is not active', NEW.writer_epoch;
    END IF;
    RETURN NEW;
END
$$;

DROP TRIGGER IF EXISTS publish_job_writer_epoch_fence ON publish_jobs;
CREATE TRIGGER publish_job_writer_epoch_fence
    BEFORE UPDATE ON publish_jobs
    FOR EACH ROW EXECUTE FUNCTION enforce_publish_job_writer_epoch();
