"""Words and phrases of Chinese findings that say for certain that something is there, or is not.

The lists are closed on purpose: a clause with a word that stands in none of them is not certain.
"""

from __future__ import annotations

import re

from app.reporting.phrases import Phrase, Vocabulary, only
from app.terminology import load_terms

_CHINESE = re.compile(r"[㐀-鿿]")

#: more finding words than the terms have, so that lists are known to their end
_MORE_FINDINGS = """
占位性病变 占位病变 斑片影 斑片状影 条索影 条索状影 纤维灶 纤维条索 纤维索条影 空洞 渗出 渗出影 渗出性病变
肺炎 炎症 炎性病变 支气管扩张 肺大疱 肺大泡 胸膜增厚 胸膜凹陷 胸膜牵拉 血肿 挫伤 挫裂伤 脱位 狭窄 闭塞
充盈缺损 骨质增生 骨质疏松 积气 积液 积水 积血 肿瘤 腺瘤 癌 息肉 胆囊炎 脂肪肝 淋巴结肿大 肺水肿 间质性病变
网格影 蜂窝影 空腔 软组织肿块 软组织影 密度增高影 高密度灶 低密度灶 低密度影 异常强化 异常信号 异常密度
异常密度影 骨质异常 破坏 梗塞灶 梗死灶 腔隙灶 脑出血 脑梗死 脑萎缩 中线移位 毛刺 分叶 支气管充气征 晕征 血栓
夹层 畸形 心包增厚 心影增大 液气胸 血气胸 血胸 脓胸 纵隔气肿 皮下气肿 腹水 胆管扩张 周围渗出 肺结核 结核
转移瘤 软组织肿胀 关节积液
"""
_PLACES = """
肺 双肺 两肺 左肺 右肺 肺野 肺内 肺门 肺尖 肺底 上肺 下肺 中肺 舌段 叶间裂 胸膜 胸膜下 胸腔 胸壁 心包 纵隔
气管 支气管 主动脉 冠状动脉 肺动脉 胸主动脉 腹主动脉 腹腔 盆腔 腹膜后 肝 肝脏 肝内 胆囊 胆总管 胆管 胰 胰头
胰体 胰尾 脾 脾脏 肾 肾脏 肾上腺 输尿管 膀胱 前列腺 子宫 卵巢 附件 附件区 胃 胃壁 结肠 直肠 小肠 阑尾 额叶
颞叶 顶叶 枕叶 岛叶 基底节 基底节区 丘脑 小脑 小脑半球 大脑半球 脑干 脑桥 脑室 侧脑室 脑沟 脑池 颅内
半卵圆中心 椎体 椎间盘 肋骨 肋 锁骨 肩胛骨 胸骨 股骨 股骨颈 胫骨 腓骨 髌骨 肱骨 桡骨 尺骨 髂骨 骶骨 骨盆
膝关节 髋关节 踝关节 肩关节 腕关节 甲状腺 甲状腺叶 乳腺 腋窝 上颌窦 筛窦 蝶窦 额窦 鼻窦 颈部 皮下 软组织
淋巴结 双侧 两侧 左侧 右侧 左 右 双 两 上叶 中叶 下叶 右叶 左叶 内 区 野 旁 下 周围 近 近端 远端 远段 近段
下段 上段 中段 血管 血管旁 肺血管 骨 骨质 实质 段 叶 带 水平 位于 处 部 侧 骨皮质 关节腔 腔内
"""
_PLACE_PATTERNS = (
    r"(?:左|右|双|两)侧?",
    r"[前后上下内外中尖背舌左右]{1,3}(?:基底)?[叶段部缘方侧份极支]",
    r"(?:[胸腰颈骶ctls]|第)\s?\d{1,2}(?:[、\-/~～至][胸腰颈骶ctls]?\d{1,2})*(?:椎体|肋骨|[前后]肋|肋|椎)?",
    r"s\d{1,2}段?",
)
_QUALITIES = """
实性 部分实性 亚实性 混合磨玻璃 混杂磨玻璃 磨玻璃 磨玻璃样 磨玻璃密度 类圆形 圆形 椭圆形 不规则形 不规则
片状 斑片状 大片状 小片状 斑点状 条索状 条状 线状 点状 结节状 多发 单发 散在 弥漫 弥漫性 局限性 局灶性 孤立
孤立性 少量 大量 中等量 中量 微量 少许 小 大 巨大 微小 较大 小叶中心型 高密度 低密度 稍高密度 稍低密度
等密度 软组织密度 囊性 急性 慢性 轻度 中度 重度 明显 包裹性 游离 边缘 边界 清 清晰 清楚 光整 光滑 锐利 模糊
毛糙 密度 均匀 大小 直径 长径 短径 长轴 短轴 最大径 最大者 最大 约 约为 分别 厚 厚约 深 深约 范围 形态 内
其内 局部 影 灶 病灶 密度影 形成 压缩性 粉碎性 线性 横行 斜行 环形 强化 均匀强化 高信号 低信号 等信号 长t1
长t2 实性成分 实性成分约
"""
_COUNTS = (
    r"(?:数|多|一|二|两|三|四|五|六|七|八|九|十|[1-9]\d?)(?:个|枚|处|条|块|片|发|支)",
    r"(?:约|为)?\s*(?:[1-9]\d{0,2}(?:\.\d+)?|0\.\d+)\s*(?:mm|cm|ml|hu|毫米|厘米|毫升)?"
    r"(?:\s*[×x*]\s*\d+(?:\.\d+)?\s*(?:mm|cm)?)*",
    r"图\s*\d+",
    r"轴位|冠状位|矢状位",
)
_VERBS = """
见 可见 另见 内见 示 显示 有 存在 呈 为 伴 伴有 并 并有 合并
"""
_JOINTS = ("、", "及", "和", "与", "以及", "/", "“", "”")


