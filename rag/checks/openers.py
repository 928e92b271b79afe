"""Words that open English news sentences without being anybody's name, most frequent first.

The first word of a sentence has a capital either way; one of these is no name.
"""

from __future__ import annotations

from rag.normal import listed

OPENERS = frozenset(
    listed(
        """
        the he but in it and this she they what that as if we for there when at after while you how some one
        according so more with his to on many here even all during those last these no an other who two why
        not most follow her just another despite since from people get by officials need check where both read
        among although now though over their before of several then our because once yet play each reach also
        police its my three like new is earlier authorities less others under state experts or only will every
        which are four speaking following subscribe see do fans federal whether such asked early about looking
        unlike much maybe hundreds prep five best special back researchers can prosecutors any residents
        support scientists food tickets thousands members health watch nearly instead prior perhaps students
        along keep first without take none contact please having within thanks given should open sometimes six
        prices next make local lawmakers investigators have everyone did want thank public amid could neither
        later click your visit shortly right outside find dozens customers ahead multiple gas beyond almost
        across inflation high critics using throughout part send workers women through getting based average
        abortion would video supporters stay fact city up until millions listen good email consumers anyone
        seven today story staff look inside due being similar news located everything consider be young upon
        photos join explore data voters top children still owners organizers let learn holiday forecasters
        born analysts try social go does changes besides users things major live known eight call visitors
        videos starting small nothing long judge working temperatures real questions minimum hours few doctors
        around air whatever second schools parents out officers mortgage heavy guests days climate think
        studies shares regardless put parts opinion oil making law home worst water soon severe photo parking
        online never measles leaders history has growing employees big attorneys too target rising polls kids
        half gun got global family emergency coming case use travel tell search rather previous political
        numerous medical fish catch bring tens takeout recalled passengers meet latest going day crews
        additional adding wind time third space set security reports protesters players key hospitals former
        either drivers details advocates view ticket start originally may legal full add track taking snow
        sitting school research purchases opening higher had fire expect construction companies affected
        presidential power playing nobody nine love late free families depending cities bird between aside
        agents winter was twelve student sports something someone shop sales remember recent monkeypox
        investors information heat head government fighting fewer extreme election dealers below available
        wearing total tensions tech tax symptoms strong retailers proof masks large immigration further
        farmers economists community come borrowers better behind avoid ask already witnesses welcome walk
        unable teachers summer solar simply riders rain price polling plans pay opponents nor little lawyers
        hit help heading grocery environmental enjoy delivery curbside cruise conservative addressing actor
        work week weather very supporting stop soccer skip restaurants responding reporters participants offer
        moving human fresh facing ever directed current cases businesses building board beginning admission
        winner wear voting unless travelers smart senators say red records moments marijuana inmates green
        founded flooding firefighters especially elsewhere drug download demand daily concerns coffee close
        changing certain car years winning watching vaccines storms short seeing scroll save running retail
        potential owner number music minutes migrants meteorologists know keeping initial included heard happy
        embassy electric depart decades death country consumer compared cloud civil calls business basketball
        worth weeks testing tap standing spirit senior results rescue replacing protests pro primary plus
        named months military lower led launched industry imagine hot groups folks flood finding fast
        everybody documents cost communities career buy blizzard bitcoin bad attendees agency actress access
        winners winds war waiting volunteers vaccine unfortunately turn tour terms tennis teams taxpayers
        taken sweet stock sources safety returning restaurant rates quick projected previously player peaked
        past order obviously natural lunch life jurors job housing grant future flu final fellow face entering
        efforts eating director dinner difference defense damage citing celebrities cars candidates box
        against adults administration younger world whoever unemployment traveling tornado technology talk
        stuck storm stories store stars spring smoke slow signs seeking salmonella roads reporting putting
        private prisoners pop politicians plenty plan patrons older must moon men media meanwhile low limited
        leadership labor journalists internet increased immediately illegal hospitalizations hospital historic
        helping group great give forget flights flight financial except events engineers egg donations
        discovery dig demonstrators countries congressional central candy calling bond become areas
        applications alongside aides adjusted actors writing wildfires violence understanding tornadoes
        together tips television streaming stores shopping share senator royal regular recall quite protect
        products production proceeds presidents prefer pictures personal patients official net money missing
        mask man lots lead knowing items interest independent however hotel hope hear ground gay fully
        frequent formation feeling fall expected executive enough energy economic dressed down defending
        criminal creating costs conspiracy considering combined clear choose chief breakfast border bill
        astronomers aluminum airports age activists went votes views various turning trial trees traffic teen
        tackle supply staffing speculation sons shoot seals sea scores rumors rescuers regulators refugees
        recreational recovery protecting proponents produced probably preliminary politics pick parks
        outstanding original often office offering negotiations nearby mobile mixed memorable meeting median
        mail longtime kicking increasing hurricanes holding hate gasoline fun fourth footage flying fluoride
        far false faced excessive estimates donate dogs debris deaths cool congregate conference conditions
        complications competition common coastal coal citizens cicadas chronic celebrity bringing blame battle
        attorney attendance astronauts armed apart word wood widespread whenever weight ways waters warmer
        vote violent viewers victory updated unions tributes tobacco timeline tight team sweat suspect
        survivors subsequent strike stocks steel smaller service scammers sanctions roughly restrictions rent
        remembering registration reading reaction rare rapid raised quarantine property problems planning
        picking paper overall nursing noting normally newly near names muscle monthly mental mass made loss
        losing longer locals living listeria liquid likely light legislation learning leading larger
        investigations invasive initially imported impact ice humans huge hoping homes held guest guess gone
        giving giant generally funding found foreign eye explaining executives evidence eventually enter
        elkhorn elected doing digital different deep dealing dangerous crew coronavirus contrary chances cause
        buying birthday believe baseball barring backed avian anything animal ambassador always allegations
        alcohol written worries wholesale weekend watermelon walking viewing vaccination unclear ultimately
        trying true trucks tropical transit trade tracking totality topping thus threats thinking text tests
        testimony surveys surrounded study step started star spotted sounds somewhere soaring smoking sleep
        sit significant shooting shell settlement sesame seniors seasonal season same safe run rules ride
        reservations renewed related regional recently rail published progressive pretty presented prepare
        precipitation portions popular poor policy pointing persistent period per pandemic orders opposition
        odds numbers nationwide movies mourners market maps map letting left lack kind jury inspired indoor
        individual including includes hotels hosted homeless highlights hemp helicopters heart hearing grab
        governors goods glaciers girls gambling funny fried freezing forecasts focus flag fix finished films
        fearing fear failing faculty entry enforcement end eggs education eclipse eastern dust dubbed drop
        driving drinking downed dog direct diesel delays deadly cutting currently crude crowd criticism
        created coverage counting corporate connect congratulations coach certainly cash carbon canned cancel
        called buyers bridge biggest beaches banks auto assuming apply airline aircraft aerial adult
        activities above writers wondering woman wine whichever wherever well wash wait visiting vaping
        vaccinations used underground turns tucked tribal train traders toward tourists tonight times ties
        tied throw theaters term temporary teens teaching taste tariffs talking surveillance surging sure
        supplies successful subway stiff staying spending spend songs soldiers snowfall silver sick shutting
        show shooter shocking shelters sharks sexual selling selected select seated searching science said
        risk revenue respondents residential requiring require report removing releasing relations really
        ready reaching reached raw ranking raising rainfall protestors prolonged producers prison pressure
        pressed preparing predictions powerful pour post possible pope polio plastic plant pickup photographs
        phone performing pepper peach payment passing partially partial parade opinions operating opened old
        off nowhere neighbors moviegoers motorists mostly monetary mission ministers migrant midway meals
        match markets manufacturing manufacturers looming lines liftoff letters lenders legislators legendary
        leave leap lawsuits lawsuit landlords journalism joining intense insurance injuries infections
        individuals incoming immigrants iconic hunt humor humble humanitarian households hosting host
        hopefully honoring holder hold hitting historians healthy heads hantavirus governor gold goals glad
        genetic funeral frozen freedom football floodwaters floods fires firearms filming figure field
        featuring falling failure extra expectations expanding exceptions exact estimated establishing
        established essential entire ending emails eliminating electricity elections effective dried double
        domestic divers discovered diamond development developers detour detectives designed deputy deputies
        definitely deal dates damaged cyberattacks criminals credit create cover courts convenience control
        contract continuing conservatives commercial clinical classes claims choosing chefs cheese celebrate
        cats casting campaign camera built budget bridges breaches billed bigger beer beef avoiding automakers
        attention attacks artist applicants anonymous announcing animals aid again abortions youth yes
        wrapping worn words wide whose whereas wet wedding weapons wealth warning von voices visa vehicle
        valid utility utilities upgraded updates upcoming undocumented uncertainty turkeys tune truth trust
        troops troopers tribes trans training tough tiny tide tenure temporarily temperature technicians
        targeting talks swipe sweeping suspected subscribers streets straight sporting spaghetti sound
        sophomore song sometime software slowly sleet sky sip singing simple similarly shoppers shootings
        sharing seventh services sellers seizures searches screening scheduled scary sad rushing round rivers
        risks rise return restoring requests reopening rental remove remain relief refunds redistricting
        record reasons reason readers rarely railroad racial quiz pushing purchase punishment pump prosecution
        proposed promotional progress profits professional processing problem privacy pot portable population
        poll planners planned plane plaintiffs placing pilots picture phase pet permitted performers peak
        payments passenger pass partition partisan paramedics paired pair paid packing pack overnight outdoor
        outbreaks organized nurses notifications northern nominations nice newspapers nestled mysterious
        missile minor mining miles migration meteor messages menu memories measures maximum marks mandatory
        maintaining lunar luck looks longest locations location limiting lifestyle library liberals
        legislative leftover layoffs laws largest largely land kingfish justices juror jump judging judges
        joined jobs jobless jail issues isolation irrigation investment investigative invest interviews
        intelligence inspectors inspection increase include improving impossible imports important
        implementing ideal hypersonic hydrogen hybrids hunting humidity humanity houses honorable
        homosexuality homeowners hockey historical hiring hire hiking highest headlining hard hands hand
        halfway guy gusts growth groceries greater gradually golf glass generations gather gates gaming games
        fundraising fueled front friends freshman founding forced flowers flipping flavors flanked flames
        flags fishing fireworks filling fill files fields fever female fears favorite fatal fashion farm
        failures extremely extending exports expecting existing excellent examples exactly event evacuation
        episodes entrance entertainment ensuring employers eligibility edible eateries eat earthquake dry
        drone drive drink drawing draft downtown diversity disturbing disruptions disposable dishes discounts
        difficulty diarrhea desperate describing dentists dental demolition delivering delegates delaying
        delayed defensive declining deals daytime dark damaging cuts cut crime crab courtesy course coupon
        countless counties corn cooking convicted constitutional considered conservationists concern computers
        completely complaints compare company commenting comfortable comedy comedian colossal coaches cluster
        clouds closing clean classic class clashes citizen cicada childhood child checking charges chaos
        chance celebrations capital capacity campus buyer bus burrowing buoyed buildings build brought broad
        breaking break brain bottom borough boosted book blowing blooms biologists billionaires billionaire
        benefits beam bars ballots ball bake bacteria bacon backers baby babies audio attempts assisted
        artists arriving armored apps appealing anywhere annual ancient alternative allowing agricultural
        agreeing aftershocks affordability advertisers adjusting added acquired accompanied absolutely
        """
    )
)
