"""What a sentence says of a word: there, absent, uncertain."""

from __future__ import annotations

import pytest

from app.domain.finding import Presence
from app.reporting.assertions import presence_of

P, A, U = Presence.PRESENT, Presence.ABSENT, Presence.UNCERTAIN


@pytest.mark.parametrize(
    ("text", "word", "state"),
    [
        ("左肺上叶见结节。", "结节", P),
        ("双肺未见结节、实变及磨玻璃影。", "磨玻璃影", A),
        ("双肺未见明显结节。", "结节", A),
        ("未见积液，左肺见结节。", "结节", P),
        ("无积液但有气胸。", "气胸", P),
        ("无胸腔积液。", "胸腔积液", A),
        ("结节较前无明显变化。", "结节", P),
        ("未见明显变化，左肺结节。", "结节", P),
        ("右侧胸腔积液已吸收。", "胸腔积液", A),
        ("左肺占位，性质待排。", "占位", U),
        ("转移不除外。", "转移", U),
        ("考虑肺炎。", "肺炎", U),
        ("肺栓塞可能。", "肺栓塞", U),
        ("无名动脉旁见肿块。", "肿块", P),
        ("No pleural effusion or pneumothorax.", "pneumothorax", A),
        ("Nodule without calcification.", "calcification", A),
        ("Nodule without calcification.", "Nodule", P),
        ("No effusion but a nodule is seen.", "nodule", P),
        ("Possible metastasis.", "metastasis", U),
        ("Pulmonary embolism cannot be excluded.", "Pulmonary embolism", U),
        ("The effusion has resolved.", "effusion", A),
        ("No change. Nodule of 8.4 mm.", "Nodule", P),
        ("右侧胸腔积液较前吸收、减少。", "胸腔积液", P),
        ("炎症部分消失。", "炎症", P),
        ("右侧胸腔积液已完全吸收。", "胸腔积液", A),
        ("肺结节切除术后。", "结节", A),
        ("转移不能除外。", "转移", U),
        ("未除外早期肺癌。", "肺癌", U),
        ("建议增强除外肺栓塞。", "肺栓塞", U),
        ("排除肺栓塞。", "肺栓塞", A),
        ("右肺上叶结节，性质待定。", "结节", U),
        ("原右肺结节本次未见显示。", "结节", A),
        ("Cannot exclude metastasis.", "metastasis", U),
        ("CT to rule out metastasis.", "metastasis", U),
        ("Pulmonary embolism is ruled out.", "Pulmonary embolism", A),
        ("Negative for fracture.", "fracture", A),
        ("转移瘤切除术后复发。", "转移瘤", P),
        ("肿块切除术后残留。", "肿块", P),
        ("肿块切除术后，局部复发。", "肿块", P),
        ("肿块切除术后，术区见软组织影，考虑复发。", "肿块", U),
        ("肿块切除术后，复发不能明确排除。", "肿块", U),
        ("考虑肿块切除术后复发。", "肿块", U),
        ("肿块切除术后复发？", "肿块", U),
        ("未见肿块切除术后复发。", "肿块", A),
        ("肿块切除术后未见明确复发征象。", "肿块", A),
        ("肿块切除术后，未见复发及残留。", "肿块", A),
        ("肿块切除术后；左肺癌复发。", "肿块", A),
        ("胆囊结石摘除术后。", "结石", A),
        ("胸腔积液未完全吸收。", "胸腔积液", P),
        ("胸腔积液尚未完全吸收。", "胸腔积液", P),
        ("胸腔积液部分已吸收。", "胸腔积液", P),
        ("胸腔积液完全吸收。", "胸腔积液", A),
        ("气胸未消失。", "气胸", P),
        ("结节未完全消失。", "结节", P),
        ("气胸大部消失。", "气胸", P),
        ("气胸大部分消失。", "气胸", P),
        ("肿块致脂肪间隙消失。", "肿块", P),
        ("肿块与胰腺间脂肪间隙消失。", "肿块", P),
        ("骨折伴椎间隙消失。", "骨折", P),
        ("结节增大、积液消失。", "结节", P),
        ("结节增大、积液消失。", "积液", A),
        ("气胸、积液消失。", "气胸", A),
        ("实变影、结节影及积液均消失。", "实变", A),
        ("结节较前消失。", "结节", A),
        ("结节与前片相比已完全消失。", "结节", A),
        ("骨折线消失。", "骨折", A),
        ("不能明确排除转移。", "转移", U),
    ],
)
def test_presence_in_its_clause(text: str, word: str, state: Presence) -> None:
    """Facts 10.2: negation is never lost on the way into coded data."""
    start = text.index(word)
    assert presence_of(text, start, start + len(word)) is state
