"""The operations as botocore's service model has them, and a request's form on the wire.

Requests are written here and not by a client, because a client leaves out what it does not know.
"""

import json
from urllib.parse import quote

import botocore.session

MODEL = botocore.session.get_session().get_service_model("chime-sdk-meetings")
OPERATIONS = {name: MODEL.operation_model(name) for name in MODEL.operation_names}
STATUS = {shape.name: shape.metadata["error"]["httpStatusCode"] for shape in MODEL.error_shapes}

# What bodies call an error, which is shorter than its type; the model does not say.
CODE = {
    "BadRequestException": "BadRequest",
    "ConflictException": "Conflict",
    "ForbiddenException": "Forbidden",
    "LimitExceededException": "ResourceLimitExceeded",
    "NotFoundException": "NotFound",
    "ResourceNotFoundException": "NotFound",
    "ServiceFailureException": "ServiceFailure",
    "ServiceUnavailableException": "ServiceUnavailable",
    "ThrottlingException": "Throttling",
    "TooManyTagsException": "TooManyTags",
    "UnauthorizedException": "Unauthorized",
    "UnprocessableEntityException": "Unprocessable",
}


def ok_status(operation):
    """The status of a success."""
    return OPERATIONS[operation].http.get("responseCode", 200)


def answer_members(operation):
    """The names of a success's members; no name where the body is empty."""
    shape = OPERATIONS[operation].output_shape
    return set(shape.members) if shape else set()


def errors(operation):
    """The names of the errors that an operation models."""
    return {shape.name for shape in OPERATIONS[operation].error_shapes}


def location(shape):
    """Where a member travels: `uri`, `querystring` or `body`."""
    return shape.serialization.get("location", "body")


def wire(operation, request, ascii_only=True):
    """Writes a request: method, target and body. Members that the model does not know go into the body."""
    model = OPERATIONS[operation]
    labels, query, body = {}, [], {}
    for name, value in request.items():
        shape = model.input_shape.members.get(name)
        where = location(shape) if shape else "body"
        if where == "uri":
            labels[name] = quote(value, safe="")
        elif where == "querystring":
            parameter = shape.serialization["name"]
            query.append(f"{parameter}={quote(str(value), safe='')}")
        else:
            body[name] = value
    path, _, fixed = model.http["requestUri"].partition("?")
    query = "&".join(([fixed] if fixed else []) + query)
    target = path.format(**labels) + (f"?{query}" if query else "")
    has_body = body or any(
        location(shape) == "body" for shape in model.input_shape.members.values()
    )
    text = json.dumps(body, ensure_ascii=ascii_only) if has_body else ""
    return model.http["method"], target, text.encode()


def sites(operation):
    """Walks every member of a request at any depth: its path, its shape, and whether its parent requires it."""
    yield from _sites(OPERATIONS[operation].input_shape, ())


def _sites(shape, path):
    for name, member in shape.members.items():
        here = (*path, name)
        yield here, member, name in shape.required_members
        inner, below = member, here
        while inner.type_name == "list":
            inner, below = inner.member, (*below, 0)
            yield below, inner, True
        if inner.type_name == "structure":
            yield from _sites(inner, below)


def spoken(path):
    """A path as messages of the original service have it: `attendees.1.member.externalUserId`."""
    names = (
        f"{part + 1}.member" if isinstance(part, int) else part[0].lower() + part[1:]
        for part in path
    )
    return ".".join(names)
