"""The tables of HSDS 3.1 as its schema files name them: fields, what each holds, what hangs on what.

Facts read from openreferral/specification, branch 3.1 (schema/*.json, datapackage.json). 3.0 is a part of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "number", "date", "time", "stamp", "uri", "email", "zone"]


@dataclass(frozen=True, slots=True)
class Table:
    """`lists`: key in nested JSON to the table that hangs there; `ones`: key to (table, column that names its id)."""

    name: str
    file: str
    fields: dict[str, Kind]
    required: tuple[str, ...] = ("id",)
    enums: dict[str, tuple[str, ...]] = field(default_factory=dict)
    lists: dict[str, str] = field(default_factory=dict)
    ones: dict[str, tuple[str, str]] = field(default_factory=dict)

    @property
    def column(self) -> str:
        """What another table calls a row of this one."""
        return f"{self.name}_id"


_KINDS: dict[str, Kind] = {
    "url": "uri", "website": "uri", "uri": "uri", "schedule_link": "uri", "term_uri": "uri", "email": "email", "assurer_email": "email",
    "assured_date": "date", "valid_from": "date", "valid_to": "date", "dtstart": "date", "until": "date", "last_action_date": "date",
    "last_modified": "stamp", "updated": "stamp", "opens_at": "time", "closes_at": "time", "timezone": "zone",
    "minimum_age": "number", "maximum_age": "number", "year_incorporated": "number", "latitude": "number", "longitude": "number",
    "extension": "number", "count": "number", "interval": "number", "amount": "number", "available": "number", "maximum": "number",
}  # fmt: skip
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_PLACES = ("physical", "postal", "virtual")
STATUSES = ("active", "inactive", "defunct", "temporarily closed")


def _table(
    name: str,
    file: str,
    columns: str,
    required: str = "",
    lists: str = "",
    ones: dict[str, tuple[str, str]] | None = None,
    enums: dict[str, tuple[str, ...]] | None = None,
    noted: bool = True,
) -> Table:
    """`noted`: attributes and metadata may hang on it."""
    fields = {column: _KINDS.get(column, "text") for column in ("id " + columns).split()}
    hanging = dict(pair.split(":") for pair in lists.split())
    if noted:
        hanging |= {"attributes": "attribute", "metadata": "metadata"}
    return Table(name, file, fields, ("id", *required.split()), enums or {}, hanging, ones or {})


_ALL = (
    _table(
        "organization", "organizations.csv",
        "name alternate_name description email website tax_status tax_id year_incorporated legal_status logo uri parent_organization_id",
        "name description",
        "additional_websites:url funding:funding contacts:contact phones:phone locations:location programs:program"
        " organization_identifiers:organization_identifier",
    ),
    _table("program", "programs.csv", "organization_id name alternate_name description", "name description"),
    _table(
        "service", "services.csv",
        "organization_id program_id name alternate_name description url email status interpretation_services application_process"
        " fees_description wait_time fees accreditations eligibility_description minimum_age maximum_age assured_date assurer_email licenses"
        " alert last_modified",
        "name status",
        "additional_urls:url phones:phone schedules:schedule service_areas:service_area service_at_locations:service_at_location"
        " languages:language funding:funding cost_options:cost_option required_documents:required_document contacts:contact"
        " capacities:service_capacity",
        {"organization": ("organization", "organization_id"), "program": ("program", "program_id")},
        {"status": STATUSES},
    ),
    _table(
        "service_at_location", "service_at_location.csv", "service_id location_id description", "",
        "service_areas:service_area contacts:contact phones:phone schedules:schedule",
        {"location": ("location", "location_id")},
    ),
    _table(
        "location", "locations.csv",
        "location_type url organization_id name alternate_name description transportation latitude longitude external_identifier"
        " external_identifier_type",
        "location_type",
        "languages:language addresses:address contacts:contact accessibility:accessibility phones:phone schedules:schedule",
        enums={"location_type": _PLACES},
    ),
    _table(
        "phone", "phones.csv",
        "location_id service_id organization_id contact_id service_at_location_id number extension type description", "number",
        "languages:language",
    ),
    _table(
        "contact", "contacts.csv", "organization_id service_id service_at_location_id location_id name title department email", "",
        "phones:phone",
    ),
    _table(
        "address", "addresses.csv",
        "location_id attention address_1 address_2 city region state_province postal_code country address_type",
        "city state_province country address_type", enums={"address_type": _PLACES},
    ),
    _table(
        "schedule", "schedules.csv",
        "service_id location_id service_at_location_id valid_from valid_to dtstart timezone until count wkst freq interval byday byweekno"
        " bymonthday byyearday description opens_at closes_at schedule_link attending_type notes",
        enums={"wkst": _DAYS, "freq": ("WEEKLY", "MONTHLY")},
    ),
    _table("service_area", "service_areas.csv", "service_id service_at_location_id name description extent extent_type uri"),
    _table("language", "languages.csv", "service_id location_id phone_id name code note"),
    _table("funding", "funding.csv", "organization_id service_id source"),
    _table("accessibility", "accessibility.csv", "location_id description details url"),
    _table("cost_option", "cost_options.csv", "service_id valid_from valid_to option currency amount amount_description"),
    _table("required_document", "required_documents.csv", "service_id document uri"),
    _table(
        "organization_identifier", "organization_identifiers.csv", "organization_id identifier_scheme identifier_type identifier",
        "identifier_type identifier",
    ),
    _table("url", "url.csv", "label url organization_id service_id", "url"),
    _table(
        "service_capacity", "service_capacity.csv", "service_id unit_id available maximum description updated", "available updated",
        ones={"unit": ("unit", "unit_id")},
    ),
    _table("unit", "units.csv", "name scheme identifier uri", "name"),
    _table(
        "attribute", "attributes.csv", "link_id taxonomy_term_id link_type link_entity value label", "", "metadata:metadata",
        {"taxonomy_term": ("taxonomy_term", "taxonomy_term_id")}, noted=False,
    ),
    _table(
        "taxonomy_term", "taxonomy_terms.csv", "code name description parent_id taxonomy language taxonomy_id term_uri",
        "name description", "metadata:metadata", {"taxonomy_detail": ("taxonomy", "taxonomy_id")}, noted=False,
    ),
    _table("taxonomy", "taxonomies.csv", "name description uri version", "name description", "metadata:metadata", noted=False),
    _table(
        "metadata", "metadata.csv",
        "resource_id resource_type last_action_date last_action_type field_name previous_value replacement_value updated_by",
        "last_action_date last_action_type field_name previous_value replacement_value updated_by", noted=False,
    ),
    _table("meta_table_description", "meta_table_descriptions.csv", "name language character_set"),
)  # fmt: skip
TABLES = {table.name: table for table in _ALL}
BY_FILE = {table.file: table for table in _ALL}

ANY = {"attribute": ("link_entity", "link_id"), "metadata": ("resource_type", "resource_id")}
"""These hang on a row of any table: the columns that say which table, and which row."""
LOOSE = frozenset({"parent_organization_id", "parent_id", "taxonomy_id"})
"""Columns that may name what is not in the file: HSDS itself publishes terms without their taxonomy."""


def parents(table: str) -> dict[str, str]:
    """Columns of a table that name the row it hangs on, or the row it refers to: column to the other table's name."""
    found = {}
    for column in TABLES[table].fields:
        other = column.removesuffix("_id")
        if column.endswith("_id") and other in TABLES:
            found[column] = other
    return found


def table_of(name: str) -> Table | None:
    """The table of a file or key: "services.csv", "services", "service" or "service_at_locations"."""
    bare = name.rpartition("/")[2].removesuffix(".csv")
    if f"{bare}.csv" in BY_FILE:
        return BY_FILE[f"{bare}.csv"]
    if bare in TABLES:
        return TABLES[bare]
    return TABLES.get(bare.removesuffix("s"))
