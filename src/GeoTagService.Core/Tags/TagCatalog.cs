using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace GeoTagService.Core.Tags;

/// <summary>
/// Geograph's 49 context tags: the closed vocabulary of the competition and of every head. Columns, names, groups and
/// rows are those of the published data; the descriptions are ours.
/// </summary>
public static class TagCatalog
{
    private const string HumanHabitat = "Human habitat";
    private const string HumanUse = "Human use";
    private const string Natural = "Natural environment";
    private const string Transport = "Communications";
    private const string Topography = "Topography";

    /// <summary>The tags in head-row order: <c>Tags[i].HeadRow == i</c>.</summary>
    public static IReadOnlyList<Tag> Tags { get; } =
    [
        new(
            "tag479",
            "Energy infrastructure",
            HumanUse,
            0,
            "Power stations, wind and solar farms, pylons, substations, gas and oil works."
        ),
        new("tag787", "Coastal", Topography, 1, "The shore and what lies along it: beaches, bays, headlands, sea fronts."),
        new("tag788", "Lowlands", Topography, 2, "Low, gently shaped country: vales, downs, farmland below the hills."),
        new(
            "tag789",
            "Geological interest",
            Topography,
            3,
            "Landforms and exposures that show how the ground was made: strata, folds, caves, erratics."
        ),
        new(
            "tag790",
            "Historic sites and artefacts",
            HumanHabitat,
            4,
            "Castles, ruins, monuments, standing stones, milestones and other traces of the past."
        ),
        new("tag791", "Uplands", Topography, 5, "Hills, mountains and high valleys, their summits and ridges."),
        new("tag809", "Paths", Transport, 6, "Ways for walkers, riders and cyclists: footpaths, bridleways, tracks, steps, stiles."),
        new("tag832", "Boundary, Barrier", HumanHabitat, 7, "What divides or stops: walls, fences, hedges, gates, boundary stones."),
        new("tag834", "Sport, Leisure", HumanUse, 8, "Pitches, golf courses, playgrounds, stadiums, camp sites and people at play."),
        new(
            "tag837",
            "Farm, Fishery, Market Gardening",
            HumanUse,
            9,
            "Growing and raising food: fields of crops, livestock, farmyards, orchards, fish farms."
        ),
        new("tag840", "Grassland", Natural, 10, "Open ground under grass: pasture, meadow, downland, rough grazing."),
        new(
            "tag853",
            "Rivers, Streams, Drainage",
            Natural,
            11,
            "Running water and its courses: rivers, burns, waterfalls, fords, ditches, weirs."
        ),
        new("tag861", "Village, Rural settlement", HumanHabitat, 12, "Villages and hamlets: greens, main streets, clusters of cottages."),
        new("tag862", "Housing, Dwellings", HumanHabitat, 13, "Homes of any kind: houses, cottages, terraces, flats, caravans lived in."),
        new(
            "tag868",
            "Public buildings and spaces",
            HumanHabitat,
            14,
            "Town and village halls, libraries, courts, squares, and other places of the public."
        ),
        new("tag869", "Religious sites", HumanHabitat, 15, "Churches, chapels, mosques, temples, abbeys, holy wells, wayside crosses."),
        new("tag875", "Quarrying, Mining", HumanUse, 16, "Quarries, pits, mines and spoil heaps, at work or long finished."),
        new(
            "tag881",
            "Park and Public Gardens",
            HumanHabitat,
            17,
            "Parks, gardens open to all, recreation grounds, bandstands and flower beds."
        ),
        new("tag886", "Business, Retail, Services", HumanUse, 18, "Shops, pubs, hotels, offices, petrol stations, markets."),
        new("tag890", "Lakes, Wetland, Bog", Natural, 19, "Standing water and wet ground: lakes, lochs, tarns, ponds, fen, marsh, bog."),
        new(
            "tag891",
            "Suburb, Urban fringe",
            HumanHabitat,
            20,
            "Streets and estates away from the centre, and where the town meets the country."
        ),
        new("tag894", "Educational sites", HumanHabitat, 21, "Schools, colleges, universities and their grounds."),
        new(
            "tag919",
            "Wild Animals, Plants and Mushrooms",
            Natural,
            22,
            "Wildlife seen close enough to matter: birds, insects, flowers, trees as specimens, fungi."
        ),
        new("tag946", "Islands", Topography, 23, "Islands and skerries, in the sea or in a lake, looked at or stood on."),
        new(
            "tag950",
            "Roads, Road transport",
            Transport,
            24,
            "Lanes to motorways, junctions, road bridges, signs, buses, lorries and cars."
        ),
        new("tag953", "Air transport", Transport, 25, "Airports, airfields, aircraft in the air or on the ground, heliports, windsocks."),
        new("tag963", "Country estates", HumanUse, 26, "Big houses and their grounds: parkland, lodges, gates, drives, follies."),
        new(
            "tag969",
            "City, Town centre",
            HumanHabitat,
            27,
            "The middle of a town or city: high streets, precincts, tall buildings, civic squares."
        ),
        new("tag972", "Railways", Transport, 28, "Tracks, trains, stations, signal boxes, viaducts and tunnels, trams included."),
        new("tag976", "Derelict, Disused", HumanUse, 29, "What has been given up: ruined farms, closed works, old trackbeds, wrecks."),
        new(
            "tag990",
            "Health and social services",
            HumanHabitat,
            30,
            "Hospitals, surgeries, care homes, pharmacies, ambulance and fire stations."
        ),
        new("tag998", "Construction, Development", HumanUse, 31, "Building under way or just done: sites, cranes, new estates, roadworks."),
        new(
            "tag1025",
            "People, Events",
            HumanHabitat,
            32,
            "People as the subject, and what they gather for: fairs, parades, races, shows."
        ),
        new(
            "tag1040",
            "Burial ground, Crematorium",
            HumanHabitat,
            33,
            "Churchyards, cemeteries, graves, war graves, mausoleums, crematoria."
        ),
        new("tag1050", "Woodland, Forest", Natural, 34, "Woods, plantations, copses and rides among the trees."),
        new("tag1052", "Industry", HumanUse, 35, "Factories, works, mills, depots and industrial estates."),
        new("tag1054", "Communications", Transport, 36, "Carrying messages: post boxes, telephone kiosks, masts, exchanges, beacons."),
        new(
            "tag1059",
            "Water resources",
            HumanUse,
            37,
            "Water stored, moved and cleaned: reservoirs, dams, aqueducts, pumping stations, wells, towers."
        ),
        new("tag1060", "Air, Sky, Weather", Natural, 38, "The sky as the subject: sunsets, clouds, rainbows, fog, frost and snow."),
        new(
            "tag1066",
            "Waste, Waste management",
            HumanUse,
            39,
            "Rubbish and what is done with it: tips, recycling, sewage works, scrap, fly-tipping."
        ),
        new("tag1076", "Heath, Scrub", Natural, 40, "Gorse, heather, bracken, thorn and young trees on ground left open."),
        new("tag1077", "Canals", Transport, 41, "Canals and what belongs to them: locks, towpaths, narrowboats, bridges, basins."),
        new("tag1103", "Docks, Harbours", Transport, 42, "Harbours, quays, piers, marinas, slipways, and the boats that lie there."),
        new("tag1116", "Defence, Military", HumanUse, 43, "Forts, pillboxes, barracks, ranges, airfields of war and memorials of service."),
        new("tag1166", "Flat landscapes", Topography, 44, "Level country with a far horizon: fens, levels, coastal plains."),
        new("tag1167", "Estuary, Marine", Natural, 45, "Tidal water and the open sea: estuaries, mud flats, saltmarsh, waves."),
        new("tag33096", "Moorland", Natural, 46, "Open upland of heather, rough grass and peat."),
        new("tag48483", "Rocks, Scree, Cliffs", Natural, 47, "Bare rock: crags, boulders, scree slopes, cliffs, sea stacks."),
        new("tag48550", "Barren Plateaux", Natural, 48, "High, level, stony ground where little grows."),
    ];

