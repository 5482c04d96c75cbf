namespace GeoTagService.Bulk.Lists;

/// <summary>What works through a list.</summary>
/// <param name="Tagger">Who tags.</param>
/// <param name="Photos">Where photos are read from.</param>
/// <param name="Window">How many groups of items are under way at most.</param>
public sealed record ListEngine(IListTagger Tagger, IListPhotos Photos, int Window);
