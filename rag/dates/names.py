"""Names that hold a month, a weekday, a year or a word of time and are no time: "May Day", "the Sunday Times"."""

from __future__ import annotations

import re

from rag.dates.words import DAY, MONTH, YEAR

# Names that hold a month, a weekday, a year or a word of time but are not a time. Matched first, they block what
# overlaps them. Days that became the name of what happened on them are names too: the question is about the event.
NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b[Mm]arch(?:es|ed|ing)?\s+(?:on|to|of|for|through|against)\s+(?!{MONTH})(?:the\s+)?[A-Z]\w+",
        r"\b(?:Women's|Long|Freedom|Death|Salt|Million Man|Wedding)\s+March\b",
        r"\b(?i:black|good|cyber|super|fat|shrove|giving|taco|freaky|casual|bloody|palm|ash|spy|holy|maundy|ruby|"
        r"blue|sheffield|mad|wacky|manic|stormy|joe|cold|happy)\s+(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b",
        r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\s+(?:Times|Mirror|Express|Telegraph|Mail|Herald|Post|People"
        r"|Sun|Star|World|Review|Night\s+(?:Football|Live|Raw)|Ticket|Group|Club|Addams|School|Roast|Lunch|Island)\b",
        r"\b[Tt]he\s+(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\s+[A-Z]\w+",
        r"\bThank God It's Friday\b|\bFriday the 13th\b|\bFridays for Future\b|\bFriday Night Lights\b",
        r"\b(?:Theresa|Brian|James|Elaine|Fiona|Anna|Robert|Rollo|Imelda)\s+May\b|\bMay\s+(?:Day|Fourth|"
        r"the Fourth)\b",
        r"\b(?:April|June|August|May|January)\s+(?!Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)[A-Z][a-z]+\b",
        r"\b(?:July 4(?:th)?|(?:4th|[Ff]ourth) of July|April Fools'?|March Madness|October Revolution|November Rain|"
        r"Cinco de Mayo|Juneteenth)\b",
        r"\b(?:9/11|7/7|24/7|11/9|1/6)\b",
        rf"(?i:\b(?:{DAY}\s+(?:of\s+)?{MONTH}|{MONTH}\s+{DAY})(?:,?\s+{YEAR})?(?:-|\s+)(?:(?:terror|"
        rf"terrorist|hamas|"
        r"capitol|us capitol)\s+)?(?:attacks?|attackers?|massacres?|riots?|rioters?|insurrection|committee|hearings?|"
        r"defendants?|bombings?|coup|uprising|movement|revolution|select\s+committee|assault)\b)",
        r"\b(?i:USA Today|the Today (?:programme|program|show)|Russia Today|India Today|Psychology Today|Today show|"
        r"Apocalypse Now|Democracy Now!?|The Day After Tomorrow|Tomorrowland|class of (?:1\d\d\d|20\d\d)|"
        r"yesterday's men|fiscal year (?:1\d\d\d|20\d\d))\b",
        r"\b(?:Boeing|Airbus|Catch|Route|Fortune|Area|Flight|Interstate|Windows|Formula|Channel|Unit|Level|Room|COP|"
        r"G|Euro|UEFA Euro|Expo|Agenda|Project|Vision|Blade Runner|Cyberpunk|World Cup|Olympics|"
        r"Eurovision)[\s-]?\d+\b",
        r"\b(?:1984|2001|1917|2012|1941|1922)(?=,?\s+(?:the\s+)?(?:novel|film|movie|book|a space)\b)",
        r"\b\d{1,4}\s+(?:[A-Z]\w+\s+)?(?:Street|St\b|Road|Avenue|Ave\b|Lane|Drive|Square|Boulevard|Pennsylvania)",
    )
)
