"""A form offers what it is handed, and says so at once where that cannot be chosen from."""

import pytest
from django import forms

from kam.core.models import Unit
from kam.lib.choices import offer
from tests.cast import make_cast

pytestmark = pytest.mark.django_db


class Form(forms.Form):
    unit = forms.ModelChoiceField(queryset=Unit.objects.none())
    units = forms.ModelMultipleChoiceField(queryset=Unit.objects.none())
    kind = forms.ChoiceField()
    note = forms.CharField()


def test_rows_and_pairs():
    cast, form = make_cast(), Form()
    offer(form, "unit", Unit.objects.filter(pk=cast.station.pk))
    offer(form, "units", Unit.objects.all())
    offer(form, "kind", ((code, code) for code in "AB"))
    assert form.fields["unit"].clean(str(cast.station.pk)) == cast.station
    assert len(form.fields["units"].clean([str(cast.station.pk)])) == 1
    assert form.fields["kind"].clean("B") == "B"
    with pytest.raises(forms.ValidationError):
        form.fields["unit"].clean(str(cast.other_station.pk))


@pytest.mark.parametrize("name, options", [("unit", [("1", "x")]), ("note", [("1", "x")])])
def test_what_cannot_be_offered(name, options):
    with pytest.raises(TypeError):
        offer(Form(), name, options)
