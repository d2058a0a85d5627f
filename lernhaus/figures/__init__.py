"""What all figures about groups of learners have in common."""

from collections.abc import Mapping


def shown_groups(sizes: Mapping[str, int], minimum: int) -> list[str]:
    """Return the groups of at least `minimum` learners, sorted by name.

    Where the others together are fewer than `minimum`, a total would tell of them: then the smallest of the large
    groups is left out as well.
    """
    shown = sorted((value for value, size in sizes.items() if size >= minimum), key=lambda value: (sizes[value], value))
    hidden = sum(size for size in sizes.values() if size < minimum)
    if 0 < hidden < minimum:
        shown = shown[1:]
    return sorted(shown)
