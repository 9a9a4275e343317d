using System.Text;

namespace KafkaCompatBroker.Protocol.Generator.Emitting;

/// <summary>Collects C# lines, indented by the braces that are open.</summary>
internal sealed class CodeWriter
{
    private readonly StringBuilder text = new();
    private int depth;

    public void Line(string line) => text.Append(' ', depth * 4).Append(line).Append('\n');

    public void Open(string? head = null)
    {
        if (head is not null)
            Line(head);
        Line("{");
        depth++;
    }

    public void Close(string tail = "")
    {
        depth--;
        Line("}" + tail);
    }

    /// <summary>Opens a block under a condition; a plain scope of its own is not needed when it is always true.</summary>
    public bool OpenIf(string? condition)
    {
        if (condition is null)
            return false;
        Open($"if ({condition})");
        return true;
    }

    public override string ToString() => text.ToString();
}
