"""The first wording of what is told while something goes on: limits, repairs, what is lifted, the outlook, overruns."""

from __future__ import annotations

from kam.notifications.rules.first_texts import Texts, Wording, register
from kam.notifications.rules.texts import Form

LIMIT, NEWS, LIFTED, OUTLOOK, OVERRUN = (
    "outage.limit",
    "outage.fault_news",
    "outage.lifted",
    "outage.outlook",
    "outage.overrun",
)
_FORMS = (Form.SHORT, Form.LONG, Form.SPOKEN)
# short text, mail subject, mail text, spoken text
_WORDS: dict[str, dict[str, tuple[str, str, str, str]]] = {
    LIMIT: {
        "zh-hans": (
            "【{company}】限电{level}：{window}请压减{cut_kw}千瓦。确认：{link}",
            "限电通知（{level}）：{window}",
            "{customer}：\n\n因{reason}，按有序用电方案{level}，请于 {window} 将负荷压减 {cut_kw} 千瓦，保留保安负荷。"
            "未按时压减的，将按方案限电。\n\n请打开链接确认收到：{link}\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。按有序用电方案{level}，请在{window}压减{cut_kw}千瓦，保留保安负荷。请问您贵姓？",
        ),
        "en": (
            "{company}: power limit {level}, {window}: please reduce by {cut_kw} kW. Confirm: {link}",
            "Power limit {level}: {window}",
            "{customer},\n\nFor {reason} the plan for orderly use, {level}, asks you to reduce your load by "
            "{cut_kw} kW during {window} and to keep your safety load.\n\nPlease confirm: {link}\n\n"
            "Questions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. A power limit {level} is in force: please reduce by {cut_kw} kW during "
            "{window} and keep your safety load. May I note your name?",
        ),
    },
    NEWS: {
        "zh-hans": (
            "【{company}】{lines}抢修进展：{text}，预计{expected}复电。咨询{phone}",
            "抢修进展：{lines}",
            "{customer}：\n\n{lines} 抢修进展：{text}。预计 {expected} 恢复供电，有新进展立即告知。"
            "\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。{lines}的抢修进展：{text}，预计{expected}复电。请问您贵姓？",
        ),
        "en": (
            "{company}: {lines}: {text}. Supply expected {expected}. Questions: {phone}",
            "How the repair goes: {lines}",
            "{customer},\n\n{lines}: {text}. We expect supply at {expected} and tell you of any change."
            "\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. About the repair of {lines}: {text}. We expect supply at {expected}. "
            "May I note your name?",
        ),
    },
    LIFTED: {
        "zh-hans": (
            "【{company}】有序用电已于{restored}解除，可恢复正常用电。咨询{phone}",
            "有序用电已解除",
            "{customer}：\n\n有序用电已于 {restored} 解除，可恢复正常用电，感谢配合。咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。有序用电在{restored}解除了，可以恢复正常用电，感谢配合。请问您贵姓？",
        ),
        "en": (
            "{company}: load control ended at {restored}; you may use power as usual. Questions: {phone}",
            "Load control has ended",
            "{customer},\n\nLoad control ended at {restored}; you may use power as usual. Thank you for your help. "
            "Questions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. Load control ended at {restored}; you may use power as usual. "
            "May I note your name?",
        ),
    },
    OUTLOOK: {
        "zh-hans": (
            "【{company}】{period}供需形势{level}：{title}。详情与确认：{link}",
            "供需形势（{period}）：{title}",
            "{customer}：\n\n{period} 电力供需形势{level}：{title}\n\n{text}\n\n请打开链接查看并确认：{link}\n\n"
            "咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。{period}电力供需形势{level}：{title}。请提前安排生产。请问您贵姓？",
        ),
        "en": (
            "{company}: supply outlook {period} {level}: {title}. Read and confirm: {link}",
            "Supply outlook {period}: {title}",
            "{customer},\n\nSupply and demand outlook for {period} {level}: {title}\n\n{text}\n\n"
            "Please read and confirm: {link}\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. The supply outlook for {period} {level}: {title}. Please plan for it. "
            "May I note your name?",
        ),
    },
    OVERRUN: {
        "zh-hans": (
            "{number} {title}：原定{was}复电，尚有{waiting}个供电点未复电。请登记复电或办理延期。",
            "停电超时：{number}",
            "{number} {title}：原定 {was} 复电，尚有 {waiting} 个供电点未复电。请登记复电，或说明原因办理延期。",
            "{number} {title}：原定{was}复电，尚有{waiting}个供电点未复电。",
        ),
        "en": (
            "{number} {title}: supply was to be back at {was}, {waiting} supply points still wait. "
            "Note what is back, or extend it.",
            "Outage overrun: {number}",
            "{number} {title}: supply was to be back at {was}, and {waiting} supply points still wait. "
            "Note what is back, or extend it with the reason.",
            "{number} {title}: supply was to be back at {was}, {waiting} supply points still wait.",
        ),
    },
}
_EXAMPLES = {"title": "局部时段偏紧", "number": "TD2026-00012", "waiting": "3"}


def register_texts() -> None:
    """Hand the texts to the messages; called when the app starts."""
    for key, languages in _WORDS.items():
        texts: Texts = {
            (language, form): Wording(text, subject if form == Form.LONG else "")
            for language, (short, subject, long, spoken) in languages.items()
            for form, text in zip(_FORMS, (short, long, spoken), strict=True)
        }
        register(key, texts, _EXAMPLES)
