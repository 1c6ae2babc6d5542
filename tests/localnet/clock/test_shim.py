"""Programs that know nothing of it are told another time, and wait exactly as long as they mean to."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import takewhile
from pathlib import Path

import pytest

from localnet.backends import clock_shim
from localnet.backends.clock_shim import ProgramClock
from localnet.clock.reading import REAL
from localnet.errors import MachineError

HOUR = 3600
SLOW = 60
"""seconds that a busy machine may take for what takes none"""
WAITS = """
import asyncio, threading, time
lock = threading.Lock()
lock.acquire()
for wait in (
    lambda: time.sleep(0.05),
    lambda: lock.acquire(timeout=0.05),
    lambda: threading.Event().wait(0.05),
    lambda: asyncio.run(asyncio.sleep(0.05)),
):
    began = time.monotonic()
    wait()
    print(time.monotonic() - began)
"""
C_WAITS = """
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t of_real = PTHREAD_COND_INITIALIZER, of_boot;
static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
static sem_t semaphore;

static struct timespec soon(clockid_t clock) {
    struct timespec at;
    clock_gettime(clock, &at);
    at.tv_nsec += 50000000;
    if (at.tv_nsec >= 1000000000) {
        at.tv_nsec -= 1000000000;
        at.tv_sec++;
    }
    return at;
}

static void told(const char *what, struct timespec began) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%s %f\\n", what, (now.tv_sec - began.tv_sec) + (now.tv_nsec - began.tv_nsec) / 1e9);
}

#define TRY(wait, clock) do { \
    struct timespec began, until = soon(clock); \
    clock_gettime(CLOCK_MONOTONIC, &began); \
    (void)wait; \
    told(#wait, began); \
} while (0)