def _findings() -> Vocabulary:
    named = (name for term in load_terms().terms if term.is_finding for name in term.names)
    return Vocabulary.of([*(name for name in named if _CHINESE.search(name)), *_MORE_FINDINGS.split()])


FINDINGS = _findings()
_SITES = Vocabulary.of(
    [
        *_PLACES.split(),
        *(n for t in load_terms().terms if t.category == "anatomy" for n in t.names if _CHINESE.search(n)),
    ],
    *_PLACE_PATTERNS,
)
_PLAIN = _SITES | Vocabulary.of([*_QUALITIES.split(), *_VERBS.split(), *_JOINTS], *_COUNTS) | FINDINGS
_SURELY = Vocabulary.of(["明显", "明确", "确切", "肯定", "确定"])
_WHOLE = Vocabulary.of(["双侧", "两侧"])
_NEGATION = Vocabulary.of(["未见", "未见有", "未发现", "未及", "未显示", "未探及", "没有", "没见", "无"])
_LIST = {
    "start": ((_SITES | Vocabulary.of(["内", "内部", "、", "及", "和"]), "start"), (_NEGATION, "open")),
    "open": ((_SURELY | _WHOLE, "open"), (FINDINGS, "item")),
    "item": (
        (Vocabulary.of(["影", "灶", "征象", "形成", "存在", "征", "等"]), "item"),
        (Vocabulary.of(["、", "及", "和", "或", "与", "以及", "或者", "/"]), "next"),
    ),
    "next": ((_SURELY | _WHOLE, "next"), (_NEGATION, "open"), (FINDINGS, "item")),
}

#: a clause that says what is seen and nothing else
AFFIRMED = only(_PLAIN)
#: places alone
PLACED = only(_SITES)
#: the words in front of a finding, and those behind it, of a list that one negation denies to its end
DENIED_BEFORE = Phrase(_LIST, frozenset({"open", "next"}))
DENIED_BEHIND = Phrase(_LIST, frozenset({"item"}))
_DOUBT_BEFORE_WORDS = """
考虑 考虑为 疑似 可疑 疑 疑为 可能为 倾向 倾向于 不除外 不能除外 不排除 不能排除
"""
_DOUBT_BEFORE = Vocabulary.of(_DOUBT_BEFORE_WORDS.split())
_DOUBT_BEHIND_WORDS = """
可能 可能性大 待排 待排除 待除外 不除外 不能除外 不能排除 待查
"""
_DOUBT_BEHIND = Vocabulary.of(_DOUBT_BEHIND_WORDS.split())
_DOUBTED = {
    "before": ((_PLAIN, "before"), (_DOUBT_BEFORE, "doubted")),
    "doubted": ((_PLAIN, "doubted"),),
    "behind": ((_PLAIN, "behind"), (_DOUBT_BEHIND, "end")),
}
#: the words in front of a finding where they say that it is in doubt, and those behind it
DOUBTED_BEFORE = Phrase(_DOUBTED, frozenset({"doubted"}))
DOUBTED_BEHIND = Phrase(_DOUBTED, frozenset({"end"}))

