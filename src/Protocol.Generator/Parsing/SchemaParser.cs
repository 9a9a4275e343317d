using System.Globalization;
using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Protocol.Generator.Parsing;

/// <summary>
/// Reads one schema file; docs/PROTOCOL-NOTATION.md describes the notation. It never throws: what it cannot read becomes a
/// <see cref="Problem"/> at the words at fault, and reading goes on with the next line.
/// </summary>
internal sealed class SchemaParser
{
    private readonly string path;
    private readonly List<SchemaLine> lines;
    private readonly List<Problem> problems = [];
    private int position;

    private SchemaParser(string path, string text)
    {
        this.path = path;
        lines = SchemaLine.Split(path, text, problems);
    }

    public static SchemaFile Parse(string path, string text) => new SchemaParser(path, text).ParseFile();

    private SchemaFile ParseFile()
    {
        ApiSchema? api = null;
        var messages = new List<MessageSchema>();
        while (position < lines.Count)
        {
            var line = lines[position++];
            var word = line.Take();
            if (line.Depth != 0)
                Fail(line.Place, "this line belongs to nothing above it");
            else if (word == "api" && api is null && messages.Count == 0)
                api = ParseApi(line);
            else if (word == "request" && api is not null)
                messages.Add(ParseMessage(line, api.Name + "Request", MessageKind.Request));
            else if (word == "response" && api is not null)
                messages.Add(ParseMessage(line, api.Name + "Response", MessageKind.Response));
            else if (word is "header" or "record")
                messages.Add(ParseMessage(line, line.Take(), word == "header" ? MessageKind.Header : MessageKind.Record));
            else
                Fail(line.Place, "expected 'api' first, then 'request' and 'response', or 'header', or 'record'");
        }
        if (api is not null && (messages.Count != 2 || messages[0].Kind == messages[1].Kind))
            Fail(api.Place, "an api has one request and one response");
        foreach (var message in messages)
            SchemaCheck.Check(message, api, problems);
        return new SchemaFile(path, api, new([.. messages]), new([.. problems]));
    }

    private ApiSchema ParseApi(SchemaLine head)
    {
        var name = head.Take();
        var key = TakeNumber(head);
        End(head);
        var releases = new List<KafkaRelease>();
        var milestones = new List<Milestone>();
        ServedVersions? served = null;
        var acl = "";
        while (position < lines.Count && lines[position].Depth == 1)
        {
            var line = lines[position++];
            switch (line.Take())
            {
                case "kafka":
                    releases.Add(ParseRelease(line));
                    break;
                case "served":
                    served = new ServedVersions(TakeVersions(line), line.TryTake("overlaps"), line.Place);
                    break;
                case "acl":
                    acl = TakeRest(line);
                    break;
                case "milestone":
                    milestones.Add(new Milestone(line.Take(), TakeVersions(line), line.Place));
                    break;
                default:
                    Fail(line.Place, "expected 'kafka', 'served', 'acl' or 'milestone'");
                    continue;
            }
            End(line);
        }
        return new ApiSchema(name, key, new([.. releases]), served, acl, new([.. milestones]), head.Place);
    }

    private KafkaRelease ParseRelease(SchemaLine line)
    {
        var name = line.Take();
        var versions = TakeVersions(line);
        var unstable = line.TryTake("unstable") ? TakeVersions(line) : VersionRange.None;
        var listeners = new List<string>();
        if (line.TryTake("listeners"))
        {
            while (!line.AtEnd)
                listeners.Add(line.Take());
        }
        return new KafkaRelease(name, versions, unstable, new([.. listeners]));
    }

    private MessageSchema ParseMessage(SchemaLine head, string name, MessageKind kind)
    {
        var versions = TakeVersions(head);
        var flexible = head.TryTake("flexible") ? TakeVersions(head).Intersect(versions) : VersionRange.None;
        End(head);
        var fields = ParseFields(1, versions);
        var structs = new List<StructSchema>();
        while (position < lines.Count && lines[position].Depth == 1 && lines[position].Peek() == "struct")
        {
            var line = lines[position++];
            line.Take();
            var structName = line.Take();
            End(line);
            structs.Add(new StructSchema(structName, new([.. ParseFields(2, versions)]), line.Place));
        }
        return new MessageSchema(name, kind, versions, flexible, new([.. fields]), new([.. structs]), head.Place);
    }

