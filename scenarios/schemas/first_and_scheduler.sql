-- The first migration, rows of its time, and the scheduler's columns added by hand.

CREATE TABLE account_links (
    nostr_pubkey TEXT PRIMARY KEY,
    did TEXT UNIQUE,
    handle TEXT NOT NULL UNIQUE,
    crosspost_enabled BOOLEAN NOT NULL DEFAULT FALSE,
    signing_key_id TEXT NOT NULL,
    plc_rotation_key_ref TEXT NOT NULL,
    provisioning_state TEXT NOT NULL DEFAULT 'pending',
    provisioning_error TEXT,
    disabled_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TABLE ingest_offsets (
    source_name TEXT PRIMARY KEY,
    last_event_id TEXT NOT NULL,
    last_created_at TIMESTAMPTZ NOT NULL
);

CREATE TABLE asset_manifest (
    source_sha256 TEXT PRIMARY KEY,
    blossom_url TEXT,
    at_blob_cid TEXT NOT NULL,
    mime TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    is_derivative BOOLEAN NOT NULL DEFAULT FALSE,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TABLE record_mappings (
    nostr_event_id TEXT PRIMARY KEY,
    did TEXT NOT NULL REFERENCES account_links (did),
    collection TEXT NOT NULL,
    rkey TEXT NOT NULL,
    at_uri TEXT NOT NULL,
    cid TEXT,
    status TEXT NOT NULL DEFAULT 'published',
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
CREATE UNIQUE INDEX idx_record_mappings_at_uri ON record_mappings (at_uri);

CREATE TABLE moderation_actions (
    id BIGSERIAL PRIMARY KEY,
    subject_type TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    action TEXT NOT NULL,
    origin TEXT NOT NULL,
    reason TEXT,
    state TEXT NOT NULL DEFAULT 'pending',
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);

CREATE TABLE publish_jobs (
    nostr_event_id TEXT PRIMARY KEY,
    attempt INT NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'pending',
    error TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT NOW()
);
CREATE INDEX idx_publish_jobs_state ON publish_jobs (state);

INSERT INTO account_links
    (nostr_pubkey, did, handle, crosspost_enabled, signing_key_id, plc_rotation_key_ref, provisioning_state, created_at)
VALUES
    (repeat('a1', 32), 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', 'veteran.localnet.test', TRUE,
     'signing-key:02' || repeat('b2', 32), 'plc-rotation-key:03' || repeat('c3', 32), 'ready', '2026-04-01T10:00:00Z'),
    (repeat('a4', 32), NULL, 'quitter.localnet.test', FALSE, 'pending-signing:x', 'pending-rotation:x', 'disabled',
     '2026-04-02T10:00:00Z');
INSERT INTO ingest_offsets VALUES ('some-older-relay', repeat('d4', 32), '2026-05-01T12:00:00Z');
INSERT INTO asset_manifest (source_sha256, blossom_url, at_blob_cid, mime, bytes, created_at)
VALUES (repeat('e5', 32), 'https://media.example/e5', 'bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku',
        'video/mp4', 123456, '2026-04-03T10:00:00Z');
INSERT INTO record_mappings (nostr_event_id, did, collection, rkey, at_uri, cid, created_at)
VALUES (repeat('f6', 32), 'did:plc:aaaaaaaaaaaaaaaaaaaaaaaa', 'app.bsky.feed.post', '3lzzzzzzzzzz2',
        'at://did:plc:aaaaaaaaaaaaaaaaaaaaaaaa/app.bsky.feed.post/3lzzzzzzzzzz2', NULL, '2026-04-03T10:00:01Z');
INSERT INTO moderation_actions (subject_type, subject_id, action, origin, created_at)
VALUES ('account', repeat('a1', 32), 'review', 'operator', '2026-04-04T10:00:00Z');
INSERT INTO publish_jobs (nostr_event_id, attempt, state, created_at)
VALUES (repeat('f6', 32), 1, 'published', '2026-04-03T10:00:00Z');

ALTER TABLE account_links
    ADD COLUMN publish_backfill_state TEXT NOT NULL DEFAULT 'not_started',
    ADD COLUMN publish_backfill_started_at TIMESTAMPTZ,
    ADD COLUMN publish_backfill_completed_at TIMESTAMPTZ,
    ADD COLUMN publish_backfill_error TEXT;
UPDATE account_links SET publish_backfill_state = 'completed';
CREATE INDEX idx_account_links_backfill_scan ON account_links (publish_backfill_state, created_at ASC)
    WHERE crosspost_enabled = TRUE AND provisioning_state = 'ready';

ALTER TABLE publish_jobs
    ADD COLUMN nostr_pubkey TEXT NOT NULL DEFAULT '',
    ADD COLUMN event_created_at TIMESTAMPTZ NOT NULL DEFAULT NOW(),
    ADD COLUMN event_payload JSONB NOT NULL DEFAULT '{}',
    ADD COLUMN job_source TEXT NOT NULL DEFAULT 'live',
    ADD COLUMN lease_owner TEXT,
    ADD COLUMN lease_expires_at TIMESTAMPTZ,
    ADD COLUMN completed_at TIMESTAMPTZ;
UPDATE publish_jobs SET event_created_at = created_at;
CREATE INDEX idx_publish_jobs_live_claim ON publish_jobs (state, created_at) WHERE job_source = 'live';
CREATE INDEX idx_publish_jobs_backfill_claim ON publish_jobs (state, event_created_at) WHERE job_source = 'backfill';
CREATE INDEX idx_publish_jobs_lease_expiry ON publish_jobs (lease_expires_at);
