-- What the bridge acts as an account with; every value is sealed (AES-256-GCM).
CREATE TABLE IF NOT EXISTS account_credentials (
    did TEXT PRIMARY KEY,
    password BYTEA,
    access_jwt BYTEA,
    refresh_jwt BYTEA,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
