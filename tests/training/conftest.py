"""What tests of training share."""

import cv2
import pytest


@pytest.fixture(autouse=True, scope="session")
def _no_threads_to_lose_in_a_fork() -> None:
    """Workers are forked: OpenCV's pool of threads would be gone in them, and be waited for all the same."""
    cv2.setNumThreads(1)
