"""What the video service does to a bridge: take its time, fail, have no more for a person today, know a film already."""

from typing import Literal

from localnet.world.person import Person
from localnet.world.powers.grants import Grant, Grants

SERVICE = "video"
Naming = Literal["blob", "job", "nothing"]
SOMEBODY_ELSES = {
    "$type": "blob",
    "ref": {"$link": "bafkreibme22gw2h7y2h7tg2fhqotaqjucnbc24deqo72b6mkl2egezxhvy"},
    "mimeType": "video/mp4",
    "size": 1000,
}
"""a blob that lies in no repository of the network"""


class VideoPowers:
    def __init__(self, grants: Grants) -> None:
        self._grants = grants

    def takes(self, seconds: float, person: Person) -> Grant:
        """With each film of theirs."""
        return self._ask(f"takes {seconds:g} s", "slow", person, seconds=seconds)

    def cannot_process_films_of(self, person: Person) -> Grant:
        return self._ask("cannot process the film", "fails", person)

    def finds_out_late_that_it_knows_films_of(self, person: Person) -> Grant:
        """Their jobs fail because the film was processed before."""
        return self._ask(
            "finds out late that it knows the film",
            "fails",
            person,
            error="already_exists",
            message="Video already processed",
            blob=SOMEBODY_ELSES,
        )

    def knows_films_of(self, person: Person, naming: Naming) -> Grant:
        """Or so it says, whoever brought them, and names the other's blob, or job, or nothing."""
        return self._ask(
            f"says that it knows the film, naming {naming}", "known", person, by=naming, blob=SOMEBODY_ELSES
        )

    def has_no_more_today_for(self, person: Person) -> Grant:
        return self._ask("says that the day is used up", "over-quota", person)

    def says_late_that_it_has_no_more_today_for(self, person: Person) -> Grant:
        """By jobs that fail."""
        return self._ask("says late that the day is used up", "over-quota", person, by="job")

    def answers_as_its_lexicon_says(self) -> Grant:
        return self._grants.ask(SERVICE, "it answers as the lexicon says", "wraps")

    def completes_without_a_film(self, person: Person, times: int = 1) -> Grant:
        return self._ask("completes a job and names no film", "no-blob", person, times)

    def forgets_jobs_of(self, person: Person, times: int = 1) -> Grant:
        return self._ask("forgets a job", "forgets", person, times)

    def _ask(
        self, says: str, name: str, person: Person, times: int | None = None, **settings: object
    ) -> Grant:
        return self._grants.ask(SERVICE, f"it {says} of {person}", name, person.did or "", times, **settings)
