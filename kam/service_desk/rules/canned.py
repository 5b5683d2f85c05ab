"""The first canned texts of the desk, in Chinese: they are data of the company, who words its own."""

from kam.service_desk.rules.lifecycle import Kind

# kind, title, text
FIRST_CANNED: tuple[tuple[str, str, str], ...] = (
    (
        "",
        "已受理",
        "您好，您反映的事项已受理，由首问责任人全程跟踪，办理进展会及时告知您。",
    ),
    (
        Kind.FAULT,
        "抢修已派单",
        "您好，抢修人员已出发，请留人在现场配合，注意远离带电设备，不要自行合闸。",
    ),
    (
        Kind.FAULT,
        "故障已修复",
        "您好，故障已处理完毕，现已恢复供电。送电前请检查贵单位设备，如仍未来电请立即与我们联系。",
    ),
    (
        Kind.COMPLAINT,
        "致歉与时限",
        "您好，对给您带来的不便深表歉意。我们将在 24 小时内与您联系核实情况，5 个工作日内书面答复。",
    ),
    (
        Kind.QUESTION,
        "电费疑问答复",
        "您好，经核对，电量电费计算依据、执行电价及力率调整情况如下：",
    ),
    (
        Kind.APPLICATION,
        "资料一次性告知",
        "您好，办理该业务需要的资料已一次性告知，可由客户经理上门收取，不需要您往返营业厅。",
    ),
    (Kind.PRAISE, "感谢", "感谢您的肯定，我们已转达相关人员，并将继续做好服务。"),
    (Kind.SUGGESTION, "建议采纳情况", "感谢您的建议，采纳情况及改进措施如下："),
)
