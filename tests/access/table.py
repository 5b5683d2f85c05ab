"""Every address of the product, and what each of the cast is answered there (SYS-1, RELIABILITY S1).

A new address is added here by whoever makes it; test_table.py fails until it is. One line is one address:

    url name | of | method | one cell for each of the cast, in the order of the head

`of` is what the address takes. `-` is nothing; any other word names a function in rows.py that returns the arguments
for Li's row ("own", in the first district), for Zhao's ("other", in the second district) and for one that does not
exist. A cell has one letter where the address takes nothing, and two, own and other, where it takes a row:

    v  it is answered (200, or a redirect after a POST)      f  403: seen, but not theirs to do
    n  404: out of scope or absent, which look the same; also an empty POST to what answers nothing to it

Not in the table, because always the same: the absent row is 404 for everyone; who is not signed in is sent to the
sign-in page; a POST address answers GET with 405.

`method` is GET, POST (an action: GET is 405), or BOTH (a form: the table holds for GET and for an empty POST).
Beside the status, no page that somebody out of Zhao's district is shown may hold Zhao's customer's name or number, and
the other way round: so lists, searches, counts and files are covered as well.

PUBLIC needs no sign-in. SIGN are allauth's pages about one's own access; tests/core/test_sign_in.py has their tests.
"""

HEAD = ["li", "wang", "station_staff", "zhao", "chen", "planner", "credit", "sun", "boss", "auditor", "admin"]

PUBLIC = {
    "api_bill",
    "api_bills",
    "api_openapi",
    "api_payments",
    "api_request",
    "api_requests",
    "calendar_feed",
    "customer",
    "customer_part",
    "notifications:receipt",
    "live",
    "ready",
    "set_language",
    "account_login",
    "mfa_authenticate",
    "visits:manifest",
    "worker",
}
SIGN = {
    "account_logout",
    "account_reauthenticate",
    "account_change_password",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
}