#: words of history, treatment, cure, wish, doubt, exception or artefact: they reach over their clause
REACHING = re.compile(
    r"既往|病史|史|曾|原|旧|[年月天日周]前|去年|上[月周]|昨|上次|此前|以前|既|前片"
    r"|对比|比较|较|相比|\d\s*[年月日周天]|\d{4}-\d"
    r"|外院|当地|临床|申请|主诉|诉|患者|家族|[父母兄姐妹弟]|目的|关注|复查|随[访诊]|筛查|评[估价]|了解|观察"
    r"|术|切除|移植|[放化治理]疗|引流|清除|取出|拔|消[失散退]|吸收|愈|骨痂|好转|恢复|复张|缓解|减|缩小"
    r"|再通|闭合|转为|演变"
    r"|如|若|倘|一旦|假|风险|高危|警惕|提防|预防|是否|否|[?？]|有无|无论|不论|并非|例外"
    r"|除|排|疑|考虑|可能|或|似|倾向|待|拟|鉴别|难以|无法|受限|欠佳|干扰|遮挡|更正|改为"
    r"|伪影|误|阴性|^\s*[-－–—−]\s*$|类似|样改变|模拟|乳头影|血管断面|重叠|容积效应|所致|实为|系"
)
#: what a denial leaves out
EXCEPTING = re.compile(r"[但仅只唯惟除余另而≥≤<>＜＞]|其他|其余|以[上下外]|[大小多少]于|超过")
#: a negation of any kind
NEGATING = re.compile(r"[未无没不否非]")
#: "not" inside words that say how something looks
LOOKS = re.compile(
    r"不(?:清|规则|均匀|均|整|光整|光滑|锐利|齐|等)|非?对称|为[著主甚]"
    r"|较前(?:明显|略|稍)?(?:增大|增多|进展|变大|增厚|增高|增宽)"
)
#: says what the finding before really is
IDENTIFYING = re.compile(r".{0,4}(?:为|是|属|乃|符合|提示)")
#: a clause that denies something of its own: what follows is no state of what was said before
OTHER_DENIED = re.compile(
    r"(?:[^未无没不否非]{0,12}?)(?:未见|未发现|未及|无|没有)(?:明显|明确|确切)?(?P<object>"
    r"(?!.*(?:显示|变化|改变|增大|缩小|进展|确切|之|此|该|上述|其|病灶|病变|者|残|复发))[^未无没不否非]{2,})"
)
#: advice that leaves what was said as it was
ADVICE = re.compile(r"(?:建议|请|必要时)(?!.*(?:除外|排除|鉴别|明确|证实|确[认定诊]|待|性质|定性)).*")
#: finding words in front of a colon that leave what follows as it stands
HEADS = re.compile(
    r"(?:影像)?(?:所见|表现|诊断|印象|影像学表现|影像学诊断)|双肺|两肺|肺部?|胸部|腹部|头颅|纵隔|骨骼|其他"
)
#: places that are only a part of what a finding could lie in
PARTIAL = re.compile(
    r"[左右上下前后中尖底段叶余其另单患健旁0-9]|[同对]侧|局部|部分|扫描|所示|层面|平扫|可见范围|显示范围"
)
OWN_VERB = re.compile(r"可见|另见|内见|(?<!未)见|显示|示|有|存在")
#: a sentence of its own that takes back what the one before said
TAKEN_BACK = re.compile(
    r"\s*(?:现|今|本次|目前|复查|均|亦|后|此次|[：:，, ])*(?:未|无|没|不|已|消|吸收|排除|除外|好转|愈|阴性)"
)
