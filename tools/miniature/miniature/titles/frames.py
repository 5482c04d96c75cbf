"""The frames that a title's mentions are set in, and what it says besides: {a}, {b}, {c} are mentions; {P} and {Q} places, {S} a street,
{G} a grid reference, {A} an adjective, {k} a number.
"""

ADJECTIVES = """old small large big little narrow long high new tall wide busy quiet fine impressive attractive unusual typical pretty picturesque lonely remote isolated hidden distant sunny wet early late
stone wooden timber iron metal brick white red green grey blue modern victorian georgian local lovely splendid interesting main first last second another former traditional restored well-kept weathered northern southern eastern western
upper lower north south east west popular peaceful curious huge tiny vast handsome ornate plain rusty mossy leafy bare steep gentle ancient new-looking smart shabby colourful dull bright dark shady empty deserted crowded sleepy rural private public twin double single former-looking rebuilt repaired solitary
distinctive prominent nearby adjacent central outer inner rear front circular square curved straight winding odd rather unexpected charming delightful dramatic scenic classic famous little-known well-known well-used temporary permanent""".split()
FRAMES = {
    0: [
        "{P}", "View from {P}", "Looking north from {P}", "Looking south", "Near {P}", "{P} from the air", "Grid square view, {P}", "A view near {P}", "On the way to {P}", "At {P}", "Towards {P}", "{P} - general view",
        "{Q} to {P}", "Looking west near {P}", "{P} in summer", "Approaching {P}", "{P} in autumn", "North of {P}", "Just south of {P}", "{P}, looking east", "Spring at {P}", "{G}", "The view to {P}", "Above {P}", "Outside {P}",
        "Somewhere near {P}", "{P} again", "Scenery around {P}", "{P} in the morning", "Between {P} and {Q}", "A corner of {P}", "My first visit to {P}", "{P} revisited", "East of {P}", "Further on from {P}", "{P} (2)",
        "{P}, afternoon", "{P} square {G}", "Glimpse of {P}", "Quiet day at {P}", "From {P}", "{S}", "{S}, {P}", "{Q}, near {P}", "Beyond {P}", "Passing {P}", "{P} from afar", "Evening near {P}", "Somewhere in {G}",
        "{P} (south)", "Walking to {P}", "Leaving {P}", "The far end of {P}", "Same place, {k} years later", "Not far from {P}", "To the west of {P}",
    ],
    1: [
        "{a}", "{a}", "{a}, {P}", "{a}, {P}", "{a} at {P}", "{a} near {P}", "{a} in {P}", "{P} {a}", "{P}: {a}", "{a} - {P}", "The {a} at {P}", "{A} {a}", "{A} {a} near {P}", "{A} {a}, {P}", "View of {a}", "Looking towards {a}",
        "{a} on {S}", "{a}, {S}", "{a} by {P}", "{a} west of {P}", "{a} south of {P}", "{a} north of {P}", "{a} above {P}", "{a} below {P}", "{a} close to {P}", "The {a}", "Towards {a}", "{P} - {a}", "{a} ({k})", "{a} (1)",
        "{a} : {P}", "{P}, {a}", "Part of {a}", "{a} from {S}", "{a} off {S}", "Another {a}", "{a} between {P} and {P}", "{a} seen from {P}", "End of {a}", "{a} {G}", "Inside {a}", "{A} {a} at {P}", "Approaching {a}",
        "{a} in winter", "{a} in autumn", "{a} looking north", "{a} from the south", "A {A} {a}", "{a} east of {P}", "{a} & surroundings", "detail of {a}", "{a}, near {P}", "Looking down on {a}", "Old {a}, {P}", "{P} from {a}",
        "Remote {a}", "No entry to {a}", "{a} on the way to {P}", "{a} again", "{a} at the edge of {P}", "{a} outside {P}", "{a} in the {P} area", "Close-up of {a}", "{a}, {P} (2)", "{a} just off {S}", "Looking back to {a}",
        "First sight of {a}", "{a} on the outskirts of {P}", "{a} viewed from {S}", "A glimpse of {a}", "My favourite {a}", "{a} beyond {P}", "Past {a}", "Beyond {a}", "{a} around {P}", "Along {a}", "{P} with {a}",
        "{P} and its {a}", "{a} between {P} and {Q}", "{a} within {P}", "{a}, taken from {S}", "{a} opposite {P}", "Beside {a}", "{a} up close", "{a}, {A} and {A}", "{a} of {P}", "{a}, summer", "{a} in springtime",
        "{a}, late afternoon", "{a} in the morning", "{a} (detail)", "{a} in {G}", "{a} at grid reference {G}", "{a}; {P}", "{a}. {P}", "{a} / {P}", "{P} ({a})", "{P}; {a}", "{P}. {a}", "{a}: {P}", "Yet another {a}",
        "What is left of {a}", "The top of {a}", "Foot of {a}", "The end of {a}", "Next to {a}", "Under {a}", "Behind {a}", "Crossing {a}", "Entrance to {a}", "Looking across {a}", "Looking down {a}", "Looking up {a}",
        "Looking over {a}", "Looking north-east over {a}", "Looking back at {a}", "The same {a}", "{k} years of {a}", "{a} {k}", "{a} no. {k}", "Here is {a}", "There is {a} here", "{a} was here", "{a} as seen from {P}",
        "{a} a mile from {P}", "{a} half a mile north of {P}", "{a} on the far side of {P}", "{a} in the parish of {P}", "{a} to the east of {P}", "{a} on the corner of {S}", "{S} with {a}", "{a} heading to {P}", "{P}'s {a}",
        "Interesting {a}", "Some {a}", "More {a}", "Typical {a} near {P}", "A bit of {a}", "Panorama of {a}", "{a} panorama", "Close to {a}", "{a}, unusually", "Just {a}", "Only {a}", "Two views of {a}", "The largest {a} around",
        "{a} all around", "{a} in view",
    ],
    2: [
        "{a} and {b}", "{a} and {b}, {P}", "{a} by {b}", "{a} near {b}", "{a} beside the {b}", "{a} with {b}", "{a}, {b}", "{P}: {a} and {b}", "{a} above the {b}", "{a} from the {b}", "{a} overlooking {b}", "{a} at {P} with {b}",
        "{a} & {b}", "{a} next to {b}", "{a} in front of {b}", "{a} and {b} at {P}", "{a} and {b} near {P}", "{a} behind the {b}", "{A} {a} by the {b}", "{a} opposite {b}", "{a} seen from {b}", "{a} beyond the {b}",
        "{a}, {P}, and {b}", "{a} towards {b}", "{P} - {a}, {b}", "{a} along the {b}", "{a} close to the {b}", "{b}: {a}", "{a} to the {b}", "{a} in the distance from {b}", "The {a} and the {b}", "{a} & {b} near {P}",
        "{a} then {b}", "{a} plus {b}, {P}", "Between {a} and {b}", "{a} beneath the {b}", "{a} against {b}", "{a}; {b}", "{a} / {b}", "{a} among {b}", "{a} across {b}", "{a} alongside {b}", "{a} past the {b}",
        "{a} leading to {b}", "{a} on the edge of {b}", "{a} as seen from {b}, {P}", "{a} not far from {b}", "Looking over {a} to {b}", "From {a} to {b}", "Looking across {b} to {a}", "{a} adjoining {b}",
        "{a} within sight of {b}", "{b} behind {a}", "{a} close by {b} at {P}", "{a} under {b}", "{a} where it meets {b}", "{P} with {a} and {b}", "{a} around the {b}", "{a} viewed across {b}", "{a} just beyond {b}",
        "{a} - {b} - {P}", "{A} {a} and {A} {b}", "{a} ({b})", "{a} in view of {b}", "{a} not to mention {b}", "both {a} and {b}", "{b} & {a}, {P}", "View over {a} to {b}", "The {a} with its {b}", "{a}, {b} beyond",
        "{a}, {b} to the left", "{a} surrounded by {b}", "{P}, {a} and {b}", "{a} backed by {b}", "{a} (with {b})",
    ],
    3: [
        "{a}, {b} and {c}", "{a} and {b} by {c}", "{a}, {b} and {c}, {P}", "{a} near the {b} and {c}", "{a} with {b} and {c}", "{a} by {b}, {c}", "{P}: {a}, {b}, {c}", "{a} and {b} with {c} beyond", "{a} beside {b} near {c}",
        "{a} from {b} towards {c}", "{a} & {b}, {c}", "{a}; {b}; {c}", "{a}, {b} & {c}", "{a} with {b} behind and {c}", "{a} between {b} and {c}", "{a}, then {b}, then {c}", "{a} and {b}, {c}", "{a} - {b} - {c}",
        "{a} across {b} to {c}", "Looking over {a} and {b} to {c}", "{a}, {b}, {c} at {P}", "{P} with {a}, {b} and {c}", "{a} ({b} and {c})", "{a} along {b}, {c} in view", "{a} past {b} to {c}", "{a} or {b}, with {c}",
        "{c} behind {a} and {b}", "{a}. {b}. {c}.", "{a} and {b} alongside {c}", "{a} next to {b}; {c}", "{a}, {b} and, beyond, {c}", "{a} in front of {b} and {c}", "{a} surrounded by {b} and {c}", "From {a} to {b}, {c}",
        "{a} plus {b} plus {c}",
    ],
}
# Tails, and turns of phrase, that tell nothing of the tags.
DISTRACTIONS = [" from {s}", " off {s}", " ({s})", ", behind {s}", " near Church Farm", " by Mill Lane", " on Station Road", " seen from Castle Hill", ", taken from the car", " on a walk from {n}", " - view {k}", ", {k} years on", " on the {n} side", " in the rain", " with the dog",
                " before the {n} turn", ", {n} behind me", " (see {q})", ", {n} parish", " on the way home", " en route to {n}", ", towards {s}", ", photographed from {s}", " past Manor Farm", " - {n} beyond", ", {n} in the background", " and {n} beyond", ", looking to {n}", " (north side)",
                " (near {s})", " as far as {n}", ", grid square {q}", " after {s}", " on Sunday", ", {n} end", " taken at noon", ", from the train", " seen through the window", ", {k} of {k}", " at the {n} boundary"]
