using System.Security.Cryptography;
using System.Text;
using KafkaCompatBroker.Tests.Unit.Repository;
using Xunit.Abstractions;

namespace KafkaCompatBroker.Tests.Unit.Protocol.Schemas;

/// <summary>
/// Holds the schemas against Kafka's own definitions: against the jars where they are, and always against what was read out of them before.
/// </summary>
public sealed class SchemaTest(ITestOutputHelper output)
{
    private static readonly string DigestPath = Path.Combine(SourceTree.Root, "tests/Unit/Protocol/Golden/definitions.txt");

    [Fact]
    public void Every_schema_file_parses()
        => Assert.Empty(SchemaDefinitions.Files.SelectMany(file => file.Problems).Select(
            problem => $"{problem.Place.Path}({problem.Place.Line + 1}): {problem.Message}"));

    [Fact]
    public void Schemas_equal_Kafkas_own_definitions_field_by_field_at_every_version()
    {
        if (KafkaDefinitions.JarFolder is null)
        {
            output.WriteLine("SKIPPED: no jars of Kafka 3.9.2 and 4.3.0; set KAFKA_PEERS. The digest below still holds the schemas.");
            return;
        }
        var kafka = LoadKafka();
        Assert.Equal(kafka.Keys.Order(StringComparer.Ordinal), SchemaDefinitions.Messages.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, definition) in kafka)
            Assert.Equal(definition.Print(), SchemaDefinitions.Define(SchemaDefinitions.Messages[name]).Print());
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1")
            File.WriteAllText(DigestPath, Digest(kafka.Values));
    }

    [Fact]
    public void Schemas_equal_the_digest_of_Kafkas_definitions()
        => Assert.Equal(File.ReadAllText(DigestPath), Digest(SchemaDefinitions.Messages.Values.Select(SchemaDefinitions.Define)));

    [Fact]
    public void Releases_in_the_schemas_are_those_of_Kafka()
    {
        if (KafkaDefinitions.JarFolder is null)
        {
            output.WriteLine("SKIPPED: no jars of Kafka 3.9.2 and 4.3.0; set KAFKA_PEERS.");
            return;
        }
        foreach (var (name, jar) in new[] { ("3.9", "3.9.2"), ("4.3", "4.3.0") })
        {
            var offered = KafkaDefinitions.LoadOffers(jar);
            var ours = SchemaDefinitions.Files.Where(file => file.Api is not null)
                .SelectMany(file => file.Api!.Releases.Where(release => release.Name == name).Select(release =>
                    $"{file.Api.Key} {file.Api.Name} {release.Versions} unstable {release.Unstable} "
                    + $"{string.Join(' ', release.Listeners)}"));
            Assert.Equal(offered.Order(StringComparer.Ordinal), ours.Order(StringComparer.Ordinal));
        }
    }

    private static SortedDictionary<string, Definition> LoadKafka()
    {
        var kafka = new SortedDictionary<string, Definition>(KafkaDefinitions.Load("3.9.2"), StringComparer.Ordinal);
        foreach (var (name, definition) in KafkaDefinitions.Load("4.3.0"))
            kafka[name] = kafka.TryGetValue(name, out var older) ? Definition.Union(older, definition) : definition;
        return kafka;
    }

    /// <summary>A line for each message: its versions, how many fields they have together, and a hash of all that is compared.</summary>
    private static string Digest(IEnumerable<Definition> definitions)
    {
        var text = new StringBuilder("# Kafka 3.9.2 and 4.3.0 together: message, versions, fields over all versions, SHA-256 of their "
            + "flattened list (first 16 digits)\n");
        foreach (var definition in definitions.OrderBy(definition => definition.Name, StringComparer.Ordinal))
        {
            var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(definition.Print())))[..16];
            var versions = $"{definition.Versions.Keys.First()}-{definition.Versions.Keys.Last()}";
            text.Append($"{definition.Name} {versions} {definition.Versions.Values.Sum(fields => fields.Count)} {hash}\n");
        }
        return text.ToString();
    }
}
