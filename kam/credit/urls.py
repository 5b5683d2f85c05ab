from django.urls import path

from kam.credit.views import account, customer, schemes, supply, tiers, work

__all__ = ["app_name", "customer", "urlpatterns"]  # customer: its page answers a signed link
app_name = "credit"
urlpatterns = [
    path("", work.work, name="work"),
    path("falls/", work.confirm, name="confirm"),
    path("falls/<int:pk>/aside/", work.set_aside, name="set_aside"),
    path("grades/", work.grades, name="grades"),
    path("grades/export/", work.grades_xlsx, name="grades_xlsx"),
    path("warnings/", work.warnings, name="warnings"),
    path("risk/", work.risk, name="risk"),
    path("tiers/", tiers.tiers, name="tiers"),
    path("tiers/accounts/", tiers.tier_list, name="tier_list"),
    path("tiers/board.pdf", tiers.tiers_pdf, name="tiers_pdf"),
    path("tiers/figures.xlsx", tiers.tiers_xlsx, name="tiers_xlsx"),
    path("schemes/", schemes.scheme_list, name="schemes"),
    path("schemes/<int:pk>/", schemes.scheme, name="scheme"),
    path("schemes/<int:pk>/copy/", schemes.copy, name="scheme_copy"),
    path("schemes/<int:pk>/edit/", schemes.edit, name="scheme_edit"),
    path("schemes/<int:pk>/try/", schemes.try_out, name="scheme_try"),
    path("schemes/<int:pk>/propose/", schemes.propose, name="scheme_propose"),
    path("schemes/<int:pk>/decide/", schemes.decide, name="scheme_decide"),
    path("facts/<int:pk>/mend/", account.fact_mend, name="fact_mend"),
    path("facts/<int:pk>/back/", account.fact_take_back, name="fact_take_back"),
    path("overrides/<int:pk>/decide/", account.override_decide, name="override_decide"),
    path("objections/<int:pk>/answer/", account.contest_answer, name="contest_answer"),
    path("measures/<int:pk>/decide/", account.measure_decide, name="measure_decide"),
    path("measures/<int:pk>/end/", account.measure_end, name="measure_end"),
    path("cases/<int:pk>/", supply.case_page, name="case"),
    path("cases/<int:pk>/<slug:to>/", supply.step, name="case_step"),
    path("letters/<int:pk>/", supply.letter, name="letter"),
    path("of/<str:account_no>/", account.account_page, name="account"),
    path("of/<str:account_no>/fact/", account.fact_note, name="fact_note"),
    path("of/<str:account_no>/override/", account.override_propose, name="override_propose"),
    path("of/<str:account_no>/tell/", account.tell, name="tell"),
    path("of/<str:account_no>/measure/", account.measure_propose, name="measure_propose"),
    path("of/<str:account_no>/case/", supply.open_case, name="case_open"),
]
