namespace GeoTagService.Api.Uploads;

/// <summary>What one upload holds of the room, and what it may still come to need.</summary>
/// <param name="Client">Whose it is.</param>
/// <param name="Held">Bytes of the room that it holds; those that everybody may take are not of it.</param>
/// <param name="Needed">Bytes that it may still need until it is complete.</param>
internal readonly record struct UploadClaim(string Client, long Held, long Needed);

/// <summary>
/// Whether uploads that grow as they come can all be completed: Dijkstra's banker. Without it a burst of large photos fills the
/// room with beginnings, each of which waits for the others.
/// </summary>
internal static class UploadSafety
{
    /// <summary>Whether there is an order in which every upload gets what it needs and then gives back what it holds.</summary>
    /// <param name="claims">All uploads.</param>
    /// <param name="room">Bytes that all of them together may hold.</param>
    /// <param name="share">Bytes that the uploads of one client together may hold.</param>
    public static bool IsSafe(IReadOnlyList<UploadClaim> claims, long room, long share)
    {
        var free = room - claims.Sum(claim => claim.Held);
        var freeOf = claims
            .GroupBy(claim => claim.Client)
            .ToDictionary(client => client.Key, client => share - client.Sum(claim => claim.Held), StringComparer.Ordinal);
        // The one that needs least is the first that can be completed; what gives back never stands in another's way.
        var open = claims.OrderBy(claim => claim.Needed).ToList();
        while (open.Count > 0)
        {
            var done = open.RemoveAll(claim =>
            {
                // What is complete waits for nobody.
                if (claim.Needed > 0 && (claim.Needed > free || claim.Needed > freeOf[claim.Client]))
                {
                    return false;
                }

                free += claim.Held;
                freeOf[claim.Client] += claim.Held;
                return true;
            });
            if (done == 0)
            {
                return false;
            }
        }

        return true;
    }
}
