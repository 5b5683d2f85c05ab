"""Which measures the scheme in force gives an account."""

from kam.accounts.models import Account
from kam.credit.models import CreditRuleSet, Standing
from kam.credit.rules.measures import MeasureKind
from kam.credit.rules.scheme import scheme_of


def allowed(account: Account, rule_set: CreditRuleSet) -> tuple[MeasureKind, ...]:
    """Return the measures that the scheme gives the account's grade; none where it has no grade."""
    standing = Standing.objects.filter(account=account).first()
    if standing is None:
        return ()
    return tuple(MeasureKind(kind) for kind in scheme_of(rule_set.body).measures.get(standing.grade, ()))
