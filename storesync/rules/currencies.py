"""How many decimals the amounts of a currency have. Pure."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

MINOR_UNITS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF"
    " CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF"
    " IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN"
    " MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS"
    " SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG",
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
"""ISO 4217: the currencies by how many decimals an amount has."""

_USUAL = 2


@cache
def minor_unit(currency: str | None) -> Decimal:
    """Return the smallest amount of *currency*, such as 0.01; that of most where it is not known."""
    units = next((units for units, codes in MINOR_UNITS.items() if currency in codes.split()), _USUAL)
    return Decimal(1).scaleb(-units)


def to_minor_unit(amount: Decimal, currency: str | None) -> Decimal:
    """Return *amount* rounded to the minor unit of *currency*, halves away from zero."""
    return amount.quantize(minor_unit(currency), ROUND_HALF_UP)
