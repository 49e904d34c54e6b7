import os
import subprocess
import sys

from tallyscan.store.claimant import is_dead, this_process


def test_this_process_lives() -> None:
    assert not is_dead(this_process())


def test_a_process_that_ended_is_dead() -> None:
    say = "from tallyscan.store.claimant import this_process; print(this_process())"
    ended = subprocess.run(
        [sys.executable, "-c", say], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert is_dead(ended)


def test_a_process_number_used_again_is_not_the_old_process() -> None:
    host, boot, pid, _started = this_process().rsplit("/", 3)
    assert pid == str(os.getpid())
    assert is_dead(f"{host}/{boot}/{pid}/1")


def test_before_the_last_boot_everything_is_dead() -> None:
    host, _boot, pid, started = this_process().rsplit("/", 3)
    assert is_dead(f"{host}/another-boot/{pid}/{started}")


def test_of_another_machine_nothing_is_known() -> None:
    assert not is_dead("elsewhere/boot/1/1")
