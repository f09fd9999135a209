"""Sentences with a finding in brackets and its status, written while the rules were: none may fail.

P present, A absent, U uncertain, H history, R resolved, N not examined, C recommended, ? undecided. ⏎ stands
for a new line.
"""

from __future__ import annotations

ZH = """
A [骨折]：有（ ）无（√）
P [骨折]：有（√）无（ ）
A 骨折：有□无☑；[脱位]：有□无☑
A [气胸]：无 骨折：无
A [胸腔积液]：左侧未见。
P [胸腔积液]：左（-），右（+）
? [肾结石] 左：有 右：无
? □[骨折] ☑脱位
P □骨折 ☑[脱位]
A [骨折]—无
A [骨折]否，脱位否。
? [淋巴结肿大]，否
? [增大]的淋巴结未见。
? 未见[支架]内狭窄。
A 未见支架内[狭窄]。
? 未见[结石]嵌顿。
H 曾有[胃溃疡]，现胃镜未见溃疡。
P [积液]较前消失大半。
U 未见骨折不代表无[韧带损伤]。
P 无血流信号，符合[扭转]。
P 左肺上叶见[结节]。
P 右肺下叶见一枚实性[结节]，大小约 8 mm×6 mm，边缘分叶。
P 双侧见少量[胸腔积液]。
P 两肺多发[结节]。
P 1. 右肺上叶磨玻璃[结节]。
P 左侧[气胸]，肺组织受压。
P 肝右叶见[囊肿]，边界清，无强化。
P 气管居中，右肺中叶见片状[实变]影。
P 未见胸腔积液，左肺上叶见[结节]。
P 右肺上叶[结节]，建议 3 个月后复查。
P L1椎体[压缩性骨折]。
P 双肺见散在[小叶中心型肺气肿]及结节。
P 胆囊[结石]，大小约 1.2 cm。
A 双肺未见结节、[实变]及磨玻璃影。
A 两肺未见明显[结节]。
A 双肺未见[结节]及肿块。
A 纵隔内未见[肿大淋巴结]。
A 心影不大，未见[心包积液]。
A 无[胸腔积液]、气胸。
A 未见胸腔积液及[气胸]。
A 未见明确[骨折]征象。
A 腹腔未见[腹水]。
A 未发现[肺栓塞]。
A 没有[胸腔积液]。
U 考虑[肺炎]。
U [转移]不除外。
U 右肺上叶[转移瘤]可能。
U 疑似[肺栓塞]。
A 无结节、肿块及[胸腔积液]。
A 双肺未见结节，实变，[磨玻璃影]。
A 未见结节、肿块，亦未见[胸腔积液]。
A [胸腔积液]未见。
A 胸腔[积液]：无。
A [结节]：未见。
A 增强扫描[肺栓塞]未见显示。
P 无症状性[肺栓塞]。
P 无明显强化的[肿块]位于左肺上叶。
P 左肺上叶见无明显强化的[结节]。
? 无论有无[胸腔积液]，均建议随访。
? 不论[结节]大小，均需复查。
P 除左肺上叶[结节]外，双肺未见异常。
P 除左肺上叶见[结节]外，余肺清晰。
P 除[胸腔积液]外，未见其他异常。
P 未见胸腔积液而见[气胸]。
A 未见[胸腔积液]而见气胸。
P 未见骨折但见[脱位]。
P 未见肿块仅见小[结节]。
P 未见[结节]增大。
A 未见新发[结节]。
A 未见其他[结节]。
A 余肺未见[结节]。
A 右肺未见[结节]。
A 左侧未见[胸腔积液]。
A 未见明显强化[结节]。
A 未见实性[结节]。
A 未见大于 5 mm 的[结节]。
A 双肺未见[结节]，仅右肺上叶见一枚。
A 双肺未见明确[结节]，左肺上叶小结节除外。
R 右侧[胸腔积液]已吸收。
P 右侧[胸腔积液]较前减少。
? 左侧[气胸]已基本吸收，肺复张。
R [肺不张]已复张。
R 右肺[肺不张]，现已复张。
R 左侧[骨折]已愈合。
P 肋骨陈旧[骨折]。
P 右肋[骨折]愈合期改变。
H 左肺上叶[结节]切除术后。
H 右肺[肿块]术后改变。
H [肺栓塞]溶栓治疗后。
H 胆囊[结石]术后，胆囊缺如。
H 既往[肺栓塞]病史。
R 原右肺上叶[结节]本次未见显示。
R 原有[胸腔积液]消失。
H 3 年前发现[肺结节]。
P 体检发现[肺结节]1 年。
H 外院 CT 示右肺[结节]。
H 患者曾患[肺炎]。
H 母亲患[肝癌]。
H 家族史：[肝癌]。
H 病史：高血压；[肺栓塞]。
H 临床诊断：[肺栓塞]。
U 临床怀疑[肺栓塞]。
U 申请目的：除外[夹层]。
C 建议增强扫描除外[肺栓塞]。
? 如出现[胸腔积液]，请及时复查。
? 若[结节]增大，建议穿刺。
U 请注意有无[骨折]。
U 观察有无结节，[肿块]，积液。
U 是否[肺栓塞]，请结合临床。
U [肺栓塞]？
U 右肺[结节]？
U 左肺上叶[转移]待排。
U 左肺占位，性质待定，[转移]与原发鉴别。
U 不考虑[肺栓塞]。
U 考虑[转移]可能性小。
U [转移]可能性不大。
U 不能确定是否为[骨折]。
A 疑[骨折]，已排除。
U 排除[肺栓塞]。
A [肺栓塞]已排除。
U 除外[夹层]。
U 未除外[肺栓塞]。
P 未见[骨折]愈合征象。
? 右肺[结节]，考虑伪影。
? 右肺[结节]影，为血管断面。
A 乳头影，非[结节]。
P 假性[动脉瘤]。
A 右肺[结节]0枚。
? 右肺[结节]样影。
? [结节]状钙化。
U 双肺[结节]筛查。
P [肺结节]随访。
P [肺结节]患者。
H [胸腔积液]引流术后。
H 右侧[胸腔积液]引流后，现未见积液。
? [气胸]风险增高。
U 警惕[肺栓塞]。
U 与[肺炎]鉴别。
U 需与[转移瘤]相鉴别。
? 类似[肺炎]表现。
? 未见结节，[肿块]。
R 与前片比较，[胸腔积液]消失。
P 较前片，右肺[结节]缩小。
N 前片所示[结节]本次显示不清。
H 上次检查所见右肺[结节]。
P 术前[胸腔积液]。
P 化疗后[结节]。
A 平扫未见[出血]。
A 所示层面未见[骨折]。
N 图像质量受限，[结节]显示不清。
U 未见[肺栓塞]的可能性不能排除。
P 并非无[胸腔积液]。
P 不是没有[结节]。
A 不伴[胸腔积液]。
A 未合并[气胸]。
A 未伴[骨折]。
A 左肺上叶结节不伴[钙化]。
U [结节]或肿块。
U 右肺上叶结节或[肿块]。
A [结节]阴性。
A [胸腔积液]（-）。
R 右侧[胸腔积液]（已吸收）。
? 左肺[结节]（考虑伪影）。
R 右侧胸腔[积液]。现已消失。
R 胸腔引流管拔除，[气胸]未再出现。
? 假如存在[肺栓塞]。
? 预防[肺栓塞]。
? 拟行[结节]穿刺。
U 排除：[肺栓塞]；夹层。
U 重点观察：[结节]、积液。
U 待排：[肺栓塞]。
A 右肾未见[积水]，左肾轻度积水。
P 未见积液增多，[气胸]减少。
R 双侧[胸腔积液]完全吸收。
P 双侧[胸腔积液]，左侧为著。
P 胰头区见[肿块]，大小约3.2cm×2.5cm，边界不清。
A [肿块]：0。
P 左侧第3肋[骨折]，骨痂形成。
A 术后未见[肿块]。
A 两肺[结节]均未见。
A 暂无[转移]证据。
U 提示[肺炎]可能性小。
? 左肺上叶见[结节]，证实为血管影。
? 左肺上叶见[结节]，系正常血管。
A 2019年，未见[结节]。
H 2019年右肺[结节]。
A 受呼吸运动干扰，未见[结节]。
A 双肺未见[结节]（5mm以上）。
R 双肺[结节]。复查：已消失。
A 双肺见结节，未见[钙化]。
A 双肺[结节]0。
P 右肺[结节]较前无变化。
A 未见大[结节]。
? 若未见[结节]则无需复查。
A 肝左叶见囊肿，肝右叶未见[囊肿]。
A 无[出血]倾向。
? 未见[动脉瘤]样扩张。
A 血肿吸收后，[出血]不明显。
A 未见明确[结节]影，请结合前片。
"""
EN = """
P No flow in the testis, compatible with [torsion].
P No uptake in the gallbladder, consistent with [cholecystitis].
A [Fracture]: Yes ( ) No (x)
P [Fracture]: Yes (x) No ( )
A [Pneumothorax]: no Effusion: no Fracture: yes
P Pneumothorax: no Effusion: no [Fracture]: yes
? (x) fracture ( ) [dislocation]
N [Nodule]: n/a
A [Midline shift]: 0 mm
A Heart without [enlargement].
? No septations in the [cyst].
? No displacement of the [fracture].
A No rupture of the aneurysm or [hematoma].
A No fracture of the hip or [effusion].
P No pneumothorax despite [rib fractures].
R No pneumothorax post removal of [chest tube].
R [Stone] passed.
U Tiny [effusion], if any.
? No CT correlate for the [mass] felt clinically.
P Small [nodule] in the right upper lobe.
P There is a 5 mm [nodule] in the left lower lobe.
P Small bilateral [pleural effusions].
P The CT shows a large right [pneumothorax].
P Large right [pneumothorax] is present.
P [Nodule] without calcification.
P 1. Solid [pulmonary nodule] in the left upper lobe (8.4 mm).
P Multiple rib [fractures] are seen, with no pneumothorax.
P Compression [fracture] of the L1 vertebral body.
P Simple [cyst] in the left kidney measuring 2.3 cm.
A No [pleural effusion] or pneumothorax.
A No pleural effusion, consolidation, or [pneumothorax].
A There is no [fracture].
A There is no evidence of [pulmonary embolism].
A The lungs show no [consolidation].
A No [nodule] or mass is seen.
A Neither [effusion] nor pneumothorax is seen.
A Neither effusion nor [pneumothorax] is identified.
A The heart is normal in size without [pericardial effusion].
A Negative for [fracture].
U [Pulmonary embolism] cannot be excluded.
U Possible [metastasis].
U Probable [cyst] in the left kidney.
A [Effusion] is not visualized.
A [Fracture] not visualized.
A The [appendicitis] was not visualized on the prior study.
A Lack of [pleural effusion].
A There is a lack of [consolidation] in the lungs.
A Atelectasis rather than [consolidation].
P [Atelectasis] rather than consolidation.
A Patient denies [hemorrhage].
A The patient denies prior [pulmonary embolism].
U Evaluate for [pulmonary embolism].
U Evaluation for [fracture].
U Concern for [pulmonary embolism].
U There is concern for [aortic dissection].
H Clinical concern: [appendicitis].
U Low suspicion for [pulmonary embolism].
U Low suspicion of [metastasis].
A Not suspicious for [metastasis].
U Rule out [pulmonary embolism].
U CT to rule out [metastasis].
U R/o [pulmonary embolism].
R Pleural [effusion] has resolved.
R Resolved [pleural effusion].
R Interval resolution of the left [pneumothorax].
R Healed rib [fracture].
R Old healed [fracture] of the left clavicle.
R The [atelectasis] has re-expanded.
H Status post resection of right lung [nodule].
H Status post drainage of [pleural effusion].
H S/p repair of abdominal [aneurysm].
H History of [pulmonary embolism].
H Prior [infarction] of the left lung.
R Previously seen [nodule] is no longer visible.
H Previously noted [pleural effusion].
H Family history of [aneurysm].
H Indication: [pulmonary embolism].
H INDICATION: Trauma; [fracture].
H Clinical history: chest pain, [pneumothorax].
H Reason for exam: [nodule].
A No new [nodule].
A No other [nodule].
A No enlarging [nodule].
A No large [pleural effusion].
A No significant [pleural effusion].
A No acute [infarction].
P No change in the [nodule].
P No interval change in right [pleural effusion].
P No increase in [hydrocephalus].
A No suspicious [nodule].
A No right [pleural effusion].
P No nodule in the left lung, right lung [nodule].
A No [nodule] except in the right upper lobe.
A No [nodule] other than the calcified one in the left lung.
P With the exception of a right [nodule], the lungs are clear.
P Apart from a small [nodule], normal.
P No effusion but a small [nodule] is seen.
P No pneumothorax, however there is a [pleural effusion].
A The right lung shows no [consolidation].
A The left kidney shows no [hydronephrosis].
U Unlikely [pulmonary embolism].
U [Metastasis] is unlikely.
U [Metastasis] less likely.
U [Pneumothorax]?
U Is there a [fracture]?
A [Effusion]: none.
A [Pneumothorax] absent.
A [Hemorrhage] is excluded.
A [Hemorrhage] has been ruled out.
? If there is [hemorrhage], repeat the CT.
? Should [hemorrhage] develop, call surgery.
C Recommend MR to exclude [metastasis].
? Follow-up of [nodule].
U Monitor for [hemorrhage].
? At risk for [pulmonary embolism].
U [Nodule] or vessel.
U Consolidation or [atelectasis].
R Pseudo[cyst] was drained.
? Artifact mimicking [dissection].
A Not a [nodule] but a vessel.
A Cannot see any [nodule].
A Failed to reveal [hemorrhage].
A Absence of [hydronephrosis].
A Free of [metastasis] for five years.
R [Pneumothorax]. Resolved.
R The [abscess] was drained last year.
H There was a [nodule] in the left lung in 2019.
P Fewer than expected [nodules].
P Decreased [pleural effusion].
P Improving [consolidation] in the left lower lobe.
R No longer present: [pleural effusion].
A Without interval [fracture].
U Is there [hemorrhage].
P Are [effusions] seen.
P Measure the [nodule].
A No [nodule] in the right upper lobe.
A No obvious [fracture].
A No prior [hemorrhage].
A Ruled out:⏎fever⏎[pneumothorax].
A [Effusion] (-).
U Lung cancer screening [nodule].
H [Nodule] seen on CT of 2019.
H Left lung [nodule] in 2018.
U ? [fracture]
R Small [nodule], resected.
A No recurrent [mass].
A Limited study without [fracture].
A Nothing to suggest [metastasis].
A Neither lung shows [nodule].
U Minimal if any [pleural effusion].
U Questionable [fracture], not confirmed on CT.
"""
