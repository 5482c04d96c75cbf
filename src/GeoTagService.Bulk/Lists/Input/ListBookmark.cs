namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Where an item stands in its list, so that reading can begin there. The default is the beginning.</summary>
/// <param name="Position">Its position, from 0.</param>
/// <param name="Offset">Where it begins in the file; 0 where position is enough.</param>
/// <param name="Line">On which line that is, from 1.</param>
/// <param name="File">In which of several files, from 0.</param>
public readonly record struct ListBookmark(long Position, long Offset = 0, long Line = 0, int File = 0);
