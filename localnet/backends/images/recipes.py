"""What our own images are made of: a base, locked packages, sources, a Dockerfile; and the tag that changes when any of them does.

The base is no part of the tag, so that whoever starts a network need not know it; the image's labels say what it was built on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localnet.backends.images.context import Context, tree
from localnet.backends.images.requirements import closure, names
from localnet.errors import MachineError

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
LOCK = ROOT / ".ci" / "requirements.lock"
PREFIX = "localnet/"


@dataclass(frozen=True)
class Recipe:
    """`requirements`: file with the names of the packages it needs. `sources`: path in the image's context -> file or folder."""

    name: str
    base: str
    """a name of `bases.BASES`"""
    dockerfile: Path
    sources: Mapping[str, Path]
    requirements: Path | None = None

    @property
    def repository(self) -> str:
        return PREFIX + self.name

    @property
    def context(self) -> Context:
        files: dict[str, Path] = {}
        for under, path in self.sources.items():
            files |= tree(path, under) if path.is_dir() else {under: path}
        return Context({"Dockerfile": self.dockerfile.read_text()}, files)

    def packages(self) -> str | None:
        """The lock's entries for what it needs."""
        if self.requirements is None:
            return None
        if not LOCK.exists():
            raise MachineError(
                "images are made from a checkout, and this is an installed package",
                "work in a clone of the repository",
            )
        return closure(LOCK.read_text(), names(self.requirements.read_text()))

    def tag(self) -> str:
        context = self.context
        whole = Context(
            {**context.texts, "packages": self.packages() or "", "layer": PACKAGES.read_text()}, context.files
        )
        return f"{self.repository}:{whole.hash}"


PACKAGES = HERE / "packages.Dockerfile"
NETWORK = Recipe(
    "network",
    "python",
    HERE / "network.Dockerfile",
    {
        "fakes": ROOT / "fakes",
        "localnet/__init__.py": ROOT / "localnet" / "__init__.py",
        "localnet/errors.py": ROOT / "localnet" / "errors.py",
        "localnet/wire": ROOT / "localnet" / "wire",
        "localnet/journal": ROOT / "localnet" / "journal",
        "localnet/clock": ROOT / "localnet" / "clock",
    },
    HERE / "network.txt",
)
BRIDGE = Recipe(
    "bridge",
    "python",
    ROOT / "bridge" / "Dockerfile",
    {"bridge": ROOT / "bridge"},
    ROOT / "bridge" / "requirements.txt",
)
POSTGRES = Recipe(
    "postgres", "postgres", HERE / "postgres.Dockerfile", {"postgres.conf": HERE / "postgres.conf"}
)
RECIPES: Mapping[str, Recipe] = {recipe.name: recipe for recipe in (NETWORK, BRIDGE, POSTGRES)}


def ours(image: str) -> Recipe | None:
    """The recipe behind a name without a tag, such as `localnet/bridge`."""
    return next((recipe for recipe in RECIPES.values() if recipe.repository == image), None)
