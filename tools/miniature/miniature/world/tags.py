"""The tags, and a compact model of how often they occur together.

Rates are per thousand labelled photos of the Geograph competition; LIFT holds, for each pair of tags, log2 of how much more often
than by chance they share a photo, in half steps, as a letter: m is chance, o twice, k half. A set is drawn by its size, then tag by
tag in proportion to rate and lift. It is a model: it has the rates and the pairs, not the sets.
"""

import numpy as np

SIZES = (0.434, 0.356, 0.147, 0.047, 0.016)

# id, name, rate alone, rate in company.
TAGS = [
    (479, "Energy infrastructure", 4.7, 16.4),
    (787, "Coastal", 13.9, 64.1),
    (788, "Lowlands", 12.7, 37.9),
    (789, "Geological interest", 2.7, 24.9),
    (790, "Historic sites and artefacts", 8.5, 66.8),
    (791, "Uplands", 8.2, 70.8),
    (809, "Paths", 16.7, 56.6),
    (832, "Boundary, Barrier", 3.5, 24.0),
    (834, "Sport, Leisure", 10.7, 29.0),
    (837, "Farm, Fishery, Market Gardening", 26.1, 47.8),
    (840, "Grassland", 12.8, 24.1),
    (853, "Rivers, Streams, Drainage", 15.0, 32.4),
    (861, "Village, Rural settlement", 9.8, 59.5),
    (862, "Housing, Dwellings", 14.5, 38.3),
    (868, "Public buildings and spaces", 12.0, 16.8),
    (869, "Religious sites", 16.9, 27.0),
    (875, "Quarrying, Mining", 3.9, 23.2),
    (881, "Park and Public Gardens", 11.6, 21.0),
    (886, "Business, Retail, Services", 13.9, 28.1),
    (890, "Lakes, Wetland, Bog", 11.6, 25.8),
    (891, "Suburb, Urban fringe", 5.8, 48.2),
    (894, "Educational sites", 11.8, 16.6),
    (919, "Wild Animals, Plants and Mushrooms", 13.7, 16.1),
    (946, "Islands", 1.1, 12.7),
    (950, "Roads, Road transport", 26.8, 78.8),
    (953, "Air transport", 6.7, 20.2),
    (963, "Country estates", 6.8, 20.8),
    (969, "City, Town centre", 8.7, 38.2),
    (972, "Railways", 17.4, 13.0),
    (976, "Derelict, Disused", 1.4, 30.5),
    (990, "Health and social services", 2.5, 8.7),
    (998, "Construction, Development", 0.1, 7.6),
    (1025, "People, Events", 5.4, 21.4),
    (1040, "Burial ground, Crematorium", 9.5, 18.1),
    (1050, "Woodland, Forest", 10.3, 43.6),
    (1052, "Industry", 8.4, 15.4),
    (1054, "Communications", 6.4, 20.8),
    (1059, "Water resources", 6.3, 16.9),
    (1060, "Air, Sky, Weather", 1.9, 27.6),
    (1066, "Waste, Waste management", 3.6, 12.4),
    (1076, "Heath, Scrub", 3.5, 23.8),
    (1077, "Canals", 16.8, 11.3),
    (1103, "Docks, Harbours", 10.8, 17.7),
    (1116, "Defence, Military", 5.0, 25.8),
    (1166, "Flat landscapes", 0.0, 10.9),
    (1167, "Estuary, Marine", 5.0, 29.6),
    (33096, "Moorland", 7.1, 31.2),
    (48483, "Rocks, Scree, Cliffs", 1.3, 33.6),
    (48550, "Barren Plateaux", 0.5, 5.2),
]

