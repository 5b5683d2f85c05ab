"""The first wording of every text, Chinese and English; the company words its own as new versions.

`register` adds the texts of another app. Chinese text messages keep to 70 signs where they can: one part each.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from kam.notifications.rules.texts import Form, places

# An example for each place, for the preview.
EXAMPLES: dict[str, str] = {
    "company": "东湖供电公司",
    "customer": "东湖特钢",
    "window": "12月6日8:00-16:00",
    "was": "12月6日8:00-16:00",
    "lines": "10kV 东钢线",
    "reason": "主变检修",
    "effect": "全停",
    "restored": "12月6日15:20",
    "expected": "18:30",
    "cut_kw": "800",
    "level": "Ⅲ级",
    "link": "https://kam.example/a/7Kq2",
    "phone": "95598",
    "answer_by": "11月28日",
    "period": "2026年10月",
    "text": "请于本周五前补充资料。",
    "deadline": "11月28日24:00",
    "n": "3",
}

EXAMPLES_EN: dict[str, str] = {
    "company": "East Lake Power",
    "customer": "East Lake Steel",
    "window": "6 Dec 8:00-16:00",
    "was": "6 Dec 8:00-16:00",
    "lines": "10 kV Donggang",
    "reason": "transformer work",
    "effect": "no supply",
    "restored": "6 Dec 15:20",
    "level": "III",
    "answer_by": "28 Nov",
    "period": "October 2026",
    "text": "Please send the missing papers by Friday.",
    "deadline": "28 Nov 24:00",
}


def examples(language: str) -> dict[str, str]:
    """Return made-up facts in the language of the text."""
    return {**EXAMPLES, **EXAMPLES_EN} if language == "en" else EXAMPLES


@dataclass(frozen=True)
class Wording:
    """One text. `subject` is for mail; a short text has none."""

    text: str
    subject: str = ""


Texts = Mapping[tuple[str, Form], Wording]
FIRST_TEXTS: dict[str, Texts] = {}


def register(key: str, texts: Texts, examples: Mapping[str, str] | None = None) -> None:
    """Add the first texts of `key`, (language, form) each, and examples for places that only they have."""
    FIRST_TEXTS[key] = texts
    EXAMPLES.update(examples or {})


def places_of(key: str) -> set[str]:
    """Return the places that may stand in a text of `key`: those of its first texts, in whatever language."""
    found = {"company", "phone"}
    for wording in FIRST_TEXTS.get(key, {}).values():
        found |= places(wording.text) | places(wording.subject)
    return found


def _both(key: str, zh: tuple[str, str, str, str], en: tuple[str, str, str, str]) -> None:
    """Register short text, mail subject, mail text and spoken text in both languages."""
    texts: dict[tuple[str, Form], Wording] = {}
    for language, (short, subject, long, spoken) in (("zh-hans", zh), ("en", en)):
        texts[language, Form.SHORT] = Wording(short)
        texts[language, Form.LONG] = Wording(long, subject)
        texts[language, Form.SPOKEN] = Wording(spoken)
    register(key, texts)


_both(
    "general.notice",
    (
        "【{company}】{text}咨询{phone}",
        "{company}通知",
        "{customer}：\n\n{text}\n\n如有疑问，请致电 {phone}。\n\n{company}",
        "您好，我是{company}。{text}请问您贵姓？我记录一下由您接听。",
    ),
    (
        "{company}: {text} Questions: {phone}",
        "Notice from {company}",
        "{customer},\n\n{text}\n\nQuestions? Call {phone}.\n\n{company}",
        "Good day, this is {company}. {text} May I note your name?",
    ),
)
_both(
    "outage.consult",
    (
        "【{company}】拟{window}停{lines}（{reason}），请{answer_by}前答复：{link}",
        "停电时间征求意见：{window}",
        "{customer}：\n\n因{reason}，我公司拟于 {window} 停运 {lines}，对贵单位的影响：{effect}。\n\n"
        "请于 {answer_by} 前打开下面的链接答复：同意、另提时间，或说明不能停电的理由。\n{link}\n\n"
        "咨询电话 {phone}。\n\n{company}",
        "您好，我是{company}。因{reason}，我们计划在{window}停{lines}，贵单位将{effect}。"
        "这个时间可以吗？如果不合适，哪些时间方便？请问您贵姓？",
    ),
    (
        "{company}: outage of {lines} proposed {window} ({reason}). Please answer by {answer_by}: {link}",
        "Outage proposed for {window}: your answer, please",
        "{customer},\n\nFor {reason} we propose to take {lines} out of service on {window}. For you: {effect}.\n\n"
        "Please answer by {answer_by} under this link: agree, propose another time, or tell us why not.\n{link}\n\n"
        "Questions? Call {phone}.\n\n{company}",
        "Good day, this is {company}. For {reason} we plan an outage of {lines} on {window}; for you: {effect}. "
        "Does this time suit you? If not, which times would? May I note your name?",
    ),
)
_both(
    "outage.announced",
    (
        "【{company}】停电通知：{window}停{lines}，{reason}。确认：{link} 咨询{phone}",
        "停电通知：{window}",
        "{customer}：\n\n因{reason}，我公司将于 {window} 停运 {lines}，对贵单位的影响：{effect}。"
        "请提前安排生产和保安负荷。\n\n请打开链接确认收到：{link}\n\n提前完工将提前送电，请按线路随时带电对待。"
        "咨询电话 {phone}。\n\n{company}",
        "您好，我是{company}。通知您：因{reason}，{window}停{lines}，贵单位将{effect}，请提前安排生产和保安负荷。"
        "线路请按随时可能送电对待。请问您贵姓？我记录由您签收。",
    ),
    (
        "{company}: planned outage {window}, {lines} ({reason}). Please confirm: {link} Questions: {phone}",
        "Planned outage {window}",
        "{customer},\n\nFor {reason} we take {lines} out of service on {window}. For you: {effect}. "
        "Please plan production and safety loads accordingly.\n\nPlease confirm that you have read this: {link}\n\n"
        "Supply may return early: treat the line as live at all times. Questions? Call {phone}.\n\n{company}",
        "Good day, this is {company}. For {reason} there is an outage of {lines} on {window}; for you: {effect}. "
        "Please plan for it, and treat the line as live at all times. May I note your name?",
    ),
)
_both(
    "outage.moved",
    (
        "【{company}】停电改期：原{was}改为{window}，{lines}。确认：{link}",
        "停电改期：{window}",
        "{customer}：\n\n原定 {was} 的停电（{lines}）改为 {window}，原因：{reason}。给您带来不便，敬请谅解。\n\n"
        "请打开链接确认收到：{link}\n\n咨询电话 {phone}。\n\n{company}",
        "您好，我是{company}。原定{was}的停电改到{window}，线路是{lines}，原因是{reason}。请问您贵姓？我记录由您签收。",
    ),
    (
        "{company}: outage of {lines} moved from {was} to {window}. Please confirm: {link}",
        "Outage moved to {window}",
        "{customer},\n\nThe outage of {lines} set for {was} is moved to {window}: {reason}. "
        "We are sorry for the trouble.\n\nPlease confirm that you have read this: {link}\n\n"
        "Questions? Call {phone}.\n\n{company}",
        "Good day, this is {company}. The outage of {lines} set for {was} is moved to {window}: {reason}. "
        "May I note your name?",
    ),
)
_both(
    "outage.cancelled",
    (
        "【{company}】原定{window}停{lines}已取消，正常供电。咨询{phone}",
        "停电取消：{window}",
        "{customer}：\n\n原定 {window} 的停电（{lines}）已取消，届时正常供电。咨询电话 {phone}。\n\n{company}",
        "您好，我是{company}。原定{window}停{lines}取消了，正常供电。请问您贵姓？",
    ),
    (
        "{company}: the outage of {lines} on {window} is cancelled; supply goes on. Questions: {phone}",
        "Outage of {window} cancelled",
        "{customer},\n\nThe outage of {lines} set for {window} is cancelled; supply goes on as usual. "
        "Questions? Call {phone}.\n\n{company}",
        "Good day, this is {company}. The outage of {lines} on {window} is cancelled. May I note your name?",
    ),
)
_both(
    "outage.restored",
    (
        "【{company}】{lines}已于{restored}恢复供电，如未来电请拨{phone}",
        "已恢复供电：{lines}",
        "{customer}：\n\n{lines} 已于 {restored} 恢复供电。若贵单位仍未来电，请致电 {phone}。\n\n{company}",
        "您好，我是{company}。{lines}已经在{restored}恢复供电，请问您那边来电了吗？请问您贵姓？",
    ),
    (
        "{company}: {lines} restored at {restored}. Still without supply? {phone}",
        "Supply restored: {lines}",
        "{customer},\n\n{lines} was restored at {restored}. Still without supply? Call {phone}.\n\n{company}",
        "Good day, this is {company}. {lines} was restored at {restored}. Do you have supply? May I note your name?",
    ),
)
_both(
    "outage.fault",
    (
        "【{company}】{lines}故障停电，正在抢修，预计{expected}恢复。咨询{phone}",
        "故障停电：{lines}",
        "{customer}：\n\n{lines} 发生故障停电（{reason}），正在抢修，预计 {expected} 恢复。有新进展立即告知。"
        "咨询电话 {phone}。\n\n{company}",
        "您好，我是{company}。{lines}发生故障停电，正在抢修，预计{expected}恢复。有人员或设备危险吗？请问您贵姓？",
    ),
    (
        "{company}: fault on {lines}, repair under way, supply expected {expected}. Questions: {phone}",
        "Fault: {lines}",
        "{customer},\n\nThere is a fault on {lines} ({reason}). Repair is under way; we expect supply at {expected} "
        "and will tell you of any change. Questions? Call {phone}.\n\n{company}",
        "Good day, this is {company}. There is a fault on {lines}; we expect supply at {expected}. "
        "Is anybody or any equipment in danger? May I note your name?",
    ),
)
_both(
    "outage.stagger",
    (
        "【{company}】有序用电{level}：{window}请压减{cut_kw}千瓦。确认：{link}",
        "有序用电通知（{level}）：{window}",
        "{customer}：\n\n现启动有序用电{level}方案，请于 {window} 压减负荷 {cut_kw} 千瓦，保留保安负荷。\n\n"
        "请打开链接确认收到：{link}\n\n咨询电话 {phone}。\n\n{company}",
        "您好，我是{company}。现启动有序用电{level}方案，请在{window}压减{cut_kw}千瓦，保留保安负荷。请问您贵姓？",
    ),
    (
        "{company}: load control {level}, {window}: please reduce by {cut_kw} kW. Confirm: {link}",
        "Load control {level}: {window}",
        "{customer},\n\nLoad control {level} is in force. Please reduce your load by {cut_kw} kW during {window} "
        "and keep your safety load.\n\nPlease confirm: {link}\n\nQuestions? Call {phone}.\n\n{company}",
        "Good day, this is {company}. Load control {level} is in force: please reduce by {cut_kw} kW during {window} "
        "and keep your safety load. May I note your name?",
    ),
)
_both(
    "report.ready",
    (
        "【{company}】贵单位{period}用电分析报告已出：{link}",
        "{period}用电分析报告",
        "{customer}：\n\n贵单位{period}用电分析报告已完成，请打开链接查看：{link}\n\n咨询电话 {phone}。\n\n{company}",
        "您好，我是{company}。贵单位{period}的用电分析报告已经出来了，发到哪个邮箱方便？",
    ),
    (
        "{company}: your energy report for {period} is ready: {link}",
        "Energy report for {period}",
        "{customer},\n\nyour energy report for {period} is ready: {link}\n\nQuestions? Call {phone}.\n\n{company}",
        "Good day, this is {company}. Your energy report for {period} is ready. Where may we send it?",
    ),
)
