"""The groups that terms stand in: the picker's own, and RadLex's branches (its tabs)."""

from __future__ import annotations

#: our groups in their order → (English title, Chinese title)
CATEGORIES: dict[str, tuple[str, str]] = {
    "observation": ("Findings", "征象与病变"),
    "anatomy": ("Anatomy", "解剖部位"),
    "descriptor": ("Descriptors", "描述词"),
    "response": ("Response", "疗效"),
    "phase": ("Phases", "强化时相"),
    "object": ("Devices and objects", "器械与异物"),
    "procedure": ("Procedures", "操作"),
    "modality": ("Modalities", "检查方式"),
    "technique": ("Technique", "检查技术"),
    "quality": ("Quality and alerts", "质量与警示"),
    "artefact": ("Artefacts", "伪影"),
    "score": ("Scores", "评分"),
    "report": ("Report parts", "报告组成"),
    "substance": ("Substances", "药物与对比剂"),
    "process": ("Processes", "过程"),
    "root": ("RadLex roots", "RadLex 顶层"),
}

#: RadLex's branches in the order of the picker's tabs → (English title, Chinese title)
BRANCHES: dict[str, tuple[str, str]] = {
    "RID34785": ("Findings", "所见"),
    "RID5": ("Observations", "征象"),
    "RID3": ("Anatomy", "解剖"),
    "RID6": ("Descriptors", "描述"),
    "RID35977": ("Properties", "属性"),
    "RID1559": ("Procedures", "操作"),
    "RID7467": ("Steps", "步骤"),
    "RID10311": ("Modalities", "方式"),
    "RID34861": ("Objects", "器物"),
    "RID7479": ("Substances", "物质"),
    "RID39128": ("Processes", "过程"),
    "RID13158": ("Report", "报告"),
}

#: what is below such a concept, and not below a nearer one, is of this group
GROUPS: dict[str, str] = {
    "RID34785": "observation",
    "RID5": "observation",
    "RID3": "anatomy",
    "RID6": "descriptor",
    "RID35977": "descriptor",
    "RID1559": "procedure",
    "RID7467": "technique",
    "RID10311": "modality",
    "RID34861": "object",
    "RID7479": "substance",
    "RID39128": "process",
    "RID13158": "report",
    "RID36026": "score",
    "RID6058": "descriptor",
    "RID5972": "descriptor",
    "RID6299": "descriptor",
    "RID34346": "descriptor",
    "RID11079": "phase",
    "RID11510": "response",
    "RID11254": "quality",
    "RID11296": "artefact",
    "RID35976": "technique",
    "RID11006": "technique",
    "RID49479": "quality",
}
