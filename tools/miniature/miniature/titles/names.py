"""Names of places, people, roads and rivers, invented from the elements that real ones are made of, and some real ones.

Each name is built from a stem; `Names(rng, unseen)` draws the stems of one half of a split, so that a title for
evaluation never repeats a name from training.
"""

import zlib

ENGLISH_FIRST = """Ash Barn Beck Birch Black Bow Brad Bram Brant Brig Brock Brom Burn Cald Carl Castle Charl Ched Chip Clay Cliff Cold Comb Crans Cray Cul Dal Den Dit Dods Dray Dun Earl East Eccles Ed Elm Els Fal Farn Fen Ferns Flax Ford
Gal Gains Good Gran Green Grims Had Hal Ham Har Hart Hasel Hat Haver Hawks Hazel Hen Hex High Hol Hors Hough Hun Ing Ivers Kel Kennet Kil Kings Kirk Knap Lam Lang Lax Leigh Lin Long Lud Mal Mar Mel Mid Mil Mor Nor North Oak Od Ormes Os Ot
Pad Pel Pen Pick Pres Prest Quar Rad Rams Raven Red Rip Roth Rud Sand Scar Sed Shap Shel Ship Skel Sel Sil Snet South Stan Staple Stock Stoke Stow Strat Sut Swan Swin Tad Tam Tan Thorn Thirl Thurs Tid Tor Up Wad Wal War Wat Wel Wen West Whit
Wil Win Wit Wood Wool Wrot Yar Yel""".split()
ENGLISH_LAST = """ton ton ton ham ham ley ley by thorpe ford worth wick field bury borough hurst combe cott den don dale stead stone mere well wood ingham ington bridge minster church port mouth gate low over stow ster holme thwaite garth side""".split()
ENGLISH_BEFORE = "Great Little Upper Lower Nether Over Long Old New Market Kirkby Stoke Church Castle High Low East West North South Middle King's Abbots Bishop's Temple".split()
ENGLISH_AFTER = ["St Mary", "Magna", "Parva", "Green", "on the Hill", "under Edge", "by Sea", "Abbas", "End", "Heath", "Common", "Cross", "Bridge", "Mill", "Row", "Street", "Regis", "in the Marsh", "Wood", "Hill", "Bank", "Moor", "le Moors", "Park", "Lane End"]
WELSH = """fawr fach goch las wen ddu deg llwyd y bryn y coed y felin y graig yr afon y garn glas hir mawr bach gwyn isaf uchaf ganol Dewi Fair Badarn Deilo Gwynant Eryri Idwal Ogwen Tawe Teifi Dyfi Conwy Rheidol Elan Hafren Cothi Aeron Ceirw Alwen Brenig Celyn
Tegid Padarn Cau Cynwch Gelli Derw Bedw Onnen Helyg Ffynnon Hendre Hafod Foel Cerrig Mawddach Dulas Ceiriog Clwyd Tryfan Siabod Hebog Cnicht Moelwyn Rhinog Arenig Aran Berwyn Plynlimon Gader Fan Corn Cribyn Hyddgen Gwastad Eifl Llwydmor Trefor Nefyn Ddeusant Rhayader Tal-y-bont
Bleiddian Gynog Ystwyth Brefi Carno Erfyl Fyllin Rwst Gollen Ddona Fechell Elwy Rhidian Madog Cybi Gyfelach Nant Gwyllt Feinion Geifr Meirch Ychain Brain Eryr Dinas Gamallt Groes Wern Llan Glyn Pandy Gorlan Fedw Lwyd Rhyd Sarn Cefn Llyfnant Bodfan Machreth Penmaen""".split()
GAELIC = """Mor Beag Dubh Dearg Buidhe Ban Liath Gorm Glas Breac Odhar Riabhach Fada Garbh Ard Uaine Bhreac Mhor Bheag Lomond Nevis Vorlich Lawers Macdui Alder Wyvis Hope Klibreck More Starav Cruachan Lui Vane Ledi Venue Tuirc Laoigh Dorain Challum Ghlas Eighe Alligin Liathach
Torridon Affric Cannich Quoich Arkaig Lochy Laggan Ericht Rannoch Tummel Tay Earn Lubnaig Katrine Awe Etive Leven Linnhe Sunart Shiel Hourn Nevis Duich Carron Maree Ewe Broom Assynt Shin Naver Eriboll Loyal Ness Oich Garten Morlich Muick Clunie Esk Prosen Isla Shee Fearnach Fhada nan Gabhar
na Caillich an Fhraoich a Mhuilinn nan Eun Sionnach Airigh Chaorach Fiadh Choire Leacach Sgulaird Druim Torran Inverlair Strathan Kinloch Balnacra Achnasheen Dalwhinnie Auchtertyre Ballater Crathie Tomintoul Drumochter Ardvourlie Tarbert Lochboisdale Scarista Uig Portnalong Kilchoan Lochaline Salen
Craignure Dervaig Kilninver Ardfern Tayvallich Kilmory Clachaig Ardlui Crianlarich Tyndrum Dalmally Auch Inveroran Ba Achallader Corrour Tulloch Roybridge Gairlochy""".split()
IRISH = """more beg roe bawn duff glass keel garve an reagh ard lin carrick bane donagh macdara bofin turk boffin shark clare garriff gal league snaght muckish errigal mourne donard binnian gullion mish brandon tomies mangerton torc leane corrib mask conn derg ree neagh erne allen gill melvin swilly foyle
kerry clough rossan boley drum knock tully glen inver cashel kilty macken derry lacken corran annagh roosky tubber cappagh tawny killy mulla sess gort carn ballin feeny dun lough coole oughter maam lettery shannon lee suir nore barrow boyne liffey slaney moy bann lagan bush blackwater finn""".split()
IRISH_FIRST = "Bally Kil Clon Rath Derry Knock Drum Carrick Tully Ard Dun Glen Cloon Magher Inish Lis Money Tubber Castle Mullagh Cool Ballin Killy Gort Annagh Carn Cor Letter Rossa Tamna".split()
IRISH_LAST = "more beg nagh gar ane een keel bawn duff roe glass kenny garvan mena lea nahinch macarret doon lin nore fad tra vara reagh nabrone towry clare dargan vally gowan trim dee mullan shane hullian brack donnell".split()
SCOTTISH_FIRST = "Auchter Inver Bal Kil Dun Strath Auch Pit Kin Glen Aber Dal Drum Loch Ard Craig Tully Kirk Cal Fal Gala Mel Pen Ler Cum".split() + [
    "Bridge of ", "Mill of ", "Kirkton of ", "Mains of ", "Port ", "Fort "]
