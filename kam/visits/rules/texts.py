"""The first wording of what customers are told about visits; the company words its own as new versions."""

from __future__ import annotations

from kam.notifications.rules.first_texts import Texts, Wording
from kam.notifications.rules.texts import Form

Four = tuple[str, str, str, str]  # short, mail subject, mail text, spoken


def _texts(zh: Four, en: Four) -> Texts:
    found: dict[tuple[str, Form], Wording] = {}
    for language, (short, subject, long, spoken) in (("zh-hans", zh), ("en", en)):
        found[language, Form.SHORT] = Wording(short)
        found[language, Form.LONG] = Wording(long, subject)
        found[language, Form.SPOKEN] = Wording(spoken)
    return found


VISIT_EXAMPLES = {"visitor": "李敏", "purpose": "例行走访", "title": "迎峰度夏座谈会", "place": "公司三楼会议室"}
VISIT_TEXTS: dict[str, Texts] = {
    "visit.proposed": _texts(
        (
            "【{company}】客户经理{visitor}拟于{window}上门走访（{purpose}），请确认或另约：{link}",
            "上门走访时间：{window}",
            "{customer}：\n\n我公司客户经理{visitor}拟于 {window} 上门走访，事由：{purpose}。\n\n"
            "请打开链接确认时间，或另提方便的时间，也可存入日历：\n{link}\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。客户经理{visitor}想在{window}到贵单位走访，事由是{purpose}，这个时间方便吗？请问您贵姓？",
        ),
        (
            "{company}: {visitor} would like to visit you {window} ({purpose}). Confirm or propose a time: {link}",
            "A visit on {window}",
            "{customer},\n\n{visitor} of {company} would like to visit you on {window}: {purpose}.\n\n"
            "Please confirm under this link or propose another time; you can also save it to your calendar:\n{link}\n\n"
            "Questions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. {visitor} would like to visit you on {window}: {purpose}. "
            "Does this time suit you? May I note your name?",
        ),
    ),
    "symposium.invite": _texts(
        (
            "【{company}】诚邀贵单位参加“{title}”，{window}，{place}，请回复：{link}",
            "邀请：{title}",
            "{customer}：\n\n诚邀贵单位参加“{title}”。\n时间：{window}\n地点：{place}\n\n"
            "请打开链接回复是否参加、几人参加：\n{link}\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。我们想邀请贵单位参加“{title}”，{window}，地点在{place}，您能来吗？几位参加？",
        ),
        (
            "{company} invites you: {title}, {window}, {place}. Please answer: {link}",
            "Invitation: {title}",
            "{customer},\n\nwe invite you to “{title}”.\nWhen: {window}\nWhere: {place}\n\n"
            "Please tell us under this link whether you come, and how many:\n{link}\n\n"
            "Questions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. We invite you to “{title}” on {window}, {place}. Can you come? How many?",
        ),
    ),
    "visit.moved": _texts(
        (
            "【{company}】走访时间由{was}改为{window}，请确认或另约：{link}",
            "走访改期：{window}",
            "{customer}：\n\n原定 {was} 的走访改为 {window}，走访人：{visitor}。给您带来不便，敬请谅解。\n\n"
            "请打开链接确认或另提时间：\n{link}\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。原定{was}的走访想改到{window}，您方便吗？请问您贵姓？",
        ),
        (
            "{company}: our visit moves from {was} to {window}. Confirm or propose a time: {link}",
            "Our visit moves to {window}",
            "{customer},\n\nthe visit of {visitor} set for {was} moves to {window}. We are sorry for the trouble.\n\n"
            "Please confirm or propose another time:\n{link}\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. Our visit set for {was} moves to {window}. Does this suit you?",
        ),
    ),
    "visit.confirmed": _texts(
        (
            "【{company}】已按您提的时间安排走访：{window}，{visitor}。{link}",
            "走访时间已定：{window}",
            "{customer}：\n\n已按您提出的时间安排走访：{window}，走访人：{visitor}。\n\n"
            "可打开链接存入日历：\n{link}\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。走访时间已按您的意见定在{window}。请问您贵姓？",
        ),
        (
            "{company}: {visitor} visits you at the time you proposed, {window}. {link}",
            "Our visit is set for {window}",
            "{customer},\n\n{visitor} will visit you at the time you proposed: {window}.\n\n"
            "Save it to your calendar:\n{link}\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. Our visit is set for {window}, as you proposed.",
        ),
    ),
    "visit.cancelled": _texts(
        (
            "【{company}】原定{window}的走访取消，改日再约。咨询{phone}",
            "走访取消：{window}",
            "{customer}：\n\n原定 {window} 的走访取消，我们将与您另行约定时间。咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。原定{window}的走访取消了，改日再与您约时间。请问您贵姓？",
        ),
        (
            "{company}: our visit of {window} is cancelled; we will propose another. Questions: {phone}",
            "Our visit of {window} is cancelled",
            "{customer},\n\nthe visit set for {window} is cancelled; we will propose another time. "
            "Questions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. Our visit of {window} is cancelled; we will propose another time.",
        ),
    ),
}
