"""Small pieces that pages use: icons, figures, addresses with one parameter changed."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms, template
from django.forms.boundfield import BoundField, BoundWidget
from django.http import QueryDict
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from kam.core.models import RULE_LABELS
from kam.lib import clock

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """Draw a Tabler icon from the sprite; with `label` it speaks, without it is decoration."""
    spoken = format_html('role="img" aria-label="{}"', label) if label else SafeString('aria-hidden="true"')
    return format_html('<svg class="icon" {}><use href="{}#{}"></use></svg>', spoken, static("icons.svg"), name)


@register.simple_tag(takes_context=True)
def with_query(context: template.Context, **changes: Any) -> str:
    """Return the page's query string with `changes`; None or "" takes a parameter out, and the page number goes."""
    query: QueryDict = context["request"].GET.copy()
    query.pop("page", None)
    for name, value in changes.items():
        if value in (None, ""):
            query.pop(name, None)
        else:
            query[name] = str(value)
    return "?" + query.urlencode()


@register.filter
def figure(value: Any, places: int = 0) -> str:
    """Write a number with thousands separators and `places` decimals; nothing becomes a dash."""
    if value in (None, ""):
        return "–"
    number = Decimal(str(value))
    return "–" if number.is_nan() else f"{number:,.{int(places)}f}"


@register.filter
def percent(value: Any, places: int = 1) -> str:
    """Write a share such as 0.1742 as 17.4 %."""
    return "–" if value in (None, "") else f"{float(value) * 100:,.{int(places)}f} %"


@register.filter
def big_kwh(value: Any) -> str:
    """Write energy the language's way: 3.2 万千瓦时, 32,000 kWh."""
    if value in (None, ""):
        return "–"
    kwh = float(value)
    if str(get_language()).startswith("zh"):
        if abs(kwh) >= 1e8:
            return f"{kwh / 1e8:,.2f} 亿千瓦时"
        return f"{kwh / 1e4:,.1f} 万千瓦时" if abs(kwh) >= 1e4 else f"{kwh:,.0f} 千瓦时"
    return f"{kwh:,.0f} kWh"


@register.filter
def day(value: date | datetime | None) -> str:
    """Write a date in the language's way: 2026年7月3日(周五) / Fri 3 Jul 2026."""
    if value is None:
        return "–"
    on = clock.day_of(value) if isinstance(value, datetime) else value
    if str(get_language()).startswith("zh"):
        return f"{on.year}年{on.month}月{on.day}日(周{'一二三四五六日'[on.weekday()]})"
    return f"{on:%a} {on.day} {on:%b %Y}"


@register.filter
def left(value: date | datetime | None) -> str:
    """Say how long there is until a date: 还有 5 天, today, 3 days late."""
    if value is None:
        return ""
    on = clock.day_of(value) if isinstance(value, datetime) else value
    days = (on - clock.today()).days
    if days == 0:
        return _("today")
    if days > 0:
        return ngettext("%(n)d day left", "%(n)d days left", days) % {"n": days}
    return ngettext("%(n)d day late", "%(n)d days late", -days) % {"n": -days}


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """Look `key` up in a mapping."""
    return mapping.get(key) if mapping else None


@register.simple_tag(takes_context=True)
def with_page(context: template.Context, number: int) -> str:
    """Return the page's query string with another page number."""
    query: QueryDict = context["request"].GET.copy()
    query["page"] = str(number)
    return "?" + query.urlencode()


@register.filter
def as_control(field: BoundField) -> SafeString:
    """Draw a form field with Tabler's class for its kind, and with what it says wrong tied to it."""
    widget = field.field.widget
    kind = "form-control"
    if isinstance(widget, forms.CheckboxInput):
        kind = "form-check-input"
    elif isinstance(widget, forms.Select):
        kind = "form-select"
    attrs: dict[str, str | bool] = {
        "class": " ".join(filter(None, [widget.attrs.get("class", ""), kind, "is-invalid" if field.errors else ""]))
    }
    if field.errors:
        told = [f"{field.auto_id}_helptext"] if field.help_text else []
        attrs["aria-describedby"] = " ".join([*told, f"{field.auto_id}_error"])
    return field.as_widget(attrs=attrs)


@register.filter
def is_choice_list(field: BoundField) -> bool:
    """Tell whether a field is drawn as several boxes under one legend."""
    return isinstance(field.field.widget, (forms.CheckboxSelectMultiple, forms.RadioSelect))


@register.filter
def choice_control(choice: BoundWidget) -> SafeString:
    """Draw one box of several."""
    choice.data["attrs"]["class"] = "form-check-input"
    return SafeString(choice.tag(wrap_label=False))


@register.filter
def rule_label(key: str) -> str:
    """Put a rule's key into words; an unknown one stays as it is."""
    return str(RULE_LABELS.get(key, key))


@register.filter
def rule_value(value: Any) -> str:
    """Write a rule's value the way it is entered."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
