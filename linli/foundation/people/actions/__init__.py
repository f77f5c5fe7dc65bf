"""The verbs of people: sign in, secure, live somewhere, hold a role, act for another. The only code that writes."""

from linli.foundation.people.actions.mandates import (
    accept_mandate,
    act_for,
    give_mandate,
    withdraw_mandate,
    witness_mandate,
)
from linli.foundation.people.actions.organisations import close_organisation, save_organisation
from linli.foundation.people.actions.profile import change_phone, update_profile
from linli.foundation.people.actions.residency import (
    claim_residency,
    confirm_residency,
    end_residency,
    reject_residency,
)
from linli.foundation.people.actions.roles import give_role, register_person, withdraw_role
from linli.foundation.people.actions.security import (
    confirm_second_factor,
    drop_second_factor,
    end_other_sign_ins,
    end_sign_in,
    fresh_recovery_codes,
    register_passkey,
    remove_passkey,
    remove_password,
    reset_second_factor,
    set_password,
    start_second_factor,
)
from linli.foundation.people.actions.signing_in import (
    ask_code,
    check_passkey,
    check_password,
    check_second_factor,
    extend_code,
    join,
    open_door,
    proven,
    sign_out,
    spend,
    try_code,
)

__all__ = [
    "accept_mandate", "act_for", "ask_code", "change_phone", "check_passkey", "check_password", "check_second_factor",
    "claim_residency", "close_organisation", "confirm_residency", "confirm_second_factor",
    "drop_second_factor", "end_other_sign_ins", "end_residency", "end_sign_in", "extend_code",
    "fresh_recovery_codes", "give_mandate", "give_role", "join", "open_door", "proven", "register_passkey",
    "register_person", "reject_residency", "remove_passkey", "remove_password", "reset_second_factor",
    "save_organisation", "set_password", "sign_out", "spend", "start_second_factor", "try_code",
    "update_profile", "withdraw_mandate", "withdraw_role", "witness_mandate",
]
