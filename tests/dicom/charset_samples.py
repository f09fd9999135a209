"""Names and texts as people and hospitals write them, in several scripts."""

from __future__ import annotations

from collections.abc import Sequence

from app.dicom.read.charset import RawText, decode, guess


def decode_text(raw: bytes, declared: Sequence[str], *, person_name: bool = False) -> str:
    """One value read by itself, without the others of its study."""
    text = RawText(raw, tuple(declared), person_name)
    return decode(text, guess((text,)))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


CHINESE = _words(
    """
    王伟 李娜 张敏 刘洋 陈静 杨丽 黄强 赵磊 吴军 周勇 徐艳 孙杰 马涛 朱明 胡超 郭秀兰 何霞 高平 林刚 罗桂英 梁文
    宋建国 郑晓东 谢春梅 韩雪 唐浩然 冯子轩 董梓涵 萧红 程欣怡 曹诗雨 袁晨曦 邓婷婷 许倩 傅雨琳 沈佳 曾志伟 彭博
    吕品 苏醒 卢俊 蒋中正 蔡元培 贾宝玉 丁香 魏忠贤 薛宝钗 叶问 阎锡山 余华 潘虹 杜甫 戴安 夏雨 钟南山 汪洋 田汉
    任重 姜昆 范冰 方舟 石磊 姚明 谭盾 廖凡 邹韬奋 熊猫 金庸 陆游 郝海东 孔祥熙 白居易 崔健 康有为 毛宁 邱少云 秦岚
    江河 史进 顾炎武 侯宝林 邵逸夫 孟庭苇 龙应台 万里 段奕宏 雷锋 钱学森 汤唯 尹力 黎明 易建联 常香玉 武则天 乔峰
    贺龙 赖声川 龚琳娜 文天祥 欧阳娜娜 诸葛亮 司马光 上官婉儿 张喆 李镕基 王堃 陈玥 刘珺 赵淼 周翀 吴焱 孙祎 徐旸 马曌
    """
)
TRADITIONAL = _words(
    """
    陳大文 張學友 劉德華 黃曉明 鄭成功 謝霆鋒 許冠傑 鄧麗君 馮小剛 蕭敬騰 葉德嫻 蘇永康 趙雅芝 楊紫瓊 龍應台 林青霞
    """
)
KOREAN = _words(
    """
    김희중 이영희 박지성 최민식 정우성 강수진 조용필 윤여정 장동건 임재범 한석규 오승환 서태지 신성일 홍길동
    """
)
LATIN_1 = _words(
    """
    Müller^Jörg Buc^Jérôme Äneas^Rüdiger Sääski^Aino Häkkinen^Mika García^José Nuñez^Begoña Øystein^Åse
    Lefèvre^François Gonçalves^João Strauß^Anneliese Björk^Guðmundsdóttir MÜLLER^JÖRG Sørensen^Søren
    Sánchez^Íñigo Pääkkönen^Jääskeläinen Conceição^Inês Noël^Zoë Ångström^Anders Pöttinger^Käthe Yáñez^Úrsula
    """
)
CYRILLIC = _words("Иванов^Иван Петрова^Анна Сидоров^Пётр Кузнецова^Мария Смирнов^Дмитрий Васильева^Ольга")
DESCRIPTIONS = _words(
    """
    胸部CT平扫 头颅MRI增强扫描 腹部平扫+增强 T1加权像 颈椎侧位片 肺窗（薄层）重建 左膝关节MR检查 冠状位5mm 全身骨显像
    北京协和医院 石家庄市第一人民医院 河北医科大学第二医院放射科 冠脉CTA 心脏彩超 乳腺钼靶 CT引导下穿刺 肝动脉期
    """
)
