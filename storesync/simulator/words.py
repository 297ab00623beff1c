"""Text samples for the simulated shops: places, products and people in three languages.

Some are hostile on purpose: terminal markup and control characters, HTML, a spreadsheet
formula. Shops have such texts, and no program that shows them may interpret them.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A shop's country, with the language, currency and time zone that follow from it."""

    country: str
    language: str
    currency: str
    time_zone: str
    cities: tuple[tuple[str, str, str], ...]
    phone: str


PLACES = {
    "AR": Place(
        "AR",
        "es",
        "ARS",
        "America/Argentina/Buenos_Aires",
        (("Córdoba", "Córdoba", "5000"), ("Rosario", "Santa Fe", "2000"), ("Neuquén", "Neuquén", "8300")),
        "+54911",
    ),
    "BR": Place(
        "BR",
        "pt",
        "BRL",
        "America/Sao_Paulo",
        (("São Paulo", "São Paulo", "01310-100"), ("Maceió", "Alagoas", "57020-000")),
        "+5511",
    ),
    "MX": Place(
        "MX",
        "es",
        "MXN",
        "America/Mexico_City",
        (("Ciudad de México", "CDMX", "06000"), ("Mérida", "Yucatán", "97000")),
        "+5255",
    ),
    "US": Place(
        "US",
        "en",
        "USD",
        "America/New_York",
        (("Portland", "Maine", "04101"), ("Albany", "New York", "12207"), ("Boise", "Idaho", "83702")),
        "+1207",
    ),
    "ES": Place(
        "ES",
        "es",
        "EUR",
        "Europe/Madrid",
        (("A Coruña", "Galicia", "15001"), ("Logroño", "La Rioja", "26001")),
        "+34600",
    ),
}

HOMES = {"tiendanube": ("AR", "BR", "MX"), "shopify": ("US", "ES", "MX", "BR")}

GOODS = {
    "es": (
        ("Remera", "Pantalón", "Mate", "Lámpara", "Cuaderno", "Campera", "Zapatilla", "Taza", "Almohadón"),
        ("clásica", "de algodón", "artesanal", "niño", "edición limitada 🎉", "XL", "ñandú", "“única”"),
    ),
    "pt": (
        ("Camiseta", "Calça", "Caneca", "Luminária", "Caderno", "Jaqueta", "Tênis", "Almofada", "Pão de mel"),
        ("clássica", "de algodão", "artesanal", "coração ❤️", "edição limitada 🎉", "promoção", "açaí"),
    ),
    "en": (
        ("Shirt", "Trousers", "Mug", "Lamp", "Notebook", "Jacket", "Sneaker", "Cushion", "Kettle"),
        ("classic", "cotton", "handmade", "kids' 🧸", "limited edition 🎉", "naïve", "O'Neill"),
    ),
}

COLOURS = {
    "es": ("Rojo", "Azul", "Marrón", "Añil"),
    "pt": ("Vermelho", "Azul", "Limão", "Maçã"),
    "en": ("Red", "Blue", "Café", "Teal"),
}

SIZES = ("P", "S", "M", "L", "XL", "42½")

OPTIONS = {"es": ("Color", "Talle"), "pt": ("Cor", "Tamanho"), "en": ("Colour", "Size")}

SHELVES = {
    "es": ("Ropa", "Hogar", "Niños", "Ofertas", "Otoño", "Cocina & Té"),
    "pt": ("Roupas", "Casa", "Crianças", "Promoções", "Verão", "Cozinha & Chá"),
    "en": ("Clothes", "Home", "Kids", "Sale", "Summer", "Kitchen & Tea"),
}

FIRST_NAMES = (
    *("María", "José", "Ana", "João", "Zé", "Sofía", "Lucas", "Conceição", "Iñaki", "Beatriz"),
    *("Noël", "Chloé", "Óscar", "Júlia", "Mateus", "Alice", "Bruno", "Åsa", "Nguyễn", "李"),
)
LAST_NAMES = (
    *("Silva", "García", "Muñoz", "Gonçalves", "Peña", "Araújo", "O'Brien", "Núñez", "Ferreira"),
    *("Domínguez", "de la Cruz", "Brandão", "Smith-Jones", "Łukasz", "Müller", "Ninguém"),
)

HOSTILE = (
    "[red]Bold[/red]",
    "Ana \x1b[31mRoja\x1b[0m",
    '=HYPERLINK("http://example.com";"click")',
    "<script>alert('hola')</script>",
    "Robert'); DROP TABLE orders;--",
    "👩‍👩‍👧 Família \u202etxet",
)

CODES = ("HOLA10", "VERÃO", "welcome", "=1+1", "AÑO NUEVO", "frete[b]grátis[/b]")

DEPOTS = {
    "es": ("Depósito central", "Local Ñuñoa", "Galpón norte"),
    "pt": ("Depósito central", "Loja São João", "Galpão norte"),
    "en": ("Main depot", "Shop on Pier 9", "North shed"),
}

NOTES = {
    "es": ("Dejar en portería", "¿Puede llegar el lunes?", "Regalo 🎁", "Sin cebolla [b]por favor[/b]"),
    "pt": ("Deixar na portaria", "É presente 🎁", "Não tocar a campainha", "Atenção: cão bravo"),
    "en": ("Leave at the door", "It's a gift 🎁", "Please call first", "Don't ring [b]twice[/b]"),
}

STREETS = ("Av. Corrientes", "Rua das Flores", "Calle Ñuñoa", "Main Street", "Travessa do Ó")

CARRIERS = ("Correo Argentino", "Correios", "Andreani", "UPS", "Estafeta")
