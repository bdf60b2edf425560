"""What can be wrong with the cluster that is asked for."""

import pytest

from avh.compare.cluster import check_address


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere", "ray://127.0.0.1:1"])
def test_an_address_where_no_cluster_answers_is_told_at_once(address):
    with pytest.raises((OSError, ValueError), match="--address"):
        check_address(address)
