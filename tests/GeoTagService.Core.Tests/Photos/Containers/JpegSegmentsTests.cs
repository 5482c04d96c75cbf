using CsCheck;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Containers;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Testing;
using SkiaSharp;

namespace GeoTagService.Core.Tests.Photos.Containers;

public sealed class JpegSegmentsTests
{
    private static readonly byte[] Photo = TestImages.Jpeg(40, 24);
    private static readonly byte[] Scan = [0xFF, 0xDA, 0, 8, 1, 1, 0, 0, 63, 0];

    // Bytes between two segments that a decoder passes over, and a marker without a body.
    private static readonly Gen<byte[]> GenStray = Gen.OneOf(
        Gen.Byte[0, 0xFE].Array[1, 9],
        Gen.Int[1, 9].Select(count => Enumerable.Repeat((byte)0xFF, count).ToArray()),
        Gen.Int[1, 4].Select(count => Enumerable.Repeat<byte[]>([0xFF, 0x00], count).SelectMany(pair => pair).ToArray()),
        Gen.Byte[0xD0, 0xD7].Select(marker => new byte[] { 0xFF, marker })
    );

    [Fact]
    public void Photo_IsWalkedFromStartToScan()
    {
        var markers = Markers(Photo);
        Assert.Equal(0xE0, markers[0]);
        Assert.Contains((byte)0xC0, markers);
        Assert.Equal(0xDA, markers[^1]);
        Assert.Equal(new JpegStructure(40, 24, 3, 1), JpegStructure.Read(Photo));
    }

    /// <summary>What libjpeg passes over we pass over: the frame is found, and our own decoder reads what the codec library
    /// reads.</summary>
    [Fact]
    public void StrayBytes_ArePassedOverAsByTheCodecLibrary() =>
        Gen.OneOf(GenStray, Gen.Const(Array.Empty<byte>()))
            .Array[1, 12]
            .Sample(
                insertions =>
                {
                    var file = Photo;
                    var starts = Starts(Photo);
                    for (var i = starts.Count - 1; i >= 0; i--)
                    {
                        file = [.. file.AsSpan(0, starts[i]), .. insertions[i % insertions.Length], .. file.AsSpan(starts[i])];
                    }

                    Assert.Equal(Markers(Photo), Markers(file));
                    Assert.Equal(JpegStructure.Read(Photo), JpegStructure.Read(file));
                    using var codec = SKCodec.Create(new MemoryStream(file));
                    Assert.Equal((40, 24), (codec?.Info.Width, codec?.Info.Height));
                    using var expected = new InProcessImageDecoder()
                        .Decode(Photo, new ImageDecodeRequest(10_000, ApplyOrientation: true))
                        .Value!;
                    using var found = new InProcessImageDecoder()
                        .Decode(file, new ImageDecodeRequest(10_000, ApplyOrientation: true))
                        .Value!;
                    Assert.Equal(expected.Pixels, found.Pixels);
                },
                iter: 300
            );

    [Fact]
    public void LengthBelowTwo_IsAnEmptySegmentThatIsNotWhole()
    {
        for (byte length = 0; length < 2; length++)
        {
            byte[] file = [0xFF, 0xD8, 0xFF, 0xE1, 0, length, .. Photo.AsSpan(2)];
            var segments = new JpegSegments(file);
            Assert.True(segments.MoveNext());
            Assert.True(segments.Body.IsEmpty);
            Assert.False(segments.IsWhole);
            Assert.True(segments.MoveNext());
            Assert.Equal(0xE0, segments.Marker);
        }
    }

    [Fact]
    public void FileThatEndsAnywhere_EndsTheWalk()
    {
        for (var length = 0; length < Photo.Length; length++)
        {
            var segments = new JpegSegments(Photo.AsSpan(0, length));
            var isWhole = true;
            while (segments.MoveNext())
            {
                Assert.True(isWhole, $"a segment behind a cut one, file cut at {length}");
                isWhole = segments.IsWhole;
            }

            Assert.True(segments.Rest.IsEmpty);
            Assert.False(segments.MoveNext());
        }
    }

