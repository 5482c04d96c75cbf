using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Places;

namespace GeoTagService.BrowserTests;

/// <summary>The page's own projections and references against those of the workshop.</summary>
public sealed class GridTests(BrowserFixture browser)
{
    [BrowserFact]
    public async Task PositionsAndReferences_AreTheWorkshops()
    {
        await using var page = await browser.OpenAsync();
        var random = new Random(11);
        var positions = Enumerable
            .Range(0, 500)
            .Select(_ => new { lat = 49.9 + (random.NextDouble() * 11), lon = -10.4 + (random.NextDouble() * 12) })
            .ToArray();

        var written = await page.Page.EvaluateAsync<string?[]>(
            "async positions => { const g = await import('./places/grids.js'); return positions.map(p => g.toReference(p.lat, p.lon, 4)); }",
            positions
        );
        var read = await page.Page.EvaluateAsync<JsonElement>(
            "async texts => { const g = await import('./places/grids.js'); return texts.map(t => { const r = t ? g.readReference(t) : null; return r ? [r.lat, r.lon] : null; }); }",
            written
        );

        var same = 0;
        for (var i = 0; i < positions.Length; i++)
        {
            var expected = GridReference.FromPosition(new GeoPosition(positions[i].lat, positions[i].lon), 10);
            if (expected is null)
            {
                Assert.Null(written[i]);
                continue;
            }

            // Rounding on a square's edge may fall to either side.
            same += expected.ToString() == written[i] ? 1 : 0;
            Assert.True(GridReference.TryParse(written[i], out var square, out _), written[i]);
            Assert.Equal(square.Centre.Latitude, read[i][0].GetDouble(), 6e-6);
            Assert.Equal(square.Centre.Longitude, read[i][1].GetDouble(), 6e-6);
            Assert.InRange(Math.Abs(square.Centre.Latitude - positions[i].lat), 0, 0.0002);
        }

        Assert.InRange(same, written.Count(text => text is not null) * 0.98, positions.Length);
    }

    [BrowserFact]
    public async Task References_AreReadAndRefusedAlike()
    {
        string[] texts =
        [
            "TQ 30 80",
            "ng9051",
            "SV",
            "O1234",
            "TQ 3",
            "AA 12 34",
            "IT 12 34",
            "TQ 123 45",
            "TQ 123456 123456",
            "T",
            "",
            "12 34",
            "TQ 1 2 3",
        ];
        await using var page = await browser.OpenAsync();

        var read = await page.Page.EvaluateAsync<string?[]>(
            "async texts => { const g = await import('./places/grids.js'); return texts.map(t => g.readReference(t).reference ?? null); }",
            texts
        );

        Assert.Equal(texts.Select(text => GridReference.TryParse(text, out var reference, out _) ? reference.ToString() : null), read);
    }
}
