"""What the company is called in its reports and messages."""

from kam.core.queries import company_name
from kam.core.rules import UNNAMED_COMPANY
from tests.cast import make_cast


def test_the_setting_goes_before_the_units_name_and_no_name_is_no_name(db, settings):
    company = make_cast().company
    assert company.name == UNNAMED_COMPANY
    assert company_name() == ""
    company.name = "江海市供电公司"
    company.save()
    assert company_name() == "江海市供电公司"
    settings.COMPANY_NAME = "江海供电"
    assert company_name() == "江海供电"