SCOTTISH_LAST = "nairn muchty gowrie arder ross keld dee more feldy winnoch allan bruar doch kirk hill mory garry rossie nethy lochry whinnie mallie breck nie gask kay wick aird erne burnie rose ton nock shiel dour gelly lea haven craig bervie fearn".split()
REAL = """Whitby Keswick Ambleside Hawes Settle Malham Grassington Buxton Bakewell Matlock Castleton Edale Hathersage Ludlow Bridgnorth Ledbury Malvern Ross-on-Wye Tewkesbury Stroud Cirencester Burford Witney Banbury Henley Marlow Abingdon Thame Aylesbury Tring Dunstable Bedford Ely Wisbech Boston Spalding
Louth Skegness Cromer Sheringham Southwold Aldeburgh Lavenham Saffron_Walden Maldon Faversham Whitstable Deal Dover Rye Hastings Lewes Arundel Chichester Petworth Midhurst Haslemere Dorking Reigate Sevenoaks Tonbridge Winchester Romsey Lymington Ryde Cowes Ventnor Swanage Wareham Lulworth Weymouth
Bridport Lyme_Regis Sidmouth Dartmouth Totnes Salcombe Tavistock Okehampton Bude Padstow St_Ives Penzance Falmouth Truro Bodmin Looe Fowey Lynton Minehead Dunster Glastonbury Wells Frome Bradford_on_Avon Devizes Marlborough Hungerford Newbury Wantage Skipton Haworth Hebden_Bridge Todmorden Holmfirth
Glossop Marple Macclesfield Congleton Nantwich Market_Drayton Ellesmere Oswestry Llangollen Bala Dolgellau Barmouth Harlech Porthmadog Beddgelert Betws-y-Coed Conwy Llandudno Holyhead Bangor Caernarfon Pwllheli Aberdaron Aberystwyth Machynlleth Cardigan Fishguard Tenby Pembroke Laugharne Llandovery Brecon
Crickhowell Abergavenny Monmouth Chepstow Tintern Hay-on-Wye Rhayader Builth_Wells Alston Hexham Alnwick Bamburgh Berwick Kelso Jedburgh Melrose Peebles Moffat Dumfries Kirkcudbright Stranraer Girvan Ayr Largs Oban Fort_William Mallaig Ullapool Lairg Thurso Wick Dornoch Nairn Elgin Keith Huntly Braemar
Pitlochry Aberfeldy Crieff Callander Killin Dunkeld Blairgowrie Forfar Montrose Arbroath St_Andrews Anstruther Dunbar Haddington Portree Stornoway Tobermory Kirkwall Stromness Lerwick Ballycastle Bushmills Coleraine Limavady Omagh Enniskillen Armagh Newry Newcastle Downpatrick Dundalk Drogheda Trim Navan
Athlone Birr Kilkenny Waterford Dungarvan Youghal Kinsale Bantry Kenmare Killarney Dingle Tralee Listowel Ennis Lahinch Westport Castlebar Ballina Sligo Donegal Letterkenny Buncrana Malvern_Link Slaithwaite Tideswell Eyam Kirkby_Stephen Appleby Penrith Cockermouth Egremont Ravenglass Silloth""".split()
RIVERS = """Thames Severn Trent Ouse Aire Wharfe Nidd Ure Swale Tees Wear Tyne Coquet Aln Tweed Teviot Ettrick Yarrow Clyde Forth Tay Earn Don Dee Deveron Spey Findhorn Ness Conon Oykel Esk Eden Derwent Greta Kent Lune Ribble Hodder Calder Irwell Mersey Dane Weaver Dove Derwent Wye Lugg Teme Arrow Avon Stour Cherwell
Windrush Evenlode Kennet Pang Loddon Wey Mole Medway Arun Adur Itchen Test Meon Frome Piddle Axe Otter Exe Teign Dart Tamar Fowey Camel Torridge Taw Parrett Tone Brue Usk Taff Towy Teifi Ystwyth Rheidol Dyfi Conwy Clwyd Nene Welland Witham Great_Ouse Cam Lark Waveney Bure Yare Blyth Alde Deben Orwell Colne Blackwater Lea Stort
Soar Tame Anker Rother Churnet Manifold Goyt Etherow Irk Wyre Brathay Rothay Bann Lagan Foyle Boyne Liffey Shannon Barrow Nore Suir Lee Moy Skell Seven Rye Leven Hull Idle Maun Poulter Erewash Sence Swift Cole Blythe Alne Isbourne Leadon Monnow Honddu Irfon Ithon Vyrnwy Tanat Perry Roden Tern Worfe""".split()
SAINTS = """Mary Peter John Michael James Andrew Nicholas Margaret Catherine Giles Leonard Lawrence Bartholomew Thomas Paul George David Patrick Columba Bride Brigid Ninian Mungo Cuthbert Oswald Aidan Wilfrid Chad Botolph Edmund Swithun Helen Mark Luke Matthew Philip Stephen Martin Anne Barnabas Augustine Teilo Cadoc Illtyd Padarn
Beuno Tysilio Petroc Piran Materiana Etheldreda Faith Denys Clement Dunstan Alphege Werburgh Hilda Kentigern Magnus Kevin Finbarr Brendan Colman Benedict Anthony Joseph Teresa Francis Bega Julian""".split()
STREETS = """High_Street Church_Lane Church_Street Station_Road Mill_Lane Main_Street Market_Street Bridge_Street Castle_Street School_Lane Park_Road Victoria_Road Albert_Street Green_Lane The_Avenue London_Road King_Street Queen_Street North_Road South_Street West_End East_Street New_Road Back_Lane Manor_Road Chapel_Lane Chapel_Street
Hill_Road Moor_Lane Wood_Lane Sandy_Lane Long_Lane Common_Road Windmill_Lane Water_Lane Canal_Street Harbour_Road Quay_Street Shore_Road Marine_Parade Cemetery_Road Hospital_Lane College_Road University_Road Kirkgate Northgate Westgate Briggate Eastgate Low_Road Tithebarn_Street Pound_Lane Forge_Lane Quarry_Road Farm_Lane Abbey_Road
Priory_Street Bath_Road Oxford_Road Derby_Road Leeds_Road Holly_Bank Woodlands_Avenue Springfield_Road Broad_Lane Cross_Street Nelson_Street Wellington_Road Regent_Street Alma_Terrace Russell_Street Hawthorn_Road Elm_Grove Oak_Street Lime_Avenue Beech_Road Birch_Close""".split()
PUBS = """Red_Lion White_Hart Royal_Oak Crown Plough Swan Bell George Rose_and_Crown Kings_Arms Queens_Head Fox_and_Hounds Black_Bull White_Horse Wheatsheaf Bulls_Head Railway Ship Anchor Angel Star Sun Greyhound Cross_Keys Carpenters_Arms Blacksmiths_Arms Masons_Arms Coach_and_Horses Barley_Mow Golden_Lion Dog_and_Duck Old_Ship
Nags_Head Hare_and_Hounds Farmers_Arms Miners_Arms Waggon_and_Horses Talbot Three_Horseshoes Prince_of_Wales Victoria Albion Duke_of_York Lord_Nelson Marquis_of_Granby Spread_Eagle Fleece Woolpack Travellers_Rest Half_Moon Seven_Stars Jolly_Sailor Lamb Unicorn""".split()
WATERWAYS = "Leeds_and_Liverpool Shropshire Lancaster Oxford Union Grand_Western Chesterfield Ripon Pocklington Grantham Rochdale Ashton Swansea Neath Monmouthshire Wilts_and_Berks Thames_and_Severn Hereford_and_Gloucester Somerset Bude".split()


