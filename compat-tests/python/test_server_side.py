"""What a Python backend does: tokens, users, channels, messages, moderation, and what it is told when it errs."""

import datetime
import time
import uuid

import jwt
import pytest
from conftest import KEY, SECRET
from stream_chat import StreamChat
from stream_chat.base.exceptions import StreamAPIException


def ids(users):
    return [user["id"] for user in users]


def refused(code, status, action, *arguments, text="", **options):
    with pytest.raises(StreamAPIException) as caught:
        action(*arguments, **options)
    assert (caught.value.error_code, caught.value.status_code) == (code, status)
    assert text in caught.value.error_message
    return caught.value


class TestTokens:
    def test_the_token_of_a_user_carries_their_id(self, server):
        payload = jwt.decode(server.create_token("ana", iat=5), SECRET, algorithms=["HS256"], options={"verify_iat": False})
        assert payload["user_id"] == "ana"

    def test_a_wrong_secret_is_refused(self, base_url):
        stranger = StreamChat(api_key=KEY, api_secret="wrong", base_url=base_url)
        refused(43, 401, stranger.get_app_settings)

    def test_a_wrong_key_is_refused(self, base_url):
        stranger = StreamChat(api_key="nobody", api_secret=SECRET, base_url=base_url)
        refused(2, 401, stranger.get_app_settings)

    def test_revoked_tokens_are_refused(self, server, base_url, people):
        ana = people[0]
        before = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(minutes=1)
        server.revoke_user_token(ana, before)

        client = StreamChat(api_key=KEY, api_secret=SECRET, base_url=base_url)
        client.auth_token = server.create_token(ana, iat=int(time.time()) - 600)
        refused(40, 401, client.query_channels, {"members": {"$in": [ana]}}, watch=False)
        client.auth_token = server.create_token(ana, iat=int(time.time()) - 2)
        assert client.query_channels({"members": {"$in": [ana]}}, watch=False)["channels"] == []
        server.revoke_user_token(ana, None)


class TestAnswers:
    def test_rate_limits_are_told_in_lower_case(self, server):
        answer = server.get_app_settings()
        assert answer.status_code() == 200
        assert list(answer.keys()) == ["app", "duration"] or sorted(answer) == ["app", "duration"]
        limit = answer.rate_limit()
        assert limit is not None
        assert limit.limit >= limit.remaining >= 0
        assert limit.reset > datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=1)

    def test_errors_have_code_text_and_status(self, server):
        error = refused(16, 404, server.get_message, "nothing", text="message with id nothing doesn't exist")
        assert "GetMessage failed with error" in str(error)

    def test_an_unknown_route(self, server):
        refused(16, 404, server.get, "nothing/here")


class TestUsers:
    def test_upsert_replaces_and_partial_update_merges(self, server):
        ana = f"ana-{uuid.uuid4().hex}"
        answer = server.upsert_users([{"id": ana, "name": "Ana", "role": "admin", "books": ["dune"], "pet": {"name": "Rex"}}])
        assert answer["users"][ana]["books"] == ["dune"]
        answer = server.update_user_partial({"id": ana, "set": {"pet.age": 3}, "unset": ["books"]})
        assert answer["users"][ana]["pet"] == {"name": "Rex", "age": 3}
        assert "books" not in answer["users"][ana]
        answer = server.upsert_user({"id": ana, "name": "Anna"})
        assert "pet" not in answer["users"][ana]

    def test_query(self, server):
        tag = uuid.uuid4().hex
        for name, age in [("frodo", 50), ("bilbo", 111), ("gimli", 139)]:
            server.upsert_user({"id": f"{name}-{tag}", "name": name.capitalize(), "age": age, "tag": tag})
        answer = server.query_users({"tag": tag, "age": {"$gt": 60}}, {"age": -1})
        assert ids(answer["users"]) == [f"gimli-{tag}", f"bilbo-{tag}"]
        answer = server.query_users({"tag": tag}, {"age": 1}, limit=1, offset=1)
        assert ids(answer["users"]) == [f"bilbo-{tag}"]

    def test_refusals(self, server):
        refused(4, 400, server.upsert_user, {"id": "a b"})
        refused(4, 400, server.query_users, {"id": 7})
        refused(16, 404, server.update_user_partial, {"id": "nobody-here", "set": {"x": 1}})

    def test_guest(self, server):
        answer = server.set_guest_user({"id": f"gast-{uuid.uuid4().hex}", "name": "Gast"})
        assert answer["user"]["role"] == "guest"
        assert answer["access_token"]


