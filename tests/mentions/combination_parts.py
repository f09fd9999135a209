"""Places, findings and templates from which `combinations` makes its sentences.

A region: places without side, left, right, on both sides; on the next line its findings as
`term=RadLex-style name`, of which the first can be measured. A template: `form|section|text`, its section `-`
for none. In the text:

- `[S1]` is a place, `[L1:A]` a list of findings in the clause of place 1 with its status's first letter;
- `[L2@1:P]` is a further list in the clause of place 1, `[L2=1:A]` repeats list 1 at place 2;
- `[F1:P]` is one finding, `[B1:A]` a list of two or more (`[B1:A:nor]`: with that word between);
- `[M1:P]` is one finding that `{value}` measures;
- `{is1}` and `{has1}` are the verb of list 1, `{are1}` the verb of place 1.
"""

from __future__ import annotations

#: Identifiers of the names below in RadLex; the others have none in the release of 2017.
RIDS = {
    "abscess": "RID3711",
    "architectural distortion": "RID34261",
    "atherosclerotic plaque": "RID3290",
    "bronchiectasis": "RID28496",
    "calcification": "RID5196",
    "calculus": "RID4994",
    "consolidation": "RID43255",
    "cyst": "RID3890",
    "dissection": "RID3317",
    "edema": "RID4865",
    "encephalomalacia": "RID39076",
    "fracture": "RID4650",
    "hematoma": "RID4705",
    "hydronephrosis": "RID34393",
    "infarction": "RID5172",
    "mass": "RID3874",
    "neoplasm": "RID3957",
    "nodule": "RID3875",
    "pleural effusion": "RID34539",
    "pneumothorax": "RID5352",
    "stenosis": "RID5016",
    "tear": "RID4714",
    "teratoma": "RID4321",
    "thrombus": "RID5037",
}

REGIONS = {
    "zh": """
肺内|左肺|右肺|两肺
  结节=nodule|肿块=mass|实变=consolidation|支气管扩张=bronchiectasis
胸腔|左侧胸腔|右侧胸腔|双侧胸腔
  积液=pleural effusion|气胸=pneumothorax|胸膜增厚=pleural thickening|钙化=calcification
肾脏|左肾|右肾|双肾
  囊肿=cyst|结石=calculus|积水=hydronephrosis|肿瘤=neoplasm
乳腺|左乳|右乳|双乳
  肿块=mass|囊肿=cyst|钙化=calcification|结构扭曲=architectural distortion
膝关节|左膝|右膝|双膝
  骨挫伤=bone contusion|关节积液=joint effusion|骨折=fracture|半月板撕裂=meniscal tear
额叶|左侧额叶|右侧额叶|双侧额叶
  血肿=hematoma|梗死=infarction|软化灶=encephalomalacia|水肿=edema
甲状腺|甲状腺左叶|甲状腺右叶|甲状腺双叶
  结节=nodule|囊肿=cyst|钙化=calcification|腺瘤=adenoma
附件区|左侧附件区|右侧附件区|双侧附件区
  囊肿=cyst|肿块=mass|畸胎瘤=teratoma|脓肿=abscess
颈动脉|左侧颈动脉|右侧颈动脉|双侧颈动脉
  斑块=atherosclerotic plaque|狭窄=stenosis|血栓=thrombus|夹层=dissection
""",
    "en": """
the chest|the left lung|the right lung|both lungs
  nodules=nodule|masses=mass|consolidation=consolidation|bronchiectasis=bronchiectasis
the urinary tract|the left kidney|the right kidney|both kidneys
  cysts=cyst|calculi=calculus|hydronephrosis=hydronephrosis|hematoma=hematoma
the pelvis|the left ovary|the right ovary|both ovaries
  cysts=cyst|masses=mass|teratoma=teratoma|abscess=abscess
the breast tissue|the left breast|the right breast|both breasts
  masses=mass|cysts=cyst|calcifications=calcification|architectural distortion=architectural distortion
the joint|the left knee|the right knee|both knees
  hematoma=hematoma|joint effusion=joint effusion|fracture=fracture|meniscal tear=meniscal tear
the brain|the left frontal lobe|the right frontal lobe|both frontal lobes
  hematoma=hematoma|infarction=infarction|edema=edema|encephalomalacia=encephalomalacia
the neck|the left carotid artery|the right carotid artery|both carotid arteries
  thrombus=thrombus|stenosis=stenosis|dissection=dissection|aneurysm=aneurysm
the skeleton|the left hip|the right hip|both hips
  cysts=cyst|fracture=fracture|avascular necrosis=avascular necrosis|osteophytes=osteophyte
""",
}

