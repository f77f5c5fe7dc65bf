"""The tree against RFC 6962's definition written out plainly, and against the published test vectors."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given, strategies as st

from linli.foundation.audit import merkle

# The eight leaves and the roots for 1 to 8 of them, as in the Certificate Transparency reference tests.
LEAVES = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def plain_root(entries: list[bytes]) -> bytes:
    """MTH as § 2.1 writes it."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return sha256(b"\x01" + plain_root(entries[:split]) + plain_root(entries[split:])).digest()


def nodes(leaves: list[bytes]) -> merkle.Node:
    return lambda level, number: plain_subtree(leaves[number << level : (number + 1) << level])


def plain_subtree(hashes: list[bytes]) -> bytes:
    while len(hashes) > 1:
        hashes = [merkle.pair_hash(left, right) for left, right in zip(hashes[::2], hashes[1::2], strict=True)]
    return hashes[0]


@pytest.mark.parametrize("size", range(1, 9))
def test_the_published_roots(size: int) -> None:
    assert merkle.root_of(map(merkle.leaf_hash, LEAVES[:size])).hex() == ROOTS[size - 1]


def test_the_published_proofs() -> None:
    hashes = [merkle.leaf_hash(leaf) for leaf in LEAVES]
    assert [step.hex() for step in merkle.inclusion_proof(nodes(hashes), 5, 8)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [step.hex() for step in merkle.consistency_proof(nodes(hashes), 6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


@pytest.mark.parametrize("size", range(40))
def test_every_proof_of_every_small_tree(size: int) -> None:
    entries = [str(number).encode() for number in range(size)]
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    node, root = nodes(hashes), plain_root(entries)
    assert merkle.root_of(hashes) == root == merkle.subtree(node, 0, size)
    for index in range(size):
        proof = merkle.inclusion_proof(node, index, size)
        assert merkle.includes(hashes[index], index, size, proof, root)
        assert not merkle.includes(merkle.leaf_hash(b"forged"), index, size, proof, root)
    for old in range(1, size + 1):
        proof = merkle.consistency_proof(node, old, size)
        assert merkle.is_consistent(old, plain_root(entries[:old]), size, root, proof)
        if old < size:
            assert not merkle.is_consistent(old, plain_root([*entries[: old - 1], b"forged"]), size, root, proof)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=300), st.data())
def test_a_changed_leaf_never_keeps_its_proof(entries: list[bytes], data: st.DataObject) -> None:
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    index = data.draw(st.integers(0, len(entries) - 1))
    proof, root = merkle.inclusion_proof(nodes(hashes), index, len(entries)), merkle.root_of(hashes)
    assert merkle.includes(hashes[index], index, len(entries), proof, root)
    for other in range(max(0, index - 2), min(len(entries), index + 3)):
        if entries[other] != entries[index]:
            assert not merkle.includes(hashes[other], index, len(entries), proof, root)
            # Equal entries may stand at two places, but a proof belongs to one place only.
            assert not merkle.includes(hashes[index], other, len(entries), proof, root)


@given(st.lists(st.lists(st.binary(max_size=4), max_size=30), max_size=12))
def test_batches_of_any_size_give_the_same_tree(batches: list[list[bytes]]) -> None:
    size, peaks, completed = 0, list[bytes](), {}
    for batch in batches:
        tree = merkle.Tree(size, peaks)
        completed.update({(level, number): found for level, number, found in tree.extend(map(merkle.leaf_hash, batch))})
        size, peaks = tree.size, tree.peaks
    entries = [entry for batch in batches for entry in batch]
    assert merkle.Tree(size, peaks).root == plain_root(entries)
    hashes = [merkle.leaf_hash(entry) for entry in entries]
    assert all(found == nodes(hashes)(level, number) for (level, number), found in completed.items())
