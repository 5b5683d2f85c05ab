"""The first wording of what customers are told about money: never threatening, one text message where it can be."""

from kam.billing.rules.asking import Kind
from kam.notifications.rules.first_texts import Texts, Wording
from kam.notifications.rules.texts import Form

EXAMPLES = {
    "amount": "12,345.60",
    "bill": "3200001-202610",
    "month": "2026年10月",
    "due": "11月20日",
    "until": "11月10日",
    "kwh": "320,000",
    "expected": "286,000.00",
    "balance": "52,300.00",
    "runs_out": "12月3日",
    "invoice": "24442000000012345678",
}


def _texts(zh: tuple[str, str, str, str], en: tuple[str, str, str, str]) -> Texts:
    found = {}
    for language, (short, subject, long, spoken) in (("zh-hans", zh), ("en", en)):
        found[language, Form.SHORT] = Wording(short)
        found[language, Form.LONG] = Wording(long, subject)
        found[language, Form.SPOKEN] = Wording(spoken)
    return found


_ZH_END = "\n\n咨询电话 {phone}。\n\n{company}"
_EN_END = "\n\nQuestions? Call {phone}.\n\n{company}"

TEXTS: dict[str, Texts] = {
    Kind.READING: _texts(
        (
            "【{company}】{month}截至{until}用电{kwh}千瓦时，电费约{amount}元，全月预计{expected}元。",
            "{month}用电情况（截至{until}）",
            "{customer}：\n\n贵单位 {month} 截至 {until} 用电 {kwh} 千瓦时，电费约 {amount} 元；"
            "照此用电，全月电费预计 {expected} 元。供安排资金参考，以账单为准。" + _ZH_END,
            "您好，我是{company}。贵单位{month}截至{until}用电{kwh}千瓦时，电费约{amount}元，全月预计{expected}元。",
        ),
        (
            "{company}: {month} to {until}: {kwh} kWh, about CNY {amount}; whole month about {expected}.",
            "Your energy in {month}, to {until}",
            "{customer},\n\nIn {month} you have used {kwh} kWh to {until}, about CNY {amount}. At this rate the month "
            "comes to about CNY {expected}. This is to help you plan; the bill decides." + _EN_END,
            "Good day, this is {company}. To {until} you have used {kwh} kWh in {month}, about {amount} yuan.",
        ),
    ),
    Kind.BILL: _texts(
        (
            "【{company}】{month}电费{amount}元，请于{due}前交纳。明细：{link}",
            "{month}电费账单",
            "{customer}：\n\n贵单位 {month} 电费 {amount} 元（账单 {bill}），最后交费日 {due}。\n\n"
            "每一项的计算过程见下面的链接，打开后请确认收到：\n{link}" + _ZH_END,
            "您好，我是{company}。贵单位{month}电费{amount}元，最后交费日{due}。请问您贵姓？我记录由您接收账单。",
        ),
        (
            "{company}: bill for {month}: CNY {amount}, due {due}. Details: {link}",
            "Your bill for {month}",
            "{customer},\n\nYour bill for {month} ({bill}) is CNY {amount}, due on {due}.\n\nHow each line is made, "
            "and a button to say that you have it:\n{link}" + _EN_END,
            "Good day, this is {company}. Your bill for {month} is {amount} yuan, due on {due}. May I note your name?",
        ),
    ),
    Kind.INVOICE: _texts(
        (
            "【{company}】{month}电费发票已开具，号码{invoice}。下载：{link}",
            "{month}电费发票 {invoice}",
            "{customer}：\n\n贵单位 {month} 电费 {amount} 元的发票已开具，号码 {invoice}。\n\n"
            "请打开链接确认收到：\n{link}" + _ZH_END,
            "您好，我是{company}。贵单位{month}电费发票已开具，号码{invoice}。请问您贵姓？我记录由您签收。",
        ),
        (
            "{company}: the invoice for {month} is {invoice}. Details: {link}",
            "Invoice {invoice} for {month}",
            "{customer},\n\nThe invoice for {month}, CNY {amount}, is {invoice}.\n\n"
            "Please say that you have it:\n{link}" + _EN_END,
            "Good day, this is {company}. The invoice for {month} is number {invoice}. May I note your name?",
        ),
    ),
    Kind.REMINDER: _texts(
        (
            "【{company}】{month}电费尚有{amount}元，最后交费日{due}。如已交纳请忽略。",
            "电费交纳提醒：{due}前",
            "{customer}：\n\n贵单位 {month} 电费（账单 {bill}）尚有 {amount} 元未到账，最后交费日 {due}。"
            "如已交纳，请忽略本提醒。" + _ZH_END,
            "您好，我是{company}。提醒您{month}电费尚有{amount}元，最后交费日{due}。如已交纳，请忽略。",
        ),
        (
            "{company}: CNY {amount} of the bill for {month} is due on {due}. Paid already? Then ignore this.",
            "Due on {due}: your bill for {month}",
            "{customer},\n\nCNY {amount} of your bill for {month} ({bill}) has not reached us yet; it is due on {due}."
            " If you have paid already, please ignore this." + _EN_END,
            "Good day, this is {company}. {amount} yuan of the bill for {month} is due on {due}.",
        ),
    ),
    Kind.DEMAND: _texts(
        (
            "【{company}】贵单位逾期电费{amount}元，请尽快交纳；有困难请来电商量{phone}",
            "电费催交通知",
            "{customer}：\n\n截至今日，贵单位有逾期电费 {amount} 元未到账。请尽快交纳。"
            "逾期电费按《供电营业规则》逐日计收违约金。\n\n"
            "如对账单有异议，或资金有困难需要分期，请与我们联系，我们一起商量办法。" + _ZH_END,
            "您好，我是{company}。贵单位有逾期电费{amount}元尚未到账，想了解一下安排。如有困难，我们可以商量分期。"
            "请问您贵姓？",
        ),
        (
            "{company}: CNY {amount} is overdue. Please pay soon; if that is hard, call us: {phone}",
            "Overdue: CNY {amount}",
            "{customer},\n\nToday CNY {amount} of your bills is overdue. Please pay soon; a late-payment penalty runs "
            "by the day as the Rules for Supply say.\n\nIf you contest a bill, or need instalments, talk to us: "
            "we look for a way together." + _EN_END,
            "Good day, this is {company}. {amount} yuan is overdue. When may we expect it? If it is hard, we can agree "
            "on instalments. May I note your name?",
        ),
    ),
    Kind.PLAN: _texts(
        (
            "【{company}】按分期协议，{due}前应交{amount}元。如已交纳请忽略。",
            "分期交费提醒：{due}",
            "{customer}：\n\n按双方分期协议，{due} 前应交 {amount} 元。如已交纳，请忽略本提醒。" + _ZH_END,
            "您好，我是{company}。按分期协议，{due}前应交{amount}元。如已交纳，请忽略。",
        ),
        (
            "{company}: by the plan agreed, CNY {amount} is due by {due}. Paid already? Then ignore this.",
            "Instalment due by {due}",
            "{customer},\n\nBy the plan that we agreed on, CNY {amount} is due by {due}. If you have paid already, "
            "please ignore this." + _EN_END,
            "Good day, this is {company}. By the plan agreed, {amount} yuan is due by {due}.",
        ),
    ),
    Kind.PREPAID: _texts(
        (
            "【{company}】预购电余额{balance}元，预计{runs_out}用完，请及时购电。",
            "预购电余额提醒",
            "{customer}：\n\n贵单位预购电余额 {balance} 元，按近期用电预计 {runs_out} 用完，请及时购电。" + _ZH_END,
            "您好，我是{company}。贵单位预购电余额{balance}元，预计{runs_out}用完，请及时购电。",
        ),
        (
            "{company}: prepaid balance CNY {balance}, expected to last until {runs_out}. Please buy in time.",
            "Prepaid balance: CNY {balance}",
            "{customer},\n\nYour prepaid balance is CNY {balance}; as you use energy now, it lasts until {runs_out}. "
            "Please buy in time." + _EN_END,
            "Good day, this is {company}. Your prepaid balance is {balance} yuan and lasts until {runs_out}.",
        ),
    ),
    Kind.DISHONOUR: _texts(
        (
            "【{company}】票据{bill}到期未兑付，{amount}元电费恢复为未交，请来电{phone}",
            "商业汇票未兑付通知",
            "{customer}：\n\n贵单位交来的商业汇票 {bill} 到期未获兑付，原以其抵交的电费 {amount} 元恢复为未交。"
            "请与我们联系，商定付款安排。" + _ZH_END,
            "您好，我是{company}。票据{bill}到期没有兑付，原来抵交的电费{amount}元需要另行安排付款。请问您贵姓？",
        ),
        (
            "{company}: bill of exchange {bill} was not honoured; CNY {amount} is open again. Call {phone}",
            "Bill of exchange {bill} not honoured",
            "{customer},\n\nBill of exchange {bill} was not honoured on its day, so CNY {amount} that it had paid is "
            "open again. Please talk to us about how to pay." + _EN_END,
            "Good day, this is {company}. Bill of exchange {bill} was not honoured; {amount} yuan is open again.",
        ),
    ),
}
