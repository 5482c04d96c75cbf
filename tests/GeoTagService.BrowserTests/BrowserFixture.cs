using System.Net;
using GeoTagService.Testing;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(GeoTagService.BrowserTests.BrowserFixture))]

namespace GeoTagService.BrowserTests;

/// <summary>The whole service with its embedded model on a port of the loopback interface, and one headless Chromium.</summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    /// <summary>Why a browser test skips.</summary>
    public const string SkipReason = "Chromium is not installed (Debian: apt-get install chromium)";

    private WebApplicationFactory<Program>? _service;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>For <c>SkipUnless</c>: whether there is a browser.</summary>
    public static bool IsAvailable => ChromiumPath is not null;

    /// <summary>Address of the service, with a slash at the end.</summary>
    public string Address { get; private set; } = "";

    /// <summary>The browser.</summary>
    public IBrowser Browser => _browser!;

    /// <summary>axe-core's rules, or null where <c>npm install</c> was not run in this project's folder.</summary>
    public static string? AxePath { get; } =
        Existing(
            Path.Combine(ReferenceData.RepositoryRoot, "tests", "GeoTagService.BrowserTests", "node_modules", "axe-core", "axe.min.js")
        );

    private static string? ChromiumPath { get; } =
        new[]
        {
            Environment.GetEnvironmentVariable("CHROMIUM_PATH"),
            "/usr/bin/chromium",
            "/usr/bin/chromium-browser",
            "/usr/bin/google-chrome",
        }.FirstOrDefault(path => path is not null && File.Exists(path));

    public async ValueTask InitializeAsync()
    {
        if (!IsAvailable)
        {
            return;
        }

        // A ceiling for machines that do much else; what holds is seen at once.
        Assertions.SetDefaultExpectTimeout(30_000);
        (_service, Address) = await StartServiceAsync();
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(
            new BrowserTypeLaunchOptions
            {
                ExecutablePath = ChromiumPath,
                // The browser's own calls home would fail on a machine without internet, and are none of the page's.
                Args =
                [
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ],
            }
        );
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_service is not null)
        {
            await _service.DisposeAsync();
        }
    }

    /// <summary>Starts a service with settings of its own, and waits until it is ready.</summary>
    /// <param name="settings">Names and values.</param>
    public static async Task<(WebApplicationFactory<Program> Service, string Address)> StartServiceAsync(
        params (string Name, string Value)[] settings
    )
    {
#pragma warning disable CA2000 // the caller disposes it
        var service = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            foreach (var (name, value) in settings)
            {
                host.UseSetting(name, value);
            }
        });
#pragma warning restore CA2000
        service.UseKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        service.StartServer();
        var address = service.ClientOptions.BaseAddress;
        using var client = new HttpClient { BaseAddress = address };
        using var ceiling = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while ((await client.GetAsync("health/ready", ceiling.Token)).StatusCode != HttpStatusCode.OK)
        {
            await Task.Delay(50, ceiling.Token);
        }

        return (service, address.AbsoluteUri);
    }

    /// <summary>Opens the page in a browser profile of its own and waits until it is ready.</summary>
    public async Task<PageUnderTest> OpenAsync(
        int width = 1280,
        int height = 1000,
        ColorScheme scheme = ColorScheme.Light,
        string view = "",
        string? address = null,
        bool ready = true,
        string? tiles = null,
        bool reducedMotion = false
    )
    {
        var context = await _browser!.NewContextAsync(
            new BrowserNewContextOptions
            {
                ViewportSize = new ViewportSize { Width = width, Height = height },
                ColorScheme = scheme,
                AcceptDownloads = true,
                HasTouch = width < 500,
                ReducedMotion = reducedMotion ? ReducedMotion.Reduce : ReducedMotion.NoPreference,
            }
        );
        context.SetDefaultTimeout(30_000);
        var page = new PageUnderTest(await context.NewPageAsync(), address ?? Address, tiles);
        await page.Page.GotoAsync((address ?? Address) + view);
        if (ready)
        {
            await page.ReadyAsync();
        }

        return page;
    }

    private static string? Existing(string path) => File.Exists(path) ? path : null;
}
