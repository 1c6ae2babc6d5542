"""`make probe`: a prober gets the options it knows, reaches what they name, and its output and exit status come out."""

from pathlib import Path

from tests.parity.probing import main, understood

PROBER = """
import argparse, json, subprocess, urllib.request

parser = argparse.ArgumentParser()
for name in ("--plc", "--pds", "--clock-cmd"):
    parser.add_argument(name)
given = parser.parse_args()
for url in (given.plc + "/_health", given.pds + "/xrpc/_health"):
    print(urllib.request.urlopen(url).status)
subprocess.run(given.clock_cmd.replace("{ms}", "5000"), shell=True, check=True)
raise SystemExit(7)
"""


def test_a_prober_is_given_what_its_help_names_and_no_more() -> None:
    options = {"--pds": "a", "--pds-invite": "b", "--plc": "c"}

    assert understood("usage: [--pds-invite URL] [--plc URL]", options) == ["--pds-invite", "b", "--plc", "c"]


def test_a_prober_asks_our_servers_and_moves_their_clock(tmp_path: Path) -> None:
    prober, out = tmp_path / "prober.py", tmp_path / "out"
    prober.write_text(PROBER)

    assert main([str(prober), str(out)]) == 7
    assert out.read_text() == "200\n200\n"
