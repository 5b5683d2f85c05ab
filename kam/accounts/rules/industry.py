"""Industries of GB/T 4754-2017: 20 sections (门类) and 97 divisions (大类). A class begins with its division.

Source: DOMAIN 13.2. Groups and classes are accepted by their form; only the 97 divisions are listed.
"""

import re
from typing import NamedTuple


class Name(NamedTuple):
    zh: str
    en: str


SECTIONS: dict[str, Name] = {
    "A": Name("农、林、牧、渔业", "Agriculture, forestry, husbandry and fishery"),
    "B": Name("采矿业", "Mining"),
    "C": Name("制造业", "Manufacturing"),
    "D": Name("电力、热力、燃气及水生产和供应业", "Electricity, heat, gas and water"),
    "E": Name("建筑业", "Construction"),
    "F": Name("批发和零售业", "Wholesale and retail"),
    "G": Name("交通运输、仓储和邮政业", "Transport, storage and post"),
    "H": Name("住宿和餐饮业", "Accommodation and catering"),
    "I": Name("信息传输、软件和信息技术服务业", "Information, software and IT services"),
    "J": Name("金融业", "Finance"),
    "K": Name("房地产业", "Real estate"),
    "L": Name("租赁和商务服务业", "Leasing and business services"),
    "M": Name("科学研究和技术服务业", "Research and technical services"),
    "N": Name("水利、环境和公共设施管理业", "Water, environment and public facilities"),
    "O": Name("居民服务、修理和其他服务业", "Household, repair and other services"),
    "P": Name("教育", "Education"),
    "Q": Name("卫生和社会工作", "Health and social work"),
    "R": Name("文化、体育和娱乐业", "Culture, sports and entertainment"),
    "S": Name("公共管理、社会保障和社会组织", "Public administration, social security and organisations"),
    "T": Name("国际组织", "International organisations"),
}

