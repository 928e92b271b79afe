"""Word lists of the checks. English. Each says what it is for; all are data, no code depends on their order."""

from __future__ import annotations

from rag.normal import listed, stem

# --- Negation -----------------------------------------------------------------------------------------------

# A word that turns what follows it, up to the end of its clause.
NEGATORS = frozenset(
    listed(
        """not no never none neither nor nobody nothing nowhere without cannot n't hardly scarcely barely unable
        lack lacked lacks lacking fail failed fails failing unlikely"""
    )
)
# Turn what follows only before "to": "refused to sign", "declined to comment".
REFUSALS = frozenset(listed("""refused refuses refuse refusing declined declines decline declining yet neglected"""))
# Turn what follows only before "-ing": "stopped taking fares".
STOPPING = frozenset(listed("stop stopped stops quit ceased ceases avoid avoided avoids"))
# Where a negator does not negate: "not only", "no doubt", "no later than", "no fewer than".
NOT_NEGATING = frozenset(listed("""only just merely least fewer less more later longer doubt matter one-time"""))
# "No longer" does negate what is now; listed to be taken back from the line above.
CLAUSE_ENDS = frozenset(
    listed(
        "but because although though while whereas and or so if unless which who that when after before since until"
    )
)

# --- Opposites ----------------------------------------------------------------------------------------------

# Axes: words of the left side point one way, words of the right side the other; negation turns a word round.
_OPPOSITES = """
direction
    + rise increase grow climb soar surge jump gain up higher raise boost expand upward rally hike accelerate
      swell double triple strengthen improve lift
    - fall decrease decline drop shrink plunge slump tumble down lower cut reduce contract downward slide slash
      slow dwindle halve weaken worsen sink plummet dip ease
amount
    + more most greater larger bigger above exceed over majority
    - less fewer least smaller below under minority
outcome
    + win victory triumph beat clinch
    - lose loss
answer
    + accept approve agree welcome endorse pass adopt ratify grant
    - reject refuse decline veto rebuff disapprove dismiss turn-down vote-down spurn scrap
support
    + support back favour favor endorse defend praise applaud welcome hail
    - oppose against condemn criticise criticize denounce protest resist attack blast slam
truth
    + confirm admit acknowledge concede verify affirm
    - deny refute rebut dispute disavow
access
    + allow permit authorise authorize legalise legalize let
    - ban bar block prohibit forbid outlaw prevent disallow
membership
    + include invite admit
    - exclude omit sideline
verdict
    + convict guilty
    - acquit innocent clear exonerate
custody
    + arrest detain jail imprison capture
    - free release
start
    + begin start launch open resume introduce reopen
    - end stop halt close shut finish suspend cancel abandon conclude cease
life
    + survive alive survivor rescue
    - die kill perish
office
    + appoint hire elect reinstate
    - dismiss fire sack oust resign quit remove
side
    + join enter arrive come
    - leave exit withdraw depart quit
trade
    + buy purchase import
    - sell export
success
    + succeed success successful successfully
    - fail failure unsuccessful unsuccessfully collapse
law
    + legal lawful constitutional
    - illegal unlawful unconstitutional
safety
    + safe
    - unsafe dangerous
chance
    + likely probable possible
    - unlikely improbable impossible
rank
    + best highest largest biggest fastest longest strongest
    - worst lowest smallest slowest shortest weakest
time order
    + before earlier prior ahead
    - after later following
early
    + early
    - late delay postpone
hold
    + keep retain maintain extend uphold
    - drop scrap repeal revoke overturn abolish end lift
present
    + present attend
    - absent skip miss boycott
mood
    + optimistic hopeful confident
    - pessimistic doubtful sceptical skeptical
quality
    + good excellent better strong
    - poor bad worse weak awful
condition
    + stable
    - critical
limit
    + within
    - exceed beyond
contest
    + ahead lead
    - behind trail
harm
    + injure hurt wound kill
    - unhurt unharmed safe
timing
    + early bring-forward
    - late delay postpone
friend
    + ally friend partner
    - enemy foe rival opponent
truthful
    + true correct accurate
    - false untrue incorrect wrong
quantity
    + many several all every always everyone
    - few none never no-one nobody
duration
    + permanent permanently
    - temporary temporarily
public
    + public publicly openly
    - private privately secret secretly
willing
    + voluntary voluntarily willing
    - forced compulsory mandatory unwilling
together
    + unite unanimous unanimously
    - divide split
attackside
    + victim
    - attacker perpetrator
north
    + north northern
    - south southern
east
    + east eastern
    - west western
youth
    + young younger youngest
    - old older oldest
sex
    + man woman-not male father son brother husband he
    - woman female mother daughter sister wife she
worth
    + cheap cheaper
    - dear dearer expensive costly
heat
    + hot hotter warm warmer hottest
    - cold colder cool cooler coldest
home
    + home domestic domestically
    - abroad foreign overseas
"""