class TestChannels:
    def test_create_with_members(self, server, people):
        ana, bob, _ = people
        room = server.channel("messaging", uuid.uuid4().hex, {"name": "Kitchen", "members": [ana, bob], "topic": "soup"})
        state = room.create(ana)
        assert state["channel"]["created_by"]["id"] == ana
        assert state["channel"]["topic"] == "soup"
        assert "own_capabilities" not in state["channel"]
        assert [member["user_id"] for member in room.query()["members"]] == [ana, bob]

    def test_a_channel_named_after_its_two_people(self, server, people):
        ana, bob, cleo = people
        first, second = sorted([ana, bob])
        name = f"dm_{first}_{second}"
        room = server.channel("messaging", name[:64], {"members": [ana, bob]})
        state = room.create(ana)
        assert state["channel"]["id"] == name[:64]
        again = server.channel("messaging", name[:64], {"members": [ana, bob]}).create(bob)
        assert again["channel"]["created_by"]["id"] == ana
        assert room.send_message({"text": "hi"}, bob)["message"]["cid"] == f"messaging:{name[:64]}"
        found = server.query_channels({"members": [ana, bob]})["channels"]
        assert [one["channel"]["id"] for one in found] == [name[:64]]
        assert server.query_channels({"members": {"$in": [cleo]}})["channels"] == []

    def test_distinct(self, server, people):
        ana, bob, _ = people
        first = server.channel("messaging", None, {"members": [ana, bob]})
        first.create(ana)
        second = server.channel("messaging", None, {"members": [bob, ana]})
        second.create(bob)
        assert first.id == second.id
        assert first.id.startswith("!members-")

    def test_update_and_partial_update(self, server, channel, people):
        answer = channel.update({"name": "Hall", "colour": "teal"}, {"text": "renamed", "user_id": people[0]})
        assert answer["message"]["type"] == "system"
        answer = channel.update_partial({"topic": "soup"}, ["colour"])
        assert answer["channel"]["topic"] == "soup"
        assert answer["channel"]["name"] == "Hall"
        assert "colour" not in answer["channel"]

    def test_members_come_and_go(self, server, channel, people):
        ana, bob, cleo = people
        assert len(channel.add_members([cleo])["members"]) == 3
        assert len(channel.add_moderators([cleo])["members"]) == 3
        assert [member["user_id"] for member in channel.query_members({"is_moderator": True})] == [cleo]
        channel.demote_moderators([cleo])
        assert [member["user_id"] for member in channel.query_members({}, [{"field": "user_id", "direction": -1}])] == [cleo, bob, ana]
        assert [member["user_id"] for member in channel.query_members({"name": {"$autocomplete": "bo"}})] == [bob]
        assert len(channel.remove_members([cleo])["members"]) == 2
        assert len(channel.remove_members([cleo])["members"]) == 2

    def test_invites(self, server, channel, people):
        cleo = people[2]
        channel.invite_members([cleo])
        accepted = channel.accept_invite(cleo)
        member = next(one for one in accepted["members"] if one["user_id"] == cleo)
        assert member["invite_accepted_at"]
        refused(4, 400, channel.accept_invite, people[1])

    def test_query_in_order(self, server, people):
        ana = people[0]
        tag = uuid.uuid4().hex
        for rank in (2, 1, 3):
            server.channel("messaging", f"r{rank}-{tag}", {"members": [ana], "rank": rank, "tag": tag}).create(ana)
        answer = server.query_channels({"tag": tag}, {"rank": 1}, limit=2)
        assert [one["channel"]["rank"] for one in answer["channels"]] == [1, 2]

    def test_pin_archive_mute_hide(self, server, channel, people):
        ana = people[0]
        assert channel.pin(ana)["channel_member"]["pinned_at"]
        assert len(server.query_channels({"pinned": True, "cid": channel.cid}, user_id=ana)["channels"]) == 1
        assert channel.unpin(ana)["channel_member"].get("pinned_at") is None
        assert channel.archive(ana)["channel_member"]["archived_at"]
        channel.unarchive(ana)
        muted = channel.mute(ana, 30_000)
        assert muted["channel_mute"]["channel"]["cid"] == channel.cid
        assert muted["channel_mute"]["expires"]
        channel.unmute(ana)
        channel.hide(ana)
        assert server.query_channels({"cid": channel.cid}, user_id=ana)["channels"] == []
        channel.show(ana)
        assert len(server.query_channels({"cid": channel.cid}, user_id=ana)["channels"]) == 1

    def test_delete_and_truncate(self, server, channel, people):
        channel.send_message({"text": "old"}, people[0])
        channel.truncate()
        assert channel.query(messages={"limit": 5})["messages"] == []
        assert channel.delete()["channel"]["deleted_at"]
        assert server.query_channels({"cid": channel.cid})["channels"] == []

    def test_refusals(self, server, people):
        refused(4, 400, server.channel("messaging", uuid.uuid4().hex).query, text="data.created_by")
        refused(16, 404, server.channel("nonsense", uuid.uuid4().hex).create, people[0])
        stranger = server.channel("messaging", uuid.uuid4().hex, {"members": ["nobody-here"]})
        refused(4, 400, stranger.create, people[0], text="don't exist: [nobody-here]")
        refused(4, 400, server.channel("messaging", "a!b").create, people[0])


