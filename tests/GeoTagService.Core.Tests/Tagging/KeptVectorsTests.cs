using GeoTagService.Core.Tagging;

namespace GeoTagService.Core.Tests.Tagging;

public sealed class KeptVectorsTests
{
    private const int Dimension = 512;
    private const int MaxBytes = 4 * 1024 * 1024;

    private readonly KeptVectors _store = new(Dimension, MaxBytes);

    [Fact]
    public void Kept_IsACopyThatNobodyElseHolds()
    {
        var given = Numbers(1);
        var kept = _store.Keep(given)!;
        given[0] = -1;
        _store.Copy(kept)![1] = -1;

        Assert.Equal(Numbers(1), _store.Copy(kept));
    }

    [Fact]
    public void ManyBlocks_KeepThemAllApart()
    {
        var kept = Enumerable.Range(0, 1000).Select(i => _store.Keep(Numbers(i))!).ToArray();

        Assert.All(kept.Index(), item => Assert.Equal(Numbers(item.Index), _store.Copy(item.Item)));
        Assert.InRange(_store.ReservedBytes, 1000 * Dimension * sizeof(float), 1200 * Dimension * sizeof(float));
    }

    [Fact]
    public void GivenBack_IsGoneAndItsPlaceServesTheNext()
    {
        var first = _store.Keep(Numbers(1))!;
        var reserved = _store.ReservedBytes;
        for (var i = 0; i < 10_000; i++)
        {
            _store.Release(first);
            var next = _store.Keep(Numbers(i))!;

            Assert.Null(_store.Copy(first));
            first = next;
        }

        Assert.Equal(reserved, _store.ReservedBytes);
    }

    [Fact]
    public void GivenBackTwice_FreesOnePlace()
    {
        var first = _store.Keep(Numbers(1))!;
        _store.Release(first);
        _store.Release(first);

        var second = _store.Keep(Numbers(2))!;
        var third = _store.Keep(Numbers(3))!;

        Assert.Equal(Numbers(2), _store.Copy(second));
        Assert.Equal(Numbers(3), _store.Copy(third));
    }

    [Theory]
    [InlineData(MaxBytes)]
    [InlineData(64 * 1024)]
    [InlineData(1024)]
    public void Full_KeepsNoMoreUntilAPlaceIsGivenBack(int maxBytes)
    {
        var store = new KeptVectors(Dimension, maxBytes);
        var places = Math.Max(1, maxBytes / (Dimension * sizeof(float)));
        var kept = Enumerable.Range(0, places).Select(i => store.Keep(Numbers(i))).ToArray();

        Assert.All(kept, Assert.NotNull);
        Assert.Null(store.Keep(Numbers(1)));
        Assert.InRange(store.ReservedBytes, 1, Math.Max(maxBytes, Dimension * sizeof(float)));

        store.Release(kept[0]!);
        Assert.NotNull(store.Keep(Numbers(2)));
    }

    [Fact]
    public void AnotherLength_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => _store.Keep(new float[Dimension - 1]));

    [Fact]
    public async Task ReadersBesideWriters_SeeOneEmbeddingOrNone()
    {
        var current = _store.Keep(Numbers(0))!;
        var readers = Enumerable
            .Range(0, 3)
            .Select(_ =>
                Task.Run(
                    () =>
                    {
                        for (var seen = 0; seen < 2_000; )
                        {
                            if (_store.Copy(Volatile.Read(ref current)) is { } copy)
                            {
                                Assert.Equal(Numbers((int)copy[0]), copy);
                                seen++;
                            }
                        }
                    },
                    TestContext.Current.CancellationToken
                )
            )
            .ToArray();

        for (var i = 1; !readers.All(reader => reader.IsCompleted); i = (i + 1) % 20_000)
        {
            var before = current;
            Volatile.Write(ref current, _store.Keep(Numbers(i))!);
            _store.Release(before);
        }

        await Task.WhenAll(readers);
    }

    private static float[] Numbers(int seed) => [.. Enumerable.Range(0, Dimension).Select(i => (float)(seed + i))];
}
