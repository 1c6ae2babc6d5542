ALTER TABLE account_links
    ADD COLUMN IF NOT EXISTS pds_access_jwt TEXT,
    ADD COLUMN IF NOT EXISTS pds_refresh_jwt TEXT,
    ADD COLUMN IF NOT EXISTS pds_session_updated_at TIMESTAMPTZ;