class TestMessages:
    def test_send_update_pin_delete(self, server, channel, people):
        ana, bob, _ = people
        message = channel.send_message({"text": "helo", "colour": "teal"}, ana)["message"]
        assert (message["user"]["id"], message["colour"], message["type"]) == (ana, "teal", "regular")
        updated = server.update_message({"id": message["id"], "text": "hello", "user_id": ana})["message"]
        assert updated["text"] == "hello"
        assert "colour" not in updated
        partial = server.update_message_partial(message["id"], {"set": {"text": "hello!"}}, ana)["message"]
        assert partial["text"] == "hello!"
        pinned = server.pin_message(message["id"], bob)["message"]
        assert (pinned["pinned"], pinned["pinned_by"]["id"]) == (True, bob)
        unpinned = server.unpin_message(message["id"], bob)["message"]
        assert (unpinned["pinned"], unpinned["pinned_at"], unpinned["pinned_by"]) == (False, None, None)
        deleted = server.delete_message(message["id"])["message"]
        assert deleted["type"] == "deleted"
        assert server.get_message(message["id"])["message"]["deleted_at"]
        server.delete_message(message["id"], hard=True)
        refused(16, 404, server.get_message, message["id"], text=f"message with id {message['id']} doesn't exist")

    def test_replies_and_reactions(self, server, channel, people):
        ana, bob, _ = people
        parent = channel.send_message({"text": "parent"}, ana)["message"]
        for at in range(3):
            channel.send_message({"text": f"r{at}", "parent_id": parent["id"]}, bob)
        replies = channel.get_replies(parent["id"], limit=2)["messages"]
        assert [reply["text"] for reply in replies] == ["r1", "r2"]
        assert server.get_message(parent["id"])["message"]["reply_count"] == 3
        answer = channel.send_reaction(parent["id"], {"type": "love", "mood": "glad"}, bob)
        assert answer["reaction"]["mood"] == "glad"
        assert answer["message"]["reaction_counts"] == {"love": 1}
        assert len(channel.get_reactions(parent["id"])["reactions"]) == 1
        answer = channel.delete_reaction(parent["id"], "love", bob)
        assert answer["message"]["reaction_counts"] == {}

    def test_the_same_send_twice(self, server, channel, people):
        ana = people[0]
        id = str(uuid.uuid4())
        first = channel.send_message({"id": id, "text": "once"}, ana)["message"]
        again = channel.send_message({"id": id, "text": "once"}, ana)["message"]
        assert again["created_at"] == first["created_at"]
        refused(4, 400, channel.send_message, {"id": id, "text": "twice"}, ana, text=f"a message with ID {id} already exists")

    def test_read_and_unread(self, server, channel, people):
        ana, bob, _ = people
        message = channel.send_message({"text": "hi"}, ana)["message"]
        event = channel.mark_read(bob)["event"]
        assert event["type"] == "message.read"
        assert event["last_read_message_id"] == message["id"]
        channel.mark_unread(bob, message_id=message["id"])
        read = {one["user"]["id"]: one["unread_messages"] for one in channel.query()["read"]}
        assert read == {ana: 0, bob: 1}
        server.mark_all_read(bob)
        read = {one["user"]["id"]: one["unread_messages"] for one in channel.query()["read"]}
        assert read == {ana: 0, bob: 0}

    def test_events(self, channel, people):
        assert channel.send_event({"type": "typing.start"}, people[0])["event"]["type"] == "typing.start"
        assert channel.send_event({"type": "wave", "strength": 3}, people[0])["event"]["strength"] == 3

    def test_refusals(self, server, channel, people):
        ana = people[0]
        refused(4, 400, channel.send_message, {}, ana)
        refused(4, 400, channel.send_message, {"text": "x", "created_at": "2020-01-01T00:00:00Z"}, ana, text="reserved")
        refused(16, 404, server.channel("messaging", "nothing").send_message, {"text": "x"}, ana)
        refused(22, 413, channel.send_message, {"text": "x", "colour": "c" * 6000}, ana)
        refused(4, 400, server.update_message_partial, channel.send_message({"text": "x"}, ana)["message"]["id"], {"set": {"text": 5}}, ana)

    def test_upload(self, channel, people, tmp_path):
        path = tmp_path / "notes.txt"
        path.write_text("from Python")
        answer = channel.send_file(path.as_uri(), "notes.txt", {"id": people[0]}, content_type="text/plain")
        assert "notes.txt" in answer["file"]


