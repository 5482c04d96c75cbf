namespace GeoTagService.Core.Titles;

/// <summary>What a word of a title stands for.</summary>
internal enum TitleWordKind
{
    /// <summary>Text, to be merged into symbols.</summary>
    Text,

    /// <summary>The start token, written out in the title.</summary>
    Start,

    /// <summary>The end token, written out in the title.</summary>
    End,
}
