"""Words by which the rules part a text and see what a clause is about."""

from __future__ import annotations

import re

SENTENCE = re.compile(r"[。；;！!？?\n]|\.(?=\s|$)")
CLAUSE = re.compile(r"[，,：]|\s(?:but|however)\s")
LIST_NUMBER = re.compile(r"^\s*(?:\d{1,2}|[（(]\d{1,2}[)）])[.、．)）]\s*(?=\D)")
SIDE = re.compile(
    r"(?P<L>左|\bleft\b|\bLt\b)|(?P<R>右|\bright\b|\bRt\b)|(?P<B>双|两"
    r"|\bbilateral(?:ly)?\b|\bboth\b|\beither\b)",
    re.IGNORECASE,
)
#: left and right that are no side of what is described: direction of a shift, parts of one organ
NO_SIDE = re.compile(
    r"(?:向|往|偏)(?:左|右)(?:侧)?(?:前|后|上|下)?(?:方)?(?:移|偏|突|弯|凸|膨|推)?"
    r"|[左右]移|(?:to|towards?) the (?:left|right)"
    r"|左右(?:径|对称|侧)?|[左右][心房室]+|left (?:ventric|atri)\w+|right (?:ventric|atri"
    r"|heart)\w*|左向右|右向左|双乳头|双肾上腺素"
    r"|(?:left|right)(?:ward)?\s+shift|两枚|两个|两处|两者|两次|right away|双重|双平面"
    r"|双能|双源|双期|双轨|双边",
    re.IGNORECASE,
)
ADVICE = re.compile(
    r"建议|必要时|请结合|请与|请临床|进一步|复查|随访|\brecommend\w*|\bsuggest(?:ed|ion)?\b|\badvis\w+"
    r"|\bfollow-?up\b|if (?:clinically )?indicated"
    r"|correlat\w+|\bconsider (?:further|biopsy|mri|ct|us)\b",
    re.IGNORECASE,
)
PRIOR = re.compile(
    r"对比|对照|比较|较前|前片|原片|旧片|既往|病史|外院|上次|\bcompar\w+|\bprior\b"
    r"|\bprevious\w*|\bhistory\b|\boutside\b",
    re.IGNORECASE,
)
NORMAL = re.compile(
    r"未见(?:明[显确])?异常|正常|不大(?!于)|不厚|不宽|无(?:增|扩|移|异常)|光[整滑]|清晰"
    r"|连续(?!性)|完整|对称|居中|通畅|锐利|均匀|良好|规则|无殊|"
    r"\bnormal\b|\bunremarkable\b|\bclear\b|\bintact\b|\bpatent\b|\bpreserved\b"
    r"|\bmaintained\b|within normal|\bno (?:acute |significant )?abnormalit\w+"
    r"|\bsymmetric\w*",
    re.IGNORECASE,
)
ABNORMAL = re.compile(
    r"增大|肿大|增粗|增宽|增厚|肿胀|减低|减退|变窄|变尖|变薄|模糊|增多|增强(?!扫描|检查)"
    r"|毛糙|断裂|中断|受压|受侵|破坏|异常(?:信号|密度"
    r"|回声|强化)|高信号|低信号|高代谢|代谢增高"
    r"|缺损|肥厚|萎缩|扩张|缩小|紊乱|减少|消失|塌陷|楔形变|压缩|不均(?!匀?未)|欠均|脾大|肝大"
    r"|\benlarge\w*|\bdilat\w+|\bnarrow\w*|\bthicken\w*|\bectatic\b|\bhypermetabolic\b"
    r"|\bhyperintens\w+|\bhypointens\w+|\bechogenic\b|\bstranding\b"
    r"|restricted diffusion"
    r"|\bosteophyt\w*|\batroph\w+|\bdestruct\w+|\bloss\b|\bswelling\b|\bswollen\b"
    r"|\bincreas\w+|\bdecreas\w+|\birregular\w*|\bcompress\w+|\bmegaly\b|\w+megaly\b"
    r"|\bheterogeneous\b|\bdensity\b",
    re.IGNORECASE,
)
SURGERY = re.compile(r"术后|切除|缺如|status post|\bs/p\b|post-?op|surgical|ectomy", re.IGNORECASE)
#: signs that are a finding under another name: words, group, organ
SIGNS = (
    (
        re.compile(r"无肺纹理(?:区|结构)|肺组织(?:受)?压缩|absent (?:lung|vascular) markings", re.I),
        "pneumothorax",
        "pleura",
    ),
    (
        re.compile(r"肋膈角(?:变钝|模糊|消失)|blunt\w* (?:of )?(?:the )?(?:\w+ )?costophrenic", re.I),
        "effusion",
        "pleura",
    ),
    (
        re.compile(
            r"心影增大|心脏增大|心胸比增大|enlarged (?:heart|cardiac)|(?:heart"
            r"|cardiac silhouette) is (?:\w+ )?enlarged",
            re.I,
        ),
        "enlargement",
        "heart",
    ),
)
#: behind a word that is then no finding: mass effect, fluid attenuation, 占位效应
NO_THING = re.compile(
    r"效应|[状样]强化|\s*(?:effect|attenuation|density|signal|intensity|level)\b", re.IGNORECASE
)
SHIFTED = re.compile(
    r"[向偏](?P<side>左|右)侧?后|(?P<word>left|right) (?:paracentral|subarticular|foraminal)", re.I
)
DENIAL = re.compile(
    r"未见|未发现|未及|未显示|无(?!名|肺纹理|回声)|没有|\bno\b|\bwithout\b|\bnot\b|\bnegative\b"
    r"|\babsent\b",
    re.I,
)
REST = re.compile(
    r"余|其他|其它|另外|除|\bother\w*\b|\bremain\w+\b|\brest of\b|\bexcept\b|\belsewhere\b"
    r"|\badditional\b|\bfurther\b",
    re.I,
)

