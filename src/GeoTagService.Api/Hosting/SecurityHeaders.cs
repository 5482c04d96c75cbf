namespace GeoTagService.Api.Hosting;

/// <summary>What browsers are told to keep to: nothing but our own files runs, nobody frames a page, nothing is guessed from
/// content, no address is passed on.</summary>
internal static class SecurityHeaders
{
    /// <summary>Sends them with every answer, refusals included.</summary>
    /// <param name="app">The service.</param>
    /// <param name="pictures">A further origin that pictures may come from, or null.</param>
    public static void UseBrowserSecurity(this WebApplication app, string? pictures) =>
        app.UseSecurityHeaders(policies =>
            policies
                .AddContentTypeOptionsNoSniff()
                .AddFrameOptionsDeny()
                .AddReferrerPolicyNoReferrer()
                .AddCrossOriginOpenerPolicy(builder => builder.SameOrigin())
                .AddContentSecurityPolicy(policy =>
                {
                    policy.AddDefaultSrc().None();
                    // No inline scripts and no inline styles, on the page and in Swagger UI.
                    policy.AddScriptSrc().Self();
                    policy.AddStyleSrc().Self();
                    // Previews of chosen photos are blobs; Swagger UI's pictures are in its styles.
                    var images = policy.AddImgSrc().Self().Blob().Data();
                    if (pictures is not null)
                    {
                        images.From(pictures);
                    }

                    policy.AddFontSrc().Self();
                    policy.AddConnectSrc().Self();
                    policy.AddWorkerSrc().Self();
                    policy.AddManifestSrc().Self();
                    policy.AddFormAction().Self();
                    policy.AddBaseUri().None();
                    policy.AddFrameAncestors().None();
                })
                .AddPermissionsPolicy(policy =>
                {
                    policy.AddCamera().None();
                    policy.AddMicrophone().None();
                    policy.AddGeolocation().None();
                    policy.AddPayment().None();
                    policy.AddUsb().None();
                })
                .RemoveServerHeader()
        );
}
