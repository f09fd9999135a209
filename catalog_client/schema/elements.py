"""Identifiers of the twenty basic metadata (DB13/T 4.7.2.1 to 4.7.2.20) and which entity holds which.

Names only: obligations, types and lists are dictionary data of the node (`GET /v1/metadata-sets`).
"""

from __future__ import annotations

from enum import StrEnum

METADATA_SET = "DB13-BASIC"
SET_VERSION = "1.0"


class Element(StrEnum):
    """Element and entity identifiers in the order of the standard."""

    RESOURCE_ID = "resource_id"
    RESOURCE_TITLE = "resource_title"
    RESOURCE_CATEGORY = "resource_category"
    CATEGORY_SCHEMA_NAME = "category_schema_name"
    CATEGORY_SCHEMA_CODE = "category_schema_code"
    CATEGORY_NAME = "category_name"
    CATEGORY_CODE = "category_code"
    KEYWORD = "keyword"
    ABSTRACT = "abstract"
    POINT_OF_CONTACT = "point_of_contact"
    ORGANIZATION_NAME = "organization_name"
    ORGANIZATION_CODE = "organization_code"
    EMAIL = "email"
    PHONE = "phone"
    ADDRESS = "address"
    ZIP_CODE = "zip_code"
    DATA_FORMAT = "data_format"
    SECURITY_CLASSIFICATION = "security_classification"
    ONLINE_LINK = "online_link"
    CHARGE_SIGN = "charge_sign"


#: the entity that an element belongs to; elements not named stand alone
PARENT: dict[str, str] = {
    Element.CATEGORY_SCHEMA_NAME: Element.RESOURCE_CATEGORY,
    Element.CATEGORY_SCHEMA_CODE: Element.RESOURCE_CATEGORY,
    Element.CATEGORY_NAME: Element.RESOURCE_CATEGORY,
    Element.CATEGORY_CODE: Element.RESOURCE_CATEGORY,
    Element.ORGANIZATION_NAME: Element.POINT_OF_CONTACT,
    Element.ORGANIZATION_CODE: Element.POINT_OF_CONTACT,
    Element.EMAIL: Element.POINT_OF_CONTACT,
    Element.PHONE: Element.POINT_OF_CONTACT,
    Element.ADDRESS: Element.POINT_OF_CONTACT,
    Element.ZIP_CODE: Element.POINT_OF_CONTACT,
}
