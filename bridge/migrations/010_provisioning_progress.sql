-- How far the making of an account has come, so that it goes on where it stopped.
CREATE TABLE IF NOT EXISTS provisioning_progress (
    nostr_pubkey TEXT PRIMARY KEY,
    did TEXT NOT NULL UNIQUE,
    step TEXT NOT NULL,
    genesis JSONB NOT NULL,
    account_requested BOOLEAN NOT NULL DEFAULT FALSE,
    attempts INT NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMPTZ DEFAULT NOW(),
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
COMMENT ON COLUMN provisioning_progress.next_attempt_at IS 'NULL: refused for good, waits for a new opt-in';
