"""Where the bases from Debian packages come from: the machine's own sources, unless settings say otherwise."""

from pathlib import Path

import pytest

from localnet.backends.images import debian

STANZAS = """\
Types: deb
URIs: http://mirror.test/debian/
Suites: trixie trixie-updates
Components: main

Types: deb
URIs: http://security.test/
Suites: trixie-security
Components: main
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "os-release").write_text("ID=debian\nVERSION_CODENAME=trixie\n")
    monkeypatch.setattr(debian, "SOURCES", tmp_path)
    monkeypatch.setattr(debian, "RELEASE", tmp_path / "os-release")
    for setting in (debian.MIRROR, debian.SUITE):
        monkeypatch.delenv(setting, raising=False)
    return tmp_path


def test_stanzas_name_the_mirror(machine: Path) -> None:
    (machine / "sources.list.d" / "debian.sources").write_text(STANZAS)

    assert (debian.debian_suite(), debian.debian_mirror()) == ("trixie", "http://mirror.test/debian")


def test_lines_name_the_mirror(machine: Path) -> None:
    lines = "# old\ndeb http://other.test/ stable main\ndeb [trusted=yes] http://mirror.test/debian trixie main contrib\n"
    (machine / "sources.list").write_text(lines)

    assert debian.debian_mirror() == "http://mirror.test/debian"


def test_settings_come_first(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (machine / "sources.list.d" / "debian.sources").write_text(STANZAS)
    monkeypatch.setenv(debian.MIRROR, "http://near.test/debian")
    monkeypatch.setenv(debian.SUITE, "bookworm")

    assert (debian.debian_suite(), debian.debian_mirror()) == ("bookworm", "http://near.test/debian")


def test_a_machine_that_is_no_debian_uses_the_usual_ones(machine: Path) -> None:
    (machine / "os-release").write_text("ID=other\nVERSION_CODENAME=other\n")

    assert (debian.debian_suite(), debian.debian_mirror()) == (debian.USUAL_SUITE, debian.USUAL_MIRROR)