int main(void) {
    pthread_condattr_t boot;
    pthread_condattr_init(&boot);
    pthread_condattr_setclock(&boot, CLOCK_MONOTONIC);
    pthread_cond_init(&of_boot, &boot);
    sem_init(&semaphore, 0, 0);
    pthread_mutex_lock(&mutex);
    TRY(sem_timedwait(&semaphore, &until), CLOCK_REALTIME);
    TRY(sem_clockwait(&semaphore, CLOCK_MONOTONIC, &until), CLOCK_MONOTONIC);
    TRY(pthread_cond_timedwait(&of_real, &mutex, &until), CLOCK_REALTIME);
    TRY(pthread_cond_timedwait(&of_boot, &mutex, &until), CLOCK_MONOTONIC);
    TRY(pthread_cond_clockwait(&of_real, &mutex, CLOCK_REALTIME, &until), CLOCK_REALTIME);
    TRY(pthread_mutex_timedlock(&mutex, &until), CLOCK_REALTIME);
    TRY(pthread_mutex_clocklock(&mutex, CLOCK_REALTIME, &until), CLOCK_REALTIME);
    TRY(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL), CLOCK_REALTIME);
    TRY(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL), CLOCK_MONOTONIC);
    return 0;
}
"""
NEVER_ASKS_LIBC = """
#include <sys/syscall.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void) {
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    printf("%ld\\n", (long)now.tv_sec);
    return 0;
}
"""


@pytest.fixture
def clock(tmp_path: Path) -> ProgramClock:
    return ProgramClock.at(tmp_path / "clock")


def run(clock: ProgramClock, *words: str) -> str:
    env = clock.environment({"PATH": os.environ["PATH"], "TZ": "UTC"})
    return subprocess.run(words, env=env, check=True, capture_output=True, text=True, timeout=30).stdout


def compiled(folder: Path, source: str, *flags: str) -> str:
    (folder / "program.c").write_text(source)
    subprocess.run(["cc", *flags, "-o", folder / "program", folder / "program.c"], check=True)
    return str(folder / "program")


def advanced(clock: ProgramClock, seconds: float) -> Callable[[float], str | None]:
    return clock.follow(REAL.advanced(seconds, time.time()))


def test_a_program_is_told_the_time_of_its_network(clock: ProgramClock) -> None:
    assert float(run(clock, "date", "+%s.%N")) == pytest.approx(time.time(), abs=SLOW)

    follows = advanced(clock, 73 * HOUR)

    assert float(run(clock, "date", "+%s.%N")) == pytest.approx(time.time() + 73 * HOUR, abs=SLOW)
    assert follows(0) is None


def test_a_program_follows_while_it_runs(clock: ProgramClock) -> None:
    words = [sys.executable, "-uc", "import time\nwhile True: input(); print(time.time(), time.monotonic())"]
    env = clock.environment({})
    with subprocess.Popen(words, env=env, text=True, stdin=-1, stdout=-1) as program:
        assert program.stdin
        assert program.stdout

        def ask() -> tuple[float, float]:
            assert program.stdin
            assert program.stdout
            program.stdin.write("\n")
            program.stdin.flush()
            shown, since_boot = map(float, program.stdout.readline().split())
            return shown, since_boot

        assert ask()[0] == pytest.approx(time.time(), abs=SLOW)
        began = time.monotonic()
        advanced(clock, 3 * HOUR)
        assert ask()[0] == pytest.approx(time.time() + 3 * HOUR, abs=SLOW)
        clock.follow(REAL.running(0, 1e9))
        assert (ask()[0], ask()[0]) == (1e9, 1e9)
        assert ask()[1] == pytest.approx(began, abs=SLOW)
        program.stdin.close()


@pytest.mark.parametrize("rate", [1, 20, 0])
def test_python_waits_as_long_as_it_means_to(clock: ProgramClock, rate: float) -> None:
    now = time.time()
    clock.follow(REAL.advanced(3 * HOUR, now).running(rate, now))

    waited = [float(line) for line in run(clock, sys.executable, "-c", WAITS).splitlines()]

    assert len(waited) == 4
    assert all(0.045 < seconds < SLOW for seconds in waited), waited


@pytest.mark.parametrize("seconds", [3 * HOUR, -3 * HOUR])
def test_waiting_until_a_moment_takes_as_long_as_it_would_have(
    clock: ProgramClock, tmp_path: Path, seconds: float
) -> None:
    program = compiled(tmp_path, C_WAITS, "-D_GNU_SOURCE", "-pthread")
    advanced(clock, seconds)

    waited = {line.rpartition(" ")[0]: float(line.split()[-1]) for line in run(clock, program).splitlines()}

    assert len(waited) == 9
    assert not {what: seconds for what, seconds in waited.items() if not 0.045 < seconds < SLOW}


@pytest.mark.parametrize("flags", [("-static",), ()])
def test_who_does_not_ask_libc_is_found_out(
    clock: ProgramClock, tmp_path: Path, flags: tuple[str, ...]
) -> None:
    program = compiled(tmp_path, NEVER_ASKS_LIBC, *flags)
    follows = advanced(clock, HOUR)

    assert float(run(clock, "sh", "-c", f"exec {program}")) == pytest.approx(time.time(), abs=SLOW)
    assert follows(0.05) == "it never asked libc what time it is (a static binary, or stopped)"


def test_a_program_that_may_only_read_follows_all_the_same(clock: ProgramClock) -> None:
    advanced(clock, HOUR)
    words = ["date", "+%s"]
    clock.file.path.chmod(0o444)
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=65534", "--clear-groups", "--", *words]
        for folder in takewhile(lambda folder: not folder.stat().st_mode & 0o001, clock.file.path.parents):
            folder.chmod(0o755)

    assert float(run(clock, *words)) == pytest.approx(time.time() + HOUR, abs=SLOW)


def test_what_was_preloaded_before_stays(clock: ProgramClock) -> None:
    env = clock.environment({"LD_PRELOAD": "/opt/other.so"})

    assert env["LD_PRELOAD"] == f"{clock.library} /opt/other.so"


@pytest.fixture
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock_shim, "_folder", lambda: tmp_path / "kept")


@pytest.fixture
def no_compiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("nothing_kept")
def test_it_is_built_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    first = clock_shim.shim()
    monkeypatch.setenv("PATH", str(tmp_path))

    assert clock_shim.shim() == first


@pytest.mark.usefixtures("nothing_kept", "no_compiler")
def test_without_a_compiler_a_program_stays_and_it_is_said_why(tmp_path: Path) -> None:
    left = ProgramClock.at(tmp_path / "clock")

    assert left.environment({"A": "b"}) == {"A": "b"}
    assert left.follow(REAL)(0) == "there is no C compiler"


@pytest.mark.usefixtures("nothing_kept", "no_compiler")
def test_it_can_be_built_elsewhere_and_is_kept_for_that_kind_of_machine() -> None:
    for_ours = clock_shim.shim(elsewhere=lambda: b"built for us")
    for_another = clock_shim.shim("s390x", lambda: b"built for another")

    assert (for_ours.read_bytes(), for_another.read_bytes()) == (b"built for us", b"built for another")
    assert clock_shim.shim("s390x") == for_another


def test_a_file_can_be_written_by_a_command(clock: ProgramClock) -> None:
    def command(*words: str) -> str:
        told = [sys.executable, "-m", "localnet.clock", str(clock.file.path), *words]
        return subprocess.run(told, check=True, capture_output=True, text=True).stdout.strip()

    generation = command("1000", "2000000000", "0")

    assert command(generation, "0") == "unheard"
    assert run(clock, "date", "+%s") == "2000000000\n"
    assert command(generation, "0") == "heard"


@pytest.mark.usefixtures("nothing_kept")
def test_for_a_machine_of_another_kind_it_is_not_built_here() -> None:
    with pytest.raises(MachineError, match="the clock shim for Linux on s390x is not built here"):
        clock_shim.shim("s390x")
