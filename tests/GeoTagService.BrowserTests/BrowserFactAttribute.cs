using System.Runtime.CompilerServices;

namespace GeoTagService.BrowserTests;

/// <summary>A test in the browser; skips where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        Skip = BrowserFixture.SkipReason;
        SkipUnless = nameof(BrowserFixture.IsAvailable);
        SkipType = typeof(BrowserFixture);
    }
}

/// <summary>A test in the browser with arguments; skips where there is none.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute([CallerFilePath] string? file = null, [CallerLineNumber] int line = -1)
        : base(file, line)
    {
        Skip = BrowserFixture.SkipReason;
        SkipUnless = nameof(BrowserFixture.IsAvailable);
        SkipType = typeof(BrowserFixture);
    }
}
