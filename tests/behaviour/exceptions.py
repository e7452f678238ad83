"""Behaviours that are not tested over IRC or in browsers, and why. Everything else is."""

from __future__ import annotations

__all__ = ["NOT_OVER_IRC", "NOT_OVER_WEB"]

_PROMPT = "IRC clients are asked for nothing: they speak first"
_STYLE = "an IRC client decides itself how things look"
_AGAIN = "only their time tells lines shown again from others, and old clients show none: see CHATHISTORY"
_NO_ROOM = "IRC users may be in no room, and nobody is brought into one"
_ENTERED = "IRC users enter rooms themselves"
_SILENT = "IRC is silent where a MODE changes nothing, see tests/irc/test_modes.py"
_NAMED = "on record is what was typed, and IRC clients name the room"
_WORDS = "IRC has a numeric for it, with words of its own"

NOT_OVER_IRC: dict[str, str] = {
    # Whole files.
    "test_display": _STYLE,
    "test_history": _AGAIN,
    "test_reception": _PROMPT,
    "test_search": _AGAIN,
    # Files and classes and tests.
    "test_account_order.AtOnce.test_rooms_of_an_earlier_process_are_remembered_once": _ENTERED,
    "test_accounts.Keeping.test_a_wrong_password": "whoever fails to log in may be a guest of a name that is free",
    "test_accounts.Keeping.test_its_owner_comes_back": "an IRC client says itself how its name is written",
    "test_accounts.Keeping.test_only_where_nobody_listens": "where others listen, SASL is not offered",
    "test_accounts.Keeping.test_it_is_kept": _WORDS,
    "test_budget.Budgeted.test_dear_commands_weigh_more": "notices of several answers run together",
    "test_coming_back.Keeping.test_a_private_registered_room_over_a_restart": _ENTERED,
    "test_coming_back.Keeping.test_rooms": _ENTERED,
    "test_coming_back.Keeping.test_rooms_where_he_was_a_guest_before": _ENTERED,
    "test_coming_back.Keeping.test_that_he_was_away": _WORDS,
    "test_coming_back.Keeping.test_where_an_exception_saves_him_from_a_ban_over_a_restart": _ENTERED,
    "test_coming_back.LoggingOut.test_another_name_is_chosen": _PROMPT,
    "test_coming_back.Waiting.test_marked_so": _AGAIN,
    "test_coming_back.Waiting.test_they_are_part_of_private_history": _AGAIN,
    "test_fairness.Turns.test_dear_lines_end_the_share_before": "what is said does not pass the table of commands",
    "test_moderation.Kicking.test_the_victim_without_another_room_is_sent_to_the_lobby": _NO_ROOM,
    "test_moderation.Kicking.test_who_is_kicked_from_the_lobby_has_no_room_and_can_say_so": _NO_ROOM,
    "test_moderation.Locked.test_neither_its_members_nor_its_topic": _WORDS,
    "test_names.Naming.test_it_is_asked_for": _PROMPT,
    "test_names.Naming.test_the_greeting_tells_how_many_are_online": _PROMPT,
    "test_names.Renaming.test_the_same_name_again_is_not_announced": "nothing happens, and nothing is said",
    "test_names.Whois.test_rooms_idle_time_and_absence": "idle is who says nothing, whatever else he does",
    "test_oversight.Recorded.test_a_database_that_does_not_answer_stops_nothing": _NAMED,
    "test_oversight.Recorded.test_a_room_that_lasts": _NAMED,
    "test_oversight.Recorded.test_another_founder": _NAMED,
    "test_oversight.Recorded.test_each_act": _NAMED,
    "test_oversight.Reporting.test_operators_are_told": "the server knows of no current room",
    "test_own_account.Absent.test_to_an_operator_who_is_here": _WORDS,
    "test_own_account.Asking.test_export_has_everything": "it is written as objects where there are objects",
    "test_own_account.Asking.test_who_does_not_read_is_not_sent_it_all": "likewise",
    "test_own_account.Ending.test_what_was_said_is_nobodys": _AGAIN,
    "test_ranks.Ranking.test_a_topic_that_is_too_long": "IRC cuts it, see tests/irc/test_words.py",
    "test_ranks.Ranking.test_given_and_taken": _SILENT,
    "test_ranks.Ranking.test_refusals": _SILENT,
    "test_room_access.Ending.test_only_the_founder_deletes_and_everybody_is_sent_home": _NO_ROOM,
    "test_room_access.Kept.test_a_private_room_is_hidden_and_closed": _WORDS,
    "test_room_modes.Entering.test_who_has_a_rank_comes_back_uninvited": "his rank is told by a MODE of its own",
    "test_rooms.Entering.test_leaving_returns_to_the_lobby": _NO_ROOM,
    "test_rooms.Entering.test_the_last_room_cannot_be_left": _NO_ROOM,
    "test_rooms.Entering.test_who_left_the_lobby_comes_back_with_the_last_room": _NO_ROOM,
    "test_rooms.Entering.test_errors_are_one_line_and_the_session_survives": "JOIN takes several rooms",
    "test_talk.Aloud.test_control_characters_in_a_farewell": "IRC leaves them out, see tests/irc/test_words.py",
    "test_talk.Aloud.test_length": "a line of IRC is shorter: what is longer comes in pieces, see tests/irc",
    "test_talk.InPrivate.test_errors": _WORDS,
    "test_talk.InPrivate.test_the_sender_is_told_of_absence": _WORDS,
}
"""A file, or one of its tests, and the reason."""

NOT_OVER_WEB: dict[str, str] = {"test_certificates": "browsers are not asked for a certificate"}
