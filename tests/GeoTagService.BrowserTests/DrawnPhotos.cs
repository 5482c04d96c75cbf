using GeoTagService.Testing;

namespace GeoTagService.BrowserTests;

/// <summary>Drawn photos by the dozen, and the page with many of them.</summary>
internal static class DrawnPhotos
{
    /// <summary>Small JPEGs, each different.</summary>
    public static (string Name, string Type, byte[] Bytes)[] Of(int count) =>
        [.. Enumerable.Range(1, count).Select(i => ($"photo-{i:D4}.jpg", "image/jpeg", TestImages.Jpeg(160, 120, i)))];

    /// <summary>Puts records into the page's store as if they had been tagged, without photos, and opens it again: the
    /// quickest way to thousands.</summary>
    public static async Task SeedAsync(PageUnderTest page, int count)
    {
        await page.Page.EvaluateAsync(
            """
            async count => {
              const { add, newItem, session, flush } = await import("./state/session.js");
              let state = 7;
              const random = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
              const items = [];
              for (let i = 0; i < count; i++) {
                const probabilities = Float32Array.from(session.tags, () => random() ** 6);
                probabilities[i % session.tags.length] = 0.55 + 0.44 * random();
                const lat = 50.5 + 7.5 * random(), lon = -4.5 + 4.5 * random();
                items.push(newItem({ name: `walk-${String(i + 1).padStart(5, "0")}.jpg`, path: `walks/walk-${String(i + 1).padStart(5, "0")}.jpg`, state: "done",
                  title: `Walk ${i + 1}`, answer: { probabilities, explained: new Float32Array(session.tags.length * 4).fill(NaN), own: 0.5, method: null,
                    head: { name: "linear-img", reason: "" }, modalities: ["image"], location: { lat, lon, gridReference: null, source: "exif", inTrainedArea: true },
                    model: { name: "seeded", version: "1" }, warnings: [] } }));
              }
              await add(items);
              await flush();
            }
            """,
            count
        );
        await page.Page.ReloadAsync();
        await page.ReadyAsync();
    }

    /// <summary>Gives every record a thumbnail as large as that of a photo.</summary>
    public static async Task SeedThumbnailsAsync(PageUnderTest page) =>
        await page.Page.EvaluateAsync(
            """
            async () => {
              const { session } = await import("./state/session.js"), db = await import("./state/db.js");
              const blobs = [];
              for (let i = 0; i < 60; i++) {
                const canvas = new OffscreenCanvas(256, 192), context = canvas.getContext("2d"), data = context.createImageData(256, 192);
                for (let k = 0; k < data.data.length; k++) data.data[k] = k % 4 === 3 ? 255 : 128 + 90 * Math.sin(k / (900 + i * 50)) + Math.random() * 20;
                context.putImageData(data, 0, 0);
                blobs.push(await canvas.convertToBlob({ type: "image/jpeg", quality: 0.8 }));
              }
              for (let i = 0; i < session.items.length; i++) await db.keepBlob("thumbs", session.items[i].id, blobs[i % blobs.length]);
            }
            """
        );
}
