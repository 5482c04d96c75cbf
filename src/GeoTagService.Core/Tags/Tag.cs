namespace GeoTagService.Core.Tags;

/// <summary>One of Geograph's context tags.</summary>
/// <param name="Id">Column name in the competition's files, the key on the wire: <c>tag1077</c>.</param>
/// <param name="Name">Official name: <c>Canals</c>.</param>
/// <param name="Group">Geograph's group: <c>Communications</c>.</param>
/// <param name="HeadRow">Row in every head's output, 0-based.</param>
/// <param name="Description">One line, in our own words: what photos under this tag show.</param>
public sealed record Tag(string Id, string Name, string Group, int HeadRow, string Description);