TABLE = """
url name                    | of         | method | li wang liu zhao chen plan cred sun boss audi admi
home                        | -          | GET    | v  v    v   v    v    v    v    v   v    v    v

core:staff                  | -          | GET    | f  f    f   f    f    f    f    v   v    v    v
core:staff_export           | -          | POST   | f  f    f   f    f    f    f    f   f    f    n
core:user_create            | -          | BOTH   | f  f    f   f    f    f    f    f   f    f    v
core:user                   | user       | BOTH   | nn nn   nn  nf   fn   fn   fn   fn  ff   ff   vv
core:posts                  | user       | BOTH   | nn nn   nn  nf   fn   fn   fn   fn  ff   ff   vv
core:user_password          | user       | POST   | nn nn   nn  nf   fn   fn   fn   fn  ff   ff   vv
core:user_factor            | user       | POST   | nn nn   nn  nf   fn   fn   fn   fn  ff   ff   vv
core:unit_create            | -          | BOTH   | f  f    f   f    f    f    f    f   f    f    v
core:unit                   | unit       | BOTH   | fn fn   fn  nf   fn   fn   fn   fn  ff   ff   vv
core:absences               | -          | GET    | v  v    f   v    f    f    f    v   f    f    f
core:absence_create         | -          | BOTH   | v  v    f   v    f    f    f    v   f    f    f
core:absence_end            | absence    | POST   | vn fn   nn  nv   nn   nn   nn   vn  ff   ff   ff
core:rules                  | -          | GET    | v  v    v   v    v    v    v    v   v    v    v
core:rule_add               | rule       | BOTH   | ff ff   ff  ff   ff   ff   ff   ff  ff   ff   vv
core:audit                  | -          | GET    | f  f    f   f    f    f    f    f   f    v    f
core:audit_export           | -          | POST   | f  f    f   f    f    f    f    f   f    v    f
core:my_calendar            | -          | GET    | v  v    v   v    v    v    v    v   v    v    v
core:feed_make              | -          | POST   | v  v    v   v    v    v    v    v   v    v    v
core:feed_revoke            | feed       | POST   | vn nn   nn  nv   nn   nn   nn   nn  nn   nn   nn
core:job                    | job        | GET    | vn nn   nn  nv   nn   nn   nn   nn  nn   nn   nn

accounts:list               | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
accounts:search             | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
accounts:view_save          | -          | POST   | v  v    v   v    v    v    v    v   v    v    f
accounts:view_drop          | saved_view | POST   | vn nn   nn  nv   nn   nn   nn   nn  nn   nn   ff
accounts:export             | -          | POST   | n  n    f   n    f    f    n    n   n    f    f
accounts:export_done        | export     | GET    | vn nn   ff  nv   ff   ff   nn   nn  nn   ff   ff
accounts:export_file        | export     | GET    | vn nn   ff  nv   ff   ff   nn   nn  nn   ff   ff
accounts:create             | -          | BOTH   | v  v    f   v    v    f    f    v   f    f    f
accounts:handover           | -          | BOTH   | f  f    f   f    f    f    f    v   f    f    f
accounts:edit               | account    | BOTH   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
accounts:team               | account    | BOTH   | fn nn   fn  nf   fn   fn   fn   vn  ff   ff   nn
accounts:production         | account    | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
accounts:preference_create  | account    | BOTH   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
accounts:preference_edit    | preference | BOTH   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
accounts:preference_drop    | preference | POST   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
accounts:plan_create        | account    | BOTH   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
accounts:plan_edit          | plan       | BOTH   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
accounts:plan_drop          | plan       | POST   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
accounts:contact_create     | account    | BOTH   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
accounts:contact_edit       | contact    | BOTH   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
accounts:contact_active     | contact    | POST   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
accounts:contact_reveal     | contact    | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
accounts:group_create       | -          | BOTH   | v  v    f   v    v    f    f    v   f    f    f
accounts:group_edit         | group      | BOTH   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn

reports:account             | account    | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
reports:account_timeline    | account    | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
reports:groups              | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
reports:groups_export       | -          | POST   | n  n    f   n    f    f    n    n   n    f    f
reports:group               | group      | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
reports:account_imports     | -          | BOTH   | f  f    f   f    f    f    f    v   f    f    f
reports:account_import_example | example    | GET    | ff ff   ff  ff   ff   ff   ff   vv  ff   ff   ff
reports:account_import      | sent_file  | GET    | nn nn   nn  nf   nn   nn   nn   vn  ff   ff   nn
reports:account_import_start | sent_file  | POST   | nn nn   nn  nf   nn   nn   nn   vn  ff   ff   nn
reports:account_import_undo | sent_file  | POST   | nn nn   nn  nf   nn   nn   nn   vn  ff   ff   nn
reports:account_import_rejects | rejects    | GET    | nn nn   nn  nf   nn   nn   nn   vn  ff   ff   nn

network:tree                | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
network:line                | line       | GET    | vn vn   vn  nv   vn   vn   vn   vn  vv   vv   nn
network:substation          | substation | GET    | vn vn   vn  nv   vn   vn   vn   vn  vv   vv   nn
network:substation_create   | -          | BOTH   | f  f    f   f    f    v    f    v   f    f    f
network:substation_edit     | substation | BOTH   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
network:line_create         | -          | BOTH   | f  f    f   f    f    v    f    v   f    f    f
network:line_edit           | line       | BOTH   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
network:point_edit          | point      | BOTH   | fn nn   fn  nf   fn   vn   fn   vn  ff   ff   nn
network:imports             | -          | BOTH   | f  f    f   f    f    v    f    v   f    f    f
network:import_example      | example    | GET    | ff ff   ff  ff   ff   vv   ff   vv  ff   ff   ff
network:import              | sent_network | GET  | nn nn   nn  nf   nn   vn   nn   nn  ff   ff   nn
network:import_start        | sent_network | POST | nn nn   nn  nf   nn   vn   nn   nn  ff   ff   nn
network:import_rejects      | network_rejects | GET | nn nn nn  nf   nn   vn   nn   nn  ff   ff   nn

outages:board               | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:calendar            | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:calendar_events     | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:calendar_panel      | outage     | GET    | vn vn   vn  nv   vn   vn   vn   vn  vv   vv   nn
outages:place               | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:past                | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:past_export         | -          | POST   | n  n    f   n    f    f    n    n   n    f    f
outages:create              | -          | BOTH   | f  f    f   f    f    v    f    v   f    f    f
outages:preview             | -          | GET    | f  f    f   f    f    v    f    v   f    f    f
outages:outage              | outage     | GET    | vn vn   vn  nv   vn   vn   vn   vn  vv   vv   nn
outages:edit                | outage     | BOTH   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:consult             | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:agree               | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:announce            | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:answers             | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:consultation        | consultation | GET  | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
outages:answer_note         | consultation | POST | vn nn   fn  nv   vn   vn   fn   vn  ff   ff   nn
outages:answer_try          | consultation | POST | vn nn   fn  nv   vn   vn   fn   vn  ff   ff   nn
outages:answer_settle       | consultation | POST | fn nn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:answer_file         | answer     | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
outages:acknowledge         | notice     | POST   | vn nn   fn  nv   vn   vn   fn   vn  ff   ff   nn
outages:cancel              | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:recompute           | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:windows             | outage     | GET    | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:take_window         | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:override_propose    | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:override_decide     | override   | POST   | fn fn   fn  nf   fn   fn   fn   vn  ff   ff   nn
outages:move                | outage     | BOTH   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:quarter             | -          | BOTH   | f  f    f   f    f    v    f    v   f    f    f
outages:quarter_result      | placement  | GET    | ff ff   ff  ff   ff   vn   ff   nn  ff   ff   ff
outages:quarter_take        | placement  | POST   | ff ff   ff  ff   ff   vn   ff   nn  ff   ff   ff
outages:protected           | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:protected_remove    | protected  | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:site                | outage     | GET    | fn fn   vn  nf   fn   vn   fn   vn  ff   ff   nn
outages:begin               | outage     | POST   | fn fn   vn  nf   fn   vn   fn   vn  ff   ff   nn
outages:restore             | outage     | POST   | fn fn   vn  nf   fn   vn   fn   vn  ff   ff   nn
outages:extend              | outage     | POST   | fn fn   vn  nf   fn   vn   fn   vn  ff   ff   nn
outages:news                | outage     | POST   | fn fn   vn  nf   fn   vn   fn   vn  ff   ff   nn
outages:close               | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:result              | outage     | GET    | vn vn   vn  nv   vn   vn   vn   vn  vv   vv   nn
outages:tell                | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:receipts            | outage     | GET    | vn vn   vn  nv   vn   vn   vn   vn  vv   vv   nn
outages:tell_again          | outage     | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:fault               | -          | BOTH   | f  f    f   f    f    v    f    v   f    f    f
outages:call                | -          | BOTH   | f  f    f   f    f    v    f    v   f    f    f
outages:outlooks            | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:outlook_create      | -          | BOTH   | f  f    f   f    f    v    f    v   f    f    f
outages:outlook             | outlook    | GET    | vn vn   vn  nv   vn   vn   vn   vn  vv   vv   nn
outages:outlook_again       | outlook    | POST   | fn fn   fn  nf   fn   vn   fn   vn  ff   ff   nn
outages:promises            | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:promises_export     | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:reliability         | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:interruptions       | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
outages:reliability_export  | -          | GET    | v  v    v   v    v    v    v    v   v    v    f

desk:queue                  | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
desk:export                 | -          | POST   | n  n    f   n    f    f    n    n   n    f    f
desk:desk                   | -          | BOTH   | v  v    v   v    v    v    v    v   f    f    f
desk:request                | desk_request | GET  | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
desk:attachment             | desk_file  | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
desk:handover_decide        | desk_handover | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:tell_part              | desk_part  | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:in_hand                | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:assign                 | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:note                   | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:answer                 | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:handover               | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:ask_help               | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:pause                  | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:resume                 | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:call_back              | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:send_link              | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:close                  | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:reopen                 | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:about                  | desk_request | BOTH   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:unlink                 | desk_link  | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:merge                  | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:unmerge                | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:attach                 | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:reveal                 | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
visits:list                 | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
visits:export               | -          | POST   | n  n    f   n    f    f    n    n   n    f    f
visits:plan                 | account    | BOTH   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:visit                | visit      | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
visits:sheet                | visit      | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
visits:sheet_pdf            | visit      | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
visits:tell                 | visit      | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:confirm              | visit      | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:accept               | visit      | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:move                 | visit      | BOTH   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:cancel               | visit      | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:review               | visit      | POST   | fn nn   fn  nf   fn   fn   fn   vn  ff   ff   nn
visits:ask                  | visit      | POST   | fn nn   fn  nf   fn   fn   fn   vn  ff   ff   nn
visits:reply                | visit      | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:followed_up          | visit      | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:photo                | visit_photo | GET   | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
visits:next                 | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
visits:plan_them            | -          | POST   | v  v    v   v    v    f    f    v   f    f    f
visits:quota                | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
visits:quota_accounts       | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
visits:unseen               | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
visits:calendar             | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
visits:calendar_events      | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
visits:calendar_panel       | visit      | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
visits:place                | visit      | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:symposia             | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
visits:symposium_create     | -          | BOTH   | v  v    v   v    v    f    f    v   f    f    f
visits:symposium            | symposium  | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
visits:symposium_guests     | symposium  | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:symposium_invite     | symposium  | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:symposium_hold       | symposium  | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:symposium_cancel     | symposium  | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:symposium_add_file   | symposium  | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:symposium_file       | symposium_file | GET | vn nn  vn  nv   vn   vn   vn   vn  vv   vv   nn
visits:symposium_request    | symposium_guest | POST | vn nn vn nv   vn   fn   fn   vn  ff   ff   nn
visits:phone                | -          | GET    | v  v    v   v    v    f    f    v   f    f    f
visits:phone_pack           | -          | GET    | v  v    v   v    v    f    f    v   f    f    f
visits:phone_new            | account    | BOTH   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:phone_log            | visit_uid  | BOTH   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:phone_arrive         | visit_uid  | POST   | vn nn   vn  nv   vn   fn   fn   vn  ff   ff   nn
visits:phone_photo          | visit_uid  | POST   | nn nn   nn  nn   nn   fn   fn   nn  ff   ff   nn

desk:field                  | -          | GET    | v  v    v   v    v    v    v    v   f    f    f
desk:field_pack             | -          | GET    | v  v    v   v    v    v    v    v   f    f    f
desk:crews                  | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
desk:crew_create            | -          | BOTH   | f  f    v   f    f    f    f    v   f    f    f
desk:crew_edit              | desk_crew  | BOTH   | fn fn   vn  nf   fn   fn   fn   vn  ff   ff   nn
desk:promises               | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
desk:figures                | -          | GET    | v  v    v   v    v    v    v    v   v    v    v
desk:templates              | -          | GET    | v  v    v   v    v    v    v    v   v    v    v
desk:template_add           | desk_template | BOTH   | ff ff   ff  ff   vv   ff   ff   vv  ff   ff   ff
desk:mail_file              | desk_mail_file | GET    | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:promise                | desk_promise | GET    | vv vv   vv  vv   vv   vv   vv   vv  vv   vv   ff
desk:figure_add             | desk_figure | BOTH   | ff ff   ff  ff   ff   ff   ff   ff  ff   ff   vv
desk:mails                  | -          | GET    | v  v    v   v    v    v    v    v   f    f    f
desk:mail                   | desk_mail  | BOTH   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:mail_drop              | desk_mail  | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:canned                 | -          | BOTH   | f  f    f   f    v    f    f    v   f    f    f
desk:canned_edit            | desk_canned | BOTH   | ff ff   ff  ff   vv   ff   ff   vv  ff   ff   ff
desk:tokens                 | -          | BOTH   | f  f    f   f    f    f    f    f   f    f    v
desk:token_revoke           | desk_token | POST   | nn nn   nn  nn   nn   nn   nn   nn  nn   nn   vv
desk:apply                  | account    | BOTH   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:application            | desk_application | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
desk:step                   | desk_application | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:appoint                | desk_application | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:scheme_add             | desk_application | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:application_send       | desk_application | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:document               | desk_document | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:judge                  | desk_document | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:appointment_agreed     | desk_survey | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:surveyed               | desk_survey | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:scheme_choose          | desk_scheme | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:dispatch               | desk_request | BOTH   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:place                  | desk_request | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:job                    | desk_job   | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
desk:arrive                 | desk_job   | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:finish                 | desk_job   | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn
desk:call_off               | desk_job   | POST   | vn nn   vn  nv   vn   vn   vn   vn  ff   ff   nn

metering:batches            | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
metering:batches_export     | -          | POST   | n  n    f   n    f    f    n    n   n    f    f
metering:upload             | -          | BOTH   | v  v    v   v    f    f    f    v   f    f    f
metering:batch              | batch      | GET    | vn nn   nn  nv   nn   nn   nn   nn  vv   vv   nn
metering:take_in            | batch      | POST   | vn nn   nn  nv   nn   nn   nn   nn  ff   ff   nn
metering:drop               | batch      | POST   | vn nn   nn  nv   nn   nn   nn   nn  ff   ff   nn
metering:rejects            | batch      | GET    | vn nn   nn  nv   nn   nn   nn   nn  vv   vv   nn
metering:file               | batch      | GET    | vn nn   nn  nv   nn   nn   nn   nn  vv   vv   nn
metering:meter              | meter      | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
metering:meter_day          | meter_day  | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
metering:calendars          | -          | GET    | v  v    v   v    v    v    v    v   v    v    v
metering:calendar           | calendar   | GET    | vv vv   vv  vv   vv   vv   vv   vv  vv   vv   vv
metering:calendar_add       | calendar   | BOTH   | ff ff   ff  ff   ff   ff   ff   ff  ff   ff   vv
equipment:due               | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
equipment:of_account        | account    | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
equipment:create            | account    | BOTH   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
equipment:page              | equipment  | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
equipment:edit              | equipment  | BOTH   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
equipment:tested            | equipment  | POST   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
equipment:remove            | equipment  | POST   | vn nn   fn  nv   vn   fn   fn   vn  ff   ff   nn
billing:tariffs             | -          | GET    | v  v    v   v    v    v    v    v   v    v    v
billing:tariff              | tariff     | GET    | vv vv   vv  vv   vv   vv   vv   vv  vv   vv   vv
billing:tariff_add          | tariff     | BOTH   | ff ff   ff  ff   ff   ff   ff   ff  ff   ff   vv
billing:receivables         | -          | GET    | v  v    f   v    v    f    v    v   v    v    f
billing:receivables_export  | -          | POST   | v  v    f   v    f    f    v    v   v    f    f
billing:cash                | -          | GET    | v  v    f   v    v    f    v    v   v    v    f
billing:plans               | -          | GET    | v  v    f   v    v    f    v    v   v    v    f
billing:prepaid_list        | -          | GET    | v  v    f   v    v    f    v    v   v    v    f
billing:bank                | -          | BOTH   | f  f    f   f    f    f    v    v   f    f    f
billing:bank_line           | bank_line  | POST   | nn nn   fn  nn   fn   fn   nn   nn  ff   ff   nn
billing:bill_files          | -          | BOTH   | f  f    f   f    f    f    v    v   f    f    f
billing:closes              | -          | BOTH   | f  f    f   f    f    f    f    f   f    f    f
billing:account             | account    | GET    | vn nn   fn  nv   vn   fn   vn   vn  vv   vv   nn
billing:account_act         | account    | POST   | nn nn   fn  nn   nn   fn   nn   nn  nn   nn   nn
billing:pay                 | account    | BOTH   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
billing:plan_create         | account    | BOTH   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
billing:statement           | account    | GET    | vn nn   fn  nv   vn   fn   vn   vn  vv   vv   nn
billing:statement_file      | statement_file | GET    | vn nn   fn  nv   vn   fn   vn   vn  vv   vv   nn
billing:bill                | bill       | GET    | vn nn   fn  nv   vn   fn   vn   vn  vv   vv   nn
billing:bill_act            | bill       | POST   | nn nn   fn  nn   nn   fn   nn   nn  nn   nn   nn
billing:payment             | payment    | GET    | vn nn   fn  nv   vn   fn   vn   vn  vv   vv   nn
billing:payment_act         | payment    | POST   | nn nn   fn  nn   nn   fn   nn   nn  nn   nn   nn
billing:plan                | payment_plan | GET    | vn nn   fn  nv   vn   fn   vn   vn  vv   vv   nn
billing:plan_act            | payment_plan | POST   | nn nn   fn  nn   nn   fn   nn   nn  nn   nn   nn
billing:prepaid             | prepaid    | GET    | vn nn   fn  nv   vn   fn   vn   vn  vv   vv   nn
billing:prepaid_act         | prepaid    | POST   | nn nn   fn  nn   nn   fn   nn   nn  nn   nn   nn
billing:acceptance          | acceptance | GET    | vn nn   fn  nv   vn   fn   vn   vn  vv   vv   nn
billing:acceptance_act      | acceptance | POST   | nn nn   fn  nn   nn   fn   nn   nn  nn   nn   nn

credit:work                 | -          | GET    | v  v    f   v    f    f    v    v   v    v    f
credit:confirm              | -          | POST   | f  f    f   f    f    f    v    v   f    f    f
credit:set_aside            | fall       | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
credit:grades               | -          | GET    | v  v    f   v    f    f    v    v   v    v    f
credit:grades_xlsx          | -          | GET    | v  v    f   v    f    f    v    v   v    f    f
credit:warnings             | -          | GET    | v  v    f   v    f    f    v    v   v    v    f
credit:risk                 | -          | GET    | v  v    f   v    f    f    v    v   v    v    f
credit:tiers                | -          | GET    | f  f    f   f    f    f    v    v   v    v    f
credit:tier_list            | -          | GET    | f  f    f   f    f    f    v    v   v    v    f
credit:tiers_pdf            | -          | GET    | f  f    f   f    f    f    v    v   v    v    f
credit:tiers_xlsx           | -          | GET    | f  f    f   f    f    f    v    v   v    v    f
credit:schemes              | -          | GET    | v  v    f   v    f    f    v    v   v    v    f
credit:scheme               | scheme     | GET    | vv vv   nn  vv   nn   nn   vv   vv  vv   vv   nn
credit:scheme_copy          | scheme     | POST   | ff ff   nn  ff   nn   nn   vv   ff  ff   ff   nn
credit:scheme_edit          | scheme     | BOTH   | ff ff   nn  ff   nn   nn   vv   ff  ff   ff   nn
credit:scheme_try           | scheme     | POST   | ff ff   nn  ff   nn   nn   vv   ff  ff   ff   nn
credit:scheme_propose       | scheme     | POST   | ff ff   nn  ff   nn   nn   vv   ff  ff   ff   nn
credit:scheme_decide        | scheme     | POST   | ff ff   nn  ff   nn   nn   ff   vv  vv   ff   nn
credit:account              | account    | GET    | vn nn   fn  nv   fn   fn   vn   vn  vv   vv   nn
credit:fact_note            | account    | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
credit:fact_mend            | conduct    | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
credit:fact_take_back       | conduct    | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
credit:override_propose     | account    | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
credit:override_decide      | other_grade | POST  | fn nn   fn  nf   fn   fn   fn   vn  vv   ff   nn
credit:contest_answer       | contest    | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
credit:tell                 | account    | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
credit:measure_propose      | account    | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
credit:measure_decide       | measure    | POST   | fn nn   fn  nf   fn   fn   fn   vn  vv   ff   nn
credit:measure_end          | measure    | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
credit:case_open            | account    | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn
credit:case                 | case       | GET    | vn nn   fn  nv   fn   fn   vn   vn  vv   vv   nn
credit:letter               | letter     | GET    | vn nn   fn  nv   fn   fn   vn   vn  vv   vv   nn
credit:case_step            | case_step  | POST   | fn nn   fn  nf   fn   fn   vn   vn  ff   ff   nn

reports:list                | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
reports:list_export         | -          | POST   | n  n    f   n    f    f    n    n   n    f    f
reports:batches             | -          | BOTH   | f  f    f   f    f    f    f    v   f    f    f
reports:batch               | report_batch | GET  | nn nn   fn  nn   fn   fn   fn   vn  ff   ff   nn
reports:analysis            | account    | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
reports:load_charts         | account    | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
reports:order               | account    | POST   | vn nn   fn  nv   vn   fn   vn   vn  ff   ff   nn
reports:detail              | report     | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
reports:pdf                 | report     | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
reports:xlsx                | report     | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
reports:review              | report     | POST   | vn nn   fn  nv   fn   fn   fn   vn  ff   ff   nn

notifications:queue         | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
notifications:queue_export  | -          | POST   | n  n    f   n    f    f    n    n   n    f    f
notifications:message       | message    | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
notifications:to_call_list  | message    | POST   | fn nn   fn  nf   vn   vn   vn   vn  ff   ff   nn
notifications:other_way     | message    | POST   | fn nn   fn  nf   vn   vn   vn   vn  ff   ff   nn
notifications:withdraw      | message    | POST   | fn nn   fn  nf   vn   vn   vn   vn  ff   ff   nn
notifications:paper         | message    | POST   | fn nn   fn  nf   vn   vn   vn   vn  ff   ff   nn
notifications:retry         | delivery   | POST   | fn nn   fn  nf   vn   vn   vn   vn  ff   ff   nn
notifications:proof         | proof      | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
notifications:calls         | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
notifications:call          | call       | GET    | vn nn   vn  nv   vn   vn   vn   vn  vv   vv   nn
notifications:call_take     | call       | POST   | fn nn   fn  nf   vn   vn   vn   vn  ff   ff   nn
notifications:call_note     | call       | POST   | fn nn   fn  nf   vn   vn   vn   vn  ff   ff   nn
notifications:call_give_up  | call       | POST   | fn nn   fn  nf   vn   vn   vn   vn  ff   ff   nn
notifications:templates     | -          | GET    | v  v    v   v    v    v    v    v   v    v    f
notifications:template      | template   | GET    | vv vv   vv  vv   vv   vv   vv   vv  vv   vv   nn
notifications:robots        | -          | GET    | f  f    f   f    f    f    f    f   f    f    v
notifications:robot_create  | -          | BOTH   | f  f    f   f    f    f    f    f   f    f    v
notifications:robot         | robot      | BOTH   | nn nn   nn  nn   nn   nn   nn   nn  nn   nn   vv
notifications:inbox         | -          | GET    | v  v    v   v    v    v    v    v   v    v    v
notifications:inbox_count   | -          | GET    | v  v    v   v    v    v    v    v   v    v    v
notifications:inbox_read    | inbox      | POST   | vn nn   nn  nv   nn   nn   nn   nn  nn   nn   nn
status                      | -          | GET    | f  f    f   f    f    v    f    v   f    v    v
metrics                     | -          | GET    | f  f    f   f    f    v    f    v   f    v    v
"""
