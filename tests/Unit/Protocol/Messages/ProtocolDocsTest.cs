using System.Text;
using KafkaCompatBroker.Protocol.Messages;
using KafkaCompatBroker.Tests.Unit.Repository;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Messages;

/// <summary>docs/PROTOCOL.md is printed from the table of APIs; UPDATE_DOCS=1 writes it anew.</summary>
public sealed class ProtocolDocsTest
{
    private static readonly string DocsPath = Path.Combine(SourceTree.Root, "docs/PROTOCOL.md");

    [Fact]
    public void The_protocol_page_is_what_the_table_says()
    {
        var printed = Print();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            File.WriteAllText(DocsPath, printed);
        Assert.Equal(printed, File.ReadAllText(DocsPath));
    }

    private static string Print()
    {
        var text = new StringBuilder(
            """
            # APIs

            Printed from the schemas (`UPDATE_DOCS=1 dotnet test tests/Unit --filter ProtocolDocsTest`). *Served* is what this
            broker answers and advertises. The other columns are what a broker of Kafka 3.9 in ZooKeeper mode and of 4.3 answer; in
            parentheses: versions not enabled by default. "controller" is asked of KRaft controllers alone.

            | number | API | served | Kafka 3.9 | Kafka 4.3 |
            |---|---|---|---|---|

            """);
        var served = 0;
        foreach (var api in Apis.All)
        {
            text.Append($"| {(short)api.Key} | {api.Key} | {api.Served?.ToString() ?? ""} | {Offer(api, "3.9", "zkBroker")} | "
                + $"{Offer(api, "4.3", "broker")} |\n");
            if (api.Served is { } versions)
                served += versions.High - versions.Low + 1;
        }
        text.Append($"\nServed together: {served} pairs of API and version.\n");
        return text.ToString();
    }

    private static string Offer(ApiInfo api, string name, string listener)
    {
        var release = api.Releases.FirstOrDefault(release => release.Name == name);
        if (release?.Versions is not { } versions)
            return "";
        if (release.Listeners.Length > 0 && !release.Listeners.Contains(listener))
            return release.Listeners.Contains("broker") ? "KRaft" : "controller";
        return release.Unstable is { } unstable ? $"{versions} ({unstable})" : versions.ToString();
    }
}
