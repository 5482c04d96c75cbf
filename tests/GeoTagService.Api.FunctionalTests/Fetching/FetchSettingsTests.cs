using System.Net;
using GeoTagService.Api.Fetching;

namespace GeoTagService.Api.FunctionalTests.Fetching;

/// <summary>Which hosts and which addresses are meant.</summary>
public sealed class FetchSettingsTests
{
    [Theory]
    [InlineData("images.example.org", "https://images.example.org/a", true)]
    [InlineData("images.example.org", "http://IMAGES.example.org./a", true)]
    [InlineData("images.example.org", "https://images.example.org:8443/a", false)]
    [InlineData("images.example.org:8443", "https://images.example.org:8443/a", true)]
    [InlineData("images.example.org:443", "https://images.example.org/a", true)]
    [InlineData("images.example.org", "https://evil.images.example.org/a", false)]
    [InlineData("images.example.org", "https://images.example.org.evil.net/a", false)]
    [InlineData("*.example.org", "https://images.example.org/a", true)]
    [InlineData("*.example.org", "https://example.org/a", false)]
    [InlineData("*.example.org", "https://evilexample.org/a", false)]
    [InlineData("münchen.example", "https://xn--mnchen-3ya.example/a", true)]
    [InlineData("[::1]:8080", "http://[::1]:8080/a", true)]
    public void Host_HoldsWhatItNames(string host, string address, bool holds) =>
        Assert.Equal(holds, FetchableHost.Parse(host)!.Holds(new Uri(address)));

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("https://example.org")]
    [InlineData("example.org/path")]
    [InlineData("user@example.org")]
    [InlineData("exa*mple.org")]
    [InlineData("example.org:port")]
    public void WhatIsNoHost_IsNone(string host) => Assert.Null(FetchableHost.Parse(host));

    [Theory]
    [InlineData("8.8.8.8", true)]
    [InlineData("2606:4700::1", true)]
    [InlineData("0.0.0.0", false)]
    [InlineData("10.0.0.1", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("127.0.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("172.31.255.255", false)]
    [InlineData("192.168.1.1", false)]
    [InlineData("198.19.0.1", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("255.255.255.255", false)]
    [InlineData("::", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:8.8.8.8", true)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    [InlineData("2001:db8::1", false)]
    [InlineData("fc00::1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("ff02::1", false)]
    public void Address_IsOpenOrNot(string address, bool open)
    {
        Assert.Equal(open, PublicAddresses.Hold(IPAddress.Parse(address), []));
        var bits = address.Contains(':', StringComparison.Ordinal) ? "::/0" : "0.0.0.0/0";
        Assert.True(PublicAddresses.Hold(IPAddress.Parse(address), [IPNetwork.Parse(bits), IPNetwork.Parse("0.0.0.0/0")]));
    }
}
