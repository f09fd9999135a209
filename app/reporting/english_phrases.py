"""Words and phrases of English findings that say for certain that something is there, or is not.

The lists are closed on purpose: a sentence with a word that stands in none of them is not certain.
"""

from __future__ import annotations

import re

from app.reporting.phrases import Phrase, Vocabulary, only
from app.terminology import load_terms

_LATIN = re.compile(r"[A-Za-z]")
_MORE_FINDINGS = """
lesion effusion opacification infiltrate stenosis thrombus hematoma contusion dislocation bronchiectasis
scarring stricture hydropneumothorax hemothorax empyema pneumonia bleed masses abscesses cysts calculi
stones effusions infarct tumor polyp
"""
_MORE_PHRASES = (
    "midline shift",
    "mass effect",
    "pleural thickening",
    "filling defect",
    "pleural fluid",
    "pericardial fluid",
    "free fluid",
    "rib fracture",
    "lung mass",
    "pulmonary mass",
    "airspace disease",
    "pulmonary edema",
    "endoluminal lesion",
    "acute fracture",
    "bowel obstruction",
    "intracranial hemorrhage",
)
_PLACES = """
lung lungs lobe lobes upper lower middle left right bilateral bilaterally both pleural pericardial pleura
mediastinum mediastinal hilum hila hilar base bases basal basilar apex apices apical lingula fissure chest
thorax abdomen pelvis liver hepatic spleen splenic kidney kidneys renal adrenal gland glands pancreas
pancreatic head body tail gallbladder bile duct ducts bladder prostate uterus ovary ovaries bowel colon
stomach appendix aorta aortic heart cardiac airway trachea bronchus bronchi brain cerebral frontal temporal
parietal occipital cerebellar cerebellum thalamus basal ganglia ventricle ventricles skull spine vertebra
vertebral rib ribs clavicle scapula femur femoral neck tibia fibula humerus radius ulna knee hip ankle wrist
elbow shoulder pelvic breast axilla thyroid sinus sinuses maxillary segment segments subpleural peripheral
central anterior posterior lateral medial superior inferior parenchyma wall space spaces cavity soft tissue
tissues lobar quadrant compartment tip level
"""
_QUALITIES = """
solid part-solid subsolid ground-glass calcified small large moderate mild minimal tiny severe acute chronic
focal diffuse patchy multiple several few scattered single solitary round rounded oval irregular lobulated
spiculated smooth well-defined ill-defined dense hyperdense hypodense enhancing cystic simple displaced
nondisplaced comminuted long short diameter diameters axis size thickness well defined compression
transverse oblique centrilobular loculated layering trace subcentimeter margin margins
"""
_SAID = """
there is are a an the this of in within at on along and with seen noted present identified demonstrated
visible evident shows show demonstrates demonstrate contains contain measuring measures approximately about
by up to findings impression image ct mr mri radiograph
"""
_MEASURES = (
    r"(?:[1-9]\d{0,2}(?:\.\d+)?|0\.\d+)\s*(?:-\s*)?(?:mm|cm|ml|hu)?(?:\s*[x×]\s*\d+(?:\.\d+)?\s*(?:mm|cm)?)*",
    r"fig(?:\.|ure)?\s*\d+",
    r"[tlc]\d{1,2}(?:\s*-\s*[tlc]?\d{1,2})?",
    r"one|two|three|four|five|six",
    r"[,/]",
    r"growing|enlarging|larger than (?:before|on \d{4}-\d{2}-\d{2})",
)


def _findings() -> Vocabulary:
    named = [n for t in load_terms().terms if t.is_finding for n in t.names if _LATIN.match(n)]
    words = [*named, *_MORE_FINDINGS.split(), *_MORE_PHRASES]
    return Vocabulary.of([*words, *(f"{word}s" for word in words if not word.endswith("s"))])


