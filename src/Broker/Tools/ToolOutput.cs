using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KafkaCompatBroker.Storage.Inspection;

namespace KafkaCompatBroker.Broker.Tools;

/// <summary>
/// The lines of a tool: words for people, <c>kind key=value key=value</c>, or one JSON object each, <c>{"kind":…,"key":value}</c>. Values
/// are texts, numbers, truth values or null. What comes out of files may be anything: control characters are escaped.
/// </summary>
internal sealed class ToolOutput(TextWriter writer, bool isJson)
{
    private readonly ArrayBufferWriter<byte> json = new();

    public void Line(string kind, params ReadOnlySpan<(string Key, object? Value)> fields)
    {
        if (isJson)
            WriteJson(kind, fields);
        else
            WriteText(kind, fields);
    }

    public void Line(Finding finding)
    {
        var kind = finding.Kind == FindingKind.Damage ? "damaged" : "note";
        if (isJson)
            Line(kind, ("file", finding.Path), ("position", finding.Position), ("offset", finding.Offset), ("what", finding.What));
        else
            writer.WriteLine($"{kind} {Escaped(finding.ToString())}");
    }

    public void Flush() => writer.Flush();

    private void WriteText(string kind, ReadOnlySpan<(string Key, object? Value)> fields)
    {
        var line = new StringBuilder(kind);
        foreach (var (key, value) in fields)
            line.Append(' ').Append(key).Append('=').Append(Escaped(TextOf(value)));
        writer.WriteLine(line);
    }

    private void WriteJson(string kind, ReadOnlySpan<(string Key, object? Value)> fields)
    {
        json.ResetWrittenCount();
        using (var utf8 = new Utf8JsonWriter(json))
        {
            utf8.WriteStartObject();
            utf8.WriteString("kind", kind);
            foreach (var (key, value) in fields)
            {
                utf8.WritePropertyName(key);
                WriteValue(utf8, value);
            }
            utf8.WriteEndObject();
        }
        writer.WriteLine(Encoding.UTF8.GetString(json.WrittenSpan));
    }

    private static void WriteValue(Utf8JsonWriter utf8, object? value)
    {
        switch (value)
        {
            case null:
                utf8.WriteNullValue();
                break;
            case bool truth:
                utf8.WriteBooleanValue(truth);
                break;
            case int or short or sbyte or long:
                utf8.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case RawJson raw:
                utf8.WriteRawValue(raw.Text);
                break;
            default:
                utf8.WriteStringValue(TextOf(value));
                break;
        }
    }

    private static string TextOf(object? value) => value switch
    {
        null => "null",
        bool truth => truth ? "true" : "false",
        RawJson raw => raw.Text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Escaped(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\0', '\x1f'))
            return text;
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var letter in text)
        {
            if (letter < ' ')
                escaped.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}");
            else
                escaped.Append(letter);
        }
        return escaped.ToString();
    }
}

/// <summary>A value that is JSON already.</summary>
internal sealed record RawJson(string Text);
