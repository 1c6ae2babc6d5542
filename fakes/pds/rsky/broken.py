"""What rsky says whenever it has nothing particular to say."""

from fakes.pds.dialects import Answer

BROKEN = Answer(500, "InternalServerError", "Something went wrong")