    private List<FieldSchema> ParseFields(int depth, VersionRange within)
    {
        var fields = new List<FieldSchema>();
        while (position < lines.Count && lines[position].Depth >= depth && lines[position].Peek() != "struct")
        {
            var line = lines[position++];
            if (line.Depth > depth)
                Fail(line.Place, "this line is indented under a field that is no struct");
            else
                fields.Add(ParseField(line, within));
        }
        return fields;
    }

    private FieldSchema ParseField(SchemaLine line, VersionRange within)
    {
        var place = line.NextPlace;
        var name = line.Take();
        if (name.Length < 2 || name[name.Length - 1] != ':' || !char.IsUpper(name[0]))
            Fail(place, "expected a field: 'Name: type'");
        name = name.TrimEnd(':');
        var (type, isArray, nullable) = ParseType(line);
        var versions = within;
        if (!line.AtEnd && char.IsDigit(line.Peek()[0]))
            versions = TakeVersions(line).Intersect(within);
        var words = ParseFieldWords(line, versions);
        StructSchema? inPlace = null;
        if (position < lines.Count && lines[position].Depth == line.Depth + 1 && lines[position].Peek() != "struct")
            inPlace = new StructSchema(type, new([.. ParseFields(line.Depth + 1, versions)]), place);
        return new FieldSchema(name, type, isArray, inPlace, versions, nullable.Intersect(versions), words.Tag, words.TagVersions,
            words.Default, words.IsIgnorable, words.IsKey, words.IsInflexible, words.Entity, line.Place);
    }

    private (string Type, bool IsArray, VersionRange Nullable) ParseType(SchemaLine line)
    {
        var place = line.NextPlace;
        var text = line.Take();
        var isArray = text.StartsWith("[]", StringComparison.Ordinal);
        if (isArray)
            text = text.Substring(2);
        var nullable = VersionRange.None;
        var mark = text.IndexOf('?');
        if (mark >= 0)
        {
            var range = text.Substring(mark + 1);
            text = text.Substring(0, mark);
            if (range.Length == 0)
                nullable = VersionRange.All;
            else if (!VersionRange.TryParse(range, out nullable))
                Fail(place, $"'{range}' is no version range");
        }
        if (text.Length == 0)
            Fail(place, "expected a type");
        return (text, isArray, nullable);
    }

    private FieldWords ParseFieldWords(SchemaLine line, VersionRange versions)
    {
        var words = new FieldWords();
        while (!line.AtEnd)
        {
            var place = line.NextPlace;
            switch (line.Take())
            {
                case "default":
                    words.Default = line.Take();
                    break;
                case "tag":
                    words.Tag = TakeNumber(line);
                    words.TagVersions = !line.AtEnd && char.IsDigit(line.Peek()[0]) ? TakeVersions(line).Intersect(versions) : versions;
                    break;
                case "ignorable":
                    words.IsIgnorable = true;
                    break;
                case "key":
                    words.IsKey = true;
                    break;
                case "inflexible":
                    words.IsInflexible = true;
                    break;
                case "of":
                    words.Entity = line.Take();
                    break;
                default:
                    Fail(place, "expected versions, then 'default', 'tag', 'ignorable', 'key', 'inflexible' or 'of'");
                    return words;
            }
        }
        return words;
    }

    private int TakeNumber(SchemaLine line)
    {
        var place = line.NextPlace;
        if (int.TryParse(line.Take(), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return number;
        Fail(place, "expected a number");
        return 0;
    }

    private VersionRange TakeVersions(SchemaLine line)
    {
        var place = line.NextPlace;
        if (VersionRange.TryParse(line.Take(), out var range))
            return range;
        Fail(place, "expected versions: '3', '3-7', '3+' or 'none'");
        return VersionRange.None;
    }

    private static string TakeRest(SchemaLine line)
    {
        var rest = new List<string>();
        while (!line.AtEnd)
            rest.Add(line.Take());
        return string.Join(" ", rest);
    }

    private void End(SchemaLine line)
    {
        if (!line.AtEnd)
            Fail(line.NextPlace, $"'{line.Peek()}' was not expected here");
    }

    private void Fail(Place place, string message) => problems.Add(new Problem(Diagnostics.Syntax, message, place));

    private sealed class FieldWords
    {
        public int Tag = -1;
        public VersionRange TagVersions = VersionRange.None;
        public string? Default;
        public bool IsIgnorable;
        public bool IsKey;
        public bool IsInflexible;
        public string Entity = "";
    }
}