_FINDINGS = _findings()
_SITES = Vocabulary.of(
    [
        *_PLACES.split(),
        *(n for t in load_terms().terms if t.category == "anatomy" for n in t.names if _LATIN.match(n)),
    ]
)
_PLAIN = _SITES | _FINDINGS | Vocabulary.of([*_QUALITIES.split(), *_SAID.split()], *_MEASURES)
_SUBJECT_WORDS = """
the a is are of in and or both shows show demonstrates demonstrate contains contain there normal clear
patent size contour caliber calibre appearance unremarkable with , have has
"""
_SUBJECT = _SITES | Vocabulary.of(_SUBJECT_WORDS.split())
_EVIDENCE = ("", " evidence of", " definite", " definite evidence of", " sign of", " signs of")
_NEGATION = Vocabulary.of(
    f"{no}{evidence}" for no in ("no", "without", "negative for", "free of") for evidence in _EVIDENCE
)
_SEEN_WORDS = """
seen identified noted present detected visualized visualised demonstrated evident found
"""
_SEEN = Vocabulary.of(f"{be} {seen}" for be in ("is", "are", "was", "were") for seen in _SEEN_WORDS.split())
_LIST = {
    "start": ((_SUBJECT, "start"), (_NEGATION, "open")),
    "open": ((Vocabulary.of(["a", "an", "any"]), "open"), (_FINDINGS, "item")),
    "item": (
        (Vocabulary.of([",", "or", "and", "nor", ", or", ", and", ", nor", "/"]), "next"),
        (_SEEN, "end"),
    ),
    "next": ((Vocabulary.of(["no", "a", "an", "any"]), "next"), (_FINDINGS, "item")),
    "both": ((Vocabulary.of(["neither"]), "first"),),
    "first": ((_FINDINGS, "second"),),
    "second": ((Vocabulary.of(["nor"]), "open"),),
}

AFFIRMED = only(_PLAIN)
#: places alone
PLACED = only(_SITES)
DENIED_BEFORE = Phrase(_LIST, frozenset({"open", "next"}))
DENIED_BEHIND = Phrase(_LIST, frozenset({"item", "end"}))
#: a part of a sentence that denies only things of its own
OTHER_DENIED = Phrase(_LIST, frozenset({"item", "end"}))
_DOUBT_WORDS = """
possible possibly probable probably suspected likely questionable
"""
_DOUBT_PHRASES = ("may represent", "could represent", "cannot exclude", "suspicious for")
_DOUBT_BEFORE = Vocabulary.of([*_DOUBT_WORDS.split(), *_DOUBT_PHRASES])
_DOUBT_BEHIND = Vocabulary.of(
    ["cannot be excluded", "is not excluded", "not excluded", "is possible", "is suspected", "is likely"]
)
_DOUBTED = {
    "before": ((_PLAIN, "before"), (_DOUBT_BEFORE, "doubted")),
    "doubted": ((_PLAIN, "doubted"),),
    "behind": ((_PLAIN, "behind"), (_DOUBT_BEHIND, "end")),
}
DOUBTED_BEFORE = Phrase(_DOUBTED, frozenset({"doubted"}))
DOUBTED_BEHIND = Phrase(_DOUBTED, frozenset({"end"}))
PARTIAL = re.compile(
    r"\b(?:left|right|upper|lower|middle|lobe|lobes|base|bases|basal|basilar|apex|apices|apical|lingula|segment"
    r"|tip|head|body|tail"
    r"|anterior|posterior|lateral|medial|superior|inferior|central|peripheral|quadrant|level)\b"
)
HEADS = re.compile(
    r"(?:\d+[.)]?\s*)?(?:findings?|impression|lungs?|pleura|chest|abdomen|heart|mediastinum|brain|bones?)",
    re.IGNORECASE,
)
TAKEN_BACK = re.compile(
    r"\s*(?:(?:now|has|have|since|completely|this|it|is|was|been)\s+)*"
    r"(?:not|none|never|resolved|ruled out|excluded|absent|negative|no longer|removed|healed|gone)\b",
    re.IGNORECASE,
)
#: a question, or an order
ASKING = re.compile(r"\s*(?:is|are|does|do|show|demonstrate|contain)\b")
