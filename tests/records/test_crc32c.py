"""The checksum, against TensorBoard's own and against one bit turned over."""

import numpy as np
import pytest
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow as reference

from avh.records.crc32c import DEGREE, LOWER, crc32c, crc32c_of_all

LENGTHS = (0, 1, 3, 4, 63, 64, 65, DEGREE, DEGREE + 1, 2 * DEGREE + 1, 4096, 9001)


def payload(length):
    return np.random.default_rng(length).bytes(length)


@pytest.mark.parametrize("length", LENGTHS)
def test_one_payload_of_any_length(length):
    assert crc32c(payload(length)) == reference.crc32c(payload(length))


def test_payloads_of_different_lengths_together():
    payloads = [payload(length) for length in (*LENGTHS, 4096, 4090)]
    assert crc32c_of_all(payloads).tolist() == list(map(reference.crc32c, payloads))


def test_payloads_are_left_as_they_were():
    before = payload(5000)
    data = bytearray(before)
    crc32c_of_all([memoryview(data), memoryview(data)])
    assert bytes(data) == before


def test_one_bit_is_noticed_wherever_it_is():
    data = bytearray(payload(3000))
    right = crc32c(bytes(data))
    for place in (0, 3, 4, 1499, 2999):
        data[place] ^= 16
        assert crc32c(bytes(data)) != right
        data[place] ^= 16


def test_the_sparse_multiple_is_a_multiple_of_the_polynomial():
    remainder = sum(1 << exponent for exponent in (DEGREE, *LOWER))
    polynomial = 0x11EDC6F41
    for exponent in range(DEGREE, 31, -1):
        if remainder >> exponent & 1:
            remainder ^= polynomial << (exponent - 32)
    assert remainder == 0