# division: its section, its names
DIVISIONS: dict[str, tuple[str, Name]] = {
    "01": ("A", Name("农业", "Farming")),
    "02": ("A", Name("林业", "Forestry")),
    "03": ("A", Name("畜牧业", "Animal husbandry")),
    "04": ("A", Name("渔业", "Fishery")),
    "05": ("A", Name("农、林、牧、渔专业及辅助性活动", "Support activities for agriculture")),
    "06": ("B", Name("煤炭开采和洗选业", "Coal mining and washing")),
    "07": ("B", Name("石油和天然气开采业", "Oil and gas extraction")),
    "08": ("B", Name("黑色金属矿采选业", "Ferrous ore mining")),
    "09": ("B", Name("有色金属矿采选业", "Non-ferrous ore mining")),
    "10": ("B", Name("非金属矿采选业", "Non-metal mineral mining")),
    "11": ("B", Name("开采专业及辅助性活动", "Support activities for mining")),
    "12": ("B", Name("其他采矿业", "Other mining")),
    "13": ("C", Name("农副食品加工业", "Processing of agricultural products")),
    "14": ("C", Name("食品制造业", "Food")),
    "15": ("C", Name("酒、饮料和精制茶制造业", "Wine, drinks and refined tea")),
    "16": ("C", Name("烟草制品业", "Tobacco")),
    "17": ("C", Name("纺织业", "Textiles")),
    "18": ("C", Name("纺织服装、服饰业", "Garments")),
    "19": ("C", Name("皮革、毛皮、羽毛及其制品和制鞋业", "Leather, fur, feather and shoes")),
    "20": ("C", Name("木材加工和木、竹、藤、棕、草制品业", "Timber and wood products")),
    "21": ("C", Name("家具制造业", "Furniture")),
    "22": ("C", Name("造纸和纸制品业", "Paper")),
    "23": ("C", Name("印刷和记录媒介复制业", "Printing and reproduction of media")),
    "24": (
        "C",
        Name("文教、工美、体育和娱乐用品制造业", "Culture, education, arts, sports and recreation articles"),
    ),
    "25": ("C", Name("石油、煤炭及其他燃料加工业", "Petroleum, coal and other fuel processing")),
    "26": ("C", Name("化学原料和化学制品制造业", "Chemicals")),
    "27": ("C", Name("医药制造业", "Medicine")),
    "28": ("C", Name("化学纤维制造业", "Chemical fibres")),
    "29": ("C", Name("橡胶和塑料制品业", "Rubber and plastics")),
    "30": ("C", Name("非金属矿物制品业", "Non-metallic mineral products")),
    "31": ("C", Name("黑色金属冶炼和压延加工业", "Iron and steel")),
    "32": ("C", Name("有色金属冶炼和压延加工业", "Non-ferrous metals")),
    "33": ("C", Name("金属制品业", "Metal products")),
    "34": ("C", Name("通用设备制造业", "General-purpose machinery")),
    "35": ("C", Name("专用设备制造业", "Special-purpose machinery")),
    "36": ("C", Name("汽车制造业", "Motor vehicles")),
    "37": (
        "C",
        Name(
            "铁路、船舶、航空航天和其他运输设备制造业",
            "Railway, ship, aircraft and other transport equipment",
        ),
    ),
    "38": ("C", Name("电气机械和器材制造业", "Electrical machinery and apparatus")),
    "39": ("C", Name("计算机、通信和其他电子设备制造业", "Computers, communication and other electronics")),
    "40": ("C", Name("仪器仪表制造业", "Instruments and meters")),
    "41": ("C", Name("其他制造业", "Other manufacturing")),
    "42": ("C", Name("废弃资源综合利用业", "Recycling of waste")),
    "43": ("C", Name("金属制品、机械和设备修理业", "Repair of metal products and machinery")),
    "44": ("D", Name("电力、热力生产和供应业", "Electricity and heat")),
    "45": ("D", Name("燃气生产和供应业", "Gas")),
    "46": ("D", Name("水的生产和供应业", "Water")),
    "47": ("E", Name("房屋建筑业", "Building construction")),
    "48": ("E", Name("土木工程建筑业", "Civil engineering")),
    "49": ("E", Name("建筑安装业", "Building installation")),
    "50": ("E", Name("建筑装饰、装修和其他建筑业", "Decoration and other construction")),
    "51": ("F", Name("批发业", "Wholesale")),
    "52": ("F", Name("零售业", "Retail")),
    "53": ("G", Name("铁路运输业", "Railway transport")),
    "54": ("G", Name("道路运输业", "Road transport")),
    "55": ("G", Name("水上运输业", "Water transport")),
    "56": ("G", Name("航空运输业", "Air transport")),
    "57": ("G", Name("管道运输业", "Pipeline transport")),
    "58": ("G", Name("多式联运和运输代理业", "Multimodal transport and forwarding")),
    "59": ("G", Name("装卸搬运和仓储业", "Handling and storage")),
    "60": ("G", Name("邮政业", "Post")),
    "61": ("H", Name("住宿业", "Accommodation")),
    "62": ("H", Name("餐饮业", "Catering")),
    "63": (
        "I",
        Name("电信、广播电视和卫星传输服务", "Telecommunication, broadcasting and satellite services"),
    ),
    "64": ("I", Name("互联网和相关服务", "Internet services")),
    "65": ("I", Name("软件和信息技术服务业", "Software and IT services")),
    "66": ("J", Name("货币金融服务", "Monetary services")),
    "67": ("J", Name("资本市场服务", "Capital market services")),
    "68": ("J", Name("保险业", "Insurance")),
    "69": ("J", Name("其他金融业", "Other finance")),
    "70": ("K", Name("房地产业", "Real estate")),
    "71": ("L", Name("租赁业", "Leasing")),
    "72": ("L", Name("商务服务业", "Business services")),
    "73": ("M", Name("研究和试验发展", "Research and development")),
    "74": ("M", Name("专业技术服务业", "Professional technical services")),
    "75": ("M", Name("科技推广和应用服务业", "Promotion of science and technology")),
    "76": ("N", Name("水利管理业", "Water management")),
    "77": ("N", Name("生态保护和环境治理业", "Ecology and environment")),
    "78": ("N", Name("公共设施管理业", "Public facilities")),
    "79": ("N", Name("土地管理业", "Land management")),
    "80": ("O", Name("居民服务业", "Household services")),
    "81": (
        "O",
        Name("机动车、电子产品和日用产品修理业", "Repair of vehicles, electronics and household goods"),
    ),
    "82": ("O", Name("其他服务业", "Other services")),
    "83": ("P", Name("教育", "Education")),
    "84": ("Q", Name("卫生", "Health")),
    "85": ("Q", Name("社会工作", "Social work")),
    "86": ("R", Name("新闻和出版业", "News and publishing")),
    "87": ("R", Name("广播、电视、电影和录音制作业", "Broadcasting, television, film and recording")),
    "88": ("R", Name("文化艺术业", "Culture and arts")),
    "89": ("R", Name("体育", "Sports")),
    "90": ("R", Name("娱乐业", "Entertainment")),
    "91": ("S", Name("中国共产党机关", "Organs of the Communist Party of China")),
    "92": ("S", Name("国家机构", "State organs")),
    "93": ("S", Name("人民政协、民主党派", "Political consultative conference and democratic parties")),
    "94": ("S", Name("社会保障", "Social security")),
    "95": ("S", Name("群众团体、社会团体和其他成员组织", "Mass and membership organisations")),
    "96": ("S", Name("基层群众自治组织及其他组织", "Grass-roots self-government")),
    "97": ("T", Name("国际组织", "International organisations")),
}


class UnknownIndustry(Exception):
    """The code belongs to no division of GB/T 4754-2017."""


def division_of(code: str) -> str:
    """Return the division (two digits) of a division, group or class code. Raises `UnknownIndustry`."""
    if not re.fullmatch(r"[0-9]{2,4}", code) or code[:2] not in DIVISIONS:
        raise UnknownIndustry(code)
    return code[:2]


def section_of(code: str) -> str:
    """Return the section letter of a code: 3120 is C. Raises `UnknownIndustry`."""
    return DIVISIONS[division_of(code)][0]


def name_of(code: str, *, chinese: bool) -> str:
    """Return the name of a section letter or of a code's division; empty where it is unknown."""
    if code in SECTIONS:
        return SECTIONS[code][0 if chinese else 1]
    try:
        return DIVISIONS[division_of(code)][1][0 if chinese else 1]
    except UnknownIndustry:
        return ""


def span_of(section: str) -> tuple[str, str]:
    """Return the codes `[from, until)` between which every code of a section sorts."""
    divisions = sorted(code for code, (letter, _) in DIVISIONS.items() if letter == section)
    if not divisions:
        raise UnknownIndustry(section)
    return divisions[0], f"{int(divisions[-1]) + 1:02d}"
