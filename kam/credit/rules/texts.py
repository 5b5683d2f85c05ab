"""The first wording of what customers are told about their supply and their grade. The law's notice, and no threat."""

from kam.notifications.rules.first_texts import Texts, Wording
from kam.notifications.rules.texts import Form

EXAMPLES = {"amount": "12,345.60", "when": "12月8日10:00", "grade": "A", "as_of": "11月1日"}


def _texts(zh: tuple[str, str, str, str], en: tuple[str, str, str, str]) -> Texts:
    found = {}
    for language, (short, subject, long, spoken) in (("zh-hans", zh), ("en", en)):
        found[language, Form.SHORT] = Wording(short)
        found[language, Form.LONG] = Wording(long, subject)
        found[language, Form.SPOKEN] = Wording(spoken)
    return found


TEXTS: dict[str, Texts] = {
    "credit.cut_notice": _texts(
        (
            "【{company}】停电通知书：贵单位欠费{amount}元，拟于{when}停电。缴清即中止，咨询{phone}",
            "停电通知书：{when}",
            "{customer}：\n\n贵单位电费已逾期 30 日以上，经催交仍有 {amount} 元未缴。"
            "依据《电力供应与使用条例》第三十九条，我公司拟于 {when} 停止供电，停电前 30 分钟再次通知。"
            "\n\n在此之前缴清电费，停电程序即行中止；如对账单有异议，或需要协商分期，"
            "请尽早致电 {phone}。\n\n请提前安排生产和安全措施。\n\n{company}",
            "您好，我是{company}。贵单位有{amount}元电费逾期超过30天，我们拟于{when}停电，停电前30分钟会再通知。"
            "在此之前缴清就不停。请问您贵姓？我记录一下由您接听。",
        ),
        (
            "{company}: notice. CNY {amount} is overdue; supply is cut {when} unless paid before. Call {phone}.",
            "Notice that supply will be cut: {when}",
            "{customer},\n\nYour bills are more than 30 days overdue; after our demand CNY {amount} is still unpaid."
            " Under Article 39 of the Regulation on the Supply and Use of Electricity we intend to cut the supply at"
            " {when} and will tell you once more 30 minutes before.\n\nIf the sum is paid before, the procedure"
            " stops at once. If you contest a bill or need to agree on instalments, please call {phone}"
            " soon.\n\nPlease prepare your production and your safety.\n\n{company}",
            "Good day, this is {company}. CNY {amount} is more than 30 days overdue; we intend to cut the supply"
            " {when} and will call again 30 minutes before. Paid before, it is not cut. May I note your name?",
        ),
    ),
    "credit.cut_stopped": _texts(
        (
            "【{company}】停电程序已中止，贵单位供电不受影响。感谢配合，咨询{phone}",
            "停电程序已中止",
            "{customer}：\n\n此前通知的停电已中止，贵单位供电不受影响。感谢配合。\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。此前通知的停电已经中止，供电不受影响，感谢配合。",
        ),
        (
            "{company}: the announced cut is off; your supply goes on. Thank you. Questions: {phone}",
            "Your supply goes on",
            "{customer},\n\nThe cut of supply we told you of is off; your supply goes on. Thank you.\n\n"
            "Questions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. The cut of supply we told you of is off. Thank you.",
        ),
    ),
    "credit.reconnected": _texts(
        (
            "【{company}】贵单位已恢复供电，合闸送电前请检查设备。咨询{phone}",
            "已恢复供电",
            "{customer}：\n\n贵单位已恢复供电。送电前请检查用电设备，确认安全。\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。贵单位已恢复供电，送电前请检查设备，注意安全。",
        ),
        (
            "{company}: your supply is back. Check your equipment before switching on. Questions: {phone}",
            "Your supply is back",
            "{customer},\n\nYour supply is back. Please check your equipment before you switch on.\n\n"
            "Questions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. Your supply is back. Please check your equipment before you switch on.",
        ),
    ),
    "credit.grade_told": _texts(
        (
            "【{company}】贵单位信用等级及评分依据（截至{as_of}）可查看或提出异议：{link}",
            "贵单位信用等级：{as_of}",
            "{customer}：\n\n贵单位截至 {as_of} 的用电信用等级已评定。每项得分和所依据的账单见下面的链接；如有异议，"
            "可在页面上提出，由专人复核答复。\n{link}\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。贵单位的用电信用等级已评定，如需了解依据或有异议，我可以为您登记。",
        ),
        (
            "{company}: your credit grade as of {as_of}, what it is made of, and how to object: {link}",
            "Your credit grade, {as_of}",
            "{customer},\n\nYour credit grade as of {as_of} has been made. The link shows every indicator and the bills"
            " behind it; you may object there, and a person will look at it and answer.\n{link}\n\n"
            "Questions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. Your credit grade has been made; may I note an objection or explain it?",
        ),
    ),
}