# stem → {axis: +1 or −1}
AXES: dict[str, dict[str, int]] = {}
_axis, _sign = "", 1
for _line in _OPPOSITES.strip().splitlines():
    if not _line.startswith(" "):
        _axis = _line
        continue
    for _word in listed(_line):
        if _word in {"+", "-"}:
            _sign = 1 if _word == "+" else -1
        else:
            # A stem on both sides of an axis ("kill" and "killed" are one) says nothing on it.
            _sides = AXES.setdefault(stem(_word), {})
            _sides[_axis] = _sign if _sides.get(_axis, _sign) == _sign else 0
# Words that also fill a sentence as plain prepositions or particles: they count only next to what they compare.
WEAK_AXES = frozenset(
    stem(word)
    for word in listed("up down over under above below back before after most earlier later he she old all many")
)

# --- Attribution --------------------------------------------------------------------------------------------

# Verbs of telling, by how far their user stands behind what is told.
SAYING = frozenset(
    stem(word)
    for word in listed(
        """say tell add state note explain announce report write declare comment remark mention reply respond post
        tweet argue insist stress emphasise emphasize maintain reiterate testify tell recall describe call
        predict forecast estimate believe think hope fear expect suspect feel suggest indicate hint signal
        propose urge demand vow pledge promise threaten warn caution claim allege accuse assert contend deny
        dispute dismiss reject complain criticise criticize condemn denounce blame praise joke concede admit
        acknowledge confirm reveal disclose conclude find show agree repeat label brand portray characterise
        characterize speculate imply advise recommend quote cite rule"""
    )
)
# Their user may be wrong, and the teller does not say whether: told as fact these are a fault, not a shortening.
DOUBTFUL = frozenset(
    stem(word)
    for word in listed(
        """claim allege accuse assert contend deny dispute warn predict forecast estimate believe think hope fear
        expect suspect feel suggest indicate hint argue insist speculate imply complain criticise criticize
        condemn denounce blame vow pledge promise threaten propose urge demand call label brand maintain"""
    )
)
# Verbs that vouch: used for what the source only claims, they say more than the source.
VOUCHING = frozenset(
    stem(word) for word in listed("confirm admit acknowledge concede reveal prove establish discover verify expose")
)
ATTRIBUTIONS = (
    r"\baccording to\b",
    r"\b(?:put|estimated|valued|assessed) at\b",
    r"\bin the (?:words|view|opinion) of\b",
    r"\b(?:by|on) (?:his|her|their|its) (?:own )?account\b",
    r"\b(?:allegedly|reportedly|purportedly|supposedly|apparently|ostensibly)\b",
    r"\b(?:claims?|allegations?|accusations?|warnings?|denials?|reports?|statements?|beliefs?|predictions?|"
    r"estimates?|forecasts?) (?:that|by|from|of)\b",
    r"\b(?:is|are|was|were|been) (?:said|believed|thought|alleged|reported|expected|accused|suspected|understood|"
    r"rumou?red|considered|described|seen|feared|estimated)\b",
    r"\b(?:alleged|suspected|reported|purported|so-called|apparent)\b",
)
# Words that say where something is from without a verb of telling: "in the poll".
SOURCES_OF = r"\b(?:polls?|surveys?|study|studies|forecasts?|estimates?)\b"
# What may come about, not what has.
HEDGES = (
    r"\b(?:may|might|could|would)\b(?! have been a)",
    r"\b(?:is|are|was|were|be|been) (?:expected|likely|set|due|scheduled|planned|poised|about|going|slated|"
    r"unlikely|projected|forecast|predicted|hoping|planning|considering|weighing) (?:to|for)\b",
    r"\b(?:likely|possibly|perhaps|probably|potentially|maybe|presumably)\b",
    r"\b(?:plans?|planned|hopes?|hoped|aims?|aimed|intends?|intended|wants?|wanted|seeks?|sought|considering|"
    r"proposed?|proposes|proposal|offered|offers|threatened|threatens|vows?|vowed|pledged?|promised?) (?:to|a|an|"
    r"the|that)\b",
    r"\b(?:appears?|appeared|seems?|seemed) to\b",
    r"\bif\b|\bunless\b",
    r"\b(?:suggests?|suggested|indicates?|indicated) that\b",
)