FILLERS = [" ".join(part.split()) for part in """again; at last; today; seen today; just here; as it was; as it is now; before and after; a closer look; a second look; a last look; quite a sight; nothing special; worth a visit; on my way home; after lunch; in passing; looking good; what a view; early morning; late in the day; about noon; one Sunday; one Monday in May;
in June; in July; last October; December; late January; February; in March; April; 2009; 2011; 1987; spring; early summer; high summer; autumn colours; midwinter; in the half light; from a distance; close up; detail; overview; general view; another view; a different angle; a wider view; looking back; looking up;
looking down; to the left; to the right; in the middle; on the right; on the left; in the foreground; in the background; up here; down here; right here; over there; straight ahead; round the corner; halfway; nearly there; the start; the finish; the very end; the beginning; still there; still standing; long gone; no longer there;
not marked on the map; shown on old maps; as marked on the map; unnamed on the map; see also; part one; part two; first of three; from the archive; from my collection; an old picture; scanned from a slide; black and white; rather blurred; with zoom; with a long lens; through the trees; through the gap; over the top; on foot; by bike;
with friends; on holiday; in a hurry; without a soul about; all quiet; much changed; little changed; hardly changed; well hidden; easily missed; easy to find; hard to find; a surprise; a landmark; a curiosity; a puzzle; what is it; who knows; sadly; luckily; once more; twice; same again; for the record; as promised; facing north; facing south; facing west; facing east; north side; south side; upper part; lower end""".split(";")]