#: parts of the body that are one organ
ONE_ORGAN = (
    ("thyroid", "thyroid"),
    ("甲状腺", "thyroid"),
    ("breast", "breast"),
    ("乳", "breast"),
    ("prostate", "prostate"),
    ("前列腺", "prostate"),
    ("liver", "liver"),
    ("knee", "knee"),
    ("膝", "knee"),
    ("ankle", "ankle"),
    ("踝", "ankle"),
    ("shoulder", "shoulder"),
    ("肩", "shoulder"),
    ("wrist", "wrist"),
    ("腕", "wrist"),
    ("hip", "hip"),
    ("髋", "hip"),
    ("elbow", "elbow"),
    ("肘", "elbow"),
    ("hand", "hand"),
    ("foot", "foot"),
)
#: sections of which it is asked what they say is there
READ = frozenset({"history", "findings", "impression", "recommendation"})
REST_BEGINS = re.compile(
    r"余|其余|其他|其它|the (?:other|remaining|rest)\b|elsewhere|otherwise|remaining|other\b", re.I
)


METHODS = (
    ("PT", r"PET|SPECT"),
    ("MR", r"\bMRI?\b|(?<![A-Za-z])MRI?(?![A-Za-z])|磁共振"),
    ("CT", r"(?<![A-Za-z])CTA?(?![A-Za-z])"),
    ("US", r"超声|彩超|\bultraso|\bsonogra"),
    ("DX", r"X线|平片|胸片|(?<![A-Za-z])DR(?![A-Za-z])|\bradiograph|x-?ray"),
    ("MG", r"钼靶|mammogra"),
)
ALIKE_METHODS = {"CR": "DX", "DR": "DX", "RG": "DX", "NM": "PT"}


def method_of(description: str) -> str:
    """The modality that a description of a study names."""
    return next((name for name, words in METHODS if re.search(words, description, re.IGNORECASE)), "")


def age_years(text: str) -> float | None:
    """Years of a DICOM age string (058Y, 003M, 010D) or of a plain number; None where it is neither."""
    match = re.fullmatch(r"\s*(\d{1,3})\s*([YMWD]?)\s*", text, re.IGNORECASE)
    if match is None:
        return None
    return int(match[1]) / {"": 1, "Y": 1, "M": 12, "W": 52, "D": 365}[match[2].upper()]