def held(stem):
    """Whether a name stem is kept for evaluation: a fixed fifth of them."""
    return zlib.crc32(stem.encode()) % 5 == 0


def _split(stems, unseen):
    kept = [s.replace("_", " ") for s in stems if held(s) == unseen]
    return kept or [s.replace("_", " ") for s in stems]


class Names:
    """Draws names of one side of the split."""

    def __init__(self, unseen):
        self.unseen = unseen
        self.real = _split(REAL, unseen)
        self.rivers = _split(RIVERS, unseen)
        self.welsh, self.gaelic, self.irish = (_split(s, unseen) for s in (WELSH, GAELIC, IRISH))
        self.saints, self.streets, self.pubs, self.waters = (_split(s, unseen) for s in (SAINTS, STREETS, PUBS, WATERWAYS))

    def _invent(self, rng, first, last):
        for _ in range(20):
            stem = _one(rng, first) + _one(rng, last)
            if held(stem) == self.unseen:
                return stem
        return stem

    def english(self, rng):
        name = self._invent(rng, ENGLISH_FIRST, ENGLISH_LAST)
        extra = rng.random()
        if extra < 0.16:
            return f"{_one(rng, ENGLISH_BEFORE)} {name}"
        return f"{name} {_one(rng, ENGLISH_AFTER)}" if extra < 0.25 else name

    def place(self, rng, nation):
        kind = rng.random()
        if kind < 0.22:
            return _one(rng, self.real)
        if nation == "scotland" and kind < 0.8:
            return _capitals(self._invent(rng, SCOTTISH_FIRST, SCOTTISH_LAST)) if kind < 0.55 else f"{_one(rng, ['Ach', 'Bal', 'Kin', 'Ard', 'Inver', 'Strath'])}{_one(rng, self.gaelic).lower()}"
        if nation == "wales" and kind < 0.85:
            return f"{_one(rng, ['Llan', 'Aber', 'Pont', 'Tre', 'Pen', 'Caer', 'Nant', 'Rhyd', 'Bryn', 'Cwm'])}{_one(rng, ['', ' ', '-y-'])}{_one(rng, self.welsh).lower()}"
        if nation == "ireland" and kind < 0.85:
            return self._invent(rng, IRISH_FIRST, IRISH_LAST)
        return self.english(rng)

    def fill(self, text, rng, nation):
        """Replaces every {x} of a shape, save {x} itself, by a name."""
        while True:
            start = text.find("{")
            if start < 0:
                return text
            key = text[start + 1]
            text = text[:start] + self._value(key, rng, nation) + text[start + 3:]

    def _value(self, key, rng, nation):
        if key == "n" or key == "v":
            return self.place(rng, nation)
        if key == "e":
            return self.english(rng) if rng.random() < 0.75 else self.place(rng, nation)
        if key == "w":
            return _one(rng, self.welsh)
        if key == "g":
            return _one(rng, self.gaelic)
        if key == "i":
            return _one(rng, self.irish)
        if key == "c":
            return _town(rng)
        if key == "r":
            return _one(rng, self.rivers)
        if key == "t":
            return _one(rng, self.saints)
        if key == "s":
            return _one(rng, self.streets) if rng.random() < 0.6 else f"{self.english(rng)} {_one(rng, ['Road', 'Lane', 'Street', 'Avenue', 'Hill', 'Way', 'Close'])}"
        if key == "y":
            return _one(rng, self.waters)
        if key == "p":
            return _one(rng, self.pubs)
        if key == "a":
            return f"{'A' if rng.random() < 0.6 else 'B'}{int(rng.integers(1, 9999 if rng.random() < 0.5 else 999))}"
        if key == "m":
            return f"M{int(rng.integers(1, 90))}"
        if key == "k":
            return str(int(rng.integers(1, 120)))
        return f"{_one(rng, ['CB', 'NE', 'LE', 'YO', 'SY', 'IP', 'PE', 'TR', 'DL', 'LN'])}{int(rng.integers(1, 30))} {int(rng.integers(1, 400))}"


def _one(rng, options):
    return options[int(rng.random() * len(options))]


def _capitals(name):
    return " ".join(word if word == "of" else word[:1].upper() + word[1:] for word in name.split())


def _town(rng):
    from ..world.geography import TOWNS
    return TOWNS[int(rng.random() * len(TOWNS))][0]
