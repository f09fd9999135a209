"""Forms of what a signature on a report covers (docs/decisions/signed-form.md).

The signed bytes are stored with the signature and name their form.  A form that reports were signed in is
never changed, whatever becomes of the domain types.
"""

from app.domain.signed_forms.form import NotRebuilt, SignedContent, SignedForm
from app.domain.signed_forms.form_1 import FORM_1
from app.domain.signed_forms.form_2 import FORM_2

#: the form that reports are signed in now
PRESENT = FORM_2
FORMS = {form.name: form for form in (FORM_1, FORM_2)}

__all__ = ["FORMS", "FORM_1", "FORM_2", "PRESENT", "NotRebuilt", "SignedContent", "SignedForm"]
