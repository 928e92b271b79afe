"""Words that news uses for the same thing, words of one kind that exclude each other, and the verbs of news.

English. Written by hand, so that each line can be read and argued with. Words of a line need not be equal in every
sentence: they are near enough that one of them in a line bears out another one in a sentence about the same names.
"""

from __future__ import annotations

from functools import lru_cache

from rag.normal import listed, stem

_SAME = """
accuse accusation allege allegation charge indict indictment blame claim
accept agree approve endorse back adopt pass ratify welcome
acquit clear exonerate
act do take
add include join
admit acknowledge concede confess own
afraid fear worry anxious concern
agree agreement deal accord pact settle settlement treaty
aid help assistance support relief
aim plan intend intention want seek goal purpose hope
airport runway airfield
allow let permit authorise authorize permission free may able
allowed permitted free
amount sum total
angry anger outrage fury furious
announce say declare tell state report reveal publish unveil
appeal challenge contest court
appear seem look
appoint name choose nominate pick hire install select make
approve vote adopt back endorse clear pass majority
approximately about roughly around some circa
argue say claim contend maintain insist
arrest detain hold custody seize capture catch jail
arrive reach come land enter
ask request demand call urge appeal seek want
attack strike hit raid assault bomb shell
attend present visit join come
author writer novelist wrote
automobile car vehicle van
award prize honour honor win give grant
backing support
bad poor terrible awful
ban forbid prohibit outlaw bar block disallow
bank lender
battle fight clash combat
beat defeat win victory overcome
become be turn
begin start launch open commence onset opening break
believe think consider feel view see call describe regard
big large huge great major considerable
bid offer proposal takeover
birth born deliver
block stop halt prevent bar obstruct
boat ship vessel ferry tug
body corpse dead
bomb explosive blast explode explosion
border frontier
boss chief head leader director executive
brag boast
break breach violate
breakthrough break
bribe bribery corruption corrupt
bring carry take put
build construct erect construction building make
burn blaze fire
business company firm corporation enterprise
buy acquire purchase acquisition takeover take obtain
call describe name label term brand
call telephone phone
cancel scrap axe call
candidate contender
cap limit ceiling restrict
car automobile vehicle
careful cautious
cause reason lead trigger bring because
cease stop end halt
ceasefire truce armistice
celebrate cheer rejoice party
chair head lead preside
challenge contest dispute appeal
champion winner titleholder
change alter amend shift revise
charge accuse indict prosecute
cheap inexpensive affordable
chief head director boss leader
child kid boy girl youngster pupil son daughter
choose select pick elect decide name
citizen resident inhabitant people
city town municipality
claim say assert contend allege
close shut closure shutter
coach manager trainer
collapse fall cave crumble
collide hit crash collision
come arrive
comment remark statement
commission order
company firm business group corporation operator maker
compensation damages award
complain criticise criticize object protest grumble
condition state
condemn criticise criticize denounce attack decry
conduct lead run hold carry
confirm say verify
consent agree
consider weigh think
contaminate pollute poison
continue go remain keep last
convict guilty sentence
cost price worth pay expensive
council councillor
country nation state land
court judge tribunal ruling
crash accident collision collide hit
create establish found set
criticise criticize criticism attack slam blast condemn
crowd people
cut reduce lower slash reduction decrease fall drop
damage harm hurt destroy
danger risk threat peril hazard dangerous
dead die kill death toll lose perish claim body victim fatality fatal life
debate discuss argue discussion
decide decision rule vote resolve determine
decline fall drop decrease shrink
decrease fall drop decline reduce reduction shrink cut lower
defeat beat lose
defend protect guard
delay postpone late put defer behind
demand call want ask urge insist request
demonstrate march protest rally demonstration
demonstrator protester marcher
deny reject dispute refute contradict denial
depart leave go
deputy assistant vice
design draw plan sketch
destroy ruin wreck gut burn
detective police investigator
detain hold arrest custody
develop make
difference gap margin
difficult hard
disappear vanish miss
disappoint disappointing disappointed regret
discover find
discuss talk debate talks
dismiss sack fire oust remove fired
display show exhibit view exhibition
dispute disagree contradict deny conflict
doctor physician medic
doubt question
draft plan
draw attract
draw tie level
drop fall decline
early soon
earn make receive get
economy economic
effort attempt
elderly old
elect choose win
election vote poll ballot
electricity power
emergency crisis
employ hire job staff work employee
employee worker staff member
employer company
end finish close conclude stop over until last
enemy foe
enough sufficient
enter reach
envoy representative diplomat ambassador
erupt eruption
escape flee avoid survive
establish set found
estimate put reckon calculate assess
evacuate leave move flee rescue
evidence proof
exceed pass top more above over
exclude omit leave
exempt except cover
expand grow enlarge
expect forecast predict foresee anticipate likely should due think
expel throw remove oust
expensive dear costly price
explain say
explode blast explosion erupt
explosion blast
export sell
extinguish put out
face meet
fail failure collapse break
fall drop decline decrease sink lose slip tumble low lower slump shrink
famous known renowned
farm farmer
fast quick rapid
fault defect problem
favour favor support back
fee price sum
fight battle combat
final last
finance fund pay
find discover detect locate conclude show
finish complete end
fire blaze flame burn arson
firm company
first initial
fisherman fishing fisher
flat apartment
flee escape leave run go
flood inundate flooding submerge
flu influenza
fly travel flight
follow succeed after behind
food meal
forbid ban prohibit
forecast predict expect prediction
foreigner foreign migrant
former previous ex
found establish
free release liberate
free gratis pay cost charge
friend ally
frontrunner leader
gain win rise get increase
gather assemble meet
get receive obtain win
give hand grant donate provide award
glad happy pleased
go leave travel move fly
government administration cabinet state ministry
grow rise increase expand grown widen
guilty convict
gun weapon shoot
gut destroy burn ruin
half 50
halt stop suspend end
hand give
happen occur take place
harm hurt damage
harvest crop vintage
head lead chief leader
headquarters base
heavy severe
help aid assist support
hide conceal
high tall
highlight underline stress emphasise emphasize point raise
hire appoint employ recruit
hit strike
hold keep detain host
home house
hope want wish
horrible terrible
hospital clinic ward
host hold stage
hostage captive
house home building
hurt injure wound harm
idea plan proposal
ill sick illness disease
illegal unlawful
illness disease sick
immediately once
impact effect
impose put place introduce
improve better
improper wrong
increase rise grow raise gain climb up hike growth more widen
infect infection disease
inform tell notify brief
inhabitant resident people population live
injure hurt wound injury
innocent guilty
inquiry investigation probe
insist maintain say
inspect check examine
install put fit
instruct order tell
intend plan want
interview talk
introduce bring launch
invade invasion
invest investment
investigate probe examine inquiry investigation look determine find
invite ask
jail prison imprison sentence detain
job post position work employment
join enter sign
joint together
judge court rule
jump rise leap
keep retain hold remain stay
kill dead death murder shoot slay die
king monarch ruler
large big
last take
late delay
launch start begin open fly
law legislation rule act
lawmaker mp legislator parliamentarian deputy member
lawyer attorney counsel barrister solicitor
lay put
lead head ahead run command conduct front
leader head chief
leak escape
leave go depart quit exit flee
legal lawful
lend loan
less fewer lower smaller
level equalise equalize draw
lie rest
limit cap restrict
live reside inhabit home resident
loan lend borrow
lorry truck
lose loss defeat
lower reduce cut fall
lucky fortunate
mainly mostly chiefly
make produce build
maker manufacturer producer manufacture
manage run
march demonstrate protest demonstration
marry wed
match game play
mean signify
measure step action
meet meeting talk hold see
member belong
memo document letter note
mention say
method way
middle mid
minister secretary
miss absent lose
mistake error wrong
modify change
money cash fund
move go shift transfer relocate
murder kill homicide
name call appoint
near close by off around
necessary need require
need require must
negotiate talk negotiation
new recent
newspaper paper daily
nobody none
notify tell inform
novel book
number count figure
obtain get
occur happen
offer bid propose
office post
official officer
old aged elderly former
oldest eldest
open start inaugurate reopen
operate run
operator company
opinion view
oppose reject object opposition resist
opponent critic
order command instruct tell direct rule
organise organize arrange stage
organiser organizer
origin come
oust remove
overtake pass
own belong owner
owner own
parliament assembly lawmaker legislature
part portion partly
participate attend join participation take
partner ally
passenger traveller traveler people
pass approve
patient sick
pause stop
pay cost spend give price
penalty fine punish
pension retirement retire
people person inhabitant resident population
perform play
permit allow
person man woman people
photograph picture photo image
picture photograph image
place put spot
plan want intend scheme propose due expect set
plane aircraft jet
plant factory works mill
pledge promise vow
police officer detective
poll survey
pollute contaminate
poor bad
population people inhabitant resident
portion share part
position post
postpone delay put
praise applaud laud commend
predict forecast expect prediction say
premier minister
prepare ready
present give
president leader
press media
prevent stop block
previous last former earlier
price cost
prison jail
prize award
probe investigate investigation inquiry
problem fault trouble
produce make output
profit earnings
propose suggest proposal offer recommend suggestion
prosecute charge try
protect safeguard
protest demonstrate march rally oppose
prove show demonstrate
province region
public open
publish print release
pull tow drag
punish penalty
pupil student
purchase buy
put place
question ask
quick fast
quit resign leave
race run
raise increase lift hike
ready willing prepare
reach arrive come
real true
reason cause why
rebel insurgent
recall call
receive get win
recover find regain
recount count
reduce cut lower
refuse reject decline deny
refugee migrant
region area province
reject refuse dismiss turn rebuff decline oppose rule deny
release free publish
remain stay keep
remember recall
remove rip take withdraw
repair fix mend
replace succeed
report say tell
reporter journalist
request ask
require need
rescue save find safe
research study researcher
resident live inhabitant people
resign quit step
respond answer reply retaliate
result outcome
retaliate respond response
return go back
reveal show say disclose
revise change
rich wealthy
rise increase climb grow go jump gain up higher more
risk danger
rival competitor opponent
road highway street
rob steal
rocket missile
row argument
ruin destroy
rule govern order
rumour rumor
run manage operate lead
runner-up second
sack dismiss fire
safe unhurt unharmed
salary wage pay
same equal as unchanged
sanction penalty punish
satisfied content
save rescue
say tell
scheme plan
scientist researcher
score goal
sea water
search look seek
see watch
seek look want
seem appear
seize take
select choose
sell sale
sentence jail prison
serious severe seriously
share stock
shift move
shoot fire shot
shop store
short brief
shot bullet
show demonstrate indicate reveal display see
shrink fall decline reduce fewer
shut close
sick ill
similar like
skip miss
small little slight
smell odour
soldier troops army
speak say talk
spend pay
spy espionage spying
staff worker employee
start begin
state say
stay remain
steal theft stolen rob thief
stop halt end
storm hurricane
strand stuck
strike walkout walk
study research
succeed follow replace take
sue lawsuit
suggest propose
suggest hint
supplier company
supply provide
sure certain
survive live alive
suspect believe think
suspend halt
swear inaugurate office
talk meeting negotiation discussion discuss negotiate
tax levy
team side club
tell inform
test examine trial
theft steal
think believe
threaten threat
top exceed lead
town city
transfer move
travel go fly
treat treatment care
trial court
trip visit
troops soldier
try attempt seek
tumble fall
twin two
two both pair couple
unanimous united unite
unchanged same
unemployment jobless
unhurt unharmed injure safe
unlikely improbable
urge call
vaccine jab
value worth
van vehicle
vehicle car
verdict ruling
victim dead
victory win
village villager
vote ballot election
vow promise
walkout strike
want demand wish ask seek
warn warning caution
water irrigate irrigation
weigh weight
welcome praise
win victory champion first
winner win champion
wish want
withdraw retract back pull
work job
worry concern fear
wound injure
exempt spare
second two runner-up
nobody none no
mistake wrong error
unhurt unharmed safe
irrigate irrigation water
retaliate reciprocate respond kind
espionage spying spy
transfer join leave sell
conduct lead orchestra
succeed replace follow take
improbable unlikely
ill sick illness disease
yearly annual year
daily day
partly part partial
fold fail
walkout strike walk
jobless unemployment unemployed
vote ballot majority
breathe inhalation inhale
free gratis
unchanged same steady
"""

