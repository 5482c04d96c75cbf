namespace GeoTagService.Core.Tokenization;

/// <summary>Cleans a title as the reference does before it splits it into tokens.</summary>
public static class TitleCleaner
{
    /// <summary>The clean title: white space collapsed and trimmed; case is kept.</summary>
    /// <param name="title">The title as the user wrote it.</param>
    public static string Clean(string title)
    {
        ArgumentNullException.ThrowIfNull(title);
        return string.Join(' ', title.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }
}
