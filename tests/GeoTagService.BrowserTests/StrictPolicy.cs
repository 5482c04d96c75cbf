using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;

namespace GeoTagService.BrowserTests;

/// <summary>Serves the page as a strict site would: nothing inline, nothing from elsewhere. What the page needs beyond its
/// own files are <c>blob:</c> addresses of pictures.</summary>
internal sealed class StrictPolicy : IStartupFilter
{
    public const string Header = "default-src 'self'; img-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'";

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use((context, following) =>
        {
            if (context.Request.Path.Value is not { } path || !path.StartsWith("/swagger", StringComparison.Ordinal))
            {
                context.Response.Headers.ContentSecurityPolicy = Header;
            }

            return following(context);
        });
        next(app);
    };
}
