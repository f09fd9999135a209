"""DICOM's words for modality and region in the classification of DB13/T 4.9.2 and in Chinese, as records are
written.
"""

from __future__ import annotations

from dataclasses import dataclass

#: modality (0008,0060) → (category code, Chinese word of the title); objects that are no images are absent
MODALITIES: dict[str, tuple[str, str]] = {
    "CR": ("1", "CR"),
    "DX": ("1", "DR"),
    "DR": ("1", "DR"),
    "RG": ("1", "X 线"),
    "MG": ("1", "乳腺 X 线"),
    "RF": ("1", "透视"),
    "PX": ("1", "全景 X 线"),
    "IO": ("1", "口腔 X 线"),
    "CT": ("2", "CT"),
    "MR": ("3", "MRI"),
    "XA": ("4", "血管造影"),
    "US": ("9", "超声"),
    "IVUS": ("9", "血管内超声"),
    "PT": ("9", "PET"),
    "NM": ("9", "核医学"),
    "OT": ("9", "其他影像"),
}

CATEGORY_NAMES = {
    "1": "常规放射",
    "2": "CT 单元组",
    "3": "MRI 单元组",
    "4": "介入放射",
    "5": "组学与模型",
    "9": "其他影像",
}
SUBJECT_NAMES = {
    "1": "头颈",
    "2": "胸部",
    "3": "腹部",
    "4": "盆腔",
    "5": "脊柱",
    "6": "四肢与骨关节",
    "7": "乳腺",
    "8": "心血管",
    "9": "全身或多部位",
}
DETAILS_NAMES = {"1": "影像", "2": "影像与报告"}


@dataclass(frozen=True, slots=True)
class Region:
    """A region of the body: subject code and Chinese word."""

    subject: str
    name: str


#: Body Part Examined (0018,0015) → region
REGIONS: dict[str, Region] = {
    "HEAD": Region("1", "头部"),
    "BRAIN": Region("1", "颅脑"),
    "SKULL": Region("1", "颅骨"),
    "NECK": Region("1", "颈部"),
    "HEADNECK": Region("1", "头颈"),
    "SINUS": Region("1", "鼻窦"),
    "ORBIT": Region("1", "眼眶"),
    "JAW": Region("1", "颌骨"),
    "CHEST": Region("2", "胸部"),
    "LUNG": Region("2", "肺"),
    "THORAX": Region("2", "胸部"),
    "MEDIASTINUM": Region("2", "纵隔"),
    "RIB": Region("2", "肋骨"),
    "CHESTABDOMEN": Region("9", "胸腹部"),
    "CHESTABDPELVIS": Region("9", "胸腹盆"),
    "ABDOMEN": Region("3", "腹部"),
    "LIVER": Region("3", "肝脏"),
    "KIDNEY": Region("3", "肾脏"),
    "PANCREAS": Region("3", "胰腺"),
    "STOMACH": Region("3", "胃"),
    "COLON": Region("3", "结肠"),
    "ABDOMENPELVIS": Region("9", "腹盆部"),
    "PELVIS": Region("4", "盆腔"),
    "PROSTATE": Region("4", "前列腺"),
    "UTERUS": Region("4", "子宫"),
    "BLADDER": Region("4", "膀胱"),
    "CSPINE": Region("5", "颈椎"),
    "TSPINE": Region("5", "胸椎"),
    "LSPINE": Region("5", "腰椎"),
    "SPINE": Region("5", "脊柱"),
    "SSPINE": Region("5", "骶椎"),
    "LSSPINE": Region("5", "腰骶椎"),
    "SHOULDER": Region("6", "肩关节"),
    "ELBOW": Region("6", "肘关节"),
    "WRIST": Region("6", "腕关节"),
    "HAND": Region("6", "手"),
    "HIP": Region("6", "髋关节"),
    "KNEE": Region("6", "膝关节"),
    "ANKLE": Region("6", "踝关节"),
    "FOOT": Region("6", "足"),
    "LEG": Region("6", "小腿"),
    "ARM": Region("6", "上臂"),
    "EXTREMITY": Region("6", "四肢"),
    "BREAST": Region("7", "乳腺"),
    "HEART": Region("8", "心脏"),
    "CORONARYARTERY": Region("8", "冠状动脉"),
    "AORTA": Region("8", "主动脉"),
    "WHOLEBODY": Region("9", "全身"),
}

#: words of a description that name a region, where Body Part Examined says nothing
REGION_WORDS: tuple[tuple[str, str], ...] = (
    ("颈椎", "CSPINE"),
    ("腰椎", "LSPINE"),
    ("胸椎", "TSPINE"),
    ("胸", "CHEST"),
    ("肺", "CHEST"),
    ("头", "HEAD"),
    ("颅", "BRAIN"),
    ("脑", "BRAIN"),
    ("腹", "ABDOMEN"),
    ("肝", "LIVER"),
    ("盆", "PELVIS"),
    ("膝", "KNEE"),
    ("乳腺", "BREAST"),
    ("心脏", "HEART"),
    ("冠", "CORONARYARTERY"),
    ("chest", "CHEST"),
    ("thorax", "CHEST"),
    ("lung", "CHEST"),
    ("head", "HEAD"),
    ("brain", "BRAIN"),
    ("abd", "ABDOMEN"),
    ("liver", "LIVER"),
    ("pelvis", "PELVIS"),
    ("knee", "KNEE"),
    ("breast", "BREAST"),
    ("cardiac", "HEART"),
    ("coronary", "CORONARYARTERY"),
    ("spine", "SPINE"),
)

#: words of a description that tell of contrast medium; first match counts
CONTRAST_WORDS: tuple[tuple[str, str], ...] = (
    ("平扫", "平扫"),
    ("without", "平扫"),
    ("w/o", "平扫"),
    ("non-contrast", "平扫"),
    ("noncontrast", "平扫"),
    ("plain", "平扫"),
    ("增强", "增强"),
    ("contrast", "增强"),
    ("c+", "增强"),
    ("enhanced", "增强"),
)
