"""How rsky keeps records and blobs, and what it tells the firehose."""

from fakes.pds.dialects import Answer, BlobRule, Difference
from fakes.pds.rsky.broken import BROKEN

_PICTURE = BlobRule(("image/png", "image/jpeg"), 1_000_000)
_IMAGE = BlobRule((), 1_000_000)
"""`image/*` is what it says, and no type ever matches that: PD:actor_store/blob/mod.rs:601-618, measured."""
_VIDEO = BlobRule(("video/mp4",), 100_000_000)
_CAPTIONS = BlobRule(("text/vtt",), 20_000)
_EMBEDDED = {
    "images/image": _IMAGE,
    "external/thumb": _IMAGE,
    "video": _VIDEO,
    "captions/file": _CAPTIONS,
}
_BLOB_RULES = {
    "app.bsky.actor.profile": {"avatar": _PICTURE, "banner": _PICTURE},
    "app.bsky.feed.generator": {"avatar": _PICTURE},
    "app.bsky.graph.list": {"avatar": _PICTURE},
    "app.bsky.feed.post": {
        f"{where}/{path}": rule for where in ("embed", "embed/media") for path, rule in _EMBEDDED.items()
    },
}

RECORDS: tuple[Difference, ...] = (
    Difference(
        "every failure of a repository write is 500",
        "PD:apis/com/atproto/repo/create_record.rs:129-135; measured",
        failures={f"com.atproto.repo.{name}Record": BROKEN for name in ("create", "put", "delete")}
        | {"com.atproto.repo.applyWrites": BROKEN},
    ),
    Difference(
        "records are not judged by their lexicon, but must say a type",
        "PD:repo/prepare.rs:48-85,241-302; measured",
        {"lexical": False},
    ),
    Difference(
        "the same subject can be liked any number of times",
        "measured",
        {"one_per_subject": False},
    ),
    Difference(
        "a blob may stand only where it is known what it must be",
        "PD:repo/prepare.rs:48-85,347-390; measured",
        {"blob_rules": _BLOB_RULES},
    ),
    Difference(
        "deleteRecord and applyWrites answer without a body",
        "PD:apis/com/atproto/repo/delete_record.rs; measured",
        {"bare_deletions": True},
    ),
    Difference(
        "a missing record is 404",
        "PD:apis/com/atproto/repo/get_record.rs:27-65; measured",
        answers={"record missing": Answer(404, "RecordNotFound", "Record could not be found")},
    ),
    Difference(
        "listRecords gives the server's row in the place of the record",
        "PD:apis/com/atproto/repo/list_records.rs:38-70, PD:models/models.rs:300-315; measured",
        {"rows_as_values": True},
    ),
    Difference(
        "a blob beyond the limit is cut off there, silently",
        "PD:actor_store/blob/mod.rs:145-148",
        {"truncates_blobs": True},
    ),
    Difference(
        "an upload is kept as it was sent",
        "measured",
        {"literal_uploads": True},
    ),
    Difference(
        "the first bytes of a blob are read by another table",
        "PD:image/mod.rs (the crate infer); measured",
        {
            "kinds": {
                "video/3gpp": "video/mp4",
                "image/heic": "image/heif",
                "application/xml": "text/xml",
                "text/html": "text/html",
            }
        },
    ),
    Difference(
        "a blob that is not served has an error name of its own",
        "PD:apis/com/atproto/sync/get_blob.rs; measured",
        answers={"blob not served": Answer(400, "BlobNotFound", "Blob could not be found")},
    ),
    Difference(
        "commits on the firehose have no prevData",
        "PD:…/sync/subscribe_repos.rs:54-127,153-189; measured",
        {"prev_data": False, "future_cursor_closes": False},
    ),
    Difference(
        "the firehose is not told when an account deactivates itself",
        "PD:apis/com/atproto/server/deactivate_account.rs; measured",
        {"announces_deactivation": False},
    ),
)
