namespace GeoTagService.Core.Titles;

/// <summary>A title as CLIP's text tower takes it.</summary>
/// <param name="Ids">Start token, byte-pair ids, end token; no padding; at most the context length, the end token last
/// also after truncation.</param>
/// <param name="Truncated">Whether the title was longer than the context.</param>
/// <param name="Cleaned">The text after cleaning, before lower-casing and splitting.</param>
public sealed record TokenizedTitle(ReadOnlyMemory<int> Ids, bool Truncated, string Cleaned);
