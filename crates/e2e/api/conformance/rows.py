"""Rows of the tables: for one operation, requests that differ from its sample in one place."""

from dataclasses import dataclass

from . import model, values
from .samples import SAMPLES, around

NAME = "«Zoë Müller» ÿ"


@dataclass(frozen=True)
class Row:
    """One request, what it shows, and the member that it is about."""

    name: str
    request: dict
    path: tuple = ()

    @property
    def member(self):
        """The member as messages name it."""
        return model.spoken(self.path)


def success(operation):
    """The sample itself, and the sample reduced to what is required."""
    yield Row("every member", SAMPLES[operation])
    yield Row(
        "required members only",
        _required(model.OPERATIONS[operation].input_shape, SAMPLES[operation]),
    )


def missing(operation):
    """Each required member left out, and given as null."""
    for path, shape, required in model.sites(operation):
        where = model.location(shape)
        if not required or _is_entry(path) or where == "uri":
            continue
        yield Row(f"{model.spoken(path)} is missing", _without(operation, path), path)
        if where == "body":
            yield Row(f"{model.spoken(path)} is null", _with(operation, path, None), path)


def null(operation):
    """Each optional member given as null, which is as good as absent."""
    for path, shape, required in model.sites(operation):
        if not required and model.location(shape) == "body":
            yield Row(f"{model.spoken(path)} is null", _with(operation, path, None), path)


def unknown(operation):
    """Each structure with a member that no model has."""
    structures = [
        path for path, shape, _ in model.sites(operation) if shape.type_name == "structure"
    ]
    for path in [(), *structures]:
        name = f"unknown member of {model.spoken(path) or 'the request'}"
        yield Row(name, _with(operation, (*path, "Nonsense"), {"a": [1, None, "é"]}), path)


def inside(operation):
    """Each member at its limits."""
    for path, shape, _ in model.sites(operation):
        for name, value in values.good_of(shape):
            yield Row(f"{model.spoken(path)}: {name}", _with(operation, path, value), path)
        if shape.type_name == "list":
            for size in values.sizes_of(shape)[0]:
                yield _sized(operation, path, size)


def outside(operation):
    """Each member beyond its limits."""
    for path, shape, _ in model.sites(operation):
        for name, value in values.bad_of(shape):
            # A path without a segment is another path.
            if model.location(shape) != "uri" or value:
                yield Row(f"{model.spoken(path)}: {name}", _with(operation, path, value), path)
        if shape.type_name == "list":
            for size in values.sizes_of(shape)[1]:
                yield _sized(operation, path, size)


def wrong_type(operation):
    """Each member of the body as what it is not, and each structure as a list of what is in it."""
    for path, shape, _ in model.sites(operation):
        if model.location(shape) != "body":
            continue
        bad = values.WRONG_TYPE[shape.type_name]
        if shape.type_name == "structure":
            bad = [*bad, list(_find(around(operation, (*path, "")), path).values())]
        for value in bad:
            name = f"{model.spoken(path)} as {value!r}"
            yield Row(name, _with(operation, path, value), path)


def beyond_ascii(operation):
    """Each free text as a name that ASCII does not have, and where the answer has it again."""
    for path, shape, _ in model.sites(operation):
        if shape.name in ("ExternalMeetingId", "ExternalUserId"):
            yield Row(f"{model.spoken(path)} beyond ASCII", _with(operation, path, NAME), path)


def _sized(operation, path, size):
    sample = _find(SAMPLES[operation], path)[0]
    request = _with(operation, path, values.entries(sample, size))
    return Row(f"{model.spoken(path)}: {size} entries", request, path)


def _required(shape, value):
    """Leaves out what a structure does not require, at any depth."""
    if shape.type_name == "list":
        return [_required(shape.member, entry) for entry in value]
    if shape.type_name != "structure":
        return value
    # An idempotency token is required on the wire, and transcription wants an engine of two.
    kept = shape.required_members or list(value)
    return {name: _required(shape.members[name], value[name]) for name in kept if name in value}


def _with(operation, path, value):
    request = around(operation, path)
    if path:
        _find(request, path[:-1])[path[-1]] = value
    return request


def _without(operation, path):
    request = around(operation, path)
    del _find(request, path[:-1])[path[-1]]
    return request


def _find(value, path):
    for part in path:
        value = value.setdefault(part, {}) if isinstance(value, dict) else value[part]
    return value


def _is_entry(path):
    return isinstance(path[-1], int)
