"""The first wording of what customers are told about their requests, Chinese and English."""

from __future__ import annotations

from kam.notifications.rules.first_texts import Wording, register
from kam.notifications.rules.texts import Form

EXAMPLES = {
    "number": "SQ2026-000012",
    "kind": "投诉",
    "title": "停电没有通知",
    "when": "11月28日9:00-11:00",
    "who": "刘洋",
}
# key: (short, subject, letter, spoken) in Chinese, then in English
_TEXTS: dict[str, tuple[tuple[str, str, str, str], tuple[str, str, str, str]]] = {
    "service.rating": (
        (
            "【{company}】您的诉求{number}已答复，请评价：{link}",
            "您的诉求 {number} 已答复，请您评价",
            "{customer}：\n\n贵单位的{kind}（{number}，{title}）已答复。请打开下面的链接查看答复并评价，"
            "如不满意请写明原因，我们会重新办理。\n{link}\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。贵单位的{kind}“{title}”已经答复，请问您满意吗？一到五星您打几星？",
        ),
        (
            "{company}: we answered your request {number}. Are you content? {link}",
            "Your request {number} is answered: are you content?",
            "{customer},\n\nwe answered your request {number} ({title}). Please read the answer and rate it here. "
            "If you are not content, tell us why and we begin again.\n{link}\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. We answered your request “{title}”. Are you content? How many stars of five?",
        ),
    ),
    "service.progress": (
        (
            "【{company}】业务{number}已受理，进度查询：{link}",
            "业务办理进度：{number}",
            "{customer}：\n\n贵单位的申请（{number}，{title}）已受理。请打开下面的链接随时查看办理进度、"
            "确认上门时间、选择供电方案。\n{link}\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。贵单位的申请“{title}”已经受理，办理进度可以通过链接随时查看。",
        ),
        (
            "{company}: application {number} is under way. Follow it here: {link}",
            "How your application {number} stands",
            "{customer},\n\nyour application {number} ({title}) is under way. Here you see how far it is, confirm "
            "when we come, and choose a supply scheme:\n{link}\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. Your application “{title}” is under way; you can follow it by the link.",
        ),
    ),
    "service.survey": (
        (
            "【{company}】拟{when}上门勘查（{number}），请确认：{link}",
            "上门勘查预约：{when}",
            "{customer}：\n\n为办理贵单位的申请（{number}，{title}），{who} 拟于 {when} 上门勘查。"
            "请打开下面的链接确认，或告诉我们更合适的时间。\n{link}\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。为办理“{title}”，我们的{who}打算{when}上门勘查，您看方便吗？",
        ),
        (
            "{company}: may we come for the survey {when} ({number})? {link}",
            "Survey at your site: {when}",
            "{customer},\n\nfor your application {number} ({title}) {who} would come to your site {when}. "
            "Please confirm, or tell us a better time:\n{link}\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. For “{title}” {who} would come to your site {when}. Does that suit you?",
        ),
    ),
    "service.scheme": (
        (
            "【{company}】供电方案已出（{number}），请选择：{link}",
            "供电方案答复：{number}",
            "{customer}：\n\n贵单位申请（{number}，{title}）的供电方案已出，请打开下面的链接比较并选择。\n{link}\n\n"
            "咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。贵单位申请的供电方案已经出来了，可以通过链接比较选择。",
        ),
        (
            "{company}: supply schemes for {number} are ready. Please choose: {link}",
            "Supply schemes for {number}",
            "{customer},\n\nthe supply schemes for your application {number} ({title}) are ready. "
            "Compare and choose here:\n{link}\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. The supply schemes for your application are ready; choose by the link.",
        ),
    ),
}


def register_texts() -> None:
    """Add the texts to those that the company may word anew. Safe to repeat."""
    for key, both in _TEXTS.items():
        texts: dict[tuple[str, Form], Wording] = {}
        for language, (short, subject, letter, spoken) in zip(("zh-hans", "en"), both, strict=True):
            texts[language, Form.SHORT] = Wording(short)
            texts[language, Form.LONG] = Wording(letter, subject)
            texts[language, Form.SPOKEN] = Wording(spoken)
        register(key, texts, EXAMPLES)