# Speakers with a side: what they say is their claim until somebody else says it too.
PARTISAN = frozenset(
    stem(word)
    for word in listed(
        """lawyer attorney barrister counsel solicitor prosecutor prosecution defence defense defendant plaintiff
        opposition critic union federation chamber campaigner activist lobby analyst columnist commentator
        economist party mp senator congressman congresswoman rebel supporter rival challenger candidate builder
        maker manufacturer seller developer opponent insurgent militia witness neighbour neighbor relative
        family friend owner"""
    )
)
# Words of judgement: what they say of a thing is somebody's view of it.
JUDGING = frozenset(
    stem(word)
    for word in listed(
        """too should must ought best worst wrong fair unfair disaster disastrous great terrible good bad better
        worse undervalue overvalue overpay overprice mistake betray betrayal shame shameful lie dangerous
        reckless brilliant absurd unacceptable outrageous irresponsible deserve need tragic tragedy incompetent
        corrupt cruel stupid foolish weak weaken strengthen strong crucial important unjust beautiful ugly
        boring hopeless pointless success failure illegitimate doomed scandal scandalous disgrace disgraceful
        excellent poor"""
    )
)
# Words that make one thing the cause of another.
CAUSES = frozenset(
    stem(word)
    for word in listed(
        "cause because due owing thanks blame fault responsible result led reason trigger spark prompt"
    )
)
# A dispute in the lines: somebody there does not agree.
DISPUTES = (
    r"\b(?:den(?:y|ies|ied)|disput(?:e|es|ed)|reject(?:s|ed)|dismiss(?:es|ed)|contradict(?:s|ed)?|refut(?:e|"
    r"es|ed)|contest(?:s|ed))\b"
    r"(?! (?:the )?(?:offer|bid|proposal|request|plan|appeal|motion|demand))",
    r"\bnot everyone agrees\b|\bno independent\b|\bno evidence\b|\bhowever, \w+ (?:said|says)\b|"
    r"\bputs? (?:it|the figure|the number) at\b",
    r"\b(?:indictment|charges?|accus(?:e|es|ed))\b",
)
# By-lines of pieces that argue.
OPINION_PIECES = (
    r"(?:^|\n)[^\n]{0,60}\b(?:comment|columnist|opinion|editorial|op-ed|commentary|leader|"
    r"viewpoint)\b[^\n]{0,30}(?:$|\n)"
)

# --- What carries a sentence --------------------------------------------------------------------------------

# Verbs and fillers that any sentence may use whatever its lines say.
LIGHT = frozenset(
    stem(word)
    for word in listed(
        """be have do make take get give go come put set use find see show become keep begin start happen occur
        involve include concern follow part time thing way number figure amount total year day week month date
        place case people person man woman others statement comment also already still later earlier now then
        currently recently previously meanwhile however instead together around old long high tall wide"""
    )
)
# Verbs (and the nouns of them) whose two sides are not the same: turned round they say something else.
ROLE_VERBS = frozenset(
    stem(word)
    for word in listed(
        """win beat defeat elect kill arrest sue buy acquire accuse attack invade offer bid dismiss sack fire
        appoint replace succeed reject accept condemn criticise criticize praise support sanction strike host
        invite overtake hire shoot stab score resign sentence convict charge pay receive own open close sign
        join leave lead help save rescue bomb shell occupy seize capture release free steal rob threaten visit
        back oppose endorse nominate name marry divorce owe lend borrow sell send give fund finance hit block
        veto ban allow order ask urge call tell warn brief inform notify question investigate prosecute defend
        represent teach train coach manage"""
    )
)

# --- Names --------------------------------------------------------------------------------------------------

# Words before a name that are not part of it.
TITLES = frozenset(
    listed(
        """mr mrs ms miss dr sir dame lord lady president vice prime minister chancellor secretary senator sen rep
        representative governor gov mayor king queen prince princess pope judge justice general gen colonel col
        captain capt sergeant sgt lieutenant lt major admiral commander chief director chair chairman chairwoman
        chairperson chief-executive ceo professor prof reverend rev former ex acting deputy foreign defence
        defense finance interior home health education treasury attorney ambassador envoy spokesman spokeswoman
        spokesperson detective inspector officer constable superintendent councillor congressman congresswoman
        speaker leader coach manager state minister premier emperor sheikh ayatollah cardinal bishop archbishop
        father sister brother saint st first second lady the"""
    )
)
# Small words inside names: Ursula von der Leyen, Bank of England.
PARTICLES = frozenset(listed("of de la le van von der den di da dos del al el bin ibn the and y"))
# Words that a line uses for someone the context names.
PRONOUNS = frozenset(
    listed("he she they him her them his hers their theirs it its who whose himself herself themselves itself")
)
# Written with a capital but no name of anybody or anything that could be wrong.
NOT_NAMES = frozenset(
    listed(
        """i ok tv monday tuesday wednesday thursday friday saturday sunday january february march april may june
        july august september october november december jan feb mar apr jun jul aug sept sep oct nov dec gmt utc
        est pm am internet english covid"""
    )
)