#: How a size is written, the number or numbers and the unit of it.
VALUES: dict[str, tuple[tuple[str, int | float | list[int], str], ...]] = {
    "zh": (
        ("8 mm", 8, "mm"),
        ("1.2cm", 1.2, "cm"),
        ("12 mm×9 mm", [12, 9], "mm"),
        ("5毫米", 5, "mm"),
        ("3～8 mm", [3, 8], "mm"),
    ),
    "en": (
        ("8 mm", 8, "mm"),
        ("1.2 cm", 1.2, "cm"),
        ("12 x 9 mm", [12, 9], "mm"),
        ("up to 15 mm", 15, "mm"),
        ("3 to 8 mm", [3, 8], "mm"),
    ),
}

TEMPLATES = {
    "zh": """
neglist|-|[S1]未见[L1:A]。
neglist|-|[S1]未见明显[L1:A]。
neglist|-|[S1]未见明确[L1:A]征象。
neglist|-|[S1]无[L1:A]。
neglist|-|[S1]无明显[L1:A]。
neglist|-|[S1]未发现[L1:A]。
neglist|-|[S1]没有[L1:A]。
neglist|-|[S1]未探及[L1:A]。
neglist|-|[S1]未显示[L1:A]。
neglist|-|未见[S1][L1:A]。
postneg|-|[S1][L1:A]未见。
postneg|-|[S1][B1:A]均未见。
postneg|-|[S1][F1:A]（-）。
postneg|-|[S1][F1:A](-)
postneg|-|[S1][L1:A]：无。
postneg|-|[S1][L1:A]：未见
postneg|-|[S1][F1:A]阴性。
postneg|-|[S1][L1:A]不明显。
postneg|-|[S1][L1:A]未探及。
postneg|impression|[S1][L1:A]可除外。
postneg|impression|[S1][L1:A]已排除。
plain|-|[S1]见[L1:P]。
plain|-|[S1]可见[L1:P]。
plain|-|[S1]有[L1:P]。
plain|impression|[S1][L1:P]。
double|-|[S1][L1:P]较前无变化。
double|-|[S1][L1:P]未见明显变化。
double|-|[S1][L1:P]未见增大。
double|-|[S1]见无明显强化的[F1:P]。
double|-|[S1]无症状性[F1:P]。
double|-|[S1]不仅有[F1:P]，[S2]还有[F2:P]。
compare|-|[S1][L1:P]较前缩小。
compare|-|[S1]新发[L1:P]。
plain|impression|符合[S1][L1:P]表现。
uncertain|impression|[S1][L1:U]不除外。
uncertain|impression|[S1][L1:U]不能除外。
uncertain|impression|考虑[S1][L1:U]。
uncertain|impression|[S1][L1:U]可能。
uncertain|impression|[S1][L1:U]可能性大。
uncertain|impression|[S1][L1:U]待排。
uncertain|impression|怀疑[S1][L1:U]。
uncertain|impression|[S1][F1:U]？
uncertain|impression|[S1]疑似[L1:U]。
uncertain|impression|警惕[S1][L1:U]。
uncertain|impression|[S1][L1:U]待除外。
request|indication|排除[S1][L1:U]
request|indication|[S1][F1:U]？
request|indication|了解有无[S1][L1:U]
request|indication|除外[S1][L1:U]
request|indication|临床怀疑[S1][L1:U]
recommend|recommendation|建议3个月后复查，除外[S1][L1:C]。
recommend|recommendation|建议行MRI检查排除[S1][L1:C]。
recommend|recommendation|建议进一步检查以明确有无[S1][L1:C]。
history|history|既往[S1][L1:H]病史。
history|history|[S1][L1:H]病史5年。
history|history|曾患[S1][L1:H]。
history|-|患者有[S1][L1:H]病史。
history|history|否认[S1][L1:A]病史。
compare|-|原[S1][L1:R]现未见。
compare|-|[S1][L1:R]已消失。
compare|-|[S1][L1:R]已完全吸收。
compare|-|前片所示[S1][L1:R]此次未见显示。
compare|-|原有[S1][L1:R]已不见。
notexam|-|[S1][L1:N]无法评估。
notexam|-|因伪影干扰，[S1][L1:N]无法判断。
notexam|-|[S1][L1:N]显示不清，无法判定。
notexam|-|本次检查不能评价[S1][L1:N]。
hypothetical|-|无论有无[S1][L1:D]，均建议随访。
hypothetical|-|如出现[S1][L1:D]，请及时就诊。
measure|-|[S1][M1:P]，大小约{value}。
measure|-|[S1]见[M1:P]，约{value}，[S2]未见[L2:A]。
bracket|-|[M1:P]（[S1]，{value}）。
bracket|-|[F1:A]（[S1]）未见。
except|-|除[S1][L1:P]外，[S2]未见[L2:A]。
except|-|除[S1]见[L1:P]外，[S2]无[L2:A]。
except|-|除[S1][L1:P]以外，[S2]未见明显[L2:A]。
contrast|-|[S1]未见[L1:A]，但[S2]可见[L2:P]。
contrast|-|[S1]未见[L1:A]而[S2]见[L2:P]。
contrast|-|[S1]见[L1:P]，[S2]未见[L2:A]。
contrast|-|虽[S1]见[L1:P]，但[S2]未见[L2:A]。
contrast|-|[S1]无[L1:A]，然而[S2]有[L2:P]。
repeat|-|[S1]见[L1:P]，[S2]未见[L2=1:A]。
repeat|-|[S1]未见[L1:A]；[S2]见[L2=1:P]。
repeat|-|[S1][F1:R]已消失，[S2][F2=1:P]较前无变化。
repeat|impression|[S1][F1:U]可能，[S2]未见[F2=1:A]。
enum|impression|1.[S1][L1:P]；2.[S2][L2:U]可能；3.[S3]未见[L3:A]。
enum|impression|1、[S1]未见[L1:A]；2、[S2][L2:P]；3、建议复查除外[S3][L3:C]。
enum|-|[S1][F1:P]（+），[S2][F2:A]（-），[S3][F3:P]（+）
linebreak|-|[S1]见[L1:P]\\n[S2]未见[L2:A]\\n[S3][L3:R]已消失
""",
    "en": """
neglist|-|No [L1:A] in [S1].
neglist|-|There {is1} no [L1:A] in [S1].
neglist|-|No evidence of [L1:A] in [S1].
neglist|-|Without evidence of [L1:A] in [S1].
neglist|-|No definite [L1:A] in [S1].
neglist|-|[S1] {are1} without [L1:A].
neglist|-|[S1] with no [L1:A].
neglist|-|[S1] {are1} free of [L1:A].
neglist|-|Absence of [L1:A] in [S1].
neglist|-|Neither [B1:A:nor] {is1} seen in [S1].
postneg|-|Negative for [L1:A] in [S1].
postneg|-|[L1:A] {is1} not seen in [S1].
postneg|-|[L1:A] in [S1]: none.
postneg|-|[L1:A] {is1} absent in [S1].
postneg|-|[L1:A] {is1} not identified in [S1].
postneg|impression|[L1:A] in [S1] {has1} been ruled out.
postneg|impression|[L1:A] in [S1] {has1} been excluded.
postneg|-|[F1:A] in [S1] (-)
plain|-|[L1:P] in [S1].
plain|-|There {is1} [L1:P] in [S1].
plain|-|[S1] with [L1:P].
double|-|No change in the [L1:P] in [S1].
double|-|No increase in size of the [L1:P] in [S1].
double|-|In [S1] not only [F1:P] but also [F2@1:P].
double|impression|[L1:U] in [S1] {is1} not excluded.
compare|-|[L1:P] in [S1] {is1} unchanged.
compare|-|New [L1:P] in [S1].
compare|-|Stable [L1:P] in [S1].
compare|-|[L1:R] in [S1] {has1} resolved.
compare|-|[L1:R] in [S1] {is1} no longer seen.
compare|-|Interval resolution of [L1:R] in [S1].
compare|-|Previously seen [L1:R] in [S1] {has1} cleared.
plain|impression|Findings consistent with [L1:P] in [S1].
uncertain|impression|Possible [L1:U] in [S1].
uncertain|impression|[L1:U] in [S1] cannot be excluded.
uncertain|impression|Cannot exclude [L1:U] in [S1].
uncertain|impression|Suspicious for [L1:U] in [S1].
uncertain|impression|Likely [L1:U] in [S1].
uncertain|impression|Probable [L1:U] in [S1].
uncertain|impression|Questionable [L1:U] in [S1].
uncertain|impression|Findings may represent [L1:U] in [S1].
uncertain|impression|[F1:U] in [S1]?
request|indication|Evaluate for [L1:U] in [S1].
request|indication|R/o [L1:U] in [S1]
request|indication|Rule out [L1:U] in [S1].
request|indication|[F1:U] in [S1]?
request|indication|Concern for [L1:U] in [S1].
request|indication|Assess for [L1:U] in [S1].
recommend|recommendation|Recommend follow-up CT to exclude [L1:C] in [S1].
recommend|recommendation|MRI is advised to rule out [L1:C] in [S1].
recommend|recommendation|Ultrasound is suggested to evaluate for [L1:C] in [S1].
history|history|History of [L1:H] in [S1].
history|history|Past history of [L1:H] in [S1].
history|history|H/o [L1:H] in [S1].
history|history|Patient denies history of [L1:A] in [S1].
notexam|-|[L1:N] in [S1] cannot be evaluated.
notexam|-|[L1:N] in [S1] {is1} not assessed.
notexam|-|Evaluation for [L1:N] in [S1] is nondiagnostic.
hypothetical|-|If there {is1} [L1:D] in [S1], return at once.
hypothetical|-|Whether or not there {is1} [L1:D] in [S1], follow-up is needed.
measure|-|[M1:P] in [S1] measuring {value}.
measure|-|[M1:P] in [S1], {value}, and no [L2:A] in [S2].
bracket|-|[M1:P] ([S1], {value}).
bracket|-|[F1:A] ([S1]): absent.
except|-|Other than [L1:P] in [S1], there {is2} no [L2:A] in [S2].
except|-|Apart from [L1:P] in [S1], no [L2:A] in [S2].
except|-|No [L2:A] in [S2] except for [L1:P] in [S1].
contrast|-|No [L1:A] in [S1], but there {is2} [L2:P] in [S2].
contrast|-|There {is1} [L1:P] in [S1]; however, there {is2} no [L2:A] in [S2].
contrast|-|Although there {is1} no [L1:A] in [S1], [L2:P] {is2} seen in [S2].
contrast|-|There {is1} [L1:P] in [S1] but no [L2:A] in [S2].
repeat|-|[F1:P] in [S1]; no [F2=1:A] in [S2].
repeat|-|No [L1:A] in [S1], but [L2=1:P] in [S2].
repeat|-|[F1:R] in [S1] {has1} resolved; [F2=1:P] in [S2] {is2} unchanged.
repeat|impression|Possible [F1:U] in [S1]. No [F2=1:A] in [S2].
enum|impression|1. [L1:P] in [S1]. 2. Possible [L2:U] in [S2]. 3. No [L3:A] in [S3].
enum|impression|1) No [L1:A] in [S1]\\n2) [L2:P] in [S2]\\n3) [L3:U] in [S3] cannot be excluded
linebreak|-|[L1:P] in [S1].\\nNo [L2:A] in [S2].\\n[L3:R] in [S3] {has3} resolved.
""",
}

