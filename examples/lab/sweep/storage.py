"""Where a sweep keeps its book: a journal file of its own, or a database that others share."""

from __future__ import annotations

import contextlib
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import optuna
from optuna.storages import BaseStorage, JournalStorage, RDBStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from lab.errors import UserError

__all__ = [
    "BEAT",
    "GRACE",
    "JOURNAL",
    "STORAGE",
    "only_sweep_in",
    "open_storage",
    "reaching",
]

JOURNAL = "journal.log"
BEAT = 15  # seconds between two signs of life of a run in a shared database
GRACE = 60  # seconds without one after which a run is taken for lost

DATABASE = (SQLAlchemyError, optuna.exceptions.StorageInternalError)
STORAGE = (*DATABASE, OSError)  # what comes of a storage that cannot be reached, or is full


def open_storage(url: str | None, folder: Path) -> BaseStorage:
    """Return the storage: the database at ``url``, or the folder's journal."""
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with reaching(url):
        if url is None:
            path = folder / JOURNAL
            return JournalStorage(JournalFileBackend(str(path), _Lock(path)))
        patient = {"connect_args": {"timeout": 60}} if url.startswith("sqlite") else {}
        with signs_of_life():
            return RDBStorage(url, patient, heartbeat_interval=BEAT, grace_period=GRACE)


@contextlib.contextmanager
def reaching(url: str | None) -> Iterator[None]:
    """Turn what goes wrong between us and the storage into one sentence."""
    try:
        yield
    except (*DATABASE, ImportError) as error:
        reason = " ".join(str(error.__cause__ or error).split("\n")[0].split())
        raise UserError(
            f"--storage: expected a database that can be reached, got {_shown(url)}: {reason}; "
            "runs that had finished stay in it"
        ) from None
    except BrokenPipeError:  # whoever we talk to has gone: no matter of the storage
        raise
    except OSError as error:
        raise UserError(
            f"expected to be able to write the sweep's files, got {error}; runs that had finished "
            "stay, and the same command goes on"
        ) from None


def _shown(url: str | None) -> str:
    """Return a database's address without the password in it."""
    try:
        return make_url(url or "").render_as_string(hide_password=True)
    except ArgumentError:
        return str(url)


@contextlib.contextmanager
def only_sweep_in(folder: Path) -> Iterator[None]:
    """Hold a folder for this sweep alone, and mend what a kill in the middle of a line left.

    The hold ends with the process, however it ends.
    """
    import fcntl  # not on Windows, where nothing below works either

    with (folder / "sweep.lock").open("a", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(
                f"--out: expected a folder in which no sweep is running, got {folder}; "
                "give that one more --workers, or share a database with --storage"
            ) from None
        _mend(folder / JOURNAL)
        yield


class _Lock(JournalFileOpenLock):
    """A lock that the system takes back from a writer that is killed; Optuna's own ones stay."""

    def __init__(self, journal: Path) -> None:
        super().__init__(str(journal))
        self._path = journal.with_name(f"{journal.name}.lock")
        self._file: int | None = None

    def acquire(self) -> bool:
        """Wait for the lock."""
        import fcntl

        self._file = os.open(self._path, os.O_CREAT | os.O_WRONLY, 0o644)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        return True

    def release(self) -> None:
        """Give it back, by closing what holds it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None


@contextlib.contextmanager
def signs_of_life() -> Iterator[None]:
    """Use Optuna's signs of life, without its warnings: they are an experiment to it.

    It warns of asking for trials, too, because then somebody else has to give the signs: we do.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        warnings.filterwarnings("ignore", "Heartbeat of storage")
        yield


def _mend(journal: Path) -> None:
    """Remove a line that was not written to its end."""
    if not journal.exists():
        return
    with journal.open("rb+") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)
            file.flush()
            os.fsync(file.fileno())