LIFT = """
.jnggmkhionlliebjhiknfhjmlejkmjpfcmminlnjijgrlmek
j.fqjhlkmikjkiifkgiiiglshlfjglilkegjjiolmcqnlsirl
nf.mkhnmlopmmkjknkjmlkmilmojjmnljknlknmookfloikih
gqm.lqmhklmnkhfgohfmggkpjegghldkhfmjdilgleggmoosq
gjkl.kiljjijmmmqmljhjogljoomknmpqpilqljkkjjrlijij
mhhqk.nnklnnjgeepeeoefllklldjoekhgnhknoiqddkfirqs
klnmin.ommnmjhihmmfkkikkjinilliiilpjilmmpmgjmkmlm
hkmhlno.lommmjgjijhiliiiohljjkimhinfgiijkhgkningj
imlkjkml.jjklimejnpmmnikjolmjjkkofkhhmmlmllkmmikm
oioljlmoj.oklicdlfgkghkljnlehmhijfmjjlnmlhhjpikhi
nkpminnmjo.kkigfmjekhglnjjlcglihggmhikmlnfbkqjjlk
ljmnjnmmkkk.jhicljglkflkjmlkilhjjdmleommnlmhpmnmk
lkmkmjjmllkj.onoklmjcnllnmmajlmlmpikonmnjjkmlkghh
iikhmghjiiiho.ihikjgqlgkmhnoglnnijgjjillikjkiifgg
eijfmeigmcgini.kgmlgmmgilijpijnllhfghihmfdhjjgbdf
bfkgqehjedfcohk.dgecjkgjggilakliqsccfgkgdbcngecde
jknompmijlmlkigd.jinjjjjkjgfntelhbnneiinlhidmiomk
hgkhlemjnfjjlkmgj.imolnhikqmgijkmflggkkljgejjgagf
iijfjefhpgegmjleii.enkfilnjqilolmcdnphjmejlijibef
kimmhokimkkljggcnme.ihmnhjndglehgbnheqmjmfhgoiomo
nilgjeklmghkcqmjjoni.okgoohgklqplmiomllpjllkkjbff
fgkgofiinhgfnlmkjlkho.ihkliohlonlfgigghifeeljeccd
hlmkglkiiklllgggjnfmki.lidmjfjgghjnecikkliigmljkk
jsipllkiklnklkijjhinghl.kmihgmjiihjikjlklaolmrnqn
mhljjkjojjjjnmlgkilhokik.llnkjmllhmmmknnljijlhkhi
llmeolihonjmmhigjknjoldml.immnlsngkmjlmhigkrqlkdf
efogolnlllllmnjigqjnhimili.cekiikgoedjigjaahmelhi
jjjgmdijmeckaoplfmqdgojhnmc.klpoplammkknekmljkade
kgjhkjljjhgijgiangigkhfgkmek.oinlbhmiilljkjhjiffi
mlmlnolkjmlllljktilllljmjnklo.nogilpjmkolllrokmjk
jindmeiikhihmnnlejoeqogjmlipin.smhhikhkjefiklgbgf
pllkpkimkihjlnlilklhpngilsionos.khkoknlqkjorqkhgi
fkjhqhihojgjmilqhmmgllhilnkplgmk.mhfhikkgflqkjefh
cekfpgliffgdpjhsbfcbmfjhhgglbihhm.gbbcjfdaamicdag
mgnminpnkmmmigfcnldnignjmkoahlhkhg.iimnlphckkgmlj
mjljlhjfhjhlkjgcngnhoieimmemmpiofbi.ejingmmkmlfeg
ijkdqkighjieojhfegpemgckmjdmijkkhbie.iiihcgjkhidh
ninilnlimlkoniigikhqlgijkljkimhnicmji.koiljfnilgi
lomljomimnmmmlhkikjmlhklnmiklkklkjniik.klfmjnnmmo
nlogkimjlmlmnlmgnlmjpikknhgnlojqkflniok.ikkiolhgf
jmolkqpkmlnnjifdljemjflllijejlekgdpghili.cdlojmlj
ickejdmhlhfljkdbhgjfleiajgakklfjfahmclfkc.iimeaad
jqfgjdgglhbmkjhcielhleioikamjliolacmgjmkdi.jiqaie
gnlgrkjkkjkhmkjndjigklgljrhlhrkrqmkkjfjilij.pkifi
rlomlfmnmpqplijgmjjokjmmlqmjjolqkikmknnoomip.nkfm
lsioiikimijmkigeigiijelrhlekikgkjcglhinljeqkn.hpl
mikojrmnikjngfbcoabobcjnkklafmbhedmfilmhmaaikh.pq
erisiqlgkhlmhgddmgemfckqhdhdfjggfaledgmglaiffpp.s
klhqjsmjmikkhgfekffofdknifieikfihgjghiofjdeimlqs.
""".split()

NAMES = [name for _, name, _, _ in TAGS]
IDS = [tag for tag, _, _, _ in TAGS]
COUNT = len(TAGS)

_ALONE = np.array([alone for _, _, alone, _ in TAGS])
_COMPANY = np.array([company for _, _, _, company in TAGS])
_PULL = np.array([[0.0 if letter == "." else 2.0 ** ((ord(letter) - ord("m")) / 2) for letter in row] for row in LIFT])
# Once a tag is in, the pull of a pair is damped a little for each further tag: lifts multiply too eagerly.
_DAMPING = 0.75


def draw(rng, flatten=0.0):
    """A set of rows. `flatten` from 0 (real rates) to 1 evens the rates out, so that training sees the rare tags."""
    def weights(rates):
        rates = np.maximum(rates, 0.3)
        return rates ** (1 - flatten)

    size = 1 + int(rng.choice(len(SIZES), p=SIZES))
    if size == 1:
        p = weights(_ALONE)
        return (int(rng.choice(COUNT, p=p / p.sum())),)
    rates = weights(_COMPANY)
    chosen = [int(rng.choice(COUNT, p=rates / rates.sum()))]
    while len(chosen) < size:
        p = rates * np.prod(_PULL[chosen] ** (_DAMPING if len(chosen) > 1 else 1.0), axis=0)
        p[chosen] = 0
        chosen.append(int(rng.choice(COUNT, p=p / p.sum())))
    return tuple(sorted(chosen))