#: Clauses that are joined in pairs: `section-free text` with the number 0 for its place and list.
CLAUSES = {
    "zh": (
        "[S0]未见[L0:A]",
        "[S0][L0:A]未见",
        "[S0]无明显[L0:A]",
        "[S0]见[L0:P]",
        "[S0]可见[L0:P]",
        "[S0][L0:P]较前无变化",
        "[S0][L0:U]可能",
        "[S0][L0:U]不除外",
        "考虑[S0][L0:U]",
        "原[S0][L0:R]现未见",
        "[S0][L0:R]已消失",
        "[S0][L0:N]无法评估",
        "既往[S0][L0:H]病史",
        "建议复查除外[S0][L0:C]",
    ),
    "en": (
        "no [L0:A] in [S0]",
        "[L0:A] {is0} not seen in [S0]",
        "there {is0} no [L0:A] in [S0]",
        "[L0:P] in [S0]",
        "there {is0} [L0:P] in [S0]",
        "possible [L0:U] in [S0]",
        "[L0:U] in [S0] cannot be excluded",
        "the [L0:R] in [S0] {has0} resolved",
        "[L0:R] in [S0] {is0} no longer seen",
        "[L0:N] in [S0] cannot be evaluated",
        "history of [L0:H] in [S0]",
        "follow-up CT is recommended to exclude [L0:C] in [S0]",
    ),
}
SEPARATORS = {"zh": ("；", "。", "，"), "en": ("; ", ". ", ".\n")}
END = {"zh": "。", "en": "."}

#: Words between the members of a list and before its last one, by the status of the list.
JOINS = {
    "zh": {
        "A": (("、", "及"), ("、", "和"), ("、", "或"), ("、", "、"), ("、", "以及"), ("、", "与")),
        "U": (("、", "或"), ("、", "、")),
        "other": (("、", "及"), ("、", "和"), ("、", "、")),
    },
    "en": {
        "A": ((", ", ", or "), (", ", " or ")),
        "U": ((", ", " or "), (", ", ", or ")),
        "other": ((", ", " and "), (", ", ", and ")),
    },
}

#: English terms that take `are` and `have`.
PLURALS = {"nodules", "masses", "cysts", "calculi", "calcifications", "osteophytes"}
