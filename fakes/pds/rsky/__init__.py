"""The dialect of rsky-pds, divinevideo's fork at 85a1276: each difference from the reference, with its source.

PD:<file> is where the fork's source says so. Measured: the fork was built, and answered so when it was asked;
where that contradicts its source, or what the reference's manners suggest, the measurement stands here.
What of the fork is not imitated, and why: `docs/pds-dialects.md`.
"""

from fakes.pds.dialects import REFERENCE, apply
from fakes.pds.rsky.accounts import ACCOUNTS
from fakes.pds.rsky.calling import CALLERS, CALLING
from fakes.pds.rsky.records import RECORDS

DIFFERENCES = (*CALLING, *CALLERS, *ACCOUNTS, *RECORDS)

RSKY = apply(REFERENCE, "rsky", DIFFERENCES)
