"""The first wording of what customers are told about their supply and their grade. The law's notice, and no threat."""

from kam.notifications.rules.first_texts import Texts, Wording
from kam.notifications.rules.texts import Form

EXAMPLES = {
    "amount": "12,345.60",
    "when": "12月8日10:00",
    "grade": "A",
    "as_of": "11月1日",
    "minutes": "30",
    "number": "停报〔2026〕3号",
    "administration": "市电力管理部门",
    "account_no": "3200001",
    "importance": "一级重要用户",
    "oldest_due": "9月20日",
    "overdue_days": "30",
    "hours": "24",
    "today": "2026年11月30日",
}


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
    "credit.cut_call": _texts(
        (
            "【{company}】再次通知：贵单位欠费{amount}元，将于{when}停电。缴清即中止，咨询{phone}",
            "停电前再次通知：{when}",
            "{customer}：\n\n贵单位欠费 {amount} 元，将按停电通知书于 {when} 停电。请做好安全措施；缴清即中止。"
            "\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。按照已送达的停电通知书，贵单位欠费{amount}元，我们将于{when}停电，现在是停电前{minutes}分钟"
            "的再次通知。请做好安全措施，停用重要设备；现在缴清就不停。请问您贵姓、担任什么职务？我记录一下由您接听。",
        ),
        (
            "{company}: told once more: CNY {amount} is unpaid, supply is cut {when}. Paid before, not. {phone}",
            "Told once more before supply is cut: {when}",
            "{customer},\n\nCNY {amount} is unpaid; supply is cut {when} as the notice said. Please make your equipment"
            " safe. Paid before, it is not cut.\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. As our notice said, CNY {amount} is unpaid and supply is cut {when}; this is"
            " the call {minutes} minutes before. Please make your equipment safe. Paid now, it is not cut. May I note"
            " your name and position?",
        ),
    ),
    "credit.cut_letter": _texts(
        (
            "关于{customer}停电的报备：{number}",
            "关于对重要用户停电的报备（{number}）",
            "{administration}：\n\n依照《供电营业规则》对重要用户停电须将停电通知书报送同级电力管理部门的规定，现将下列用户的"
            "停电通知报送贵部门。\n\n用户名称：{customer}\n户号：{account_no}\n重要性等级：{importance}\n"
            "停电事由：电费逾期 {overdue_days} 日以上，经催交仍欠 {amount} 元，最早一笔最后交费日为 {oldest_due}\n"
            "拟停电时间：{when}\n\n停电前 {minutes} 分钟将再次通知用户。用户缴清电费，停电程序即行中止；停电后缴清的，"
            "我公司在 {hours} 小时内恢复供电。\n\n联系电话：{phone}\n\n{company}\n{today}",
            "{administration}：现送达{number}，关于{customer}拟于{when}停电的报备，请签收。",
        ),
        (
            "Report of a cut of supply: {customer}, {number}",
            "Report of a cut of supply to an important user ({number})",
            "{administration},\n\nThe rules for the operation of electricity supply ask us to send you a copy of the"
            " notice when an important user is to be cut off.\n\nUser: {customer}\nAccount: {account_no}\n"
            "Importance: {importance}\nReason: more than {overdue_days} days overdue; after demands CNY {amount} is"
            " unpaid, the oldest since {oldest_due}\nTime of the cut: {when}\n\nThe user is told once more {minutes}"
            " minutes before. Paid before, the procedure stops; paid after, supply is back within {hours} hours."
            "\n\nQuestions: {phone}\n\n{company}\n{today}",
            "Delivery of {number} to {administration}: {customer} is to be cut off {when}. Please sign for it.",
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
