"""Ways to say what is with a finding, X standing for its name; the first letter is the status.

P present, A absent, U uncertain, H history, R resolved, N not examined, C recommended, ? undecided.
"""

from __future__ import annotations

ZH = """
A 未见X
A 未见明确X
A 未见确切X征象
A 未见X改变
A 未见X形成
A 未见有X
A 未见到X
A 未发现明显X
A 未查见X
A 未探及明显X
A 未显示X
A 未触及X
A 未及X
A 无X
A 无明显X
A 无X征象
A 无X表现
A 没有X
A 没有发现X
A 没有看到X
A 不伴X
A 并无X
A 尚未见X
A 暂未见X
A 暂未发现X
A 均未见X
A 亦未见X
A 也未见X
A 仍未见X
A 未见X影
A 未见X灶
A 未见明显的X
A 未见任何X
A 未见可疑X
A 未见异常X
A 未见X及其他异常
A 未见X等异常
A 未见X等征象
A X未见
A X未见显示
A X均未见
A X阴性
A X（-）
A X（－）
A X（阴性）
A X：无
A X：未见
A X：阴性
A X:(-)
A X不明显
A X已排除
A X可排除
A X可除外
A X基本可除外
A X不支持
A 不支持X
A 否认X
A 可排除X
A 已排除X
A 可除外X
A 可以排除X
A 排除了X
A 不存在X
A X不存在
A 无X存在
A 未见X存在
A 无确切X
A 无肯定X
A 未见肯定X
A 未见明显X征
A 未见X证据
A 未见明显X迹象
A 缺乏X证据
A 无X依据
A 未检出X
A 未出现X
A 未再发X
A 未合并X
A 未伴X
A 未伴有X
A 无伴X
A 未提示X
A 未见提示X
P 见X
P 可见X
P 示X
P 显示X
P 呈X
P 有X
P 存在X
P X形成
P X存在
P 伴X
P 伴有X
P 合并X
P 并X
P 符合X
P 符合X表现
P 符合X改变
P 诊断为X
P 诊断：X
P X较前增大
P X较前缩小
P X较前无变化
P X较前相仿
P X较前部分吸收
P X较前好转
P X较前进展
P X同前
P X大致同前
P X大致相仿
P X变化不大
P X无明显变化
P X未见明显变化
P X未见明显改变
P X与前相仿
P X较前无明显改变
P X未完全吸收
P X尚未吸收
P X未消失
P X仍存在
P 仍见X
P 仍可见X
P 新见X
P 新发X
P 新出现X
P 陈旧性X
P 多发X
P X（+）
P X阳性
P X（存在）
P 证实为X
P 病理证实X
P 确诊X
P 明确为X
P 发现X
P 探及X
P 检出X
P 查见X
U 考虑X
U 考虑为X
U 首先考虑X
U 多考虑X
U 考虑X可能
U 考虑X可能性大
U 可能为X
U 可能是X
U X可能
U X可能性大
U X可能大
U X可能性小
U X可能性不大
U X可能性较小
U X可能性低
U X机会大
U 疑X
U 疑似X
U 可疑X
U 疑为X
U 怀疑X
U 高度怀疑X
U 高度可疑X
U X可疑
U X待排
U X待排除
U X待除外
U X待查
U X待定
U X待确诊
U X待鉴别
U X？
U X?
U X（？）
U 似见X
U 似有X
U 似为X
U 倾向X
U 倾向于X
U 倾向为X
U 不除外X
U 不能除外X
U 不排除X
U 不能排除X
U 未能排除X
U 难以排除X
U 难除外X
U 无法排除X
U X不除外
U X不能除外
U X不排除
U X不能排除
U X难以除外
U X尚不能除外
U X不完全除外
U 警惕X
U 需警惕X
U 注意X
U 注意X可能
U 提示X
U 提示X可能
U 需与X鉴别
U 需鉴别X
U 应与X鉴别
U 与X鉴别
U 鉴别诊断：X
U 鉴别诊断包括X
U 或X
U 或为X
U 拟诊X
U 拟X
U X？请结合临床
U 请结合临床，X待排
U 多系X
U 多为X
U 貌似X
U 隐约可见X
U 不确定是否有X
U 无法明确是否有X
U 是否有X
U 有无X
U 了解有无X
U 明确有无X
U 观察有无X
U 排除X
U 除外X
U 查X
H 既往X
H 既往有X
H 既往X病史
H 既往曾患X
H 曾患X
H 曾有X
H 有X病史
H 有X史
H X病史
H X史
H X病史5年
H X史20余年
H X术后
H X切除术后
H X术后改变
H X术后复查
H X术后3月
H X治疗后
H X放疗后
H X化疗后
H X介入术后
H 患X多年
H 患X10年
H 3年前患X
H 5年前因X住院
H 2年前诊断X
H 2018年诊断X
H 曾诊断X
H 因X行手术治疗
H 自述有X
H 幼年患X
R X已吸收
R X已消失
R X消失
R X完全吸收
R X已完全吸收
R X已消退
R X已缓解
R X痊愈
R X已痊愈
R X已愈合
R X愈合
R X现未见
R 原X现未见
R 原有X消失
R 原X已吸收
R 原X本次未见
R 前片X本次未见显示
R 前次所示X现已消失
R X较前消失
R X不再显示
R X已不明显
R X已不见
R X未再显示
R X，现已吸收
R X，现未见显示
R X，较前消失
R X，本次检查未见
R X，已愈合
R 上次检查X，本次未见
N X显示不清
N X无法评价
N X无法评估
N X不能评价
N X难以评价
N X难以判断
N X无法判断
N X无法显示
N X观察受限
N X显示欠佳
N X未能显示
N X未评估
N X未能评价
N X未包括
N X评价受限
N 无法评价X
N 难以评估X
N 不能评估X
N 对X无法评价
N 对X显示不佳
N X未能明确显示
C 建议增强除外X
C 建议复查除外X
C 建议复查，除外X
C 建议进一步检查排除X
C 建议MRI检查明确有无X
C 建议CT检查以除外X
C 建议复查，排除X
C 建议行增强扫描以排除X
C 必要时增强扫描排除X
C 请结合增强，除外X
C 推荐CT除外X
C 建议密切随访除外X
C 宜行MRI排除X
C 建议活检排除X
? 如出现X
? 若有X，及时就诊
? 如有X，请复查
? 无论有无X
? 无论是否存在X
? 假如出现X
? 预防X
? X风险
? X高危人群
? X基本吸收
? X大致消失
? X基本消失
"""
EN = """
A No X
A No evidence of X
A No definite X
A No acute X
A No significant X
A No obvious X
A No convincing evidence of X
A No radiographic evidence of X
A No CT evidence of X
A No sonographic evidence of X
A No MR evidence of X
A No sign of X
A No signs of X
A No findings of X
A No findings to suggest X
A No findings suggestive of X
A No suspicious X
A No new X
A There is no X
A There is no evidence of X
A There are no signs of X
A There was no X
A Without X
A Without evidence of X
A Without definite X
A Without significant X
A Negative for X
A Negative for acute X
A Free of X
A Absence of X
A Lack of X
A X is absent
A X is not seen
A X is not identified
A X is not present
A X is not visualized
A X not seen
A X not identified
A X not demonstrated
A X is excluded
A X has been excluded
A X has been ruled out
A X was not detected
A X: none
A X: negative
A X: absent
A X: no
A X: not seen
A X (-)
A Denies X
A Patient denies X
A Not X
A No X is seen
A No X is identified
A No X seen
A No X was found
A No X can be seen
A Neither X nor ascites
A Does not have X
A Did not show X
A Does not demonstrate X
A Failed to reveal X
A Fails to show X
A Unremarkable for X
A Ruled out X
A Excludes X
A Rules out X
A Nothing to suggest X
A Never had X
A The patient has no X
A The study shows no X
A The scan is negative for X
A Lungs are clear, with no X
A No demonstrable X
A No appreciable X
A No discernible X
A No focal X
A No large X
A No residual X
A No recurrent X
A No associated X
A No underlying X
P X
P X is present
P X is seen
P X is noted
P There is X
P There is a X
P There are X
P Shows X
P Demonstrates X
P Consistent with X
P Compatible with X
P In keeping with X
P Findings are consistent with X
P Findings compatible with X
P Diagnostic of X
P Stable X
P Unchanged X
P New X
P Old X
P Chronic X
P Improved X
P Worsening X
P X has increased
P X has decreased
P X is unchanged
P X is stable
P X is improved
P X is larger
P X persists
P X remains
P Persistent X
P Residual X
P Recurrent X
P Interval increase in X
P Interval decrease in X
P Increase in X
P No change in X
P No significant change in X
P No interval change in X
P X without change
P X has not changed
P X again seen
P Redemonstration of X
P Interval development of X
P X (+)
P X, unchanged
P X, stable
P X is again noted
P Known X is unchanged
P X has not resolved
P Partial resolution of X
P X with edema
P Evidence of X
P Findings of X
P Representing X
U Possible X
U Possibly X
U Probable X
U Probably X
U Likely X
U Most likely X
U Very likely X
U Suspected X
U Suspicious for X
U Suspicion of X
U Suspicion for X
U Concerning for X
U Concern for X
U Worrisome for X
U Suggestive of X
U Suggests X
U Suggesting X
U Suggest X
U May represent X
U Might represent X
U Could represent X
U Could be X
U May be X
U May reflect X
U Questionable X
U Equivocal X
U Presumed X
U Presumably X
U Favor X
U Favored to represent X
U Favors X
U X is likely
U X is possible
U X is suspected
U X is favored
U X is considered
U X is unlikely
U X is less likely
U X is not excluded
U X cannot be excluded
U X cannot be ruled out
U X cannot be entirely excluded
U X not excluded
U Cannot exclude X
U Cannot rule out X
U Unable to exclude X
U Does not exclude X
U X?
U ? X
U Question X
U Question of X
U Query X
U Versus X
U Edema versus X
U Edema vs X
U Edema or X
U Differential includes X
U Differential diagnosis includes X
U Differential considerations include X
U Consider X
U Raises the possibility of X
U Raises concern for X
U The possibility of X
U Unlikely X
U Low suspicion for X
U Low probability of X
U Less likely X
U Thought to represent X
U Appears to be X
U Indicative of X
U Evaluate for X
U Rule out X
U R/o X
U r/o X
U Assess for X
U Eval for X
U Evaluate X
U Looking for X
U To exclude X
U To rule out X
U Clinical concern for X
U X must be considered
U X should be considered
U X may be present
U X is a consideration
U X is difficult to exclude
U X would be less likely
U Doubtful X
U Atypical for X
H History of X
H Past history of X
H Past medical history of X
H Prior history of X
H Known history of X
H Remote history of X
H h/o X
H H/O X
H Hx of X
H Prior X
H Previous X
H Status post X
H S/p X
H s/p resection of X
H Status post resection of X
H Status post treatment for X
H Known X
H X in 2015
H X 3 years ago
H X in the past
H Patient with a history of X
H Has a history of X
H Past medical history: X
H PMH: X
H Previously treated X
H Treated X
H Previously had X
H Had X in 2010
H Diagnosed with X in 2012
R X has resolved
R X resolved
R X is resolved
R X has completely resolved
R X have resolved
R X has cleared
R X has disappeared
R X is no longer seen
R X no longer seen
R X is no longer present
R X is no longer visualized
R X is no longer identified
R Resolved X
R Resolution of X
R Interval resolution of X
R Complete resolution of X
R Interval clearing of X
R Healed X
R X has healed
R Previously seen X has resolved
R Previously seen X is not seen
R Previously noted X is no longer present
R Prior X is not visualized
R Prior X has resolved
R The previously described X has resolved
R X seen previously has resolved
R X on the prior study has resolved
R No longer seen is the X
R X is gone
R X has been removed
N X cannot be evaluated
N X cannot be assessed
N X could not be evaluated
N X could not be assessed
N X is not evaluated
N X is not assessed
N X not evaluated
N X is not well evaluated
N X is not included
N Evaluation for X is limited
N Evaluation of X is limited
N Assessment for X is limited
N Assessment of X is nondiagnostic
N Limited evaluation for X
N Limited assessment of X
N Unable to evaluate X
N Unable to assess for X
N Cannot evaluate X
N Cannot assess X
N X is obscured
N X is suboptimally evaluated
N X is incompletely evaluated
N Nondiagnostic for X
C Recommend CT to exclude X
C Recommend MRI to evaluate for X
C MRI is recommended to exclude X
C CT is suggested to rule out X
C Suggest ultrasound to exclude X
C Follow-up recommended to exclude X
C Further evaluation with MRI is recommended to exclude X
C Advise biopsy to exclude X
C Consider MRI to evaluate for X
C MRI advised to rule out X
C Recommend follow-up to exclude X
C Additional imaging is recommended to evaluate for X
C CT would be helpful to exclude X
C MRI could be performed to evaluate for X
? If X develops
? If there is X
? If X is suspected, repeat the study
? Should X develop
? In case of X
? Risk of X
? At risk for X
? Increased risk of X
? Small X may be missed
? Whether or not X is present
? X cannot be detected by this technique
? Patients with X
"""