class TestModeration:
    def test_ban_and_unban_in_a_channel(self, server, channel, people):
        ana, bob, _ = people
        channel.ban_user(bob, banned_by_id=ana, timeout=30, reason="spam")
        assert [member["user_id"] for member in channel.query_members({"banned": True})] == [bob]
        refused(17, 403, channel.send_message, {"text": "x"}, bob, text="currently suspended from chat")
        channel.unban_user(bob)
        assert channel.send_message({"text": "x"}, bob)["message"]["type"] == "regular"

    def test_ban_in_the_app(self, server, channel, people):
        ana, bob, _ = people
        server.ban_user(bob, user_id=ana)
        assert ids(server.query_users({"id": {"$in": people}, "banned": True})["users"]) == [bob]
        server.unban_user(bob, user_id=ana)
        assert server.query_users({"id": {"$in": people}, "banned": True})["users"] == []

    def test_shadow_ban(self, server, channel, people):
        ana, bob, _ = people
        server.shadow_ban(bob, user_id=ana)
        message = channel.send_message({"text": "hello?"}, bob)["message"]
        assert server.get_message(message["id"])["message"]["shadowed"] is True
        server.remove_shadow_ban(bob, user_id=ana)
        message = channel.send_message({"text": "hello!"}, bob)["message"]
        assert server.get_message(message["id"])["message"]["shadowed"] is False

    def test_mute(self, server, people):
        ana, bob, cleo = people
        answer = server.mute_user(bob, ana)
        assert answer["mute"]["target"]["id"] == bob
        assert "expires" not in answer["mute"]
        answer = server.mute_users([bob, cleo], ana, timeout=10)
        assert sorted(mute["target"]["id"] for mute in answer["mutes"]) == sorted([bob, cleo])
        assert answer["mutes"][0]["expires"]
        server.unmute_users([bob, cleo], ana)

    def test_flag(self, server, channel, people):
        ana, bob, _ = people
        message = channel.send_message({"text": "rude"}, bob)["message"]
        assert server.flag_message(message["id"], user_id=ana)["flag"]["target_message_id"] == message["id"]
        assert server.flag_user(bob, user_id=ana)["flag"]["target_user"]["id"] == bob

    def test_block(self, server, people):
        ana, bob, _ = people
        server.block_user(bob, ana)
        assert [block["blocked_user_id"] for block in server.get_blocked_users(ana)["blocks"]] == [bob]
        server.unblock_user(bob, ana)
        assert server.get_blocked_users(ana)["blocks"] == []

    def test_who_acts_must_be_said(self, server, people):
        refused(4, 400, server.post, "moderation/mute", data={"target_id": people[1]}, text="user_id must be provided when using server side auth")