# Kinds of which a thing is one and not another: where the lines have another, it is told of the wrong one.
_KINDS = """
parents teachers pupils students doctors nurses patients
passengers crew
workers managers bosses employers
adults children
man woman boy girl
men women boys girls
ranger farmer hunter shepherd vet
landlord tenant
minister mayor president king queen governor councillor
prosecutor judge lawyer witness defendant juror
hospital school church prison airport station factory hotel museum library
ferry plane train bus tram lorry van car
government opposition
army police navy
primary secondary
union company
red green blue yellow black white
bear wolf dog cat horse sheep cow pig
snow rain frost hail wind ice fog
strike storm snow fire flood earthquake
fire police ambulance
morning afternoon evening night
midnight midday noon
breakfast lunch dinner
spring summer autumn winter
north south east west
brother sister mother father son daughter wife husband
oysters mussels cod herring salmon
gold silver bronze
husband wife
singer actor writer painter dancer
goal assist
national local regional
Monday Tuesday Wednesday Thursday Friday Saturday Sunday
landlords tenants
import export
birth death
imports exports
births deaths
buyer seller
driver passenger pedestrian cyclist
author reader
wells river
bridge tunnel dam road
beach mountain
wheat rice maize
gas oil coal
bank insurer
"""

# Verbs of news in their base form (their forms are found by stem). Beside those of all the other tables.
_VERBS = """
abandon accept accompany accuse achieve acquire acquit act add address adjourn admit adopt advance advise affect
agree aid aim allege allow amount announce answer apologise apologize appeal appear applaud apply appoint
approach approve argue arrange arrest arrive ask assess assist attack attempt attend attract award ban battle be
beat become begin believe belong bid blame block board bomb boost borrow break brief bring broadcast build burn
bury buy calculate call campaign cancel capture care carry cast catch cause cease celebrate challenge change
charge cheer choose cite claim clash clear climb close collapse collect collide come comment commit compare
compete complain complete concede conclude condemn conduct confirm consider construct consult contact contain
contest continue contradict contribute control convict convince cost count cover crash create criticise
criticize cross cut damage deal debate decide declare decline decrease defeat defend delay deliver demand
demonstrate denounce deny depart deploy describe deserve design destroy detain develop die disagree disappear
discover discuss dismiss display dispute disrupt divide donate double draw drink drive drop earn ease eat elect
emerge emphasise emphasize employ enable encourage end endorse enforce enjoy enter erupt escape establish
estimate evacuate examine exceed exclude exempt exist expand expect expel explain explode export express extend
face fade fail fall favour favor fear feel fight file fill finance find fine finish fire fix flee float flood
fly focus follow forbid force forecast forge form found free fund gain gather get give go govern grant grow
guarantee guard gut halt hand happen harm have head heal hear help hide highlight hire hit hold hope host hurt
identify ignore impose improve include increase indicate infect inform injure insist inspect install intend
interview introduce invade invent invest investigate invite involve issue jail join judge jump keep kill know
land last launch lay lead leak learn leave lend level lie lift limit link live locate lose lower maintain make
manage march mark marry match mean measure meet mention miss monitor mount move murder name need negotiate
nominate note notify obey object obtain occupy occur offer open operate oppose order organise organize oust
outline overcome overtake overturn own pass pay perform permit persuade place plan play plead pledge poison
pollute post postpone pour praise predict prefer prepare present press prevent print produce profit prohibit
promise promote propose prosecute protect protest prove provide publish pull punish purchase push put qualify
question quit quote race raise reach react read realise recall receive recognise recommend record recount
recover recruit reduce refer refuse refute regain reject relate release relocate rely remain remember remove
rent reopen repair repeat replace reply report represent request require rescue resign resist resolve respond
restore restrict result resume retain retire retract return reveal reverse review revise reward ride ring rip
rise risk rob rule run sack sail save say schedule score scrap search secure see seek seem seize sell send
sentence serve set settle shake share shed shelter shift shoot show shrink shut sign sing sink sit skip slash
sleep slow smash smell smuggle solve sound spare spark speak specify spend split spoil spread spy stage stand
star start state stay steal stem step stop stress strike struggle study sue suffer suggest supply support
suppose surge surrender survive suspect suspend swear sweep swim switch take talk target teach tear tell tend
term terminate test testify thank think threaten throw tie top total touch tour tow trace trade train transfer
transport travel treat trigger try turn unite unveil uphold urge use vaccinate value veto visit vote vow wait
walk want warn wash waste watch water weaken wear weigh welcome widen win wipe wish withdraw withhold witness
work worry wound wreck write
"""


