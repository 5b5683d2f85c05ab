from django.urls import path

from kam.billing.views import accounts, agreements, bank, bills, customer, receivables, tariffs

__all__ = ["customer"]  # registers the page of a signed link

app_name = "billing"
urlpatterns = [
    path("tariffs/", tariffs.listing, name="tariffs"),
    path("tariffs/<str:code>/", tariffs.page, name="tariff"),
    path("tariffs/<str:code>/new/", tariffs.add, name="tariff_add"),
    path("money/", receivables.listing, name="receivables"),
    path("money/export/", receivables.export, name="receivables_export"),
    path("money/cash/", receivables.cash, name="cash"),
    path("money/bank/", bank.lines, name="bank"),
    path("money/bank/<int:pk>/", bank.line_act, name="bank_line"),
    path("money/bills/", bills.files, name="bill_files"),
    path("money/closes/", bank.closes, name="closes"),
    path("money/plans/", agreements.plans, name="plans"),
    path("money/prepaid/", agreements.prepaid_list, name="prepaid_list"),
    path("money/account/<str:account_no>/", accounts.page, name="account"),
    path("money/account/<str:account_no>/do/", accounts.page_act, name="account_act"),
    path("money/account/<str:account_no>/pay/", accounts.pay, name="pay"),
    path("money/account/<str:account_no>/plan/", accounts.plan, name="plan_create"),
    path("money/account/<str:account_no>/statement/", accounts.statement_page, name="statement"),
    path("money/account/<str:account_no>/statement/<str:kind>", accounts.statement_file, name="statement_file"),
    path("money/bill/<int:pk>/", bills.page, name="bill"),
    path("money/bill/<int:pk>/do/", bills.page_act, name="bill_act"),
    path("money/payment/<int:pk>/", bills.payment, name="payment"),
    path("money/payment/<int:pk>/do/", bills.payment_act, name="payment_act"),
    path("money/plan/<int:pk>/", agreements.plan, name="plan"),
    path("money/plan/<int:pk>/do/", agreements.plan_act, name="plan_act"),
    path("money/prepaid/<int:pk>/", agreements.prepaid_page, name="prepaid"),
    path("money/prepaid/<int:pk>/do/", agreements.prepaid_act, name="prepaid_act"),
    path("money/acceptance/<int:pk>/", agreements.acceptance_page, name="acceptance"),
    path("money/acceptance/<int:pk>/do/", agreements.acceptance_act, name="acceptance_act"),
]
