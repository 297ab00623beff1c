"""Records of a page with their rows, all derived at once."""

from storesync.platforms.records import received, unreadable


def read(resource, sources, **functions):
    """Return the records in *sources*, and the rejected records, as they are saved where none of them is known."""
    found, rejects = received(resource, sources, **functions)
    odd = unreadable(found, fresh={record.id for record in found})
    gone = {id(record) for record, _ in odd}
    return tuple(one for one in found if id(one) not in gone), (*rejects, *(reject for _, reject in odd))
