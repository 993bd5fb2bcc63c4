"""The book of a sweep: which configurations are taken, by whom, and what came of them.

It is kept in Optuna's storage, with these rules on top, for its samplers promise less:

- A trial that nothing asked for again is *fresh*. The n-th fresh trial has the index n, and with it
  the n-th configuration of a grid or a random search. The storage numbers trials one after the
  other, so no two workers ever get the same index.
- A trial that was given up without an error (killed, interrupted) is *lost*; its index is asked for
  again, in a new trial that carries it.
- Of several trials of an index the first that is not lost counts. So if two machines ask for a lost
  one at once, the later one sees it and steps back.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from optuna import Study
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import BaseStorage, RDBStorage, fail_stale_trials
from optuna.trial import FrozenTrial, Trial, TrialState

from lab.sweep.storage import GRACE, signs_of_life

__all__ = ["Book", "Entry"]

STRIKES = 3  # workers that one configuration may kill
KILLED = f"its worker was killed {STRIKES} times"


@dataclass(frozen=True)
class Entry:
    """A configuration in the book, and its trial that counts (the last, if all are lost)."""

    index: int
    trial: FrozenTrial
    lost: bool
    strikes: int

    @property
    def error(self) -> str | None:
        """Why it failed, if it did."""
        return KILLED if self.strikes >= STRIKES else self.trial.user_attrs.get("error")

    @property
    def status(self) -> str | None:
        """``finished``, ``pruned`` or ``failed``; None while it is open."""
        if self.error is not None:
            return "failed"
        done = {TrialState.COMPLETE: "finished", TrialState.PRUNED: "pruned"}
        return done.get(self.trial.state)


class Book:
    """A study, read and written by the rules above.

    Parameters
    ----------
    study : Study
    storage : BaseStorage
        The study's.
    limit : int or None
        Configurations that may be taken in all.
    """

    def __init__(self, study: Study, storage: BaseStorage, limit: int | None) -> None:
        self.study = study
        self.limit = limit
        self._storage = storage
        self._id = storage.get_study_id_from_name(study.study_name)
        self._shared = isinstance(storage, RDBStorage)

    def entries(self) -> list[Entry]:
        """Return what has been taken, by index; beyond the limit, what has ended."""
        of_index: dict[int, list[FrozenTrial]] = {}
        fresh = 0
        for trial in sorted(self.study.get_trials(deepcopy=False), key=lambda t: t.number):
            index = trial.user_attrs.get("index")
            if index is None:
                index, fresh = fresh, fresh + 1
            of_index.setdefault(index, []).append(trial)
        found = (_entry(index, trials) for index, trials in sorted(of_index.items()))
        return [
            entry
            for entry in found
            if self.limit is None or entry.index < self.limit or entry.status is not None
        ]

    def take(self) -> tuple[Trial, int] | None:
        """Take a configuration nobody has; return its trial and its index, or None."""
        while True:
            self.ask_again(self.stale())
            entries = self.entries()
            waiting = any(entry.trial.state == TrialState.WAITING for entry in entries)
            if not waiting and self.limit is not None and len(entries) >= self.limit:
                return None
            with signs_of_life():
                trial = self.study.ask()
            self.beat(trial.number)
            mine = [entry for entry in self.entries() if entry.trial.number == trial.number]
            if mine:
                return trial, mine[0].index
            self.give_up(trial.number)  # beyond the limit, or another has it

    def close(self, trial: Trial, state: TrialState, figures: dict[str, Any]) -> bool:
        """Write down how a run ended; False if others have taken it for lost meanwhile."""
        try:
            for name, value in figures.items():
                trial.set_user_attr(name, value)
            value = figures.get("value") if state == TrialState.COMPLETE else None
            self.study.tell(trial, value, state=state)
        except (UpdateFinishedTrialError, ValueError):
            return False
        return True

    def give_up(self, number: int, *, killed: bool = False) -> None:
        """Mark a trial as lost, unless it has ended."""
        try:
            if killed:
                self._storage.set_trial_user_attr(self._trial_id(number), "killed", True)
            self.study.tell(number, state=TrialState.FAIL)
        except (UpdateFinishedTrialError, ValueError):
            return

    def ask_again(self, numbers: Iterable[int] = ()) -> None:
        """Give up some trials, and ask for all that are lost again."""
        for number in numbers:
            self.give_up(number)
        for entry in self.entries():
            if entry.lost and entry.status is None:
                wanted = dict(entry.trial.params)
                self.study.enqueue_trial(wanted, user_attrs={"index": entry.index})

    def running(self) -> list[int]:
        """Return the numbers of trials that somebody works on, or did until it was killed."""
        trials = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return [trial.number for trial in trials]

    def stale(self) -> list[int]:
        """Give up the trials in a shared database whose worker has shown no life for a while.

        Returns those that never showed any.
        """
        if not self._shared:
            return []
        with signs_of_life():
            fail_stale_trials(self.study)
        before = datetime.datetime.now() - datetime.timedelta(seconds=10 * GRACE)
        trials = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return [
            trial.number
            for trial in trials
            if "alive" not in trial.user_attrs
            and trial.datetime_start is not None
            and trial.datetime_start < before
        ]

    def beat(self, number: int, first: bool = True) -> None:
        """Show that a trial's worker is alive."""
        if isinstance(self._storage, RDBStorage):
            self._storage.record_heartbeat(self._trial_id(number))
            if first:
                self._storage.set_trial_user_attr(self._trial_id(number), "alive", True)

    def _trial_id(self, number: int) -> int:
        return self._storage.get_trial_id_from_study_id_trial_number(self._id, number)


def _is_lost(trial: FrozenTrial) -> bool:
    return trial.state == TrialState.FAIL and "error" not in trial.user_attrs


def _entry(index: int, trials: list[FrozenTrial]) -> Entry:
    strikes = sum("killed" in trial.user_attrs for trial in trials)
    live = [trial for trial in trials if not _is_lost(trial)]
    return Entry(index, live[0] if live else trials[-1], not live, strikes)
