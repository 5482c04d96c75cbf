using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GeoTagService.Core;
using GeoTagService.Core.Places;

namespace GeoTagService.Training.Datasets;

/// <summary>
/// Squares of the national grids that are held out whole. Whether one is follows from its name and the seed alone, so that a location
/// encoder and a head can leave out the same ones whatever photos each learns from.
/// </summary>
/// <param name="Edge">Edge of a square in metres.</param>
/// <param name="Share">Share of the squares.</param>
/// <param name="Seed">Which.</param>
public sealed record HeldOutSquares(int Edge, double Share, int Seed)
{
    /// <summary>Whether a position lies in one of them; none does outside both grids.</summary>
    public bool Contains(GeoPosition position)
    {
        if (GridReference.FromPosition(position, Edge) is not { } square)
        {
            return false;
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Seed} {square}")), digest);
        return BinaryPrimitives.ReadUInt64LittleEndian(digest) / (double)ulong.MaxValue < Share;
    }

    /// <summary>In words, the same for the same squares.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Share} of the squares of {Edge / 1000} km, seed {Seed}");
}