    private static readonly FrozenDictionary<string, Tag> ById = Tags.ToFrozenDictionary(tag => tag.Id, StringComparer.Ordinal);

    /// <summary>How many tags there are: 49, the width of every head's output.</summary>
    public static int Count => Tags.Count;

    /// <summary>
    /// Tag columns in the order of the competition's <c>train.csv</c>: ascending by the number in the id. The published
    /// heads were trained from that file, so it is the head-row order too. Readers of label files and writers of
    /// submissions use this list, so that they keep to the competition even if a head's rows ever differ.
    /// </summary>
    public static IReadOnlyList<string> CompetitionColumns { get; } = [.. Tags.Select(tag => tag.Id)];

    /// <summary>Finds a tag by its id.</summary>
    /// <param name="id">Column name, exactly as on the wire: <c>tag1077</c>.</param>
    /// <param name="tag">The tag, when there is one.</param>
    public static bool TryGet(string id, [MaybeNullWhen(false)] out Tag tag) => ById.TryGetValue(id, out tag);

    /// <summary>The tag that somebody names.</summary>
    /// <param name="id">Its id, or null where none was given.</param>
    /// <returns>The tag, or <see cref="TaggingErrorCode.InvalidValue"/> of the field <c>tag</c>.</returns>
    public static Outcome<Tag> Find(string? id) =>
        id is not null && TryGet(id, out var tag)
            ? tag
            : new TaggingError(
                TaggingErrorCode.InvalidValue,
                "tag",
                string.IsNullOrEmpty(id)
                    ? "Give the id of a 'tag', as tag1077; GET /v1/tags lists them."
                    : $"There is no tag '{id}'; ids look like tag1077, GET /v1/tags lists them."
            );
}
