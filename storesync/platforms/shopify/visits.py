"""Rows of where orders came from: the channel, the customer's first and last visit, and the risk of fraud.

Fields: https://shopify.dev/docs/api/admin-graphql/2026-10/objects/CustomerJourneySummary and …/objects/CustomerVisit
"""

from storesync.model import Row, Shop
from storesync.platforms.shapes import Count, Flag, Instant, Text
from storesync.platforms.shopify.objects import Object, Person, Ref, Total, flag, linked, lower
from storesync.platforms.values import identifier, instant

RISKS = ("NONE", "PENDING", "LOW", "MEDIUM", "HIGH")
"""The levels of risk, the gravest last: https://shopify.dev/docs/api/admin-graphql/2026-10/enums/RiskAssessmentResult"""


class UtmParameters(Object):
    """What the address that led to a visit says of the campaign."""

    source: Text = None
    medium: Text = None
    campaign: Text = None
    term: Text = None
    content: Text = None


class Visit(Object):
    """A visit of the online store."""

    occurred_at: Instant = None
    source: Text = None
    source_description: Text = None
    source_type: Text = None
    referrer_url: Text = None
    landing_page: Text = None
    referral_code: Text = None
    utm_parameters: UtmParameters | None = None


class Journey(Object):
    """The visits that led to an order."""

    ready: Flag = None
    customer_order_index: Count = None
    days_to_conversion: Count = None
    moments_count: Total | None = None
    first_visit: Visit | None = None
    last_visit: Visit | None = None


class App(Ref):
    """The app by which an order was placed."""

    name: Text = None


class Attribution(Object):
    """The channel to which a sale is attributed."""

    display_name: Text = None
    handle: Text = None


class Assessment(Object):
    """What one app thinks of the risk of an order."""

    risk_level: Text = None


class Risk(Object):
    """The risk that an order is fraud, and what to do with it."""

    recommendation: Text = None
    assessments: list[Assessment] | None = None


class OrderVisits(Ref):
    """An order as far as it tells where it came from."""

    created_at: Instant = None
    updated_at: Instant = None
    email: Text = None
    customer: Person | None = None
    app: App | None = None
    attribution: Attribution | None = None
    retail_location: Ref | None = None
    risk: Risk | None = None
    customer_journey_summary: Journey | None = None


def order_visit_rows(order: OrderVisits, _: Shop) -> dict[str, list[Row]]:
    """Return the row of an order."""
    journey, risk = order.customer_journey_summary or Journey(), order.risk or Risk()
    app, attribution = order.app or App(), order.attribution or Attribution()
    levels = [each.risk_level for each in risk.assessments or () if each.risk_level in RISKS]
    row = {
        "id": identifier(order.id),
        "customer_id": linked(order.customer),
        "email": order.email or None,
        "channel": attribution.display_name or None,
        "channel_handle": attribution.handle or None,
        "app_id": linked(order.app),
        "app_name": app.name or None,
        "location_id": linked(order.retail_location),
        "risk_recommendation": lower(risk.recommendation),
        "risk_level": lower(max(levels, key=RISKS.index, default=None)),
        "is_ready": flag(journey.ready),
        "customer_order_index": journey.customer_order_index,
        "days_to_conversion": journey.days_to_conversion,
        "moments_count": journey.moments_count.count if journey.moments_count else None,
        **_visit("first", journey.first_visit or Visit()),
        **_visit("last", journey.last_visit or Visit()),
        "created_at": instant(order.created_at),
        "updated_at": instant(order.updated_at),
    }
    return {"order_visits": [row]}


def _visit(place: str, visit: Visit) -> Row:
    """Return the columns of the visit at that *place*, ``first`` or ``last``."""
    utm = visit.utm_parameters or UtmParameters()
    columns = {
        "visit_at": instant(visit.occurred_at),
        "source": visit.source or None,
        "source_name": visit.source_description or None,
        "source_type": lower(visit.source_type),
        "referrer_url": visit.referrer_url or None,
        "landing_page": visit.landing_page or None,
        "referral_code": visit.referral_code or None,
        "utm_source": utm.source or None,
        "utm_medium": utm.medium or None,
        "utm_campaign": utm.campaign or None,
        "utm_term": utm.term or None,
        "utm_content": utm.content or None,
    }
    return {f"{place}_{name}": value for name, value in columns.items()}
