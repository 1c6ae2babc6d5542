-- What each neighbour was last told about an account; a difference from account_links is a sync still to be made.
CREATE TABLE IF NOT EXISTS account_syncs (
    nostr_pubkey TEXT NOT NULL,
    target TEXT NOT NULL,
    told TEXT,
    error TEXT,
    attempts INT NOT NULL DEFAULT 0,
    next_attempt_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    leased_until TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    PRIMARY KEY (nostr_pubkey, target)
);
