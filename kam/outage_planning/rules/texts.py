"""The first wording of the texts that only outages need; the company words its own as new versions."""

from __future__ import annotations

from kam.notifications.rules.first_texts import Texts, Wording, register
from kam.notifications.rules.texts import Form

_Four = tuple[str, str, str, str]


def _texts(zh: _Four, en: _Four) -> Texts:
    """Return short text, mail subject, mail text and spoken text in both languages."""
    found: dict[tuple[str, Form], Wording] = {}
    for language, (short, subject, long, spoken) in (("zh-hans", zh), ("en", en)):
        found[language, Form.SHORT] = Wording(short)
        found[language, Form.LONG] = Wording(long, subject)
        found[language, Form.SPOKEN] = Wording(spoken)
    return found


def register_texts() -> None:
    """Hand the texts to the messages; called when the app starts."""
    for key, texts in TEXTS.items():
        register(key, texts)


TEXTS: dict[str, Texts] = {
    "outage.consult_again": _texts(
        (
            "【{company}】原定{was}停{lines}改期，拟{window}，请{answer_by}前答复：{link}",
            "停电改期征求意见：{window}",
            "{customer}：\n\n原定 {was} 的停电（{lines}）不再按原时间进行。因{reason}，现拟改到 {window}，"
            "对贵单位的影响：{effect}。\n\n"
            "请于 {answer_by} 前打开下面的链接答复：同意、另提时间，或说明不能停电的理由。\n{link}\n\n"
            "咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。原定{was}停{lines}不按原时间进行了，现在想改到{window}，贵单位将{effect}。"
            "这个时间可以吗？如果不合适，哪些时间方便？请问您贵姓？",
        ),
        (
            "{company}: outage of {lines} set for {was} is off; now proposed {window}. Answer by {answer_by}: {link}",
            "New time proposed: {window}",
            "{customer},\n\nThe outage of {lines} set for {was} will not take place then. For {reason} we now propose "
            "{window}. For you: {effect}.\n\nPlease answer by {answer_by} under this link: agree, propose another "
            "time, or tell us why not.\n{link}\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. The outage of {lines} set for {was} is off; we now propose {window}, "
            "for you: {effect}. Does this time suit you? If not, which times would? May I note your name?",
        ),
    ),
    "outage.consult_reminder": _texts(
        (
            "【{company}】{window}停{lines}，还未收到贵单位答复，请{answer_by}前：{link}",
            "请答复：{window}停电",
            "{customer}：\n\n我公司拟于 {window} 停运 {lines}，还没有收到贵单位的答复。\n\n"
            "请于 {answer_by} 前打开链接答复，只需一分钟：{link}\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。我们拟在{window}停{lines}，还没有收到贵单位的答复。这个时间可以吗？请问您贵姓？",
        ),
        (
            "{company}: outage of {lines} on {window}: we still await your answer, by {answer_by}: {link}",
            "Your answer, please: outage {window}",
            "{customer},\n\nWe propose an outage of {lines} on {window} and have not had your answer yet.\n\n"
            "Please answer by {answer_by}; it takes a minute: {link}\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. We propose an outage of {lines} on {window} and have not had your answer "
            "yet. Does this time suit you? May I note your name?",
        ),
    ),
    "outage.settled": _texts(
        (
            "【{company}】贵单位对停{lines}的意见未能采纳，仍拟{window}：{text}。咨询{phone}",
            "停电时间答复：仍拟{window}",
            "{customer}：\n\n贵单位对 {lines} 停电时间提出的意见我们已认真研究，未能采纳，停电时间仍拟为 {window}。"
            "原因：{text}。\n\n确定后将另行正式通知。如有困难，请致电 {phone}，我们当面商量。\n\n{company}",
            "您好，我是{company}。贵单位对{lines}停电时间的意见没能采纳，时间仍拟为{window}，因为{text}。"
            "有困难我们再商量，请问您贵姓？",
        ),
        (
            "{company}: your wish for {lines} cannot be met, it stays {window}: {text}. Questions: {phone}",
            "Your answer: the outage stays {window}",
            "{customer},\n\nWe have weighed what you said to the outage of {lines} and cannot follow it; the time "
            "stays {window}. The reason: {text}.\n\nThe notice itself follows once all is agreed. If this is hard on "
            "you, call {phone} and we look for a way.\n\n{company}",
            "Good day, this is {company}. We cannot follow your wish for the outage of {lines}; it stays {window}, "
            "because {text}. May I note your name?",
        ),
    ),
    "outage.postponed": _texts(
        (
            "【{company}】原定{was}停{lines}改期，拟{window}，商定后另行通知。确认：{link}",
            "停电改期：原定{was}",
            "{customer}：\n\n原定 {was} 的停电（{lines}）不再按原时间进行，原因：{reason}。"
            "拟改到 {window}，与各用户商定后另行通知。给您带来不便，敬请谅解。\n\n请打开链接确认收到：{link}\n\n"
            "咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。原定{was}停{lines}不按原时间进行了，拟改到{window}，商定后再通知您。"
            "请问您贵姓？我记录由您接听。",
        ),
        (
            "{company}: outage of {lines} set for {was} is off; {window} is proposed, we confirm later. Seen: {link}",
            "Outage of {was} is put off",
            "{customer},\n\nThe outage of {lines} set for {was} will not take place then: {reason}. We propose "
            "{window} and tell you again once it is agreed. We are sorry for the trouble.\n\n"
            "Please confirm that you have read this: {link}\n\nQuestions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. The outage of {lines} set for {was} is off; {window} is proposed and we tell "
            "you again once it is agreed. May I note your name?",
        ),
    ),
    "outage.extended": _texts(
        (
            "【{company}】{lines}检修延时，预计{expected}送电（原{was}）。咨询{phone}",
            "停电延时：预计{expected}送电",
            "{customer}：\n\n{lines} 的停电原定 {was} 结束，因{reason}需要延时，预计 {expected} 恢复供电。"
            "给您带来不便，敬请谅解。线路请按随时可能送电对待。\n\n咨询电话 {phone}。\n\n{company}",
            "您好，我是{company}。{lines}的停电原定{was}结束，因{reason}要延时，预计{expected}送电。"
            "请问您贵姓？我记录由您接听。",
        ),
        (
            "{company}: outage of {lines} takes longer: supply expected {expected} (was {was}). Questions: {phone}",
            "Outage takes longer: supply expected {expected}",
            "{customer},\n\nThe outage of {lines} was to end at {was}. It takes longer: {reason}. We expect supply at "
            "{expected}. We are sorry for the trouble; treat the line as live at all times.\n\n"
            "Questions? Call {phone}.\n\n{company}",
            "Good day, this is {company}. The outage of {lines} was to end at {was}; it takes longer, we expect supply "
            "at {expected}. May I note your name?",
        ),
    ),
    # To members of staff, in the app.
    "outage.unsent": _texts(
        (
            "{number} {title}：停电通知尚未发出，最迟 {deadline}",
            "停电通知尚未发出：{number}",
            "{number} {title}\n\n计划 {when} 停电，时间已商定，停电通知尚未发出。最迟 {deadline} 送达，请尽快发出。",
            "{number}的停电通知尚未发出。",
        ),
        (
            "{number} {title}: notices are not sent, the last instant is {deadline}",
            "Notices not sent: {number}",
            "{number} {title}\n\nThe outage of {when} is agreed and its notices are not sent. They must have arrived "
            "by {deadline}.",
            "The notices of {number} are not sent.",
        ),
    ),
    "outage.unacknowledged": _texts(
        (
            "{customer}（连续生产）未签收 {number} 的停电通知，{when} 停电",
            "连续生产客户未签收：{number}",
            "{number} {title}\n\n连续生产客户 {customer} 尚未签收停电通知，{when} 停电。"
            "未签收不得开始，请督促联系或批准例外。",
            "连续生产客户{customer}尚未签收{number}的停电通知。",
        ),
        (
            "{customer} (continuous production) has not acknowledged {number}, which begins {when}",
            "Not acknowledged: {number}",
            "{number} {title}\n\n{customer}, a continuous producer, has not acknowledged the notice; the outage begins "
            "{when} and may not without it. See that it is reached, or grant an exception.",
            "{customer} has not acknowledged the notice of {number}.",
        ),
    ),
    "outage.gap": _texts(
        (
            "告警：{number} 已通知，但有 {n} 个受影响客户没有通知",
            "停电通知缺失：{number}",
            "{number} {title}\n\n该停电已转为已通知，但有 {n} 个受影响客户没有停电通知，{when} 停电。"
            "请立即补发并查明原因。",
            "{number}有{n}个受影响客户没有停电通知。",
        ),
        (
            "Alarm: {number} is announced and {n} affected customers have no notice",
            "Notices missing: {number}",
            "{number} {title}\n\nThe outage of {when} is announced and {n} affected customers have no notice. Tell "
            "them at once and find out why.",
            "{n} affected customers of {number} have no notice.",
        ),
    ),
}