    [Fact]
    public void FrameThatIsCut_StillNamesItsSize()
    {
        var frame = Photo.AsSpan().IndexOf<byte>([0xFF, 0xC0]);
        Assert.Equal(new JpegStructure(40, 24, 3, 0), JpegStructure.Read(Photo.AsSpan(0, frame + 10)));
        Assert.Equal(default, JpegStructure.Read(Photo.AsSpan(0, frame + 9)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(3_000)]
    public void Scans_AreCounted(int more)
    {
        byte[] scans = [.. Enumerable.Repeat<byte[]>([.. Scan, 0x12, 0xFF, 0x00, 0xDA, 0xFF, 0xD0, 0x34], more).SelectMany(bytes => bytes)];
        Assert.Equal(1 + more, JpegStructure.Read([.. Photo.AsSpan(0, Photo.Length - 2), .. scans, 0xFF, 0xD9]).Scans);
    }

    [Fact]
    public void ProgressiveCase_HasItsScans() =>
        Assert.Equal(new JpegStructure(10_000, 10_000, 1, 99), JpegStructure.Read(CaseFiles.Read("prog99-gray-100MP.jpg")));

    /// <summary>A preview or another picture behind the image, and a scan's marker inside a comment, are no scans of it.</summary>
    [Fact]
    public void WhatIsNoScan_IsNotCounted()
    {
        byte[] withSecond = [.. Photo, .. Photo, .. Photo];
        Assert.Equal(1, JpegStructure.Read(withSecond).Scans);
        var withComment = MetadataFiles.JpegWith(Photo, MetadataFiles.Segment(0xFE, [.. Scan, .. Scan]));
        Assert.Equal(1, JpegStructure.Read(withComment).Scans);
    }

    /// <summary>However the walk is led astray, no scan that a decoder would come to is missed.</summary>
    [Fact]
    public void FileOfCountlessSegments_IsLeftAndItsScansStillCount()
    {
        byte[] empty = [.. Enumerable.Repeat<byte[]>([0xFF, 0xE1, 0, 2], JpegSegments.MostSegments).SelectMany(bytes => bytes)];
        byte[] scans = [.. Enumerable.Repeat(Scan, 500).SelectMany(bytes => bytes)];
        byte[] file = [.. Photo.AsSpan(0, Photo.Length - 2), .. empty, .. scans, 0xFF, 0xD9];
        Assert.InRange(JpegStructure.Read(file).Scans, 500, 502);

        byte[] stray = new byte[JpegSegments.MostStrayBytes + 1];
        file = [.. Photo.AsSpan(0, 2), .. stray, .. Photo.AsSpan(2, Photo.Length - 4), .. scans, 0xFF, 0xD9];
        Assert.InRange(JpegStructure.Read(file).Scans, 500, 502);
    }

    [Fact]
    public void SecondFrame_IsNotBelieved()
    {
        var frame = MetadataFiles.Segment(0xC0, 8, 0x40, 0, 0x40, 0, 1, 1, 0x11, 0);
        var at = Photo.AsSpan().IndexOf<byte>([0xFF, 0xDA]);
        byte[] file = [.. Photo.AsSpan(0, at), .. frame, .. Photo.AsSpan(at)];
        Assert.Equal(new JpegStructure(40, 24, 3, 1), JpegStructure.Read(file));
    }

    [Fact]
    public void AnyBytes_EndTheWalk() =>
        Gen
            .Byte.Array[0, 300]
            .Sample(
                bytes =>
                {
                    byte[] file = [0xFF, 0xD8, .. bytes];
                    var before = GC.GetAllocatedBytesForCurrentThread();
                    var segments = new JpegSegments(file);
                    var last = 0;
                    while (segments.MoveNext())
                    {
                        Assert.True(segments.End > last);
                        last = segments.End;
                    }

                    JpegStructure.Read(file);
                    Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
                },
                iter: 5_000
            );

    private static List<byte> Markers(byte[] file)
    {
        var markers = new List<byte>();
        for (var segments = new JpegSegments(file); segments.MoveNext(); )
        {
            markers.Add(segments.Marker);
        }

        return markers;
    }

    // Where segments begin, up to the scan's; without the first, whose marker is part of the format's signature.
    private static List<int> Starts(byte[] file)
    {
        var starts = new List<int>();
        for (var segments = new JpegSegments(file); segments.MoveNext() && !segments.IsScan; )
        {
            starts.Add(segments.End);
        }

        return starts;
    }
}
