-- The video service's job for this one, so that a video is handed in once.
ALTER TABLE publish_jobs ADD COLUMN IF NOT EXISTS video_job TEXT;
COMMENT ON COLUMN publish_jobs.video_job IS 'empty: the video is uploaded as it is';