# Country, what else it is called, its people and adjective, its capital and the houses its government is called by.
# The last column names the government in the news ("Kyiv said"), and the place: the names check tells them apart.
PLACES: tuple[tuple[str, str, str, str], ...] = (
    ("united states", "us usa u.s. u.s.a. america", "american americans", "washington white-house"),
    ("united kingdom", "uk u.k. britain great-britain", "british briton britons", "london downing-street"),
    ("european union", "eu e.u.", "", "brussels"),
    ("united nations", "un u.n.", "", ""),
    ("nato", "n.a.t.o. north-atlantic-treaty-organization north-atlantic-treaty-organisation", "", ""),
    ("world health organization", "who w.h.o. world-health-organisation", "", ""),
    ("ukraine", "", "ukrainian ukrainians", "kyiv kiev"),
    ("russia", "russian-federation", "russian russians", "moscow kremlin"),
    ("china", "people's-republic-of-china", "chinese", "beijing"),
    ("france", "", "french frenchman", "paris elysee"),
    ("germany", "", "german germans", "berlin"),
    ("italy", "", "italian italians", "rome"),
    ("spain", "", "spanish spaniard spaniards", "madrid"),
    ("portugal", "", "portuguese", "lisbon"),
    ("poland", "", "polish pole poles", "warsaw"),
    ("turkey", "turkiye", "turkish turk turks", "ankara"),
    ("greece", "", "greek greeks", "athens"),
    ("ireland", "", "irish", "dublin"),
    ("netherlands", "holland", "dutch", "hague"),
    ("belgium", "", "belgian belgians", ""),
    ("switzerland", "", "swiss", "bern"),
    ("austria", "", "austrian austrians", "vienna"),
    ("hungary", "", "hungarian hungarians", "budapest"),
    ("romania", "", "romanian romanians", "bucharest"),
    ("bulgaria", "", "bulgarian bulgarians", "sofia"),
    ("serbia", "", "serbian serb serbs", "belgrade"),
    ("sweden", "", "swedish swede swedes", "stockholm"),
    ("norway", "", "norwegian norwegians", "oslo"),
    ("denmark", "", "danish dane danes", "copenhagen"),
    ("finland", "", "finnish finn finns", "helsinki"),
    ("israel", "", "israeli israelis", "jerusalem"),
    ("palestine", "palestinian-territories", "palestinian palestinians", "ramallah"),
    ("iran", "", "iranian iranians", "tehran"),
    ("iraq", "", "iraqi iraqis", "baghdad"),
    ("syria", "", "syrian syrians", "damascus"),
    ("lebanon", "", "lebanese", "beirut"),
    ("egypt", "", "egyptian egyptians", "cairo"),
    ("saudi arabia", "kingdom-of-saudi-arabia", "saudi saudis saudi-arabian", "riyadh"),
    ("qatar", "", "qatari qataris", "doha"),
    ("yemen", "", "yemeni yemenis", "sanaa"),
    ("afghanistan", "", "afghan afghans", "kabul"),
    ("pakistan", "", "pakistani pakistanis", "islamabad"),
    ("india", "", "indian indians", "delhi new-delhi"),
    ("japan", "", "japanese", "tokyo"),
    ("south korea", "republic-of-korea", "south-korean south-koreans", "seoul"),
    ("north korea", "dprk", "north-korean north-koreans", "pyongyang"),
    ("taiwan", "", "taiwanese", "taipei"),
    ("vietnam", "", "vietnamese", "hanoi"),
    ("philippines", "", "philippine filipino filipinos", "manila"),
    ("indonesia", "", "indonesian indonesians", "jakarta"),
    ("australia", "", "australian australians", "canberra"),
    ("new zealand", "", "", "wellington"),
    ("canada", "", "canadian canadians", "ottawa"),
    ("mexico", "", "mexican mexicans", ""),
    ("brazil", "", "brazilian brazilians", "brasilia"),
    ("argentina", "", "argentine argentinian argentines", "buenos-aires"),
    ("venezuela", "", "venezuelan venezuelans", "caracas"),
    ("cuba", "", "cuban cubans", "havana"),
    ("south africa", "", "south-african south-africans", "pretoria"),
    ("nigeria", "", "nigerian nigerians", "abuja"),
    ("kenya", "", "kenyan kenyans", "nairobi"),
    ("ethiopia", "", "ethiopian ethiopians", "addis-ababa"),
    ("sudan", "", "sudanese", "khartoum"),
    ("republican party", "gop republicans republican", "", ""),
    ("democratic party", "democrats democrat democratic", "", ""),
    ("europe", "", "european europeans", ""),
    ("africa", "", "african africans", ""),
    ("asia", "", "asian asians", ""),
    ("scotland", "", "scottish scots", "edinburgh"),
    ("wales", "", "welsh", "cardiff"),
    ("england", "", "english", ""),
)  # fmt: skip
# Before one of these a capital is a place, not a government.
LOCATIVE = frozenset(
    listed(
        "in near at around outside inside across through into to from over toward towards throughout on of central"
    )
)
