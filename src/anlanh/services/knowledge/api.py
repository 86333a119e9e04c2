"""What other services may use of this one: the article that explains a code.

shelf = await knowledge.shelf(work, record_of(request))
shelf.article_for("http://hl7.org/fhir/sid/icd-10", "I10")  # an Article with slug and title, or None
"""

from anlanh.services.knowledge.actions import Shelf, shelf
from anlanh.services.knowledge.model import Article

__all__ = ["Article", "Shelf", "shelf"]
