"""What a report's words say: every finding named in a text, whether it is there, on which side, how large.

One reading serves coding, checks and search.  Text → sentences → clauses → noun phrases → mentions; what
the grammar does not decide is `undecided`.
"""

from app.mentions.lexicon import Lexicon as Lexicon
from app.mentions.model import Cue as Cue
from app.mentions.model import Mention as Mention
from app.mentions.model import Named as Named
from app.mentions.model import Status as Status
from app.mentions.reader import Reader as Reader
