"""The contract of platforms: what a plug-in may rely on."""

import pytest

from storesync import model
from storesync.platforms import base, http


@pytest.mark.parametrize(
    ("module", "before", "now"),
    [
        (base, "Traffic", "RequestBudget"),
        (base, "Readable", "ResourceSpec"),
        (http, "Door", "HttpClient"),
        (model, "Reject", "RejectedRecord"),
    ],
)
def test_a_platform_may_use_the_names_of_before(module, before, now):
    """Plug-ins were written against them; both are one class."""
    assert getattr(module, before) is getattr(module, now)
