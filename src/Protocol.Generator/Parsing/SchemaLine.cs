using KafkaCompatBroker.Protocol.Generator.Model;

namespace KafkaCompatBroker.Protocol.Generator.Parsing;

/// <summary>One line that says something: its depth (two spaces each) and its words with their places.</summary>
internal sealed class SchemaLine(int depth, List<(string Text, Place Place)> words, Place place)
{
    private int next;

    public int Depth { get; } = depth;

    public Place Place { get; } = place;

    public bool AtEnd => next == words.Count;

    /// <summary>Where the next word stands, or the whole line at its end.</summary>
    public Place NextPlace => AtEnd ? Place : words[next].Place;

    public string Peek() => AtEnd ? "" : words[next].Text;

    public string Take() => AtEnd ? "" : words[next++].Text;

    public bool TryTake(string word)
    {
        if (Peek() != word)
            return false;
        next++;
        return true;
    }

    /// <summary>Splits a file into lines; a '#' starts a comment, a ',' is white space.</summary>
    public static List<SchemaLine> Split(string path, string text, List<Problem> problems)
    {
        var lines = new List<SchemaLine>();
        var start = 0;
        for (var number = 0; start <= text.Length; number++)
        {
            var end = text.IndexOf('\n', start);
            if (end < 0)
                end = text.Length;
            if (SplitOne(path, text.Substring(start, end - start), start, number, problems) is { } line)
                lines.Add(line);
            start = end + 1;
        }
        return lines;
    }

    private static SchemaLine? SplitOne(string path, string text, int start, int number, List<Problem> problems)
    {
        var comment = text.IndexOf('#');
        var content = (comment < 0 ? text : text.Substring(0, comment)).TrimEnd();
        var words = new List<(string, Place)>();
        for (var column = 0; column < content.Length;)
        {
            if (content[column] is ' ' or ',')
            {
                column++;
                continue;
            }
            var first = column;
            while (column < content.Length && content[column] is not (' ' or ','))
                column++;
            words.Add((content.Substring(first, column - first), new Place(path, start + first, number, first, column - first)));
        }
        if (words.Count == 0)
            return null;
        var indent = content.Length - content.TrimStart(' ').Length;
        var place = new Place(path, start + indent, number, indent, content.Length - indent);
        if (indent % 2 != 0 || content.IndexOf('\t') >= 0)
            problems.Add(new Problem(Diagnostics.Syntax, "a line is indented by two spaces for each level", place));
        return new SchemaLine(indent / 2, words, place);
    }
}
