from __future__ import annotations

from django.urls import path

from linli.foundation.people.views import desk, me, security, signing_in

PREFIX = ""
urlpatterns = [
    path("sign-in/", signing_in.sign_in, name="sign_in"),
    path("sign-in/code/", signing_in.code, name="code"),
    path("sign-in/code/more-time/", signing_in.more_time, name="more_time"),
    path("sign-in/code/again/", signing_in.again, name="again"),
    path("sign-in/join/", signing_in.join, name="join"),
    path("sign-in/password/", signing_in.password, name="password_sign_in"),
    path("sign-in/second/", signing_in.second, name="second"),
    path("sign-in/demo/", signing_in.demo, name="demo"),
    path("sign-in/passkey/options/", signing_in.passkey_options, name="passkey_sign_in_options"),
    path("sign-in/passkey/", signing_in.passkey, name="passkey_sign_in"),
    path("sign-out/", signing_in.sign_out, name="sign_out"),
    path("me/security/", security.security, name="security"),
    path("me/security/password/", security.password, name="password"),
    path("me/security/second-factor/", security.second_factor, name="second_factor"),
    path("me/security/passkey/options/", security.passkey_options, name="passkey_options"),
    path("me/security/passkey/", security.passkey, name="passkey"),
    path("me/security/passkey/<int:pk>/remove/", security.remove_passkey, name="remove_passkey"),
    path("me/security/sessions/", security.sessions, name="sessions"),
    path("me/security/sessions/others/end/", security.end_others, name="end_others"),
    path("me/security/sessions/<int:pk>/end/", security.end_session, name="end_session"),
    path("me/profile/", me.profile, name="profile"),
    path("me/profile/phone/", me.new_phone, name="new_phone"),
    path("me/profile/phone/code/", me.new_phone_code, name="new_phone_code"),
    path("me/residency/", me.residency, name="residency"),
    path("me/residency/claim/", me.claim, name="claim_home"),
    path("me/residency/<int:pk>/end/", me.end_residency, name="end_residency"),
    path("me/mandates/", me.mandates, name="mandates"),
    path("me/mandates/act/", me.act_for, name="act_for"),
    path("me/mandates/<int:pk>/", me.answer_mandate, name="answer_mandate"),
    path("desk/people/residencies/", desk.residencies, name="desk_residencies"),
    path("desk/people/residencies/<int:pk>/", desk.decide_residency, name="desk_residency"),
    path("desk/people/roles/", desk.roles, name="desk_roles"),
    path("desk/people/roles/<int:pk>/withdraw/", desk.withdraw_role, name="withdraw_role"),
    path("desk/people/roles/<int:pk>/reset/", desk.reset_second_factor, name="reset_second_factor"),
    path("desk/people/organisations/", desk.organisations, name="desk_organisations"),
    path("desk/people/organisations/new/", desk.organisation, name="desk_organisation_new"),
    path("desk/people/organisations/<int:pk>/", desk.organisation, name="desk_organisation"),
    path("desk/people/mandates/", desk.mandates, name="desk_mandates"),
]
