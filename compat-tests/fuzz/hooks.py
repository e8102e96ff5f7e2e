"""Credentials for every request, and names of things that exist: most of what is drawn at random ends at "not found"."""

import json
import os
import random

import schemathesis

WORLD = json.loads(os.environ["FUZZ_WORLD"])
CALLER = json.loads(os.environ["FUZZ_CALLER"])
# Where a text stands for one of these, half of the requests name one that is there.
NAMES = {
    "type": WORLD["types"] + WORLD["reactions"],
    "id": WORLD["users"] + WORLD["messages"],
    "cid": WORLD["cids"],
    "channel_cid": WORLD["cids"],
    "channel_cids": WORLD["cids"],
    "message_id": WORLD["messages"],
    "target_message_id": WORLD["messages"],
    "quoted_message_id": WORLD["messages"],
    "parent_id": WORLD["messages"],
    "thread_id": WORLD["messages"],
    "id_lt": WORLD["messages"],
    "id_gt": WORLD["messages"],
    "id_around": WORLD["messages"],
    "ids": WORLD["messages"],
    "user_id": WORLD["users"],
    "target_id": WORLD["users"],
    "target_ids": WORLD["users"],
    "target_user_id": WORLD["users"],
    "blocked_user_id": WORLD["users"],
    "banned_by_id": WORLD["users"],
    "created_by_id": WORLD["users"],
    "members": WORLD["users"],
    "add_members": WORLD["users"],
    "remove_members": WORLD["users"],
    "invites": WORLD["users"],
    "mentioned_users": WORLD["users"],
}


def aimed(value, dice, name=""):
    """The value, with some of its names replaced by known ones."""
    if isinstance(value, dict):
        return {key: aimed(inner, dice, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [aimed(inner, dice, name) for inner in value]
    if isinstance(value, str) and name in NAMES and dice.random() < 0.5:
        return dice.choice(NAMES[name])
    return value


def dice(*parts):
    # The same request is aimed the same way in every run.
    return random.Random(repr(parts))


def path_id(path, method, roll):
    """A channel's or message's id; what a DELETE is aimed at is there to be deleted."""
    kind = "channels" if path.startswith("/channels") else "messages"
    return roll.choice(WORLD["spare_" + kind] if method == "delete" and path.endswith("{id}") else WORLD[kind])


def payload(roll):
    """What a query's `payload` holds: mostly something that a client could have sent."""
    conditions = roll.choice([{}, {"id": {"$in": WORLD["users"]}}, {"name": {"$autocomplete": "a"}}, {"role": "user"}, {"$or": []}, {"id": None}, []])
    document = {"filter_conditions": conditions, "sort": roll.choice([[], [{"field": "created_at", "direction": -1}], {}, "x"])}
    document |= {"limit": roll.choice([0, 1, 30, -1, 10**20, "5", None]), "offset": roll.choice([0, 1, 10**6, -1])}
    document |= {"type": roll.choice(WORLD["types"]), "id": roll.choice(WORLD["channels"]), "user_id": roll.choice(WORLD["users"])}
    kept = {key: value for key, value in document.items() if roll.random() < 0.7}
    return json.dumps(kept) if roll.random() < 0.9 else json.dumps(kept)[:-3]


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters:
        return path_parameters
    roll = dice(context.operation.label, path_parameters)
    aim = dict(path_parameters)
    path = context.operation.path
    for name in aim:
        if roll.random() < 0.2:
            continue
        if name == "id":
            aim[name] = path_id(path, context.operation.method.lower(), roll)
        elif name == "type":
            aim[name] = roll.choice(WORLD["types"] if path.startswith("/channels") else WORLD["reactions"])
        elif name == "user_id":
            aim[name] = roll.choice(WORLD["users"])
    return aim


@schemathesis.hook
def map_query(context, query):
    if not isinstance(query, dict):
        return query
    roll = dice(context.operation.label, query)
    aim = aimed(query, roll)
    if isinstance(aim.get("payload"), str) and roll.random() < 0.8:
        aim["payload"] = payload(roll)
    if CALLER["acts"] and "user_id" in context.operation.query and roll.random() < 0.8:
        aim["user_id"] = roll.choice(WORLD["users"])
    return aim


@schemathesis.hook
def map_body(context, body):
    if not isinstance(body, dict):
        return body
    roll = dice(context.operation.label, body)
    aim = aimed(body, roll)
    # A back end acts for somebody, or gets nowhere; here or in the object that it sends.
    if CALLER["acts"] and roll.random() < 0.8:
        aim.pop("user", None)
        aim["user_id"] = roll.choice(WORLD["users"])
        for inner in ("message", "reaction", "event"):
            if isinstance(aim.get(inner), dict):
                aim[inner].pop("user", None)
                aim[inner]["user_id"] = aim["user_id"]
        if isinstance(aim.get("data"), dict):
            aim["data"].pop("created_by", None)
            aim["data"]["created_by_id"] = aim["user_id"]
    return aim


@schemathesis.hook
def before_call(context, case, **kwargs):
    if isinstance(case.query, dict) or case.query is None:
        case.query = {**(case.query or {}), **CALLER["query"]}
    case.headers = {**(case.headers or {}), **CALLER["headers"]}
    # A poll that nobody would answer for 20 seconds is not what this is about.
    if case.operation.path == "/longpoll" and case.query.get("connection_id"):
        case.query["close"] = "true"