@lru_cache(maxsize=1)
def _clusters() -> dict[str, frozenset[int]]:
    """Stem → the numbers of the lines of `_SAME` it stands in."""
    table: dict[str, set[int]] = {}
    for number, line in enumerate(_SAME.strip().splitlines()):
        for word in listed(line):
            table.setdefault(stem(word), set()).add(number)
    return {key: frozenset(numbers) for key, numbers in table.items()}


@lru_cache(maxsize=1)
def _kinds() -> dict[str, frozenset[int]]:
    table: dict[str, set[int]] = {}
    for number, line in enumerate(_KINDS.strip().splitlines()):
        for word in listed(line):
            table.setdefault(stem(word), set()).add(number)
    return {key: frozenset(numbers) for key, numbers in table.items()}


@lru_cache(maxsize=1)
def verb_stems() -> frozenset[str]:
    """Stems of the verbs of news."""
    return frozenset(stem(word) for word in listed(_VERBS))


def synonyms(one: str, other: str) -> bool:
    """Whether two stems stand in one line of the table."""
    table = _clusters()
    mine = table.get(one)
    return mine is not None and not mine.isdisjoint(table.get(other, frozenset()))


def exclude(one: str, other: str) -> bool:
    """Whether two stems are different things of one kind: teacher and parent, grams and kilograms."""
    table = _kinds()
    mine = table.get(one)
    return one != other and mine is not None and not mine.isdisjoint(table.get(other, frozenset()))
